"""What a family sends is looked into, sealed, given to who may see it, and gone when erased."""

from __future__ import annotations

import contextlib
import io
import threading
import uuid
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone
from PIL import Image, ImageSequence

from forms.vault import files, inspection
from forms.vault.files import FileRefused, NotServed
from forms.vault.immutable import WrittenOnce
from forms.vault.inspection import EXTENSIONS
from forms.vault.models import Scan, SealedFile
from forms.vault.services import Erased, Unreadable
from tests.vault import made_files as made

pytestmark = pytest.mark.django_db
OWNER = uuid.UUID("00000000-0000-4000-8000-000000000001")
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture(autouse=True)
def _private(settings: Any, tmp_path: Path) -> None:
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.CLAMD_URL = ""


def receive(content: bytes, name: str = "file.jpg", owner: uuid.UUID = OWNER) -> SealedFile:
    kept = files.receive(made.upload(content, name), bound_to=owner, question="f0123456789")
    return SealedFile.objects.get(pk=kept.pk)


def refusal(content: bytes, name: str = "file.jpg") -> str:
    """The code of the refusal; nothing is left of the file."""
    with pytest.raises(FileRefused) as refused:
        receive(content, name)
    assert not SealedFile.objects.exists()
    assert on_disk() == []
    assert refused.value.message.endswith("。")
    assert "%" not in refused.value.message
    return refused.value.code


def on_disk() -> list[Path]:
    folder = files._folder()
    return [path for path in folder.rglob("*") if path.is_file()]


def bytes_of(file: SealedFile) -> bytes:
    return b"".join(files.contents(file))


def image_of(file: SealedFile) -> Image.Image:
    return Image.open(io.BytesIO(bytes_of(file)))


# Images


@pytest.mark.parametrize(
    ("content", "name", "kind", "shown_as"),
    [
        (made.telling_jpeg(), "照片.JPG", "image/jpeg", "照片.jpg"),
        (made.telling_png(), "截图.png", "image/png", "截图.png"),
        (made.telling_webp(), "图.webp", "image/jpeg", "图.jpg"),
        (made.telling_heic(), "IMG_0001.HEIC", "image/jpeg", "IMG_0001.jpg"),
    ],
)
def test_an_image_keeps_its_picture_and_nothing_that_tells_where_or_by_whom(
    content: bytes, name: str, kind: str, shown_as: str
) -> None:
    assert made.CANARY.encode() in content or kind == "image/png"
    file = receive(content, name)
    kept = bytes_of(file)
    assert (file.kind, file.size, files.name_of(file)) == (kind, len(kept), shown_as)
    assert made.CANARY.encode() not in kept
    image = Image.open(io.BytesIO(kept))
    assert image.size == (64, 48)
    assert dict(image.getexif()) == {}
    assert not {"exif", "xmp", "comment", "icc_profile", "photoshop", "Author"} & set(image.info)
    red, _green, blue = image.convert("RGB").getpixel((8, 24))  # type: ignore[misc]
    assert red > 180 > 80 > blue


def test_the_gps_of_the_test_photo_is_really_there() -> None:
    exif = Image.open(io.BytesIO(made.telling_jpeg())).getexif()
    assert exif.get_ifd(0x8825)[1] == "N"


@pytest.mark.parametrize(("orientation", "red_at"), [(1, "left"), (3, "right"), (6, "top")])
def test_a_photo_taken_upright_stays_upright(orientation: int, red_at: str) -> None:
    image = image_of(receive(made.jpeg(exif=made.exif(orientation)))).convert("RGB")
    width, height = image.size
    assert (width, height) == ((48, 64) if orientation == 6 else (64, 48))
    places = {"left": (4, height // 2), "right": (width - 4, height // 2), "top": (width // 2, 4)}
    assert image.getpixel(places[red_at])[0] > 180  # type: ignore[index]


def test_the_colours_of_a_wide_profile_stay_what_they_were() -> None:
    from PIL import ImageCms

    grey = Image.new("RGB", (32, 32), (120, 120, 120))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = image_of(receive(made.jpeg(grey, icc_profile=profile)))
    assert abs(image.getpixel((5, 5))[0] - 120) < 4  # type: ignore[index]
    assert "icc_profile" not in image.info


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_of_any_colours_is_taken(mode: str) -> None:
    image = Image.new("I;16", (64, 48)) if mode == "I;16" else made.picture(mode=mode)
    assert image_of(receive(made.saved(image, "PNG"), "a.png")).size == (64, 48)


def test_a_large_drawing_becomes_a_photo_on_white() -> None:
    clear = Image.new("RGBA", (2500, 2000), (0, 0, 0, 0))
    image = image_of(receive(made.saved(clear, "PNG", compress_level=1), "a.png"))
    assert image.format == "JPEG"
    assert image.getpixel((100, 100)) == (255, 255, 255)


def test_a_cmyk_jpeg_is_taken() -> None:
    assert image_of(receive(made.jpeg(made.picture(mode="CMYK")))).mode == "RGB"


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (40, 40), (shade, 0, 0)) for shade in range(0, 250, 5)]
    for format, name in (("PNG", "a.png"), ("WEBP", "a.webp")):
        moving = made.saved(frames[0], format, save_all=True, append_images=frames[1:])
        kept = image_of(receive(moving, name))
        assert len(list(ImageSequence.Iterator(kept))) == 1


def test_an_image_may_be_named_after_another_format() -> None:
    for name in ("照片", "wx_camera.jpg", "IMG.heic", ".jpg"):
        file = receive(made.telling_png(), name)
        assert (file.kind, files.name_of(file)[-4:]) == ("image/png", ".png")


def test_an_image_of_too_many_points_is_refused_before_it_is_decoded() -> None:
    bomb = made.saved(Image.new("1", (12_700, 10_000)), "PNG")
    assert len(bomb) < 16_000
    assert refusal(bomb, "a.png") == "pixels"
    assert refusal(made.saved(Image.new("1", (24_000, 3)), "PNG"), "a.png") == "pixels"


def test_a_photo_of_an_iphone_is_within_the_limit(settings: Any) -> None:
    assert settings.UPLOAD_MAX_PIXELS > 5712 * 4284


def test_a_photo_of_fifty_million_points_is_made_smaller_and_taken() -> None:
    large = Image.new("L", (8160, 6120), 200)
    assert image_of(receive(made.jpeg(large))).size == (4080, 3060)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("kind", ["jpeg", "png", "heic", "webp"])
def test_a_truncated_image_is_refused_with_a_sentence(kind: str, share: float) -> None:
    photo = made.noise(400, 304)
    content = {
        "jpeg": lambda: made.jpeg(photo),
        "png": lambda: made.saved(photo, "PNG"),
        "heic": lambda: made.telling_heic(photo),
        "webp": lambda: made.saved(photo, "WEBP"),
    }[kind]()
    assert refusal(content[: int(len(content) * share)], f"a.{kind}") == "damaged"


def test_a_picture_that_is_also_a_page_or_an_archive_is_only_a_picture() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as one:
        one.writestr("run.js", "alert(1)")
    for behind in (b"<html><script>alert(1)</script>", archive.getvalue(), EICAR, made.pdf()):
        kept = bytes_of(receive(made.jpeg(comment=b"<script>") + behind))
        assert b"script" not in kept
        assert b"EICAR" not in kept
        assert not zipfile.is_zipfile(io.BytesIO(kept))
        assert kept.endswith(b"\xff\xd9")


# What is none of the kinds, or not what it is called


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.jpg", "empty"),
        (b"MZ\x90\x00" + b"\0" * 100, "a.jpg", "kind"),
        (b"<html><script>alert(1)</script>", "a.pdf", "kind"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "a.svg", "kind"),
        (made.saved(made.picture(), "GIF"), "a.gif", "kind"),
        (made.saved(made.picture(), "TIFF"), "a.jpg", "kind"),
        (EICAR, "a.jpg", "kind"),
        (b"\0" * 1000, "a.png", "kind"),
        (b"\xff\xd8\xff", "a.jpg", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "damaged"),
        (b"\0\0\0\x18ftypheic", "a.heic", "damaged"),
        (b"RIFF\0\0\0\0WEBP", "a.webp", "damaged"),
        (b"%PDF-1.7", "a.pdf", "damaged"),
        (b"PK\x03\x04", "a.docx", "damaged"),
        (made.jpeg(), "a.pdf", "extension"),
        (made.jpeg(), "a.exe", "extension"),
        (made.jpeg(), "a.jpg.html", "extension"),
        (made.pdf(), "a.jpg", "extension"),
        (made.pdf(), "a.docx", "extension"),
        (made.docx(), "a.pdf", "extension"),
    ],
)
def test_what_is_not_what_it_should_be_is_refused(content: bytes, name: str, code: str) -> None:
    assert refusal(content, name) == code


def test_bytes_made_to_break_a_decoder_are_refused_and_break_nothing() -> None:
    for content, name in ((made.jpeg(), "a.jpg"), (made.telling_png(), "a.png")):
        for place in range(8, len(content), max(1, len(content) // 12)):
            changed = bytearray(content)
            changed[place : place + 4] = b"\xff\xff\xff\xff"
            with contextlib.suppress(FileRefused):  # nothing else may come of it
                receive(bytes(changed), name, owner=uuid.uuid4())


def test_a_kind_that_is_switched_off_is_refused(settings: Any) -> None:
    settings.UPLOAD_KINDS = ["image/jpeg"]
    assert refusal(made.docx(), "a.docx") == "kind"
    assert refusal(made.telling_png(), "a.png") == "kind"


def test_what_is_too_large_is_refused(settings: Any) -> None:
    settings.UPLOAD_MAX_SIZE = 1024 * 1024
    assert refusal(made.pdf(tail=b" " * 1024 * 1024), "a.pdf") == "too-large"


# PDF


@pytest.mark.parametrize(
    "content",
    [
        made.pdf(),
        made.pdf(tail=b"\r\n" + b"\0" * 100),
        made.pdf(made.packed(b"4 0 << /Type /Font >>")),
        made.pdf(made.stream(b"(/JS is a word here) Tj")),
        made.pdf(made.packed(b"q (/JS /Launch /EmbeddedFile) Tj Q", b"/Type /XObject")),
        made.pdf(
            made.packed(b"4 0 << /Type /Font /Name /A#20B >>"), made.packed(b"\0" * 100_000, b"")
        ),
        made.pdf(b"<< /Type /Action /S /GoTo /D [3 0 R /Fit] /JSX 1 >>"),
    ],
)
def test_a_plain_pdf_is_kept_as_it_came(content: bytes) -> None:
    file = receive(content, "户口簿.pdf")
    assert file.kind == "application/pdf"
    assert bytes_of(file) == content
    assert files.name_of(file) == "户口簿.pdf"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (made.pdf(b"<< /S /JavaScript /JS (app.alert(1)) >>"), "pdf-active"),
        (made.pdf(b"<< /S /J#61vaScript /J#53 (app.alert(1)) >>"), "pdf-active"),
        (made.pdf(b"<< /S /Launch /F (cmd.exe) >>"), "pdf-active"),
        (made.pdf(b"<< /Type /EmbeddedFile >>"), "pdf-active"),
        (made.pdf(made.packed(b"4 0 << /S /JavaScript /JS (x) >>")), "pdf-active"),
        (made.pdf(made.stream(b"4 0 << /S /Launch >>", b"/Type /ObjStm /N 1")), "pdf-active"),
        (made.pdf(made.packed(b"4 0 << /S /Launch >>", b"/Type /Obj#53tm /N 1")), "pdf-active"),
        (made.pdf(made.stream(b"x", b"/Type /ObjStm /Filter /LZWDecode")), "damaged"),
        (made.pdf(made.stream(b"x", b"/Type /ObjStm /Filter [/A85 /FlateDecode]")), "damaged"),
        (made.pdf(made.packed(b"\0" * 129 * 1024 * 1024)), "bomb"),
        (made.pdf(b"<< /A (stream\n) /S /JavaScript /JS (x) >>"), "pdf-active"),
        (made.pdf(b"<< /A (>>\nstream\n) >>", made.packed(b"4 0 << /S /Launch >>")), "pdf-active"),
        (
            made.pdf(
                made.packed(b"4 0 << /S /Launch >>", b"/Type /ObjStm %" + b"x" * 9000 + b"\n")
            ),
            "pdf-active",
        ),
        (made.pdf(made.packed(b"  % remark\n4 0 << /JS (x) >>", b"/Type /ObjStm")), "pdf-active"),
        (made.pdf(*[made.stream(b"x")] * 50_001), "bomb"),
        (made.pdf(b"<< /A (stream\n) >>", trailer=b"/Encrypt 4 0 R"), "pdf-locked"),
        (made.pdf(trailer=b"/Encrypt 4 0 R"), "pdf-locked"),
        (made.pdf()[:-30], "damaged"),
        (made.pdf().replace(b"/Type /Page ", b"/Type /Leaf "), "damaged"),
        (made.pdf(tail=b"x" * 5000), "damaged"),
        (b"%PDF-1.7\n<html><script>alert(1)</script>" + made.pdf(), "mixed"),
        (made.pdf(tail=made.docx()), "mixed"),
        (b" " + made.pdf(), "kind"),
    ],
)
def test_a_pdf_that_acts_hides_or_is_something_else_is_refused(content: bytes, code: str) -> None:
    assert refusal(content, "a.pdf") == code


# Word


def external(kind: str) -> str:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Target="http://example.org/x" TargetMode="External" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        f'{kind}"/></Relationships>'
    )


def test_a_plain_word_document_is_kept_as_it_came() -> None:
    content = made.docx({"word/_rels/document.xml.rels": external("hyperlink")})
    file = receive(content, "证明.docx")
    assert (file.kind, bytes_of(file)) == (made.DOCX_TYPE, content)


def test_a_document_of_a_real_program_is_taken() -> None:
    import docx

    document, out = docx.Document(), io.BytesIO()
    document.add_paragraph("示例")
    document.add_picture(io.BytesIO(made.jpeg()))
    document.save(out)
    assert receive(out.getvalue(), "a.docx").kind == made.DOCX_TYPE


def lying_docx() -> bytes:
    """Its directory says that an entry is small; unpacked it is not."""
    content = made.docx({"word/media/a.xml": b"\0" * 3_000_000})
    real = (3_000_000).to_bytes(4, "little")
    assert content.count(real) == 2
    return content.replace(real, (300).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (made.docx({"word/vbaProject.bin": b"x"}), "docx-active"),
        (made.docx({"word/embeddings/run.exe": b"MZ"}), "docx-active"),
        (made.docx({"word/embeddings/oleObject1.bin": b"x"}), "docx-active"),
        (
            made.docx(types=made.CONTENT_TYPES.replace("document.main", "macroEnabled")),
            "docx-active",
        ),
        (made.docx({"word/_rels/settings.xml.rels": external("attachedTemplate")}), "docx-active"),
        (made.docx({"word/_rels/document.xml.rels": external("image")}), "docx-active"),
        (
            made.docx(
                {"a.rels": external("image").encode("utf-16").decode("latin-1").encode("latin-1")}
            ),
            "docx-active",
        ),
        (made.docx(document='<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "docx-active"),
        (made.docx({"word/media/a.png": b"\0" * 101 * 1024 * 1024}), "bomb"),
        (lying_docx(), "damaged"),
        (made.docx({f"a{number}": b"" for number in range(2001)}), "bomb"),
        (made.docx({"../../etc/passwd": b"x"}), "mixed"),
        (made.docx(document="<a>"), "damaged"),
        (made.docx()[:-30], "damaged"),
        (b"PK\x03\x04" + b"\0" * 26 + made.docx(), "mixed"),
    ],
)
def test_a_word_document_that_acts_fetches_or_swells_is_refused(content: bytes, code: str) -> None:
    assert refusal(content, "a.docx") == code


def test_an_archive_that_is_no_document_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    assert refusal(out.getvalue(), "a.docx") == "kind"


# Names


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\Users\\妈妈\\照片.jpg", "照片.jpg"),
        ("a\0b.jpg", "ab.jpg"),
        ("照片\u202egpj.exe.jpg", "照片gpj.exe.jpg"),
        ("\u200b\u2066.jpg", "文件.jpg"),
        ("a\r\nSet-Cookie: x=1.jpg", "aSet-Cookie_ x=1.jpg"),
        ("照" * 300 + ".jpg", "照" * 100 + ".jpg"),
        ("\ud800.jpg", "文件.jpg"),
        ("阿不都·热合曼 𠮷.jpg", "阿不都·热合曼 𠮷.jpg"),
        ('"; filename="x.html.jpg', "_; filename=_x.html.jpg".replace(";", "_")),
        ("", "文件.jpg"),
        ("...", "文件.jpg"),
        ("a.b.c.jpeg", "a.b.c.jpg"),
        ("2024年.说明", None),
    ],
)
def test_a_name_is_shown_without_what_could_mislead(name: str, shown: str | None) -> None:
    file = receive(made.jpeg(), name)
    if shown is not None:
        assert files.name_of(file) == shown
    assert files.name_of(file).endswith(".jpg")
    assert [path.name for path in on_disk()] == [file.uuid.hex]
    header = files.response_for(file)["Content-Disposition"]
    assert header.startswith("attachment; filename")
    assert header.isascii()
    assert "\n" not in header
    assert "/" not in files.name_of(file)


# Sealing


def test_neither_name_nor_bytes_are_anywhere_in_clear() -> None:
    content = made.pdf(made.stream(made.CANARY.encode() * 10))
    file = receive(content, f"{made.CANARY}.pdf")
    assert bytes_of(file) == content
    (stored,) = on_disk()
    assert made.CANARY.encode() not in stored.read_bytes()
    assert oct(stored.stat().st_mode)[-3:] == "600"
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM vault_sealedfile")
        row = cursor.fetchone()
    assert made.CANARY.encode() not in b"|".join(
        bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
        for value in row
    )
    assert made.CANARY not in f"{file} {file!r} {vars(file)}"


def test_a_file_given_to_another_owner_or_with_anothers_bytes_does_not_open() -> None:
    file, other = receive(made.pdf(), "a.pdf"), receive(made.pdf(), "b.pdf")
    bytes_of_file = files.path_of(file).read_bytes()
    files.path_of(other).write_bytes(bytes_of_file)
    with pytest.raises(Unreadable):
        bytes_of(other)
    SealedFile.objects.filter(pk=file.pk).update(bound_to=uuid.uuid4())
    file.refresh_from_db()
    for deed in (bytes_of, files.name_of):
        with pytest.raises(Unreadable):
            deed(file)


@pytest.mark.parametrize("change", ["cut", "longer", "flipped", "missing"])
def test_damaged_bytes_are_never_given_out_as_whole(change: str) -> None:
    file = receive(made.pdf(made.stream(b"x" * 200_000)), "a.pdf")
    path = files.path_of(file)
    stored = bytearray(path.read_bytes())
    if change == "missing":
        path.unlink()
    else:
        stored[-1] ^= change == "flipped"
        path.write_bytes({"cut": stored[:-100], "longer": stored + b"x"}.get(change, stored))
    with pytest.raises(Unreadable):
        bytes_of(file)
    if change != "flipped":
        with pytest.raises(Unreadable):
            files.response_for(file)


def test_the_digest_shows_nothing_without_the_key() -> None:
    first, second = receive(made.pdf(), "a.pdf"), receive(made.pdf(), "b.pdf")
    assert first.digest == second.digest
    assert len(first.digest) == 64


def test_a_file_is_not_changed_or_deleted() -> None:
    file = receive(made.jpeg())
    with pytest.raises(WrittenOnce):
        file.save()
    with pytest.raises(WrittenOnce):
        file.delete()


# How many


def test_an_owner_may_have_so_many_files_and_a_freed_place_is_taken_again(settings: Any) -> None:
    settings.UPLOAD_MAX_FILES = 2
    first = receive(made.jpeg())
    receive(made.jpeg())
    with pytest.raises(FileRefused) as refused:
        receive(made.jpeg())
    assert refused.value.code == "too-many"
    assert "2个文件" in refused.value.message
    receive(made.jpeg(), owner=uuid.uuid4())
    files.erase_file(first)
    third = receive(made.jpeg())
    assert third.place == 1
    assert files.files_of(OWNER).count() == 2


@pytest.mark.django_db(transaction=True)
def test_uploads_at_the_same_moment_do_not_exceed_the_number(settings: Any) -> None:
    settings.UPLOAD_MAX_FILES = 3
    outcomes: list[str] = []

    def send() -> None:
        try:
            receive(made.jpeg())
            outcomes.append("taken")
        except FileRefused as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("taken") == 3
    assert set(outcomes) <= {"taken", "too-many", "busy"}
    assert files.files_of(OWNER).count() == 3
    assert len(on_disk()) == 3


def test_whoever_waits_too_long_for_a_turn_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "WAIT_SECONDS", 0.05)
    with inspection._turn:
        assert refusal(made.jpeg()) == "busy"
    receive(made.jpeg())


def test_a_file_that_kills_the_process_that_looks_into_it_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    for deed in (
        "raise SystemExit(1)",
        "import os; os.kill(os.getpid(), 9)",
        "print('?')",
        "while True: pass",
    ):
        program.write_text(deed)
        monkeypatch.setattr(inspection, "PROGRAM", program)
        monkeypatch.setattr(inspection, "SECONDS", 1.0)
        assert refusal(made.jpeg(made.noise(1600, 1200))) == "damaged"


def test_an_image_cut_short_on_its_way_out_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import sys; sys.stdin.buffer.read()\n"
        'print(\'{"came": "image/jpeg", "kind": "image/jpeg", "size": 100}\\n12345\')'
    )
    monkeypatch.setattr(inspection, "PROGRAM", program)
    assert refusal(made.jpeg()) == "damaged"


def memory(name: str) -> int:
    """Of this process, in megabytes: VmRSS now, VmHWM at most since `clear_refs`."""
    status = Path("/proc/self/status").read_text()
    return next(
        int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith(name)
    )


def test_a_large_photo_is_decoded_without_the_web_process_growing() -> None:
    photo = made.jpeg(made.noise(5712, 4280), quality=60)
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    assert receive(photo).kind == "image/jpeg"
    assert memory("VmHWM") - before < 30  # decoded it takes 98


# Serving


def test_a_file_is_served_as_what_it_is_and_never_run() -> None:
    file = receive(made.pdf(), "户口簿.pdf")
    for response in (files.response_for(file), files.response_for(file, inline=True)):
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cache-Control"] == "private, no-store"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        assert response["Content-Length"] == str(file.size)
        assert response.getvalue() == made.pdf()


def test_only_an_image_of_ours_is_shown_in_the_page() -> None:
    photo = receive(made.jpeg())
    assert files.response_for(photo, inline=True)["Content-Disposition"].startswith("inline")
    assert files.response_for(photo)["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("scan", [Scan.HELD, Scan.INFECTED])
def test_what_the_scanner_has_not_passed_is_not_served(scan: str) -> None:
    file = receive(made.jpeg())
    SealedFile.objects.filter(pk=file.pk).update(scan=scan)
    file.refresh_from_db()
    with pytest.raises(NotServed) as refused:
        files.response_for(file)
    assert refused.value.message.endswith("。")


# Erasing


@pytest.mark.django_db(transaction=True)
def test_an_erased_file_has_neither_key_name_nor_bytes() -> None:
    file = receive(made.jpeg())
    other = receive(made.jpeg(), owner=uuid.uuid4())
    receive(made.pdf(), "a.pdf")
    assert files.erase_files_of(OWNER) == 2
    assert files.erase_files_of(OWNER) == 0
    assert [path.name for path in on_disk()] == [other.uuid.hex]
    file.refresh_from_db()
    assert (file.wrapped_key, bytes(file.sealed_head), file.digest) == (None, b"", "")
    for deed in (files.contents, files.name_of, files.response_for):
        with pytest.raises(Erased):
            deed(file)
    erased_at = file.erased_at
    files.erase_file(file)
    assert file.erased_at == erased_at
    assert bytes_of(other)


@pytest.mark.django_db(transaction=True)
def test_a_file_whose_bytes_are_gone_already_is_erased_too() -> None:
    file = receive(made.jpeg())
    files.path_of(file).unlink()
    files.erase_file(file)
    assert file.erased_at is not None


@pytest.mark.django_db(transaction=True)
def test_an_erasure_that_is_undone_leaves_the_file_whole() -> None:
    file = receive(made.jpeg())
    with transaction.atomic():
        files.erase_files_of(OWNER)
        transaction.set_rollback(True)
    file.refresh_from_db()
    assert bytes_of(file)


@pytest.mark.django_db(transaction=True)
def test_bytes_that_nobody_owns_are_cleared_away_after_a_day() -> None:
    kept, erased = receive(made.jpeg()), receive(made.jpeg())
    left = files.path_of(erased).read_bytes()
    files.erase_file(erased)
    files.path_of(erased).write_bytes(left)  # as if killed before the bytes were removed
    unfinished = files.path_of(kept).with_name(uuid.uuid4().hex + ".part")
    unfinished.write_bytes(b"half")
    assert files.tidy() == 0
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        assert files.tidy() == 2
    assert on_disk() == [files.path_of(kept)]


def test_every_kind_that_is_taken_has_a_name_and_every_refusal_a_sentence(settings: Any) -> None:
    assert set(settings.UPLOAD_KINDS) == set(EXTENSIONS)
    for code in inspection._SENTENCES:
        message = FileRefused(code).message
        assert message.endswith("。")
        assert "%" not in message
