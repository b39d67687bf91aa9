"""The deeds of a form that is filled in screen by screen: begin, keep, find again, give up.

A draft keeps what was typed, as it was typed, {field name: [values]}: judged anew whenever it is
shown, so that going back, another version of the form and a half-filled screen lose nothing.
"""

from __future__ import annotations

import logging
import re
import secrets
import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from forms.builder import attachments, references
from forms.builder.models import FIELD_KEY, Draft, FormVersion, Submission
from forms.vault import passing, retention
from forms.vault import services as vault

logger = logging.getLogger(__name__)
DAYS_KEPT = 30
# Ours have 32; a program that fills in forms may bring keys of its own.
SUBMISSION_KEY = re.compile(r"[0-9a-f]{16,32}")
# A screen asks the same names each time; what is typed for a name is a handful of values.
Typed = dict[str, list[str]]


class TooLong(Exception):
    """What was typed is more than a draft keeps (DRAFT_MAX_SIZE)."""


class Changed(Exception):
    """Between what was looked at and now, another window has changed the draft."""


def begin(version: FormVersion, typed: Mapping[str, list[str]], *, submission_key: str) -> Draft:
    """The draft of this key, made where it isn't yet: pressed twice, a form is begun once."""
    now = timezone.now()
    draft = Draft(
        name=name_for(submission_key),
        form_version=version,
        submission_key=submission_key,
        begun_at=now,
        expires_at=now + timedelta(days=DAYS_KEPT),
    )
    try:
        with transaction.atomic():
            draft.record = vault.seal(
                _document(typed),
                bound_to=draft.submission_uuid,
                retention_class=retention.DRAFT,
            )
            draft.save(force_insert=True)
    except IntegrityError:
        draft = Draft.objects.select_related("form_version", "record").get(
            submission_key=submission_key
        )
    return draft


def is_key(text: str) -> bool:
    """Whether this has the shape of a submission key."""
    return SUBMISSION_KEY.fullmatch(text) is not None


def is_field_key(text: str) -> bool:
    return FIELD_KEY.fullmatch(text) is not None


def name_for(submission_key: str) -> str:
    """What addresses call the draft of this key. Nobody can compute one from the other."""
    return vault.keyed_digest(b"draft " + submission_key.encode())[:16]


def find(name: str) -> Draft | None:
    """The draft of this name, unless its thirty days are over."""
    return (
        Draft.objects.select_related("form_version", "record")
        .filter(name=name, expires_at__gt=timezone.now())
        .first()
    )


def typed_in(draft: Draft) -> Typed:
    """What was typed so far. Raises vault.services.Unreadable."""
    document = vault.open_record(draft.record)
    return {name: list(values) for name, values in document["typed"].items()}


def keep(
    draft: Draft,
    typed: Mapping[str, list[str]],
    *,
    instead_of: Iterable[str] = (),
    screen: int = 1,
) -> Draft:
    """Puts what one screen sent in the place of what it had (`instead_of`: first letters of its
    names), and notes how far the draft has come. The last one to send a screen wins.

    Raises Draft.DoesNotExist where it was sent or given up meanwhile, and TooLong.
    """
    prefixes = tuple(instead_of)
    with transaction.atomic():
        fresh = hold(draft)
        kept = typed_in(fresh)
        merged = {
            name: values for name, values in kept.items() if not name.startswith(prefixes)
        } | dict(typed)
        fresh.screen = max(fresh.screen, screen)
        if merged != kept:
            if _size(merged) > settings.DRAFT_MAX_SIZE:
                raise TooLong
            _seal(fresh, merged)
        fresh.save(update_fields=["screen", "record"])
    fresh.form_version = draft.form_version
    return fresh


def move(draft: Draft, version: FormVersion) -> Draft:
    """Goes on with another version of the form. What was typed stays: what the new version still
    asks is there again, and what it no longer asks is dropped when it is sent."""
    with transaction.atomic():
        fresh = hold(draft)
        fresh.form_version = version
        fresh.screen = 1
        fresh.save(update_fields=["form_version", "screen"])
    return fresh


def code_of(draft: Draft) -> str:
    """Sixteen digits that open the draft anywhere; the same each time they are asked for."""
    return references.code_for(f"draft {draft.submission_key}")


def spoken_code(draft: Draft) -> str:
    """In groups of four, for copying by hand."""
    return references.spoken(code_of(draft))


def give_code(draft: Draft) -> str:
    """The code, from now on good for `with_code`."""
    code = code_of(draft)
    Draft.objects.filter(pk=draft.pk).update(code_digest=_digest(code))
    return code


def with_code(typed: str) -> Draft | None:
    """The draft a code opens. Wrong and unknown codes take the same work: one look-up by digest."""
    code = references.parse_code(typed) or secrets.token_hex(8)
    return (
        Draft.objects.select_related("form_version__page", "record")
        .filter(code_digest=_digest(code), expires_at__gt=timezone.now())
        .first()
    )


def hold(draft: Draft) -> Draft:
    """The draft as it is now; until the transaction ends nobody else sends or changes it.

    Raises Draft.DoesNotExist where it was sent or given up meanwhile.
    """
    return Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)


def unsent_bytes() -> int:
    """What the files of all forms that were begun and not sent take of the disk."""
    return attachments.size_of_all(Draft.objects.values("submission_uuid"))


def sent(
    draft: Draft,
    submission: Submission,
    *,
    files: Iterable[str] = (),
    seen: Collection[str] | None = None,
) -> None:
    """Inside the transaction that stores the submission: the draft has done its duty. Those `files`
    stay that are part of the answers; they were bound to the submission's uuid from the start.

    Raises Draft.DoesNotExist where it was given up meanwhile, and Changed where it is no longer the
    one the answers were taken from, with the files that were `seen`.
    """
    if draft.submission_uuid != submission.uuid:
        raise ValueError("This submission did not come from this draft.")
    if hold(draft).record_id != draft.record_id:
        raise Changed
    if seen is not None and set(seen) != attachments.ids_of(draft.submission_uuid):
        raise Changed
    attachments.keep_only(draft.submission_uuid, files)
    _forget(draft)


def give_up(draft: Draft) -> None:
    """Erases what was typed and uploaded."""
    with transaction.atomic():
        attachments.erase_all(draft.submission_uuid)
        _forget(draft)


def erase_of(owner: uuid.UUID) -> int:
    """Erases the draft of a submission, which only an older backup can have brought back."""
    drafts = Draft.objects.filter(submission_uuid=owner)
    return sum(bool(_forget(draft)) for draft in drafts)


def expire(now: datetime | None = None, *, dry_run: bool = False) -> int:
    """Gives up every draft whose thirty days are over; how many (or would, in a `dry_run`)."""
    due = Draft.objects.filter(expires_at__lte=now or timezone.now())
    if dry_run:
        return due.count()
    count = 0
    for draft in due.select_related("record").iterator(chunk_size=200):
        give_up(draft)
        count += 1
    return count


@receiver(post_delete, sender=Draft, dispatch_uid="builder.a_draft_leaves_nothing")
def leave_nothing(sender: type[Draft], instance: Draft, **kwargs: object) -> None:
    """However a draft goes (with its form, say), what it sealed goes with it."""
    passing.discard(instance.record)
    if not Submission.objects.filter(uuid=instance.submission_uuid).exists():
        attachments.erase_all(instance.submission_uuid)


def _forget(draft: Draft) -> int:
    return Draft.objects.filter(pk=draft.pk).delete()[0]


def _seal(draft: Draft, typed: Typed) -> None:
    before = draft.record
    draft.record = passing.seal_again(before, _document(typed))
    Draft.objects.filter(pk=draft.pk).update(record=draft.record)
    passing.discard(before)


def _document(typed: Mapping[str, list[str]]) -> dict[str, dict[str, list[str]]]:
    # What no UTF-8 can hold never came from a keyboard; the field says so when it is judged.
    return {
        "typed": {
            name: [value.encode("utf-8", "replace").decode() for value in values]
            for name, values in typed.items()
        }
    }


def _size(typed: Typed) -> int:
    return sum(
        len(name) + len(value.encode("utf-8", "replace"))
        for name, values in typed.items()
        for value in values
    )


def _digest(code: str) -> str:
    return vault.keyed_digest(b"draft code " + code.encode())
