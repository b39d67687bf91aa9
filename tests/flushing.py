"""Transactional tests empty every table behind them; what is written once must let them.

The product has no way to do this, and needs none: the triggers go before Django's flush, and come
back behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.test import TransactionTestCase

from forms.vault import write_once


@pytest.fixture(scope="session", autouse=True)
def tables_can_be_emptied() -> Iterator[None]:
    case: Any = TransactionTestCase
    empty_tables = case._fixture_teardown

    def emptied(self: Any) -> None:
        names = self._databases_names(include_mirrors=False)
        guarded = [connections[name] for name in names]
        for connection in guarded:
            write_once.remove(connection)
        try:
            empty_tables(self)
        finally:
            for connection in guarded:
                write_once.install(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", emptied)
        yield
