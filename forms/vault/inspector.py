"""The program that opens what strangers send: `python -I inspector.py`, one run for each file.

It runs as a process of its own, because decoders are large and written in C: whatever a file makes
them do, it ends here, in a process that holds one file and neither key, database nor network. It
takes the bytes from its input and never writes to the disk. What it answers is one line of JSON,
{"came": …, "kind": …, "size": …} or {"refused": code}, and, where an image was written anew, the
image. "came" is the media type that was sent, "kind" the one to be kept. What a refusal says to
people: `inspection`.

It imports nothing of the product: a start takes what Python and Pillow take.
"""

from __future__ import annotations

import bisect
import contextlib
import encodings.cp437  # the names in an archive
import encodings.utf_16  # noqa: F401
import io
import json
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, NoReturn
from xml.parsers import expat

if TYPE_CHECKING:
    from PIL import Image

# Address space, of which some 100 MB are libraries: measured in tests/bench/test_uploads.py.
MEMORY = 768 * 1024 * 1024
CPU_SECONDS = 20
MAX_INPUT = 64 * 1024 * 1024
MAX_SIDE = 20_000

JPEG, PNG, HEIC, WEBP = "image/jpeg", "image/png", "image/heic", "image/webp"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_PILLOW_FORMATS = {JPEG: ("JPEG",), PNG: ("PNG",), WEBP: ("WEBP",), HEIC: ("HEIF",)}
JPEG_QUALITY = 88
# Larger PNGs are photos or posters: as PNG they would take seconds and tens of megabytes.
MAX_PNG_PIXELS = 4_000_000


class Refused(Exception):
    """The file is not taken; the argument is the code of the reason."""


def kind_of(data: bytes) -> str:
    """The media type the first bytes claim; empty for none that is taken."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return HEIC
    if data.startswith(b"%PDF-"):
        return PDF
    if data.startswith(b"PK\x03\x04"):
        return DOCX
    return ""


# Images ------------------------------------------------------------------------------------------


def prepare_images(kind: str) -> None:
    """Loads the decoders; afterwards no file needs to be opened any more."""
    # TIFF is what EXIF is written in.
    from PIL import Image, ImageCms, ImageOps, JpegImagePlugin, PngImagePlugin, TiffImagePlugin  # noqa: F401

    # Our own limit is asked before anything is decoded, and gives no warning but a refusal.
    Image.MAX_IMAGE_PIXELS = None
    if kind == WEBP:
        from PIL import WebPImagePlugin  # noqa: F401
    if kind == HEIC:
        import pillow_heif

        pillow_heif.register_heif_opener(
            thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
        )
    Image.preinit()


def rewritten(data: bytes, kind: str, max_pixels: int) -> tuple[str, bytes]:
    """The first picture of an image file and nothing else of it: (media type, bytes)."""
    from PIL import Image

    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=_PILLOW_FORMATS[kind])
        _within_limits(image, kind, max_pixels)
        image.load()
        return _written(_upright(image), kind)
    except (Refused, MemoryError):
        raise
    except Exception as error:  # a decoder may raise anything over bytes made to break it
        raise Refused("damaged") from error


def _within_limits(image: Image.Image, kind: str, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels and kind == JPEG:
        # The decoder can leave out detail as it reads: the cameras of telephones make more of it
        # than anybody needs to read a document.
        image.draft("RGB", (width // 2, height // 2))
        width, height = image.size
    if width * height > max_pixels or max(width, height) > MAX_SIDE:
        raise Refused("pixels")


def _upright(image: Image.Image) -> Image.Image:
    from PIL import ImageOps

    ImageOps.exif_transpose(image, in_place=True)
    return image


def _written(image: Image.Image, kind: str) -> tuple[str, bytes]:
    out = io.BytesIO()
    if kind == PNG and image.width * image.height <= MAX_PNG_PIXELS:
        if image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
            image = image.convert("RGBA" if "A" in image.mode else "RGB")
        transparency = image.info.get("transparency")
        image.info = {} if transparency is None else {"transparency": transparency}
        image.save(out, "PNG", compress_level=6)
        return PNG, out.getvalue()
    image = _opaque(image)
    image.info = {}
    image.save(out, "JPEG", quality=JPEG_QUALITY)
    return JPEG, out.getvalue()


def _opaque(image: Image.Image) -> Image.Image:
    """In the colours every screen takes for granted, on white."""
    from PIL import Image

    if image.mode == "RGB":
        return _in_srgb(image)
    if image.mode == "L":
        return image
    if "A" in image.mode or "transparency" in image.info:
        layered = image.convert("RGBA")
        image = Image.new("RGB", layered.size, "white")
        image.paste(layered, mask=layered.getchannel("A"))
        return image
    return image.convert("RGB")


def _in_srgb(image: Image.Image) -> Image.Image:
    """The profile goes with the rest; the colours it stood for stay."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if profile:
        # A broken profile says nothing about colours.
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                inPlace=True,
            )
    return image


# PDF ---------------------------------------------------------------------------------------------

# What acts by itself when the document is opened, and what carries other files into the house. The
# long names stand nowhere by chance and are looked for everywhere, so that nothing is hidden by
# making it look like the inside of a stream; the short ones only outside streams.
_END = rb"(?![A-Za-z0-9_.#-])"
_ACTIVE = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|Rendition)" + _END)
_ACTIVE_SHORT = re.compile(rb"/(?:JS|XFA)" + _END)
_ENCRYPTED = re.compile(rb"/Encrypt\s*(?:<<|\d+\s+\d+\s+R)")
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z0-9])")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_START = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF")
_TABLE = re.compile(rb"\s*(?:xref\s|\d+\s+\d+\s+obj)")
_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|svg)[\s>]", re.IGNORECASE)
# A stream of objects begins with their numbers; white space (NUL is some) and remarks may precede.
_NUMBERS = re.compile(rb"[\0\t\n\f\r ]*(?:[0-9%]|$)")
_TAIL = 2048
_DICTIONARY = 4096
_PIECE = 4096
MAX_STREAMS = 50_000
MAX_INFLATED = 128 * 1024 * 1024


def checked_pdf(data: bytes) -> None:
    """Raises Refused for what is damaged, locked, active, or something else besides a PDF."""
    if _MARKUP.search(data[:4096]) or zipfile.is_zipfile(io.BytesIO(data)):
        raise Refused("mixed")
    ends = list(_START.finditer(data, max(0, len(data) - _TAIL)))
    if not ends or not _TABLE.match(data, int(ends[-1][1])):
        raise Refused("damaged")
    plain = _plain_names(data)
    if _ENCRYPTED.search(plain):
        raise Refused("pdf-locked")
    if _ACTIVE.search(plain) or _ACTIVE_SHORT.search(_plain_names(_outside_streams(data))):
        raise Refused("pdf-active")
    has_pages = _PAGE.search(plain) is not None
    for objects in _packed_objects(data):
        has_pages = has_pages or _PAGE.search(objects) is not None
        if _ACTIVE.search(objects) or _ACTIVE_SHORT.search(objects):
            raise Refused("pdf-active")
    if not has_pages:
        raise Refused("damaged")


def _outside_streams(data: bytes) -> bytes:
    outside, at = bytearray(), 0
    for match in _STREAM.finditer(data):
        if match.start() >= at:
            outside += data[at : match.start()]
            end = data.find(b"endstream", match.end())
            at = len(data) if end < 0 else end
    return bytes(outside + data[at:])


def _packed_objects(data: bytes) -> Iterator[bytes]:
    """The streams that hold objects, inflated, whatever their dictionaries call them."""
    ends = [match.start() for match in re.finditer(rb"endstream", data)]
    budget = MAX_INFLATED
    for number, match in enumerate(_STREAM.finditer(data)):
        if number == MAX_STREAMS:
            raise Refused("bomb")
        place = bisect.bisect_left(ends, match.end())
        end = ends[place] if place < len(ends) else len(data)
        objects = _objects(data, match.end(), end, budget)
        budget -= len(objects)
        if objects:
            yield _plain_names(objects)
            continue
        begin = max(0, match.start() - _DICTIONARY)
        dictionary = data[max(begin, data.rfind(b"obj", begin, match.start())) : match.start()]
        if b"/ObjStm" in _plain_names(dictionary):
            if b"/Filter" in dictionary:
                raise Refused("damaged")  # packed in a way that nobody packs objects
            yield _plain_names(data[match.end() : end])


def _objects(data: bytes, start: int, end: int, budget: int) -> bytes:
    """What a stream inflates to, if that could be objects; nothing for pictures and pages."""
    inflater, plain, begins_with_numbers = zlib.decompressobj(), bytearray(), False
    for at in range(start, end, _PIECE):
        try:
            plain += inflater.decompress(data[at : min(at + _PIECE, end)], budget - len(plain) + 1)
        except zlib.error:
            break  # what follows the damage no reader would see either
        if len(plain) > budget:
            raise Refused("bomb")
        if not begins_with_numbers:
            found = _NUMBERS.match(plain)
            if found is None:
                return b""
            begins_with_numbers = found.end() < len(plain) or plain[-1:].isdigit()
        if inflater.eof:
            break
    return bytes(plain)


def _plain_names(data: bytes) -> bytes:
    """/J#61vaScript is /JavaScript."""
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), data)


# Word --------------------------------------------------------------------------------------------

MAX_ENTRIES = 2_000
MAX_UNPACKED = 100 * 1024 * 1024
_RUNNING = re.compile(
    r"vbaProject|vbaData|activeX|embeddings/|oleObject|\.(?:bin|exe|dll|js|vbs|bat|cmd|ps1|hta)$",
    re.IGNORECASE,
)


def checked_docx(data: bytes) -> None:
    """Raises Refused for archives that are no plain Word document."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_entries(archive, data)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ) as error:
        raise Refused("damaged") from error


def _check_entries(archive: zipfile.ZipFile, data: bytes) -> None:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if not {"[Content_Types].xml", "word/document.xml"} <= set(names):
        raise Refused("kind")
    if archive.comment or archive.start_dir > len(data) or entries[0].header_offset != 0:
        raise Refused("mixed")
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Refused("bomb")
    if len(set(names)) != len(names) or any(
        entry.flag_bits & 1 or ".." in entry.filename.split("/") or entry.filename.startswith("/")
        for entry in entries
    ):
        raise Refused("mixed")
    if any(_RUNNING.search(name) for name in names):
        raise Refused("docx-active")
    left = MAX_UNPACKED
    for entry in entries:
        is_xml = entry.filename.endswith((".xml", ".rels"))
        left -= _check_entry(archive, entry, left, is_xml=is_xml)


def _check_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int, *, is_xml: bool
) -> int:
    """Unpacks an entry, whatever its header says of its size, and reads its XML; how long it is."""
    reader = _Reader() if is_xml else None
    size = 0
    with archive.open(entry) as stream:
        while part := stream.read(1 << 16):
            size += len(part)
            if size > left:
                raise Refused("bomb")
            if reader is not None:
                reader.feed(part)
    if reader is not None:
        reader.close()
    return size


class _Reader:
    """Reads XML for what a document must not have: entities, macros, pieces from outside."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._element

    def feed(self, part: bytes) -> None:
        self._parse(part, last=False)

    def close(self) -> None:
        self._parse(b"", last=True)

    def _parse(self, part: bytes, *, last: bool) -> None:
        try:
            self._parser.Parse(part, last)
        except expat.ExpatError as error:
            raise Refused("damaged") from error

    def _doctype(self, *args: object) -> NoReturn:
        raise Refused("docx-active")

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        # A link that a reader may follow is none of it; a template or picture that Word fetches is.
        if (
            attributes.get("TargetMode", "").lower() == "external"
            and not attributes.get("Type", "").lower().endswith("/hyperlink")
        ) or "macroenabled" in attributes.get("ContentType", "").lower():
            raise Refused("docx-active")


# The process -------------------------------------------------------------------------------------


def limit(name: int, value: int) -> None:
    hard = resource.getrlimit(name)[1]
    resource.setrlimit(name, (value, value) if hard < 0 or hard > value else (hard, hard))


def inspect(data: bytes, max_pixels: int) -> tuple[dict[str, object], bytes]:
    """The answer, and the image where one was written anew."""
    kind = kind_of(data)
    if kind in _PILLOW_FORMATS:
        prepare_images(kind)
    # From here on nothing can be opened: neither a file nor a socket.
    limit(resource.RLIMIT_NOFILE, 0)
    try:
        if kind == PDF:
            checked_pdf(data)
        elif kind == DOCX:
            checked_docx(data)
        elif kind:
            becomes, image = rewritten(data, kind, max_pixels)
            return {"came": kind, "kind": becomes, "size": len(image)}, image
        else:
            raise Refused("kind")
    except Refused as refused:
        return {"refused": str(refused)}, b""
    except MemoryError:
        return {"refused": "pixels" if kind in _PILLOW_FORMATS else "bomb"}, b""
    return {"came": kind, "kind": kind, "size": len(data)}, b""


def main(source: BinaryIO, answer: BinaryIO, max_pixels: int) -> None:
    for name, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),  # a crash must not leave the file on the disk
        (resource.RLIMIT_FSIZE, 0),
    ):
        limit(name, value)
    said, image = inspect(source.read(MAX_INPUT), max_pixels)
    answer.write(json.dumps(said).encode() + b"\n")
    answer.write(image)
    answer.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[1]))
