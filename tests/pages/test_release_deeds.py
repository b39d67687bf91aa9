"""Releases: put together, reviewed once, live together or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from wagtail.models import Page, PageLogEntry, Revision
from wagtail.signals import page_published

from delivery.models import OutboxMessage
from delivery.registry import renderer_for
from forms.vault.immutable import WrittenOnce
from home.directory.models import Role, Unit, User
from home.directory.services import grant
from home.pages import prechecks, tasks
from home.pages.keeping import reasons_to_keep
from home.pages.prechecks import Finding, Severity
from home.pages.releases import selectors, services
from home.pages.releases.models import Release, ReleaseEvent, ReleaseItem, State
from home.pages.releases.services import Refused
from home.policies import working_copies
from home.policies.models import InterpretationPage, PolicyPage
from home.portal.models import NewsIndexPage, NewsPage
from tests.pages import bundle
from tests.pages.bundle import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]

BEFORE = [(True, True), (False, True), (True, True)]
AFTER = [(True, False)] * 3
Kind = ReleaseEvent.Kind


def again(release: Release) -> Release:
    return Release.objects.get(pk=release.pk)


def second_reviewer() -> User:
    user = User.objects.create_user("second", "second@example.org", "一二三四五6", last_name="乙")
    unit = Unit.objects.get(department__code="civil-affairs", area__code="210000")
    grant(user, unit, Role.REVIEWER)
    return User.objects.get(pk=user.pk)


def last_event(release: Release) -> ReleaseEvent:
    event = release.events.last()
    assert event is not None
    return event


@contextmanager
def checked_by(check: Callable[[Page], Iterable[Finding]]) -> Iterator[None]:
    """A check of a room above, as its AppConfig registers one."""
    prechecks.register(check)
    try:
        yield
    finally:
        prechecks._checks.remove(check)


def refused(deed: Callable[[], object]) -> str:
    """The sentences with which a deed is refused."""
    with pytest.raises(Refused) as refusal:
        deed()
    return "\n".join(refusal.value.reasons)


# ── going live ──────────────────────────────────────────────────────────────────────────────────


def test_approved_pages_go_live_together_and_each_once() -> None:
    release = bundle.approved()
    assert bundle.states(release) == BEFORE
    done = services.publish(release.pk, person("reviewer"))
    assert (done.state, done.live_at is not None) == (State.LIVE, True)
    assert bundle.states(release) == AFTER
    plan = PolicyPage.objects.get(slug="lmf-2025-10")
    assert plan.title == bundle.NEW_TITLE
    assert plan.editions.count() == 2
    entries = PageLogEntry.objects.filter(action="wagtail.publish", user=person("reviewer"))
    assert entries.count() == 3


def test_the_policy_goes_first_and_what_is_above_goes_before_what_is_below() -> None:
    section = NewsIndexPage(title="栏目示例", slug="section", live=False)
    NewsIndexPage.objects.get().get_parent().add_child(instance=section)
    section.save_revision(user=person("editor"))
    below = NewsPage(title="栏目下的动态", slug="below", live=False, published_on="2026-11-01")
    below.body = "<p>文</p>"
    section.add_child(instance=below)
    below.save_revision(user=person("editor"))
    pages = [below, bundle.changed_interpretation(), section, bundle.changed_plan()]
    release = bundle.approved(*pages)
    seen: list[str] = []

    def note(sender: type, instance: Page, **kwargs: object) -> None:
        seen.append(instance.slug)

    page_published.connect(note)
    try:
        services.publish(release.pk, person("reviewer"))
    finally:
        page_published.disconnect(note)
    assert seen[0] == "lmf-2025-10"
    assert seen.index("section") < seen.index("below")
    assert len(seen) == 4


def test_a_page_is_checked_as_it_will_stand_beside_the_others_of_its_release() -> None:
    """The check sees the policy of the same release already on line."""
    title_seen: list[str] = []

    def check(page: Page) -> Iterable[Finding]:
        if isinstance(page, InterpretationPage):
            title_seen.append(PolicyPage.objects.get(slug="lmf-2025-10").title)
        return []

    with checked_by(check):
        bundle.submitted()
    assert title_seen == [bundle.NEW_TITLE]
    assert PolicyPage.objects.get(slug="lmf-2025-10").title != bundle.NEW_TITLE


def test_one_bad_page_keeps_all_back_and_every_reason_is_told_by_page() -> None:
    release = bundle.approved()

    def check(page: Page) -> Iterable[Finding]:
        if isinstance(page, NewsPage):
            yield Finding("t.a", Severity.BLOCK, "附件没有上传。", place="正文")
            yield Finding("t.b", Severity.BLOCK, "图片没有说明。")
            yield Finding("t.c", Severity.WARN, "标题偏长。")

    with checked_by(check):
        said = refused(lambda: services.publish(release.pk, person("reviewer")))
    assert "《动态示例 release》：正文：附件没有上传。" in said
    assert "图片没有说明。" in said
    assert "标题偏长" not in said
    assert bundle.states(release) == BEFORE
    assert PolicyPage.objects.get(slug="lmf-2025-10").editions.count() == 1
    assert not PageLogEntry.objects.filter(action="wagtail.publish", user=person("reviewer"))
    release = again(release)
    assert release.state == State.FAILED
    event = last_event(release)
    assert event.kind == Kind.FAILED
    assert event.reasons == [
        {"title": "动态示例 release", "reasons": ["正文：附件没有上传。", "图片没有说明。"]}
    ]
    item = release.items.get(title="动态示例 release")
    assert [finding["severity"] for finding in item.findings] == ["block", "block", "warn"]


def test_a_working_copy_goes_out_with_its_interpretation_as_the_next_edition() -> None:
    plan = PolicyPage.objects.get(slug="lmf-2025-10")
    copy = working_copies.make(plan, person("editor")).page
    copy.title, copy.change_note = bundle.NEW_TITLE, "改了标题（示例）。"
    copy.save_revision(user=person("editor"))
    release = bundle.approved(copy, bundle.changed_interpretation())
    for item in release.items.all():
        told = [Finding.of_data(one).sentence for one in item.findings]
        assert len(told) == len(set(told))
    assert plan.editions.count() == 1, "a rehearsal leaves nothing"
    assert services.publish(release.pk, person("reviewer")).state == State.LIVE
    plan.refresh_from_db()
    assert plan.title == bundle.NEW_TITLE
    assert plan.editions.get(number=2).change_note == "改了标题（示例）。"
    assert not Page.objects.get(pk=copy.pk).live
    assert InterpretationPage.objects.get(title="解读（修订示例）").live


def test_what_only_kept_it_back_for_a_while_needs_no_second_review() -> None:
    release = bundle.approved()
    page = NewsPage.objects.get(slug="release")
    page.locked, page.locked_by = True, person("administrator")
    page.save(update_fields=["locked", "locked_by"])
    assert "锁定" in refused(lambda: services.publish(release.pk, person("reviewer")))
    Page.objects.filter(pk=page.pk).update(locked=False, locked_by=None)
    assert services.publish(release.pk, person("reviewer")).state == State.LIVE
    assert bundle.states(release) == AFTER


def test_an_error_in_a_listener_keeps_all_back_and_is_told() -> None:
    release = bundle.approved()

    def fail(sender: type, **kwargs: object) -> None:
        raise LookupError("a listener's own fault")

    page_published.connect(fail, sender=NewsPage)
    try:
        said = refused(lambda: services.publish(release.pk, person("reviewer")))
    finally:
        page_published.disconnect(fail, sender=NewsPage)
    assert "系统出错（LookupError）" in said
    assert bundle.states(release) == BEFORE
    assert again(release).state == State.FAILED


def test_a_draft_parent_an_address_taken_and_a_date_of_its_own_are_each_told() -> None:
    plan, taken, later, gone = (
        bundle.changed_plan(),
        bundle.new_news("taken"),
        bundle.new_news("later"),
        bundle.new_news("gone"),
    )
    release = bundle.approved(plan, taken, later, gone)
    bundle.new_news("taken-now")
    NewsPage.objects.filter(slug="taken").update(slug="was-taken")
    Page.objects.filter(slug="taken-now").update(slug="taken")
    Page.objects.filter(pk=plan.get_parent().pk).update(live=False)
    expired = timezone.now() - timedelta(days=1)
    for page, field, value in (
        (later, "go_live_at", timezone.now() + timedelta(days=1)),
        (gone, "expire_at", expired),
    ):
        # Set in the revision itself and pinned anew: the approval is not what is tested here.
        revision = page.latest_revision
        revision.content[field] = value.isoformat()
        Revision.objects.filter(pk=revision.pk).update(content=revision.content)
        ReleaseItem.objects.filter(page=page).update(
            digest=services.digest_of(Revision.objects.get(pk=revision.pk))
        )
    said = refused(lambda: services.publish(release.pk, person("reviewer")))
    assert "上级页面“政策文件”没有发布" in said
    assert "网址“taken”已被同级的另一页使用" in said
    assert "自己定了上线时间" in said
    assert "下线时间" in said
    assert not Page.objects.filter(slug__in=["later", "gone", "was-taken"], live=True).exists()


def test_nobody_publishes_pages_they_have_no_right_to_publish() -> None:
    release = bundle.approved()
    assert "没有这样做的权限" in refused(lambda: services.publish(release.pk, person("editor")))
    services.schedule(release.pk, person("reviewer"), timezone.now() + timedelta(hours=1))
    Release.objects.update(go_live_at=timezone.now())
    User.objects.filter(username="reviewer").update(is_active=False)
    assert services.go_live_due() == 0
    release = again(release)
    assert release.state == State.FAILED
    assert "没有发布这一页的权限" in str(last_event(release).reasons)
    assert bundle.states(release) == BEFORE


def test_a_page_in_a_review_of_its_own_is_not_overtaken() -> None:
    page = bundle.new_news("own-review")
    release = bundle.approved(page)
    workflow = page.get_workflow()
    assert workflow is not None
    workflow.start(page, person("editor"))
    said = refused(lambda: services.publish(release.pk, person("reviewer")))
    assert "单独的审核流程" in said


# ── review ──────────────────────────────────────────────────────────────────────────────────────


def test_nothing_goes_live_that_was_not_approved() -> None:
    release = bundle.submitted()
    assert "“待审核”" in refused(lambda: services.publish(release.pk, person("reviewer")))
    at = timezone.now() + timedelta(hours=1)
    refused(lambda: services.schedule(release.pk, person("reviewer"), at))
    assert bundle.states(release) == BEFORE
    with pytest.raises(IntegrityError, match="nobody_approved"), transaction.atomic():
        Release.objects.filter(pk=release.pk).update(state=State.APPROVED)


def test_nobody_approves_an_edit_of_their_own() -> None:
    release = bundle.submitted(bundle.changed_plan(by="reviewer"), bundle.new_news())
    seen = selectors.fingerprint(release)
    said = refused(lambda: services.approve(release.pk, person("reviewer"), seen=seen))
    assert f"《{bundle.NEW_TITLE}》里有您的修改" in said
    assert services.approve(release.pk, second_reviewer(), seen=seen).state == State.APPROVED


def test_an_edit_of_ones_own_stays_ones_own_when_another_edits_after_it() -> None:
    plan = bundle.changed_plan(by="reviewer")
    plan.summary = "后来编辑又改了一句。"
    plan.save_revision(user=person("editor"))
    release = bundle.submitted(PolicyPage.objects.get(pk=plan.pk))
    seen = selectors.fingerprint(release)
    assert "您的修改" in refused(
        lambda: services.approve(release.pk, person("reviewer"), seen=seen)
    )


def test_nobody_approves_a_release_of_their_own() -> None:
    reviewer = person("reviewer")
    release = services.create(reviewer, title="自己的", pages=bundle.three_pages())
    services.submit(release.pk, reviewer)
    seen = selectors.fingerprint(release)
    said = refused(lambda: services.approve(release.pk, reviewer, seen=seen))
    assert "您发起或送审" in said
    assert "权限" in refused(lambda: services.approve(release.pk, person("editor"), seen=seen))


def test_a_reviewer_approves_exactly_what_they_saw() -> None:
    release = bundle.submitted()
    seen = selectors.fingerprint(release)
    bundle.changed_interpretation()  # the same text saved again is the same text
    page = InterpretationPage.objects.order_by("path").first()
    assert page is not None
    page.title = "又改了"
    page.save_revision(user=person("editor"))
    services.submit(release.pk, person("editor"))
    said = refused(lambda: services.approve(release.pk, person("reviewer"), seen=seen))
    assert "请重新查看" in said


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.APPROVED, State.SCHEDULED])
def test_approval_falls_when_a_page_is_changed_afterwards(state: State) -> None:
    release = bundle.submitted() if state == State.IN_REVIEW else bundle.approved()
    if state == State.SCHEDULED:
        services.schedule(release.pk, person("reviewer"), timezone.now() + timedelta(hours=1))
    plan = PolicyPage.objects.get(slug="lmf-2025-10").get_latest_revision_as_object()
    plan.summary = "送审之后改的。"
    plan.save_revision(user=person("editor"))
    release = again(release)
    assert release.state == State.DRAFT
    assert (release.approved_by, release.go_live_at) == (None, None)
    assert "又改过" in last_event(release).text
    assert services.go_live_due() == 0
    assert bundle.states(release) == BEFORE


def test_approval_falls_when_autosave_writes_over_the_same_revision() -> None:
    release = bundle.approved()
    plan = PolicyPage.objects.get(slug="lmf-2025-10").get_latest_revision_as_object()
    plan.summary = "自动保存。"
    plan.save_revision(user=person("editor"), overwrite_revision=plan.latest_revision)
    assert again(release).state == State.DRAFT


def test_approval_stands_when_the_same_text_is_saved_again_and_no_draft_is_left_behind() -> None:
    release = bundle.approved()
    PolicyPage.objects.get(slug="lmf-2025-10").get_latest_revision_as_object().save_revision(
        user=person("editor")
    )
    assert again(release).state == State.APPROVED
    services.publish(release.pk, person("reviewer"))
    assert bundle.states(release) == AFTER


def test_a_change_that_no_signal_told_of_is_found_when_it_should_go_live() -> None:
    release = bundle.approved()
    revision = NewsPage.objects.get(slug="release").latest_revision
    content = {**revision.content, "title": "暗中改过"}
    Revision.objects.filter(pk=revision.pk).update(content=content)
    said = refused(lambda: services.publish(release.pk, person("reviewer")))
    assert "批准之后这一页又改过" in said
    assert again(release).state == State.DRAFT
    assert bundle.states(release) == BEFORE


def test_adding_or_removing_a_page_ends_the_approval_and_moving_one_does_not() -> None:
    release = bundle.approved()
    first = release.items.first()
    assert first is not None
    services.move_item(release.pk, person("editor"), first.pk, 1)
    assert again(release).state == State.APPROVED
    assert [item.pk for item in release.items.all()].index(first.pk) == 1
    services.remove_item(release.pk, person("editor"), first.pk)
    assert again(release).state == State.DRAFT
    release = bundle.approved(bundle.new_news("x"))
    services.add_pages(release.pk, person("editor"), [bundle.new_news("y")])
    assert again(release).state == State.DRAFT


def test_a_release_without_pages_or_with_nothing_new_is_not_submitted() -> None:
    editor = person("editor")
    release = services.create(editor, title="空")
    assert "还没有页面" in refused(lambda: services.submit(release.pk, editor))
    plan = PolicyPage.objects.get(slug="lmf-2025-10")
    services.add_pages(release.pk, editor, [plan])
    assert "没有尚未发布的修改" in refused(lambda: services.submit(release.pk, editor))
    assert again(release).state == State.DRAFT


def test_what_could_not_go_live_is_not_sent_to_review_and_says_why() -> None:
    page = bundle.new_news("untitled")
    revision = page.latest_revision
    Revision.objects.filter(pk=revision.pk).update(content={**revision.content, "title": ""})
    editor = person("editor")
    release = services.create(editor, title="缺标题", pages=[page])
    assert "标题" in refused(lambda: services.submit(release.pk, editor))
    release = again(release)
    assert (release.state, release.rehearsed_at is not None) == (State.DRAFT, True)
    assert release.items.get().findings
    assert not NewsPage.objects.get(slug="untitled").live


def test_a_release_is_sent_back_with_a_reason_and_only_with_one() -> None:
    release = bundle.submitted()
    reviewer = person("reviewer")
    assert "理由" in refused(lambda: services.send_back(release.pk, reviewer, comment="  "))
    services.send_back(release.pk, reviewer, comment="第二页的日期不对。")
    release = again(release)
    assert (release.state, last_event(release).text) == (State.RETURNED, "第二页的日期不对。")
    assert services.submit(release.pk, person("editor")).state == State.IN_REVIEW


# ── the clock ───────────────────────────────────────────────────────────────────────────────────


def test_a_release_goes_live_at_its_minute_by_the_clock_and_once() -> None:
    release = bundle.approved()
    at = timezone.now() + timedelta(minutes=5)
    assert services.schedule(release.pk, person("reviewer"), at).go_live_at == at.replace(
        second=0, microsecond=0
    )
    assert services.go_live_due() == 0
    assert bundle.states(release) == BEFORE
    Release.objects.update(go_live_at=timezone.now())
    tasks.go_live_due()
    assert services.go_live_due() == 0
    release = again(release)
    assert release.state == State.LIVE
    assert bundle.states(release) == AFTER
    event = last_event(release)
    assert (event.kind, event.by) == (Kind.LIVE, None)
    assert release.events.filter(kind=Kind.LIVE).count() == 1
    assert "恢复后补发" not in event.text


def test_a_missed_minute_is_caught_up_and_told() -> None:
    release = bundle.approved()
    services.schedule(release.pk, person("reviewer"), timezone.now() + timedelta(hours=1))
    missed = datetime(2026, 11, 3, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    Release.objects.update(go_live_at=missed)
    call_command("sweep", verbosity=0)
    text = last_event(again(release)).text
    assert text.startswith("原定2026年11月3日 09:00，实际")
    assert text.endswith("恢复后补发。")
    assert bundle.states(release) == AFTER


def test_one_release_that_fails_keeps_no_other_from_its_minute() -> None:
    bad, good = bundle.approved(bundle.new_news("bad")), bundle.approved(bundle.new_news("good"))
    reviewer = person("reviewer")
    for release in (bad, good):
        services.schedule(release.pk, reviewer, timezone.now() + timedelta(hours=1))
    Release.objects.filter(pk=bad.pk).update(go_live_at=timezone.now() - timedelta(minutes=1))
    Release.objects.filter(pk=good.pk).update(go_live_at=timezone.now())
    Page.objects.filter(slug="bad").update(locked=True, locked_by=person("administrator"))
    assert services.go_live_due() == 1
    assert (again(bad).state, again(good).state) == (State.FAILED, State.LIVE)
    assert "锁定" in str(last_event(again(bad)).reasons)


def test_a_scheduled_release_is_withdrawn_or_gets_another_minute() -> None:
    release = bundle.approved()
    reviewer = person("reviewer")
    at = timezone.now() + timedelta(hours=1)
    services.schedule(release.pk, reviewer, at)
    services.schedule(release.pk, reviewer, at + timedelta(days=1))
    assert "改为" in last_event(release).text
    services.unschedule(release.pk, person("editor"))
    release = again(release)
    assert (release.state, release.go_live_at) == (State.APPROVED, None)
    assert services.publish(release.pk, reviewer).state == State.LIVE


def test_no_release_is_set_for_the_past() -> None:
    release = bundle.approved()
    said = refused(lambda: services.schedule(release.pk, person("reviewer"), timezone.now()))
    assert "晚于现在" in said


# ── ending, copying, keeping ────────────────────────────────────────────────────────────────────


def test_a_failed_release_is_copied_and_hands_its_pages_over() -> None:
    release = bundle.approved()
    Page.objects.filter(slug="release").update(locked=True, locked_by=person("administrator"))
    refused(lambda: services.publish(release.pk, person("reviewer")))
    new = services.copy(release.pk, person("editor"))
    assert again(release).state == State.CANCELLED
    assert [item.page_id for item in new.items.all()] == [
        item.page_id for item in release.items.all()
    ]
    assert new.state == State.DRAFT


def test_a_cancelled_release_lets_go_of_its_pages() -> None:
    page = bundle.new_news()
    release = bundle.submitted(page)
    services.cancel(release.pk, person("editor"))
    assert selectors.release_of(page) is None
    services.create(person("editor"), title="另一个", pages=[page])
    assert reasons_to_keep([Page.objects.get(pk=page.pk)])  # the new one holds it
    assert "作废" in refused(lambda: services.submit(release.pk, person("editor")))


def test_a_page_waits_in_one_open_release() -> None:
    page = bundle.new_news()
    release = bundle.submitted(page)
    editor = person("editor")
    other = services.create(editor, title="另一个")
    said = refused(lambda: services.add_pages(other.pk, editor, [page]))
    assert "已经在发布包“修订与解读”里" in said
    with pytest.raises(IntegrityError), transaction.atomic():
        ReleaseItem.objects.create(release=other, page=page, title="x")
    services.approve(release.pk, person("reviewer"), seen=selectors.fingerprint(release))
    services.publish(release.pk, person("reviewer"))
    services.add_pages(other.pk, editor, [page])  # live: it waits no more


def test_purging_takes_no_revision_that_a_release_rests_on() -> None:
    release = bundle.approved()
    pinned = set(release.items.values_list("revision_id", flat=True))
    services.publish(release.pk, person("reviewer"))
    for page in (NewsPage.objects.get(slug="release"), PolicyPage.objects.get()):
        page.title += "（其后）"
        page.save_revision(user=person("editor"))
    call_command("purge_revisions", verbosity=0)
    assert pinned == set(Revision.objects.filter(pk__in=pinned).values_list("pk", flat=True))


def test_what_happened_to_a_release_is_never_rewritten_and_goes_with_nothing() -> None:
    release = bundle.approved()
    before = list(release.events.values())
    event = release.events.get(kind=Kind.APPROVED)
    event.text = "另一个意见"
    ways: tuple[Callable[[], object], ...] = (
        event.save,
        event.delete,
        lambda: release.events.update(text=""),
        lambda: ReleaseEvent.objects.bulk_update([event], ["text"]),
        lambda: release.events.all().delete(),
        release.delete,
        Release.objects.filter(pk=release.pk).delete,
    )
    for way in ways:
        with pytest.raises((WrittenOnce, ProtectedError)), transaction.atomic():
            way()
    assert list(Release.objects.get(pk=release.pk).events.values()) == before


def test_a_page_of_a_release_is_not_deleted_and_the_reason_is_given() -> None:
    bundle.submitted()
    section = NewsIndexPage.objects.get()
    assert "在发布包“修订与解读”里" in "".join(reasons_to_keep([section]))
    with pytest.raises(ProtectedError), transaction.atomic():
        NewsPage.objects.get(slug="release").delete()


def test_a_draft_that_was_thrown_away_must_leave_the_release() -> None:
    page = bundle.new_news("thrown")
    editor = person("editor")
    release = services.create(editor, title="少一页", pages=[bundle.changed_plan(), page])
    NewsPage.objects.get(pk=page.pk).delete()
    assert "已被删除" in refused(lambda: services.submit(release.pk, editor))
    item = release.items.get(page=None)
    services.remove_item(release.pk, editor, item.pk)
    assert services.submit(release.pk, editor).state == State.IN_REVIEW


# ── being told ──────────────────────────────────────────────────────────────────────────────────


def test_a_failure_by_the_clock_is_mailed_in_neutral_words_to_those_concerned() -> None:
    release = bundle.approved()
    services.schedule(release.pk, person("reviewer"), timezone.now() + timedelta(hours=1))
    Release.objects.update(go_live_at=timezone.now())
    Page.objects.filter(slug="release").update(locked=True, locked_by=person("administrator"))
    services.go_live_due()
    message = OutboxMessage.objects.get(kind=services.OUTCOME_MAIL)
    mail = renderer_for(message.kind)(message)
    assert mail is not None
    assert set(mail.to) == {"editor@example.org", "reviewer@example.org"}
    assert mail.subject == "童伴：发布包没有发布成功"
    assert f"/admin/releases/{release.pk}/" in mail.body
    for private in ("修订与解读", bundle.NEW_TITLE, "锁定"):
        assert private not in mail.subject + mail.body
