"""Questions about forms and what was sent with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from wagtail.models import Page, Site

from forms.builder import references
from forms.builder.attachments import Attached, attached_to, named
from forms.builder.clauses import named_clause
from forms.builder.groups import item_name
from forms.builder.handlers import Answers
from forms.builder.kinds import CHOICE_TYPES, FieldType
from forms.builder.models import FormPage, FormVersion, Submission
from forms.builder.outline import Group, outline
from forms.builder.personal_fields import identity_text
from forms.builder.questions import Question, answers_from, from_schema, handler_choices
from forms.vault.services import open_record
from home.directory.selectors import area_by_code

# What is hashed for a reference nobody has: the work must be that of a wrong code.
_NO_SALT, _NO_HASH = bytes(16), bytes(32)


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """An answer as its version asked for it: `value` as stored, `text` to read.

    One that `is_forgotten` was cut out when its term ended: the text says so.
    """

    key: str
    label: str
    type: str
    role: str
    value: Any
    text: str
    sensitivity: str = ""
    is_forgotten: bool = False


def current_version(page: FormPage) -> FormVersion | None:
    """The newest published version."""
    version: FormVersion | None = FormVersion.objects.filter(page=page).order_by("-number").first()
    return version


def takes_files(path: str) -> bool:
    """Whether a form that asks for files stands at this address of the site."""
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    if site is None:
        return False
    root = site.root_page.url_path.rstrip("/")
    page = FormPage.objects.filter(url_path=f"{root}{path}", live=True).first()
    version = current_version(page) if page else None
    return version is not None and any(
        question.type == FieldType.FILES for question in from_schema(version.schema)
    )


def submission_with_key(submission_key: str) -> Submission | None:
    """What this key has already brought."""
    return Submission.objects.filter(submission_key=submission_key).first()


def submission_for(reference: str, code: str) -> Submission | None:
    """The submission these two open, as they were typed; the same work whatever is wrong."""
    parsed_reference, parsed_code = (
        references.parse_reference(reference),
        references.parse_code(code),
    )
    submission = Submission.objects.filter(reference=parsed_reference or "").first()
    salt = bytes(submission.code_salt) if submission else _NO_SALT
    stored = bytes(submission.code_hash) if submission else _NO_HASH
    matches = references.code_matches(parsed_code or "", salt, stored)
    return submission if matches else None


def answers_of(submission: Submission) -> Answers:
    """Opens the record: the caller has checked the right and accounts for it (vault.log_access).

    Raises vault.services.Erased and Unreadable.
    """
    questions = from_schema(submission.form_version.schema)
    return answers_from(questions, open_record(submission.record))


def labelled_answers(submission: Submission) -> list[LabelledAnswer]:
    """The answers in the order of their questions; the same duties as `answers_of`."""
    version = submission.form_version
    questions = from_schema(version.schema)
    asks_files = any(question.type == FieldType.FILES for question in questions)
    return labelled(
        version.page,
        questions,
        answers_of(submission).by_key,
        attached_to(submission.uuid) if asks_files else {},
        forgotten=submission.record.forgotten,
    )


def labelled(
    page: FormPage,
    questions: Sequence[Question],
    answers: Mapping[str, Any],
    files: Mapping[str, Sequence[Attached]],
    forgotten: Collection[str] = (),
) -> list[LabelledAnswer]:
    """{key: answer as stored} as rows to read. Of a group every item has its rows, named by it.

    The answers of `forgotten` keys are gone; that they were there is still said.
    """
    found: list[LabelledAnswer] = []
    for screen in outline(questions):
        for row in screen.rows:
            question = row.question if isinstance(row, Group) else row
            if question.key in forgotten:
                found.append(_forgotten(question))
            elif isinstance(row, Group):
                found += _items(page, row, answers.get(question.key) or [])
            elif question.key in answers:
                value = answers[question.key]
                found.append(_labelled(page, question, value, files.get(question.key, ())))
    return found


def _forgotten(question: Question) -> LabelledAnswer:
    return LabelledAnswer(
        key=question.key,
        label=question.label,
        type=question.type,
        role=question.role,
        value=None,
        text=_("已按期删除"),
        sensitivity=question.sensitivity,
        is_forgotten=True,
    )


def _items(
    page: FormPage, group: Group, items: Sequence[Mapping[str, Any]]
) -> Iterator[LabelledAnswer]:
    for place, item in enumerate(items):
        for question in group.questions:
            if question.key in item:
                yield replace(
                    _labelled(page, question, item[question.key]),
                    key=item_name(group, place, question),
                    label=f"{group.question.label} {place + 1}：{question.label}",
                )


def _labelled(
    page: FormPage, question: Question, value: Any, files: Sequence[Attached] = ()
) -> LabelledAnswer:
    text = (
        named([one for one in files if str(one.uuid) in value])
        if question.type == FieldType.FILES
        else _readable(page, question, value)
    )
    return LabelledAnswer(
        key=question.key,
        label=question.label,
        type=question.type,
        role=question.role,
        value=value,
        text=text,
        sensitivity=question.sensitivity,
    )


def forms_with_submissions(pages: Iterable[Page]) -> list[FormPage]:
    """The forms among these pages and all below them with which something was sent."""
    found: dict[int, FormPage] = {}
    for page in pages:
        below = FormPage.objects.descendant_of(page, inclusive=True)
        for form in below.filter(versions__submissions__isnull=False).distinct():
            found[form.pk] = form
    return list(found.values())


def _readable(page: FormPage, question: Question, value: Any) -> str:
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if question.type in CHOICE_TYPES:
        values = value if isinstance(value, list) else [value]
        return "、".join(_choice_label(page, question, item) for item in values)
    if question.type in (FieldType.AREA, FieldType.RESIDENCE_AREA):
        area = area_by_code(value)
        return area.full_name if area else str(value)
    if question.type == FieldType.IDENTITY:
        return identity_text(value)
    if question.type in (FieldType.DATE, FieldType.BIRTH_DATE):
        return date_format(date.fromisoformat(value), "Y年n月j日")
    if question.type == FieldType.CLAUSE:
        return named_clause(value)
    if question.type == FieldType.CONSENT:
        return _("已勾选（第%s版）") % str(value).rpartition(".")[2]
    return str(value)


def _choice_label(page: FormPage, question: Question, value: str) -> str:
    labels = dict(question.choices)
    if value not in labels:
        labels = dict(handler_choices(page, question) or ())
    return str(labels.get(value, value))
