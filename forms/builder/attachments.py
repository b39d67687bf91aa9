"""The photos and files of a form that is being filled in, and of one that was sent.

They are taken in one by one while the form is filled in, bound from the start to the submission it
will become. So a form's answer is never a name in a request: it is what is held for the question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from forms.builder.kinds import MOST_FILES
from forms.builder.questions import Question
from forms.vault import files
from forms.vault.file_names import MAX_LENGTH, bare_name
from forms.vault.models import SealedFile
from forms.vault.services import Erased, Unreadable


class NotTaken(Exception):
    """An upload that is not kept; `message` is the sentence for the family."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Attached:
    """One file as its form shows it."""

    uuid: UUID
    question: str
    name: str
    size: int

    @property
    def readable_size(self) -> str:
        return str(filesizeformat(self.size))


def attached_to(bound_to: UUID) -> dict[str, list[Attached]]:
    """{question: its files} in the order in which they came."""
    found: dict[str, list[Attached]] = defaultdict(list)
    for file in files.files_of(bound_to):
        found[file.question].append(_attached(file))
    return dict(found)


def take(
    upload: Any, *, bound_to: UUID, question: str, still_wanted: Callable[[], None]
) -> Attached:
    """Keeps one upload; it may take seconds, so never inside a transaction. Raises NotTaken, and
    what `still_wanted` raises where its form has gone meanwhile."""
    try:
        file = files.receive(
            upload, bound_to=bound_to, question=question, still_wanted=still_wanted
        )
        return _attached(file)
    except files.FileRefused as refused:
        name = bare_name(upload.name)[:MAX_LENGTH] or _("文件")
        raise NotTaken(_("“%(name)s”：%(why)s") % {"name": name, "why": refused.message}) from None


def remove(bound_to: UUID, uuid: str) -> bool:
    """Erases one file, where it is one of this form's; whether it was."""
    for file in files.files_of(bound_to):
        if str(file.uuid) == uuid:
            files.erase_file(file)
            return True
    return False


def keep_only(bound_to: UUID, answered: Iterable[str]) -> None:
    """Erases what is no part of the answers: a condition hides its question now."""
    kept = set(answered)
    for file in files.files_of(bound_to):
        if str(file.uuid) not in kept:
            files.erase_file(file)


def ids_of(bound_to: UUID) -> set[str]:
    """What is held now."""
    return {str(uuid) for uuid in files.files_of(bound_to).values_list("uuid", flat=True)}


def count_for(bound_to: UUID, question: str) -> int:
    """How many files are held for one question."""
    return files.files_of(bound_to).filter(question=question).count()


def size_of_all(owners: QuerySet[Any, Any]) -> int:
    """How many bytes all files of these owners take."""
    held = SealedFile.objects.filter(bound_to__in=owners, erased_at__isnull=True)
    return held.aggregate(size=Sum("size"))["size"] or 0


def most_of(question: Question) -> int:
    """How many files a question takes."""
    return MOST_FILES if question.most is None else min(max(question.most, 1), MOST_FILES)


def erase_all(bound_to: UUID) -> None:
    files.erase_files_of(bound_to)


def named(held: Sequence[Attached]) -> str:
    """Names and sizes, one a line, to read."""
    return "\n".join(f"{one.name}（{one.readable_size}）" for one in held)


def _attached(file: Any) -> Attached:
    try:
        name = files.name_of(file)
    except (Erased, Unreadable):
        name = _("（名称读不出来的文件）")
    return Attached(file.uuid, file.question, name, file.size)
