"""搜后未点开: what is asked often and seldom leads to a result that anybody opens."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import django_filters
from django.db.models import ExpressionWrapper, F, FloatField, Max, QuerySet, Sum
from django.db.models.functions import Cast, NullIf
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import Column, NumberColumn, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.permission_policies import ModelPermissionPolicy

from search.engine.editing import QueryCount
from search.engine.menu import PermittedViewSet

# What was asked less often says nothing about the results.
OFTEN = 3


def rows() -> QuerySet[Any]:
    """The queries that found something: how often each was asked, and a result of it opened.

    `unopened` is the difference, `share` the part in per cent, `place` the place opened on average.
    Days on which this was not counted yet are left out.
    """
    counted = QueryCount.objects.filter(opened__isnull=False, found__gt=0).order_by()
    return counted.values("query").annotate(
        asked=Sum("times"),
        openings=Sum("opened"),
        unopened=F("asked") - F("openings"),
        share=_quotient(F("openings") * 100, F("asked")),
        place=_quotient(Sum("places"), F("openings")),
        last=Max("day"),
    )


def _quotient(above: Any, below: Any) -> ExpressionWrapper:
    part = Cast(above, FloatField()) / NullIf(Cast(below, FloatField()), 0.0)
    return ExpressionWrapper(part, output_field=FloatField())


class OpenedFilterSet(WagtailFilterSet):
    day = django_filters.DateFromToRangeFilter(label=_("日期"), widget=DateRangePickerWidget)
    asked = django_filters.NumberFilter(
        label=_("至少搜索几次"), min_value=1, max_value=999_999, method="asked_at_least"
    )

    class Meta:
        model = QueryCount
        fields: list[str] = []

    def asked_at_least(self, found: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return found.filter(asked__gte=int(value))


class QueryPaginator(WagtailPaginator):
    verbose_name = verbose_name_plural = _("个搜索词")


def _try_url(row: dict[str, Any]) -> str:
    """Where an editor sees what the query finds, without its being counted as a search."""
    return f"{reverse('search_try:index')}?{urlencode({'query': row['query']})}"


def _percent(row: dict[str, Any]) -> str:
    return f"{row['share']:.0f}%"


def _place(row: dict[str, Any]) -> str:
    return "" if row["place"] is None else f"{row['place']:.1f}"


class OpenedReportView(ReportView):
    """The queries most often left without opening anything first."""

    model = QueryCount
    page_title = _("搜后未点开")
    header_icon = "history"
    index_url_name = "search_opened:index"
    index_results_url_name = "search_opened:results"
    results_template_name = "search/admin/opened_results.html"
    permission_policy = ModelPermissionPolicy(QueryCount)
    any_permission_required = {"view"}
    filterset_class = OpenedFilterSet
    paginator_class = QueryPaginator
    default_ordering = "-unopened"
    is_searchable = False
    no_results_message = _("还没有这样的搜索词。")
    columns = [
        TitleColumn("query", label=_("搜索词"), sort_key="query", get_url=_try_url),
        NumberColumn("asked", label=_("搜索次数"), sort_key="asked"),
        NumberColumn("openings", label=_("点开次数"), sort_key="openings"),
        NumberColumn("unopened", label=_("没有点开"), sort_key="unopened"),
        NumberColumn("share", label=_("点开比例"), accessor=_percent, sort_key="share"),
        NumberColumn("place", label=_("平均点开第几条"), accessor=_place, sort_key="place"),
        Column("last", label=_("最近一次"), sort_key="last"),
    ]
    list_export = ["query", "asked", "openings", "unopened", "share", "place", "last"]
    export_headings = {
        "query": _("搜索词"),
        "asked": _("搜索次数"),
        "openings": _("点开次数"),
        "unopened": _("没有点开"),
        "share": _("点开比例（%）"),
        "place": _("平均点开第几条"),
        "last": _("最近一次"),
    }
    export_filename = "search-opened"

    def get_base_queryset(self) -> QuerySet[Any]:
        return rows()

    def get_filterset_kwargs(self) -> dict[str, Any]:
        return {**super().get_filterset_kwargs(), "queryset": self.get_base_queryset()}

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found: QuerySet[Any] = super().filter_queryset(queryset)
        # Unless somebody asks for the rare ones by name.
        return found if self.request.GET.get("asked") else found.filter(asked__gte=OFTEN)

    def order_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.order_by(self.ordering, "query")


class OpenedReportViewSet(PermittedViewSet):
    name = "search_opened"
    url_prefix = "search/opened"
    menu_label = _("搜后未点开")
    icon = "history"
    menu_order = 350
    permission_model = QueryCount

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", OpenedReportView.as_view(), name="index"),
            path("results/", OpenedReportView.as_view(results_only=True), name="results"),
        ]
