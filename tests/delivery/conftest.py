"""A kind of message for these tests: its renderer can be changed while they run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from delivery import registry
from delivery.models import OutboxMessage
from delivery.registry import Mail
from delivery.services import enqueue

Render = Callable[[OutboxMessage], Mail | None]


class Notice:
    """Messages of the kind "notice"; `render` is what makes the mail."""

    def __init__(self) -> None:
        self.render: Render = lambda message: Mail(
            to=("unit@example.org",), subject="有新的办理事项", body=f"编号 {message.subject_id}"
        )

    def __call__(self, message: OutboxMessage) -> Mail | None:
        return self.render(message)

    def promise(self, number: int = 1) -> OutboxMessage:
        return enqueue("notice", event_key=f"event {number}", destination="unit", subject_id=number)


@pytest.fixture
def notice(monkeypatch: pytest.MonkeyPatch) -> Notice:
    kind = Notice()
    monkeypatch.setitem(registry._renderers, "notice", kind)
    return kind
