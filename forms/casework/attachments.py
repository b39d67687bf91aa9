"""The photos and files of a case, for its page."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms.casework.models import Case
from forms.vault import files
from forms.vault.inspector import DOCX, JPEG, PDF, PNG
from forms.vault.models import Scan, SealedFile
from forms.vault.services import Erased, Unreadable

logger = logging.getLogger(__name__)

_KINDS = {
    JPEG: gettext_lazy("照片"),
    PNG: gettext_lazy("图片"),
    PDF: "PDF",
    DOCX: gettext_lazy("Word文件"),
}


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A line of the list; `name` is empty for who may not read the answers."""

    uuid: UUID
    name: str
    kind: str
    size: int
    scan: str
    can_be_opened: bool


def shown_files(case: Case, *, readable: bool) -> list[ShownFile]:
    """What the family sent with the request, in the order it came."""
    return [_shown(file, readable) for file in files.files_of(case.submission.uuid)]


def file_of(case: Case, uuid: UUID) -> SealedFile | None:
    """This file, where it is one of the case's."""
    return files.files_of(case.submission.uuid).filter(uuid=uuid).first()


def _shown(file: SealedFile, readable: bool) -> ShownFile:
    name = _name(file) if readable else ""
    return ShownFile(
        uuid=file.uuid,
        name=name,
        kind=str(_KINDS.get(file.kind, file.kind)),
        size=file.size,
        scan=_scan(file),
        can_be_opened=bool(name) and file.scan in (Scan.CLEAN, Scan.UNSCANNED),
    )


def _name(file: SealedFile) -> str:
    try:
        return files.name_of(file)
    except Erased:
        return ""  # between the query and now
    except Unreadable:
        logger.exception("%r does not open.", file)
        return _("暂时无法读取的文件")


def _scan(file: SealedFile) -> Any:
    # That there is no scanner is the operator's to know, not a remark on this file.
    return "" if file.scan == Scan.UNSCANNED else file.get_scan_display()
