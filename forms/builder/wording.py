"""A condition in words, for whoever fills in a form without script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms.builder.conditions import Condition
from forms.builder.kinds import CHOICE_TYPES, SHAPE_TYPES, FieldType
from forms.builder.questions import Question
from home.directory.selectors import area_by_code


def when_asked(
    condition: Condition | None, questions: Sequence[Question], asked: Question | None = None
) -> str:
    """When a question is asked, as a sentence; empty where it always is."""
    if not condition:
        return ""
    by_key = {question.key: question for question in questions}
    if asked is not None and asked.type in SHAPE_TYPES:
        said = _("如果%s，请看下面这段话；不是这样的，请跳过。")
    else:
        said = _("如果%s，才填这一项；不是这样的，请跳过。")
    return said % _words(condition, by_key)


def _words(condition: Condition, by_key: dict[str, Question], so: bool = True) -> str:
    """The condition, or (not `so`) its opposite: what is meant by a "not" is said at its end."""
    if "not" in condition:
        return _words(condition["not"], by_key, not so)
    for name, every in (("all", so), ("any", not so)):
        if name in condition:
            link = _("，并且") if every else _("，或者")
            return link.join(_words(one, by_key, so) for one in condition[name])
    question = by_key.get(condition["question"])
    if question is None:
        return _("前面这样回答") if so else _("前面不是这样回答")
    value = condition.get("value")
    named = value if isinstance(value, list) else [value]
    link = _("或") if so else _("、")
    said = link.join(_("“%s”") % _value(question, one) for one in named)
    return _SENTENCES[condition["is"]](question, so) % {"label": question.label, "value": said}


def _answered(question: Question, so: bool) -> str:
    if question.type in (FieldType.CHECKBOX, FieldType.CONSENT):
        return _("勾选了“%(label)s”") if so else _("没有勾选“%(label)s”")
    return _("回答了“%(label)s”") if so else _("没有回答“%(label)s”")


def _equals(question: Question, so: bool) -> str:
    if question.type in CHOICE_TYPES:
        return _("“%(label)s”选的是%(value)s") if so else _("“%(label)s”选的不是%(value)s")
    return _("“%(label)s”是%(value)s") if so else _("“%(label)s”不是%(value)s")


def _either(yes: Any, no: Any) -> Callable[[Question, bool], str]:
    return lambda _question, so: str(yes if so else no)


_SENTENCES: dict[str, Callable[[Question, bool], str]] = {
    "answered": _answered,
    "equals": _equals,
    "one_of": _equals,
    "contains": _either(
        gettext_lazy("“%(label)s”里选了%(value)s"), gettext_lazy("“%(label)s”里没有选%(value)s")
    ),
    "less_than": _either(
        gettext_lazy("“%(label)s”小于%(value)s"), gettext_lazy("“%(label)s”不小于%(value)s")
    ),
    "at_least": _either(
        gettext_lazy("“%(label)s”不小于%(value)s"), gettext_lazy("“%(label)s”小于%(value)s")
    ),
    "younger_than": _either(
        gettext_lazy("按“%(label)s”不满%(value)s周岁"),
        gettext_lazy("按“%(label)s”已满%(value)s周岁"),
    ),
    "within": _either(
        gettext_lazy("“%(label)s”在%(value)s"), gettext_lazy("“%(label)s”不在%(value)s")
    ),
}


def _value(question: Question, value: Any) -> str:
    if question.type in (FieldType.AREA, FieldType.RESIDENCE_AREA):
        area = area_by_code(str(value))
        return area.full_name if area else str(value)
    return str(dict(question.choices).get(value, value))
