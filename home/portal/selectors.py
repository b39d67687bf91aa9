"""What the home page asks of the rooms below it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol

from django.utils import timezone
from django.utils.translation import gettext as _

from home.pages import recorder
from home.pages.visibility import publicly_visible
from home.policies import selectors as policies
from home.policies.selectors import StageView

if TYPE_CHECKING:
    from home.portal.models import NewsPage


@dataclass(frozen=True, slots=True)
class Headline:
    """A line of 最新发布: what kind of thing, its title, its address and its day."""

    kind: str
    title: str
    url: str
    on: date | None


class Spans(Protocol):
    """Something with a first and a last day, both included."""

    @property
    def starts(self) -> date: ...

    @property
    def ends(self) -> date: ...


def latest_news(limit: int) -> list[NewsPage]:
    """The newest news that everybody may read, newest first. One query."""
    from home.portal.models import NewsPage

    rows = publicly_visible(NewsPage.objects.all())
    return list(rows.order_by("-published_on", "-pk")[:limit])


def headlines(limit: int) -> list[Headline]:
    """The newest policies, interpretations and news together, newest first. Three queries."""
    found: list[tuple[int, Headline]] = []
    for kind, pages in (
        (_("政策文件"), policies.latest_policies(limit)),
        (_("政策解读"), policies.latest_interpretations(limit)),
        (_("工作动态"), latest_news(limit)),
    ):
        found += [
            (page.pk, Headline(str(kind), page.title, page.url or "", page.published_on))
            for page in pages
        ]
    # Pages without a day come last; Python's sort keeps the order of the kinds within a day.
    found.sort(key=lambda one: one[1].on or date.min, reverse=True)
    for pk, _headline in found[:limit]:
        recorder.note("page", pk)
    for model in ("policies.PolicyPage", "policies.InterpretationPage", "portal.NewsPage"):
        recorder.note("latest", model)
    return [headline for _pk, headline in found[:limit]]


def stages(today: date) -> list[StageView]:
    """The stages of the plan that leads now, with today's place. One query."""
    recorder.note("latest", "policies.PolicyPage")
    return policies.current_stages(today)


def next_turn(spans: Iterable[Spans], today: date) -> datetime | None:
    """When the place of `today` among these spans next changes; None where it never will again."""
    turns = [day for span in spans for day in (span.starts, span.ends + timedelta(days=1))]
    coming = [day for day in turns if day > today]
    return timezone.make_aware(datetime.combine(min(coming), time.min)) if coming else None
