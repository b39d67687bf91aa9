"""A form of several screens, from the first to the receipt."""

from __future__ import annotations

from typing import Any

import pytest

from forms.builder.models import Draft, FormPage, Submission
from forms.builder.selectors import answers_of, labelled_answers
from forms.vault.models import SealedRecord
from home.directory.models import User
from tests.builder.conftest import TestHandler
from tests.builder.steps import (
    CHILDREN,
    CONSENT,
    HAS_CHILDREN,
    NAME,
    OTHER,
    PHONE,
    PHOTOS,
    SCHOOL,
    STORY,
    WHICH,
    WHO,
    Walker,
)


def stored() -> dict[str, Any]:
    return dict(answers_of(Submission.objects.get()).by_key)


def test_a_family_comes_screen_by_screen_to_its_receipt(
    walker: Walker, handler: TestHandler
) -> None:
    assert "第1步，共4到5步" in walker.html
    walker.first()
    assert "screen=2" in walker.url
    assert "第2步，共5步" in walker.html
    walker.children()
    assert "screen=3" in walker.url
    walker.press()
    walker.last()
    assert "screen=check" in walker.url
    assert "第5步，共5步" in walker.html
    assert "小明" in walker.html
    assert "13800138000" in walker.html
    assert not Submission.objects.exists()
    walker.press()
    assert walker.url == "/requests/receipt/"
    assert stored() == {
        WHO: "parent",
        STORY: "房租付不起",
        HAS_CHILDREN: "yes",
        CHILDREN: [{NAME: "小明", SCHOOL: "no"}],
        PHOTOS: [],
        PHONE: "13800138000",
        CONSENT: "request-notice.1",
    }
    assert not Draft.objects.exists()
    assert SealedRecord.objects.count() == 1
    texts = {answer.label: answer.text for answer in labelled_answers(Submission.objects.get())}
    assert texts["孩子 1：姓名"] == "小明"


def test_a_screen_that_a_condition_hides_is_not_asked(walker: Walker) -> None:
    walker.first(**{HAS_CHILDREN: "no"})
    assert "screen=3" in walker.url
    assert "第2步，共4步" in walker.html
    walker.press()
    walker.last()
    walker.press()
    assert CHILDREN not in stored()


def test_what_was_answered_and_is_hidden_now_is_dropped(walker: Walker) -> None:
    walker.to_the_check()
    check = walker.url
    walker.open(check.replace("screen=check", "screen=1") + "&back=check")
    walker.first(**{HAS_CHILDREN: "no"})
    assert "screen=check" in walker.url
    assert "小明" not in walker.html
    walker.press()
    assert CHILDREN not in stored()
    assert "小明" not in str(stored())


def test_a_changed_answer_that_opens_a_screen_leads_there_before_the_check(walker: Walker) -> None:
    walker.first(**{HAS_CHILDREN: "no"})
    walker.press()
    walker.last()
    walker.open(walker.url.replace("screen=check", "screen=1") + "&back=check")
    walker.first()
    assert "screen=2" in walker.url
    assert "back=check" in walker.url
    walker.children()
    assert "screen=check" in walker.url


def test_a_question_that_another_on_its_screen_hides_is_not_required(walker: Walker) -> None:
    assert "如果“您是谁”选的是“其他人”，才填这一项" in walker.html
    walker.first(**{WHO: "other"})
    assert walker.response.status_code == 422
    assert "请回答“是什么人”" in walker.html
    walker.first(**{WHO: "other", OTHER: "邻居"})
    assert "screen=2" in walker.url


def test_a_forged_answer_to_a_hidden_question_is_dropped(walker: Walker) -> None:
    walker.first(**{OTHER: "伪造的话"})
    walker.children()
    walker.press()
    walker.last()
    assert "伪造的话" not in walker.html
    walker.press()
    assert OTHER not in stored()


def test_a_choice_that_is_not_offered_is_refused_in_a_sentence(walker: Walker) -> None:
    walker.first(**{WHO: "mayor"})
    assert walker.response.status_code == 422
    assert "请从列出的选项中选择" in walker.html


def test_children_are_added_and_taken_away_without_script(walker: Walker) -> None:
    walker.first()
    one = {
        f"{CHILDREN}-count": "1",
        f"{CHILDREN}-0-{NAME}": "小明",
        f"{CHILDREN}-0-{SCHOOL}": "yes",
        f"{CHILDREN}-0-{WHICH}": "一小",
    }
    walker.press("_add", CHILDREN, **one)
    assert walker.url.endswith(f"#q-{CHILDREN}")
    assert "孩子 2" in walker.html
    two = one | {
        f"{CHILDREN}-count": "2",
        f"{CHILDREN}-1-{NAME}": "小红",
        f"{CHILDREN}-1-{SCHOOL}": "no",
    }
    walker.press("_drop", f"{CHILDREN}-0", **two)
    assert "小红" in walker.html
    assert "小明" not in walker.html
    walker.press(
        **{
            f"{CHILDREN}-count": "1",
            f"{CHILDREN}-0-{NAME}": "小红",
            f"{CHILDREN}-0-{SCHOOL}": "no",
            # Hidden by its condition, whatever is sent.
            f"{CHILDREN}-0-{WHICH}": "一小",
        }
    )
    walker.press()
    walker.last()
    walker.press()
    assert stored()[CHILDREN] == [{NAME: "小红", SCHOOL: "no"}]


def test_an_error_in_a_group_is_said_at_the_item_s_field(walker: Walker) -> None:
    walker.first()
    walker.press(**{f"{CHILDREN}-count": "2", f"{CHILDREN}-1-{NAME}": "小红"})
    assert walker.response.status_code == 422
    assert "请回答“孩子 2”的“上学吗”" in walker.html
    assert f'href="#id_{CHILDREN}-1-{SCHOOL}_0"' in walker.html


@pytest.mark.parametrize("dropped", [f"{CHILDREN}-7", f"{CHILDREN}-x", "nothing-0", ""])
def test_an_item_that_is_not_there_is_not_taken_away(walker: Walker, dropped: str) -> None:
    walker.first()
    walker.press("_drop", dropped, **{f"{CHILDREN}-count": "1", f"{CHILDREN}-0-{NAME}": "小明"})
    assert walker.response.status_code == 409
    assert "没有删去" in walker.html
    assert "小明" in walker.html


def test_more_items_than_may_be_are_refused_not_cut(walker: Walker) -> None:
    walker.first()
    names = {f"{CHILDREN}-{place}-{NAME}": f"孩子{place}" for place in range(5)}
    walker.press(**{f"{CHILDREN}-count": "5"} | names)
    assert walker.response.status_code == 422
    assert "最多填3个" in walker.html


def test_going_back_keeps_what_was_typed_half(walker: Walker) -> None:
    walker.first()
    walker.press("_previous", **{f"{CHILDREN}-count": "1", f"{CHILDREN}-0-{NAME}": "小明"})
    assert "screen=1" in walker.url
    assert "房租付不起" in walker.html
    walker.first()
    assert "小明" in walker.html


def test_nobody_comes_further_than_they_have_answered(walker: Walker) -> None:
    walker.first()
    walker.open(walker.url.replace("screen=2", "screen=4"))
    assert walker.response.status_code == 303
    assert "screen=2" in walker.response["Location"]
    walker.open(walker.url.replace("screen=4", "screen=check"))
    assert "还有没填好的" in walker.html
    assert "请回答“联系电话”" in walker.html
    walker.press()
    assert walker.response.status_code == 422
    assert not Submission.objects.exists()


def test_an_address_alone_opens_nothing(walker: Walker) -> None:
    walker.to_the_check()
    stranger = Walker(walker.page)
    stranger.open(walker.url)
    assert stranger.response.status_code == 410
    assert "小明" not in stranger.html


def test_pressed_twice_at_the_end_gives_the_same_receipt(walker: Walker) -> None:
    walker.to_the_check()
    check = walker.response
    url = walker.url
    walker.press()
    first = walker.response.context["submission"].reference
    walker.response, walker.url = check, url
    walker.press()
    assert walker.response.context["submission"].reference == first
    assert Submission.objects.count() == 1


def test_pressed_twice_at_the_beginning_is_one_draft(walker: Walker) -> None:
    start = walker.response
    walker.first()
    walker.response = start
    walker.first()
    assert Draft.objects.count() == 1
    assert "screen=2" in walker.url


def test_two_tabs_fill_in_two_drafts(walker: Walker) -> None:
    other = Walker(walker.page, walker.client)
    other.open()
    walker.first(**{STORY: "第一件"})
    other.first(**{STORY: "第二件"})
    for tab in (walker, other):
        tab.children()
        tab.press()
        tab.last()
        tab.press()
    assert Submission.objects.count() == 2
    told = {answers_of(one).text("story") for one in Submission.objects.all()}
    assert told == {"第一件", "第二件"}


def test_two_tabs_on_one_draft_do_not_mix_their_screens(walker: Walker) -> None:
    walker.first()
    other = Walker(walker.page, walker.client)
    other.open(walker.url.replace("screen=2", "screen=1"))
    other.first(**{STORY: "改过的话"})
    walker.children()
    walker.press()
    walker.last()
    assert "改过的话" in walker.html
    assert "小明" in walker.html


def test_going_back_after_the_receipt_says_that_it_has_arrived(walker: Walker) -> None:
    walker.to_the_check()
    url = walker.url
    walker.press()
    # A browser sends the receipt's cookie to the receipt alone.
    assert walker.client.cookies["receipt"]["path"] == "/requests/receipt/"
    del walker.client.cookies["receipt"]
    walker.open(url)
    assert walker.response.status_code == 410
    assert "这份表单已经提交" in walker.html
    assert "已经收到" in walker.html
    assert "/requests/receipt/" in walker.html


def test_a_tab_left_open_gives_back_what_was_typed_after_the_end(walker: Walker) -> None:
    walker.first()
    late = Walker(walker.page, walker.client)
    late.open(walker.url)
    walker.children()
    walker.press()
    walker.last()
    walker.press()
    late.press(**{f"{CHILDREN}-count": "1", f"{CHILDREN}-0-{NAME}": "后来想起的名字"})
    assert late.response.status_code == 409
    assert "后来想起的名字" in late.html
    assert Submission.objects.count() == 1


def test_nothing_typed_stands_in_clear_in_the_draft(walker: Walker) -> None:
    walker.first()
    draft = Draft.objects.select_related("record").get()
    assert "房租付不起".encode() not in bytes(draft.record.ciphertext)
    # Each screen is sealed anew, and the row before is gone.
    walker.children()
    assert SealedRecord.objects.count() == 1


def test_a_short_form_with_a_group_is_sent_with_one_press(
    steps: FormPage, handler: TestHandler
) -> None:
    kept = {WHO, CHILDREN, NAME, SCHOOL, WHICH, "f00000000b4", STORY}
    for field in steps.form_fields.exclude(clean_name__in=kept):
        field.delete()
    page = FormPage.objects.get(pk=steps.pk)
    page.save_revision().publish()
    walker = Walker(FormPage.objects.get(pk=steps.pk))
    walker.open()
    assert "第1步" not in walker.html
    one = {
        WHO: "parent",
        STORY: "有事",
        f"{CHILDREN}-count": "1",
        f"{CHILDREN}-0-{NAME}": "小明",
        f"{CHILDREN}-0-{SCHOOL}": "no",
    }
    walker.press("_add", CHILDREN, **one)
    assert walker.response.status_code == 200
    assert "孩子 2" in walker.html
    assert "小明" in walker.html
    # The second was left wholly empty: it is none.
    walker.press(**one | {f"{CHILDREN}-count": "2"})
    assert walker.url == "/requests/receipt/"
    assert stored()[CHILDREN] == [{NAME: "小明", SCHOOL: "no"}]
    assert not Draft.objects.exists()


def test_an_editor_previews_every_state(steps: FormPage, client: Any) -> None:
    editor = User.objects.create_superuser("preview", "p@example.com", "preview-password-1")
    client.force_login(editor)
    modes = [mode for mode, _label in steps.preview_modes]
    assert {"", "screen-2", "errors", "check", "closed", "full", "not-open", "receipt"} <= {*modes}
    seen = {}
    for mode in modes:
        response = client.get(f"/admin/pages/{steps.pk}/view_draft/", {"mode": mode})
        assert response.status_code == 200, mode
        seen[mode] = response.content.decode()
    assert "error-summary" in seen["errors"]
    assert "核对您填写的内容" in seen["check"]
    assert "孩子 1" in seen["screen-2"]
    assert not Draft.objects.exists()
