"""What holds for every test: one that needs a server or a browser is skipped where there is none.

With REQUIRE_SERVICES=1 (.ci/run) it fails instead: nothing is green because it did not run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.cache import cache

from tests.machine import what_is_missing

if TYPE_CHECKING:
    from tests.pages.press import House

pytest_plugins = ["tests.demo", "tests.flushing"]


@pytest.fixture(scope="session", autouse=True)
def _operator() -> Iterator[None]:
    """What a test publishes by hand it publishes as an operator would; its requests do not."""
    from home.pages.authority import authorised_by, operator

    with authorised_by(operator("tests")):
        yield


@pytest.fixture(autouse=True)
def _nothing_is_counted_yet() -> None:
    """Counts of tries end with a test: a table is rolled back, Redis is emptied."""
    if settings.CACHES["default"]["BACKEND"].endswith("RedisCache"):
        cache.clear()


@pytest.fixture
def house(db: None) -> House:
    """Editors, reviewers and the pages they review."""
    from tests.pages.press import House

    return House()


@pytest.fixture
def as_the_web(db: None) -> Iterator[None]:
    """Without the authority that tests have as operators."""
    from home.pages.authority import Authority, Ground, authorised_by

    with authorised_by(Authority(Ground.RELEASE, "nothing", {})):
        yield


REQUIRED = os.environ.get("REQUIRE_SERVICES") == "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    measuring = "bench" in config.option.markexpr
    for item in items:
        if item.get_closest_marker("bench") and not measuring:
            item.add_marker(pytest.mark.skip(reason="measurements are asked for with -m bench"))
        elif not REQUIRED and (missing := what_is_missing(item)):
            item.add_marker(pytest.mark.skip(reason=f"needs {missing}"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if REQUIRED and (missing := what_is_missing(item)):
        pytest.fail(f"REQUIRE_SERVICES is set, and this test needs {missing}", pytrace=False)
