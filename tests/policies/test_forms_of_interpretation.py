"""An interpretation in its four forms: 问答, 文字, 图解, 视频."""

from __future__ import annotations

import itertools
import json
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from home.directory.models import User
from home.pages.models import SiteDocument, SiteImage
from home.policies.blocks import InterpretationBody
from home.policies.models import InterpretationPage
from tests.policies.editing import errors, parsed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]

# Made up: eight bytes of a film's head and bytes to count by.
FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 8
CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:02.000\n示例字幕\n".encode()


def picture() -> SiteImage:
    drawn = BytesIO()
    Image.new("RGB", (1400, 700), "white").save(drawn, "PNG")
    return SiteImage.objects.create(
        title="示例图",
        description="示例：一张白纸",
        file=ContentFile(drawn.getvalue(), "example.png"),
        width=1400,
        height=700,
    )


def document(name: str, content: bytes) -> SiteDocument:
    made = SiteDocument(title=name, file=ContentFile(content, name))
    made._set_document_file_metadata()
    made.save()
    return made


@pytest.fixture
def film() -> SiteDocument:
    return document("example.mp4", FILM)


@pytest.fixture
def page(film: SiteDocument) -> InterpretationPage:
    """An interpretation of 2-2-1 that uses every form (示例，测试用)."""
    page = InterpretationPage.objects.get(slug="going-to-school")
    body: list[dict[str, Any]] = [
        {
            "type": "question_answer",
            "value": {"question": "示例问题？", "answer": "<p>示例答。</p>"},
        },
        {"type": "paragraph", "value": "<p>示例段落。</p>"},
        {
            "type": "picture",
            "value": {
                "title": "示例图解",
                "image": picture().pk,
                "text": "<p>图里写着示例步骤。</p>",
            },
        },
        {
            "type": "video",
            "value": {
                "title": "示例视频",
                "video": film.pk,
                "poster": picture().pk,
                "captions": document("example.vtt", CAPTIONS).pk,
                "transcript": "<p>视频里说了示例的话。</p>",
            },
        },
    ]
    page.body = json.dumps(body)
    page.save_revision().publish()
    return InterpretationPage.objects.get(pk=page.pk)


def test_every_form_is_on_the_interpretations_page_and_beside_the_clause(
    client: Client, page: InterpretationPage
) -> None:
    for url in (page.url, "/policies/lmf-2025-10/clauses/2-2-1/"):
        html = client.get(url).content.decode()
        for words in ("示例问题？", "示例段落。", "图里写着示例步骤。", "视频里说了示例的话。"):
            assert words in html, (url, words)
        soup = parsed(html.encode())
        video = soup.select_one("video")
        assert video.has_attr("controls")
        assert video["preload"] == "none"
        assert video.select_one("track")["src"].endswith("example.vtt")
        assert video["poster"].startswith("/media/")
        image = soup.select_one(".shown img")
        assert image["alt"] == "示例：一张白纸（完整内容见图下的文字）"
        assert image["width"] == "1200"


@pytest.mark.parametrize("description", ["", "IMG_2032.png", "微信图片_20260105123456"])
def test_the_name_of_a_file_is_never_read_out(
    client: Client, page: InterpretationPage, description: str
) -> None:
    SiteImage.objects.update(description=description, title="IMG_2032")
    shown = parsed(client.get(page.url).content).select_one(".shown__whole")
    assert shown.select_one("img")["alt"] == ""
    assert shown.get_text(strip=True) == "看大图：示例图解（完整内容见图下的文字）"


def test_no_level_of_heading_is_left_out(client: Client, page: InterpretationPage) -> None:
    for url in (page.url, "/policies/lmf-2025-10/clauses/2-2-1/"):
        soup = parsed(client.get(url).content)
        levels = [int(found.name[1]) for found in soup.select("main h1, main h2, main h3, main h4")]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_the_words_of_pictures_and_films_reach_search(page: InterpretationPage) -> None:
    (entry,) = page.search_entries()
    assert "图里写着示例步骤。" in entry.body
    assert "视频里说了示例的话。" in entry.body


def test_the_lists_say_in_which_forms_it_explains(client: Client, page: InterpretationPage) -> None:
    assert page.forms == ["问答", "文字", "图解", "视频"]
    assert "问答 · 文字 · 图解 · 视频" in client.get("/interpretations/").content.decode()
    beside = parsed(client.get("/policies/lmf-2025-10/").content)
    assert "问答、文字、图解、视频" in beside.select_one("#c-2-2-1 .companions").text


def test_what_the_page_is_made_of_is_noted(
    client: Client, page: InterpretationPage, film: Any
) -> None:
    made_of = client.get(page.url).made_of  # type: ignore[attr-defined]
    assert ("document", str(film.pk)) in made_of
    assert {kind for kind, _ in made_of} >= {"page", "clause", "document", "image"}


def test_a_picture_without_words_and_a_film_without_its_text_are_refused(film: Any) -> None:
    body = InterpretationBody()
    for value in (
        {"type": "picture", "value": {"title": "图", "image": picture().pk, "text": ""}},
        {"type": "video", "value": {"title": "视频", "video": film.pk, "transcript": ""}},
        {"type": "picture", "value": {"title": "图", "image": None, "text": "<p>字</p>"}},
    ):
        with pytest.raises(ValidationError):
            body.clean(body.to_python([value]))


def test_only_films_are_films_and_only_captions_captions(film: Any) -> None:
    body = InterpretationBody()
    paper = document("example.pdf", b"%PDF-1.4")
    video = {"title": "视频", "video": film.pk, "transcript": "<p>字</p>"}
    assert body.clean(body.to_python([{"type": "video", "value": video}]))
    for wrong in ({"video": paper.pk}, {"captions": paper.pk}):
        with pytest.raises(ValidationError):
            body.clean(body.to_python([{"type": "video", "value": video | wrong}]))


def test_a_draft_may_wait_for_its_film_and_what_is_handed_in_may_not(film: Any) -> None:
    body = InterpretationBody()
    waiting = {"title": "视频", "video": None, "transcript": "<p>字</p>"}
    value = body.to_python([{"type": "video", "value": waiting}])
    assert body.clean_deferred(value)[0].value["video"] is None
    with pytest.raises(ValidationError):
        body.clean(value)
    paper = document("example.pdf", b"%PDF-1.4")
    with pytest.raises(ValidationError):
        body.clean_deferred(
            body.to_python([{"type": "video", "value": waiting | {"video": paper.pk}}])
        )


def test_a_draft_without_its_film_or_picture_can_be_looked_at(page: InterpretationPage) -> None:
    page.body = json.dumps(  # type: ignore[assignment]
        [
            {"type": "video", "value": {"title": "等视频", "video": None, "transcript": "字"}},
            {"type": "picture", "value": {"title": "等图", "image": None, "text": "字"}},
        ]
    )
    html = page.make_preview_request(preview_mode="").content.decode()
    assert "等视频" in html
    assert "等图" in html
    assert "<video" not in html


def test_a_film_is_given_out_in_pieces(client: Client, film: SiteDocument) -> None:
    whole = client.get(film.url)
    assert whole.status_code == 200
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Content-Type"] == "video/mp4"
    assert b"".join(whole.streaming_content) == FILM  # type: ignore[attr-defined]
    size = len(FILM)
    for asked, first, last in (
        ("bytes=0-", 0, size - 1),
        ("bytes=10-19", 10, 19),
        ("bytes=-5", size - 5, size - 1),
        ("bytes=100-999999", 100, size - 1),
    ):
        piece = client.get(film.url, headers={"Range": asked})
        assert piece.status_code == 206
        assert piece.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert piece.headers["Content-Length"] == str(last - first + 1)
        assert b"".join(piece.streaming_content) == FILM[first : last + 1]  # type: ignore[attr-defined]


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=5-2"])
def test_a_piece_that_is_not_there_is_refused(client: Client, film: Any, asked: str) -> None:
    assert client.get(film.url, headers={"Range": asked}).status_code == 416


@pytest.mark.parametrize("asked", ["bytes=-", "lines=1-2", "bytes=1-2,4-5", "bytes=a-b"])
def test_a_range_we_do_not_know_gives_the_whole(client: Client, film: Any, asked: str) -> None:
    assert client.get(film.url, headers={"Range": asked}).status_code == 200


def test_a_changed_film_is_sent_whole(client: Client, film: Any) -> None:
    headers = {"Range": "bytes=0-9", "If-Range": '"another"'}
    assert client.get(film.url, headers=headers).status_code == 200


def test_a_private_film_is_not_given_out(client: Client, film: SiteDocument) -> None:
    film.collection.view_restrictions.create(restriction_type="login")
    answer = client.get(film.url, headers={"Range": "bytes=0-9"})
    assert answer.status_code == 302


@pytest.mark.parametrize("name", ["false.mp4", "false.webm", "false.vtt"])
def test_a_file_that_is_no_film_is_refused_with_a_sentence(client: Client, name: str) -> None:
    client.force_login(User.objects.get(username="editor"))
    upload = ContentFile(b"<html>no film</html>", name)
    answer = client.post(
        "/admin/documents/add/", {"title": "示例", "file": upload, "collection": "1"}
    )
    assert answer.status_code == 200
    assert "格式" in answer.content.decode(), errors(answer)
    assert not SiteDocument.objects.filter(title="示例").exists()


def test_an_interpretation_with_every_form_costs_a_fixed_number_of_queries(
    client: Client, page: InterpretationPage, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(page.url)
    with django_assert_max_num_queries(16):
        client.get(page.url)
