"""What somebody might try on a form that is filled in step by step."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from forms.builder import attachments, drafts, holding, screens
from forms.builder.models import Draft, FormPage, Submission
from forms.builder.selectors import answers_of
from forms.vault import files, inspection, uploading
from forms.vault.inspection import FileRefused
from forms.vault.models import SealedFile, SealedRecord
from tests.builder.steps import (
    CHILDREN,
    CONSENT,
    HAS_CHILDREN,
    NAME,
    PHONE,
    PHOTOS,
    STORY,
    WHO,
    Walker,
)
from tests.vault.made_files import jpeg


@pytest.fixture(autouse=True)
def private(db: None, tmp_path: Path, settings: Any) -> None:
    settings.PRIVATE_ROOT = tmp_path
    cache.clear()


def photo(name: str = "户口簿.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, jpeg(), "image/jpeg")


def to_the_photos(walker: Walker) -> Walker:
    walker.first()
    walker.children()
    return walker


def copy_of(page: FormPage, slug: str) -> FormPage:
    """Another form with the same questions."""
    other = FormPage(title="另一张表", slug=slug, kind="test", live=False)
    other.form_fields = [
        type(field)(
            **{
                name: getattr(field, name)
                for name in (
                    "clean_name",
                    "label",
                    "field_type",
                    "choices",
                    "required",
                    "role",
                    "condition",
                    "least",
                    "most",
                    "text_key",
                )
            }
        )
        for field in page.form_fields.all()
    ]
    for place, one in enumerate(other.form_fields.all()):
        one.sort_order = place
    page.get_parent().add_child(instance=other)
    other.save_revision().publish()
    return other


# ── whose draft it is ───────────────────────────────────────────────────────────────────────────


def test_a_forged_or_foreign_cookie_opens_no_draft(walker: Walker) -> None:
    walker.first()
    name = Draft.objects.get().name
    real = walker.client.cookies[f"draft-{name}"].value
    signature = real.partition(":")[2]
    for value in ("", name, f"{name}:", f"other:{signature}", real[:-1], real + "x", "\x7f" * 50):
        stranger = Client()
        stranger.cookies[f"draft-{name}"] = value
        response = stranger.get(walker.url)
        assert response.status_code == 410
        assert "房租" not in response.content.decode()
    assert Client().get(walker.url).status_code == 410


def test_one_draft_s_cookie_opens_no_other(walker: Walker) -> None:
    walker.first()
    theirs = Draft.objects.get()
    mine = Walker(walker.page, Client())
    mine.open()
    mine.first(**{STORY: "我的"})
    own = Draft.objects.exclude(pk=theirs.pk).get()
    mine.client.cookies[f"draft-{theirs.name}"] = mine.client.cookies[f"draft-{own.name}"].value
    assert mine.open(walker.url).status_code == 410


def test_the_cookie_of_one_form_opens_nothing_at_another(walker: Walker) -> None:
    walker.first()
    other = copy_of(walker.page, "other")
    name = Draft.objects.get().name
    walker.client.cookies[f"draft-{name}"]["path"] = other.url
    response = walker.client.get(f"{other.url}?draft={name}&screen=1")
    assert response.status_code == 410
    assert "房租" not in response.content.decode()
    sent = walker.client.post(f"{other.url}?draft={name}&screen=1", {"screen": 1, STORY: "换了"})
    assert sent.status_code == 410
    assert Draft.objects.get().form_version.page_id == walker.page.pk


def test_the_key_of_one_form_s_draft_begins_a_new_one_at_another(walker: Walker) -> None:
    walker.first()
    draft = Draft.objects.get()
    other = copy_of(walker.page, "other")
    response = Client().post(
        other.url, {"submission_key": draft.submission_key, "screen": 1, STORY: "别的表"}
    )
    assert response.status_code in (303, 422)
    assert Draft.objects.get(pk=draft.pk).form_version.page_id == walker.page.pk
    assert Draft.objects.count() == 2
    assert draft.name not in response.cookies.output()


def test_the_key_of_a_draft_whose_days_are_over_begins_a_new_one(walker: Walker) -> None:
    walker.first()
    Draft.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    key = Draft.objects.get().submission_key
    page = walker.client.post(
        walker.page.url,
        {"submission_key": key, "screen": 1, WHO: "parent", STORY: "再来", HAS_CHILDREN: "no"},
        follow=True,
    )
    assert page.status_code == 200
    assert Draft.objects.count() == 2


def test_a_sent_form_is_not_opened_again_by_its_old_cookie(walker: Walker) -> None:
    walker.to_the_check()
    name = Draft.objects.get().name
    old = walker.client.cookies[f"draft-{name}"].value
    check = walker.url
    walker.press()
    Submission.objects.update(submitted_at=timezone.now() - timedelta(hours=1))
    thief = Client()
    thief.cookies[f"draft-{name}"] = old
    for response in (
        thief.get(check),
        thief.post(check, {"screen": "check"}),
        thief.post(check, {"screen": "check", "submission_key": "0" * 32}),
        thief.post(f"{walker.page.url}?draft={name}&screen=1", {"screen": 1, STORY: "改"}),
    ):
        assert response.status_code == 410
        assert "receipt" not in response.cookies
    assert Submission.objects.count() == 1


def test_a_counter_s_browser_is_not_shut_out_by_its_many_cookies(walker: Walker) -> None:
    for _ in range(holding.MOST_HELD + 5):
        walker.open()
        walker.first()
        assert walker.response.status_code == 200
    held = [
        cookie
        for name, cookie in walker.client.cookies.items()
        if name.startswith("draft-") and cookie.value
    ]
    assert len(held) == holding.MOST_HELD


# ── what is sent to a screen ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "screen",
    [
        "-1",
        "0",
        "99",
        "1000000000",
        "9" * 5000,
        "²",
        "٣",
        "check\x00",
        "<script>",
        "",
        "1.0",
        "saved",
        "changed",
    ],
)
def test_a_screen_that_is_none_leads_to_one_that_is(walker: Walker, screen: str) -> None:
    walker.first()
    here = f"{walker.page.url}?draft={Draft.objects.get().name}"
    for response in (
        walker.client.get(here, {"screen": screen}),
        walker.client.get(f"{here}&", {"draft": Draft.objects.get().name, "screen": screen}),
        walker.client.post(here, {"screen": screen, STORY: "x"}),
    ):
        assert response.status_code in (200, 303, 422)
    assert walker.open(f"{here}&screen=1").status_code == 200


def test_nobody_looks_ahead_or_sends_before_everything_is_answered(walker: Walker) -> None:
    walker.first()
    name = Draft.objects.get().name
    ahead = walker.client.get(f"{walker.page.url}?draft={name}&screen=4")
    assert ahead.status_code == 303
    sent = walker.client.post(f"{walker.page.url}?draft={name}&screen=check", {"screen": "check"})
    assert sent.status_code == 422
    assert not Submission.objects.exists()


@pytest.mark.parametrize("count", ["-1", "1000000000", "9" * 9999, "NaN", "", "２", "0x3", "\x00"])
def test_no_number_of_children_is_too_odd(walker: Walker, count: str) -> None:
    walker.first()
    walker.press(**{f"{CHILDREN}-count": count, f"{CHILDREN}-0-{NAME}": "小明"})
    assert walker.response.status_code in (200, 422)
    assert walker.html.count(f'name="{CHILDREN}-') < 60


@pytest.mark.parametrize("place", ["-1", "1000000000", "²", "", "x", "0-0", "\x00", "٣"])
def test_no_place_of_a_child_is_too_odd(walker: Walker, place: str) -> None:
    walker.first()
    walker.press("_drop", f"{CHILDREN}-{place}", **{f"{CHILDREN}-0-{NAME}": "小明"})
    assert walker.response.status_code in (200, 409)
    walker.press("_add", place, **{f"{CHILDREN}-0-{NAME}": "小明"})
    assert walker.response.status_code in (200, 409)
    assert "小明" in walker.html


def test_thousands_of_children_names_and_values_are_not_kept(walker: Walker) -> None:
    walker.first()
    body: dict[str, Any] = {f"{CHILDREN}-{n}-{NAME}": "x" for n in range(3_000)}
    body |= {f"{NAME}-{n}": "x" for n in range(3_000)}
    walker.press(**body | {f"{CHILDREN}-count": "3", f"{CHILDREN}-0-{NAME}": ["小明"] * 3_000})
    kept = drafts.typed_in(Draft.objects.get())
    assert len(kept) < 120
    assert max(map(len, kept.values())) <= 100


def test_two_names_that_unicode_calls_one_are_no_error(walker: Walker) -> None:
    walker.first(**{f"{STORY}_\u00e9": "1", f"{STORY}_e\u0301": "2"})
    assert walker.response.status_code == 200


def test_what_is_too_much_to_be_kept_is_given_back(walker: Walker, settings: Any) -> None:
    walker.first()
    settings.DRAFT_MAX_SIZE = 2_000
    walker.open(walker.url.replace("screen=2", "screen=1"))
    walker.first(**{STORY: "长" * 1_000})
    assert walker.response.status_code == 413
    assert "长" * 1_000 in walker.html
    assert "太大" in walker.html
    assert drafts.typed_in(Draft.objects.get())[STORY] == ["房租付不起"]


def test_an_answer_nobody_was_asked_for_is_not_stored(walker: Walker) -> None:
    walker.first(**{HAS_CHILDREN: "no", PHONE: "13800138000", CONSENT: "request-notice.1"})
    walker.press(**{f"{CHILDREN}-count": "1", f"{CHILDREN}-0-{NAME}": "没有问过"})
    walker.last()
    walker.press()
    stored = answers_of(Submission.objects.get()).by_key
    assert CHILDREN not in stored
    assert "没有问过" not in str(stored)


def test_what_was_hidden_by_an_answer_is_asked_when_the_answer_changes(walker: Walker) -> None:
    walker.first(**{HAS_CHILDREN: "no"})
    walker.press()
    walker.last()
    # Straight to the end, with the first answer turned round in another request.
    walker.client.post(
        walker.url.replace("screen=check", "screen=1"),
        {"screen": 1, WHO: "parent", STORY: "改了", HAS_CHILDREN: "yes"},
    )
    sent = walker.client.post(walker.url, {"screen": "check"})
    assert sent.status_code == 422
    assert not Submission.objects.exists()


SCRIPT = "\"'><script>alert(1)</script><!-- {{ 7|add:7 }} {% load x %}"


def test_nothing_typed_becomes_markup(walker: Walker) -> None:
    walker.first(**{STORY: SCRIPT, WHO: "other", "f000000000c": SCRIPT})
    assert "<script>alert" not in walker.html
    walker.press(
        **{
            f"{CHILDREN}-count": "1",
            f"{CHILDREN}-0-{NAME}": SCRIPT,
            f"{CHILDREN}-0-f0000000006": "no",
        }
    )
    walker.press("_upload", PHOTOS, **{PHOTOS: photo(f"{SCRIPT}.jpg")})
    assert "<script>alert" not in walker.html
    walker.press(**{PHOTOS: SimpleUploadedFile("<img src=x onerror=alert(1)>.jpg", b"x")})
    assert "<img src=x" not in walker.html
    walker.press()
    walker.last()
    assert "screen=check" in walker.url
    assert "<script>alert" not in walker.html
    assert "&lt;script&gt;alert(1)" in walker.html
    assert "add:7" in walker.html


def test_every_page_of_a_form_is_kept_by_no_cache_and_follows_the_policy(walker: Walker) -> None:
    walker.first()
    inside = walker.url
    pages = [
        walker.client.get(walker.page.url),
        walker.client.get(inside),
        walker.client.get(f"{walker.page.url}?draft=nobody"),
        walker.client.get(f"{walker.page.url}?leave"),
        walker.client.post(inside, {"screen": 2, "_save": "1"}),
        walker.client.get("/requests/continue/"),
        walker.client.get("/track/"),
        walker.client.get("/requests/proof.json"),
        walker.client.post("/requests/continue/", {"code": "1"}),
        Client(enforce_csrf_checks=True).post(inside, {STORY: "私事"}),
    ]
    for response in pages:
        assert "no-store" in response["Cache-Control"], response.request
        assert "unsafe" not in response["Content-Security-Policy"]
        assert response["Referrer-Policy"] == "same-origin"


def test_a_page_that_gives_text_back_is_kept_by_no_cache(
    walker: Walker, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    walker.first()
    settings.DRAFT_MAX_SIZE = 10
    assert (
        "no-store"
        in walker.client.post(walker.url, {"screen": 2, f"{CHILDREN}-0-{NAME}": "长" * 9})[
            "Cache-Control"
        ]
    )

    def locked(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("database is locked")

    monkeypatch.setattr(SealedRecord, "save", locked)
    settings.DRAFT_MAX_SIZE = 10_000
    response = walker.client.post(walker.url, {"screen": 2, f"{CHILDREN}-0-{NAME}": "别丢了"})
    assert response.status_code == 503
    assert "别丢了" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_no_other_method_does_anything(walker: Walker, method: str) -> None:
    walker.first()
    for path in (
        walker.url,
        walker.page.url,
        "/track/",
        "/track/deed/",
        "/requests/continue/",
        "/requests/proof.json",
        "/requests/areas/210000.json",
        "/calendar/",
    ):
        response = walker.client.generic(method, path)
        # Wagtail's pages say what they take.
        says_so = method == "OPTIONS" and not response.content
        assert response.status_code == 405 or says_so, path
    assert Draft.objects.count() == 1


def test_looking_changes_nothing(walker: Walker) -> None:
    walker.first()
    before = list(Draft.objects.values()), list(SealedRecord.objects.values())
    for path in (walker.url, walker.page.url, f"{walker.url}&_give_up=1", f"{walker.url}&_save=1"):
        walker.client.get(path)
        walker.client.head(path)
    assert before == (list(Draft.objects.values()), list(SealedRecord.objects.values()))


def test_every_post_asks_for_its_token(walker: Walker) -> None:
    walker.first()
    client = Client(enforce_csrf_checks=True)
    client.cookies = walker.client.cookies
    for path in (
        walker.page.url,
        walker.url,
        "/track/",
        "/track/deed/",
        "/track/leave/",
        "/track/consent/1/",
        "/requests/continue/",
    ):
        assert client.post(path, {"screen": 2, "_give_up": "1"}).status_code == 403, path
    assert Draft.objects.count() == 1


def test_a_draft_s_cookie_is_for_the_form_alone_and_not_for_scripts(walker: Walker) -> None:
    response = walker.client.post(
        walker.page.url,
        {"submission_key": "1" * 32, "screen": 1, STORY: "x"},
        secure=True,
        headers={"referer": f"https://testserver{walker.page.url}"},
    )
    cookie = next(c for name, c in response.cookies.items() if name.startswith("draft-"))
    assert cookie["path"] == walker.page.url
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize(
    "where", ["//evil.example", "https://evil.example", "/\\evil.example", "%0d%0aSet-Cookie: a=b"]
)
def test_leaving_leads_nowhere_else(walker: Walker, where: str) -> None:
    for path in (
        f"{walker.page.url}?leave={where}",
        f"/track/away/?next={where}",
        f"{walker.page.url}?leave&next={where}",
    ):
        response = walker.client.get(path)
        assert response["Location"] == "/calendar/"
        assert "a" not in response.cookies


# ── at the same moment ──────────────────────────────────────────────────────────────────────────


def give_up_while_looking_at(monkeypatch: pytest.MonkeyPatch, deed: Any) -> None:
    """Does `deed` between an upload's inspection and the moment it is kept."""
    clean = files._scanned

    def and_meanwhile(plain: Any) -> Any:
        deed()
        return clean(plain)

    monkeypatch.setattr(files, "_scanned", and_meanwhile)


def kept_files() -> list[Path]:
    return [path for path in files._folder().glob("??/*") if path.is_file()]


def test_a_photo_that_arrives_after_its_form_was_given_up_is_nobody_s_and_goes(
    walker: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_the_photos(walker)
    draft = Draft.objects.get()
    give_up_while_looking_at(monkeypatch, lambda: drafts.give_up(draft))
    walker.press("_upload", PHOTOS, **{PHOTOS: photo()})
    assert walker.response.status_code == 410
    assert not SealedFile.objects.filter(erased_at__isnull=True).exists()
    assert not kept_files()


def test_a_photo_that_arrives_after_its_form_was_sent_is_no_part_of_it(
    walker: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_the_photos(walker)
    photos = walker.url
    walker.press()
    walker.last()
    check = walker.url
    other = Client()
    other.cookies = walker.client.cookies

    def send() -> None:
        assert other.post(check, {"screen": "check"}).status_code == 303

    give_up_while_looking_at(monkeypatch, send)
    walker.open(photos)
    walker.press("_upload", PHOTOS, **{PHOTOS: photo()})
    assert answers_of(Submission.objects.get()).by_key[PHOTOS] == []
    assert not SealedFile.objects.filter(erased_at__isnull=True).exists()
    assert not kept_files()


def test_two_at_once_do_not_make_one_photo_more_than_asked(
    walker: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_the_photos(walker)
    walker.press("_upload", PHOTOS, **{PHOTOS: [photo(), photo()]})
    uuid = Draft.objects.get().submission_uuid

    def meanwhile() -> None:
        monkeypatch.undo()
        files.receive(photo("第三.jpg"), bound_to=uuid, question=PHOTOS)

    root = files._folder().parent
    give_up_while_looking_at(monkeypatch, meanwhile)
    with pytest.MonkeyPatch.context() as keep:
        keep.setattr("django.conf.settings.PRIVATE_ROOT", root)
        walker.press("_upload", PHOTOS, **{PHOTOS: photo("第四.jpg")})
    assert "最多上传3个" in walker.html
    assert attachments.count_for(uuid, PHOTOS) == 3


def test_what_another_window_changed_a_moment_ago_is_not_sent_unseen(
    walker: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    walker.to_the_check()
    real = screens.submit

    def and_meanwhile(*args: Any, **kwargs: Any) -> Any:
        drafts.keep(Draft.objects.get(), {STORY: ["刚刚改的"]}, instead_of=[STORY])
        monkeypatch.setattr(screens, "submit", real)
        return real(*args, **kwargs)

    monkeypatch.setattr(screens, "submit", and_meanwhile)
    walker.press()
    assert walker.response.status_code == 409
    assert "另一个窗口" in walker.html
    assert "刚刚改的" in walker.html
    assert not Submission.objects.exists()
    walker.press()
    assert answers_of(Submission.objects.get()).by_key[STORY] == "刚刚改的"


def test_what_was_given_up_a_moment_ago_is_not_sent(
    walker: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    walker.to_the_check()
    real = screens.submit

    def and_meanwhile(*args: Any, **kwargs: Any) -> Any:
        drafts.give_up(Draft.objects.get())
        return real(*args, **kwargs)

    monkeypatch.setattr(screens, "submit", and_meanwhile)
    walker.press()
    assert walker.response.status_code == 410
    assert not Submission.objects.exists()


# ── when the house fails ────────────────────────────────────────────────────────────────────────


def full(*args: Any, **kwargs: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("place", ["written as it comes", "made", "kept", "inspected"])
def test_a_full_disk_costs_the_photo_and_nothing_that_was_typed(
    walker: Walker, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    to_the_photos(walker)
    at = {
        "written as it comes": (uploading._Incoming, "add"),
        "made": (uploading.tempfile, "TemporaryFile"),
        "kept": (files.os, "open"),
        "inspected": (inspection.subprocess, "Popen"),
    }
    monkeypatch.setattr(*at[place], full)
    walker.press("_upload", PHOTOS, **{PHOTOS: photo()})
    monkeypatch.undo()
    assert walker.response.status_code == 422
    assert "存不下这个文件" in walker.html
    assert not SealedFile.objects.exists()


def test_where_nobody_may_write_the_family_reads_so(
    walker: Walker, settings: Any, tmp_path: Path
) -> None:
    to_the_photos(walker)
    (tmp_path / "a file").write_bytes(b"")
    settings.PRIVATE_ROOT = tmp_path / "a file"
    walker.press("_upload", PHOTOS, **{PHOTOS: photo()})
    assert walker.response.status_code == 422
    assert "存不下这个文件" in walker.html


def test_uploads_leave_the_disk_the_room_that_is_needed_without_them(
    walker: Walker, settings: Any
) -> None:
    to_the_photos(walker)
    settings.UPLOAD_KEEPS_FREE = 10**15
    walker.press("_upload", PHOTOS, **{PHOTOS: photo()})
    assert walker.response.status_code == 422
    assert "存不下这个文件" in walker.html
    other = Walker(walker.page, Client())
    other.open()
    other.first(**{STORY: "别丢了我"})
    assert other.response.status_code == 503
    assert "别丢了我" in other.html
    # What was begun is sent all the same.
    walker.press()
    walker.last()
    walker.press()
    assert Submission.objects.count() == 1


def test_what_is_begun_and_never_sent_takes_no_more_than_its_share(
    walker: Walker, settings: Any
) -> None:
    to_the_photos(walker)
    size = photo().size or 0
    settings.UNSENT_FILES_MAX_SIZE = int(size * 1.5)
    walker.press("_upload", PHOTOS, **{PHOTOS: photo()})
    assert walker.response.status_code == 200
    walker.press("_upload", PHOTOS, **{PHOTOS: photo("二.jpg")})
    assert "存不下这个文件" in walker.html
    walker.press()
    walker.last()
    walker.press()
    # Sent, it is no longer counted.
    assert drafts.unsent_bytes() == 0


def test_one_address_uploads_so_much_in_an_hour(
    walker: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_the_photos(walker)
    monkeypatch.setattr(screens, "MEGABYTES_PER_ADDRESS", 1)
    walker.press("_upload", PHOTOS, **{PHOTOS: photo()})
    assert walker.response.status_code == 200
    walker.press("_upload", PHOTOS, **{PHOTOS: photo("二.jpg")})
    assert "一小时后再传" in walker.html


def test_uploads_leave_a_thread_to_everybody_else() -> None:
    go_on = threading.Event()

    class Slow:
        name, size = "a.jpg", 3

        def chunks(self) -> Iterator[bytes]:
            go_on.wait(20)
            return iter([b"abc"])

    def inspect() -> None:
        with pytest.raises(FileRefused), inspection.inspected(Slow()):
            pass

    threads = [threading.Thread(target=inspect) for _ in range(3)]
    try:
        for thread in threads:
            thread.start()
        while inspection._room._value:
            pass
        with pytest.raises(FileRefused) as refused, inspection.inspected(Slow()):
            pass
        assert refused.value.code == "busy"
    finally:
        go_on.set()
        for thread in threads:
            thread.join()
    assert inspection._room._value == 3


def test_a_file_of_another_draft_is_named_in_vain(walker: Walker) -> None:
    to_the_photos(walker)
    walker.press("_upload", PHOTOS, **{PHOTOS: photo("别人.jpg")})
    theirs = SealedFile.objects.get()
    mine = Walker(walker.page, Client())
    mine.open()
    to_the_photos(mine)
    for name in (str(theirs.uuid), theirs.uuid.hex, str(UUID(int=0)), "", "\x00", "x" * 9_000):
        mine.press("_remove", f"{PHOTOS}-{name}")
        assert mine.response.status_code == 409
    theirs.refresh_from_db()
    assert theirs.erased_at is None
