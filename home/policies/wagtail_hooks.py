"""What policies add to the Wagtail admin."""

from __future__ import annotations

from django.urls import URLPattern
from wagtail import hooks

from home.policies import editions_admin

hooks.register("register_page_header_buttons", editions_admin.header_items)
hooks.register("register_page_listing_buttons", editions_admin.listing_items)


@hooks.register("register_admin_urls")
def edition_urls() -> list[URLPattern]:
    return editions_admin.urlpatterns
