"""The check in the editor (发布前检查) and the report over all live pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail import blocks
from wagtail.admin.views.pages.preview import PreviewOnCreateView, PreviewOnEditView
from wagtail.admin.views.reports import ReportView
from wagtail.blocks import BlockField
from wagtail.permissions import page_permission_policy

from home.pages import checked, prechecks
from home.pages.checked import PageCheck
from home.pages.checking.walk import Spot
from home.pages.prechecks import Finding, Severity


class CheckOnEdit(PreviewOnEditView):
    """What stands against publishing: GET asks of the saved draft, POST of the form as it stands.

    Wagtail's preview knows who may edit and how the form is filled without saving; the same holds
    here.
    """

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._answer(prechecks.findings(self.object), unsaved=False)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form(request.POST)
        if not self.validate_form(form):
            refused = list(_wrong_entries(form))
            found = [*refused, *_rest(form, self.object, {one.field for one in refused})]
            return self._answer(found, unsaved=True, is_complete=False)
        form.save(commit=False)
        return self._answer(prechecks.findings(self.object), unsaved=True)

    def _answer(
        self, found: list[Finding], *, unsaved: bool, is_complete: bool = True
    ) -> HttpResponse:
        blocking = sum(finding.blocks for finding in found)
        response = render(
            self.request,
            "pages/prechecks.html",
            {
                "findings": found,
                "blocking": blocking,
                "warnings": len(found) - blocking,
                "unsaved": unsaved,
                "is_complete": is_complete,
            },
        )
        response["X-Findings"] = str(len(found))
        response["X-Findings-Blocking"] = str(blocking)
        return response


class CheckOnCreate(CheckOnEdit, PreviewOnCreateView):
    """The same for a page that was never saved."""


def _rest(form: Any, page: Any, refused: set[str]) -> Iterator[Finding]:
    """What stands against the rest of a form of which a part was refused.

    Fields that hold good are on the page already. Blocks are looked at as they were typed: what is
    wrong with one of them says nothing of its neighbours. What else was refused is left out, for
    the page still has its value of before.
    """
    unread = set()
    for name in form.errors:
        field = form.fields.get(name)
        if isinstance(field, BlockField):
            setattr(page, name, _typed(form, name))
        else:
            unread.add(name)
    for name, formset in getattr(form, "formsets", {}).items():
        if formset.is_valid():
            formset.instance = page
            formset.save(commit=False)
        else:
            unread.add(name)
    for finding in prechecks.findings(page):
        if finding.field.split(".")[0] not in unread and finding.field not in refused:
            yield finding


def _wrong_entries(form: Any) -> Iterator[Finding]:
    """What the form itself refuses, each at its field."""
    yield from _errors(form, "", "")
    for name, formset in getattr(form, "formsets", {}).items():
        for number, child in enumerate(formset.forms, start=1):
            label = child.instance._meta.verbose_name
            step = child.instance.pk or f"@{number}"
            yield from _errors(child, f"{label}第{number}项 · ", f"{name}.{step}.")
        for message in formset.non_form_errors():
            yield Finding("form", Severity.BLOCK, str(message), field=name)


def _errors(form: BaseForm, place: str, path: str) -> Iterator[Finding]:
    for name, errors in form.errors.items():
        field = form.fields.get(name)
        label = str(field.label or name) if field else ""
        here = Spot(f"{place}{label}".strip(" ·"), f"{path}{name}")
        for error in errors.as_data():
            if isinstance(field, BlockField):
                value = _typed(form, name)
                # Blocks are named by themselves, as in all other findings (问答第2条 · 答).
                within = here if _is_plain(error) else Spot(place.strip(" ·"), here.field)
                yield from _block_errors(field.block, value, error, within)
            else:
                yield from _sentences(error, here)


def _typed(form: BaseForm, name: str) -> Any:
    widget = form.fields[name].widget
    return widget.value_from_datadict(form.data, form.files, form.add_prefix(name))


def _block_errors(block: Any, value: Any, error: ValidationError, spot: Spot) -> Iterator[Finding]:
    """The sentences inside a block's error, each with the block and the field it is about."""
    if _is_plain(error):
        yield from _sentences(error, spot)
        return
    nested: Any = error
    for one in nested.non_block_errors.as_data():
        yield from _sentences(one, spot)
    for key, below in nested.block_errors.items():
        if isinstance(block, blocks.BaseStreamBlock):
            child = value[key]
            number = sum(one.block_type == child.block_type for one in list(value)[: key + 1])
            place = spot.below(f"{child.block.label}第{number}条", child.id)
            yield from _block_errors(child.block, child.value, below, place)
        elif isinstance(block, blocks.ListBlock):
            item = value.bound_blocks[key]
            place = spot.below(f"第{key + 1}项", item.id)
            yield from _block_errors(block.child_block, item.value, below, place)
        else:
            part = block.child_blocks[key]
            yield from _block_errors(part, value.get(key), below, spot.below(part.label, key))


def _is_plain(error: ValidationError) -> bool:
    return not hasattr(error, "block_errors")


def _sentences(error: ValidationError, spot: Spot) -> Iterator[Finding]:
    for message in error.messages:
        yield Finding("form", Severity.BLOCK, message, spot.place, spot.field)


class PrecheckReport(ReportView):
    """What was found on live pages when they were last looked at: links rot after publication."""

    model = PageCheck
    page_title = _("发布前检查")
    header_icon = "glasses"
    index_url_name = "prechecks_report"
    index_results_url_name = "prechecks_report_results"
    results_template_name = "pages/prechecks_report_results.html"
    context_object_name = "checks"
    paginate_by = 25
    permission_policy = page_permission_policy
    any_permission_required = ["add", "change", "publish"]
    default_ordering = "-blocking"
    list_export = ["page.title", "blocking", "warnings", "sentences", "checked_at"]
    export_headings = {
        "page.title": _("页面"),
        "blocking": Severity.BLOCK.label,
        "warnings": Severity.WARN.label,
        "sentences": _("问题"),
        "checked_at": _("检查时间"),
    }

    def get_queryset(self) -> QuerySet[PageCheck]:
        """Pages with something to mend that this person may edit, the worst first."""
        mine = page_permission_policy.instances_user_has_any_permission_for(
            self.request.user, {"change", "publish"}
        )
        return (
            PageCheck.objects.filter(page__in=mine.filter(live=True).values("pk"))
            .exclude(blocking=0, warnings=0)
            .select_related("page__content_type")
            .order_by("-blocking", "-warnings", "page_id")
        )

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        context["waiting"] = checked.pages_due().count()
        context["severities"] = Severity
        context["again_url"] = reverse("prechecks_again")
        return context


def may_see_report(user: Any) -> bool:
    return bool(page_permission_policy.user_has_any_permission(user, {"add", "change", "publish"}))


@require_POST
def check_again(request: HttpRequest) -> HttpResponse:
    """Makes every live page due again; the worker takes them up within minutes."""
    if not may_see_report(request.user):
        raise PermissionDenied
    checked.forget_results()
    messages.success(request, _now("已安排重新检查全部已发布页面，几分钟后刷新本页查看。"))
    return HttpResponseRedirect(reverse("prechecks_report"))
