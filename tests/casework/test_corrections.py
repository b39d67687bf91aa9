"""我要纠错: from a clause to the desk of the department that leads the document."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from django.core import mail, signing
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from delivery.services import drain
from forms.builder.floods import OPENED_SALT
from forms.builder.models import FormPage, RequestIndexPage, Submission
from forms.builder.services import FieldSpec, create_form, tracking_code
from forms.casework.clocks import limit_for
from forms.casework.models import Case, CorrectedClause, LadderStep, Matter, Stage
from home.directory.calendar import add_working_days
from home.directory.models import Department, Membership, User
from home.directory.services import grant
from home.policies.models import FeedbackSettings, PolicyPage
from search.engine.models import SearchDocument
from tests.casework import house
from tests.stored import stored_words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]

PLAN = "/policies/lmf-2025-10/"
CLAUSE = f"{PLAN}clauses/2-2-1/"
FORM = "/requests/correction/"
ABOUT = "lmf-2025-10:2-2-1"
CANARY = "金丝雀说少了一个字"


@pytest.fixture(autouse=True)
def empty_counters(db: None) -> None:
    cache.clear()


def plan() -> PolicyPage:
    page: PolicyPage = PolicyPage.objects.get(slug="lmf-2025-10")
    return page


def form_page() -> FormPage:
    page: FormPage = FormPage.objects.get(slug="correction")
    return page


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', html)
    return found[1] if found else ""


class Reader:
    """Somebody who opens the form from a link and sends it."""

    def __init__(self, about: str = ABOUT, **headers: Any) -> None:
        self.client = Client(**headers)
        self.keys = {field.label: field.clean_name for field in form_page().form_fields.all()}
        self.clause_key = self.keys["您要纠错的条款"]
        address = f"{FORM}?about={about}" if about else FORM
        self.html = self.client.get(address).content.decode()
        self.values = {
            "submission_key": hidden(self.html, "submission_key"),
            "form_version": hidden(self.html, "form_version"),
            # Opened long ago: whoever is quicker than a reader counts for several.
            "opened": signing.dumps(0, salt=OPENED_SALT),
            self.clause_key: hidden(self.html, self.clause_key),
            self.keys["哪里不对"]: "text",
            self.keys["有问题的文字"]: CANARY,
        }

    def send(self, **values: str) -> Any:
        by_label = {self.keys[label]: value for label, value in values.items()}
        return self.client.post(FORM, {**self.values, **by_label})


def case() -> Case:
    found: Case = Case.objects.select_related("owner_unit__department", "owner_unit__area").get()
    return found


def province_clerk() -> User:
    return User.objects.get(username="province-clerk")


def desk(user: User | None = None) -> Client:
    client = Client()
    client.force_login(user or province_clerk())
    return client


# ── the way to the form ─────────────────────────────────────────────────────────────────────────


def test_every_clause_leads_to_the_form_by_an_address_that_never_changes(client: Client) -> None:
    html = client.get(PLAN).content.decode()
    for key in plan().clauses.values_list("key", flat=True):
        assert html.count(f'href="{PLAN}clauses/{key}/correction/"') == 1
    assert f'href="{CLAUSE}correction/"' in client.get(CLAUSE).content.decode()
    for path in ("/interpretations/going-to-school/", "/services/ln-05/"):
        assert f'href="{CLAUSE}correction/"' in client.get(path).content.decode()
    response = client.get(f"{CLAUSE}correction/")
    assert response.status_code == 302
    assert response["Location"] == f"{FORM}?about={ABOUT}"


@pytest.mark.parametrize("key", ["9-9", "art-1"])
def test_a_clause_that_is_not_there_leads_nowhere(client: Client, key: str) -> None:
    assert client.get(f"{PLAN}clauses/{key}/correction/").status_code == 404


def test_a_private_documents_clause_leads_nowhere(client: Client) -> None:
    plan().unpublish()
    assert client.get(f"{CLAUSE}correction/").status_code == 404


@pytest.mark.parametrize("how", ["none chosen", "unpublished"])
def test_without_a_form_the_reader_is_told_whom_to_tell(client: Client, how: str) -> None:
    if how == "unpublished":
        form_page().unpublish()
    else:
        FeedbackSettings.objects.update(correction_form=None)
    response = client.get(f"{CLAUSE}correction/")
    assert response.status_code == 200
    assert "现在还不能在网上纠错" in response.content.decode()
    assert "请告诉辽宁省民政厅" in response.content.decode()


def test_the_form_shows_the_clause_and_asks_nothing_about_the_reader() -> None:
    html = Reader().html
    assert "辽民发〔2025〕10号 二(二)1" in html
    assert "各市教育部门要推动建立" in html
    assert f'value="{ABOUT}:1"' in html
    asked = {field.field_type for field in form_page().form_fields.all()}
    assert asked == {"clause", "radio", "multiline", "singleline"}


@pytest.mark.parametrize(
    "about",
    [
        "lmf-2025-10:9-9-9",
        "lmf-2025-10:2-2-1:7",
        "nowhere:1",
        "lmf-2025-10",
        "lmf-2025-10:2-2-1:1:1",
        "<script>:1",
        "a" * 3000,
        "%00:%00",
        "lmf-2025-10:2-2-1:٣",
    ],
)
def test_a_forged_link_gives_the_form_without_a_clause_and_says_so(about: str) -> None:
    reader = Reader(about)
    assert "没有找到链接里的条款" in reader.html
    assert "<script>:1" not in reader.html
    assert reader.send().status_code == 303
    assert not CorrectedClause.objects.exists()


def test_a_forged_answer_is_refused_once_and_what_was_typed_stays() -> None:
    reader = Reader()
    reader.values[reader.clause_key] = "lmf-2025-10:9-9-9:1"
    response = reader.send()
    assert response.status_code == 422
    html = response.content.decode()
    assert "请在下面写明是哪份文件、哪一条，再提交一次" in html
    assert CANARY in html
    reader.values[reader.clause_key] = hidden(html, reader.clause_key)
    assert reader.send().status_code == 303
    assert not CorrectedClause.objects.exists()


def test_a_document_taken_off_while_the_form_was_open_is_no_longer_named() -> None:
    reader = Reader()
    plan().unpublish()
    assert reader.send().status_code == 422
    assert not Case.objects.exists()


# ── the case ────────────────────────────────────────────────────────────────────────────────────


def test_a_correction_is_a_case_of_the_leading_department_with_a_date() -> None:
    response = Reader().send()
    assert response.status_code == 303
    found = case()
    assert found.matter == Matter.CORRECTION
    assert found.owner_unit.department.code == "civil-affairs"
    assert found.owner_unit.area.code == "210000"
    limit = limit_for(Stage.REPLY, Matter.CORRECTION, timezone.localdate())
    assert (limit.pk is not None, limit.amount) == (True, 5)
    assert "不是法定期限" in limit.source
    assert found.reply_due_on == add_working_days(timezone.localdate(), 5).date
    said = found.routing_decisions.get().explanation
    assert "由辽宁省民政厅牵头" in said[0]
    about = CorrectedClause.objects.get(case=found)
    assert (about.clause_key.key, about.edition.number) == ("2-2-1", 1)


def test_the_first_issuer_leads_whoever_else_signed() -> None:
    education = Department.objects.get(code="education")
    first = plan().issuers.first()
    first.name, first.department = education.name, education
    first.save()
    unit = house.unit(house.LIAONING, "education")
    grant(province_clerk(), unit, "clerk")
    Reader().send()
    assert case().owner_unit == unit
    assert case().routing_decisions.get().step == LadderStep.PROVINCE


def test_a_leading_department_nobody_works_for_hands_up_and_says_so() -> None:
    first = plan().issuers.first()
    first.name, first.department = "辽宁省教育厅", None
    first.save()
    Reader().send()
    assert case().owner_unit == house.unit(house.LIAONING)
    said = case().routing_decisions.get().explanation
    assert "由辽宁省教育厅牵头" in said[0]
    assert "辽宁省教育厅目前没有在岗的经办人或负责人" in said[1]


def test_an_issuer_nobody_knows_and_none_at_all_still_find_an_owner() -> None:
    first = plan().issuers.first()
    first.name, first.department = "示例委员会", None
    first.save()
    Reader().send()
    plan().issuers.all().delete()
    Reader().send()
    Membership.objects.filter(user=province_clerk()).delete()
    Reader("").send()
    decisions = [one.routing_decisions.get() for one in Case.objects.order_by("pk")]
    assert {decision.unit for decision in decisions} == {house.unit(house.LIAONING)}
    assert [decision.explanation[0] for decision in decisions] == [
        "《关于印发〈辽宁省加强流动儿童关爱保护行动方案〉的通知》的牵头机关示例委员会不在部门名录里，"
        "由省级民政部门办理。",
        "《关于印发〈辽宁省加强流动儿童关爱保护行动方案〉的通知》没有写发文机关，由省级民政部门办理。",
        "没有指明条款，由省级民政部门办理。",
    ]
    assert decisions[2].unstaffed


def test_the_desk_shows_the_clause_as_it_was_read_even_when_it_has_changed() -> None:
    Reader().send()
    client = desk()
    address = f"/admin/cases/{case().reference}/"
    html = client.get(address).content.decode()
    assert "纠错内容" in html
    assert f'href="{CLAUSE}"' in html
    assert "第1版" in html
    assert CANARY in html
    assert "此后文字有改动" not in html
    assert "家庭可见" not in html
    assert "请家庭" not in html
    page = plan()
    clauses = list(page.clauses.all())
    next(clause for clause in clauses if clause.key == "2-2-1").text = "改过的文字。"
    page.clauses.set(clauses)
    page.change_note = "改了一条（示例）。"
    page.save_revision().publish()
    html = client.get(address).content.decode()
    assert "此后文字有改动" in html
    assert "各市教育部门要推动建立" in html
    assert "辽民发〔2025〕10号 二(二)1" in client.get("/admin/cases/").content.decode()
    assert "二(二)1" in client.get(f"{address}print/").content.decode()


def test_the_clerk_replies_and_closes_and_the_reader_follows_by_code() -> None:
    reader = Reader()
    reader.send()
    found, clerk = case(), province_clerk()
    house.do(found, "accept", clerk)
    html = desk().get(f"/admin/cases/{found.reference}/").content.decode()
    assert "答复内容（读者可见）" in html
    assert "请读者补充" in html
    house.do(found, "reply", clerk, text="已经改正，谢谢。")
    submission = Submission.objects.get()
    response = Client().post(
        "/track/", {"reference": submission.reference, "code": tracking_code(submission)}
    )
    assert response.status_code == 303
    follower = Client()
    follower.post("/track/", {"reference": submission.reference, "code": tracking_code(submission)})
    html = follower.get("/track/").content.decode()
    assert "已经改正，谢谢。" in html
    assert "收到您的纠错" in html
    assert "求助" not in html.partition('id="content"')[2].partition("</main>")[0]
    house.do(found, "close", clerk, outcome="solved")
    assert found.state == "closed"


def test_nobody_elses_desk_knows_of_it() -> None:
    Reader().send()
    other = User.objects.get(username="heping-clerk")
    assert desk(other).get(f"/admin/cases/{case().reference}/").status_code == 404


def test_an_auditor_sees_which_clause_and_not_a_word_of_the_reader() -> None:
    Reader().send()
    auditor = User.objects.get(username="auditor")
    html = desk(auditor).get(f"/admin/cases/{case().reference}/").content.decode()
    assert "辽民发〔2025〕10号 二(二)1" in html
    assert CANARY not in html


def test_sent_twice_is_one_case_and_the_same_receipt() -> None:
    reader = Reader()
    first, second = reader.send(), reader.send()
    assert first.status_code == second.status_code == 303
    assert Case.objects.count() == CorrectedClause.objects.count() == 1
    receipt = reader.client.get("/requests/receipt/").content.decode()
    assert case().reference in receipt
    assert "已收到您的纠错" in receipt


def test_sent_again_after_the_document_was_taken_off_is_the_same_receipt() -> None:
    reader = Reader()
    reader.send()
    plan().unpublish()
    assert reader.send().status_code == 303
    assert Case.objects.count() == 1


def test_the_same_key_for_another_clause_brings_no_second_case() -> None:
    reader = Reader()
    reader.send()
    reader.values[reader.clause_key] = "lmf-2025-10:2-2-2:1"
    assert reader.send().status_code == 409
    assert CorrectedClause.objects.get().clause_key.key == "2-2-1"


def test_one_address_can_not_flood_the_desk_and_loses_nothing_it_typed() -> None:
    office = "198.51.100.4"
    for _ in range(20):
        assert Reader(REMOTE_ADDR=office).send().status_code == 303
    last = Reader(REMOTE_ADDR=office)
    response = last.send()
    assert response.status_code == 429
    assert CANARY in response.content.decode()
    assert "一小时后" in response.content.decode()
    assert Case.objects.count() == 20
    assert Reader(REMOTE_ADDR="203.0.113.9").send().status_code == 303


def test_a_cache_that_is_away_keeps_nobody_from_reporting(settings: Any) -> None:
    reader = Reader()
    settings.CACHES = {"default": {"BACKEND": "tests.builder.broken_cache.BrokenCache"}}
    assert reader.send().status_code == 303


def test_a_request_form_never_offers_corrections_as_a_matter(client: Client) -> None:
    assert "条款纠错" not in client.get("/requests/help/").content.decode()


@pytest.mark.parametrize(
    ("kind", "role"), [("phone", ""), ("email", "email"), ("singleline", "child_name")]
)
def test_an_editor_is_kept_from_asking_who_the_reader_is(kind: str, role: str) -> None:
    fields = (FieldSpec("条款", "clause", "clause"), FieldSpec("您是谁", kind, role))
    with pytest.raises(ValidationError, match="不收集个人信息"):
        create_form(
            RequestIndexPage.objects.get(), title="纠错", slug="x", kind="correction", fields=fields
        )


# ── what stays where it was put ─────────────────────────────────────────────────────────────────


def test_no_log_mail_table_or_search_has_a_word_of_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("django.db.backends").setLevel(logging.INFO)
        Reader().send()
        clerk = province_clerk()
        house.do(case(), "accept", clerk)
        house.do(case(), "reply", clerk, text="金丝雀那一句已经改正")
        desk().get(f"/admin/cases/{case().reference}/")
        drain()
    assert mail.outbox
    assert "金丝雀" not in caplog.text
    assert not any("金丝雀" in f"{one.subject}{one.body}" for one in mail.outbox)
    assert not any("纠错" in f"{one.subject}{one.body}" for one in mail.outbox)
    call_command("rebuild_index", verbosity=0)
    assert SearchDocument.objects.filter(type="form").exists()
    for model, content in stored_words():
        assert "金丝雀" not in content, model
        assert "金丝雀".encode("unicode_escape").decode() not in content, model


# ── budgets ─────────────────────────────────────────────────────────────────────────────────────


def test_the_form_and_the_step_to_it_cost_a_fixed_number_of_queries(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(2):
        client.get(f"{CLAUSE}correction/")
    with django_assert_max_num_queries(12):
        client.get(f"{FORM}?about={ABOUT}")


def test_the_desk_costs_the_same_for_one_correction_and_for_ten(
    django_assert_max_num_queries: Any,
) -> None:
    client = desk()
    Reader().send()
    with django_assert_max_num_queries(20):
        client.get("/admin/cases/")
    for _ in range(9):
        Reader().send()
    with django_assert_max_num_queries(20):
        assert client.get("/admin/cases/").content.decode().count("条款纠错") == 10
