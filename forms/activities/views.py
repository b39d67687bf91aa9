"""How many places are left, and the organiser's lists.

A session of another unit answers like one that does not exist, by every route: each view begins at
`sessions_of` or `activities_of`.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forms.activities.forms import SessionForm, too_few
from forms.activities.models import ActivityPage, Session, SignUp
from forms.activities.selectors import activities_of, sessions_of, sign_ups_of
from forms.activities.services import change_session
from forms.vault.models import ConsentDuty
from forms.vault.services import consent_duty_done, log_access
from home.directory.models import Role
from home.directory.selectors import has_role
from home.pages.visibility import publicly_visible

MAX_REASON = 200


@never_cache
@require_GET
def free_places(request: HttpRequest, slug: str) -> JsonResponse:
    """Free places and phase of each session of a public activity; the finished page has none."""
    activity = get_object_or_404(publicly_visible(ActivityPage.objects.filter(slug=slug)))
    now = timezone.now()
    sessions = [
        {"id": session.pk, "free": session.free, "phase": session.phase(now)}
        for session in activity.sessions.all()
    ]
    return JsonResponse({"sessions": sessions})


@never_cache
@require_GET
def sign_ups(request: HttpRequest) -> HttpResponse:
    """The sessions of the person's units with their numbers."""
    if not has_role(_user(request), Role.ORGANISER):
        raise PermissionDenied
    context = {
        "sessions": sessions_of(_user(request)).order_by("-starts", "-pk"),
        "activities": activities_of(_user(request)).order_by("title"),
        **_furniture(_("活动报名")),
    }
    return render(request, "activities/sign_ups.html", context)


@never_cache
@require_GET
def session(request: HttpRequest, pk: int) -> HttpResponse:
    """One session and everybody who signed up, masked."""
    return _page(request, get_object_or_404(sessions_of(_user(request)), pk=pk))


@never_cache
@require_POST
def reveal(request: HttpRequest, pk: int, sign_up: int) -> HttpResponse:
    """Shows one child's name and one guardian's number in full, for a reason that is kept."""
    found = get_object_or_404(sessions_of(_user(request)), pk=pk)
    chosen = get_object_or_404(found.sign_ups.select_related("submission__record"), pk=sign_up)
    reason = request.POST.get("reason", "").replace("\x00", "").strip()
    if not reason or len(reason) > MAX_REASON:
        problem = _("请写明查看理由（最多%d个字）。") % MAX_REASON
        return _page(request, found, status=400, problem=(chosen.pk, problem))
    log_access(
        user=_user(request),
        record=chosen.submission.record,
        what="reveal",
        fields=["child_name", "guardian_phone"],
        reason=reason,
    )
    return _page(request, found, shown=chosen)


@never_cache
@require_POST
def duty_done(request: HttpRequest, pk: int, duty: int) -> HttpResponse:
    """Notes that a guardian was told, or a child asked, and by whom."""
    found = get_object_or_404(sessions_of(_user(request)), pk=pk)
    mine = ConsentDuty.objects.filter(consent__record__submission__sign_up__session=found)
    consent_duty_done(get_object_or_404(mine, pk=duty), _user(request))
    messages.success(request, _("已记下。"))
    return redirect("activities_session", pk=found.pk)


@never_cache
@require_http_methods(["GET", "POST"])
def new_session(request: HttpRequest, activity: int) -> HttpResponse:
    """Another date for an activity of one's own."""
    # `id` is the page's own number: compared with it, one that no database can hold finds nothing.
    found = get_object_or_404(activities_of(_user(request)), id=activity)
    form = SessionForm(request.POST or None, instance=Session(activity=found))
    if request.method == "POST" and form.is_valid():
        made = form.save()
        messages.success(request, _("场次已添加。"))
        return redirect("activities_session", pk=made.pk)
    return _form(request, form, found)


@never_cache
@require_http_methods(["GET", "POST"])
def edit_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Changes time, place and number of a session; never below what is taken."""
    found = get_object_or_404(sessions_of(_user(request)), pk=pk)
    form = SessionForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        if change_session(form.instance):
            messages.success(request, _("场次已保存。"))
            return redirect("activities_session", pk=found.pk)
        # Somebody signed up between the look and the change.
        taken = Session.objects.values_list("taken", flat=True).get(pk=pk)
        form.add_error("capacity", too_few(taken))
    return _form(request, form, found.activity)


def _user(request: HttpRequest) -> Any:
    return request.user


def _page(
    request: HttpRequest,
    found: Session,
    *,
    status: int = 200,
    shown: SignUp | None = None,
    problem: tuple[int, str] = (0, ""),
) -> HttpResponse:
    context = {
        "session": found,
        "lines": sign_ups_of(found, reveal=shown.pk if shown else None),
        "problem_at": problem[0],
        "problem": problem[1],
        "max_reason": MAX_REASON,
        **_furniture(found.activity.title, below=True),
    }
    return render(request, "activities/session.html", context, status=status)


def _form(request: HttpRequest, form: SessionForm, activity: ActivityPage) -> HttpResponse:
    status = 400 if form.is_bound else 200
    context = {"form": form, "activity": activity, **_furniture(activity.title, below=True)}
    return render(request, "activities/session_form.html", context, status=status)


def _furniture(title: str, *, below: bool = False) -> dict[str, Any]:
    """What Wagtail's frame wants to know of a page."""
    list_url = reverse("activities_sign_ups") if below else ""
    items = [
        {"url": reverse("wagtailadmin_home"), "label": _("首页")},
        {"url": list_url, "label": _("活动报名")},
    ]
    if below:
        items.append({"url": "", "label": title})
    return {"breadcrumbs_items": items, "header_title": title, "header_icon": "calendar-check"}
