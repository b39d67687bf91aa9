"""Which kinds of message there are, and how each becomes a mail.

The outbox knows neither cases nor families. The app above registers a renderer for its kind in
`AppConfig.ready`; it is called when the message is sent, not when the event happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from delivery.models import OutboxMessage


@dataclass(frozen=True, slots=True)
class Mail:
    """What is sent: neutral words, a reference, a link. Never a child's data."""

    to: tuple[str, ...]
    subject: str
    body: str


Renderer = Callable[["OutboxMessage"], Mail | None]


class UnknownKind(LookupError):
    """No app registered a renderer for this kind of message."""


_renderers: dict[str, Renderer] = {}


def register(kind: str, render: Renderer) -> None:
    """Names the renderer of a kind. It answers None where nothing is to be sent any more."""
    if kind in _renderers and _renderers[kind] is not render:
        raise ValueError(f"Two renderers for messages of the kind {kind!r}")
    _renderers[kind] = render


def renderer_for(kind: str) -> Renderer:
    """The renderer of a kind. Raises `UnknownKind`."""
    try:
        return _renderers[kind]
    except KeyError:
        raise UnknownKind(
            f"No renderer is registered for messages of the kind {kind!r}: "
            "call delivery.registry.register in the AppConfig.ready of the app that sends them."
        ) from None


def kinds() -> list[str]:
    """The kinds that can be sent."""
    return sorted(_renderers)
