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
    return int(_made(site, SCRIPT.format(clauses=clauses, live=live)))


FORM_OF_STEPS = """
from home.pages.authority import authorised_by, operator
from tests.builder.steps import make_request_page
with authorised_by(operator("a browser's test")):
    print("made", make_request_page({slug!r}).url)
"""


def make_form_of_steps(site: Product, slug: str) -> str:
    """A made-up form of several screens (示例，测试用); its address."""
    return _made(site, FORM_OF_STEPS.format(slug=slug))


def _made(site: Product, script: str) -> str:
    made = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", script],
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
    return made.stdout.split("made ")[1].strip()
