"""The deeds of the builder: make a form, store what was sent."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from wagtail.models import Page

from forms.builder import references
from forms.builder.consenting import child_age, duty_after, giver_of, refuse_wrong_giver
from forms.builder.editing import problems_of
from forms.builder.form import answers_from
from forms.builder.handlers import Answers, handler_for
from forms.builder.kinds import FieldType, Role
from forms.builder.models import FormField, FormPage, FormVersion, Submission
from forms.builder.questions import from_schema, question_of, written_choices
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


class _KeyTaken(Exception):
    """Another process stored this key first; undoes what this one had begun."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A question for `create_form`. Choices are (value, label)."""

    label: str
    type: str
    role: str = ""
    required: bool = True
    help_text: str = ""
    why: str = ""
    choices: Sequence[tuple[str, str]] = ()
    text_key: str = ""


def create_form(
    parent: Page, *, title: str, slug: str, kind: str, fields: Sequence[FieldSpec], intro: str = ""
) -> FormPage:
    """Makes and publishes a form page below `parent`, with its first version.

    Raises ValidationError with the sentences an editor would see.
    """
    page = FormPage(title=title, slug=slug, kind=kind, intro=intro, live=False)
    page.form_fields = [
        FormField(
            label=spec.label,
            field_type=spec.type,
            role=spec.role,
            required=spec.required,
            help_text=spec.help_text,
            why=spec.why,
            choices=written_choices(spec.choices),
            text_key=spec.text_key,
            sort_order=place,
        )
        for place, spec in enumerate(fields)
    ]
    problems = problems_of(kind, [question_of(field) for field in page.form_fields.all()])
    if problems:
        raise ValidationError([str(problem.message) for problem in problems])
    with transaction.atomic():
        parent.add_child(instance=page)
        page.save_revision().publish()
    page.refresh_from_db()
    return page


def submit(version: FormVersion, answers: Mapping[str, Any], *, submission_key: str) -> Submission:
    """Stores cleaned answers {field key: value} in one transaction and hands them to the handler.

    The same key with the same answers gives the first submission again; with others `OtherAnswers`.
    Raises `handlers.Refused` where the handler can't take it: then nothing is stored.
    """
    meant = answers_from(from_schema(version.schema), answers)
    digest = _answers_digest(version, meant)
    first = Submission.objects.filter(submission_key=submission_key).first()
    if first is None:
        # The dear part of the work, done before anybody else has to wait for the transaction.
        salt = references.new_salt()
        code_hash = references.hash_code(references.code_for(submission_key), salt)
        submission = Submission(
            form_version=version,
            submission_key=submission_key,
            answers_digest=digest,
            code_salt=salt,
            code_hash=code_hash,
            kind=version.page.kind,
        )
        try:
            # Durable: whoever returns from here may show a receipt.
            with transaction.atomic(durable=True):
                _store(submission, meant)
        except _KeyTaken:
            first = Submission.objects.get(submission_key=submission_key)
        else:
            return submission
    if not hmac.compare_digest(first.answers_digest, digest):
        raise OtherAnswers(first)
    return first


def tracking_code(submission: Submission) -> str:
    """The 16 digits of the receipt, computed again from the server's secret."""
    return references.code_for(submission.submission_key)


def _answers_digest(version: FormVersion, answers: Answers) -> str:
    # The page, not its version: sent again after an editor's change, the answers are the same.
    return vault.keyed_digest(
        canonical_json({"form": version.page_id, "answers": dict(answers.by_key)})
    )


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
        if (code := getattr(question, "retention", ""))
    }


def _numbers(answers: Answers) -> list[tuple[str, str]]:
    return [(kind, number) for role, kind in _NUMBERS if (number := answers.text(role))]


def numbers_of(record: SealedRecord, document: dict[str, Any]) -> list[tuple[str, str]]:
    """The numbers a submission's record is found by; none for other records (vault.rotation)."""
    submission = Submission.objects.filter(record=record).select_related("form_version").first()
    if submission is None:
        return []
    return _numbers(answers_from(from_schema(submission.form_version.schema), document))


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
    for question in from_schema(submission.form_version.schema):
        if question.type == FieldType.CONSENT and answers.by_key.get(question.key):
            text = agreed_text(answers.by_key[question.key])
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
