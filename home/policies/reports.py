"""报告 › 条款反馈: what readers said of clauses, for those who write them."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import NumberColumn, TitleColumn
from wagtail.admin.views.reports import ReportView

from home.policies.feedback import correction_counts
from home.policies.models import Clause, ClauseKey, ClauseUsefulness, PolicyPage

COUNTS = ("useful", "not_useful", "corrections_open", "corrections_closed")


def clauses_with_feedback(edition: int | None = None) -> QuerySet[ClauseKey]:
    """Every clause that readers said something of, with its four counts. One query.

    Of one edition's number, or of all together. `heading` is today's; None where the clause has
    gone.
    """
    answers = ClauseUsefulness.objects.filter(clause_key=OuterRef("pk"))
    if edition is not None:
        answers = answers.filter(edition__number=edition)
    sums = answers.order_by().values("clause_key")
    counts: dict[str, Subquery] = {
        "useful": Subquery(sums.annotate(total=Sum("useful")).values("total")),
        "not_useful": Subquery(sums.annotate(total=Sum("not_useful")).values("total")),
    }
    counts |= {f"corrections_{name}": one for name, one in correction_counts(edition).items()}
    today = Clause.objects.filter(page=OuterRef("policy"), key=OuterRef("key"))
    said_something = Q(*((f"{name}__gt", 0) for name in COUNTS), _connector=Q.OR)
    zero = Value(0, output_field=IntegerField())
    return (
        ClauseKey.objects.annotate(
            **{name: Coalesce(counts.get(name, zero), zero) for name in COUNTS},
            heading=Subquery(today.values("heading")[:1]),
            document=F("policy__title"),
        )
        .filter(said_something)
        .order_by("policy", "pk")
    )


class FeedbackFilters(WagtailFilterSet):
    policy = django_filters.ModelChoiceFilter(
        label=_("文件"),
        to_field_name="slug",
        queryset=lambda request: PolicyPage.objects.filter(editions__isnull=False).distinct(),
    )
    # Which edition is counted, so the counts themselves ask for it: there is nothing to filter.
    edition = django_filters.NumberFilter(
        label=_("版本号"), method="as_it_is", min_value=1, max_value=999_999
    )

    def as_it_is(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        return queryset

    class Meta:
        model = ClauseKey
        fields = ["policy", "edition"]


def _clause_path(clause_key: Any) -> str | None:
    if clause_key.heading is None:
        return None
    url: str = clause_key.policy.clause_page_url(clause_key.key)
    return url


def _name(clause_key: Any) -> str:
    gone = _("（现行文本中已没有这一条）")
    return f"{clause_key} {gone if clause_key.heading is None else clause_key.heading}"


class ClausePaginator(WagtailPaginator):
    """Says 25 个条款, where Wagtail would name the registry of keys."""

    verbose_name = verbose_name_plural = _("个条款")


class FeedbackReport(ReportView):
    """One line a clause; what was least useful stands first."""

    model = ClauseUsefulness
    permission_required = "view"
    page_title = _("条款反馈")
    paginator_class = ClausePaginator
    header_icon = "help"
    index_url_name = "policies_feedback_report"
    index_results_url_name = "policies_feedback_report_results"
    filterset_class = FeedbackFilters
    default_ordering = "-not_useful"
    columns = [
        TitleColumn(
            "clause", label=_("条款"), accessor=_name, get_url=_clause_path, sort_key="document"
        ),
        NumberColumn("useful", label=_("有用"), sort_key="useful"),
        NumberColumn("not_useful", label=_("没有用"), sort_key="not_useful"),
        NumberColumn("corrections_open", label=_("纠错未结"), sort_key="corrections_open"),
        NumberColumn("corrections_closed", label=_("纠错已结"), sort_key="corrections_closed"),
    ]
    list_export = ["document", "__str__", "heading", *COUNTS]
    export_headings = {
        "document": _("文件"),
        "__str__": _("条款"),
        "heading": _("标题"),
        "useful": _("有用"),
        "not_useful": _("没有用"),
        "corrections_open": _("纠错未结"),
        "corrections_closed": _("纠错已结"),
    }
    no_results_message = _("还没有读者评价或者纠错。")

    def get_base_queryset(self) -> QuerySet:
        number = None
        if self.filters and self.filters.is_valid():
            number = self.filters.form.cleaned_data.get("edition")
        return clauses_with_feedback(None if number is None else int(number))

    def get_filtered_queryset(self) -> QuerySet:
        # Wagtail's filters what `get_queryset` has filtered already.
        return self.get_queryset()

    def order_queryset(self, queryset: QuerySet) -> QuerySet:
        return queryset.order_by(self.ordering, "policy", "pk")

    def get_filename(self) -> str:
        return "clause-feedback"
