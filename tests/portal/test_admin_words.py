"""Words of the admin that Wagtail makes up, as our editors should read them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from home.directory.models import User
from home.policies.models import PolicyPage

pytestmark = pytest.mark.django_db


def test_the_chooser_of_a_successor_asks_for_a_policy(client: Client, plan: PolicyPage) -> None:
    client.force_login(User.objects.create_superuser("root", "root@example.invalid", "x"))
    body = client.get(f"/admin/pages/{plan.pk}/edit/").content.decode()
    assert "选择政策文件" in body
    assert "(政策文件)" not in body


def test_only_administrators_are_led_to_the_report_that_names_models(client: Client) -> None:
    address = "/admin/reports/page-types-usage/"
    editor = User.objects.create_user("editor", "editor@example.invalid", "x")
    editor.user_permissions.add(Permission.objects.get(codename="access_admin"))
    editor.user_permissions.add(*Permission.objects.filter(content_type__model="page"))
    client.force_login(editor)
    assert address not in client.get("/admin/account/").content.decode()
    client.force_login(User.objects.create_superuser("root", "root@example.invalid", "x"))
    assert address in client.get("/admin/account/").content.decode()
