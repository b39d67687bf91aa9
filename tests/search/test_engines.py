"""What each engine must have, and must not choke on."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from home.portal.models import NewsIndexPage
from search.analysis.question import MOST_CLUES, MOST_UNITS, understand
from search.analysis.streams import Token, streams
from search.engine import indexing, vocabulary
from search.engine.checks import search_engine_is_known, sqlite_can_search
from search.engine.engines import EntryStreams, database_engine, engine_name, postgres, sqlite
from search.engine.planning import All, AnyOf, plan
from search.engine.services import search
from search.engine.suggesting import suggest
from tests.search.site_of_pages import publish_news

# What notes the duties to a mirror.
MIRRORING = {"search_mirror_put", "search_mirror_remove"}

NASTY = [
    '"',
    "'",
    "*",
    "\\",
    "%",
    "_",
    "AND OR NOT (",
    "居住 AND NOT 医保",
    "NEAR(居住 医保)",
    "title : 居住",
    '居住" OR "医保',
    "'); DROP TABLE search_searchdocument; --",
    "居住\x00证",
    "居住\ud83d证",
    "\u202e居住证",
    "居住证👍🏽",
    "<script>alert(1)</script>",
    "-居住证",
    "居住^2",
    "{居住}",
    "e\u0301" * 60,
    "居" * 10_000,
    "居住 " * 200,
    ":*<->!&|",
]


@pytest.mark.django_db
@pytest.mark.parametrize("query", NASTY)
def test_no_query_is_syntax(news: NewsIndexPage, query: str) -> None:
    publish_news(news, "居住证办理须知")
    indexing.work_off()
    assert search(query).total in (0, 1)
    assert len([one for one in suggest(query) if one.type != "query"]) in (0, 1)


@pytest.mark.django_db
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(query=st.text(st.characters(exclude_categories=()), max_size=255))
def test_any_text_can_be_asked(news: NewsIndexPage, query: str) -> None:
    assert search(query).total == 0
    assert suggest(query) == []


@pytest.mark.django_db
def test_a_page_of_results_costs_eight_statements(
    news: NewsIndexPage, django_assert_num_queries: object
) -> None:
    for number in range(30):
        publish_news(news, f"第{number}则居住证动态")
    indexing.work_off()
    vocabulary.current()  # read anew only where it has new words
    with django_assert_num_queries(8):  # type: ignore[operator]
        found = search("居住证怎么办理", limit=20)
    assert (found.total, len(found.results), found.pages) == (30, 20, 2)


@pytest.mark.django_db
def test_pages_of_results_hold_every_result_once(news: NewsIndexPage) -> None:
    for number in range(25):
        publish_news(news, f"第{number}则居住证动态")
    indexing.work_off()
    ids = [r.id for page in (1, 2, 3, 4) for r in search("居住证", page=page, limit=10).results]
    assert len(ids) == len(set(ids)) == 25


@pytest.mark.django_db
def test_what_the_engine_needs_is_there_after_all_migrations() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE name LIKE 'search_%%'")
            needed = {"search_fts", "search_fts_follows_deletion", *MIRRORING}
        else:
            cursor.execute(
                "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%%gin (vector)'"
                " UNION ALL SELECT tgname FROM pg_trigger"
            )
            needed = {"search_searchdocument_vector", *MIRRORING}
        assert needed <= {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
def test_the_full_text_table_is_asked_once_a_term_and_never_once_an_entry(
    news: NewsIndexPage,
) -> None:
    """14.7 s instead of 29 ms at 10,000 pages: what stock Wagtail does on SQLite."""
    for number in range(3):
        publish_news(news, f"第{number}则居住证动态")
    indexing.work_off()
    question = understand("居住证动态")
    engine = database_engine()
    wanted = plan(question, engine.frequencies(question.tokens()), 3)
    with CaptureQueriesContext(connection) as captured:
        assert len(engine.find(wanted, None, 10).documents) == 3
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {captured[-1]['sql']}")
            steps = [row[-1] for row in cursor.fetchall()]
            assert "MATERIALIZE needed" in steps
            # "0:M16": found by the words alone; a "=" would be a look-up by rowid. Once for what is
            # needed, once for the clues.
            assert [step for step in steps if "search_fts" in step] == [
                "SCAN search_fts VIRTUAL TABLE INDEX 0:M16"
            ] * 2
            assert not [step for step in steps if step.startswith("SCAN entry")]
        else:
            # With so few rows a scan is cheaper; what counts is that the index can be used.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {captured[-1]['sql']}")
            steps = [row[0] for row in cursor.fetchall()]
            assert any(
                "Bitmap Index Scan on search_searchdocument_vector" in step for step in steps
            )


def test_tokens_are_quoted_for_both_engines() -> None:
    token = Token("words", "a\"b'c\\d")
    assert sqlite.match(token, in_title=True) == '{title_words} : "a""b\'c\\d"'
    assert postgres.tsquery(token) == "'wa\"b''c\\\\d'"


def test_a_need_is_written_in_each_engines_words() -> None:
    a, b, c = (Token("numbers", text) for text in "abc")
    need = AnyOf((All((a, b)), c))
    assert postgres.tsquery(need) == "(('na' & 'nb') | 'nc')"
    columns = "{title_numbers extra_numbers body_numbers context_numbers}"
    assert sqlite.expression(need) == f'(({columns} : "a" AND {columns} : "b") OR {columns} : "c")'


def test_the_titles_tokens_are_kept_apart_as_well() -> None:
    entry = EntryStreams(streams("居住证"), streams(""), streams("医保"), streams(""))
    kept = postgres.lexemes(entry)
    assert {"w居住证", "W居住证", "b居住", "B居住", "w医保"} <= set(kept)
    assert "W医保" not in kept
    assert len(kept) == len(set(kept))


@pytest.mark.parametrize(
    ("url", "vendor", "engine"),
    [
        ("", "sqlite", "sqlite"),
        ("", "postgresql", "postgres"),
        ("sqlite://", "sqlite", "sqlite"),
        ("postgres://", "postgresql", "postgres"),
        ("http://localhost:9200", "sqlite", "elasticsearch"),
        ("https://search.example:9200", "postgresql", "elasticsearch"),
    ],
)
def test_the_address_or_the_database_names_the_engine(url: str, vendor: str, engine: str) -> None:
    assert engine_name(url, vendor) == engine


@pytest.mark.parametrize(
    ("url", "vendor"),
    [
        ("postgres://", "sqlite"),
        ("http://", "sqlite"),
        ("redis://localhost", "sqlite"),
        ("", "oracle"),
    ],
)
def test_an_engine_we_do_not_have_is_named_at_start(url: str, vendor: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SEARCH_URL"):
        engine_name(url, vendor)


def test_the_system_check_says_so(settings: object) -> None:
    assert search_engine_is_known() == sqlite_can_search() == []
    settings.SEARCH_URL = "redis://localhost"  # type: ignore[attr-defined]
    [error] = search_engine_is_known()
    assert error.id == "search.E001"


def test_the_longest_questions_stay_bounded() -> None:
    words = "流动儿童义务教育居住证随迁子女医保康复救助临时监护公租房低保托育妇联残联"
    asked = understand(words * 3)
    assert len(asked.units) == MOST_UNITS
    assert len(asked.clues) <= MOST_CLUES
