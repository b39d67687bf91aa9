"""Content that a test puts into the running product, beside what the demo holds."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.browser.conftest import ROOT, Product

SCRIPT = """
from home.pages.authority import authorised_by, operator
from tests.policies.editing import long_policy
with authorised_by(operator("a browser's test")):
    print("made", long_policy({clauses}, live={live}).pk)
"""


def make_long_policy(site: Product, clauses: int, *, live: bool = True) -> int:
    """A made-up policy (示例，测试用) of so many clauses; the id of its page."""
    made = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", SCRIPT.format(clauses=clauses, live=live)],
        cwd=ROOT,
        env=os.environ
        | {
            "DATA_DIR": str(site.data_dir),
            "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
            "PYTHONPATH": str(ROOT),
        },
        check=True,
        capture_output=True,
        text=True,
    )
    return int(made.stdout.split("made ")[1])
