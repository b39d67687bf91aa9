"""Limits on guessing and flooding, counted on the shared cache.

A window is a fixed hour: what counts is that no code can be guessed in a lifetime, not the second
at which a window opens. A cache that fails breaks no page; what it means for the limit is the
caller's to say: nobody is locked out by it, and no open count runs without bound.
"""

from __future__ import annotations

import ipaddress
import logging
import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from forms.vault.services import keyed_digest

logger = logging.getLogger(__name__)
HOUR = 3600


class NotCounting(Exception):
    """The cache fails, so that nobody knows how many tries there were."""


def exceeded(scope: str, name: str, limit: int, by: int = 1) -> bool:
    """Counts one more try (or `by`) for `name`; whether that is more than `limit` in this hour.

    With a cache that fails nobody is over the limit.
    """
    try:
        return exceeded_for_certain(scope, name, limit, by)
    except NotCounting:
        return False


def exceeded_for_certain(scope: str, name: str, limit: int, by: int = 1) -> bool:
    """The same for what must not go on uncounted. Raises `NotCounting` where the cache fails."""
    key = _key(scope, name)
    try:
        if cache.add(key, by, HOUR):
            return by > limit
        try:
            count = cache.incr(key, by)
        except ValueError:  # it ran out between the two calls
            cache.set(key, by, HOUR)
            return by > limit
        # Django's own `incr` gives the entry its default lifetime on some backends.
        cache.touch(key, HOUR)
    except Exception as error:  # each backend has its own kinds of failure
        logger.warning("The cache does not count: %s", type(error).__name__)
        raise NotCounting from error
    return int(count) > limit


def forget(scope: str, name: str) -> None:
    """Starts again at nothing: the right code was given."""
    try:
        cache.delete(_key(scope, name))
    except Exception as error:
        logger.warning("The cache does not forget: %s", type(error).__name__)


def take_back(scope: str, name: str) -> None:
    """Makes the last try not count: there was nothing wrong with it."""
    try:
        cache.decr(_key(scope, name))
    except ValueError:
        pass  # its hour ran out in between
    except Exception as error:
        logger.warning("The cache does not count: %s", type(error).__name__)


def client_address(request: HttpRequest) -> str:
    """Where the request comes from: an IPv4 address, or the /64 an IPv6 household has.

    What a client writes into X-Forwarded-For counts only as far as our own proxies
    (settings.TRUSTED_PROXIES) wrote it down.
    """
    address = request.META.get("REMOTE_ADDR", "")
    trusted = settings.TRUSTED_PROXIES
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    while address in trusted and hops and hops[-1]:
        address = hops.pop()
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if ip.version == 6:
        return str(ipaddress.ip_network(f"{ip}/64", strict=False))
    return str(ip)


def _key(scope: str, name: str) -> str:
    # Neither an address nor a reference stands in the cache in clear.
    hour = int(time.time()) // HOUR
    return f"limit:{scope}:{hour}:{keyed_digest(name.encode())[:32]}"
