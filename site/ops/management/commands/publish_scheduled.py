"""`manage.py publish_scheduled`: in place of Wagtail's, which stops at the first refused page."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from home.pages import scheduling


class Command(BaseCommand):
    help = "Publishes pages whose minute has come and takes expired ones off. Beat does it too."

    def handle(self, *args: Any, **options: Any) -> None:
        published, taken_off = scheduling.publish_due()
        self.stdout.write(f"{published} published, {taken_off} taken off")
