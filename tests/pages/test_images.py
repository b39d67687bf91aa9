"""Pictures that editors upload."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.test import Client
from django.urls import reverse
from PIL import Image
from wagtail.images import get_image_model

from home.pages.views import serve_picture

pytestmark = pytest.mark.django_db

GPS, ORIENTATION, GPS_LATITUDE = 0x8825, 0x0112, 2


def photograph() -> bytes:
    """A picture lying on its side, with the place where it was taken."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[GPS_LATITUDE] = (41.0, 48.0, 0.0)
    written = BytesIO()
    Image.new("RGB", (80, 40), "navy").save(written, format="JPEG", exif=exif)
    assert b"Exif" in written.getvalue()
    return written.getvalue()


def upload(client: Client, content: bytes, name: str) -> str:
    """Uploads as the admin's form does; returns the page that answers."""
    file = SimpleUploadedFile(name, content, content_type="image/jpeg")
    response = client.post(
        reverse("wagtailimages:add"), {"title": "照片", "file": file, "tags": ""}, follow=True
    )
    return str(response.content.decode())


def test_the_place_and_the_device_are_gone_and_the_picture_stands_upright(
    admin_client: Client,
) -> None:
    upload(admin_client, photograph(), "photo.jpg")
    image = get_image_model().objects.get()
    assert (image.width, image.height) == (40, 80)
    with image.file.open() as kept:
        assert b"Exif" not in kept.read()
    with image.get_rendition("max-30x30").file.open() as cut:
        assert b"Exif" not in cut.read()


def test_the_original_has_no_address_and_its_rendition_has_one(admin_client: Client) -> None:
    upload(admin_client, photograph(), "photo.jpg")
    image = get_image_model().objects.get()
    with pytest.raises(NotImplementedError):
        _ = image.file.url
    rendition = image.get_rendition("max-30x30")
    assert rendition.url.startswith("/media/")
    assert Client().get(rendition.url).status_code == 200
    assert Client().get(f"/media/{image.file.name}").status_code == 404
    assert admin_client.get(reverse("wagtailimages:edit", args=[image.pk])).status_code == 200


@pytest.mark.parametrize("name", ["童" * 120, "x" * 300, "%00", "a/"])
def test_a_name_that_no_picture_has_is_not_found(db: None, rf: Any, name: str) -> None:
    with pytest.raises(Http404):
        serve_picture(rf.get("/media/x"), name)


@pytest.mark.parametrize(
    ("name", "content"),
    [("cut.jpg", photograph()[:400]), ("page.jpg", b"<html>"), ("empty.png", b"")],
)
def test_what_is_no_whole_picture_is_refused_in_words(
    admin_client: Client, name: str, content: bytes
) -> None:
    assert "图片" in upload(admin_client, content, name)
    assert not get_image_model().objects.exists()
