"""What points at a clause, for the people who edit: live or not, with the way to edit it.

Rooms above (the service checklist) register what they know, each for one query a policy.
The public's side of the same links is `home.policies.companions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from home.pages.review import drafts


@dataclass(frozen=True, slots=True)
class Pointer:
    """A page that names a clause. `kind` is "interpretation" or "service", as beside a clause."""

    kind: str
    page_id: int
    title: str
    live: bool

    @property
    def is_interpretation(self) -> bool:
        return self.kind == "interpretation"

    @property
    def edit_url(self) -> str:
        """Empty where the draft is not for whoever asks."""
        if self.page_id in drafts.hidden_here():
            return ""
        return reverse("wagtailadmin_pages:edit", args=[self.page_id])


Provider = Callable[[int], Mapping[str, Sequence[Pointer]]]
_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """Adds a provider: from a policy's id to what points at its clauses, by clause key."""
    if provider not in _providers:
        _providers.append(provider)


def pointers_to(policy_id: int | None) -> dict[str, list[Pointer]]:
    """Everything that points at the policy's clauses, by clause key; one query a provider."""
    collected: dict[str, list[Pointer]] = {}
    if policy_id is None:
        return collected
    for provider in _providers:
        for key, pointers in provider(policy_id).items():
            collected.setdefault(key, []).extend(pointers)
    return collected
