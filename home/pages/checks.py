"""What a page type must not forget, said at start-up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from wagtail.models import get_page_models

from home.pages import publishing
from home.pages.models import BasePage

DECLARATIONS = ("template",)


@register()
def every_page_type_is_one_of_ours(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Each page type extends BasePage, says what search may know, and names its template."""
    messages: list[CheckMessage] = []
    for model in get_page_models():
        if model._meta.app_label == "wagtailcore":
            continue
        if not issubclass(model, BasePage):
            messages.append(
                Error(
                    f"{model.__name__} does not extend BasePage.",
                    hint="See docs/decisions/0007-stock-page.md.",
                    obj=model,
                    id="pages.E001",
                )
            )
            continue
        if model.search_entries is BasePage.search_entries:
            messages.append(
                Error(
                    f"{model.__name__} does not say what search may know of it.",
                    hint="Define search_entries(); an empty list keeps the page out of the index.",
                    obj=model,
                    id="pages.E002",
                )
            )
        for name in DECLARATIONS:
            if not any(name in parent.__dict__ for parent in model.__mro__ if _is_ours(parent)):
                messages.append(
                    Error(f"{model.__name__} does not declare {name}.", obj=model, id="pages.E003")
                )
    return messages


@register()
def publishing_is_one_transaction(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Wagtail's actions are wrapped (docs/decisions/0005-publishing-is-one-transaction.md)."""
    return [
        Error(f"{action.__name__}.execute is not one transaction.", obj=action, id="pages.E004")
        for action in publishing.ACTIONS
        if "execute" in action.__dict__
        and not getattr(action.__dict__["execute"], "one_transaction", False)
    ]


def _is_ours(model: type) -> bool:
    return model.__module__.partition(".")[0] in {"home", "forms", "search"}
