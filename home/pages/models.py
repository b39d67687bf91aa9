"""The abstract base of every page, the site's settings, images and documents."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPMethod
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting
from wagtail.documents.models import AbstractDocument, Document
from wagtail.images.models import AbstractImage, AbstractRendition, Image
from wagtail.models import Page, PageViewRestriction, Revision
from wagtail.url_routing import RouteResult

from home.pages import recorder
from home.pages.addresses import path_of
from home.pages.alternative_text import describes
from home.pages.checked import PageCheck
from home.pages.page_form import BasePageForm, TitlePanel
from home.pages.precheck_settings import PrecheckSettings
from home.pages.releases.models import Release, ReleaseEvent, ReleaseItem
from home.pages.review.forms import ReviewedCopyForm
from home.pages.review.models import (
    ReviewSettings,
    ReviewTask,
    ReviewTaskState,
    Warrant,
)
from home.pages.review.permissions import ReviewedPageTester
from home.pages.review.upkeep import DraftAccess, ReviewDue
from home.pages.slugs import free_slug, slug_of_today, slug_of_words
from home.pages.visibility import restrictions_above
from search.analysis.entry import SearchEntry

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

# Models of this app's other modules belong here too; Django looks for them here.
__all__ = [
    "BasePage",
    "DraftAccess",
    "PageCheck",
    "PrecheckSettings",
    "Release",
    "ReleaseEvent",
    "ReleaseItem",
    "ReviewDue",
    "ReviewSettings",
    "ReviewTask",
    "ReviewTaskState",
    "SiteDocument",
    "SiteImage",
    "SiteRendition",
    "SiteSettings",
    "Warrant",
]


class BasePage(Page):
    """What every public page shares: finished bytes, ingredients, and what search may know.

    A page type whose answer depends on more than its URL and its published state (forms, tracking)
    sets `is_published_bytes = False`.
    """

    is_published_bytes = True
    # Fields that readers and inspections expect; the check names those that are empty.
    expected_metadata: tuple[str, ...] = ()
    # Whether the page or one above it is private; None where nobody has asked.
    is_restricted: bool | None = None
    # In a release lower ranks go live first: what others link to before those that link.
    release_rank = 50
    # Which number of ReviewSettings holds for this type ("policy", "news" …); "" is any other page.
    review_kind = ""
    copy_form_class = ReviewedCopyForm
    base_form_class = BasePageForm
    content_panels = [TitlePanel("title")]
    allowed_http_methods = [HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.OPTIONS]
    # What the editor says to `save_revision` (home.pages.review.editing): that the same text makes
    # no revision, or that a decision about the text follows; and what is said in return.
    same_text_needs_no_revision = False
    decision_follows = False
    review_began_again_at = ""

    # The page's name in the system it was imported from: an import finds it again by this.
    external_id = models.CharField(_("外部编号"), max_length=120, blank=True, editable=False)
    exclude_fields_in_copy = ["external_id"]

    class Meta:
        abstract = True

    @property
    def published_as(self) -> Page:
        """The page that readers see when this one is published: itself, but for a working copy."""
        return self

    def lead_department_ids(self) -> list[int]:
        """The departments that answer for this page; their reviewers review it."""
        return []

    def suggested_slug(self) -> str:
        """The address this page would have if its editor gave none; a number may be added to it."""
        return slug_of_words(self.title) or slug_of_today()

    def _set_core_field_defaults(self) -> None:
        # Wagtail's hook for what a page must have before it is checked or saved. A page without
        # a place yet does not know its siblings; it is asked again when it gets one.
        if self.path and not self.slug:  # type: ignore[has-type]
            self.slug = free_slug(self.suggested_slug(), self.get_parent(), self)
        super()._set_core_field_defaults()

    def permissions_for_user(self, user: Any) -> ReviewedPageTester:
        return ReviewedPageTester(user, self)

    def save_revision(self, *args: Any, **kwargs: Any) -> Revision:
        """Every way of saving a text ends here: in review, approvals of another text fall."""
        from home.pages.review import services

        if self.same_text_needs_no_revision:
            unchanged = services.revision_that_says(self)
            if unchanged is not None:
                return unchanged
        revision: Revision = super().save_revision(*args, **kwargs)
        if not self.decision_follows:
            self.review_began_again_at = services.begin_again(self, revision.user)
        return revision

    def search_entries(self) -> list[SearchEntry]:
        """What this page puts into the search index; an empty list keeps it out."""
        raise NotImplementedError(f"{type(self).__name__} must say what search may know of it.")

    def get_url(self, request: HttpRequest | None = None, current_site: Any = None) -> str | None:
        """The page's path. There is one site, so no look-up of site roots is needed."""
        return path_of(self.url_path)

    url = property(get_url)

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Finds the deepest page of the path in one query; Wagtail asks once a level."""
        if path_components:
            prefix = self.url_path
            paths = [prefix := f"{prefix}{component}/" for component in path_components]
            found = list(
                Page.objects.filter(url_path__in=paths)
                .annotate(is_restricted=Exists(restrictions_above("path")))
                .order_by("depth")
            )
            if found:
                page = found[-1].specific
                page.trail = [self, *found[:-1]]
                page.is_restricted = found[-1].is_restricted
                return page.route(request, path_components[page.depth - self.depth :])
        return super().route(request, path_components)

    @cached_property
    def trail(self) -> list[Page]:
        """The pages above this one, from the home page down. Set by `route`; else one query."""
        return list(self.get_ancestors().filter(depth__gt=1))

    def get_view_restrictions(self) -> QuerySet[PageViewRestriction]:
        """Restrictions of this page and those above, in one query; an alias asks like Wagtail.

        None is needed where `route` has just asked whether there are any.
        """
        if self.alias_of_id or any(page.alias_of_id for page in self.trail):
            return super().get_view_restrictions()
        if self.is_restricted is False:
            return PageViewRestriction.objects.none()
        ends = range(self.steplen, len(self.path) + 1, self.steplen)
        return PageViewRestriction.objects.filter(page__path__in=[self.path[:end] for end in ends])

    def breadcrumb(self) -> list[dict[str, str]]:
        """Where the reader is (当前位置): title and path of each step; the last has no path."""
        steps = [{"title": page.title, "url": path_of(page.url_path)} for page in self.trail]
        for page in self.trail:
            recorder.note("page", page.pk)
        if steps:
            steps[0]["title"] = str(_("首页"))
        return [*steps, {"title": self.title, "url": ""}]

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.recorded(lambda: super(BasePage, self).serve(request, *args, **kwargs))

    def recorded(self, answer: Callable[[], HttpResponse]) -> HttpResponse:
        """Renders an answer and keeps what it is made of as `response.made_of`."""
        with recorder.recording() as ingredients:
            recorder.note("page", self.pk)
            response = answer()
            if hasattr(response, "render"):
                response.render()
        response.made_of = frozenset(ingredients)  # type: ignore[attr-defined]
        return response


@register_setting(icon="home")
class SiteSettings(BaseGenericSetting):
    """Who runs this site and what its foot must name (站点信息).

    The required fields of a public body's site are editable and empty until somebody who knows
    fills them in: none of these numbers may be invented.
    """

    site_name = models.CharField(_("网站名称"), max_length=60, default="童伴")
    organisation = models.CharField(_("主办单位"), max_length=60, default="辽宁省民政厅")
    is_demo = models.BooleanField(
        _("演示站点"), default=True, help_text=_("在每一页显示“示例站点”标识")
    )
    contact = models.CharField(_("联系方式"), max_length=120, blank=True)
    site_id_code = models.CharField(_("网站标识码"), max_length=10, blank=True)
    icp_number = models.CharField(_("ICP备案编号"), max_length=40, blank=True)
    police_number = models.CharField(_("公安机关备案号"), max_length=40, blank=True)

    panels = [
        FieldPanel("site_name"),
        FieldPanel("organisation"),
        FieldPanel("is_demo"),
        FieldPanel("contact"),
        FieldPanel("site_id_code"),
        FieldPanel("icp_number"),
        FieldPanel("police_number"),
    ]

    class Meta:
        verbose_name = _("站点信息")


class SiteImage(AbstractImage):
    """An image of the public site (图片)."""

    credit = models.CharField(_("来源"), max_length=120, blank=True)

    admin_form_fields = (*Image.admin_form_fields, "credit")

    class Meta(AbstractImage.Meta):
        verbose_name = _("图片")
        verbose_name_plural = _("图片")

    @property
    def default_alt_text(self) -> str:
        """The description. Never the title, which is the name of the file until it is changed."""
        return self.description if describes(self.description, self.file.name) else ""


class SiteRendition(AbstractRendition):
    """A picture cut from a `SiteImage` for one place."""

    image = models.ForeignKey(SiteImage, models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"],
                name="one_rendition_per_image_filter_and_focus",
            ),
        ]


class SiteDocument(AbstractDocument):
    """A file of the public site (文档). Nothing a family sends is ever one of these."""

    admin_form_fields = Document.admin_form_fields

    class Meta(AbstractDocument.Meta):
        verbose_name = _("文档")
        verbose_name_plural = _("文档")
