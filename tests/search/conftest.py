from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from home.directory import reference as directory
from home.directory.models import Role, Unit, User
from home.directory.services import grant
from home.portal.models import NewsIndexPage
from search.engine import indexing, mirror
from search.engine.engines import elasticsearch, is_mirrored
from tests.search import site_of_pages

Commit = Callable[[], AbstractContextManager[object]]


@pytest.fixture(scope="session", autouse=True)
def _nothing_stays_in_elasticsearch() -> Iterator[None]:
    yield
    if is_mirrored():
        there = list(elasticsearch.client().indices.get(index=f"{settings.SEARCH_INDEX}-*"))
        if there:
            elasticsearch.client().indices.delete(index=there)


@pytest.fixture
def news(db: None) -> NewsIndexPage:
    """A site with an empty section of news."""
    if is_mirrored():
        mirror.look_after()  # takes away what the test before left behind
    return site_of_pages.make_section(site_of_pages.make_home())


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Callable[..., object]) -> Commit:
    """`with committed():` ends like a transaction that commits: what waits for it is run."""
    return lambda: django_capture_on_commit_callbacks(execute=True)  # type: ignore[return-value]


@pytest.fixture(scope="module")
def plan_site(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """The plan and its services, published and indexed once for a module's tests."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        home = site_of_pages.make_home()
        site_of_pages.publish_plan(home)
        site_of_pages.publish_services(home)
        while indexing.work_off().more:
            pass
        yield
        transaction.set_rollback(True)


@pytest.fixture
def editor(db: None, client: Client) -> Client:
    """An editor of the province's department, signed in."""
    directory.load()
    unit = Unit.objects.get(department__code="civil-affairs", area__code="210000")
    user = User.objects.create_user("editor", "", "a-long-password-92")
    grant(user, unit, Role.EDITOR)
    client.force_login(user)
    return client
