"""Each of the nine templates, filled in from its first screen to the receipt by what a browser
without script sees: the shortest way, and ways on which every condition has held once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from forms.builder import exchange
from forms.builder.kinds import SHAPE_TYPES, FieldType
from forms.builder.models import Draft, FormPage, RequestIndexPage, Submission
from forms.builder.patterns import CODES, document_of
from forms.builder.questions import Question, from_schema
from forms.builder.selectors import answers_of, current_version
from forms.casework.models import Case
from forms.vault.files import files_of
from tests.builder.reader import Answer, Reader
from tests.casework import house

# {question: the values it must have, the values it must not have}
Wishes = dict[str, tuple[set[Any], set[Any]]]
WORDS = "示例：房租下月到期，孩子九月要上学。"
HEPING = {
    FieldType.AREA: [house.LIAONING, house.SHENYANG, house.HEPING],
    FieldType.RESIDENCE_AREA: [house.SHENYANG, house.HEPING],
}


@pytest.fixture(autouse=True)
def private(tmp_path: Path, settings: Any) -> None:
    settings.PRIVATE_ROOT = tmp_path


def publish(code: str) -> FormPage:
    page = exchange.make_draft(RequestIndexPage.objects.get(), document_of(code))
    page.save_revision().publish()
    page.refresh_from_db()
    return page


def questions_of(page: FormPage) -> list[Question]:
    version = current_version(page)
    assert version is not None
    return list(from_schema(version.schema))


# ── what to answer so that a condition holds, or does not ───────────────────────────────────────


def wishes_for(condition: Mapping[str, Any], wanted: bool) -> Wishes:
    """Of several ways the first; enough for conditions as the templates have them."""
    for name, every in (("all", wanted), ("any", not wanted)):
        if name in condition:
            some = condition[name] if every else condition[name][:1]
            found: Wishes = {}
            for one in some:
                found = both(found, wishes_for(one, wanted)) or found
            return found
    if "not" in condition:
        return wishes_for(condition["not"], not wanted)
    value = condition.get("value", True)
    if condition["is"] == "younger_than":
        value = ("younger", value)
    values = set(value) if condition["is"] == "one_of" else {value}
    return {condition["question"]: (values, set()) if wanted else (set(), values)}


def both(one: Wishes, other: Wishes) -> Wishes | None:
    """Both at once; None where they contradict each other."""
    merged = dict(one)
    for key, (must, must_not) in other.items():
        had, had_not = merged.get(key, (set(), set()))
        together = had & must if had and must else had | must
        if (had and must and not together) or together & (had_not | must_not):
            return None
        merged[key] = (together, had_not | must_not)
    return merged


def ways(questions: list[Question]) -> Iterator[tuple[set[str], Wishes]]:
    """Sets of questions that can be shown at once, until each that has a condition was."""
    asked = {question.key: question for question in questions}
    open_keys = [question.key for question in questions if question.condition]
    while open_keys:
        together: set[str] = set()
        wishes: Wishes = {}
        for key in open_keys:
            own = wishes_to_show(asked, key)
            merged = both(wishes, own)
            if merged is not None:
                wishes = merged
                together.add(key)
        assert together, open_keys
        open_keys = [key for key in open_keys if key not in together]
        yield together, wishes


def wishes_to_show(asked: Mapping[str, Question], key: str) -> Wishes:
    condition = asked[key].condition
    wishes = wishes_for(condition, True) if condition else {}
    for other in list(wishes):
        wishes = both(wishes, wishes_to_show(asked, other)) or wishes
    return wishes


def answers_by(questions: list[Question], wishes: Wishes, *, whole: bool) -> dict[str, Answer]:
    """An answer to every question, or to those that need one."""
    found: dict[str, Answer] = {}
    for question in questions:
        if question.type in SHAPE_TYPES or question.type == FieldType.GROUP:
            continue
        must, must_not = wishes.get(question.key, (set(), set()))
        if question.required or whole or must:
            found[question.key] = answer_to(question, must, must_not)
    return found


def answer_to(question: Question, must: set[Any], must_not: set[Any]) -> Answer:
    kind = question.type
    if kind in HEPING:
        return HEPING[FieldType(kind)]
    if kind == FieldType.BIRTH_DATE:
        return f"{timezone.localdate().year - (17 if must_not else 9)}-01-15"
    if kind == FieldType.FILES:
        data = BytesIO()
        Image.new("RGB", (60, 40), "teal").save(data, "JPEG")
        return SimpleUploadedFile("户口簿.jpg", data.getvalue(), "image/jpeg")
    typed = {
        FieldType.PHONE: house.CANARY_PHONE,
        FieldType.EMAIL: house.CANARY_MAIL,
        FieldType.NUMBER: "2",
        FieldType.CONSENT: f"{question.text_key}.1",
        FieldType.CHECKBOX: "on",
    }
    if kind in typed:
        return typed[FieldType(kind)]
    offered = [value for value, _label in question.choices]
    if offered:
        fits = [value for value in offered if value not in must_not] or offered
        return next((value for value in fits if value in must), fits[0])
    return WORDS


# ── the walk ────────────────────────────────────────────────────────────────────────────────────


def walk(page: FormPage, answers: Mapping[str, Answer], *, whole: bool) -> tuple[Reader, set[str]]:
    """To the look over all answers; with the questions that were seen."""
    reader = Reader(str(page.url))
    reader.open()
    seen: set[str] = set()
    for _screen in range(9):
        reader.assert_sound()
        if whole:
            for key, kind, _part in list(reader.questions()):
                if kind == FieldType.GROUP and reader.values[f"{key}-count"] == ["0"]:
                    reader.press("_add", key)
        seen |= {key for key, _kind, _part in reader.questions()}
        reader.fill(answers)
        reader.press()
        assert (reader.status, reader.mistakes) == (200, [])
        if "screen=check" in reader.url or "/receipt/" in reader.url:
            return reader, seen
    raise AssertionError("it has no end")


def end(reader: Reader) -> Submission:
    if "screen=check" in reader.url:
        reader.press()
    assert reader.url.endswith("/requests/receipt/"), reader.text
    reader.assert_sound()
    receipt = reader.soup.select_one(".receipt[data-reference][data-code]")
    assert receipt is not None
    submission = Submission.objects.get(reference=receipt["data-reference"])
    assert Case.objects.filter(submission=submission).exists()
    assert not Draft.objects.exists()
    return submission


@pytest.mark.usefixtures("liaoning")
@pytest.mark.parametrize("code", CODES)
def test_the_shortest_way_leads_to_the_receipt(code: str) -> None:
    page = publish(code)
    questions = questions_of(page)
    wishes: Wishes = {}
    for question in questions:
        if question.condition:
            wishes = both(wishes, wishes_for(question.condition, False)) or wishes
    answers = answers_by(questions, wishes, whole=False)
    reader, _seen = walk(page, answers, whole=False)
    submission = end(reader)
    stored = answers_of(submission).by_key
    assert stored.keys() <= {question.key for question in questions}
    assert WORDS in stored.values()


@pytest.mark.usefixtures("liaoning")
@pytest.mark.parametrize("code", CODES)
def test_every_question_can_be_come_to_and_is_stored(code: str) -> None:
    page = publish(code)
    questions = questions_of(page)
    answerless = {q.key for q in questions if q.type in SHAPE_TYPES}
    in_groups = set(members_of_groups(questions))
    for shown, wishes in list(ways(questions)) or [(set(), {})]:
        answers = answers_by(questions, wishes, whole=True)
        reader, seen = walk(page, answers, whole=True)
        assert shown <= seen
        submission = end(reader)
        stored = answers_of(submission).by_key
        assert shown - answerless - in_groups <= stored.keys()
        for question in questions:
            if question.type == FieldType.GROUP:
                assert len(stored[question.key]) == 1
                assert shown & in_groups <= stored[question.key][0].keys()
            if question.type == FieldType.FILES:
                assert len(files_of(submission.uuid)) == 1


def members_of_groups(questions: list[Question]) -> Iterator[str]:
    inside = False
    for question in questions:
        if question.type == FieldType.GROUP_END:
            inside = False
        elif inside:
            yield question.key
        inside = inside or question.type == FieldType.GROUP
