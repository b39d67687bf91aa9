"""`manage.py sweep`: does now, in this process, what beat has the worker do from time to time."""

from __future__ import annotations

from typing import Any

from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from delivery.faults import traceback_without_text

# It says that the worker is at work, which this is not.
NOT_SWEPT = {"ops.tasks.heartbeat"}


class Command(BaseCommand):
    help = "Does every periodic duty now: due messages, index marks, leftovers."

    def handle(self, *args: Any, **options: Any) -> None:
        current_app.loader.import_default_modules()
        failed = []
        for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
            if entry["task"] in NOT_SWEPT:
                continue
            task = current_app.tasks[entry["task"]]
            try:
                task(*entry.get("args", ()), **entry.get("kwargs", {}))
            except Exception as error:  # one duty that fails must not keep the others from theirs
                failed.append(name)
                self.stderr.write(f"{name}: {traceback_without_text(error)}")
            else:
                self.stdout.write(f"{name}: done")
        if failed:
            raise CommandError("Failed: " + ", ".join(failed))
