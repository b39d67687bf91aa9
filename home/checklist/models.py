"""The service checklist and its items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.models import Orderable, Page

from home.pages import recorder
from home.pages.addresses import path_of
from home.pages.models import BasePage
from home.pages.slugs import slug_of_words
from home.pages.visibility import publicly_visible
from home.policies import presentation
from home.policies.panels import ClauseLinksPanel
from search.analysis.entry import SearchEntry

if TYPE_CHECKING:
    from django.http import HttpRequest


class Category(models.TextChoices):
    """The six aspects of the national list (民发〔2024〕35号, attachment)."""

    EARLY_YEARS = "early-years", _("幼有所育")
    SCHOOLING = "schooling", _("学有所教")
    HEALTH = "health", _("病有所医")
    HOUSING = "housing", _("住有所居")
    SUPPORT = "support", _("弱有所扶")
    DEVELOPMENT = "development", _("发展保障")


class Verification(models.TextChoices):
    """How far an item may be relied on. Only an editor who has seen the source confirms one."""

    EXAMPLE = "example", _("示例")
    TO_CHECK = "to-check", _("待核")
    CONFIRMED = "confirmed", _("已核")


class ServiceChecklistPage(BasePage):
    """The service checklist (关爱服务清单)."""

    intro = models.TextField(_("导语"), blank=True)

    template = "checklist/service_checklist_page.html"
    parent_page_types = ["portal.HomePage"]
    subpage_types = ["checklist.ServicePage"]
    content_panels = [*BasePage.content_panels, FieldPanel("intro")]

    class Meta:
        verbose_name = _("服务清单")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        recorder.note("children", self.pk)
        services = list(
            publicly_visible(ServicePage.objects.child_of(self))
            .order_by("code")
            .prefetch_related("departments")
        )
        for service in services:
            recorder.note("service", service.pk)
        context["total"] = len(services)
        context["groups"] = [
            (category, [service for service in services if service.category == category.value])
            for category in Category
        ]
        context["examples"] = any(service.is_example for service in services)
        return context

    def search_entries(self) -> list[SearchEntry]:
        return []


class ServicePage(BasePage):
    """One item of the service checklist (服务事项)."""

    code = models.CharField(_("编号"), max_length=20)
    category = models.CharField(_("类别"), max_length=16, choices=Category.choices)
    audience = models.CharField(_("服务对象"), max_length=120)
    content = models.TextField(_("服务内容"))
    plan_wording = models.TextField(_("方案原文"), blank=True)
    departments = ParentalManyToManyField(
        "directory.Department", blank=True, related_name="+", verbose_name=_("责任部门")
    )
    departments_note = models.CharField(
        _("责任部门说明"),
        max_length=120,
        blank=True,
        help_text=_("原文没有指名部门，或指名了部门以外的单位时填写。"),
    )
    materials = models.TextField(_("办理材料"), blank=True, help_text=_("每行一项"))
    time_limit = models.CharField(_("办理时限"), max_length=120, blank=True)
    where_to_apply = models.TextField(_("到哪里办"), blank=True)
    keywords = models.CharField(
        _("关键词"), max_length=200, blank=True, help_text=_("用空格或顿号隔开")
    )
    verification = models.CharField(
        _("核实状态"),
        max_length=10,
        choices=Verification.choices,
        default=Verification.EXAMPLE,
    )
    status_note = models.CharField(_("来源说明"), max_length=120, blank=True)
    request_form = models.ForeignKey(
        "wagtailcore.Page",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("求助表单"),
    )

    review_kind = "service"
    template = "checklist/service_page.html"
    parent_page_types = ["checklist.ServiceChecklistPage"]
    subpage_types: list[str] = []
    content_panels = [
        *BasePage.content_panels,
        FieldRowPanel([FieldPanel("code"), FieldPanel("category"), FieldPanel("verification")]),
        FieldPanel("audience"),
        FieldPanel("content"),
        FieldPanel("plan_wording"),
        FieldPanel("status_note"),
        ClauseLinksPanel(
            "clause_links",
            chooser_field_name="clause_key",
            heading=_("政策依据"),
            label=_("条款"),
        ),
        MultiFieldPanel(
            [FieldPanel("departments"), FieldPanel("departments_note")], heading=_("责任部门")
        ),
        MultiFieldPanel(
            [FieldPanel("materials"), FieldPanel("time_limit"), FieldPanel("where_to_apply")],
            heading=_("怎么办"),
        ),
        FieldPanel("request_form"),
        FieldPanel("keywords"),
    ]

    class Meta:
        verbose_name = _("服务事项")
        verbose_name_plural = _("服务事项")
        indexes = [models.Index(fields=["external_id"], name="services_by_external_id")]

    def suggested_slug(self) -> str:
        return slug_of_words(self.code) or super().suggested_slug()

    def lead_department_ids(self) -> list[int]:
        return [department.pk for department in self.departments.all()]

    @property
    def is_example(self) -> bool:
        return self.verification != Verification.CONFIRMED

    @cached_property
    def request_url(self) -> str:
        """Where to ask for this service; empty where its form is not public now. One query."""
        if self.request_form_id is None:
            return ""
        form = publicly_visible(Page.objects.filter(pk=self.request_form_id)).first()
        recorder.note("page", self.request_form_id)
        return path_of(form.url_path) if form else ""

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        recorder.note("service", self.pk)
        context["clauses"] = presentation.linked_clauses(
            [link.clause_key_id for link in self.clause_links.all()]
        )
        return context

    def search_entries(self) -> list[SearchEntry]:
        return [
            SearchEntry(
                key="",
                type="service",
                title=self.title,
                url=self.url or "",
                body="\n".join(part for part in (self.content, self.plan_wording) if part),
                headings=(self.get_category_display(),),
                keywords=tuple(self.keywords.replace("、", " ").split()),
                number=self.code,
                breadcrumb=f"服务清单 › {self.get_category_display()}"
                + ("（示例）" if self.is_example else ""),
                departments=tuple(department.name for department in self.departments.all()),
                audience=(self.audience,),
                published_on=None,
                external_id=self.external_id,
                boost=1.3,
            )
        ]


class ServiceClause(Orderable):
    """On which clause a service rests (政策依据)."""

    page = ParentalKey(ServicePage, on_delete=models.CASCADE, related_name="clause_links")
    clause_key = models.ForeignKey(
        "policies.ClauseKey", models.PROTECT, related_name="service_links", verbose_name=_("条款")
    )

    panels = [FieldPanel("clause_key")]

    class Meta(Orderable.Meta):
        verbose_name = _("政策依据")
        constraints = [
            models.UniqueConstraint(
                fields=["page", "clause_key"], name="a_service_names_a_clause_once"
            ),
        ]
