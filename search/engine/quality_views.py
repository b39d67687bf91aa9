"""检索质量: the check of the search in the admin, and the set of queries as a file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView, View
from wagtail.admin import messages
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import HeaderButton
from wagtail.permission_policies import ModelPermissionPolicy

from search.engine import quality, quality_exchange, quality_report, tasks
from search.engine.grading import GradedQuery, QualityRun, QueryMeasure

PER_PAGE = 50
SHOWN_RUNS = 10
# A worker takes up what is due within a minute. If nothing moved for so long, something is wrong.
STUCK = timedelta(minutes=4)
ENGINES = {"sqlite": "SQLite", "postgres": "PostgreSQL", "elasticsearch": "Elasticsearch"}
ORDERS = {"": quality_report.WORST_FIRST, "change": quality_report.CHANGED_FIRST}


class _Page(WagtailAdminTemplateMixin, PermissionCheckedMixin):
    permission_policy = ModelPermissionPolicy(GradedQuery)
    any_permission_required = {"view", "change"}
    header_icon = "success"
    _show_breadcrumbs = True

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]


class QualityView(_Page, TemplateView):
    """The newest check beside the one before, or those that the address names."""

    template_name = "search/admin/quality.html"
    page_title = gettext_lazy("检索质量")

    @cached_property
    def header_buttons(self) -> list[Any]:
        return [HeaderButton(_("测试搜索词"), reverse("search_graded:index"), icon_name="list-ul")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        runs = list(quality_report.done_runs())
        run = _chosen(runs, self.request.GET.get("run", "")) or next(iter(runs), None)
        context |= {
            "queries": GradedQuery.objects.count(),
            "at_once": quality.AT_ONCE,
            "may_check": self.permission_policy.user_has_permission(self.request.user, "change"),
            "under_way": _under_way(),
            "failed": _failed_since(run),
        }
        if run is not None:
            earlier = [one for one in runs if one.pk < run.pk]
            other = _chosen(earlier, self.request.GET.get("with", "")) or next(iter(earlier), None)
            context |= self._compared(run, other) | {"runs": _table(runs, run, other)}
        return context

    def _compared(self, run: QualityRun, other: QualityRun | None) -> dict[str, Any]:
        rows = quality_report.measures(run, other)
        order = self.request.GET.get("order", "") if other is not None else ""
        order = order if order in ORDERS else ""
        page = Paginator(rows.order_by(*ORDERS[order]), PER_PAGE).get_page(
            self.request.GET.get("p")
        )
        for row in page:
            row.seen = _Seen(row, other)  # type: ignore[attr-defined]
        return {
            "run": run,
            "engine": ENGINES.get(run.engine, run.engine),
            "other": other,
            "compared": quality_report.compared(rows) if other is not None else None,
            "unscored": rows.filter(score__isnull=True).count(),
            "order": order,
            "page_obj": page,
            "elided_page_range": page.paginator.get_elided_page_range(page.number),
        }


class RunView(_Page, View):
    """Checks the search: at once where that takes a second or two, else by the worker."""

    any_permission_required = {"change"}
    page_title = ""

    def post(self, request: HttpRequest) -> HttpResponse:
        if not GradedQuery.objects.exists():
            messages.error(request, _("还没有测试搜索词，请先添加。"))
            return redirect("search_graded:index")
        run = quality.begin(request.user)
        if run.queries > quality.AT_ONCE:
            tasks.wake_for_check()
            messages.success(
                request,
                _("已开始检查 %(count)d 个测试搜索词，在后台进行。请过一会儿刷新这一页。")
                % {"count": run.queries},
            )
            return redirect("search_quality:index")
        quality.work_off()
        run.refresh_from_db()
        if run.state == QualityRun.State.DONE:
            messages.success(request, _("检查完成。"))
        return redirect("search_quality:index")


class ExportView(_Page, View):
    """The whole set as JSON lines."""

    page_title = ""

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        response = StreamingHttpResponse(
            quality_exchange.lines(), content_type="application/x-ndjson; charset=utf-8"
        )
        name = f"test-queries-{timezone.localdate():%Y%m%d}.jsonl"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


class ImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("文件"),
        help_text=gettext_lazy("从“导出”得到的文件（JSON Lines，UTF-8），最大 2 MB。"),
    )
    renew = forms.BooleanField(
        label=gettext_lazy("已有的也按文件更新"),
        required=False,
        help_text=gettext_lazy("不勾选时，本站已有的测试搜索词不改动，只添加没有的。"),
    )

    def clean_file(self) -> str:
        file = self.cleaned_data["file"]
        if file.size > quality_exchange.MOST_BYTES:
            raise forms.ValidationError(_("文件超过 2 MB，请分成几个文件。"))
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise forms.ValidationError(_("文件不是 UTF-8 文字，请另存为 UTF-8 后再选。")) from None


class ImportView(_Page, FormView):
    any_permission_required = {"add"}
    template_name = "search/admin/quality_import.html"
    page_title = gettext_lazy("导入测试搜索词")
    form_class = ImportForm

    def form_valid(self, form: ImportForm) -> HttpResponse:
        renew = form.cleaned_data["renew"]
        if renew and not self.permission_policy.user_has_permission(self.request.user, "change"):
            raise PermissionDenied
        try:
            loaded = quality_exchange.load(form.cleaned_data["file"], renew=renew)
        except quality_exchange.BadFile as error:
            for sentence in error.sentences:
                form.add_error("file", sentence)
            return self.form_invalid(form)
        text = _("新增 %(new)d 个，更新 %(renewed)d 个，未改动 %(left)d 个。") % {
            "new": loaded.new,
            "renewed": loaded.renewed,
            "left": loaded.left,
        }
        if loaded.unknown:
            text += _("其中 %(n)d 条评分的页面本站没有，已按原来的标题和地址留下。") % {
                "n": loaded.unknown
            }
        messages.success(self.request, text)
        return redirect("search_graded:index")


class _Seen:
    """What the page says of one query, in words and numbers."""

    def __init__(self, row: Any, other: QualityRun | None) -> None:
        self.score = "" if row.score is None else f"{row.score:.2f}"
        self.trend = _trend(row, other)
        change = row.change or 0.0
        self.change = f"{abs(change):.2f}" if self.trend in ("better", "worse") else ""
        self.unfindable = sum(bool(one["standing"]) for one in row.missed)


def _trend(row: Any, other: QualityRun | None) -> str:
    if other is None:
        return ""
    if row.change is None:
        return "judged-anew" if row.knew else "new"
    if abs(row.change) < quality_report.NOTICEABLE:
        return "same"
    return "better" if row.change > 0 else "worse"


def _chosen(runs: Iterable[QualityRun], named: str) -> QualityRun | None:
    return next((one for one in runs if str(one.pk) == named), None)


def _table(
    runs: list[QualityRun], run: QualityRun, other: QualityRun | None
) -> list[dict[str, Any]]:
    """The last checks, each with the way to see it, and to compare with it."""
    return [
        {
            "run": one,
            "engine": ENGINES.get(one.engine, one.engine),
            "is_shown": one.pk == run.pk,
            "is_compared": other is not None and one.pk == other.pk,
            "may_be_compared": one.pk < run.pk,
        }
        for one in runs[:SHOWN_RUNS]
    ]


def _under_way() -> dict[str, Any] | None:
    run = QualityRun.objects.filter(state=QualityRun.State.OPEN).first()
    if run is None:
        return None
    return {
        "done": QueryMeasure.objects.filter(run=run).count(),
        "all": run.queries,
        "is_stuck": run.held_until < timezone.now() - STUCK,
    }


def _failed_since(run: QualityRun | None) -> QualityRun | None:
    """The newest check, where it did not come to an end."""
    newest = QualityRun.objects.exclude(state=QualityRun.State.OPEN).order_by("-pk").first()
    return newest if newest is not None and newest.state == QualityRun.State.FAILED else None
