"""The admin as our people see it: in Chinese, in our colours, and asking no host outside."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from wagtail.users.models import UserProfile

from home.directory.models import User
from home.policies.models import InterpretationIndexPage, InterpretationPage, PolicyPage
from home.portal import reference
from tests.portal.test_look import contrast

# Else pytest-django runs these behind the transactional tests, which leave no page behind them.
pytestmark = pytest.mark.django_db

SHEET = settings.ROOT / "site" / "static" / "css" / "admin.css"
OWN_HOSTS = {"testserver", "localhost", "127.0.0.1"}

# What Wagtail 8.0.1 says in English with its own Chinese catalogue, on the pages below.
ENGLISH = (
    "Pages <span",
    "Images <span",
    "Documents <span",
    "Search all pages",
    "editor guide",
    "Editor Guide",
    "Shortcuts",
    "Keyboard shortcuts",
    "Exploring",
    "Date updated",
    "Edited by",
    "Has child pages",
    "Page type",
    "Pages created here",
    "Autosave is",
    "Saved",
    "Correct the validation errors",
    "Checks",
    "Content metrics",
    "Readability",
    "Choose when this page",
    "Choose who can view",
    "Anyone can edit",
    "Anyone with editing",
    "A network error",
    "View latest version",
    "To be created by",
    "Referenced",
    "Locking",
    "Actions",
    "Go to the first error",
    "Theme preferences",
    "More contrast",
    "Edit account avatar",
    "Oldest",
    "Grid layout",
    "Maximum filesize",
    "New:",
    "Is commenting action",
    "By task",
    "Moderators approval",
    ">Root<",
    "Wagtail</title>",
    "Sign in",
    "Password",
    "Any</",
    "True",
    "None<",
)
# For each account: what it opens, and what must be read there.
OPENED = {
    "editor": {
        "/admin/": ["搜索所有页面…", "个页面", "页面"],
        "/admin/pages/": ["全部页面", "建在这里的页面没有网址"],
        "/admin/account/": ["界面外观", "对比度"],
        "/admin/images/": ["按缩略图排列"],
        "/admin/images/multiple/add/": ["请写一句图片说明"],
        "/admin/documents/": ["文档"],
        "/admin/documents/multiple/add/": ["单个文件不超过"],
        "/admin/reports/workflow/": ["审核流程"],
        "/admin/reports/aging-pages/": ["久未更新的页面"],
        "/admin/reports/page-types-usage/": ["各类页面"],
    },
    "reviewer": {
        "/admin/": ["搜索所有页面…"],
        "/admin/reports/locked/": ["已锁定的页面"],
        "/admin/reports/site-history/": ["操作记录", "是否评论操作"],
    },
    "heping-clerk": {"/admin/": ["我的办件"], "/admin/cases/": ["待受理"]},
    "organiser": {"/admin/": ["活动报名"], "/admin/sign-ups/": ["活动报名"]},
    "auditor": {"/admin/": ["账号设置"], "/admin/reports/site-history/": ["操作记录"]},
    "administrator": {
        "/admin/": ["账号设置"],
        "/admin/users/": ["添加用户"],
        "/admin/users/new/": ["用户名"],
        "/admin/directory/memberships/": ["添加任职"],
        "/admin/directory/memberships/new/": ["新建：任职"],
        "/admin/directory/units/": ["单位"],
        "/admin/settings/pages/sitesettings/": ["网站名称"],
    },
}


class Addresses(HTMLParser):
    """Collects where a page fetches, sends and leads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [
            (tag, value or "") for name, value in attrs if name in ("src", "href", "action")
        ]

    def foreign(self) -> list[tuple[str, str]]:
        hosts = ((tag, address, urlsplit(address).hostname) for tag, address in self.found)
        return [(tag, address) for tag, address, host in hosts if host and host not in OWN_HOSTS]


@pytest.fixture
def staff(demo_site: None) -> None:
    reference.load()


def entered(username: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def read(client: Client, address: str) -> str:
    """A page's source, with the words of the menu (JSON in it) as they are read."""
    response = client.get(address, follow=True)
    assert (response.status_code, len(response.redirect_chain) < 2) == (200, True), address
    page = response.content.decode()
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), page)


def pages_of_the_editor() -> Iterator[tuple[str, list[str]]]:
    plan = PolicyPage.objects.get()
    index = InterpretationIndexPage.objects.get()
    new = reverse("wagtailadmin_pages:add", args=["policies", "interpretationpage", index.pk])
    yield (
        reverse("wagtailadmin_pages:edit", args=[plan.pk]),
        ["保存草稿", "提交三审三校", "自动保存已暂停", "查找条款", "网址和摘要"],
    )
    yield new, ["网址和摘要", "保存草稿"]
    explanation = InterpretationPage.objects.all()[0]
    yield reverse("wagtailadmin_pages:edit", args=[explanation.pk]), ["保存草稿"]
    yield reverse("wagtailadmin_explore", args=[plan.get_parent().pk]), ["更新日期", "已发布"]
    yield reverse("wagtailadmin_pages:history", args=[plan.pk]), ["历史"]
    yield reverse("wagtailadmin_pages:usage", args=[plan.pk]), ["引用"]


def check(client: Client, address: str, expected: list[str]) -> None:
    page = read(client, address)
    assert [words for words in ENGLISH if words in page] == [], address
    assert [words for words in expected if words not in page] == [], address
    assert Addresses(page).foreign() == [], address


@pytest.mark.parametrize("username", OPENED)
def test_everyone_reads_chinese_and_no_page_asks_a_host_outside(staff: None, username: str) -> None:
    client = entered(username)
    for address, expected in OPENED[username].items():
        check(client, address, expected)


def test_the_editors_forms_are_in_chinese_and_ask_no_host_outside(staff: None) -> None:
    client = entered("editor")
    for address, expected in pages_of_the_editor():
        check(client, address, expected)


def test_the_door_says_whose_it_is(client: Client, db: None) -> None:
    page = read(client, "/admin/login/")
    assert "<title>工作人员登录 - 童伴</title>" in page
    assert "童伴 · 工作人员登录" in page
    assert page.count("img/mark.svg") == 2  # the icon of the tab and the mark above the form
    assert [words for words in (*ENGLISH, "Wagtail") if words in page] == []
    assert Addresses(page).foreign() == []


@pytest.mark.parametrize("username", OPENED)
def test_help_that_leads_outside_is_gone(staff: None, username: str) -> None:
    page = read(entered(username), "/admin/")
    for trace in ("editor-guide", "whats-new", "guide.wagtail.org", "releases.wagtail.io"):
        assert trace not in page
    assert '"帮助"' not in page
    assert "Wagtail v" not in page


def test_only_who_has_pages_is_offered_their_search(staff: None) -> None:
    assert 'role="search"' in read(entered("editor"), "/admin/")
    for username in ("heping-clerk", "organiser", "auditor", "administrator"):
        assert 'role="search"' not in read(entered(username), "/admin/")


def test_nobody_leaves_a_photograph_in_the_public_media(staff: None) -> None:
    client = entered("heping-clerk")
    assert "avatar-avatar" not in read(client, "/admin/account/")
    picture = SimpleUploadedFile("me.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "image/gif")
    user = User.objects.get(username="heping-clerk")
    client.post(
        "/admin/account/",
        {
            "name_email-first_name": "甲",
            "name_email-last_name": user.last_name,
            "name_email-email": user.email,
            "notifications-updated_comments_notifications": "on",
            "theme-theme": "system",
            "theme-contrast": "system",
            "theme-density": "default",
            "avatar-avatar": picture,
        },
    )
    user.refresh_from_db()
    assert user.first_name == "甲"  # the rest of the form was saved
    assert not UserProfile.objects.get(user=user).avatar


def test_nobody_is_asked_for_a_time_zone_or_a_language(staff: None) -> None:
    page = read(entered("editor"), "/admin/account/")
    assert "locale-current_time_zone" not in page
    assert "locale-preferred_language" not in page


# The colours


def block(start: str) -> dict[str, str]:
    """The custom properties of the first rule that follows `start`."""
    found = re.search(re.escape(start) + r"\s*\{(.*?)\n\s*\}", SHEET.read_text(), flags=re.DOTALL)
    assert found, start
    return dict(re.findall(r"--([a-z0-9-]+): ([^;]+);", found.group(1)))


def of_parts(properties: dict[str, str], name: str) -> str:
    """The "#rrggbb" of a colour that Wagtail wants in hue, saturation and lightness."""
    hue, saturation, lightness = (
        float(properties[f"w-color-{name}-{part}"].rstrip("%"))
        for part in ("hue", "saturation", "lightness")
    )
    channels = colorsys.hls_to_rgb(hue / 360, lightness / 100, saturation / 100)
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)


def test_buttons_and_links_are_our_blue_and_can_be_read() -> None:
    light = block(":root")
    blue, menu = of_parts(light, "secondary"), of_parts(light, "primary")
    assert blue == "#0b4f8a"
    assert contrast(blue, "#ffffff") >= 8
    assert contrast(menu, "#ffffff") >= 12
    for name in ("text-label", "text-meta", "text-placeholder", "critical-200", "positive-100"):
        assert contrast(light[f"w-color-{name}"], "#ffffff") >= 4.5, name
        assert contrast(light[f"w-color-{name}"], light["w-color-grey-50"]) >= 4.5, name
    assert contrast(light["w-color-border-field-default"], "#ffffff") >= 3
    assert contrast(light["w-color-focus"], "#ffffff") >= 3
    assert contrast(light["staff-ring"], menu) >= 3


def test_the_dark_theme_can_be_read() -> None:
    dark = {name.removeprefix("w-color-"): value for name, value in block(".w-theme-dark").items()}
    for paper in ("surface-page", "surface-field", "surface-header", "surface-dashboard-panel"):
        for text in (
            "text-label",
            "text-context",
            "text-meta",
            "text-placeholder",
            "text-link-default",
            "text-link-hover",
            "text-error",
        ):
            assert contrast(dark[text], dark[paper]) >= 4.5, (text, paper)
        assert contrast(dark["focus"], dark[paper]) >= 3
        assert contrast(dark["border-field-default"], dark[paper]) >= 3
    for button in ("surface-button-default", "surface-button-hover"):
        assert contrast("#ffffff", dark[button]) >= 4.5
    assert contrast("#ffffff", dark["surface-menus"]) >= 12


def test_dark_by_choice_is_dark_by_the_system() -> None:
    assert block(".w-theme-dark") == block(".w-theme-system")
