"""The editor of a policy of a hundred clauses, asked of the product as it runs (gunicorn)."""

from __future__ import annotations

import statistics
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

import pytest

from tests.browser.conftest import PASSWORD, Product, product
from tests.browser.making import make_long_policy
from tests.policies.editing import form_fields, parsed

__all__ = ["product"]

pytestmark = pytest.mark.bench

SAVING_SECONDS = 1.5
OPENING_SECONDS = 1.5


class Person:
    """Somebody signed in, by HTTP alone."""

    def __init__(self, site: Product, username: str) -> None:
        self.site = site
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self.opener = urllib.request.build_opener(cookies)
        login = parsed(self.get("/admin/login/"))
        token = str(login.select_one("[name=csrfmiddlewaretoken]")["value"])
        self.post(
            "/admin/login/",
            {
                "csrfmiddlewaretoken": [token],
                "username": [username],
                "password": [PASSWORD],
                "next": ["/admin/account/"],
            },
        )

    def get(self, path: str) -> bytes:
        with self.opener.open(f"{self.site.url}{path}") as answer:
            read: bytes = answer.read()
            return read

    def post(self, path: str, fields: dict[str, list[str]], accept: str = "text/html") -> int:
        request = urllib.request.Request(  # noqa: S310 (our own)
            f"{self.site.url}{path}",
            urllib.parse.urlencode(fields, doseq=True).encode(),
            {"Accept": accept, "Referer": f"{self.site.url}{path}"},
        )
        with self.opener.open(request) as answer:
            answer.read()
            status: int = answer.status
            return status


@pytest.fixture(scope="module")
def person(product: Product) -> Person:
    return Person(product, "editor")


@pytest.mark.parametrize("live", [True, False], ids=["published", "never published"])
def test_a_draft_of_a_hundred_clauses_is_saved_in_time(
    product: Product, person: Person, live: bool
) -> None:
    edit = f"/admin/pages/{make_long_policy(product, 100 if live else 101, live=live)}/edit/"
    opening, saving, background = [], [], []
    for n in range(6):
        began = time.perf_counter()
        page = person.get(edit)
        opening.append(time.perf_counter() - began)
        fields = form_fields(parsed(page))
        fields["clauses-50-heading"] = [f"改过{n}"]
        # The answer to a saved draft leads to the editor again: only the saving is timed.
        began = time.perf_counter()
        assert person.post(edit, fields, "application/json") == 200
        background.append(time.perf_counter() - began)
        began = time.perf_counter()
        assert person.post(edit, fields) == 200
        saving.append(time.perf_counter() - began)
    # The first of each loads what a worker keeps; a saved draft is followed by the editor anew.
    median_opening = statistics.median(opening[1:])
    print(
        f"\n100 clauses, {'live' if live else 'draft'}: opening {median_opening:.2f} s, "
        f"autosave {statistics.median(background[1:]):.2f} s, "
        f"saving and opening again {statistics.median(saving[1:]):.2f} s"
    )
    assert statistics.median(background[1:]) < SAVING_SECONDS
    assert statistics.median(saving[1:]) - median_opening < SAVING_SECONDS
    assert median_opening < OPENING_SECONDS
