"""What tests of policies begin with: the demo site (`usefixtures("demo_site")`), or a house."""

from __future__ import annotations

import pytest
from django.test import Client

from home.directory.models import User
from home.policies.models import PolicyPage
from tests.pages.press import House


@pytest.fixture
def plan() -> PolicyPage:
    """The real action plan, published once."""
    return PolicyPage.objects.get(slug="lmf-2025-10")


@pytest.fixture
def editor(client: Client) -> Client:
    """The browser of somebody who writes policies."""
    client.force_login(User.objects.get(username="editor"))
    return client


@pytest.fixture
def policy(house: House) -> PolicyPage:
    """A policy of the house that went out by review."""
    page = house.draft_policy(lead=house.civil)
    house.publish_by_review(page)
    return PolicyPage.objects.get(pk=page.pk)
