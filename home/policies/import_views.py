"""Importing a document in the admin: bring it in, check it, make a draft of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from home.directory.models import User
from home.pages.refusing import sentences
from home.pages.review import drafts
from home.pages.whole_numbers import whole_number
from home.policies import importing, review
from home.policies.forms import (
    BaseIssuerFormSet,
    IntakeForm,
    IssuerFormSet,
    MetadataForm,
    initial_issuers,
    initial_metadata,
)
from home.policies.importing import Comparison
from home.policies.models import PolicyImport, PolicyIndexPage, PolicyPage
from home.policies.parser import ParsedDocument, parse
from home.policies.reading_report import TO_BE_SEEN_TO, left_out
from home.policies.services import NamedIssuer, named_issuers
from home.policies.sources import Refusal, read_pasted

SHOWN = 20
_NOT_ANSWERS = {"csrfmiddlewaretoken", "deed", "text", "target"}


@never_cache
@require_http_methods(["GET", "POST"])
def intake(request: HttpRequest) -> HttpResponse:
    """Where a text is pasted or a file is chosen, and what was brought in lately."""
    user = _editor(request)
    form = IntakeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        row = importing.keep(form.source, user)
        return redirect("policies_import_review", row.pk)
    hidden = drafts.hidden_from(user)
    lately = (
        PolicyImport.objects.exclude(page__in=hidden)
        .exclude(target__in=hidden)
        .select_related("created_by", "page")
        .defer("text", "answers")
    )
    context = {"form": form, "imports": lately[:SHOWN], **_furniture(_("导入公文"))}
    status = 400 if request.method == "POST" else 200
    return render(request, "policies/admin/intake.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def review_import(request: HttpRequest, pk: int) -> HttpResponse:
    """What was read of one text; everything is checked here before a page is saved."""
    user = _editor(request)
    row = get_object_or_404(PolicyImport.objects.select_related("target", "page"), pk=pk)
    if row.confirmed_at:
        return _made(request, row)
    if request.method == "GET":
        return _page(request, Desk.open(row, user))
    deed = request.POST.get("deed", "")
    if deed == "discard":
        row.delete()
        messages.success(request, _("已放弃这次导入，没有保存任何页面。"))
        return redirect("policies_import")
    if deed == "read-again":
        return _read_again(request, row, user)
    row.answers = _answers(request)
    row.save(update_fields=["answers"])
    if deed == "target":
        return _aim(request, row, user)
    desk = Desk.open(row, user)
    if deed == "confirm":
        return _confirm(request, desk)
    return redirect("policies_import_review", row.pk)


def _editor(request: HttpRequest) -> User:
    user: Any = request.user
    if not importing.may_import(user):
        raise PermissionDenied
    found: User = user
    return found


def _answers(request: HttpRequest) -> dict[str, str]:
    """What was typed, to be shown again: NUL characters apart, which no database takes."""
    return {
        name: request.POST.get(name, "").replace("\x00", "")
        for name in request.POST
        if name not in _NOT_ANSWERS
    }


def _made(request: HttpRequest, row: PolicyImport) -> HttpResponse:
    if row.page is None:
        messages.warning(request, _("这次导入已经确认过，生成的页面后来被删除了。"))
        return redirect("policies_import")
    messages.info(request, _("这次导入已经确认过，这是生成的草稿。"))
    return redirect("wagtailadmin_pages:edit", row.page.pk)


def _read_again(request: HttpRequest, row: PolicyImport, user: User) -> HttpResponse:
    """The text itself put right; what was typed into the form came from the text before."""
    try:
        source = read_pasted(request.POST.get("text", ""))
    except Refusal as refusal:
        return _page(request, Desk.open(row, user), status=400, text_error=str(refusal))
    row.text, row.answers = source.text, {}
    row.save(update_fields=["text", "answers"])
    messages.success(request, _("已按修改后的原文重新识别。"))
    return redirect("policies_import_review", row.pk)


def _aim(request: HttpRequest, row: PolicyImport, user: User) -> HttpResponse:
    """Chooses the policy that the text amends, by its number or address; none: a new one."""
    wanted = request.POST.get("target", "").replace("\x00", "").strip()
    policies = importing.policies_to_amend(user)
    target = None
    if wanted:
        target = policies.filter(document_number=wanted).first()
        target = target or policies.filter(slug=wanted).first()
        if target is None:
            error = _("没有找到发文字号或地址为“%s”、您可以修改的文件。请核对后再试。") % wanted
            desk = Desk.open(row, user)
            return _page(request, desk, status=400, target_error=error, wanted=wanted)
    row.target, row.answers = target, review.without_decisions(row.answers)
    row.answers["aimed"] = "yes"
    row.save(update_fields=["target", "answers"])
    return redirect("policies_import_review", row.pk)


@dataclass(slots=True)
class Desk:
    """One import on the editor's desk: what was read, against what, and what was typed so far."""

    row: PolicyImport
    user: User
    parsed: ParsedDocument
    suggestion: PolicyPage | None
    comparison: Comparison | None
    decided: dict[int, str | None]
    problems: list[str]
    place: PolicyIndexPage | None

    @classmethod
    def open(cls, row: PolicyImport, user: User) -> Desk:
        parsed = parse(row.text)
        suggestion = importing.likely_target(parsed, importing.policies_to_amend(user))
        if suggestion is not None and not row.answers.get("aimed"):
            row.target = suggestion
        target = row.target
        if target is not None and not target.permissions_for_user(user).can_edit():
            raise PermissionDenied
        decided: dict[int, str | None] = {}
        problems: list[str] = []
        comparison = None
        if target is not None:
            comparison = importing.compare(target, parsed)
            keys = [clause.key for clause in comparison.known]
            decided, problems = review.decisions(row.answers, len(parsed.clauses), keys)
            if decided:
                comparison = importing.compare(target, parsed, decided)
        places = importing.places_for_new(user)
        return cls(
            row,
            user,
            parsed,
            suggestion,
            comparison,
            decided,
            problems,
            places[0] if places else None,
        )

    @property
    def target(self) -> PolicyPage | None:
        return self.row.target

    def form(self, *, bound: bool) -> MetadataForm:
        taken = (
            self.place.get_children().values_list("slug", flat=True)
            if self.place and not self.target
            else ()
        )
        base = self.comparison.base if self.comparison else None
        return MetadataForm(
            self.row.answers if bound else None,
            initial={**initial_metadata(self.parsed, base), **self.row.answers},
            amends=self.target is not None,
            must_be_seen=any(block.kind in TO_BE_SEEN_TO for block in left_out(self.parsed)),
            taken=taken if bound else (),
        )

    def issuers(self) -> list[NamedIssuer]:
        """The bodies that were read, with the departments that the policy already gives them."""
        found = named_issuers(self.parsed.issuers)
        if self.comparison is None:
            return found
        known = [(one.name, one.department) for one in self.comparison.base.issuers.all()]
        if not found:
            return known
        return [(name, department or dict(known).get(name)) for name, department in found]

    def issuer_forms(self, *, bound: bool) -> BaseIssuerFormSet:
        typed = "issuers-TOTAL_FORMS" in self.row.answers
        data = self.row.answers if bound or typed else None
        forms: Any = IssuerFormSet(data, initial=initial_issuers(self.issuers()), prefix="issuers")
        found: BaseIssuerFormSet = forms
        return found


def _confirm(request: HttpRequest, desk: Desk) -> HttpResponse:
    form, issuer_forms = desk.form(bound=True), desk.issuer_forms(bound=True)
    if not (form.is_valid() & issuer_forms.is_valid()) or desk.problems:
        return _page(request, desk, form=form, issuer_forms=issuer_forms, status=400)
    parsed = importing.with_answers(desk.parsed, form.cleaned_data)
    try:
        page = _make(request, desk, parsed, form, issuer_forms)
    except importing.Overtaken:
        desk.problems.append(
            _("在您核对期间，这份文件的草稿又有改动。下面已按新的草稿重新比对，请再核对一次。")
        )
        return _page(request, desk, form=form, issuer_forms=issuer_forms, status=409)
    except ValidationError as error:
        desk.problems += sentences(error, PolicyPage)
        return _page(request, desk, form=form, issuer_forms=issuer_forms, status=400)
    messages.success(
        request,
        _("已生成修改草稿，公开页面没有改动。请在这里继续编辑。")
        if desk.target
        else _("已生成草稿。请在这里继续编辑，核对后再提交发布。"),
    )
    return redirect("wagtailadmin_pages:edit", page.pk)


def _make(
    request: HttpRequest,
    desk: Desk,
    parsed: ParsedDocument,
    form: MetadataForm,
    issuer_forms: BaseIssuerFormSet,
) -> PolicyPage:
    issuers = issuer_forms.issuers()
    if desk.target is None:
        if desk.place is None:
            raise PermissionDenied
        return importing.confirm_new(
            desk.row,
            parsed,
            parent=desk.place,
            slug=form.cleaned_data["slug"],
            user=desk.user,
            issuers=issuers,
        )
    if desk.target.permissions_for_user(desk.user).page_locked():
        raise ValidationError(_("这份文件已被锁定，现在不能修改。请先解锁，或者等待审核结束。"))
    if not parsed.clauses:
        raise ValidationError(_("没有读到条款，不能作为修改稿。请修改原文后重新识别。"))
    compared_with = whole_number(request.POST.get("compared-with", ""))
    return importing.confirm_amendment(
        desk.row,
        parsed,
        policy=desk.target,
        decided=desk.decided,
        compared_with=-1 if compared_with is None else compared_with,
        user=desk.user,
        issuers=issuers,
        change_note=form.cleaned_data["change_note"],
    )


def _page(
    request: HttpRequest,
    desk: Desk,
    *,
    form: MetadataForm | None = None,
    issuer_forms: BaseIssuerFormSet | None = None,
    status: int = 200,
    **further: Any,
) -> HttpResponse:
    parsed, comparison = desk.parsed, desk.comparison
    issuers = desk.issuers()
    unmatched = [name for name, department in issuers if department is None]
    rows = (
        review.rows_of_amendment(parsed, comparison) if comparison else review.rows_of_new(parsed)
    )
    context = {
        "row": desk.row,
        "parsed": parsed,
        "form": form or desk.form(bound=False),
        "issuer_forms": issuer_forms or desk.issuer_forms(bound=False),
        "clauses": rows,
        "changed": [one for one in rows if one.fate != "same"] if comparison else [],
        "comparison": comparison,
        "counts": _counts(comparison) if comparison else [],
        "target": desk.target,
        "suggestion": desk.suggestion,
        "targets": importing.policies_to_amend(desk.user).order_by("-adopted_on")[:SHOWN],
        "has_other_draft": desk.target is not None and desk.target.has_unpublished_changes,
        "left_out": review.lines_of(left_out(parsed)),
        "lines": review.lines_of(parsed.blocks),
        "doubts": review.doubts(parsed, unmatched),
        "problems": desk.problems,
        **further,
        **_furniture(str(desk.row) or _("核对导入的公文"), below=True),
    }
    return render(request, "policies/admin/review.html", context, status=status)


def _counts(comparison: Comparison) -> list[tuple[str, str, int]]:
    counts = comparison.counts
    return [
        (fate.value, label, counts[fate.name])
        for fate, label in importing.fate_labels().items()
        if counts[fate.name]
    ]


def _furniture(title: str, *, below: bool = False) -> dict[str, Any]:
    """What Wagtail's frame wants to know of a page."""
    items = [
        {"url": reverse("wagtailadmin_home"), "label": _("首页")},
        {"url": reverse("policies_import") if below else "", "label": _("导入公文")},
    ]
    if below:
        items.append({"url": "", "label": title})
    return {"breadcrumbs_items": items, "header_title": title, "header_icon": "doc-full-inverse"}
