"""测试搜索词 and 检索质量 in the menu 站内搜索."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, HelpPanel, InlinePanel, ObjectList, PageChooserPanel
from wagtail.admin.ui.tables import Column, NumberColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button, HeaderButton

from search.engine import quality, quality_report
from search.engine.asking import NOT_TYPED
from search.engine.grading import GradedQuery, QueryMeasure
from search.engine.menu import PermittedViewSet
from search.engine.quality_views import ExportView, ImportView, QualityView, RunView


class GradedQueryForm(WagtailAdminModelForm):
    """Either something answers the query, and is judged, or nothing does."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["query"].error_messages["required"] = _("请写出要搜索的词。")

    def clean_query(self) -> str:
        query: str = self.cleaned_data["query"].strip()
        if NOT_TYPED.search(query):
            self.add_error("query", _("内容里有无法识别的字符。请改用普通文字重新输入。"))
        return query

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean()
        rows = [
            form
            for form in self.formsets["judgements"].forms
            if form.has_changed() or form.instance.pk is not None
        ]
        kept = [form for form in rows if not self._is_deleted(form)]
        if typed.get("finds_nothing") and kept:
            self.add_error("finds_nothing", _("下面已有评分。请删去评分，或者取消这个勾选。"))
        elif not typed.get("finds_nothing") and not kept:
            self.add_error(
                "finds_nothing",
                _("请在下面至少添加一个应当找到的页面或条款；确实没有答案的，请勾选这一项。"),
            )
        seen: set[tuple[Any, Any]] = set()
        for form in kept:
            self._refuse_twice(form, seen)
        return typed

    @staticmethod
    def _is_deleted(form: Any) -> bool:
        return bool(form.is_valid() and form.cleaned_data.get("DELETE"))

    @staticmethod
    def _refuse_twice(form: Any, seen: set[tuple[Any, Any]]) -> None:
        if not form.is_valid():
            return
        page, clause = form.cleaned_data.get("page"), form.cleaned_data.get("clause_key")
        if page is None and clause is None:
            return
        place = (clause.policy_id, clause.pk) if clause else (page.pk, None)
        if place in seen:
            name = "clause_key" if clause else "page"
            form.add_error(name, _("上面已经评过这一项，请删去一个。"))
        seen.add(place)


class JudgementsPanel(InlinePanel):
    """The judgements, each of which says where nobody can find what it names."""

    class BoundPanel(InlinePanel.BoundPanel):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            if self.form is None:
                return
            kept = [form for form in self.formset.forms if form.instance.pk is not None]
            known = quality.standings(form.instance for form in kept) if kept else {}
            for form in kept:
                form.instance.standing = known[form.instance.pk]
                if form.instance.clause_key_id is not None:
                    # A clause is chosen by itself; its page follows from it.
                    form.initial["page"] = None


class GradedQueryIndexView(generic.IndexView):
    """The set, with how each query came out last."""

    # On a phone the whole name would leave no room for the title.
    add_item_label = gettext_lazy("添加")

    def get_base_queryset(self) -> QuerySet[Any]:
        latest = quality_report.done_runs().values("pk")[:1]
        measures = QueryMeasure.objects.filter(run=Subquery(latest), query=OuterRef("query"))
        queries = super().get_base_queryset()
        return queries.annotate(
            judged=Count("judgements"), score=Subquery(measures.values("score")[:1])
        )

    @cached_property
    def header_more_buttons(self) -> list[Any]:
        return [
            *super().header_more_buttons,
            Button(_("检索质量"), reverse("search_quality:index"), icon_name="success"),
            Button(_("导出"), reverse("search_quality:export"), icon_name="download"),
            Button(_("导入"), reverse("search_quality:import"), icon_name="upload"),
        ]


class GradedQueryEditView(generic.EditView):
    @cached_property
    def header_buttons(self) -> list[Any]:
        address = f"{reverse('search_try:index')}?{urlencode({'query': self.object.query})}"
        return [*super().header_buttons, HeaderButton(_("试一试"), address, icon_name="search")]


def _answers(query: Any) -> str:
    return _("无答案") if query.finds_nothing else str(query.judged)


def _score(query: Any) -> str:
    return "" if query.score is None else f"{query.score:.2f}"


class GradedQueryViewSet(ModelViewSet):
    model = GradedQuery
    name = "search_graded"
    url_prefix = "search/graded"
    icon = "list-ul"
    menu_label = gettext_lazy("测试搜索词")
    menu_order = 500
    copy_view_enabled = False
    add_to_reference_index = False
    search_backend_name = None
    index_view_class = GradedQueryIndexView
    edit_view_class = GradedQueryEditView
    list_per_page = 50
    list_display = [
        "query",
        Column("get_kind_display", label=gettext_lazy("问法"), sort_key="kind"),
        Column("judged", label=gettext_lazy("评分"), accessor=_answers, sort_key="judged"),
        NumberColumn("score", label=gettext_lazy("最近得分"), accessor=_score, sort_key="score"),
        Column("note", label=gettext_lazy("备注")),
    ]
    list_filter = ["kind", "finds_nothing"]
    search_fields = ["query", "note"]
    ordering = ["query"]
    edit_handler = ObjectList(
        [
            FieldPanel("query"),
            FieldPanel("kind"),
            FieldPanel("finds_nothing"),
            JudgementsPanel(
                "judgements",
                panels=[
                    HelpPanel(template="search/admin/standing.html"),
                    PageChooserPanel("page"),
                    FieldPanel("clause_key"),
                    FieldPanel("grade"),
                ],
                heading=gettext_lazy("应当找到的"),
                label=gettext_lazy("页面或条款"),
            ),
            FieldPanel("note"),
        ],
        base_form_class=GradedQueryForm,
    )


class QualityViewSet(PermittedViewSet):
    name = "search_quality"
    url_prefix = "search/quality"
    menu_label = gettext_lazy("检索质量")
    icon = "success"
    menu_order = 600
    permission_model = GradedQuery

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", QualityView.as_view(), name="index"),
            path("run/", RunView.as_view(), name="run"),
            path("export/", ExportView.as_view(), name="export"),
            path("import/", ImportView.as_view(), name="import"),
        ]
