"""What belongs beside a clause and is kept in a room above this one.

Interpretations and the service checklist register here; the policy's page asks for all of them at
once, so that each kind costs one query a page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from home.policies.models import PolicyPage


@dataclass(frozen=True, slots=True)
class Companion:
    """A link beside a clause. `kind` is "interpretation" or "service"; `badge` says 示例.

    `forms` says how an interpretation explains: 问答, 图解.
    """

    kind: str
    title: str
    url: str
    badge: str = ""
    forms: tuple[str, ...] = ()


Provider = Callable[["PolicyPage"], Mapping[str, Sequence[Companion]]]
_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """Adds a provider: from a policy to its companions by clause key."""
    if provider not in _providers:
        _providers.append(provider)


def companions_of(policy: PolicyPage) -> dict[str, list[Companion]]:
    """All companions of the policy's clauses, by clause key, in the order of registration."""
    collected: dict[str, list[Companion]] = {}
    for provider in _providers:
        for key, companions in provider(policy).items():
            collected.setdefault(key, []).extend(companions)
    return collected
