"""The policy document and the list of them."""

from __future__ import annotations

import calendar
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import models
from django.http import Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.models import Orderable, Page
from wagtail.search import index

from home.pages import recorder
from home.pages.models import BasePage
from home.policies import presentation
from home.policies.models.clause import cite
from search.analysis.entry import SearchEntry

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class Validity(models.TextChoices):
    IN_FORCE = "in-force", _("有效")
    AMENDED = "amended", _("已修改")
    EXPIRED = "expired", _("失效")
    REPEALED = "repealed", _("废止")


class PolicyIndexPage(BasePage):
    """The list of policy documents (政策文件)."""

    intro = models.CharField(_("导语"), max_length=200, blank=True)

    template = "policies/policy_index_page.html"
    parent_page_types = ["portal.HomePage"]
    subpage_types = ["policies.PolicyPage"]
    content_panels = [*Page.content_panels, FieldPanel("intro")]

    class Meta:
        verbose_name = _("政策文件列表")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        policies = list(PolicyPage.objects.child_of(self).live().public().order_by("-published_on"))
        for policy in policies:
            recorder.note("page", policy.pk)
        recorder.note("children", self.pk)
        context["policies"] = policies
        return context

    def search_entries(self) -> list[SearchEntry]:
        return []


class PolicyPage(RoutablePageMixin, BasePage):
    """An official document (政策文件): its metadata, its clauses, its editions.

    Field meanings: GB/T 9704-2012 and the metadata block of government sites (发文字号, 索引号,
    成文日期 …).
    """

    summary = models.CharField(
        _("一句话说明"), max_length=200, blank=True, help_text=_("用平实的话说清这份文件是什么。")
    )
    document_number = models.CharField(
        _("发文字号"), max_length=60, help_text=_("如：辽民发〔2025〕10号，年份用六角括号")
    )
    index_number = models.CharField(_("索引号"), max_length=60, blank=True)
    topic = models.CharField(_("主题分类"), max_length=60, blank=True)
    keywords = models.CharField(_("关键词"), max_length=200, blank=True)
    addressees = models.TextField(_("主送机关"), blank=True)
    adopted_on = models.DateField(_("成文日期"), null=True, blank=True)
    published_on = models.DateField(_("发布日期"), null=True, blank=True)
    source = models.CharField(_("来源"), max_length=60, blank=True)
    web_editor = models.CharField(_("网站编辑"), max_length=60, blank=True)
    source_url = models.URLField(_("原文网址"), blank=True, max_length=300)
    validity = models.CharField(
        _("有效性"), max_length=10, choices=Validity.choices, default=Validity.IN_FORCE
    )
    superseded_by = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="supersedes",
        verbose_name=_("被何文件取代"),
    )
    preamble = models.TextField(_("通知正文"), blank=True, help_text=_("主送机关与落款之间的段落"))
    plan_title = models.CharField(_("所附文件标题"), max_length=200, blank=True)
    plan_preamble = models.TextField(_("所附文件引言"), blank=True)
    change_note = models.TextField(
        _("本次修改说明"), blank=True, help_text=_("这一版改了什么、为什么改；随版本公布。")
    )

    template = "policies/policy_page.html"
    parent_page_types = ["policies.PolicyIndexPage"]
    subpage_types: list[str] = []
    # By which editors find it in the admin, beside its title.
    search_fields = [
        *Page.search_fields,
        index.SearchField("document_number"),
        index.AutocompleteField("document_number"),
        index.SearchField("index_number"),
        index.SearchField("keywords"),
        index.SearchField("plan_title"),
        index.AutocompleteField("plan_title"),
    ]

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("document_number"), FieldPanel("index_number")]),
                FieldRowPanel([FieldPanel("adopted_on"), FieldPanel("published_on")]),
                FieldRowPanel([FieldPanel("source"), FieldPanel("web_editor")]),
                FieldRowPanel([FieldPanel("topic"), FieldPanel("keywords")]),
                FieldRowPanel([FieldPanel("validity"), FieldPanel("superseded_by")]),
                FieldPanel("addressees"),
                FieldPanel("source_url"),
            ],
            heading=_("公文要素"),
        ),
        InlinePanel("issuers", heading=_("发文机关"), label=_("机关")),
        FieldPanel("preamble"),
        FieldPanel("plan_title"),
        FieldPanel("plan_preamble"),
        InlinePanel("clauses", heading=_("条款"), label=_("条款")),
        InlinePanel("stages", heading=_("阶段"), label=_("阶段")),
        InlinePanel("attachments", heading=_("附件"), label=_("附件")),
        FieldPanel("change_note"),
    ]

    class Meta:
        verbose_name = _("政策文件")
        verbose_name_plural = _("政策文件")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(superseded_by__isnull=True)
                | ~models.Q(superseded_by=models.F("page_ptr")),
                name="a_policy_does_not_supersede_itself",
            ),
        ]

    @cached_property
    def lead_issuer(self) -> PolicyIssuer | None:
        """The body that leads a joint document: the first one named (domain: 牵头部门)."""
        return self.issuers.all().first()

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # The mixin answers its routes without asking BasePage.
        return self.recorded(lambda: super(PolicyPage, self).serve(request, *args, **kwargs))

    @path("")
    def whole(self, request: HttpRequest) -> HttpResponse:
        """The document with all its clauses."""
        return self.render(request, context_overrides=presentation.policy_context(self))

    @path("clauses/<slug:key>/", name="clause")
    def one_clause(self, request: HttpRequest, key: str) -> HttpResponse:
        """One clause with its interpretations, services and citation."""
        context = presentation.clause_context(self, key)
        if context is None:
            raise Http404
        return self.render(request, context_overrides=context, template="policies/clause_page.html")

    def clause_url(self, key: str) -> str:
        return f"{self.url}#c-{key}"

    def citation(self, key: str = "") -> str:
        """How the clause is cited: 辽民发〔2025〕10号 二(二)1."""
        return cite(self.document_number, key)

    def get_sitemap_urls(self, request: HttpRequest | None = None) -> list[dict[str, Any]]:
        """The document and every clause's own page."""
        whole = super().get_sitemap_urls(request)
        address = self.get_full_url(request)
        changed = self.last_published_at or self.latest_revision_created_at
        return whole + [
            {"location": f"{address}clauses/{key}/", "lastmod": changed}
            for key in self.clauses.values_list("key", flat=True)
        ]

    def reasons_to_keep(self) -> list[str]:
        """Why this page is archived and not deleted."""
        if self.editions.exists():
            return [_("《%(title)s》已经公布过，版本和引用必须长期保留。") % {"title": self.title}]
        return []

    def search_entries(self) -> list[SearchEntry]:
        return presentation.policy_entries(self)


class PolicyIssuer(Orderable):
    """A body that signed the document, in the order of signature (发文机关)."""

    page = ParentalKey(PolicyPage, on_delete=models.CASCADE, related_name="issuers")
    name = models.CharField(_("名称"), max_length=80)
    department = models.ForeignKey(
        "directory.Department",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("对应部门"),
    )

    panels = [FieldRowPanel([FieldPanel("name"), FieldPanel("department")])]

    class Meta(Orderable.Meta):
        verbose_name = _("发文机关")

    def __str__(self) -> str:
        return self.name


class PolicyStage(Orderable):
    """A stage of the plan with its months (阶段): 部署启动阶段(2024年12月至2025年3月底)."""

    page = ParentalKey(PolicyPage, on_delete=models.CASCADE, related_name="stages")
    clause_key = models.CharField(_("条款键"), max_length=40, blank=True)
    name = models.CharField(_("名称"), max_length=60)
    starts = models.DateField(_("开始"))
    ends = models.DateField(_("结束"))

    panels = [
        FieldRowPanel([FieldPanel("name"), FieldPanel("clause_key")]),
        FieldRowPanel([FieldPanel("starts"), FieldPanel("ends")]),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("阶段")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(starts__lte=models.F("ends")),
                name="a_stage_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def months(self) -> str:
        """The stage in the document's own words: 2024年12月至2025年3月底."""
        last = calendar.monthrange(self.ends.year, self.ends.month)[1]
        end = date(self.ends.year, self.ends.month, last) == self.ends
        return (
            f"{self.starts.year}年{self.starts.month}月至"
            f"{self.ends.year}年{self.ends.month}月{'底' if end else f'{self.ends.day}日'}"
        )


class PolicyAttachment(Orderable):
    """An attachment the text names (附件); the file may be missing, and then the page says so."""

    page = ParentalKey(PolicyPage, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(_("名称"), max_length=200)
    document = models.ForeignKey(
        "pages.SiteDocument",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("文件"),
    )

    panels = [FieldPanel("name"), FieldPanel("document")]

    class Meta(Orderable.Meta):
        verbose_name = _("附件")

    def __str__(self) -> str:
        return self.name
