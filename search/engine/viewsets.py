"""The editors' side of the search in the Wagtail admin: 站内搜索."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.panels import FieldPanel, PageChooserPanel
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.reports import ReportView
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.admin.widgets.button import HeaderButton
from wagtail.permission_policies import ModelPermissionPolicy

from search.engine.editing import PromotedResult, QueryCount, SynonymGroup
from search.engine.menu import PermittedViewSet
from search.engine.opened_report import OpenedReportViewSet
from search.engine.quality_viewsets import GradedQueryViewSet, QualityViewSet
from search.engine.trying import TryView


class SynonymDeleteView(generic.DeleteView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        group = get_object_or_404(SynonymGroup, pk=self.kwargs["pk"])
        if group.source == SynonymGroup.Source.BUILT_IN:
            messages.error(request, _("系统自带的同义词不能删除。不想使用时，请取消“启用”。"))
            return redirect(self.index_url_name)
        answer: HttpResponse = super().dispatch(request, *args, **kwargs)
        return answer


class SynonymEditView(generic.EditView):
    @cached_property
    def header_buttons(self) -> list[Any]:
        address = f"{reverse('search_try:index')}?group={self.object.pk}"
        return [*super().header_buttons, HeaderButton(_("试一试"), address, icon_name="search")]


class SynonymViewSet(ModelViewSet):
    model = SynonymGroup
    name = "search_synonyms"
    url_prefix = "search/synonyms"
    icon = "list-ul"
    menu_label = _("同义词")
    menu_order = 100
    copy_view_enabled = False
    add_to_reference_index = False
    search_backend_name = None
    edit_view_class = SynonymEditView
    delete_view_class = SynonymDeleteView
    list_per_page = 50
    list_display = [
        Column("said", label=_("平时的说法")),
        Column("written", label=_("文件里的说法")),
        Column("state", label=_("状态")),
        Column("get_source_display", label=_("来源")),
    ]
    list_filter = ["active", "source"]
    list_export = ["said", "written", "active", "source", "note"]
    search_fields = ["said", "written", "note"]
    ordering = ["sort_order", "pk"]
    panels = [
        FieldPanel("said"),
        FieldPanel("written"),
        FieldPanel("active"),
        FieldPanel("note"),
    ]


class PromotedViewSet(ModelViewSet):
    model = PromotedResult
    name = "search_promoted"
    url_prefix = "search/promoted"
    icon = "pick"
    menu_label = _("编辑推荐")
    menu_order = 200
    copy_view_enabled = False
    search_backend_name = None
    list_display = [
        "query",
        Column("page", label=_("推荐的页面"), accessor="page.get_admin_display_title"),
        "sort_order",
        "active",
    ]
    search_fields = ["query"]
    panels = [
        FieldPanel("query"),
        PageChooserPanel("page"),
        FieldPanel("sort_order"),
        FieldPanel("active"),
    ]


class QueryFilterSet(WagtailFilterSet):
    day = django_filters.DateFromToRangeFilter(label=_("日期"), widget=DateRangePickerWidget)
    answered = django_filters.ChoiceFilter(
        label=_("结果"),
        choices=[("no", _("没有结果")), ("yes", _("有结果"))],
        method="by_answer",
        empty_label=_("全部"),
    )

    class Meta:
        model = QueryCount
        fields: list[str] = []

    def by_answer(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(most_found=0) if value == "no" else rows.filter(most_found__gt=0)


class QueryReportView(ReportView):
    """What was asked, the most frequent first."""

    model = QueryCount
    page_title = _("搜索词统计")
    header_icon = "history"
    index_url_name = "search_queries:index"
    index_results_url_name = "search_queries:results"
    permission_policy = ModelPermissionPolicy(QueryCount)
    any_permission_required = {"view"}
    filterset_class = QueryFilterSet
    default_ordering = "-asked"
    is_searchable = False
    columns = [
        Column("query", label=_("搜索词"), sort_key="query"),
        Column("asked", label=_("次数"), sort_key="asked"),
        Column("most_found", label=_("最多结果数"), sort_key="most_found"),
        Column("last", label=_("最近一次"), sort_key="last"),
    ]
    list_export = ["query", "asked", "most_found", "last"]
    export_headings = {
        "query": _("搜索词"),
        "asked": _("次数"),
        "most_found": _("最多结果数"),
        "last": _("最近一次"),
    }
    export_filename = "search-queries"

    def get_base_queryset(self) -> QuerySet[Any]:
        return (
            QueryCount.objects.order_by()
            .values("query")
            .annotate(asked=Sum("times"), most_found=Max("found"), last=Max("day"))
        )

    def get_filterset_kwargs(self) -> dict[str, Any]:
        return {**super().get_filterset_kwargs(), "queryset": self.get_base_queryset()}


class QueryReportViewSet(PermittedViewSet):
    name = "search_queries"
    url_prefix = "search/queries"
    menu_label = _("搜索词统计")
    icon = "history"
    menu_order = 300
    permission_model = QueryCount

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", QueryReportView.as_view(), name="index"),
            path("results/", QueryReportView.as_view(results_only=True), name="results"),
        ]


class TryViewSet(PermittedViewSet):
    name = "search_try"
    url_prefix = "search/try"
    menu_label = _("试一试")
    icon = "search"
    menu_order = 400
    permission_model = SynonymGroup

    def get_urlpatterns(self) -> list[URLPattern]:
        return [path("", TryView.as_view(), name="index")]


class SearchViewSetGroup(ModelViewSetGroup):
    menu_label = _("站内搜索")
    menu_icon = "search"
    menu_order = 450
    items = (
        SynonymViewSet,
        PromotedViewSet,
        QueryReportViewSet,
        OpenedReportViewSet,
        TryViewSet,
        GradedQueryViewSet,
        QualityViewSet,
    )
