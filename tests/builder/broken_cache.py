"""A cache whose server is away."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.cache.backends.base import BaseCache


class BrokenCache(BaseCache):
    """Fails at everything, as a client does that reaches no server."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def _fail(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ConnectionError("no route to the cache")

    add = get = set = touch = delete = clear = incr = has_key = _fail
