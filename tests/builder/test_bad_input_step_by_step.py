"""Whatever is sent to a form that is filled in step by step is kept as it was sent, judged in
Chinese, and never an error page: children's names, documents and birthdays, areas, files."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from PIL import Image

from forms.builder.kinds import FieldType
from forms.builder.models import Draft, FormPage, Submission
from forms.builder.selectors import answers_of
from forms.vault.files import contents, name_of
from forms.vault.models import SealedFile
from tests.builder.conftest import CANARY, TestHandler
from tests.builder.steps import Walker, make_steps_page, row
from tests.vault.made_files import docx, jpeg, pdf, telling_heic, telling_jpeg

STORY, COUNT, DAY, MAIL, AREA, NEEDS = (f"f000000001{n}" for n in range(6))
CHILDREN, NAME, PAPER, BORN, PHONE = (f"f000000002{n}" for n in range(5))
PHOTOS, CONSENT, END = "f0000000030", "f0000000031", "f0000000032"


def every_type() -> list[Any]:
    """A form with every type of question, those about a child in a group."""
    return [
        row(STORY, "发生了什么", "multiline", role="story"),
        row(COUNT, "几个孩子", "number", required=False),
        row(DAY, "哪一天", "date", required=False),
        row(MAIL, "电子邮箱", "email", required=False),
        row(AREA, "户籍地", "area", required=False),
        row(NEEDS, "需要哪些", "checkboxes", required=False, choices=[("a", "衣"), ("b", "书")]),
        row(CHILDREN, "孩子", FieldType.GROUP, least=1, most=3),
        row(NAME, "姓名", "singleline"),
        row(PAPER, "证件", FieldType.IDENTITY, required=False),
        row(BORN, "出生日期", FieldType.BIRTH_DATE, required=False),
        row(PHONE, "电话", "phone", required=False),
        row(END, "", FieldType.GROUP_END),
        row(PHOTOS, "照片", "files", required=False, most=10),
        row(CONSENT, "告知", "consent", role="consent", text_key="request-notice"),
    ]


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_steps_page(every_type()).pk
        transaction.set_rollback(True)


@pytest.fixture
def walker(built: int, db: None, handler: TestHandler, tmp_path: Path, settings: Any) -> Walker:
    settings.PRIVATE_ROOT = tmp_path
    cache.clear()
    walker = Walker(FormPage.objects.get(pk=built))
    walker.open()
    return walker


def child(**answers: Any) -> dict[str, Any]:
    """The first child's inputs; keys are question keys, with a part behind "_" where there is."""
    return {f"{CHILDREN}-0-{key}": value for key, value in answers.items()}


def fill(walker: Walker, button: str = "", value: str = "1", **typed: Any) -> Any:
    whole = {
        STORY: CANARY,
        f"{CHILDREN}-count": "1",
        **child(**{NAME: "小明"}),
        CONSENT: "request-notice.1",
    }
    return walker.press(button, value, **whole | typed)


def stored() -> dict[str, Any]:
    return dict(answers_of(Submission.objects.get()).by_key)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\x00b\x1b[31m", "ab[31m"),
        ("𠮷㛃 阿不都·热合曼", "𠮷㛃 阿不都·热合曼"),
        ("\u200b零宽\u202e反向", "\u200b零宽\u202e反向"),
        ("=1+1", "=1+1"),
        ("＠SUM(A1)", "＠SUM(A1)"),
        ("{{ 7*7 }}{% x %}${7}", "{{ 7*7 }}{% x %}${7}"),
        ("'; DROP TABLE x; --", "'; DROP TABLE x; --"),
        ("../../etc/passwd\\..", "../../etc/passwd\\.."),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("e\u0301", "é"),
    ],
)
def test_odd_text_arrives_in_its_normal_form(walker: Walker, typed: str, kept: str) -> None:
    fill(walker, **{STORY: typed}, **child(**{NAME: typed}))
    assert "screen=check" in walker.url, walker.html
    walker.press()
    assert stored()[STORY] == kept
    assert stored()[CHILDREN][0][NAME] == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (
            {f"{PAPER}_kind": "resident", f"{PAPER}_number": "１１０１０５ 19491231-002x"},
            "resident",
        ),
        ({BORN: "２０１５年６月１日"}, "2015-06-01"),
        ({PHONE: "１３８００１３８０００"}, "13800138000"),
        ({PHONE: "\u200b+86 138\u202d-0013\u202c-8000"}, "13800138000"),
    ],
)
def test_full_width_and_invisible_characters_do_not_matter(
    walker: Walker, typed: dict[str, str], kept: str
) -> None:
    fill(walker, **child(**typed))
    if kept == "resident":
        # A number of 1949 is nobody's who is a child; the sum is what counts here.
        assert "对不上" not in walker.html
    assert "screen=check" in walker.url, walker.html
    walker.press()
    assert kept in str(stored()[CHILDREN])


def _identity(kind: str, number: str) -> dict[str, Any]:
    return child(**{f"{PAPER}_kind": kind, f"{PAPER}_number": number})


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (_identity("resident", "110105194912310021"), "最后一位与前面的数字对不上"),
        (_identity("resident", "110105201502300029"), "不是真实的日期"),
        (_identity("resident", "9" * 10_000), "号码太长"),
        (_identity("resident", "半个\ufffd"), "无法识别的字符"),
        (_identity("resident", "NaN"), "应当是18位"),
        (_identity("resident", "\x00"), "请填写证件号码"),
        (_identity("forged", "1"), "没有这种证件"),
        (_identity("", "' OR 1=1"), "请选择这是哪一种证件"),
        (_identity("passport", "=HYPERLINK()" * 3), "护照号码由5至20个字母和数字组成"),
        (child(**{BORN: "2月30日"}), "请填写孩子出生的年、月、日"),
        (child(**{BORN: "2015年2月30日"}), "2015年2月没有30日"),
        (child(**{BORN: "99999-01-01"}), "请填写孩子出生的年、月、日"),
        (child(**{BORN: "0000-01-01"}), "请填写孩子出生的年、月、日"),
        (child(**{BORN: "NaN"}), "请填写孩子出生的年、月、日"),
        (child(**{BORN: "1" + "\u0300\u0316" * 50_000}), "请填写孩子出生的年、月、日"),
        (child(**{BORN: "2999-01-01"}), "这个日期还没有到"),
        (child(**{PHONE: "１３８"}), "请填写11位手机号码"),
        (child(**{NAME: "a" + "\u0301" * 10_000}), "最多200个字，现在有10000个字"),
        (child(**{NAME: "\x00\u3000 "}), "姓名"),
        ({STORY: "字" * 5_001}, "最多5000个字"),
        ({COUNT: "NaN"}, "请填写数字"),
        ({COUNT: "１e９９９９"}, "数字太大"),
        ({DAY: "2023-02-30"}, "请填写真实存在的日期"),
        ({MAIL: "a@b.com\r\nBcc: c@d.com"}, "请填写正确的电子邮箱"),
        ({NEEDS: ["a", "forged"]}, "请从列出的选项中选择"),
        ({f"{AREA}_0": "\x00"}, "没有这个地区"),
        ({f"{AREA}_0": "210000", f"{AREA}_1": "110100"}, "不在所选的上一级之内"),
        ({CONSENT: "request-notice.9"}, "告知内容刚刚更新过"),
    ],
)
def test_what_can_not_be_taken_is_said_and_nothing_typed_is_lost(
    walker: Walker, typed: dict[str, Any], sentence: str
) -> None:
    fill(walker, **typed)
    assert walker.response.status_code == 422
    assert sentence in walker.html
    assert CANARY in walker.html or STORY in typed
    assert "小明" in walker.html or f"{CHILDREN}-0-{NAME}" in typed
    # It is kept as it was typed, and still nothing can be sent.
    url = f"{walker.page.url}?draft={Draft.objects.get().name}"
    walker.client.post(f"{url}&screen=check", {"screen": "check"})
    assert not Submission.objects.exists()
    again = walker.client.get(f"{url}&screen=1")
    assert again.status_code == 200
    assert CANARY in again.content.decode() or STORY in typed


def test_bytes_of_another_encoding_are_refused_and_the_draft_goes_on(walker: Walker) -> None:
    fill(walker, "_save")
    url = f"{walker.page.url}?draft={Draft.objects.get().name}&screen=1"
    gb18030 = "孤儿".encode("gb18030")
    body = f"screen=1&{STORY}={quote_plus(gb18030)}&{CHILDREN}-count=1"
    response = walker.client.post(url, body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 422
    assert "无法识别的字符" in response.content.decode()
    assert walker.client.get(url).status_code == 200


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"whatever", "multipart/form-data"),
        (b"a=1", "application/x-www-form-urlencoded; charset=gb18030"),
        (b"x=1&" * 100_000, "application/x-www-form-urlencoded"),
        (b"x=" + b"1" * 10_000_000, "application/x-www-form-urlencoded"),
    ],
)
def test_what_can_not_be_read_is_refused_in_chinese(
    walker: Walker, body: bytes, content_type: str
) -> None:
    fill(walker, "_save")
    url = f"{walker.page.url}?draft={Draft.objects.get().name}&screen=1"
    for address in (url, walker.page.url):
        response = walker.client.generic("POST", address, body, content_type=content_type)
        assert 400 <= response.status_code < 500
        assert "。" in response.content.decode()
    assert CANARY in walker.client.get(url).content.decode()


@pytest.mark.parametrize(
    "body",
    [
        b"--x\r\nbroken",
        b'--x\r\nContent-Disposition: form-data; name="\xff"; filename="\x00"\r\n\r\na\r\n--x',
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="\xb9\xc2.jpg"\r\n\r\n',
    ],
)
def test_a_broken_body_leads_back_to_where_one_is(walker: Walker, body: bytes) -> None:
    fill(walker, "_save")
    url = f"{walker.page.url}?draft={Draft.objects.get().name}"
    response = walker.client.generic(
        "POST", url, body, content_type="multipart/form-data; boundary=x"
    )
    assert response.status_code in (303, 400, 422)
    assert CANARY in walker.client.get(f"{url}&screen=1").content.decode()


def test_ten_thousand_files_are_too_many_and_it_says_so(walker: Walker) -> None:
    fill(walker, "_save")
    part = f'--x\r\nContent-Disposition: form-data; name="{PHOTOS}"; filename="a.jpg"\r\n\r\na\r\n'
    body = part.encode() * 10_000 + b"--x--\r\n"
    url = f"{walker.page.url}?draft={Draft.objects.get().name}&screen=1"
    response = walker.client.generic(
        "POST", url, body, content_type="multipart/form-data; boundary=x"
    )
    assert response.status_code == 413
    assert "太大" in response.content.decode()
    assert not SealedFile.objects.exists()
    assert CANARY in walker.client.get(url).content.decode()


def test_of_ninety_files_at_once_some_are_refused_and_none_harms(walker: Walker) -> None:
    fill(walker, "_upload", PHOTOS, **{PHOTOS: [photo(b"x", f"{n}.jpg") for n in range(90)]})
    assert walker.response.status_code == 422
    assert "最多只能上传12个文件" in walker.html
    assert CANARY in walker.html


def photo(data: bytes, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "image/jpeg")


def bomb_png() -> bytes:
    data = BytesIO()
    Image.new("1", (20_000, 20_000)).save(data, "PNG")
    return data.getvalue()


def bomb_docx() -> bytes:
    data = BytesIO(docx())
    with zipfile.ZipFile(data, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/zeros.xml", b"<a>" + b" " * 150_000_000 + b"</a>")
    return data.getvalue()


# The harmless file every scanner knows, in two pieces so that no scanner takes this one away.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (bomb_png(), "炸弹.png", "这张图片太大"),
        (bomb_docx(), "炸弹.docx", "展开后太大"),
        (pdf(tail=b"\n<html><script>alert(1)</script>"), "混.pdf", "混"),
        (b"<html>" + pdf(), "a.pdf", "不能接收这种文件"),
        (b"GIF89a/*" + b"\0" * 100 + b"*/=1;", "a.gif", "不能接收这种文件"),
        (EICAR, "eicar.com", "不能接收这种文件"),
        (b"PK\x03\x04" + EICAR, "eicar.docx", "损坏"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.svg", "不能接收"),
        (b"", "空.jpg", "是空的"),
        (jpeg()[:200], "半张.jpg", "损坏"),
        (b"x" * (21 * 1024 * 1024), "大.jpg", "超过20MB"),
    ],
)
def test_a_file_that_can_not_be_taken_is_refused_at_its_question(
    walker: Walker, data: bytes, name: str, sentence: str
) -> None:
    fill(walker, "_upload", PHOTOS, **{PHOTOS: photo(data, name)})
    assert walker.response.status_code == 422
    assert sentence in walker.html
    assert f'href="#id_{PHOTOS}"' in walker.html
    assert CANARY in walker.html
    assert not SealedFile.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd.jpg",
        "..\\..\\win.ini.jpg",
        "a\r\nSet-Cookie: x=y.jpg",
        "\x00.jpg",
        "\u202egpj.exe.jpg",
        "名" * 300 + ".jpg",
        "=cmd|'/c calc'!A1.jpg",
        ".htaccess",
        "con.jpg",
        "<img onerror=x>.jpg",
        '";filename=evil.html.jpg',
        "\udcff.jpg".encode("utf-8", "replace").decode(),
    ],
)
def test_no_name_of_a_file_is_more_than_a_name(walker: Walker, name: str) -> None:
    fill(walker, "_upload", PHOTOS, **{PHOTOS: photo(jpeg(), name)})
    assert walker.response.status_code in (200, 422)
    assert "<img onerror" not in walker.html
    for file in SealedFile.objects.all():
        kept = name_of(file)
        assert kept.endswith(".jpg")
        assert len(kept) < 110
        assert not set(kept) & set('/\\\r\n\x00<>"\u202e')


@pytest.mark.parametrize("data", [telling_jpeg(), telling_heic()])
def test_where_a_photo_was_taken_is_not_kept(walker: Walker, data: bytes) -> None:
    fill(walker, "_upload", PHOTOS, **{PHOTOS: photo(data, "a.jpg")})
    (file,) = SealedFile.objects.all()
    kept = b"".join(contents(file))
    image = Image.open(BytesIO(kept))
    assert not dict(image.getexif())
    assert b"GPS" not in kept


@pytest.mark.parametrize(
    "code",
    [
        "%00",
        "..%2f..%2fetc",
        "%F0%A0%AE%B7",
        "' OR 1=1",
        "9" * 3_000,
        "210000%0d%0aX: y",
        "<script>",
        "%ff%fe",
    ],
)
def test_an_area_that_is_none_is_not_there(walker: Walker, code: str) -> None:
    response = walker.client.get(f"/requests/areas/{code}.json")
    assert response.status_code in (400, 404)
    assert b"<script>" not in response.content


@pytest.mark.parametrize("path", ["/track/", "/requests/continue/", "/track/deed/"])
@pytest.mark.parametrize(
    "typed",
    [
        "\x00",
        "𠮷㛃",
        "１３８０",
        "=1+1",
        "' OR 1=1 --",
        "../..",
        "NaN",
        "\u202e1234\u200b",
        "a" + "\u0301" * 10_000,
        "1" + "\u0300\u0316" * 50_000,
        "\ufffd",
        "{{ 7*7 }}",
        "9" * 100_000,
    ],
)
def test_who_looks_up_odd_things_reads_a_sentence(walker: Walker, path: str, typed: str) -> None:
    response = Client().post(path, {"reference": typed, "code": typed, "text": typed})
    assert response.status_code in (403, 422)
    assert "。" in response.content.decode()
