"""What the pre-publication check asks of a policy. Every document here is made up."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from wagtail.models import Page

from home.directory.models import WorkdayException
from home.pages import prechecks
from home.pages.prechecks import Finding, Severity
from home.policies.models import (
    ClauseKey,
    InterpretationClause,
    InterpretationIndexPage,
    InterpretationPage,
    PolicyAttachment,
    PolicyPage,
    Validity,
)
from home.policies.selectors import clauses_without_interpretation
from tests.pages.prechecked import clause, draft_news, draft_policy, make_home

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home() -> None:
    make_home()


def found(page: Page) -> dict[str, Finding]:
    return {finding.code: finding for finding in prechecks.findings(page)}


def codes(page: Page) -> set[str]:
    """What is found beside that nobody has explained the policy, which has a test of its own."""
    return set(found(page)) - {"no-interpretation"}


def test_a_complete_policy_has_nothing_against_it() -> None:
    policy = draft_policy()
    assert codes(policy) == set()
    assert prechecks.reasons_not_to_publish(policy) == []


# ── the document number ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("示民发[2026]1号", "示民发〔2026〕1号"),
        ("示民发(2026)1号", "示民发〔2026〕1号"),
        ("示民发（2026）1号", "示民发〔2026〕1号"),
        ("示民发【2026】1号", "示民发〔2026〕1号"),
        ("示民发〔2026〕第1号", "示民发〔2026〕1号"),
        ("示民发〔2026〕010号", "示民发〔2026〕10号"),
        ("示民发〔2026〕 1号", "示民发〔2026〕1号"),
    ],
)
def test_a_number_in_the_wrong_form_blocks_and_the_right_one_is_told(
    typed: str, right: str
) -> None:
    finding = found(draft_policy(document_number=typed))["number-form"]
    assert (finding.severity, finding.field) == (Severity.BLOCK, "document_number")
    assert f"“{right}”" in finding.message


@pytest.mark.parametrize("typed", ["示民发〔2026〕1号", "国务院令第649号", "民政部公告第500号"])
def test_numbers_in_the_right_form_are_left_alone(typed: str) -> None:
    assert codes(draft_policy(document_number=typed)) == set()


def test_what_is_no_number_at_all_blocks() -> None:
    assert "看不出" in found(draft_policy(document_number="第一号文"))["number-form"].message


def test_numbers_in_the_text_of_any_page_are_looked_at() -> None:
    policy = draft_policy(clause("1", "一、", "根据示民发[2026]3号、示民发〔2026〕4号执行。"))
    finding = found(policy)["number-form-in-text"]
    assert finding.severity == Severity.WARN
    assert finding.place == "一 · 正文"
    assert "“示民发〔2026〕3号”" in finding.message
    news = draft_news("<p>根据示民发【2026】第3号。</p>")
    assert set(found(news)) == {"number-form-in-text"}
    assert codes(draft_policy(clause("1", "一、", "3月[2026]版"), slug="s2")) == set()


# ── metadata ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("field", "empty", "severity"),
    [
        ("document_number", "", Severity.BLOCK),
        ("adopted_on", None, Severity.BLOCK),
        ("published_on", None, Severity.WARN),
        ("source", "", Severity.WARN),
        ("index_number", "", Severity.WARN),
        ("summary", "", Severity.WARN),
    ],
)
def test_missing_metadata_is_named_at_its_field(
    field: str, empty: object, severity: Severity
) -> None:
    policy = draft_policy()
    setattr(policy, field, empty)
    finding = found(policy)[f"missing-{field.replace('_', '-')}"]
    assert (finding.severity, finding.field) == (severity, field)


def test_a_policy_without_issuers_blocks() -> None:
    policy = draft_policy()
    policy.issuers.set([])
    assert codes(policy) == {"missing-issuers"}


# ── dates ───────────────────────────────────────────────────────────────────────────────────────


def on(day: date) -> time_machine.travel:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    return time_machine.travel(noon, tick=False)


def test_dates_in_the_wrong_order() -> None:
    with on(date(2026, 1, 12)):
        assert codes(draft_policy(adopted_on=date(2026, 1, 13))) == {"adopted-in-future"}
        assert codes(draft_policy(published_on=date(2026, 1, 4), slug="s2")) == {
            "published-before-adopted"
        }


def test_the_twentieth_working_day_is_in_time_and_the_next_one_is_late() -> None:
    # Twenty weekdays after Monday 6 July 2026 is Monday 3 August; no holiday lies between.
    adopted = date(2026, 7, 6)
    with on(date(2026, 8, 10)):
        in_time = draft_policy(adopted_on=adopted, published_on=date(2026, 8, 3))
        late = draft_policy(adopted_on=adopted, published_on=date(2026, 8, 4), slug="s2")
        assert codes(in_time) == set()
        finding = found(late)["twenty-days-over"]
    assert finding.severity == Severity.WARN
    assert "2026年8月3日以前" in finding.message
    assert finding.field == "published_on"


def test_a_make_up_day_counts_and_a_day_off_does_not() -> None:
    adopted = date(2026, 7, 6)
    WorkdayException.objects.create(date=date(2026, 7, 18), kind=WorkdayException.Kind.WORK)
    with on(date(2026, 8, 10)):
        policy = draft_policy(adopted_on=adopted, published_on=date(2026, 8, 3))
        assert codes(policy) == {"twenty-days-over"}
        WorkdayException.objects.create(date=date(2026, 7, 20), kind=WorkdayException.Kind.OFF)
        assert codes(policy) == set()


def test_a_draft_whose_time_runs_out_says_how_many_days_are_left() -> None:
    adopted = date(2026, 7, 6)
    policy = draft_policy(adopted_on=adopted, published_on=None)
    with on(date(2026, 7, 24)):
        assert codes(policy) == {"missing-published-on"}
    with on(date(2026, 7, 30)):
        assert "还有2个工作日，最晚2026年8月3日" in found(policy)["twenty-days-near"].message
    with on(date(2026, 8, 4)):
        assert "twenty-days-over" in found(policy)


# ── validity ────────────────────────────────────────────────────────────────────────────────────


def test_a_repealed_policy_names_what_replaces_it() -> None:
    newer = draft_policy(slug="newer")
    newer.save_revision().publish()
    policy = draft_policy(validity=Validity.REPEALED, slug="older")
    assert codes(policy) == {"no-successor"}
    policy.superseded_by = PolicyPage.objects.get(pk=newer.pk)
    assert codes(policy) == set()
    policy.validity = Validity.IN_FORCE
    assert codes(policy) == {"successor-but-in-force"}


# ── clauses ─────────────────────────────────────────────────────────────────────────────────────


def test_keys_and_numbers_that_stand_twice_and_clauses_that_say_nothing() -> None:
    policy = draft_policy()
    policy.clauses.set(
        [
            clause("1", "一、", "甲"),
            clause("1", "二、", "乙"),
            clause("3", "三、", "丙"),
            clause("3b", "三、", "丁"),
            clause("4", "四、", " "),
        ]
    )
    assert codes(policy) == {"same-clause-key", "same-clause-number", "empty-clause"}
    assert found(policy)["empty-clause"].field == "clauses.@5.text"


def test_the_same_number_under_another_heading_is_no_mistake() -> None:
    policy = draft_policy(
        clause("1", "一、", "", heading="甲"),
        clause("1-1", "1.", "甲一", parent_key="1", level=2),
        clause("2", "二、", "", heading="乙"),
        clause("2-1", "1.", "乙一", parent_key="2", level=2),
        clause("3", "三、", ""),
        clause("3-1", "1.", "丙一", parent_key="3", level=2),
    )
    assert codes(policy) == set()


def test_a_link_to_a_clause_of_the_page_itself_is_held_against_its_draft() -> None:
    policy = draft_policy()
    news = draft_news('<p><a href="/policies/sample-1/#c-2">第二条</a></p>')
    assert set(found(news)) == {"link-draft", "link-clause-gone"}
    policy.clauses.add(clause("2", "二、", "乙"))
    policy.save_revision().publish()
    assert set(found(news)) == set()


# ── interpretations ─────────────────────────────────────────────────────────────────────────────


def explain(policy: PolicyPage, key: str, *, live: bool) -> InterpretationPage:
    page = InterpretationPage(
        title="示例解读", slug=f"i-{key}", summary="示例", body="[]", live=live
    )
    InterpretationIndexPage.objects.get().add_child(instance=page)
    row, _made = ClauseKey.objects.get_or_create(policy=policy, key=key)
    InterpretationClause.objects.create(page=page, clause_key=row)
    return page


def test_clauses_that_nobody_explained_are_counted_and_named() -> None:
    policy = draft_policy(
        clause("1", "一、", "", heading="总则"),
        clause("1-1", "(一)", "甲", parent_key="1", level=2),
        clause("2", "二、", "乙"),
    )
    finding = found(policy)["no-interpretation"]
    assert finding.severity == Severity.WARN
    assert "有2条没有已发布的解读：一(一)、二" in finding.message
    explain(policy, "1", live=True)
    explain(policy, "2", live=False)
    assert [row.key for row in clauses_without_interpretation(policy)] == ["2"]


# ── attachments ─────────────────────────────────────────────────────────────────────────────────


def test_attachments_that_the_text_lists_are_among_the_attachments() -> None:
    policy = draft_policy(preamble="现印发给你们。\n附件：1.示例清单\n2.示例表")
    assert codes(policy) == {"attachment-not-listed"}
    policy.attachments.set([PolicyAttachment(name="示例清单"), PolicyAttachment(name="《示例表》")])
    assert codes(policy) == {"attachment-without-file"}
    assert found(policy)["attachment-without-file"].severity == Severity.WARN


def test_an_attachment_that_is_cited_by_its_number_is_there() -> None:
    policy = draft_policy(clause("1", "一、", "填写《示例表》（附件2）。"))
    finding = found(policy)["attachment-not-listed"]
    assert (finding.severity, finding.place) == (Severity.BLOCK, "一 · 正文")
    policy.attachments.set([PolicyAttachment(name="甲"), PolicyAttachment(name="乙")])
    assert codes(policy) == {"attachment-without-file"}


@pytest.mark.parametrize(
    "text", ["附件齐全的，当场受理。", "见附件", "附：说明。请按附件要求报送。"]
)
def test_words_about_attachments_in_general_are_left_alone(text: str) -> None:
    assert codes(draft_policy(clause("1", "一、", text))) == set()


# ── the demo ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("demo_site")
class TestDemo:
    @pytest.fixture(autouse=True)
    def home(self) -> None:
        """The demo's own."""

    def test_nothing_stands_against_any_page_of_the_demo(self) -> None:
        pages = list(Page.objects.filter(depth__gt=1).specific())
        assert len(pages) > 40
        for page in pages:
            assert prechecks.reasons_not_to_publish(page) == [], page.title

    def test_nobody_is_named_in_the_demo(self) -> None:
        for page in Page.objects.filter(depth__gt=1).specific():
            personal = [f for f in prechecks.findings(page) if f.code.startswith("personal-")]
            assert personal == [], page.title
