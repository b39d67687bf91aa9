"""Foreign keys point downwards, as imports do: import-linter can't see those named as strings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, register
from django.db.models import Model

# The same order as in pyproject.toml ([tool.importlinter]); rooms of one line know nothing of each
# other, but for the lowest, where a record may name the user who read it.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"vault", "directory", "delivery"}),
    frozenset({"pages"}),
    frozenset({"policies"}),
    frozenset({"checklist"}),
    frozenset({"portal"}),
    frozenset({"builder"}),
    frozenset({"casework", "activities"}),
    frozenset({"search"}),
    frozenset({"ops"}),
)


@register()
def relations_point_downwards(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """No model of ours points to a model of a room above it, or beside it."""
    floor = {label: number for number, labels in enumerate(FLOORS) for label in labels}
    messages: list[CheckMessage] = []
    for model in apps.get_models():
        label = model._meta.app_label
        if label not in floor:
            continue
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if not field.concrete or not (isinstance(target, type) and issubclass(target, Model)):
                continue
            other = target._meta.app_label
            if other not in floor or other == label:
                continue
            beside = floor[other] == floor[label] and floor[label] != 0
            if floor[other] > floor[label] or beside:
                messages.append(
                    Error(
                        f"{label}.{model.__name__}.{field.name} points to {other}, "
                        "which is not below it.",
                        hint="Offer a registry below and register above (docs/developing.md).",
                        obj=model,
                        id="ops.E001",
                    )
                )
    return messages
