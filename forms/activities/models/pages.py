"""The public pages of activities."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import unescape
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.fields import RichTextField

from forms.builder.models import FormPage
from home.directory.models import Unit
from home.pages import recorder
from home.pages.models import BasePage
from home.pages.visibility import publicly_visible
from search.analysis.entry import SearchEntry

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from forms.activities.models.sessions import Session

OLDEST_CHILD = 18


class ActivityIndexPage(BasePage):
    """The page that lists activities (活动报名)."""

    intro = models.TextField(_("导语"), blank=True)

    template = "activities/activity_index_page.html"
    subpage_types = ["activities.ActivityPage"]
    parent_page_types = ["portal.HomePage"]
    max_count = 1
    content_panels = [*BasePage.content_panels, FieldPanel("intro")]

    class Meta:
        verbose_name = _("活动列表")
        verbose_name_plural = _("活动列表")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        recorder.note("children", self.pk)
        activities = list(
            publicly_visible(ActivityPage.objects.child_of(self))
            .select_related("organiser")
            .prefetch_related(Prefetch("sessions", _coming_sessions(), to_attr="coming"))
            .order_by("-first_published_at", "-pk")
        )
        for activity in activities:
            activity.note_ingredients()
        context["activities"] = activities
        context["fresh_until"] = _first_end(
            session for activity in activities for session in activity.coming
        )
        return context

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _fresh(super().serve(request, *args, **kwargs))

    def search_entries(self) -> list[SearchEntry]:
        return [
            SearchEntry(
                key="", type="activity", title=self.title, url=self.url or "", body=self.intro
            )
        ]


class ActivityPage(BasePage):
    """An activity that children can be signed up for (活动).

    Its bytes say how many places there are, never how many are left: that comes from
    /activities/<slug>/places.json, and in the end from the sign-up form.
    """

    is_example = models.BooleanField(
        _("示例"), default=False, help_text=_("勾选后页面显示“示例”标识")
    )
    organiser = models.ForeignKey(
        Unit, models.PROTECT, related_name="+", verbose_name=_("主办单位")
    )
    place = models.CharField(_("地点"), max_length=120)
    age_min = models.PositiveSmallIntegerField(_("最小年龄（周岁）"), default=0)
    age_max = models.PositiveSmallIntegerField(
        _("最大年龄（周岁）"), default=OLDEST_CHILD, validators=[MaxValueValidator(OLDEST_CHILD)]
    )
    summary = models.CharField(_("一句话介绍"), max_length=200, blank=True)
    body = RichTextField(_("活动内容"), features=["h2", "h3", "bold", "ol", "ul", "link"])

    template = "activities/activity_page.html"
    parent_page_types = ["activities.ActivityIndexPage"]
    subpage_types = ["builder.FormPage"]
    content_panels = [
        *BasePage.content_panels,
        FieldPanel("is_example"),
        FieldPanel("organiser"),
        FieldPanel("summary"),
        FieldPanel("place"),
        FieldRowPanel([FieldPanel("age_min"), FieldPanel("age_max")]),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = _("活动")
        verbose_name_plural = _("活动")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(age_min__lte=models.F("age_max")),
                name="an_activity_s_ages_are_in_order",
            ),
        ]

    def clean(self) -> None:
        super().clean()
        if self.age_min is not None and self.age_max is not None and self.age_min > self.age_max:
            raise ValidationError({"age_max": _("最大年龄不能小于最小年龄。")})

    @property
    def ages(self) -> str:
        """For which ages, in words."""
        if self.age_min == self.age_max:
            return _now("%d周岁") % self.age_min
        return _now("%(least)d至%(most)d周岁") % {"least": self.age_min, "most": self.age_max}

    def note_ingredients(self) -> None:
        """Says that the page being rendered shows this activity, its sessions and its organiser."""
        recorder.note("page", self.pk)
        recorder.note("sessions", self.pk)
        recorder.note("unit", self.organiser_id)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        self.note_ingredients()
        recorder.note("children", self.pk)
        form = publicly_visible(FormPage.objects.child_of(self)).order_by("path").first()
        if form is not None:
            recorder.note("page", form.pk)
        context["sign_up_form"] = form
        context["sessions"] = list(_coming_sessions().filter(activity=self))
        context["fresh_until"] = _first_end(context["sessions"])
        return context

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _fresh(super().serve(request, *args, **kwargs))

    def search_entries(self) -> list[SearchEntry]:
        return [
            SearchEntry(
                key="",
                type="activity",
                title=self.title,
                url=self.url or "",
                body="\n".join(filter(None, (self.summary, self.place, _plain(self.body)))),
                departments=(self.organiser.department.name,),
                areas=(self.organiser.area.full_name,),
                published_on=self.first_published_at.date() if self.first_published_at else None,
                external_id=self.external_id,
            )
        ]

    def reasons_to_keep(self) -> list[str]:
        """Why this page can't be deleted; `home.pages` asks before Wagtail deletes."""
        if not self.sessions.exists():
            return []
        return [_now("活动“%s”有场次和报名记录，不能删除。") % self.title]


def _coming_sessions() -> QuerySet[Session]:
    """Sessions that have not ended; who wants the others asks the organiser's list."""
    # The model of sessions points to the pages of this module.
    sessions: QuerySet[Session] = apps.get_model("activities", "Session").objects.filter(
        ends__gt=timezone.now()
    )
    return sessions


def _first_end(sessions: Iterable[Session]) -> datetime | None:
    """When the first of these is over: finished bytes that show it must not outlive it."""
    return min((session.ends for session in sessions), default=None)


def _fresh(response: HttpResponse) -> HttpResponse:
    response.fresh_until = response.context_data["fresh_until"]  # type: ignore[attr-defined]
    return response


def _plain(html: str) -> str:
    """Rich text as plain lines."""
    for end in ("</p>", "</li>", "</h2>", "</h3>", "<br/>"):
        html = html.replace(end, f"{end}\n")
    lines = (line.strip() for line in unescape(strip_tags(html)).splitlines())
    return "\n".join(line for line in lines if line)
