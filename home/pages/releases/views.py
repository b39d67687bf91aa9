"""The releases in the Wagtail admin. What may be done is asked of `services`, in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from wagtail.models import Page

from home.directory.models import User
from home.pages.releases import selectors, services
from home.pages.releases.forms import DecisionForm, ReleaseForm, ScheduleForm
from home.pages.releases.models import PINNED_STATES, Release, State
from home.pages.releases.services import Refused
from home.pages.whole_numbers import whole_number

PER_PAGE = 30
MAX_QUERY = 60


def concerns(request: HttpRequest) -> bool:
    """Whether releases are of any use to whoever asks."""
    return request.user.has_perm("pages.change_release")


@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The releases by where they stand."""
    _only_staff(request)
    tab = request.GET.get("tab", "")
    if tab not in {name for name, _label, _states in selectors.TABS}:
        tab = selectors.TABS[0][0]
    counts = selectors.counts(_user(request))
    page = Paginator(selectors.listing(_user(request), tab), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "tabs": [
            {"name": name, "label": label, "count": counts[name], "current": name == tab}
            for name, label, _states in selectors.TABS
        ],
        "page": page,
        "tab": tab,
        **_furniture(_("发布包")),
    }
    return render(request, "releases/index.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new release; `?page=` names the page it begins with."""
    _only_staff(request)
    wanted = request.POST.get("page") or request.GET.get("page") or ""
    page = Page.objects.filter(id=whole_number(wanted)).first()
    form = ReleaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create(
                _user(request), **form.cleaned_data, pages=[page.specific] if page else []
            )
        except Refused as refused:
            form.add_error(None, list(refused.reasons))
        else:
            messages.success(request, _("发布包已建立。"))
            return redirect("releases_detail" if page else "releases_choose", pk=made.pk)
    context = {"form": form, "page": page, **_furniture(_("新建发布包"), below=True)}
    return render(request, "releases/form.html", context, status=400 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """What the release is called, and what the reviewer is told."""
    release = _release(request, pk)
    form = ReleaseForm(request.POST or None, instance=release)
    if request.method == "POST" and form.is_valid():
        try:
            services.describe(pk, _user(request), **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, list(refused.reasons))
        else:
            messages.success(request, _("已保存。"))
            return redirect("releases_detail", pk=pk)
    context = {"form": form, "release": release, **_furniture(_("名称和说明"), below=True)}
    return render(request, "releases/form.html", context, status=400 if form.errors else 200)


@never_cache
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One release: its pages and what changes in them, the decision, the history."""
    return _detail(request, _release(request, pk))


@never_cache
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """A reviewer's yes or no. What was written stays where the decision is refused."""
    release = _release(request, pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _detail(request, release, decision=form, status=400)
    data, user = form.cleaned_data, _user(request)
    try:
        if request.POST.get("decision") == "approve":
            services.approve(pk, user, seen=data["seen"], comment=data["comment"])
            done = _("已批准。现在可以发布，或定一个发布时间。")
        else:
            services.send_back(pk, user, comment=data["comment"])
            done = _("已退回，编辑会看到您的意见。")
    except Refused as refused:
        form.add_error(None, list(refused.reasons))
        return _detail(request, _release(request, pk), decision=form, status=400)
    messages.success(request, done)
    return redirect("releases_detail", pk=pk)


@never_cache
@require_POST
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Sets the minute of going live, or another one."""
    release = _release(request, pk)
    form = ScheduleForm(request.POST)
    if form.is_valid():
        try:
            services.schedule(pk, _user(request), form.cleaned_data["at"])
        except Refused as refused:
            form.add_error("at", list(refused.reasons))
        else:
            messages.success(request, _("已定时，到时自动发布。"))
            return redirect("releases_detail", pk=pk)
    return _detail(request, release, timing=form, status=400)


Deed = Callable[[int, User], Release]
# deed: (service, what is said when it is done)
DEEDS: dict[str, tuple[Deed, Callable[[], str]]] = {
    "rehearse": (services.rehearse, lambda: _("预演完成，结果列在各页下面；没有发布任何内容。")),
    "submit": (services.submit, lambda: _("已送审。")),
    "publish": (services.publish, lambda: _("已发布，各页同时上线。")),
    "unschedule": (services.unschedule, lambda: _("定时已取消，批准仍然有效。")),
    "cancel": (services.cancel, lambda: _("发布包已作废，各页的草稿没有变。")),
    "copy": (services.copy, lambda: _("已复制为新的发布包。")),
}


@never_cache
@require_POST
def do(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """One of the deeds that need nothing but the wish."""
    release = _release(request, pk)
    if deed not in DEEDS:
        raise Http404
    service, done = DEEDS[deed]
    try:
        release = service(pk, _user(request))
    except Refused as refused:
        return _detail(request, _release(request, pk), refusal=refused.reasons, status=409)
    messages.success(request, done())
    return redirect("releases_detail", pk=release.pk)


@never_cache
@require_POST
def item(request: HttpRequest, pk: int, item: int, what: str) -> HttpResponse:
    """Moves a page of the release up or down, or takes it out."""
    release = _release(request, pk)
    try:
        if what == "remove":
            services.remove_item(pk, _user(request), item)
        elif what in ("up", "down"):
            services.move_item(pk, _user(request), item, -1 if what == "up" else 1)
        else:
            raise Http404
    except Refused as refused:
        return _detail(request, release, refusal=refused.reasons, status=409)
    return redirect(reverse("releases_detail", args=[pk]) + "#items")


@never_cache
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Finds pages and adds them, one press each."""
    release = _release(request, pk)
    query = _query(request)
    if request.method == "POST":
        wanted = request.POST.get("page", "")
        page = Page.objects.filter(id=whole_number(wanted)).first()
        if page is None:
            messages.error(request, _("没有找到这一页，可能刚刚被删除。"))
        else:
            _add(request, release, page)
        address = reverse("releases_choose", args=[pk])
        return redirect(f"{address}?{urlencode({'q': query})}" if query else address)
    context = {
        **_candidates(request, release, query),
        **_furniture(release.title, below=True),
        "rows": selectors.rows(release),
    }
    return render(request, "releases/choose.html", context)


@never_cache
@require_GET
def choose_results(request: HttpRequest, pk: int) -> HttpResponse:
    """The list alone, for the search that answers while one types."""
    release = _release(request, pk)
    context = _candidates(request, release, _query(request))
    return render(request, "releases/choose_results.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def add_this(request: HttpRequest, page_id: int) -> HttpResponse:
    """From a page's editor: to which release it is added."""
    _only_staff(request)
    found = get_object_or_404(Page, id=page_id).specific
    user = _user(request)
    if not found.permissions_for_user(user).can_edit():
        raise PermissionDenied
    holder = selectors.release_of(found)
    if holder is not None:
        messages.info(request, _("这一页已经在这个发布包里。"))
        return redirect("releases_detail", pk=holder.pk)
    if request.method == "POST":
        wanted = request.POST.get("release", "")
        offered = selectors.open_for(user)
        release = next((one for one in offered if str(one.pk) == wanted), None)
        if release is not None and _add(request, release, found):
            return redirect("releases_detail", pk=release.pk)
        if release is None:
            messages.error(request, _("请选一个发布包。"))
    context = {
        "page": found,
        "releases": selectors.open_for(user),
        **_furniture(_("加入发布包"), below=True),
    }
    return render(request, "releases/add_this.html", context)


def _detail(
    request: HttpRequest,
    release: Release,
    *,
    refusal: tuple[str, ...] = (),
    decision: DecisionForm | None = None,
    timing: ScheduleForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = _user(request)
    can = {deed: services.may(user, deed, release) for deed in services.DEEDS}
    rows = selectors.rows(release)
    seen = selectors.fingerprint(release) if can["approve"] else ""
    not_me = selectors.reasons_not_to_approve(release, user) if can["approve"] else []
    events = list(release.events.select_related("by").order_by("-at", "-pk"))
    context = {
        "release": release,
        "rows": rows,
        "events": events,
        "can": can,
        "refusal": refusal,
        "not_me": not_me,
        "decision": decision or DecisionForm(initial={"seen": seen}),
        "timing": timing or ScheduleForm(at=release.go_live_at),
        "is_pinned": release.state in PINNED_STATES,
        "failure": _last_failure(release, events),
        "blocked": sum(row.is_blocked for row in rows),
        **_furniture(release.title, below=True),
    }
    return render(request, "releases/detail.html", context, status=status)


def _last_failure(release: Release, events: list[Any]) -> Any:
    """The failure that still matters: nothing was decided or put on line since."""
    for event in events:
        if event.kind == event.Kind.FAILED:
            return event if release.state in (State.FAILED, State.DRAFT) else None
        if event.kind in (event.Kind.SUBMITTED, event.Kind.APPROVED, event.Kind.LIVE):
            return None
    return None


def _candidates(request: HttpRequest, release: Release, query: str) -> dict[str, Any]:
    pages = selectors.addable(_user(request), query)
    return {
        "release": release,
        "query": query,
        "pages": pages,
        "is_full": len(pages) == selectors.ADDABLE_SHOWN,
        "is_pinned": release.state in PINNED_STATES,
        "max_query": MAX_QUERY,
    }


def _add(request: HttpRequest, release: Release, page: Page) -> bool:
    try:
        services.add_pages(release.pk, _user(request), [page.specific])
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
        return False
    messages.success(request, _("“%s”已加入发布包。") % page.title)
    return True


def _release(request: HttpRequest, pk: int) -> Release:
    _only_staff(request)
    people = ("created_by", "submitted_by", "approved_by", "scheduled_by")
    visible = selectors.visible_to(_user(request))
    return get_object_or_404(visible.select_related(*people), pk=pk)


def _only_staff(request: HttpRequest) -> None:
    if not concerns(request):
        raise PermissionDenied


def _user(request: HttpRequest) -> Any:
    return request.user


def _query(request: HttpRequest) -> str:
    given = request.POST.get("q") or request.GET.get("q") or ""
    return given.replace("\x00", "").strip()[:MAX_QUERY]


def _furniture(title: str, *, below: bool = False) -> dict[str, Any]:
    """What Wagtail's frame wants to know of a page."""
    items = [
        {"url": reverse("wagtailadmin_home"), "label": _("首页")},
        {"url": reverse("releases_index") if below else "", "label": _("发布包")},
    ]
    if below:
        items.append({"url": "", "label": title})
    return {"breadcrumbs_items": items, "header_title": title, "header_icon": "clipboard-list"}
