"""Tags of the frame around every page.

What they answer depends on the address and on published state alone: public pages are finished
bytes (design, section 6). None of them reads a session, a cookie or a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.template.context import Context
from django.utils import timezone

from delivery.links import link_to
from home.pages import recorder
from home.pages.models import SiteSettings
from home.portal.navigation import DANGER_NUMBERS, WAYS_IN, Hotline

register = template.Library()


@dataclass(frozen=True, slots=True)
class WayIn:
    """One of the five ways as this page shows it."""

    label: Any
    path: str
    is_here: bool


@register.simple_tag(takes_context=True)
def site_settings(context: Context) -> SiteSettings:
    """Who runs this site; read once per page.

    Wagtail's own `load` writes the missing row, and no reader's visit may write.
    """
    if "site_info" in context:
        return context["site_info"]
    recorder.note("settings")
    return SiteSettings.objects.first() or SiteSettings()


@register.simple_tag
def site_address() -> str:
    """The canonical origin of the site, without a slash at its end."""
    return link_to("")


@register.simple_tag
def site_domain() -> str:
    """The canonical host, for the tag `SiteDomain` (国办发〔2017〕47号, annex)."""
    return urlsplit(settings.WAGTAILADMIN_BASE_URL).netloc


@register.simple_tag(takes_context=True)
def ways_in(context: Context) -> list[WayIn]:
    """The five ways in, with the one this address lies under."""
    request = context.get("request")
    path = request.path if request is not None else ""
    return [WayIn(way.label, way.path, path.startswith(way.path)) for way in WAYS_IN]


@register.simple_tag
def danger_numbers() -> tuple[Hotline, ...]:
    """Where to call in danger."""
    return DANGER_NUMBERS


@register.filter
def pub_date(value: date | datetime | None) -> str:
    """`PubDate` as the rule wants it, YYYY-MM-DD HH:MM; a day alone counts from midnight."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    return value.strftime("%Y-%m-%d 00:00")
