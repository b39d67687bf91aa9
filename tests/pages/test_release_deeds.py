"""Releases: put together, reviewed once, live together or not at all."""

from __future__ import annotations

import pytest

from home.pages.releases import services
from home.pages.releases.models import State
from home.policies.models import PolicyPage
from tests.pages import bundle
from tests.pages.bundle import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]


def test_approved_pages_go_live_together() -> None:
    release = bundle.approved()
    assert bundle.states(release) == [(True, True), (False, True), (True, True)]
    done = services.publish(release.pk, person("reviewer"))
    assert done.state == State.LIVE
    assert bundle.states(release) == [(True, False)] * 3
    plan = PolicyPage.objects.get(slug="lmf-2025-10")
    assert plan.title == bundle.NEW_TITLE
    assert plan.editions.count() == 2
