"""The home page and the news."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db import models
from django.http import Http404
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.fields import RichTextField

from home.pages import recorder
from home.pages.models import BasePage
from home.pages.visibility import publicly_visible
from home.portal import selectors
from search.analysis.entry import SearchEntry

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

DEFAULT_EXAMPLES = "公租房\n上学\n医保\n心理\n临时救助"
MOST_EXAMPLES = 8
HEADLINES = 6
NEWS_FEATURES = ["h2", "h3", "bold", "ol", "ul", "link", "document-link"]


class HomePage(BasePage):
    """The first page (首页): one question, four doors, what is new, and where the plan stands."""

    question = models.CharField(_("问题"), max_length=40, default="您想了解什么？")
    example_words = models.TextField(
        _("大家常问"),
        default=DEFAULT_EXAMPLES,
        blank=True,
        help_text=_("每行一个，用大家平时说的话；点一下就是一次搜索。最多8个。"),
    )

    template = "portal/home_page.html"
    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    # Sections live in rooms above this one: each names the home page as its parent.
    subpage_types: list[str] | None = None
    content_panels = [
        *BasePage.content_panels,
        FieldPanel("question"),
        FieldPanel("example_words"),
    ]

    class Meta:
        verbose_name = _("首页")
        verbose_name_plural = _("首页")

    @property
    def examples(self) -> list[str]:
        return [line.strip() for line in self.example_words.splitlines() if line.strip()]

    def clean(self) -> None:
        super().clean()
        if len(self.examples) > MOST_EXAMPLES:
            raise ValidationError({"example_words": _("最多8个词。")})

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        today = timezone.localdate()
        stages = selectors.stages(today)
        context["headlines"] = selectors.headlines(HEADLINES)
        context["stages"] = stages
        # Today's place among the stages moves with the clock: finished bytes must not outlive it.
        context["fresh_until"] = selectors.next_turn(stages, today)
        return context

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().serve(request, *args, **kwargs)
        response.fresh_until = response.context_data["fresh_until"]  # type: ignore[attr-defined]
        return response

    def search_entries(self) -> list[SearchEntry]:
        return []


class NewsIndexPage(BasePage):
    """The list of news (新闻动态)."""

    PER_PAGE = 20

    template = "portal/news_index_page.html"
    max_count = 1
    parent_page_types = ["portal.HomePage"]
    subpage_types = ["portal.NewsPage"]

    class Meta:
        verbose_name = _("新闻列表")
        verbose_name_plural = _("新闻列表")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        recorder.note("children", self.pk)
        news = publicly_visible(NewsPage.objects.child_of(self)).order_by("-published_on", "-pk")
        try:
            found = Paginator(news, self.PER_PAGE).page(request.GET.get("page", "1"))
        except (EmptyPage, PageNotAnInteger) as error:
            raise Http404 from error
        for page in found.object_list:
            recorder.note("page", page.pk)
        context["news"] = found
        return context

    def search_entries(self) -> list[SearchEntry]:
        return []


class NewsPage(BasePage):
    """A piece of news (新闻)."""

    published_on = models.DateField(_("发布日期"), default=timezone.localdate)
    department = models.ForeignKey(
        "directory.Department",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("发布部门"),
    )
    source = models.CharField(_("来源"), max_length=60, blank=True)
    summary = models.CharField(_("摘要"), max_length=200, blank=True)
    keywords = models.CharField(
        _("关键词"), max_length=200, blank=True, help_text=_("用空格或顿号隔开")
    )
    body = RichTextField(_("正文"), features=NEWS_FEATURES)

    expected_metadata = ("summary", "publisher")
    review_kind = "news"
    template = "portal/news_page.html"
    parent_page_types = ["portal.NewsIndexPage"]
    subpage_types: list[str] = []
    content_panels = [
        *BasePage.content_panels,
        FieldRowPanel([FieldPanel("published_on"), FieldPanel("department")]),
        FieldPanel("source"),
        FieldPanel("summary"),
        FieldPanel("body"),
        FieldPanel("keywords"),
    ]

    class Meta:
        verbose_name = _("新闻")
        verbose_name_plural = _("新闻")
        indexes = [models.Index(fields=["external_id"], name="news_by_external_id")]

    def lead_department_ids(self) -> list[int]:
        return [self.department_id] if self.department_id else []

    @property
    def publisher(self) -> str:
        """Who stands for this piece: the source as typed, else the department."""
        return self.source or (self.department.name if self.department else "")

    def search_entries(self) -> list[SearchEntry]:
        return [
            SearchEntry(
                key="",
                type="news",
                title=self.title,
                url=self.url or "",
                body="\n".join(filter(None, (self.summary, _plain(self.body)))),
                keywords=tuple(self.keywords.replace("、", " ").split()),
                breadcrumb=str(_("新闻动态")),
                departments=(self.department.name,) if self.department else (),
                published_on=self.published_on,
                external_id=self.external_id,
            )
        ]


def _plain(html: str) -> str:
    """Rich text as plain lines."""
    for end in ("</p>", "</li>", "</h2>", "</h3>", "<br/>"):
        html = html.replace(end, f"{end}\n")
    lines = (line.strip() for line in unescape(strip_tags(html)).splitlines())
    return "\n".join(line for line in lines if line)
