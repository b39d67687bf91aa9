"""What changed between two states of a form, in sentences: for the editor before publishing, and
for a family whose draft moves to the new version."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from forms.builder.kinds import CHOICE_TYPES, FieldType
from forms.builder.models import FormVersion
from forms.builder.outline import Group, outline
from forms.builder.questions import Question, from_schema

ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"
# Rows that say where something begins or ends, and nothing by themselves.
_UNSPOKEN = (FieldType.GROUP_END,)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is other than before. `asks_again`: what was answered may no longer do."""

    key: str
    what: str
    sentence: str
    asks_again: bool = False


def difference(old: FormVersion, new: FormVersion) -> list[Change]:
    """What `new` asks otherwise than `old`, in the order of the new form."""
    return differences(from_schema(old.schema), from_schema(new.schema))


def differences(old: Sequence[Question], new: Sequence[Question]) -> list[Change]:
    """The same of two lists of questions: a row is the same row by its key."""
    before = {question.key: question for question in old}
    after = {question.key: question for question in new}
    homes_before, homes_after = _homes(old), _homes(new)
    moved = _moved_keys(old, new)
    changes: list[Change] = []
    for question in new:
        if question.type in _UNSPOKEN:
            continue
        earlier = before.get(question.key)
        if earlier is None:
            changes.append(_added(question, homes_after))
            continue
        changes += _changes(earlier, question)
        if homes_before[question.key] != homes_after[question.key]:
            sentence = _("“%(label)s”移到了%(place)s。") % {
                "label": question.label,
                "place": _place(after, homes_after[question.key]),
            }
            group_changed = homes_before[question.key][1] != homes_after[question.key][1]
            changes.append(Change(question.key, MOVED, sentence, asks_again=group_changed))
        elif question.key in moved:
            sentence = _("“%s”换了位置。") % question.label
            changes.append(Change(question.key, MOVED, sentence))
    for question in old:
        if question.key not in after and question.type not in _UNSPOKEN:
            sentence = _("删去了%(what)s“%(label)s”。") % _named(question)
            changes.append(Change(question.key, REMOVED, sentence))
    return changes


def _named(question: Question) -> dict[str, str]:
    name = {
        FieldType.SCREEN.value: _("一页"),
        FieldType.SECTION.value: _("小标题"),
        FieldType.STATEMENT.value: _("说明"),
        FieldType.GROUP.value: _("一组"),
    }.get(question.type, _("问题"))
    return {"what": name, "label": question.label}


def _added(question: Question, homes: dict[str, _Home]) -> Change:
    sentence = _("新增了%(what)s“%(label)s”。") % _named(question)
    must = question.required and question.type not in (
        FieldType.SCREEN,
        FieldType.SECTION,
        FieldType.STATEMENT,
        FieldType.GROUP,
    )
    return Change(question.key, ADDED, sentence, asks_again=must)


def _changes(old: Question, new: Question) -> Iterator[Change]:
    def change(sentence: str, *, asks_again: bool = False) -> Change:
        return Change(new.key, CHANGED, sentence, asks_again)

    if old.label != new.label:
        yield change(_("“%(old)s”改成了“%(new)s”。") % {"old": old.label, "new": new.label})
    if old.type != new.type:
        sentence = _("“%(label)s”的类型由“%(old)s”改成了“%(new)s”。") % {
            "label": new.label,
            "old": _type_name(old.type),
            "new": _type_name(new.type),
        }
        yield change(sentence, asks_again=True)
    elif new.type in CHOICE_TYPES:
        yield from _choice_changes(old, new, change)
    if old.required != new.required:
        sentence = _("“%s”改成了必答。") if new.required else _("“%s”改成了选答。")
        yield change(sentence % new.label, asks_again=new.required)
    if (old.help_text, old.why) != (new.help_text, new.why):
        yield change(_("“%s”的说明改了。") % new.label)
    if _canonical(old.condition) != _canonical(new.condition):
        if not new.condition:
            yield change(_("“%s”改成了总是显示。") % new.label, asks_again=True)
        else:
            yield change(_("“%s”的显示条件改了。") % new.label, asks_again=True)
    if old.text_key != new.text_key:
        yield change(_("“%s”换了告知书。") % new.label, asks_again=True)
    if (old.least, old.most, old.age_limit) != (new.least, new.most, new.age_limit):
        yield change(_("“%s”可以填的范围改了。") % new.label, asks_again=True)
    if (old.role, old.sensitivity, old.retention) != (new.role, new.sensitivity, new.retention):
        yield change(_("“%s”的处理方式（含义、敏感程度或者保存期限）改了。") % new.label)


def _choice_changes(old: Question, new: Question, change: Any) -> Iterator[Change]:
    before, after = dict(old.choices), dict(new.choices)
    gone = [label for value, label in before.items() if value not in after]
    come = [label for value, label in after.items() if value not in before]
    reworded = [value for value, label in after.items() if before.get(value, label) != label]
    for words, labels, again in (
        (_("“%(label)s”少了选项：%(choices)s。"), gone, True),
        (_("“%(label)s”多了选项：%(choices)s。"), come, False),
    ):
        if labels:
            listed = {"label": new.label, "choices": "、".join(labels)}
            yield change(words % listed, asks_again=again)
    for value in reworded:
        yield change(
            _("“%(label)s”的选项“%(old)s”改成了“%(new)s”。")
            % {"label": new.label, "old": before[value], "new": after[value]}
        )


def _type_name(name: str) -> str:
    return str(FieldType(name).label) if name in FieldType.values else name


def _canonical(condition: Any) -> str:
    return json.dumps(condition or None, sort_keys=True, ensure_ascii=False)


# ── where a row stands ──────────────────────────────────────────────────────────────────────────

# The keys of the rows that begin its screen and its group ("" for none).
_Home = tuple[str, str]


def _homes(questions: Sequence[Question]) -> dict[str, _Home]:
    homes: dict[str, _Home] = {}
    for screen in outline(questions):
        screen_key = screen.heading.key if screen.heading else ""
        for row in screen.rows:
            if isinstance(row, Group):
                homes[row.question.key] = (screen_key, "")
                homes |= {one.key: (screen_key, row.question.key) for one in row.questions}
            else:
                homes[row.key] = (screen_key, "")
    # Screens are in no screen, and the ends of groups tell nothing.
    return {question.key: homes.get(question.key, ("", "")) for question in questions}


def _place(questions: dict[str, Question], home: _Home) -> str:
    screen, group = home
    if group:
        return _("“%s”一组里") % questions[group].label
    if screen:
        return _("“%s”这一页") % questions[screen].label
    return _("第一页")


def _moved_keys(old: Sequence[Question], new: Sequence[Question]) -> set[str]:
    """The fewest rows that must have been moved, of those in both: all that are not in a longest
    run kept in order."""
    places = {question.key: place for place, question in enumerate(old)}
    both = [question.key for question in new if question.key in places]
    # The longest increasing run, by plain dynamic programming: a form has at most 200 rows.
    best: list[list[str]] = []
    for key in both:
        longest: list[str] = []
        for run in best:
            if places[run[-1]] < places[key] and len(run) > len(longest):
                longest = run
        best.append([*longest, key])
    kept: set[str] = set()
    for run in best:
        kept = set(run) if len(run) > len(kept) else kept
    return set(both) - kept
