"""Puts the notices and the terms into the Wagtail admin."""

from __future__ import annotations

from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSet

from forms.vault.viewsets import ConsentTextViewSet, RetentionClassViewSet


@hooks.register("register_admin_viewset")
def notices() -> ViewSet:
    return ConsentTextViewSet()


@hooks.register("register_admin_viewset")
def terms() -> ViewSet:
    return RetentionClassViewSet()
