"""For any form an editor can build: what is stored is what was sent, and what is hidden is gone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms.builder import drafts
from forms.builder.attachments import Attached
from forms.builder.filling import Filling, own_names
from forms.builder.groups import item_name, least_of
from forms.builder.kinds import SHAPE_TYPES, FieldType
from forms.builder.models import FormPage, FormVersion
from forms.builder.outline import Group, outline, shown
from forms.builder.questions import Question, from_schema, to_schema
from forms.builder.selectors import answers_of
from forms.builder.services import submit
from forms.builder.text import clean_text
from tests.builder.any_form import forms
from tests.builder.steps import make_steps_page

SLOW = settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
AREA_PATHS = [("210000", "210100", "210102"), ("210000", "210200", "210202"), ("210000", "21SFSF")]
EMPTY: dict[str, Any] = {
    FieldType.NUMBER: None,
    FieldType.DATE: None,
    FieldType.BIRTH_DATE: None,
    FieldType.CHECKBOX: False,
    FieldType.CHECKBOXES: [],
    FieldType.FILES: [],
}
Said = tuple[dict[str, list[str]], Any]
words = st.text(st.characters(codec="utf-8", exclude_characters="\ufffd"), max_size=60)


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_steps_page().pk
        transaction.set_rollback(True)


@st.composite
def filled(draw: st.DrawFn, question: Question, name: str, *, answered: bool = False) -> Said:
    """(what is typed under which names, what is stored) of one question, answered as it must be."""
    if not (answered or question.required or draw(st.booleans())):
        return {}, EMPTY.get(question.type, "")
    match question.type:
        case FieldType.SINGLELINE | FieldType.MULTILINE:
            lines = question.type == FieldType.MULTILINE
            typed = draw(words.filter(lambda text: bool(clean_text(text, lines=lines))))
            return {name: [typed]}, clean_text(typed, lines=lines)
        case FieldType.NUMBER:
            least = -(10**6) if question.least is None else question.least
            most = 10**6 if question.most is None else question.most
            number = draw(st.integers(min(least, most), max(least, most)))
            return {name: [f" {number} "]}, number
        case FieldType.DATE:
            day = draw(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
            return {name: [f"{day.year}年{day.month}月{day.day}日"]}, day.isoformat()
        case FieldType.BIRTH_DATE:
            day = timezone.localdate() - timedelta(days=draw(st.integers(0, 13 * 365)))
            return {name: [day.strftime("%Y%m%d")]}, day.isoformat()
        case FieldType.DROPDOWN | FieldType.RADIO:
            value = draw(st.sampled_from([value for value, _label in question.choices]))
            return {name: [value]}, value
        case FieldType.CHECKBOX:
            return {name: ["on"]}, True
        case FieldType.CHECKBOXES:
            values = [value for value, _label in question.choices]
            count = draw(st.integers(question.least or 1, question.most or len(values)))
            return {name: values[:count]}, values[:count]
        case FieldType.EMAIL:
            return {name: ["a＠example.com"]}, "a@example.com"
        case FieldType.PHONE:
            return {name: ["+86 138-0013-8000"]}, "13800138000"
        case FieldType.AREA:
            path = draw(st.sampled_from(AREA_PATHS))
            return {f"{name}_{place}": [code] for place, code in enumerate(path)}, path[-1]
        case FieldType.RESIDENCE_AREA:
            return {f"{name}_0": ["210100"], f"{name}_1": ["210103"]}, "210103"
        case FieldType.CONSENT:
            return {name: [f"{question.text_key}.1"]}, f"{question.text_key}.1"
        case FieldType.IDENTITY:
            return {f"{name}_kind": ["passport"], f"{name}_number": ["e 1234-5678"]}, {
                "kind": "passport",
                "number": "E12345678",
            }
    return {}, ""


@st.composite
def filled_group(draw: st.DrawFn, group: Group) -> Said:
    least = least_of(group)
    most = max(least, min(group.question.most or 3, least + 2))
    count = draw(st.integers(least, most))
    typed = {f"{group.question.key}-count": [str(count)]}
    items: list[dict[str, Any]] = []
    for place in range(count):
        item: dict[str, Any] = {}
        asked = [one for one in group.questions if one.type not in SHAPE_TYPES]
        for question in asked:
            name = item_name(group, place, question)
            # The first is always answered: an item left wholly empty is none.
            own, item[question.key] = draw(filled(question, name, answered=question is asked[0]))
            typed |= own
        items.append(item)
    return typed, items


@st.composite
def form_and_answers(
    draw: st.DrawFn,
) -> tuple[list[Question], dict[str, list[str]], dict[str, Any], dict[str, Sequence[Attached]]]:
    questions = draw(forms(most_screens=3, most_rows=4))
    typed: dict[str, list[str]] = {}
    meant: dict[str, Any] = {}
    files: dict[str, Sequence[Attached]] = {}
    for screen in outline(questions):
        for row in screen.rows:
            if isinstance(row, Group):
                own, meant[row.question.key] = draw(filled_group(row))
            elif row.type == FieldType.FILES:
                least = row.least or int(row.required)
                count = draw(st.integers(least, row.most or max(least, 3)))
                files[row.key] = [Attached(uuid4(), row.key, f"{n}.jpg", 10) for n in range(count)]
                own, meant[row.key] = {}, [str(one.uuid) for one in files[row.key]]
            elif row.type in SHAPE_TYPES:
                continue
            else:
                own, meant[row.key] = draw(filled(row, row.key))
            typed |= own
    return questions, typed, meant, files


def published(page: FormPage, questions: Sequence[Question]) -> FormVersion:
    last = page.versions.first()
    version: FormVersion = FormVersion.objects.create(
        page=page,
        number=last.number + 1 if last else 1,
        schema=to_schema(questions),
        digest=secrets.token_hex(32),
        published_at=timezone.now(),
    )
    return version


@SLOW
@given(made=form_and_answers())
def test_what_is_stored_is_what_was_sent_and_what_is_hidden_is_gone(
    built: int, db: None, handler: Any, made: tuple[Any, ...]
) -> None:
    questions, typed, meant, files = made
    page = FormPage.objects.get(pk=built)
    version = published(page, questions)
    key = secrets.token_hex(16)
    draft = drafts.begin(version, {}, submission_key=key)
    for screen in outline(questions):
        own = own_names(typed, screen)
        draft = drafts.keep(draft, own, screen=screen.number)
    filling = Filling(page, from_schema(version.schema), drafts.typed_in(draft), files=files)
    wrong = filling.first_open()
    assert wrong is None, wrong.form.errors.as_json()
    _screens, expected = shown(outline(questions), meant, timezone.localdate())
    submission = submit(version, filling.answers(), submission_key=key)
    assert dict(answers_of(submission).by_key) == expected


JUNK: Mapping[str, Any] = {
    "text": st.text(max_size=40),
    "number": st.sampled_from(["", "NaN", "1e999", "-0", "９", "99999999999999999999"]),
    "forged": st.sampled_from(["../../etc/passwd", "=1+1", "{{ 7*7 }}", "' OR 1=1", "\x00", "on"]),
}


@SLOW
@given(data=st.data())
def test_whatever_is_sent_is_taken_or_refused_in_words_and_never_fails(
    built: int, db: None, data: st.DataObject
) -> None:
    questions = data.draw(forms(most_screens=2, most_rows=4))
    names = [q.key for q in questions]
    tails = ("_0", "_kind", "-count", f"-0-{names[-1]}")
    names += [name + tail for name in names for tail in tails]
    typed = data.draw(
        st.dictionaries(
            st.sampled_from(names), st.lists(st.one_of(*JUNK.values()), min_size=1, max_size=2)
        )
    )
    page = FormPage.objects.get(pk=built)
    filling = Filling(page, questions, typed)
    for step in filling.steps:
        for row in step.form.rows():
            assert row.question
        for errors in step.form.errors.values():
            assert all(max(str(error)) >= "\u4e00" for error in errors)
    _screens, kept = shown(outline(questions), filling.answers(), timezone.localdate())
    assert filling.answers() == kept
