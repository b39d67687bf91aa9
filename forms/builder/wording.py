"""A condition in words, for whoever fills in a form without script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from forms.builder.conditions import Condition
from forms.builder.kinds import CHOICE_TYPES, FieldType
from forms.builder.questions import Question
from home.directory.selectors import area_by_code


def when_asked(condition: Condition | None, questions: Sequence[Question]) -> str:
    """When a question is asked, as a sentence; empty where it always is."""
    if not condition:
        return ""
    by_key = {question.key: question for question in questions}
    return _("如果%s，才填这一项；不是这样的，请跳过。") % _words(condition, by_key)


def _words(condition: Condition, by_key: dict[str, Question]) -> str:
    if "all" in condition:
        return _("，并且").join(_words(one, by_key) for one in condition["all"])
    if "any" in condition:
        return _("，或者").join(_words(one, by_key) for one in condition["any"])
    if "not" in condition:
        return _("不是这样：%s") % _words(condition["not"], by_key)
    question = by_key.get(condition["question"])
    if question is None:
        return _("前面这样回答")
    value = condition.get("value")
    named = value if isinstance(value, list) else [value]
    said = _("或").join(_("“%s”") % _value(question, one) for one in named)
    return _SENTENCES[condition["is"]](question) % {"label": question.label, "value": said}


def _answered(question: Question) -> str:
    if question.type in (FieldType.CHECKBOX, FieldType.CONSENT):
        return _("勾选了“%(label)s”")
    return _("回答了“%(label)s”")


def _equals(question: Question) -> str:
    if question.type in CHOICE_TYPES:
        return _("“%(label)s”选的是%(value)s")
    return _("“%(label)s”是%(value)s")


_SENTENCES: dict[str, Callable[[Question], str]] = {
    "answered": _answered,
    "equals": _equals,
    "one_of": _equals,
    "contains": lambda question: _("“%(label)s”里选了%(value)s"),
    "less_than": lambda question: _("“%(label)s”小于%(value)s"),
    "at_least": lambda question: _("“%(label)s”不小于%(value)s"),
    "younger_than": lambda question: _("按“%(label)s”不满%(value)s周岁"),
    "within": lambda question: _("“%(label)s”在%(value)s"),
}


def _value(question: Question, value: Any) -> str:
    if question.type in (FieldType.AREA, FieldType.RESIDENCE_AREA):
        area = area_by_code(str(value))
        return area.full_name if area else str(value)
    return str(dict(question.choices).get(value, value))
