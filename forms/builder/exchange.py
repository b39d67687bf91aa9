"""A form as a JSON document: to be kept, sent to another site, or begun from (docs/editing.md).

A document says what is asked, never what was answered. Reading one makes a draft: nothing is
published by it. Into the form it came from, rows keep their keys, and with them their answers; in
another form every row gets a new key, and the conditions follow.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import Page

from forms.builder import handlers
from forms.builder.condition_problems import shape_problem
from forms.builder.conditions import with_other_keys
from forms.builder.kinds import MOST_ROWS
from forms.builder.models import FIELD_KEY, FormField, FormPage, new_field_key
from forms.builder.problems import Problem, problems_of
from forms.builder.questions import Question, question_of, to_schema
from forms.builder.rows import field_of

FORMAT = "tongban-form"
VERSION = 1
LARGEST = 500_000
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST = {"title": 100, "intro": 2_000, "label": 120, "help_text": 255, "why": 255}
_SMALLEST, _GREATEST = -1_000_000_000, 1_000_000_000
_PAGE_PROPERTIES = {
    "format",
    "version",
    "title",
    "kind",
    "intro",
    "checks_answers",
    "most_submissions",
    "rows",
}
_ROW_PROPERTIES = {field.name for field in fields(Question)}
_NUMBERS = ("least", "most")
_TEXTS = _ROW_PROPERTIES - {*_NUMBERS, "required", "choices", "condition"}


class NotAForm(Exception):
    """The document can't be read as a form; `sentences` say every reason, with its row."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = list(sentences)


@dataclass(frozen=True, slots=True)
class FormDocument:
    """A form as a document holds it; `unfinished` is what keeps it from being published."""

    title: str
    kind: str
    questions: list[Question]
    intro: str = ""
    checks_answers: bool = False
    most_submissions: int | None = None
    unfinished: Sequence[str] = ()


# ── out ─────────────────────────────────────────────────────────────────────────────────────────


def write(page: FormPage) -> str:
    """The document of a form as the editor has it (a draft's rows where `page` is a draft)."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "title": page.title,
        "kind": page.kind,
        "intro": page.intro,
        "checks_answers": page.checks_answers,
        "rows": to_schema(question_of(field) for field in page.form_fields.all()),
    }
    if page.most_submissions is not None:
        document["most_submissions"] = page.most_submissions
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


# ── in ──────────────────────────────────────────────────────────────────────────────────────────


def read(content: bytes | str) -> FormDocument:
    """The form a document holds. Raises NotAForm with every problem."""
    document = _parsed(content)
    problems = list(_page_problems(document))
    rows = document.get("rows")
    if not isinstance(rows, list):
        raise NotAForm([*problems, _("“rows”应当是一个列表，每一项是一行。")])
    if len(rows) > MOST_ROWS:
        raise NotAForm([*problems, _("一张表最多%d行。") % MOST_ROWS])
    for place, row in enumerate(rows):
        problems += [_at(place, problem) for problem in _row_problems(row)]
    if problems:
        raise NotAForm(problems)
    questions = [_question(row) for row in rows]
    kind = document["kind"]
    found = problems_of(kind, questions)
    if hard := [problem for problem in found if not problem.unfinished]:
        raise NotAForm([_said(problem) for problem in hard])
    return FormDocument(
        title=_clean(document["title"]),
        kind=kind,
        questions=questions,
        intro=_clean(document.get("intro", "")),
        checks_answers=document.get("checks_answers", False),
        most_submissions=document.get("most_submissions"),
        unfinished=[_said(problem) for problem in found],
    )


def _parsed(content: bytes | str) -> dict[str, Any]:
    if len(content) > LARGEST:
        raise NotAForm([_("文件太大，最多%d千字节。") % (LARGEST // 1000)])
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        document = json.loads(text, object_pairs_hook=_once)
    except _Twice as twice:
        raise NotAForm([_("“%s”写了两次。") % str(twice)[:40]]) from None
    except (ValueError, RecursionError):
        raise NotAForm([_("这不是一份表单文件（JSON），或者文件已经损坏。")]) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise NotAForm([_("这不是从“导出表单”得到的文件。")])
    if document.get("version") != VERSION or isinstance(document.get("version"), bool):
        raise NotAForm([_("文件的版本这里读不了，这里只读第%d版。") % VERSION])
    return document


class _Twice(Exception):
    """A property stands twice in one object: which of them counts, nobody can say."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for name, value in pairs:
        if name in seen:
            raise _Twice(name)
        seen[name] = value
    return seen


def _page_problems(document: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(document.keys() - _PAGE_PROPERTIES):
        yield _("没有名为“%s”的项。") % name[:40]
    for name in ("title", "kind"):
        if not isinstance(document.get(name), str) or not document[name].strip():
            yield _("缺少“%s”。") % name
    for name in ("title", "intro"):
        yield from _text_problem(name, document.get(name, ""))
    if not isinstance(document.get("checks_answers", False), bool):
        yield _("“%s”应当是 true 或 false。") % "checks_answers"
    most = document.get("most_submissions")
    if most is not None and not (_is_whole(most) and 1 <= most <= _GREATEST):
        yield _("“%s”应当是1以上的整数。") % "most_submissions"
    kind = document.get("kind")
    if isinstance(kind, str) and kind and kind not in dict(handlers.kinds()):
        yield _("没有名为“%s”的用途。") % kind[:40]


def _row_problems(row: Any) -> Iterator[str]:
    if not isinstance(row, dict):
        yield _("这一行应当是 {…}。")
        return
    for name in sorted(row.keys() - _ROW_PROPERTIES):
        yield _("没有名为“%s”的项。") % name[:40]
    if not isinstance(row.get("key"), str) or not _KEY.fullmatch(row["key"]):
        yield _("“key”应当以小写字母开头，只用小写字母、数字和下划线，最多40个。")
    if not isinstance(row.get("type"), str):
        yield _("缺少“%s”。") % "type"
    for name in sorted(_TEXTS):
        yield from _text_problem(name, row.get(name, ""))
    if not isinstance(row.get("required", True), bool):
        yield _("“%s”应当是 true 或 false。") % "required"
    for name in _NUMBERS:
        value = row.get(name)
        if value is not None and not (_is_whole(value) and _SMALLEST <= value <= _GREATEST):
            yield _("“%s”应当是整数。") % name
    yield from _choices_problem(row.get("choices", []))
    if row.get("condition") is not None and (problem := shape_problem(row["condition"])):
        yield problem


def _text_problem(name: str, value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        yield _("“%s”应当是文字。") % name
    elif len(value) > _LONGEST.get(name, 50):
        yield _("“%(name)s”最多%(limit)d个字。") % {"name": name, "limit": _LONGEST.get(name, 50)}
    elif _damaged(value):
        yield _("“%s”里有无法识别的字符。") % name


def _choices_problem(choices: Any) -> Iterator[str]:
    if not isinstance(choices, list) or not all(map(_is_choice, choices)):
        yield _("“choices”应当是选项的列表，每一项是 [值, 文字]。")
    elif any("|" in value or "｜" in value for value, _label in choices):
        # A choice is a line to the editor: "value|label".
        yield _("选项的值里不能有“|”。")
    elif any(len((value + label).splitlines()) > 1 for value, label in choices):
        yield _("选项里不能换行。")
    elif any(len(label) > _LONGEST["label"] for _value, label in choices):
        yield _("选项的文字最多%d个字。") % _LONGEST["label"]


def _is_choice(pair: Any) -> bool:
    texts = isinstance(pair, list) and len(pair) == 2 and all(isinstance(one, str) for one in pair)
    return texts and bool(pair[0].strip()) and not any(_damaged(one) for one in pair)


def _damaged(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" or character == "\0" for character in text)


def _question(row: Mapping[str, Any]) -> Question:
    choices = [
        (_clean(value), _clean(label) or _clean(value)) for value, label in row.get("choices", [])
    ]
    texts = {name: _clean(row[name]) for name in _TEXTS & row.keys()}
    return Question(
        **{**row, **texts, "choices": choices, "condition": row.get("condition") or None}
    )


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _at(place: int, sentence: str) -> str:
    return _("第%(row)d行：%(problem)s") % {"row": place + 1, "problem": sentence}


def _said(problem: Problem) -> str:
    return problem.message if problem.row is None else _at(problem.row, problem.message)


# ── the draft ───────────────────────────────────────────────────────────────────────────────────


def make_draft(parent: Page, document: FormDocument, *, user: Any = None) -> FormPage:
    """A new form below `parent`, never published, with keys of its own."""
    page = FormPage(
        title=document.title,
        kind=document.kind,
        intro=document.intro,
        checks_answers=document.checks_answers,
        most_submissions=document.most_submissions,
        live=False,
        owner=user,
    )
    page.form_fields = _fields(with_new_keys(document.questions))
    with transaction.atomic():
        parent.add_child(instance=page)
        page.save_revision(user=user, log_action=True)
    return page


def draft_into(page: FormPage, document: FormDocument, *, user: Any = None) -> FormPage:
    """The document as the next draft of a form that is there; what is public stays as it is."""
    draft: FormPage = page.get_latest_revision_as_object()
    draft.title = document.title
    draft.intro = document.intro
    draft.kind = document.kind
    draft.checks_answers = document.checks_answers
    draft.most_submissions = document.most_submissions
    known = dict(page.form_fields.values_list("clean_name", "pk"))
    draft.form_fields = [
        field if field.clean_name not in known else _as_row(field, known[field.clean_name])
        for field in _fields(with_new_keys(document.questions, keep=FIELD_KEY))
    ]
    draft.save_revision(user=user, log_action=True)
    return draft


def with_new_keys(
    questions: Sequence[Question], *, keep: re.Pattern[str] | None = None
) -> list[Question]:
    """The same questions under new keys (but those that `keep` matches), conditions and all."""
    keys = {
        question.key: question.key
        if keep is not None and keep.fullmatch(question.key)
        else new_field_key()
        for question in questions
    }
    return [
        replace(
            question,
            key=keys[question.key],
            condition=with_other_keys(question.condition, keys) if question.condition else None,
        )
        for question in questions
    ]


def _fields(questions: Sequence[Question]) -> list[FormField]:
    return [field_of(question, place) for place, question in enumerate(questions)]


def _as_row(field: FormField, pk: int) -> FormField:
    field.pk = pk
    return field
