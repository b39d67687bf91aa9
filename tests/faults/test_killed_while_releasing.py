"""A release that is going live while its process dies, or while two workers take it at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from tests.faults.conftest import database_url
from tests.processes import environment

BEFORE = "[(True, True), (False, True), (True, True)]"
AFTER = "[(True, False), (True, False), (True, False)]"

PREPARE = """
from django.core.management import call_command
call_command("load_reference", verbosity=0)
call_command("load_demo", verbosity=0)
from datetime import timedelta
from django.utils import timezone
from home.pages.releases import services
from home.pages.releases.models import Release
from tests.pages import bundle
release = bundle.approved()
services.schedule(release.pk, bundle.person("reviewer"), timezone.now() + timedelta(hours=1))
Release.objects.update(go_live_at=timezone.now() - timedelta(minutes=7))
"""

# The last page of the three has been saved as live when the process is gone.
GO_LIVE_AND_DIE = """
import os, signal
from wagtail.signals import page_published
from home.pages import tasks
from home.policies.models import PolicyPage
from home.portal.models import NewsPage

def die(instance, **kwargs):
    assert NewsPage.objects.get(slug="release").live
    assert PolicyPage.objects.get().live_revision.content["title"] == PolicyPage.objects.get().title
    os.kill(os.getpid(), signal.SIGKILL)

page_published.connect(die, sender=NewsPage)
tasks.go_live_due()
"""

# Slowly enough that two of them are at it at the same time.
GO_LIVE_SLOWLY = """
import time
from wagtail.signals import page_published
from home.pages import tasks

page_published.connect(lambda **kwargs: time.sleep(1), weak=False)
tasks.go_live_due()
"""

LOOK = """
from home.pages.releases.models import Release
from home.policies.models import PolicyPage
from tests.pages import bundle
release = Release.objects.get()
plan = PolicyPage.objects.get()
went = release.events.filter(kind="live")
late = any("恢复后补发" in event.text for event in went)
print(release.state, bundle.states(release), plan.editions.count(), went.count(), late, sep="|")
"""


class Site:
    """The demo site in a database of its own, with a release whose minute was missed."""

    def __init__(self, folder: Path, url: str) -> None:
        self.environment = environment(
            DATA_DIR=str(folder),
            DJANGO_SETTINGS_MODULE="config.settings.embedded",
            DATABASE_URL=url,
        )
        for step in (("migrate", "-v0"), ("createcachetable",), ("shell", "-v0", "-c", PREPARE)):
            done = self.manage(*step)
            assert done.returncode == 0, done.stderr

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=300)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def look(self) -> str:
        seen = self.manage("shell", "-v0", "-c", LOOK)
        assert seen.returncode == 0, seen.stderr
        return seen.stdout.strip().splitlines()[-1]


@pytest.fixture
def site(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path
) -> Iterator[Site]:
    if connection.vendor == "sqlite":
        yield Site(tmp_path, f"sqlite:///{tmp_path / 'db.sqlite3'}")
        return
    name = "test_release_of_its_own"
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name}")
        try:
            yield Site(tmp_path, f"{database_url().rpartition('/')[0]}/{name}")
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.faults
def test_a_kill_in_the_middle_leaves_nothing_live_and_the_next_run_catches_up(site: Site) -> None:
    killed = site.manage("shell", "-v0", "-c", GO_LIVE_AND_DIE)
    assert killed.returncode == -9, killed.stderr
    assert site.look() == f"scheduled|{BEFORE}|1|0|False"
    swept = site.manage("sweep")
    assert swept.returncode == 0, swept.stderr
    assert site.look() == f"live|{AFTER}|2|1|True"


@pytest.mark.faults
def test_two_workers_at_once_publish_once(site: Site) -> None:
    workers = [site.start("shell", "-v0", "-c", GO_LIVE_SLOWLY) for _ in range(2)]
    for worker in workers:
        _out, err = worker.communicate(timeout=300)
        assert worker.returncode == 0, err
    assert site.look() == f"live|{AFTER}|2|1|True"
