"""The deeds of the builder: make a form, store what was sent."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from wagtail.models import Page

from forms.builder import drafts, opening, references
from forms.builder.conditions import Condition
from forms.builder.consenting import child_age, duty_after, giver_of, refuse_wrong_giver
from forms.builder.handlers import Answers, Receipt, Refused, handler_for
from forms.builder.kinds import FieldType, Role
from forms.builder.models import Draft, FormPage, FormVersion, Submission, new_field_key
from forms.builder.problems import problems_of
from forms.builder.questions import Question, answers_from, from_schema, question_of
from forms.builder.rows import field_of
from forms.vault import retention
from forms.vault import services as vault
from forms.vault.canonical import canonical_json
from forms.vault.models import BlindIndex, ConsentText, SealedRecord

TRIES_FOR_A_FREE_REFERENCE = 5
_NUMBERS = (
    (Role.PHONE, BlindIndex.Kind.PHONE),
    (Role.GUARDIAN_PHONE, BlindIndex.Kind.PHONE),
    (Role.CHILD_IDENTITY, BlindIndex.Kind.IDENTITY),
)


class OtherAnswers(Exception):
    """This key has already brought other answers; `submission` is the first."""

    def __init__(self, submission: Submission) -> None:
        super().__init__("A submission with this key and other answers exists.")
        self.submission = submission


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would have come of a form that is only being tried out."""

    reference: str
    receipt: Receipt


class _KeyTaken(Exception):
    """Another process stored this key first; undoes what this one had begun."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A question for `create_form`. Choices are (value, label); a `key` is given where a condition
    names it, and is otherwise new."""

    label: str
    type: str
    role: str = ""
    required: bool = True
    help_text: str = ""
    why: str = ""
    choices: Sequence[tuple[str, str]] = ()
    text_key: str = ""
    condition: Condition | None = None
    sensitivity: str = ""
    retention: str = ""
    least: int | None = None
    most: int | None = None
    age_limit: str = ""
    key: str = ""

    def question(self) -> Question:
        values = {field.name: getattr(self, field.name) for field in dataclass_fields(self)}
        return Question(**values | {"key": self.key or new_field_key()})


def create_form(
    parent: Page, *, title: str, slug: str, kind: str, fields: Sequence[FieldSpec], intro: str = ""
) -> FormPage:
    """Makes and publishes a form page below `parent`, with its first version.

    Raises ValidationError with the sentences an editor would see.
    """
    page = FormPage(title=title, slug=slug, kind=kind, intro=intro, live=False)
    page.form_fields = [field_of(spec.question(), place) for place, spec in enumerate(fields)]
    problems = problems_of(kind, [question_of(field) for field in page.form_fields.all()])
    if problems:
        raise ValidationError([str(problem.message) for problem in problems])
    with transaction.atomic():
        parent.add_child(instance=page)
        page.save_revision().publish()
    page.refresh_from_db()
    return page


def submit(
    version: FormVersion,
    answers: Mapping[str, Any],
    *,
    submission_key: str,
    draft: Draft | None = None,
    files_seen: Collection[str] | None = None,
) -> Submission:
    """Stores cleaned answers {field key: value} in one transaction and hands them to the handler.
    A `draft` becomes this submission, and is gone with the same transaction; `files_seen` are the
    files it had when the answers were taken from it.

    The same key with the same answers gives the first submission again; with others `OtherAnswers`.
    Raises `handlers.Refused` where the form or its handler can't take it, `drafts.Changed` where
    the draft is another by now, Draft.DoesNotExist where it is gone: then nothing is stored.
    """
    meant = answers_from(from_schema(version.schema), answers)
    first = Submission.objects.filter(submission_key=submission_key).first()
    if first is None:
        submission = _begun(version, meant, submission_key)
        if draft is not None:
            submission.uuid = draft.submission_uuid
        try:
            # Durable: whoever returns from here may show a receipt.
            with transaction.atomic(durable=True):
                _hold_the_opening(version.page, submission_key)
                _store(submission, meant)
                if draft is not None:
                    kept = list(_files_in(version, meant))
                    drafts.sent(draft, submission, files=kept, seen=files_seen)
        except _KeyTaken:
            first = Submission.objects.get(submission_key=submission_key)
        else:
            return submission
    if not hmac.compare_digest(first.answers_digest, _answers_digest(version, meant)):
        raise OtherAnswers(first)
    return first


def _begun(version: FormVersion, answers: Answers, submission_key: str) -> Submission:
    """Not stored yet. The dear part of the work (the code's hash), done before anybody else has to
    wait for the transaction."""
    salt = references.new_salt()
    return Submission(
        form_version=version,
        submission_key=submission_key,
        answers_digest=_answers_digest(version, answers),
        code_salt=salt,
        code_hash=references.hash_code(references.code_for(submission_key), salt),
        kind=version.page.kind,
    )


def is_same(submission: Submission, version: FormVersion, answers: Mapping[str, Any]) -> bool:
    """Whether these answers to this form are those of the submission."""
    meant = answers_from(from_schema(version.schema), answers)
    return hmac.compare_digest(submission.answers_digest, _answers_digest(version, meant))


def tracking_code(submission: Submission) -> str:
    """The 16 digits of the receipt, computed again from the server's secret."""
    return references.code_for(submission.submission_key)


def _answers_digest(version: FormVersion, answers: Answers) -> str:
    # The page, not its version: sent again after an editor's change, the answers are the same.
    return vault.keyed_digest(
        canonical_json({"form": version.page_id, "answers": dict(answers.by_key)})
    )


def rehearse(version: FormVersion, answers: Mapping[str, Any]) -> Rehearsal:
    """Does everything `submit` does, and undoes it: nothing is stored, nobody is told.

    Raises `handlers.Refused`.
    """
    meant = answers_from(from_schema(version.schema), answers)
    submission = _begun(version, meant, secrets.token_hex(16))
    with transaction.atomic():
        _store(submission, meant)
        rehearsal = Rehearsal(
            submission.reference, handler_for(submission.kind).receipt(submission)
        )
        transaction.set_rollback(True)
    return rehearsal


def _hold_the_opening(page: FormPage, submission_key: str) -> None:
    """Refuses what comes too late or is one too many. Those who send at once to a form with a limit
    wait for each other here (on SQLite, at the transaction itself); without one nobody waits."""
    if page.most_submissions is not None:
        FormPage.objects.select_for_update(of=("self",)).get(pk=page.pk)
        if Submission.objects.filter(submission_key=submission_key).exists():
            raise _KeyTaken
    state = opening.state_of(page, timezone.now())
    said = opening.said_of(page, state)
    if said is not None:
        raise Refused(state.value, said.text)


def _store(submission: Submission, answers: Answers) -> None:
    handler = handler_for(submission.kind)
    submission.submitted_at = timezone.now()
    submission.record = vault.seal(
        dict(answers.by_key),
        bound_to=submission.uuid,
        retention_class=getattr(handler, "retention_class", retention.CASE),
        class_of_field=_class_of_field(submission.form_version),
    )
    _save_under_a_free_reference(submission)
    for kind, number in _numbers(answers):
        vault.remember(submission.record, kind, number)
    _record_consents(submission, answers)
    handler.receive(submission, answers)


def _class_of_field(version: FormVersion) -> dict[str, str]:
    return {
        question.key: code
        for question in from_schema(version.schema)
        if (code := question.retention)
    }


def _numbers(answers: Answers) -> list[tuple[str, str]]:
    by_role = [(kind, number) for role, kind in _NUMBERS if (number := answers.text(role))]
    documents = [
        (BlindIndex.Kind.IDENTITY.value, number)
        for number in _document_numbers(answers.by_key)
        if number
    ]
    return [*by_role, *documents]


def numbers_of(record: SealedRecord, document: dict[str, Any]) -> list[tuple[str, str]]:
    """The numbers a submission's record is found by; none for other records (vault.rotation)."""
    submission = Submission.objects.filter(record=record).select_related("form_version").first()
    if submission is None:
        return []
    return _numbers(answers_from(from_schema(submission.form_version.schema), document))


def _files_in(version: FormVersion, answers: Answers) -> Iterator[str]:
    """The ids of the files that belong to the answers."""
    for question in from_schema(version.schema):
        if question.type == FieldType.FILES:
            yield from answers.by_key.get(question.key) or []


def _document_numbers(value: Any) -> Iterator[str]:
    """The number of every document in the answers, those of the children of a group too."""
    if isinstance(value, Mapping):
        if set(value) == {"kind", "number"}:
            yield str(value["number"])
        for one in value.values():
            yield from _document_numbers(one)
    elif isinstance(value, list):
        for one in value:
            yield from _document_numbers(one)


def _save_under_a_free_reference(submission: Submission) -> None:
    for _attempt in range(TRIES_FOR_A_FREE_REFERENCE):
        submission.reference = references.new_reference()
        try:
            with transaction.atomic():
                submission.save(force_insert=True)
        except IntegrityError:
            submission.pk = None
            if Submission.objects.filter(submission_key=submission.submission_key).exists():
                raise _KeyTaken from None
        else:
            return
    raise RuntimeError("No free reference was found.")


def _record_consents(submission: Submission, answers: Answers) -> None:
    age = child_age(answers, timezone.localdate(submission.submitted_at))
    ticked = [
        answers.by_key.get(question.key)
        for question in from_schema(submission.form_version.schema)
        if question.type == FieldType.CONSENT
    ]
    # A form may ask for the same text twice; it is agreed to once.
    for answer in dict.fromkeys(filter(None, ticked)):
        text = agreed_text(answer)
        given_by = giver_of(text, answers)
        refuse_wrong_giver(text, given_by, age)
        vault.record_consent(
            submission.record,
            text,
            given_by=given_by,
            relation=answers.text(Role.APPLICANT),
            basis=text.basis,
            duty=duty_after(text, given_by, age),
        )


def agreed_text(answer: str) -> ConsentText:
    """The text version a consent answer names."""
    key, _dot, number = answer.rpartition(".")
    text: ConsentText = ConsentText.objects.get(key=key, version=int(number))
    return text
