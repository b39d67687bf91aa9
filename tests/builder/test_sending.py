"""From an empty form to a receipt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from forms.builder.handlers import Refused
from forms.builder.models import FormPage, Submission
from forms.builder.selectors import answers_of, labelled_answers
from forms.vault import services as vault
from forms.vault.models import BlindIndex, Consent, SealedRecord
from tests.builder.conftest import CANARY, Family, TestHandler


def text_of(response: Any) -> str:
    return response.content.decode()


def test_an_empty_form_asks_everything_and_is_kept_by_no_cache(page: FormPage) -> None:
    response = Client().get("/requests/help/")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    html = text_of(response)
    for label in page.form_fields.values_list("label", flat=True):
        assert label in html
    assert "请写 &lt;重要&gt; 的事" in html
    assert "最多5000个字" in html
    assert "为什么问：便于判断" in html
    assert 'name="submission_key"' in html
    assert "csrfmiddlewaretoken" in html


def test_two_visits_get_two_keys(page: FormPage) -> None:
    keys = {Client().get(page.url).context["submission_key"] for _ in range(2)}
    assert len(keys) == 2
    assert all(len(key) == 32 for key in keys)


def test_a_sent_form_leads_to_its_receipt(family: Family, handler: TestHandler) -> None:
    response = family.send()
    assert response.status_code == 303
    assert response["Location"] == "/requests/receipt/"
    submission = Submission.objects.get()
    receipt = family.client.get("/requests/receipt/")
    html = text_of(receipt)
    assert f'data-reference="{submission.reference}"' in html
    assert 'data-result="confirmed"' in html
    assert "我们会在三天内答复。" in html
    assert "110" in html
    assert "no-store" in receipt["Cache-Control"]
    assert len(receipt.context["code"]) == 16
    assert f'data-code="{receipt.context["code"]}"' in html
    assert CANARY not in html


def test_the_answers_are_stored_in_their_normal_form(family: Family, handler: TestHandler) -> None:
    family.fill(
        电子邮箱="a＠example.com",
        几个孩子="２",
        出生日期="2015年6月1日",
        愿意接受回访="on",
        需要哪些=["a", "b"],
        发生了什么="  第一行\r\n第二行\x0b\t好 ",
    )
    assert family.send().status_code == 303
    answers = answers_of(Submission.objects.get())
    assert answers == handler.received[0]
    by_label = {a.label: (a.value, a.text) for a in labelled_answers(Submission.objects.get())}
    assert by_label["您是孩子的什么人"] == ("parent", "父母")
    assert by_label["居住地"] == ("210102", "辽宁省沈阳市和平区")
    assert by_label["户籍地"] == ("210103", "辽宁省沈阳市沈河区")
    assert by_label["发生了什么"][0] == "第一行\n第二行\t好"
    assert by_label["联系电话"][0] == "13800138000"
    assert by_label["电子邮箱"][0] == "a@example.com"
    assert by_label["几个孩子"] == (2, "2")
    assert by_label["出生日期"] == ("2015-06-01", "2015年6月1日")
    assert by_label["愿意接受回访"] == (True, "是")
    assert by_label["需要哪些"] == (["a", "b"], "衣物、书本")
    assert by_label["告知"] == ("request-notice.1", "已勾选（第1版）")
    assert answers.text("phone") == "13800138000"
    assert answers.text("nothing") == ""


def test_what_is_sent_can_be_found_by_phone_and_its_consent_is_recorded(family: Family) -> None:
    family.send()
    submission = Submission.objects.get()
    assert list(vault.find("phone", "+86 13800138000")) == [submission.record]
    consent = Consent.objects.get()
    assert (consent.given_by, consent.relation, consent.basis) == ("guardian", "parent", "duty")
    assert consent.text.key == "request-notice"


def test_errors_are_said_on_top_and_at_the_field_and_nothing_typed_is_lost(family: Family) -> None:
    family.fill(联系电话="12", 孩子现在是否处于危险中="")
    response = family.send()
    html = text_of(response)
    assert response.status_code == 422
    assert html.count("请填写11位手机号码") == 2
    assert html.count("请回答“孩子现在是否处于危险中”。") == 2
    assert CANARY in html
    assert 'value="12"' in html
    assert 'value="210102" selected' in html
    assert 'value="210103" selected' in html
    assert "checked" in html
    assert response.context["submission_key"] == family.values["submission_key"]
    assert not Submission.objects.exists()
    assert not SealedRecord.objects.exists()


def test_an_unticked_consent_is_asked_for_and_never_ticked_beforehand(family: Family) -> None:
    html = text_of(family.client.get(family.page.url))
    box = html[html.index(f'name="{family.key("告知")}"') - 100 :][:250]
    assert "checked" not in box
    del family.values[family.key("告知")]
    response = family.send()
    assert response.status_code == 422
    assert "请先阅读告知内容，再勾选。" in text_of(response)


def test_what_the_handler_refuses_is_undone_and_kept_on_the_page(
    family: Family, handler: TestHandler
) -> None:
    handler.refusal = Refused("full", "名额已满，可以选择其他场次。")
    response = family.send()
    html = text_of(response)
    assert response.status_code == 409
    assert 'data-result="full"' in html
    assert "名额已满，可以选择其他场次。" in html
    assert CANARY in html
    for model in (Submission, SealedRecord, Consent, BlindIndex):
        assert not model.objects.exists()
    handler.refusal = None
    assert family.send().status_code == 303


def test_other_methods_are_not_allowed(page: FormPage) -> None:
    assert Client().put(page.url).status_code == 405
    assert Client().head(page.url).status_code == 200


def test_the_receipt_is_gone_for_another_browser_and_after_half_an_hour(
    family: Family, time_machine: Any
) -> None:
    family.send()
    assert Client().get("/requests/receipt/").status_code == 410
    forged = Client()
    forged.cookies["receipt"] = Submission.objects.get().uuid.hex + ":x:y"
    response = forged.get("/requests/receipt/")
    assert response.status_code == 410
    assert "/track/" in text_of(response)
    assert family.client.get("/requests/receipt/").status_code == 200
    time_machine.move_to(timezone.now() + timedelta(minutes=31))
    assert family.client.get("/requests/receipt/").status_code == 410


def test_the_cookie_of_a_receipt_says_nothing_and_is_out_of_scripts_reach(family: Family) -> None:
    cookie = family.send().cookies["receipt"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/requests/receipt/"
    assert cookie["max-age"] == 1800
    assert Submission.objects.get().reference not in cookie.value


@pytest.mark.parametrize("text", ["", "<script>alert(1)</script>", "{{ 7|add:7 }}", "=cmd()"])
def test_what_is_typed_comes_back_as_text(family: Family, text: str) -> None:
    family.fill(发生了什么=text, 联系电话="")
    html = text_of(family.send())
    assert "<script>alert" not in html
    assert ">14<" not in html
