"""What is wrong with a condition, in sentences for the editor of its row.

Two questions: whether it is a tree of ours at all (`shape_problem`: asked before anything else
looks at it, of whatever may have been sent), and whether it fits the form it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from forms.builder.conditions import OPERATORS, Condition
from forms.builder.kinds import (
    CHOICE_TYPES,
    OPERATORS_OF_TYPE,
    AgeLimit,
    FieldType,
)
from forms.builder.questions import Question
from home.directory.selectors import area_by_code

DEEPEST = 6
MOST_PARTS = 50
LONGEST_VALUE = 40
_NUMBER = re.compile(r"-?[0-9]{1,10}(?:\.[0-9]{1,2})?")
_AREA_TYPES = (FieldType.AREA, FieldType.RESIDENCE_AREA)


def shape_problem(tree: Any) -> str:
    """Why this is no condition; "" where it is one. Never recurses: it may be of any depth."""
    waiting: list[tuple[Any, int]] = [(tree, 1)]
    parts = 0
    while waiting:
        part, depth = waiting.pop()
        parts += 1
        if depth > DEEPEST:
            return _("条件嵌套太深，最多%d层。") % DEEPEST
        if parts > MOST_PARTS:
            return _("条件太多，最多%d个。") % MOST_PARTS
        if not isinstance(part, Mapping):
            return _("条件的写法不对：每一项都应当是 {…}。")
        problem, inner = _part(part)
        if problem:
            return problem
        waiting += [(one, depth + 1) for one in inner]
    return ""


def _part(part: Mapping[str, Any]) -> tuple[str, Sequence[Any]]:
    names = set(part)
    for name in ("all", "any"):
        if names == {name}:
            inner = part[name]
            if not isinstance(inner, list) or not inner:
                return _("“全部”“任一”里至少要有一个条件。"), ()
            return "", inner
    if names == {"not"}:
        return "", [part["not"]]
    if not {"question", "is"} <= names <= {"question", "is", "value"}:
        return _("条件的写法不对：应当是 all、any、not，或者 question、is、value。"), ()
    return _leaf_shape(part), ()


def _leaf_shape(part: Mapping[str, Any]) -> str:
    value = part.get("value")
    if not isinstance(part["question"], str) or not isinstance(part["is"], str):
        return _("条件的写法不对：question 和 is 应当是文字。")
    if part["is"] not in OPERATORS:
        return _("没有名为“%s”的比较方法。") % part["is"][:LONGEST_VALUE]
    several = value if isinstance(value, list) else [value]
    # No fractions as numbers: they have no single spelling, and a version's digest needs one.
    if any(not isinstance(one, str | int | None) for one in several):
        return _("条件的值应当是文字、整数、是或否，或者几个文字。")
    if len(several) > MOST_PARTS or any(len(str(one)) > LONGEST_VALUE for one in several):
        return _("条件的值太长，最多%d个字。") % LONGEST_VALUE
    return ""


def leaves(tree: Condition | None) -> Iterator[Mapping[str, Any]]:
    """Every comparison in a tree whose shape is right."""
    waiting: list[Any] = [tree] if tree else []
    while waiting:
        part = waiting.pop()
        if "question" in part:
            yield part
        else:
            inner = part["not"] if "not" in part else part.get("all", part.get("any"))
            waiting += [inner] if isinstance(inner, Mapping) else list(inner)


def misfits(
    condition: Condition, place: int, questions: Sequence[Question], groups: Sequence[int | None]
) -> Iterator[str]:
    """What a condition of the row at `place` can't ask; `groups` says for each row in which group
    it stands (the place of the group's first row). Its shape must be right."""
    places = {question.key: at for at, question in enumerate(questions)}
    said: set[str] = set()
    for leaf in leaves(condition):
        at = places.get(leaf["question"])
        if at is None:
            problem = _("条件里的问题已经不在这张表里，请改选或者删去这个条件。")
        elif at == place:
            problem = _("条件不能问这个问题自己。")
        elif at > place:
            problem = _("条件只能问前面的问题；“%s”排在后面，请把它移到前面，或者改条件。") % (
                questions[at].label
            )
        elif at == groups[place]:
            problem = _("这一行就在“%s”这一组里，条件不能问这一组填了没有。") % questions[at].label
        elif groups[at] is not None and groups[at] != groups[place]:
            problem = _("“%s”在一个可重复的组里，组外的条件不能问它。") % questions[at].label
        else:
            problem = _leaf_problem(leaf, questions[at])
        if problem and problem not in said:
            said.add(problem)
            yield problem


def _leaf_problem(leaf: Mapping[str, Any], asked: Question) -> str:
    operators = OPERATORS_OF_TYPE.get(asked.type, ())
    if not operators:
        return _("“%s”没有答案，不能用作条件。") % asked.label
    if leaf["is"] not in operators:
        return _("“%s”的类型不能这样比较，请重新选择比较方法。") % asked.label
    return _value_problem(leaf["is"], leaf.get("value"), asked)


def _value_problem(operator: str, value: Any, asked: Question) -> str:
    if operator == "answered":
        return ""
    if asked.type in CHOICE_TYPES:
        return _choice_problem(operator, value, asked)
    if operator == "younger_than":
        ages = AgeLimit.values
        sentence = _("“年龄不满”请选择：%s周岁。") % "、".join(ages)
        return "" if str(value) in ages and not isinstance(value, bool) else sentence
    if operator == "within":
        known = isinstance(value, str) and area_by_code(value) is not None
        return "" if known else _("条件里的地区不在名单里，请重新选择。")
    if isinstance(value, bool) or not _NUMBER.fullmatch(str(value)):
        return _("“%s”是数字，条件里也请填数字。") % asked.label
    if operator == "equals" and not isinstance(value, int):
        return _("“%s”等于多少，请填整数；小数请用“不小于”“小于”。") % asked.label
    return ""


def _choice_problem(operator: str, value: Any, asked: Question) -> str:
    wanted = value if operator == "one_of" else [value]
    if not isinstance(wanted, list) or not wanted:
        return _("请为“%s”选择至少一个选项。") % asked.label
    known = {choice for choice, _label in asked.choices}
    # Nothing known: the choices come from elsewhere (the sessions of an activity).
    lost = [str(one) for one in wanted if known and one not in known]
    if lost:
        return _("“%(label)s”里没有这个选项：%(choices)s。") % {
            "label": asked.label,
            "choices": "、".join(lost),
        }
    return ""
