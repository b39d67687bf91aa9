"""A real Elasticsearch: it answers as the database does, and may die, lag or refuse at any time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings
from wagtail.models import Page, PageViewRestriction

from home.portal.models import NewsIndexPage, NewsPage
from ops import health
from search.analysis.entry import SearchEntry
from search.analysis.question import understand
from search.engine import indexing, mirror
from search.engine.engines import database_engine, elasticsearch, get_engine
from search.engine.models import Generation, Mirror, MirrorMark, SearchDocument
from search.engine.planning import plan
from search.engine.services import SearchResults, search
from tests.search import site_of_pages
from tests.search.conftest import Commit, committed  # noqa: F401  (a fixture)
from tests.search.site_of_pages import publish_news
from tests.services.elasticsearch_node import Node

pytestmark = [pytest.mark.services("elasticsearch"), pytest.mark.faults, pytest.mark.django_db]

QUERIES = [
    "居住证",
    "流动儿童",
    "孩子上学怎么办",
    "辽民发〔2025〕10号",
    "困境儿童 医疗救助",
    "儿童",
]


@pytest.fixture(scope="module")
def the_node() -> Iterator[Node]:
    # Not below pytest's own folder, which nobody else may enter: the node runs as another user.
    with TemporaryDirectory(prefix="tongban-elasticsearch-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        node = Node(Path(folder) / "node")
        node.start()
        yield node
        node.kill()


@pytest.fixture
def node(the_node: Node, settings: Settings) -> Iterator[Node]:
    """The node, up, and the product set to it."""
    if the_node.process is None:
        the_node.start()
    settings.SEARCH_URL = the_node.url
    elasticsearch.breaker.works()
    yield the_node
    elasticsearch.breaker.works()


@pytest.fixture
def news(node: Node, db: None) -> NewsIndexPage:
    mirror.look_after()
    return site_of_pages.make_section(site_of_pages.make_home())


def publish(news: NewsIndexPage, number: int) -> list[NewsPage]:
    return [publish_news(news, f"第{one}则居住证动态") for one in range(number)]


def answers(found: SearchResults) -> tuple[int, list[str], bool]:
    return found.total, [result.title for result in found.results], found.degraded


def set_read_only(value: bool) -> None:
    [name] = Mirror.objects.values_list("name", flat=True)
    elasticsearch.client().indices.put_settings(index=name, settings={"index.blocks.write": value})


def is_whole() -> bool:
    """Everything is where it should be, by Elasticsearch's own count."""
    whole = Mirror.objects.filter(generation__state=Generation.State.CURRENT, whole=True).first()
    if whole is None or MirrorMark.objects.exists():
        return False
    there = elasticsearch.client().count(index=whole.name)["count"]
    return bool(there == SearchDocument.objects.filter(generation=whole.generation).count())


def heals_within_a_minute() -> None:
    """Looks after the mirror as the worker does, every 20 seconds, until it is whole."""
    until = time.monotonic() + 60
    while True:
        mirror.look_after()
        if is_whole():
            return
        assert time.monotonic() + 20 < until, "not whole within a minute"
        time.sleep(20)


def test_it_finds_and_counts_what_the_database_does(news: NewsIndexPage) -> None:
    home = news.get_parent()
    site_of_pages.publish_plan(home)
    site_of_pages.publish_services(home)
    publish(news, 30)
    indexing.rebuild()
    assert is_whole()
    engine, database = get_engine(), database_engine()
    assert isinstance(engine, elasticsearch.ElasticsearchEngine)
    population = SearchDocument.objects.count()
    compared = 0
    for query in QUERIES:
        question = understand(query)
        frequencies = engine.frequencies(question.tokens())
        exact = database.frequencies(question.tokens())
        # SQLite counts by column: about how many, but exact where it is none.
        assert {t for t, count in frequencies.items() if count} == {
            t for t, count in exact.items() if count
        }
        wanted = plan(question.settled(frequencies), frequencies, population)
        if wanted.need is None:
            continue
        ours, theirs = engine.find(wanted, None, 300), database.find(wanted, None, 300)
        assert not ours.degraded
        assert ours.counts == theirs.counts
        assert set(ours.documents) == set(theirs.documents)
        some = sorted(theirs.counts)[:1]
        chosen = engine.find(wanted, some, 5), database.find(wanted, some, 5)
        assert len(chosen[0].documents) == len(chosen[1].documents)
        assert chosen[0].counts == theirs.counts
        compared += len(ours.documents)
    assert compared > 50


def test_what_is_published_is_found_at_once_and_what_is_deleted_is_not(
    news: NewsIndexPage,
    committed: Commit,  # noqa: F811
) -> None:
    with committed():
        first, *_ = publish(news, 3)
    assert is_whole()
    assert answers(search("居住证"))[::2] == (3, False)
    with committed():
        first.delete()
    assert is_whole()
    assert answers(search("居住证"))[::2] == (2, False)


def test_a_page_of_results_costs_no_more_statements_than_the_search_allows(
    news: NewsIndexPage, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish(news, 25)
    indexing.work_off()
    search("居住证")
    with django_assert_num_queries(8):
        assert answers(search("居住证"))[::2] == (25, False)


@pytest.mark.parametrize("deed", ["made private", "unpublished", "deleted"])
def test_a_page_withdrawn_while_the_engine_lags_is_never_counted(
    news: NewsIndexPage, deed: str
) -> None:
    page, *_ = publish(news, 3)
    indexing.work_off()
    if deed == "made private":
        PageViewRestriction.objects.create(page=page, restriction_type="login")
    elif deed == "unpublished":
        Page.objects.filter(pk=page.pk).update(live=False)
    else:
        NewsPage.objects.get(pk=page.pk).delete()
    # Nothing has been worked off: Elasticsearch still holds it.
    [name] = Mirror.objects.values_list("name", flat=True)
    assert elasticsearch.client().count(index=name)["count"] == 3
    total, titles, degraded = answers(search("居住证"))
    assert (total, degraded) == (2, False)
    assert page.title not in titles
    assert search("居住证").everything == 2


def test_killed_during_a_search_the_database_answers_and_the_page_says_so(
    news: NewsIndexPage, node: Node, client: Client
) -> None:
    publish(news, 3)
    indexing.work_off()
    assert "可能不完整" not in client.get("/search/", {"q": "居住证"}).content.decode()
    assert "degraded" not in client.get("/api/v1/search", {"q": "居住证"}).json()
    node.kill()
    began = time.monotonic()
    assert answers(search("居住证"))[::2] == (3, True)
    assert time.monotonic() - began < 5
    began = time.monotonic()
    assert "可能不完整" in client.get("/search/", {"q": "居住证"}).content.decode()
    assert client.get("/api/v1/search", {"q": "居住证"}).json()["degraded"] is True
    assert time.monotonic() - began < 1, "asked again although it does not answer"
    node.start()
    heals_within_a_minute()
    assert answers(search("居住证"))[::2] == (3, False)


def test_killed_during_indexing_it_is_whole_again_after_its_return(
    news: NewsIndexPage, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(news, 12)
    indexing.work_off()
    monkeypatch.setattr(indexing, "REBUILT_AT_ONCE", 4)
    tell = NewsPage.search_entries
    told: list[int] = []

    def tell_and_die(page: NewsPage) -> list[SearchEntry]:
        told.append(page.pk)
        if len(told) == 6:
            node.kill()
        return tell(page)

    monkeypatch.setattr(NewsPage, "search_entries", tell_and_die)
    indexing.rebuild()
    assert answers(search("居住证"))[0] == 12
    assert MirrorMark.objects.exists()
    node.start()
    heals_within_a_minute()
    assert answers(search("居住证"))[::2] == (12, False)


def test_set_read_only_it_answers_what_it_has_and_keeps_the_duties(news: NewsIndexPage) -> None:
    first, *_ = publish(news, 3)
    indexing.work_off()
    set_read_only(True)
    publish_news(news, "最新的居住证动态")
    first.delete()
    indexing.work_off()
    assert {mark.deed for mark in MirrorMark.objects.all()} == {"put", "remove"}
    total, titles, degraded = answers(search("居住证"))
    assert (total, degraded) == (2, True)
    assert first.title not in titles
    set_read_only(False)
    heals_within_a_minute()
    assert answers(search("居住证"))[::2] == (3, False)


def test_an_index_that_was_lost_is_filled_again_from_the_database(news: NewsIndexPage) -> None:
    publish(news, 3)
    indexing.work_off()
    [name] = Mirror.objects.values_list("name", flat=True)
    elasticsearch.client().indices.delete(index=name + mirror.BEHIND)
    assert answers(search("居住证"))[::2] == (3, True)
    heals_within_a_minute()
    assert answers(search("居住证"))[::2] == (3, False)


def test_an_index_that_lacks_an_entry_is_noticed(news: NewsIndexPage) -> None:
    publish(news, 3)
    indexing.work_off()
    [name] = Mirror.objects.values_list("name", flat=True)
    gone = SearchDocument.objects.values_list("pk", flat=True)[0]
    elasticsearch.client().delete(index=name, id=str(gone), refresh=True)
    assert search("居住证").total == 2
    heals_within_a_minute()
    assert search("居住证").total == 3


def test_an_index_made_before_there_was_a_server_is_brought_to_it(
    news: NewsIndexPage, settings: Settings, node: Node
) -> None:
    settings.SEARCH_URL = ""
    publish(news, 3)
    indexing.work_off()
    assert not MirrorMark.objects.exists()
    settings.SEARCH_URL = node.url
    heals_within_a_minute()
    assert answers(search("居住证"))[::2] == (3, False)
    settings.SEARCH_URL = ""
    mirror.look_after()
    assert not Mirror.objects.exists()


def test_the_health_check_asks_the_node(node: Node) -> None:
    assert health.ask_all({"search": (health._search, "down")}) == {"search": "up"}
    node.kill()
    assert health.ask_all({"search": (health._search, "down")}) == {"search": "down"}


def test_a_duty_that_comes_late_changes_nothing(news: NewsIndexPage) -> None:
    [page] = publish(news, 1)
    indexing.work_off()
    [mirrored] = Mirror.objects.all()
    document = SearchDocument.objects.get(page_id=page.pk)
    NewsPage.objects.get(pk=page.pk).delete()
    indexing.work_off()
    operations = [
        {
            "index": {"_index": mirrored.name, "_id": str(document.pk), "version": 1}
            | {"version_type": "external_gte"}
        },
        elasticsearch.entry(document.pk, page.pk, document.facet_id, ["w居住证"]),
    ]
    elasticsearch.client().bulk(operations=operations, refresh=True)
    assert elasticsearch.client().count(index=mirrored.name)["count"] == 0
