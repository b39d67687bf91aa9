"""A process that dies between a policy's page and its edition leaves what was published."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PREPARE = """
from django.core.management import call_command
call_command("load_reference", verbosity=0)
from ops import tree
tree.load()
from ops.demo import site
from home.pages.authority import authorised_by, operator
with authorised_by(operator("test")):
    site._publish_plan()
"""

PUBLISH_AND_DIE = """
import os
from django.db.models.signals import pre_save
from home.policies.models import Edition, PolicyPage

def die(**kwargs):
    assert PolicyPage.objects.get().title == "改过的标题", "the page is saved before its edition"
    os._exit(9)

pre_save.connect(die, sender=Edition)
plan = PolicyPage.objects.get()
plan.title = "改过的标题"
plan.change_note = "改了标题。"
from home.pages.authority import authorised_by, operator
with authorised_by(operator("test")):
    plan.save_revision().publish()
"""

LOOK = """
from home.policies.models import PolicyPage
plan = PolicyPage.objects.get()
print(plan.title, plan.editions.count(), plan.clauses.count(), plan.live, sep="|")
"""


@pytest.mark.faults
def test_a_kill_between_the_page_and_its_edition_undoes_the_publishing(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
    }

    def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    for step in (("migrate", "-v0"), ("createcachetable",), ("shell", "-v0", "-c", PREPARE)):
        done = manage(*step)
        assert done.returncode == 0, done.stderr
    killed = manage("shell", "-v0", "-c", PUBLISH_AND_DIE)
    assert killed.returncode == 9, killed.stderr
    seen = manage("shell", "-v0", "-c", LOOK)
    title, editions, clauses, live = seen.stdout.strip().splitlines()[-1].split("|")
    assert title == "关于印发《辽宁省加强流动儿童关爱保护行动方案》的通知"
    assert (editions, clauses, live) == ("1", "25", "True")
