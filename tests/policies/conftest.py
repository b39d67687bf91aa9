"""What the tests of policies on the demo site begin with (`usefixtures("demo_site")`)."""

from __future__ import annotations

import pytest
from django.test import Client

from home.directory.models import User
from home.policies.models import PolicyPage


@pytest.fixture
def plan() -> PolicyPage:
    """The real action plan, published once."""
    return PolicyPage.objects.get(slug="lmf-2025-10")


@pytest.fixture
def editor(client: Client) -> Client:
    """The browser of somebody who writes policies."""
    client.force_login(User.objects.get(username="editor"))
    return client
