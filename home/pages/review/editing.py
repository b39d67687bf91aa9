"""What Wagtail's editor does differently with a page in review.

The editor's script saves by itself (autosave), a moment before or after a person presses a button:
it decides nothing, makes no revision of a text that is there already, and writes over no text that
somebody was shown. What a person does is confirmed in the words of the review, and who opens a page
is told why it came back, or why somebody else has to approve it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.admin.views.pages.edit import EditView
from wagtail.admin.views.pages.workflow import WorkflowActionView
from wagtail.models import Page, Revision, TaskState, WorkflowState

from home.pages.authority import NotAuthorised
from home.pages.review import selectors, services
from home.pages.review.models import ReviewTask

Deed = Callable[..., HttpResponse]


def install() -> None:
    """Puts what follows around Wagtail's views; a second call changes nothing."""
    for view, name, around in (
        (EditView, "dispatch", _answered_in_kind),
        (EditView, "get", _told_on_opening),
        (EditView, "save_action", _saved_once),
        (EditView, "perform_workflow_action", _decided_once),
        (WorkflowActionView, "post", _decided_in_the_box),
    ):
        deed = getattr(view, name)
        if not getattr(deed, "minds_the_review", False):
            wrapped = wraps(deed)(around(deed))
            wrapped.minds_the_review = True  # type: ignore[attr-defined]
            setattr(view, name, wrapped)


# ── opening ─────────────────────────────────────────────────────────────────────────────────────


def _answered_in_kind(deed: Deed) -> Deed:
    """Autosave of somebody who may no longer edit: an answer for a script, and no next page's
    message for a person who did nothing.
    """

    def dispatch(view: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return deed(view, request, *args, **kwargs)
        except PermissionDenied:
            if request.method == "POST" and view.expects_json_response:
                return _not_saved(view)
            raise

    return dispatch


def _not_saved(view: Any) -> HttpResponse:
    answer: HttpResponse = view.json_error_response(
        "not_yours", _("没有自动保存：您现在不能编辑这个页面。")
    )
    return answer


def _told_on_opening(deed: Deed) -> Deed:
    def get(view: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        state = view.page.current_workflow_state
        if state is not None and state.current_task_state is not None:
            if state.status == WorkflowState.STATUS_NEEDS_CHANGES:
                messages.warning(request, _why_it_came_back(state.current_task_state))
            elif reason := _why_others_approve(request.user, view.page, state):
                messages.info(request, reason)
        return deed(view, request, *args, **kwargs)

    return get


def _why_it_came_back(state: TaskState) -> str:
    person = state.finished_by
    return _("%(stage)s退回修改（%(person)s，%(day)s）：%(words)s") % {
        "stage": state.task.name,
        "person": person.get_full_name() or person.username if person else _("审核人"),
        "day": timezone.localtime(state.finished_at).strftime("%Y-%m-%d %H:%M"),
        "words": state.comment or _("没有写明原因。"),
    }


def _why_others_approve(user: Any, page: Page, state: WorkflowState) -> str:
    """Why a reviewer of this page may not approve it; whoever doesn't review it expects nothing."""
    task = state.current_task_state.task.specific
    if not isinstance(task, ReviewTask) or not selectors.is_reviewer_of(user, page):
        return ""
    return selectors.reason_not_to_approve(user, page, state)


# ── saving ──────────────────────────────────────────────────────────────────────────────────────


def _saved_once(deed: Deed) -> Deed:
    def save(view: Any) -> HttpResponse:
        decision = view.request.POST.get("action-workflow-action")
        if not view.expects_json_response:
            _write_over_nobody(view, view.page, view.latest_revision)
        if view.expects_json_response:
            response = _decides_nothing(view) if decision else _autosaved(view, deed)
        elif decision:
            response = _saved_without_decision(view, deed)
        else:
            response = deed(view)
        _say_it_began_again(view)
        return response

    return save


def _decides_nothing(view: Any) -> HttpResponse:
    answer: HttpResponse = view.json_error_response("review_decided", _("正在提交审核结果。"))
    return answer


def _autosaved(view: Any, deed: Deed) -> HttpResponse:
    # What was true when the request came may have been decided about since.
    page = Page.objects.get(pk=view.page.pk).specific
    latest = page.get_latest_revision()
    lock = page.get_lock()
    if not page.permissions_for_user(view.request.user).can_edit() or (
        lock is not None and lock.for_user(view.request.user)
    ):
        return _not_saved(view)
    if latest != view.latest_revision:
        answer: HttpResponse = view.json_error_response(
            "invalid_revision", _("没有自动保存：页面刚刚有了更新的一稿。")
        )
        return answer
    comments = view.form.formsets.get("comments")
    view.page.same_text_needs_no_revision = comments is None or not comments.has_changed()
    _write_over_nobody(view, page, latest)
    return deed(view)


def _write_over_nobody(view: Any, page: Page, latest: Revision | None) -> None:
    """Where somebody was shown the latest text, or wrote it, a change is a revision of its own.

    The script asks to write over it also on a save by hand: an autosave that found nothing to save
    answered with the revision that was there.
    """
    if latest is not None and (
        latest.user_id != view.request.user.pk
        or latest.pk == page.live_revision_id
        or latest.task_states.exists()
    ):
        view.request.POST = view.request.POST.copy()
        view.request.POST.pop("overwrite_revision_id", None)


def _saved_without_decision(view: Any, deed: Deed) -> HttpResponse:
    """The decision came too late, or was not this person's: said so, and what was typed is kept."""
    user, page = view.request.user, view.page
    reason = _("这一审刚刚已经有人处理过了。")
    state = page.current_workflow_state
    if state is not None and state.current_task_state is not None:
        refused = _why_others_approve(user, page, state)
        reason = _("没有通过审核：%(reason)s") % {"reason": refused} if refused else reason
    page.same_text_needs_no_revision = True
    view.add_save_confirmation_message = lambda: messages.error(view.request, reason)
    return deed(view)


def _say_it_began_again(view: Any) -> None:
    if stage := view.page.review_began_again_at:
        messages.warning(
            view.request,
            _("审核中的文字有改动，先前的审核不再有效，从%(stage)s重新开始。") % {"stage": stage},
        )


# ── deciding ────────────────────────────────────────────────────────────────────────────────────


def _decided_once(deed: Deed) -> Deed:
    def perform(view: Any) -> HttpResponse:
        if view.expects_json_response:  # autosave keeps a text, and decides nothing
            return _decides_nothing(view)
        page = view.page
        state = page.current_workflow_task_state
        if state is None:
            raise NotAuthorised(_("这一审刚刚已经有人处理过了。"))
        view.add_save_confirmation_message = lambda: messages.success(view.request, outcome(state))
        page.decision_follows = True
        try:
            return deed(view)
        finally:
            page.decision_follows = False
            page.review_began_again_at = services.begin_again(page, view.request.user)
            _say_it_began_again(view)

    return perform


def _decided_in_the_box(deed: Deed) -> Deed:
    """The decision from the admin's first page, without the editor."""

    def post(view: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = deed(view, request, *args, **kwargs)
        state = TaskState.objects.filter(pk=view.task_state.pk).first()
        if state is None or state.status != TaskState.STATUS_IN_PROGRESS:
            messages.success(request, outcome(view.task_state))
        return response

    return post


def outcome(state: TaskState) -> str:
    """What a decision at this stage led to, as a sentence."""
    review = (
        WorkflowState.objects.filter(pk=state.workflow_state_id)
        .select_related("current_task_state__task")
        .first()
    )
    stage = state.task.name
    if review is not None and review.status == WorkflowState.STATUS_NEEDS_CHANGES:
        return _("已退回修改。")
    if review is not None and review.status == WorkflowState.STATUS_IN_PROGRESS:
        return _("%(stage)s已通过，转%(next)s。") % {
            "stage": stage,
            "next": review.current_task_state.task.name,
        }
    page = review.content_object if review is not None else None
    revision = page.get_latest_revision() if page is not None else None
    if page is not None and page.live and not page.has_unpublished_changes:
        return _("%(stage)s已通过，页面已发布。") % {"stage": stage}
    if revision is not None and revision.approved_go_live_at:
        return _("%(stage)s已通过，到设定的时间自动发布。") % {"stage": stage}
    return _("%(stage)s已通过。") % {"stage": stage}
