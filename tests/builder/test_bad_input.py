"""Whatever is sent gets a Chinese sentence and a 4xx; nothing within the limits is lost."""

from __future__ import annotations

import time
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from forms.builder.models import Draft, Submission
from forms.builder.selectors import answers_of
from tests.builder.conftest import CANARY, Family

COMBINING = "a" + "\u0301" * 10_000


def story_of(family: Family) -> str:
    return answers_of(Submission.objects.get()).text("story")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("a\x00b", "ab"),
        ("a\x1b[31mb\x7f\x85", "a[31mb"),
        ("e\u0301", "é"),
        ("𠮷㛃 阿不都·热合曼", "𠮷㛃 阿不都·热合曼"),
        ("\u200b零宽\u202e反向", "\u200b零宽\u202e反向"),
        ("=1+1\n@SUM(A1)", "=1+1\n@SUM(A1)"),
        ("' OR 1=1 --", "' OR 1=1 --"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("字" * 5000, "字" * 5000),
    ],
)
def test_odd_text_is_stored_in_its_normal_form(family: Family, typed: str, stored: str) -> None:
    family.fill(发生了什么=typed)
    assert family.send().status_code == 303
    assert story_of(family) == stored


@pytest.mark.parametrize(
    ("label", "typed", "sentence"),
    [
        ("发生了什么", "字" * 5001, "最多5000个字，现在有5001个字"),
        ("发生了什么", COMBINING, "最多5000个字，现在有10000个字"),
        ("发生了什么", "\x00\x01 \r\n", "请回答“发生了什么”。"),
        ("发生了什么", "半个\ufffd字", "无法识别的字符"),
        ("方便接听的时间", "字" * 201, "最多200个字，现在有201个字"),
        ("联系电话", "13800138000" * 30, "最多200个字，现在有330个字"),
        ("联系电话", "１３８００１３８", "请填写11位手机号码"),
        ("电子邮箱", "nobody", "请填写正确的电子邮箱"),
        ("电子邮箱", "a@b.com\nBcc: c@d.com", "请填写正确的电子邮箱"),
        ("几个孩子", "NaN", "请填写数字"),
        ("几个孩子", "Infinity", "请填写数字"),
        ("几个孩子", "两个", "请填写数字"),
        ("几个孩子", "1e999999", "数字太大"),
        ("几个孩子", "9" * 10_000, "数字太大"),
        ("几个孩子", "1.005", "小数点后最多两位"),
        ("出生日期", "2023-02-30", "请填写真实存在的日期"),
        ("出生日期", "99999-01-01", "请填写真实存在的日期"),
        ("出生日期", "0001-01-01", "请填写真实存在的日期"),
        ("出生日期", "\x00", "请填写真实存在的日期"),
        ("您是孩子的什么人", "forged", "请从列出的选项中选择"),
        ("您是孩子的什么人", "parent\x00", "请从列出的选项中选择"),
        ("需要哪些", ["a", "forged"], "请从列出的选项中选择"),
        ("告知", "request-notice.9", "告知内容刚刚更新过"),
        ("告知", "on", "告知内容刚刚更新过"),
    ],
)
def test_what_can_not_be_taken_is_said_and_shown_back(
    family: Family, label: str, typed: Any, sentence: str
) -> None:
    family.fill(**{label: typed})
    response = family.send()
    html = response.content.decode()
    assert response.status_code == 422
    assert html.count(sentence) == 2, html
    assert CANARY in html or label == "发生了什么"
    if label == "发生了什么" and len(typed) > 100:
        assert typed in html
    assert not Submission.objects.exists()


def test_a_body_of_ten_megabytes_is_too_large_and_says_so(family: Family) -> None:
    family.fill(发生了什么="x" * 10_000_000)
    response = family.send()
    assert response.status_code == 413
    assert "太大了" in response.content.decode()


@pytest.mark.parametrize(
    "path", ["/requests/help/", "/track/", "/search/", "/admin/login/", "/admin/password_reset/"]
)
def test_a_file_nobody_asked_for_is_not_even_read(family: Family, path: str) -> None:
    class Unread(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("the body was read")

    for length in ("9000000", "9" * 30):
        sent: Any = {"CONTENT_LENGTH": length, "wsgi.input": Unread()}
        kind = "multipart/form-data; boundary=x"
        response = Client().generic("POST", path, content_type=kind, **sent)
        assert response.status_code == 413
        assert "太大了" in response.content.decode()


@pytest.mark.parametrize("multipart", [True, False])
def test_a_hundred_thousand_fields_are_too_many_and_it_says_so(
    family: Family, multipart: bool
) -> None:
    body: Any = {f"x{n}": "1" for n in range(11_000)}
    if not multipart:
        body = "&".join(f"x{n}=1" for n in range(100_000))
        response = family.client.post(
            family.page.url, body, content_type="application/x-www-form-urlencoded"
        )
    else:
        response = family.client.post(family.page.url, body)
    assert response.status_code == 413
    assert "太大了" in response.content.decode()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"whatever", "multipart/form-data"),
        (b"a=%ED%A0%80&b=%", "application/x-www-form-urlencoded"),
        (b"a=1", "application/x-www-form-urlencoded; charset=gb18030"),
        (b"--x\r\n\r\n\\ud800\r\n--x--", "multipart/form-data; boundary=x; charset=unicode_escape"),
        (b"--x\r\n\r\n+2AA-\r\n--x--", "multipart/form-data; boundary=x; charset=utf-7"),
        (b"--x\r\n\r\na\r\n--x--", "multipart/form-data; boundary=x; charset=hex"),
        (b"{}", "application/json"),
        (b"\xff\xfe\x00", "application/octet-stream"),
        (b"", "application/x-www-form-urlencoded"),
    ],
)
@pytest.mark.parametrize("path", ["/requests/help/", "/track/", "/track/deed/"])
def test_a_body_that_can_not_be_read_is_refused_in_chinese(
    family: Family, body: bytes, content_type: str, path: str
) -> None:
    response = Client().generic("POST", path, body, content_type=content_type)
    assert 400 <= response.status_code < 500
    assert "。" in response.content.decode()


def test_bytes_of_another_encoding_are_not_stored_as_rubbish(family: Family) -> None:
    name = family.key("发生了什么")
    values = {k: v for k, v in family.values.items() if k != name}
    body = urlencode(values, doseq=True) + f"&{name}=" + "%B9%C2%B6%F9"
    response = family.client.post(
        family.page.url, body, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 422
    assert "无法识别的字符" in response.content.decode()


def test_a_field_sent_twice_or_as_a_file_or_unasked_does_no_harm(family: Family) -> None:
    name = family.key("发生了什么")
    response = family.send(
        **{name: ["第一", "第二"], "status": "closed", "photo": SimpleUploadedFile("a.txt", b"x")}
    )
    assert response.status_code == 303
    assert story_of(family) == "第二"
    assert "closed" not in str(answers_of(Submission.objects.get()).by_key)


def test_an_empty_name_of_a_draft_makes_no_draft_of_a_short_form(family: Family) -> None:
    family.client.post(f"{family.page.url}?draft=", family.values)
    assert not Draft.objects.exists()
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("label", ["发生了什么", "联系电话", "几个孩子", "出生日期", "电子邮箱"])
def test_a_million_marks_hold_nobody_up(family: Family, label: str) -> None:
    family.fill(**{label: "1" + "\u0300\u0316" * 400_000})
    began = time.monotonic()
    assert family.send().status_code == 422
    assert time.monotonic() - began < 20
    assert not Submission.objects.exists()
