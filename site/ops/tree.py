"""The sections every site has, with content or without: made once, never moved."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from wagtail.models import Page, Site

from forms.activities.models import ActivityIndexPage
from forms.builder.models import RequestIndexPage
from home.checklist.models import ServiceChecklistPage
from home.policies.models import InterpretationIndexPage, PolicyIndexPage
from home.portal.models import HomePage, NewsIndexPage

# Slugs are public addresses (docs/decisions/0008-addresses.md); titles are the editors' to change.
SECTIONS: list[tuple[type[Page], str, str, str]] = [
    (PolicyIndexPage, "policies", "政策文件", "关爱保护流动儿童的政策文件，逐条可查、可引用。"),
    (ServiceChecklistPage, "services", "服务清单", "孩子和家庭可以得到的服务，按六个方面排列。"),
    (InterpretationIndexPage, "interpretations", "政策解读", "用平实的话说明政策条款。"),
    (NewsIndexPage, "news", "工作动态", ""),
    (RequestIndexPage, "requests", "我要求助", "把您的困难告诉负责的单位，不需要注册账号。"),
    (ActivityIndexPage, "activities", "活动报名", "面向孩子和家庭的公益活动。"),
]


@transaction.atomic
def load() -> str:
    """Makes the home page, the site record and the sections where they are missing."""
    home = HomePage.objects.first() or _make_home()
    made = 0
    for model, slug, title, intro in SECTIONS:
        if not Page.objects.child_of(home).filter(slug=slug).exists():
            fields: dict[str, Any] = {"intro": intro} if hasattr(model, "intro") else {}
            page = model(title=title, slug=slug, show_in_menus=True, live=False, **fields)
            home.add_child(instance=page)
            page.save_revision().publish()
            made += 1
    return f"site tree: {made} sections made, {len(SECTIONS) - made} there already"


def _make_home() -> HomePage:
    root = Page.objects.get(depth=1)
    # The page that Wagtail's own migration leaves behind.
    for welcome in Page.objects.child_of(root).filter(slug="home"):
        welcome.delete()
    root.refresh_from_db()
    home = HomePage(title="童伴", slug="home", live=False)
    root.add_child(instance=home)
    home.save_revision().publish()
    address = urlsplit(settings.WAGTAILADMIN_BASE_URL)
    Site.objects.update_or_create(
        is_default_site=True,
        defaults={
            "hostname": address.hostname or "localhost",
            "port": address.port or (443 if address.scheme == "https" else 80),
            "site_name": home.title,
            "root_page": home,
        },
    )
    return home
