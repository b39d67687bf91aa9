"""The policy document and the list of them."""

from __future__ import annotations

import calendar
import itertools
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path, re_path
from wagtail.locks import BaseLock
from wagtail.models import Orderable, Page
from wagtail.search import index

from home.pages import recorder
from home.pages.models import BasePage
from home.pages.titles import inside_marks
from home.pages.visibility import publicly_visible
from home.policies import history, presentation
from home.policies.models.clause import cite, departments_read_once
from home.policies.models.validity import Validity
from home.policies.models.working_copy import EndedCopyLock, WorkingCopy
from home.policies.page_form import PolicyPageForm
from home.policies.panels import ClausesPanel, InterpretationNotice
from home.policies.slugs import slug_of
from search.analysis.entry import SearchEntry

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


# Without leading zeros, so that an edition has one address; of a size the database can hold.
EDITION_NUMBER = "[1-9][0-9]{0,5}"


def clause_path(key: str) -> str:
    """The address of a clause's own page, below its policy's."""
    return f"clauses/{key}/"


class PolicyIndexPage(RoutablePageMixin, BasePage):
    """The list of policy documents (政策文件)."""

    intro = models.CharField(_("导语"), max_length=200, blank=True)

    template = "policies/policy_index_page.html"
    parent_page_types = ["portal.HomePage"]
    subpage_types = ["policies.PolicyPage"]
    content_panels = [*BasePage.content_panels, FieldPanel("intro")]

    class Meta:
        verbose_name = _("政策文件列表")

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # The mixin answers its routes without asking BasePage.
        return self.recorded(lambda: super(PolicyIndexPage, self).serve(request, *args, **kwargs))

    @path("")
    def everything(self, request: HttpRequest) -> HttpResponse:
        """Every policy, the newest first."""
        return self.render(request, context_overrides=self._listing())

    @path("validity/<slug:validity>/", name="by_validity")
    def by_validity(self, request: HttpRequest, validity: str) -> HttpResponse:
        """The policies of one state of validity."""
        if validity not in Validity.values:
            raise Http404
        return self.render(request, context_overrides=self._listing(validity))

    def _listing(self, chosen: str = "") -> dict[str, Any]:
        """The policies, and how many there are of each state. One query."""
        policies = list(
            publicly_visible(PolicyPage.objects.child_of(self)).order_by("-published_on", "-pk")
        )
        for policy in policies:
            recorder.note("page", policy.pk)
        recorder.note("children", self.pk)
        counts = Counter(policy.validity for policy in policies)
        return {
            "policies": [one for one in policies if chosen in ("", one.validity)],
            "chosen": chosen,
            "total": len(policies),
            "validities": [
                (value, label, counts[value])
                for value, label in Validity.choices
                if counts[value] or value == chosen
            ],
        }

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
    expires_on = models.DateField(
        _("有效期至"), null=True, blank=True, help_text=_("文件自己写明有效期的，填最后一天。")
    )
    repealed_on = models.DateField(_("废止日期"), null=True, blank=True)
    validity_note = models.CharField(
        _("有效性说明"),
        max_length=200,
        blank=True,
        help_text=_("如：由××发〔××××〕×号废止。取代它的文件就在本站的，请在“被何文件取代”中选。"),
    )
    preamble = models.TextField(_("通知正文"), blank=True, help_text=_("主送机关与落款之间的段落"))
    plan_title = models.CharField(_("所附文件标题"), max_length=200, blank=True)
    plan_preamble = models.TextField(_("所附文件引言"), blank=True)
    change_note = models.TextField(
        _("本次修改说明"), blank=True, help_text=_("这一版改了什么、为什么改；随版本公布。")
    )

    expected_metadata = (
        "document_number",
        "issuers",
        "adopted_on",
        "published_on",
        "source",
        "index_number",
        "summary",
    )
    base_form_class = PolicyPageForm
    # Interpretations and services link to its clauses.
    release_rank = 10
    review_kind = "policy"
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
        InterpretationNotice(),
        *BasePage.content_panels,
        FieldPanel("summary"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("document_number"), FieldPanel("index_number")]),
                FieldRowPanel([FieldPanel("adopted_on"), FieldPanel("published_on")]),
                FieldRowPanel([FieldPanel("source"), FieldPanel("web_editor")]),
                FieldRowPanel([FieldPanel("topic"), FieldPanel("keywords")]),
                FieldRowPanel([FieldPanel("validity"), FieldPanel("superseded_by")]),
                FieldRowPanel([FieldPanel("expires_on"), FieldPanel("repealed_on")]),
                FieldPanel("validity_note"),
                FieldPanel("addressees"),
                FieldPanel("source_url"),
            ],
            heading=_("公文要素"),
        ),
        InlinePanel("issuers", heading=_("发文机关"), label=_("机关")),
        FieldPanel("preamble"),
        FieldPanel("plan_title"),
        FieldPanel("plan_preamble"),
        ClausesPanel("clauses", heading=_("条款"), label=_("条款")),
        InlinePanel("stages", heading=_("阶段"), label=_("阶段")),
        InlinePanel("attachments", heading=_("附件"), label=_("附件")),
        FieldPanel("change_note"),
    ]

    class Meta:
        verbose_name = _("政策文件")
        verbose_name_plural = _("政策文件")
        indexes = [models.Index(fields=["external_id"], name="policies_by_external_id")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(superseded_by__isnull=True)
                | ~models.Q(superseded_by=models.F("page_ptr")),
                name="a_policy_does_not_supersede_itself",
            ),
        ]

    def suggested_slug(self) -> str:
        return slug_of(self.document_number) or super().suggested_slug()

    @classmethod
    def from_serializable_data(
        cls, data: dict[str, Any], check_fks: bool = True, strict_fks: bool = False
    ) -> Any:
        with departments_read_once():
            return super().from_serializable_data(data, check_fks, strict_fks)

    def clean(self) -> None:
        super().clean()
        errors = {}
        if self.repealed_on and self.validity != Validity.REPEALED:
            errors["repealed_on"] = _("填了废止日期，请把“有效性”改为“废止”；没有废止的，请清空。")
        if self.superseded_by_id and self.validity == Validity.IN_FORCE:
            errors["superseded_by"] = _("被取代的文件不再有效：请把“有效性”改为“失效”或者“废止”。")
        if self.expires_on and self.adopted_on and self.expires_on < self.adopted_on:
            errors["expires_on"] = _("有效期的最后一天早于成文日期，请核对。")
        if errors:
            raise ValidationError(errors)

    @property
    def as_working_copy(self) -> WorkingCopy | None:
        """The working copy that this page is; None for any other. At most one query, for a draft.

        A working copy never goes live, and what is not saved yet is none.
        """
        if self.live or self.pk is None:
            return None
        return getattr(self, "working_copy", None)

    @property
    def published_as(self) -> PolicyPage:
        """The policy that readers know, with its editions: a working copy's original, else itself.

        At most one query, but for a working copy.
        """
        copy = self.as_working_copy
        return copy.original if copy else self

    @property
    def is_ended(self) -> bool:
        """Whether the document as a whole has no force any more."""
        return Validity(self.validity).is_ended

    @cached_property
    def lead_issuer(self) -> PolicyIssuer | None:
        """The body that leads a joint document: the first one named (domain: 牵头部门)."""
        return self.issuers.all().first()

    @property
    def key_registry_id(self) -> int | None:
        """Whose clause keys this text uses: a working copy's are its original's."""
        copy = self.as_working_copy
        return copy.original_id if copy else self.pk

    def get_admin_display_title(self) -> str:
        """In the admin's lists a working copy says that it is one; asked of drafts alone."""
        title: str = super().get_admin_display_title()
        if self.as_working_copy:
            return _("【工作副本】%(title)s") % {"title": title}
        return title

    def get_lock(self) -> BaseLock | None:
        """A working copy that has ended is kept as it is; a late autosave can't unlock it."""
        copy = self.as_working_copy
        if copy and copy.ended:
            return EndedCopyLock(self)
        return super().get_lock()

    def lead_department_ids(self) -> list[int]:
        lead = self.issuers.first()
        return [lead.department_id] if lead is not None and lead.department_id else []

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
        if context is not None:
            template = "policies/clause_page.html"
        else:
            # An address that was cited goes on answering when the clause has gone.
            context, template = history.gone_context(self, key), "policies/clause_gone_page.html"
        return self._rendered(request, context, template)

    @path("editions/", name="editions")
    def all_editions(self, request: HttpRequest) -> HttpResponse:
        """Every edition, with what changed in it."""
        return self._rendered(request, history.list_context(self), "policies/editions_page.html")

    @re_path(rf"^editions/({EDITION_NUMBER})/$", name="edition")
    def one_edition(self, request: HttpRequest, number: str) -> HttpResponse:
        """What an edition said, as it stood."""
        context = history.edition_context(self, int(number))
        return self._rendered(request, context, "policies/edition_page.html")

    @re_path(rf"^editions/({EDITION_NUMBER})/diff/({EDITION_NUMBER})/$", name="difference")
    def two_editions(self, request: HttpRequest, one: str, other: str) -> HttpResponse:
        """What differs between two editions. There is one address for a pair: the earlier first."""
        earlier, later = sorted((int(one), int(other)))
        context = history.difference_context(self, earlier, later)
        if context is not None and earlier == later:
            return redirect(f"{self.url}editions/{earlier}/")
        if context is not None and int(one) > int(other):
            return redirect(f"{self.url}editions/{earlier}/diff/{later}/")
        return self._rendered(request, context, "policies/difference_page.html")

    def _rendered(
        self, request: HttpRequest, context: dict[str, Any] | None, template: str
    ) -> HttpResponse:
        if context is None:
            raise Http404
        return self.render(request, context_overrides=context, template=template)

    def clause_url(self, key: str) -> str:
        """Where the clause stands in the whole text."""
        return f"{self.url}#c-{key}"

    def clause_page_url(self, key: str) -> str:
        """The clause's own page, which answers for ever."""
        return f"{self.url}{clause_path(key)}"

    def citation(self, place: str = "") -> str:
        """How the clause printed at this place is cited: 辽民发〔2025〕10号 二(二)1.

        The place is a path of numbers (home.policies.citing.places); it differs from the clause's
        key where the clause was renumbered since.
        """
        return cite(self.document_number, place)

    def get_sitemap_urls(self, request: HttpRequest | None = None) -> list[dict[str, Any]]:
        """The document, every clause's own page, the list of editions and each of them."""
        whole = super().get_sitemap_urls(request)
        address = self.get_full_url(request)
        changed = self.last_published_at or self.latest_revision_created_at
        editions = list(self.editions.order_by("number").values_list("number", "published_at"))
        return [
            *whole,
            *(
                {"location": f"{address}{clause_path(key)}", "lastmod": changed}
                for key in self.clauses.values_list("key", flat=True)
            ),
            {"location": f"{address}editions/", "lastmod": changed},
            *(
                {"location": f"{address}editions/{number}/", "lastmod": published_at}
                for number, published_at in editions
            ),
        ]

    def get_route_paths(self) -> list[str]:
        """What Wagtail makes redirects for when the page's address changes: all its addresses."""
        keys = self.clause_keys.values_list("key", flat=True)
        numbers = list(self.editions.order_by("number").values_list("number", flat=True))
        return [
            "/",
            *(f"/{clause_path(key)}" for key in keys),
            "/editions/",
            *(f"/editions/{number}/" for number in numbers),
            *(
                f"/editions/{earlier}/diff/{later}/"
                for earlier, later in itertools.combinations(numbers, 2)
            ),
        ]

    def reasons_to_keep(self) -> list[str]:
        """Why this page is archived and not deleted."""
        if self.editions.exists():
            return [
                _("《%(title)s》已经公布过，版本和引用必须长期保留。")
                % {"title": inside_marks(self.title)}
            ]
        if self.as_working_copy:
            return [
                _("《%(title)s》是工作副本，它的审核记录必须保留。")
                % {"title": inside_marks(self.title)}
            ]
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
