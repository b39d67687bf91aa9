"""Versions of a form: made when it is published and its questions changed."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from forms.builder.models import FormPage, FormVersion
from forms.builder.questions import questions_of_page, to_schema
from forms.vault.canonical import canonical_json


def on_published(sender: Any, instance: FormPage, **kwargs: Any) -> None:
    """Receiver of `page_published`, inside the publishing transaction."""
    record_version(instance)


def record_version(page: FormPage) -> FormVersion:
    """The version that asks what the page asks now: the last one, or a new one."""
    schema = to_schema(questions_of_page(page))
    digest = sha256(canonical_json(schema)).hexdigest()
    with transaction.atomic():
        # Two who publish at once wait for each other here (on SQLite, at the transaction itself).
        FormPage.objects.select_for_update(of=("self",)).get(pk=page.pk)
        last = FormVersion.objects.filter(page=page).order_by("-number").first()
        if last is not None and last.digest == digest:
            return last
        version: FormVersion = FormVersion.objects.create(
            page=page,
            number=last.number + 1 if last else 1,
            schema=schema,
            digest=digest,
            published_at=timezone.now(),
        )
        return version
