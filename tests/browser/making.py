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


PROVEN = """
from forms.builder.floods import is_proven
sent = {sent!r}
print("made", is_proven(sent), is_proven(sent))
"""


def is_proof_of(site: Product, sent: str) -> list[bool]:
    """Whether the product takes this as a proof of work, and whether it takes it a second time. The
    product's own memory of proofs is another process's: this asks for the work alone."""
    return [word == "True" for word in _made(site, PROVEN.format(sent=sent)).split()]


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
