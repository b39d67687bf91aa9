"""Everything that keeps a form from being published, in sentences for its editor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from forms.builder import handlers
from forms.builder.condition_problems import misfits, shape_problem
from forms.builder.kinds import (
    CHOICE_TYPES,
    LIMITED_TYPES,
    MOST_CHOICES,
    MOST_FILES,
    MOST_ROWS,
    MOST_TIMES,
    NOT_IN_GROUP,
    OPERATORS_OF_TYPE,
    PERSONAL_ROLES,
    PERSONAL_TYPES,
    TYPES_OF_ROLE,
    AgeLimit,
    FieldType,
    Role,
    Sensitivity,
)
from forms.builder.offered import terms
from forms.builder.questions import Question, handler_choices
from forms.builder.sensitivity import RANK, least_of
from forms.vault.models import ConsentText

LONGEST_VALUE = 40


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence for the editor, at a row and field or (`row` None) at the whole form.

    What is only `unfinished` may be saved as a draft: the page saves itself after every step, and
    an editor passes through states that can't be published.
    """

    message: str
    row: int | None = None
    field: str | None = None
    unfinished: bool = False


def problems_of(kind: str, questions: Sequence[Question]) -> list[Problem]:
    """Everything that keeps a form of this kind with these questions from being published."""
    questions = [_with_handlers_choices(kind, question) for question in questions]
    groups = groups_of(questions)
    return [
        *_whole(kind, questions),
        *_rows(kind, questions),
        *_screens(questions),
        *_groups(questions, groups),
        *_conditions(kind, questions, groups),
    ]


def groups_of(questions: Sequence[Question]) -> list[int | None]:
    """For each row the place of the row that begins the group it stands in. The rows that begin and
    end a group stand outside of it."""
    found: list[int | None] = []
    inside: int | None = None
    for place, question in enumerate(questions):
        if question.type in (FieldType.SCREEN, FieldType.GROUP, FieldType.GROUP_END):
            inside = None
        found.append(inside)
        if question.type == FieldType.GROUP:
            inside = place
    return found


# ── the whole form ──────────────────────────────────────────────────────────────────────────────


def _whole(kind: str, questions: Sequence[Question]) -> Iterator[Problem]:
    if len(questions) > MOST_ROWS:
        yield Problem(_("一张表最多%d行，请删减或者分成几张表。") % MOST_ROWS, field="kind")
    try:
        handler = handlers.handler_for(kind)
    except KeyError:
        yield Problem(_("没有名为“%s”的用途，请从列表中选择。") % kind, field="kind")
        return
    asked = {question.role for question in questions}
    missing = [role for role in getattr(handler, "required_roles", ()) if role not in asked]
    if missing:
        names = "、".join(str(Role(role).label) for role in missing)
        yield Problem(
            _("这种用途的表单还缺少含义为以下各项的问题：%s。") % names,
            field="kind",
            unfinished=True,
        )
    if not any(question.type in OPERATORS_OF_TYPE for question in questions):
        yield Problem(_("表单里还没有问题。"), field="kind", unfinished=True)


# ── each row ────────────────────────────────────────────────────────────────────────────────────


def _rows(kind: str, questions: Sequence[Question]) -> Iterator[Problem]:
    times = Counter(question.role for question in questions if question.role)
    keys = Counter(question.key for question in questions)
    known_texts = set(ConsentText.objects.values_list("key", flat=True))
    known_terms = terms()
    nothing_personal = _asks_nothing_personal(kind)
    for row, question in enumerate(questions):
        if question.type not in FieldType.values:
            yield Problem(_("没有这种类型，请从列表中选择。"), row, "field_type")
            continue
        if not question.label.strip():
            yield Problem(_("请填写这一行的文字。"), row, "label", unfinished=True)
        if keys[question.key] > 1:
            yield Problem(_("有两行的内部代号相同，请删去其中一行再重新添加。"), row)
        if question.role not in Role.values:
            yield Problem(_("没有这种含义，请从列表中选择。"), row, "role")
            continue
        if times[question.role] > 1:
            message = _("含义“%s”用了不止一次。") % Role(question.role).label
            yield Problem(message, row, "role", unfinished=True)
        allowed = TYPES_OF_ROLE.get(question.role)
        if allowed is not None and question.type not in allowed:
            names = "、".join(str(FieldType(name).label) for name in sorted(allowed))
            message = _("这一含义的问题只能用这些类型：%s。") % names
            yield Problem(message, row, "role", unfinished=True)
        personal = question.type in PERSONAL_TYPES or question.role in PERSONAL_ROLES
        if personal and nothing_personal:
            message = _("这种用途的表单不收集个人信息，请删去这个问题。")
            yield Problem(message, row, "field_type", unfinished=True)
        if question.type in CHOICE_TYPES:
            yield from _choices(question, row)
        if question.type == FieldType.CONSENT and question.text_key not in known_texts:
            yield Problem(_("请填写一份已有的告知书的代号。"), row, "text_key", unfinished=True)
        yield from _guarding(question, row)
        if question.retention and question.retention not in known_terms:
            message = _("没有代号为“%s”的保存期限，请从列表中选择。") % question.retention
            yield Problem(message, row, "retention")
        yield from _limits(question, row)


def _choices(question: Question, row: int) -> Iterator[Problem]:
    values = [value for value, _label in question.choices]
    # Sessions belong to the page above the form and may be added after it.
    if not values and question.role != Role.SESSION:
        yield Problem(_("请填写选项，每行一个。"), row, "choices", unfinished=True)
    if len(set(values)) < len(values):
        again = next(value for value in values if values.count(value) > 1)
        message = _("有两个选项的值相同：“%s”，请改成不同的。") % again[:LONGEST_VALUE]
        yield Problem(message, row, "choices", unfinished=True)
    if len(values) > MOST_CHOICES:
        yield Problem(_("选项最多%d个。") % MOST_CHOICES, row, "choices", unfinished=True)
    if any(len(value) > LONGEST_VALUE for value in values):
        message = _("选项的值最多%d个字；文字较长时请写成“值|文字”。") % LONGEST_VALUE
        yield Problem(message, row, "choices", unfinished=True)


def _guarding(question: Question, row: int) -> Iterator[Problem]:
    least = least_of(question.type, question.role)
    if question.sensitivity and question.sensitivity not in RANK:
        yield Problem(_("没有这种敏感程度，请从列表中选择。"), row, "sensitivity")
    elif question.sensitivity and RANK[question.sensitivity] < RANK[least]:
        message = _("这个问题的敏感程度至少是“%s”。") % Sensitivity(least).label
        yield Problem(message, row, "sensitivity", unfinished=True)
    if question.age_limit and question.type != FieldType.BIRTH_DATE:
        yield Problem(_("只有“孩子出生日期”可以限制年龄。"), row, "age_limit")
    elif question.age_limit and question.age_limit not in AgeLimit.values:
        yield Problem(_("没有这种年龄限制，请从列表中选择。"), row, "age_limit")


def _limits(question: Question, row: int) -> Iterator[Problem]:
    least, most = question.least, question.most
    if least is None and most is None:
        return
    if question.type not in LIMITED_TYPES:
        yield Problem(_("这种类型没有“最少”“最多”，请清空。"), row, "least")
        return
    if least is not None and most is not None and least > most:
        yield Problem(_("“最少”不能大于“最多”。"), row, "least", unfinished=True)
    if question.type == FieldType.NUMBER:
        return
    if (least or 0) < 0:
        yield Problem(_("“最少”不能小于0。"), row, "least")
    highest = {FieldType.FILES.value: MOST_FILES, FieldType.GROUP.value: MOST_TIMES}.get(
        question.type, len(question.choices) or MOST_CHOICES
    )
    for field, value in (("least", least), ("most", most)):
        if value is not None and value > highest:
            message = _("这里最多填%d。") % highest
            yield Problem(message, row, field, unfinished=question.type in CHOICE_TYPES)
    if most is not None and most < 1:
        yield Problem(_("“最多”至少是1。"), row, "most")


# ── screens and groups ──────────────────────────────────────────────────────────────────────────


def _screens(questions: Sequence[Question]) -> Iterator[Problem]:
    starts = [row for row, one in enumerate(questions) if one.type == FieldType.SCREEN]
    if starts and starts[0] != 0:
        message = _("表单分成几页时，第一行也要是“新的一页”，好让第一页有标题。")
        yield Problem(message, 0, "field_type", unfinished=True)
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else len(questions)
        if not any(one.type in OPERATORS_OF_TYPE for one in questions[start:end]):
            message = _("这一页里还没有问题，请在它后面添加，或者删去这一页。")
            yield Problem(message, start, "field_type", unfinished=True)


def _groups(questions: Sequence[Question], groups: Sequence[int | None]) -> Iterator[Problem]:
    began: int | None = None
    for row, question in enumerate(questions):
        if question.type == FieldType.GROUP:
            if began is not None:
                message = _("前面一组还没有结束：请先加一行“可重复的一组（到这里结束）”。")
                yield Problem(message, row, "field_type", unfinished=True)
            began = row
            if not any(
                groups[at] == row and one.type in OPERATORS_OF_TYPE
                for at, one in enumerate(questions)
            ):
                message = _("这一组里还没有问题，请在它后面添加。")
                yield Problem(message, row, "field_type", unfinished=True)
        elif question.type == FieldType.GROUP_END:
            if began is None:
                message = _("前面没有开始的组，请删去这一行。")
                yield Problem(message, row, "field_type", unfinished=True)
            began = None
        elif question.type == FieldType.SCREEN:
            began = None
        if groups[row] is not None:
            yield from _inside(question, row)


def _inside(question: Question, row: int) -> Iterator[Problem]:
    if question.role:
        message = _("组里的问题会回答几次，不能有“含义”。")
        yield Problem(message, row, "role", unfinished=True)
    if question.type in NOT_IN_GROUP:
        yield Problem(str(NOT_IN_GROUP[question.type]), row, "field_type", unfinished=True)


# ── conditions ──────────────────────────────────────────────────────────────────────────────────


def _conditions(
    kind: str, questions: Sequence[Question], groups: Sequence[int | None]
) -> Iterator[Problem]:
    needed = _needed_roles(kind)
    screen: Question | None = None
    for row, question in enumerate(questions):
        if question.type == FieldType.SCREEN:
            screen = question
        hidden_by_screen = screen is not None and bool(screen.condition)
        if question.role in needed and (question.condition or hidden_by_screen):
            message = _("没有“%s”就无法办理，这个问题和它所在的页不能设显示条件。") % (
                Role(question.role).label
            )
            yield Problem(message, row, "condition", unfinished=True)
        if question.condition is None:
            continue
        if message := shape_problem(question.condition):
            yield Problem(message, row, "condition")
        elif question.type == FieldType.GROUP_END:
            yield Problem(_("组的结尾不能设显示条件，请设在组的开头。"), row, "condition")
        else:
            for message in misfits(question.condition, row, questions, groups):
                yield Problem(message, row, "condition", unfinished=True)


def _needed_roles(kind: str) -> frozenset[str]:
    try:
        return frozenset(getattr(handlers.handler_for(kind), "required_roles", ()))
    except KeyError:
        return frozenset()


def _asks_nothing_personal(kind: str) -> bool:
    try:
        return getattr(handlers.handler_for(kind), "asks_nothing_personal", False)
    except KeyError:
        return False


def _with_handlers_choices(kind: str, question: Question) -> Question:
    from forms.builder.models import FormPage

    offered = handler_choices(FormPage(kind=kind), question)
    return replace(question, choices=offered) if offered else question
