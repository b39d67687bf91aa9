"""The rule of public pages: their bytes depend on the URL and the published state alone."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from wagtail.models import Page

from home.policies.models import PolicyPage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]


def public_paths() -> list[str]:
    paths = []
    for page in Page.objects.live().filter(depth__gt=1).specific():
        if not page.is_published_bytes:
            continue
        paths.append(page.url)
        paths += [
            f"{page.url}clauses/{clause.key}/"
            for clause in getattr(page, "clauses", Page.objects.none()).all()
        ]
        if isinstance(page, PolicyPage):
            paths += [f"{page.url}editions/", f"{page.url}editions/1/"]
    return paths


def test_every_public_page_is_the_same_for_everybody() -> None:
    user = get_user_model().objects.create_superuser("visitor", "visitor@example.org", "-")
    nobody, stranger, insider = Client(), Client(), Client()
    stranger.cookies["csrftoken"] = "x" * 32
    stranger.cookies["theme"] = "dark"
    insider.force_login(user)
    paths = public_paths()
    assert len(paths) > 60
    for path in paths:
        plain = nobody.get(path)
        assert plain.status_code == 200, path
        assert not plain.cookies, path
        assert stranger.get(path, HTTP_ACCEPT_LANGUAGE="en").content == plain.content, path
        assert insider.get(path).content == plain.content, path


def test_no_public_page_has_inline_script_or_style_or_asks_another_host() -> None:
    client = Client()
    for path in public_paths():
        html = client.get(path).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)", html), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html), path
        assert not re.search(r'(?:src|srcset|action)="(?:https?:)?//', html), path
        assert not re.search(r'<link[^>]+href="(?:https?:)?//', html), path
