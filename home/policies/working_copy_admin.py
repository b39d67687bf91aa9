"""Working copies in the admin: made from a policy's page, brought up to date on their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.widgets import Button
from wagtail.models import Page

from home.directory.models import Department
from home.policies import working_copies
from home.policies.merging import ORDER, WHOLE, Merge, Side
from home.policies.models import Clause, PolicyPage, WorkingCopy
from home.policies.working_copies import Refused

SIDES: dict[str, Side] = {"mine": "mine", "theirs": "theirs"}
LONGEST = 600


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    return [path("policies/<int:page_id>/working-copy/", working_copy, name="working_copy")]


@hooks.register("register_page_header_buttons")
def header_button(page: Page, user: Any, view_name: str, next_url: str = "") -> Iterator[Button]:
    """The way to the working copy, from the editor of a published policy or of the copy."""
    if not isinstance(page.specific, PolicyPage) or view_name != "edit":
        return
    if page.live or working_copies.working_copy_of(page) is not None:
        yield Button(
            _("工作副本"),
            reverse("working_copy", args=[page.pk]),
            icon_name="copy",
            priority=45,
        )


@hooks.register("before_edit_page")
def say_that_it_is_a_copy(request: HttpRequest, page: Page) -> None:
    """The copy looks like its original: the editor says at the top which of them this is."""
    if request.method != "GET" or not isinstance(page, PolicyPage) or page.live:
        return
    copy = working_copies.working_copy_of(page)
    if copy is None or copy.ended:  # the lock of one that has ended says so
        return
    said = _("这是工作副本：审核通过后成为原文的新版本，此前不会公开。")
    original = reverse("wagtailadmin_pages:edit", args=[copy.original_id])
    messages.info(request, said, buttons=[messages.button(original, _("打开原文"))])


@require_http_methods(["GET", "POST"])
def working_copy(request: HttpRequest, page_id: int) -> HttpResponse:
    """What there is to do: make a copy of this policy, or bring this copy up to date."""
    page = get_object_or_404(PolicyPage, pk=page_id)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    copy = working_copies.working_copy_of(page)
    try:
        if copy is None:
            return _on_the_original(request, page)
        return _on_the_copy(request, copy)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("working_copy", page.pk)


def _on_the_original(request: HttpRequest, page: PolicyPage) -> HttpResponse:
    if request.method == "POST":
        copy = working_copies.make(page, request.user)  # type: ignore[arg-type]
        messages.success(request, _("已建立工作副本。可以开始编写下一版，原文照常公开。"))
        return redirect("wagtailadmin_pages:edit", copy.page_id)
    copies = page.working_copies.select_related("page").order_by("-pk")
    return _page(
        request,
        page,
        {
            "copies": copies,
            "open_copy": next((one for one in copies if one.state == "open"), None),
        },
    )


def _on_the_copy(request: HttpRequest, copy: WorkingCopy) -> HttpResponse:
    decided = {
        name.removeprefix("decide-"): SIDES[value]
        for name, value in request.POST.items()
        if name.startswith("decide-") and value in SIDES
    }
    deed = request.POST.get("deed", "")
    if deed == "give-up":
        working_copies.give_up(copy)
        messages.success(request, _("已放弃这份工作副本，原文没有变化。"))
        return redirect("wagtailadmin_pages:edit", copy.original_id)
    if deed == "take-in":
        if not working_copies.pending_merge(copy, decided).conflicts:
            merged = working_copies.take_in(copy, request.user, decided)  # type: ignore[arg-type]
            messages.success(
                request, _("已并入%(count)d处更正，请检查后送审。") % {"count": len(merged.carried)}
            )
            return redirect("wagtailadmin_pages:edit", copy.page_id)
        messages.error(request, _("还有冲突没有选定，请逐处选择后再并入。"))
    merged = working_copies.pending_merge(copy)
    carried, conflicts = _shown(copy, merged, decided)
    return _page(
        request,
        copy.page,
        {
            "copy": copy,
            "behind": copy.state == WorkingCopy.State.OPEN and working_copies.is_behind(copy),
            "carried": carried,
            "conflicts": conflicts,
        },
    )


def _page(request: HttpRequest, page: PolicyPage, context: dict[str, Any]) -> HttpResponse:
    return render(
        request,
        "policies/admin/working_copy.html",
        {
            "page": page,
            "header_title": _("工作副本"),
            "header_icon": "copy",
            "breadcrumbs_items": [
                {"url": reverse("wagtailadmin_pages:edit", args=[page.pk]), "label": page.title},
                {"url": "", "label": _("工作副本")},
            ],
            **context,
        },
    )


# ── in words ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Change:
    """A correction or a conflict as people read it."""

    id: str
    place: str
    base: str
    mine: str
    theirs: str
    chosen: str = ""


def _shown(
    copy: WorkingCopy, merged: Merge, decided: dict[str, Side]
) -> tuple[list[Change], list[Change]]:
    names = dict(Department.objects.values_list("pk", "name"))
    places = working_copies.places_in_words(copy)
    carried = [
        Change(
            "",
            _place(places.get(one.key, one.key), one.part),
            _said(one.base, names),
            "",
            _said(one.theirs, names),
        )
        for one in merged.carried
    ]
    conflicts = [
        Change(
            one.id,
            _place(places.get(one.key, one.key), one.part),
            _said(one.base, names),
            _said(one.mine, names),
            _said(one.theirs, names),
            decided.get(one.id, ""),
        )
        for one in merged.conflicts
    ]
    return carried, conflicts


def _place(clause: str, part: str) -> str:
    """条款 二(一) · 正文; a field of the document by its own name."""
    if part == ORDER:
        return _("条款的顺序")
    if part == WHOLE:
        return _("条款 %(clause)s") % {"clause": clause}
    model = Clause if clause else PolicyPage
    try:
        label = str(getattr(model._meta.get_field(part), "verbose_name", part))
    except FieldDoesNotExist:
        label = part
    if not clause:
        return label
    return _("条款 %(clause)s · %(label)s") % {"clause": clause, "label": label}


def _said(value: Any, departments: dict[int, str]) -> str:
    if value is None:
        return _("（没有这一项）")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, dict):
        return Truncator(
            "\n".join(str(value[name]) for name in ("number", "heading", "text") if value.get(name))
        ).chars(LONGEST)
    if isinstance(value, list):
        return "、".join(_one_of_many(one, departments) for one in value) or _("（空）")
    return Truncator(str(value)).chars(LONGEST) or _("（空）")


def _one_of_many(value: Any, departments: dict[int, str]) -> str:
    if isinstance(value, dict):
        return str(value.get("name") or value.get("clause_key") or "")
    return departments.get(value, str(value)) if isinstance(value, int) else str(value)
