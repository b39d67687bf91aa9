"""Pictures as they come in: drawn anew, so that nothing but the picture is kept."""

from __future__ import annotations

from io import BytesIO
from pathlib import PurePath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

# What Pillow calls the formats we take (WAGTAILIMAGES_EXTENSIONS).
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
UNREADABLE = _("这张图片打不开，可能没有传完整。请换一张再试。")


def redrawn(upload: UploadedFile) -> UploadedFile:
    """The same picture without what the camera wrote beside it (place, time, device, thumbnail).

    Upright as the camera meant it. The size in pixels was checked before by Wagtail's field
    (WAGTAILIMAGES_MAX_IMAGE_PIXELS). Raises ValidationError where it can't be read to its end.
    """
    try:
        upload.seek(0)
        with Image.open(upload) as picture:
            kind = str(picture.format)
            if kind not in FORMATS:
                raise ValidationError(_("请上传 JPG、PNG 或 WebP 图片。"))
            drawn = ImageOps.exif_transpose(picture)
            drawn.info = {}
            written = BytesIO()
            drawn.save(written, format=kind, quality=90)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ValidationError(UNREADABLE) from error
    return InMemoryUploadedFile(
        BytesIO(written.getvalue()),
        "file",
        PurePath(upload.name or "picture").name,
        FORMATS[kind],
        written.tell(),
        None,
    )


class PictureField(WagtailImageField):
    """Wagtail's field, which fails on a file that ends in the middle."""

    def to_python(self, data: Any) -> Any:
        try:
            return super().to_python(data)
        except OSError as error:
            raise ValidationError(UNREADABLE) from error


class SiteImageForm(BaseImageForm):
    """Wagtail's form of an image, with each new file drawn anew."""

    file = PictureField(label=_("文件"))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        return redrawn(file) if isinstance(file, UploadedFile) else file
