from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

from delivery.registry import Mail, register

if TYPE_CHECKING:
    from delivery.models import OutboxMessage


def render(message: OutboxMessage) -> Mail:
    return Mail(("unit@example.org",), "notice", f"number {message.subject_id}")


class PostOfficeConfig(AppConfig):
    name = "tests.faults.postoffice"
    label = "postoffice"

    def ready(self) -> None:
        register("notice", render)
