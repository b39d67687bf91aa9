"""The clause a form is about: named by the link that led here, shown, and sent along."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from home.policies.feedback import CitedClause, cited_clause


class ClauseBoundField(BoundField):
    """The clause as the reader had it before their eyes."""

    @cached_property
    def named(self) -> str:
        """What the link or the form names, whether there is such a clause or not."""
        return str(self.value() or "")

    @cached_property
    def clause(self) -> CitedClause | None:
        """None for what is forged, unknown or not public: then the form stands without it."""
        return cited_clause(self.named)


class ClauseAnswer(forms.Field):
    """A public clause in the edition that was read, stored as "document:clause:edition".

    Never required: whoever comes without a clause, or with one that is gone, can still say what is
    wrong in words.
    """

    widget = forms.HiddenInput
    default_error_messages = {
        "unknown": gettext_lazy(
            "链接里的条款不存在，或者已经不再公开，这张表不再指明条款。"
            "请在下面写明是哪份文件、哪一条，再提交一次。"
        ),
    }

    def __init__(self, *, also: str = "", **kwargs: Any) -> None:
        self.also = also
        super().__init__(**kwargs)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        return ClauseBoundField(form, self, field_name)

    def clean(self, value: Any) -> str:
        named = str(value or "")
        if not named or named == self.also:
            return named
        clause = cited_clause(named)
        if clause is None:
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        return clause.about


def named_clause(about: str) -> str:
    """The stored answer for people to read; also for what has been taken off the site since."""
    clause = cited_clause(about, public_only=False)
    if clause is None:
        return about
    return _("%(citation)s（第%(number)s版）") % {
        "citation": clause.citation,
        "number": clause.edition.number,
    }
