"""`manage.py drain`: sends what is due in the outbox, once, in this process."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from delivery.services import drain


class Command(BaseCommand):
    help = "Sends the messages that are due, once."

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            report = drain()
            self.stdout.write(
                f"delivered {report.delivered}, void {report.void}, failed {report.failed}, "
                f"dead {report.dead}" + (f", stopped: {report.stopped}" if report.stopped else "")
            )
            if not report.more:
                return
