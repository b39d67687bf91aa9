"""What a page tells the index about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """One thing that can be found: a page, or a part of a page that has an address of its own.

    `key` tells the entries of one page apart ("" for the page itself, "c-2-1-2" for a clause).
    `url` is the path with the fragment, from the site's root. All texts are plain, for reading:
    the index does its own normalising.
    """

    key: str
    type: str
    title: str
    url: str
    body: str = ""
    headings: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    number: str = ""
    breadcrumb: str = ""
    departments: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    validity: str = ""
    published_on: date | None = None
    external_id: str = ""
    boost: float = field(default=1.0)
