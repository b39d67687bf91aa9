"""Puts the organiser's lists into the Wagtail admin, for organisers and nobody else."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from home.directory.models import Role
from home.directory.selectors import requester_has_role


@hooks.register("register_admin_urls")
def sign_up_urls() -> list[URLPattern | URLResolver]:
    return [path("sign-ups/", include("forms.activities.admin_urls"))]


class SignUpsMenuItem(MenuItem):
    """The way to the sign-ups."""

    def is_shown(self, request: HttpRequest) -> bool:
        return requester_has_role(request, Role.ORGANISER)


@hooks.register("register_admin_menu_item")
def sign_ups_menu_item() -> MenuItem:
    return SignUpsMenuItem(
        _("活动报名"),
        reverse("activities_sign_ups"),
        name="sign-ups",
        icon_name="calendar-check",
        order=2,
    )
