"""报表 › 解读覆盖: which clauses of live policies nobody has explained."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.reports import ReportView
from wagtail.models import Page

from home.policies import coverage


class LinkColumn(Column):
    """A way on from the row, where there is one."""

    cell_template_name = "policies/admin/link_cell.html"


class CoverageReport(ReportView):
    """A row a clause, the policies' sums above; `policy` and `state` in the address narrow it."""

    model = Page
    any_permission_required = ["add", "change", "publish"]
    page_title = _("解读覆盖")
    header_icon = "doc-full"
    results_template_name = "policies/admin/coverage_results.html"
    index_url_name = "policies_coverage"
    index_results_url_name = "policies_coverage_results"
    is_searchable = False
    default_ordering = None
    paginate_by = 100
    list_export = [
        "policy.document_number",
        "policy.title",
        "clause.number",
        "name",
        "state_words",
        "interpretations",
    ]
    export_headings = {
        "policy.document_number": _("发文字号"),
        "policy.title": _("文件"),
        "clause.number": _("序号"),
        "name": _("条款"),
        "state_words": _("状态"),
        "interpretations": _("解读"),
    }
    columns = [
        Column("name", label=_("条款"), accessor="name"),
        Column("document", label=_("文件"), accessor="policy.document_number"),
        Column("state", label=_("状态"), accessor="state_words"),
        Column("interpretations", label=_("解读"), accessor="interpretations"),
        LinkColumn("write", label=_("下一步"), accessor="write_url"),
    ]

    def get_filename(self) -> str:
        return "interpretation-coverage"

    @cached_property
    def rows(self) -> list[coverage.ClauseCoverage]:
        return coverage.clause_coverage()

    def get_queryset(self) -> list[coverage.ClauseCoverage]:
        rows = self.rows
        if policy := self.request.GET.get("policy", ""):
            rows = [row for row in rows if str(row.policy.pk) == policy]
        if state := self.request.GET.get("state", ""):
            rows = [row for row in rows if row.state == state]
        return rows

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        policy = self.request.GET.get("policy", "")
        context["policies"] = [
            {"sums": sums, "is_chosen": str(sums.policy.pk) == policy}
            for sums in coverage.by_policy(self.rows)
        ]
        base = reverse(self.index_url_name)
        chosen = self.request.GET.get("state", "")
        context["base"] = base
        context["states"] = [
            {
                "label": label,
                "url": f"{base}?policy={policy}&state={state}"
                if policy
                else f"{base}?state={state}",
                "is_chosen": state == chosen,
            }
            for state, label in (
                ("", _("全部")),
                (coverage.State.NONE, _("没有解读")),
                (coverage.State.WRITING, _("在写")),
                (coverage.State.EXPLAINED, _("已解读")),
            )
        ]
        return context
