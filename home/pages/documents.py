"""What is taken in as a document of the public site."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from wagtail.documents.forms import BaseDocumentForm

from home.pages.films import MEDIA_TYPES, VIDEO_TYPES


class SiteDocumentForm(BaseDocumentForm):
    """Wagtail's form of a document; films may be larger than papers, and must be what they say."""

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile):
            return file
        suffix = PurePath(file.name or "").suffix.lower()
        limit, size = settings.DOCUMENT_MAX_SIZE, file.size or 0
        if suffix not in VIDEO_TYPES and size > limit:
            raise ValidationError(
                _("文件太大（%(size)s）。视频以外的文件不能超过 %(limit)s。")
                % {"size": filesizeformat(size), "limit": filesizeformat(limit)}
            )
        if suffix in MEDIA_TYPES and not _begins_like(file, suffix):
            raise ValidationError(
                _("文件内容不是 %(kind)s 格式。请另存为这种格式后再上传。")
                % {"kind": suffix[1:].upper()}
            )
        return file


def _begins_like(file: UploadedFile, suffix: str) -> bool:
    """Whether the first bytes are those of the format: ISO 14496-12, Matroska, WebVTT."""
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    if suffix == ".mp4":
        return head[4:8] == b"ftyp"
    if suffix == ".webm":
        return head.startswith(b"\x1a\x45\xdf\xa3")
    return head.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT")
