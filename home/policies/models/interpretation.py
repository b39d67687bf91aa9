"""Interpretations: what a clause means, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel
from wagtail.models import Orderable

from home.pages import recorder
from home.pages.fields import StreamField
from home.pages.models import BasePage
from home.policies import presentation
from home.policies.blocks import InterpretationBody, forms_of
from home.policies.panels import ClauseLinksPanel
from search.analysis.entry import SearchEntry

if TYPE_CHECKING:
    from django.http import HttpRequest


class InterpretationIndexPage(BasePage):
    """The list of interpretations (政策解读)."""

    intro = models.CharField(_("导语"), max_length=200, blank=True)

    template = "policies/interpretation_index_page.html"
    parent_page_types = ["portal.HomePage"]
    subpage_types = ["policies.InterpretationPage"]
    content_panels = [*BasePage.content_panels, FieldPanel("intro")]

    class Meta:
        verbose_name = _("政策解读列表")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        recorder.note("children", self.pk)
        context["interpretations"] = list(
            InterpretationPage.objects.child_of(self).live().public().order_by("path")
        )
        return context

    def search_entries(self) -> list[SearchEntry]:
        return []


class InterpretationPage(BasePage):
    """An explanation of one or more clauses (政策解读), in one or more of four forms."""

    summary = models.CharField(_("摘要"), max_length=200)
    department = models.ForeignKey(
        "directory.Department",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("解读部门"),
    )
    published_on = models.DateField(_("发布日期"), null=True, blank=True)
    is_example = models.BooleanField(
        _("示例"), default=False, help_text=_("不是主管部门发布的解读时勾选，页面会标明“示例”。")
    )
    keywords = models.CharField(
        _("关键词"), max_length=200, blank=True, help_text=_("用空格或顿号隔开")
    )
    body = StreamField(InterpretationBody(), verbose_name=_("内容"))

    expected_metadata = ("summary", "department", "published_on")
    review_kind = "interpretation"
    template = "policies/interpretation_page.html"
    parent_page_types = ["policies.InterpretationIndexPage"]
    subpage_types: list[str] = []
    content_panels = [
        *BasePage.content_panels,
        FieldPanel("summary"),
        FieldPanel("department"),
        FieldPanel("published_on"),
        FieldPanel("is_example"),
        ClauseLinksPanel(
            "clause_links",
            chooser_field_name="clause_key",
            heading=_("解读哪些条款"),
            label=_("条款"),
            min_num=1,
        ),
        FieldPanel("body"),
        FieldPanel("keywords"),
    ]

    class Meta:
        verbose_name = _("政策解读")
        verbose_name_plural = _("政策解读")
        indexes = [models.Index(fields=["external_id"], name="interpretations_by_external_id")]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        keys = [link.clause_key_id for link in self.clause_links.all()]
        context["clauses"] = presentation.linked_clauses(keys)
        return context

    def lead_department_ids(self) -> list[int]:
        return [self.department_id] if self.department_id else []

    def questions(self) -> list[str]:
        return [
            block.value["question"] for block in self.body if block.block_type == "question_answer"
        ]

    def plain_text(self) -> str:
        """The body without marks, for search."""
        return "\n".join(word for block in self.body for word in block.block.words(block.value))

    @property
    def forms(self) -> list[str]:
        """In which forms it explains: 问答, 文字, 图解, 视频."""
        return forms_of(self.body)

    def search_entries(self) -> list[SearchEntry]:
        return [
            SearchEntry(
                key="",
                type="interpretation",
                title=self.title,
                url=self.url or "",
                body=f"{self.summary}\n{self.plain_text()}",
                headings=tuple(self.questions()),
                keywords=tuple(self.keywords.replace("、", " ").split()),
                breadcrumb=str(_("政策解读（示例）") if self.is_example else _("政策解读")),
                departments=(self.department.name,) if self.department else (),
                published_on=self.published_on,
                external_id=self.external_id,
            )
        ]


class InterpretationClause(Orderable):
    """That an interpretation explains a clause (解读关联), kept both ways by the database."""

    page = ParentalKey(InterpretationPage, on_delete=models.CASCADE, related_name="clause_links")
    clause_key = models.ForeignKey(
        "policies.ClauseKey",
        models.PROTECT,
        related_name="interpretation_links",
        verbose_name=_("条款"),
    )

    panels = [FieldPanel("clause_key")]

    class Meta(Orderable.Meta):
        verbose_name = _("解读关联")
        constraints = [
            models.UniqueConstraint(
                fields=["page", "clause_key"], name="an_interpretation_names_a_clause_once"
            ),
        ]
