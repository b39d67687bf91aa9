"""The ways into the site and the numbers to call, the same on every page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Way:
    """One of the five ways in: its word and its address."""

    label: Any
    path: str


@dataclass(frozen=True, slots=True)
class Hotline:
    """A number the public may call and what answers there."""

    number: str
    label: Any


WAYS_IN: tuple[Way, ...] = (
    Way(_("政策文件"), "/policies/"),
    Way(_("服务清单"), "/services/"),
    Way(_("我要求助"), "/requests/"),
    Way(_("活动报名"), "/activities/"),
    Way(_("查进度"), "/track/"),
)

# Numbers valid in the whole country. 12355 is named in the plan itself; 12345 takes the reports of
# 未成年人保护法 art. 97 in most places; 12356 has been the common number since May 2025.
DANGER_NUMBERS: tuple[Hotline, ...] = (
    Hotline("110", _("公安报警")),
    Hotline("120", _("医疗急救")),
    Hotline("119", _("火警与救援")),
    Hotline("12345", _("政务热线、未成年人保护")),
    Hotline("12355", _("青少年服务台")),
    Hotline("12338", _("妇联维权")),
    Hotline("12356", _("心理援助")),
)
