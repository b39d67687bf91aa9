"""How a page is refused that is not ready, or wrong: in words, with a way to the places."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.models import Page

from home.pages.titles import inside_marks

# A message is read at a glance; the panel lists all of them.
MOST_SENTENCES = 3


def refusal(page: Page, reasons: Sequence[str]) -> str:
    """Why the page was not published, with the first sentences."""
    shown = " ".join(
        f"{number}. {reason}" for number, reason in enumerate(reasons[:MOST_SENTENCES], start=1)
    )
    more = _(" 其余见“发布前检查”。") if len(reasons) > MOST_SENTENCES else ""
    return _("《%(title)s》没有发布，有%(count)d处必须先改：%(reasons)s%(more)s") % {
        "title": inside_marks(page.title),
        "count": len(reasons),
        "reasons": shown,
        "more": more,
    }


def by_field(error: ValidationError, model: type[Model]) -> list[tuple[str, str]]:
    """What is wrong, each sentence with the name of the field it is about, or with none."""
    if not hasattr(error, "error_dict"):
        return [("", sentence) for sentence in error.messages]
    names = {field.name: str(field.verbose_name) for field in model._meta.fields}
    return [
        (names.get(name, ""), sentence)
        for name, sentences in error.message_dict.items()
        for sentence in sentences
    ]


def sentences(error: ValidationError, model: type[Model]) -> list[str]:
    """The same, each as one sentence: 标题：这个字段是必填项。"""
    return [f"{name}：{said}" if name else said for name, said in by_field(error, model)]


def checks_url(page_id: int) -> str:
    """The editor with the panel of checks open."""
    return reverse("wagtailadmin_pages:edit", args=[page_id]) + "#prechecks"
