"""The pages of the plan, its clauses, interpretations and services."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from home.checklist.models import ServicePage
from home.policies.models import InterpretationPage, PolicyPage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]

PLAN = "/policies/lmf-2025-10/"


def test_the_plan_shows_every_clause_under_its_anchor(client: Client) -> None:
    html = client.get(PLAN).content.decode()
    keys = PolicyPage.objects.get(slug="lmf-2025-10").clauses.values_list("key", flat=True)
    assert len(keys) == 25
    for key in keys:
        assert html.count(f'id="c-{key}"') == 1
        assert f'href="#c-{key}"' in html


def test_the_plan_costs_at_most_twelve_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12):
        client.get(PLAN)


def test_the_plan_weighs_less_than_120_kb(client: Client) -> None:
    assert len(client.get(PLAN).content) < 120 * 1024


def test_no_public_page_of_the_plan_names_another_host_for_the_browser_to_ask(
    client: Client,
) -> None:
    html = client.get(PLAN).content.decode()
    assert not re.findall(r'(?:src|srcset)="(?:https?:)?//', html)
    assert not re.findall(r'<link[^>]+href="(?:https?:)?//', html)


def test_a_clause_has_a_page_with_its_citation_its_interpretation_and_its_services(
    client: Client,
) -> None:
    html = client.get(f"{PLAN}clauses/2-2-1/").content.decode()
    assert "辽民发〔2025〕10号 二(二)1" in html
    assert "/interpretations/going-to-school/" in html
    assert "/services/ln-05/" in html
    assert "示例" in html


@pytest.mark.parametrize("key", ["9-9", "2-2-1x", "art-1"])
def test_a_clause_that_does_not_exist_is_a_404(client: Client, key: str) -> None:
    assert client.get(f"{PLAN}clauses/{key}/").status_code == 404


def test_a_key_that_is_no_path_of_numbers_breaks_no_page(client: Client) -> None:
    plan = PolicyPage.objects.get(slug="lmf-2025-10")
    plan.clauses.filter(key="2-2-1").update(key="xyz")
    plan.clauses.filter(key="2-2-2").update(key="abc", number="")
    assert client.get(PLAN).status_code == 200
    # Cited where it is printed; by its key where it is printed under no number.
    assert "辽民发〔2025〕10号 二(二)1" in client.get(f"{PLAN}clauses/xyz/").content.decode()
    assert "辽民发〔2025〕10号 abc" in client.get(f"{PLAN}clauses/abc/").content.decode()


def test_what_the_page_is_made_of_is_noted(client: Client) -> None:
    made_of = client.get(PLAN).made_of  # type: ignore[attr-defined]
    plan = PolicyPage.objects.get(slug="lmf-2025-10")
    assert ("page", str(plan.pk)) in made_of
    assert ("clause", f"{plan.pk}:2-2-1") in made_of
    interpretation = InterpretationPage.objects.get(slug="going-to-school")
    assert ("page", str(interpretation.pk)) in made_of
    service = ServicePage.objects.get(code="LN-05")
    assert ("service", str(service.pk)) in made_of


def test_an_unpublished_interpretation_is_not_beside_the_clause(client: Client) -> None:
    InterpretationPage.objects.get(slug="going-to-school").unpublish()
    assert "/interpretations/going-to-school/" not in client.get(PLAN).content.decode()


def test_each_of_the_six_interpretations_is_linked_both_ways(client: Client) -> None:
    pages = InterpretationPage.objects.live()
    assert pages.count() == 6
    for page in pages:
        html = client.get(page.url).content.decode()
        for link in page.clause_links.all():
            key = link.clause_key.key
            assert f"{PLAN}#c-{key}" in html
            assert page.url in client.get(f"{PLAN}clauses/{key}/").content.decode()


def test_all_34_services_stand_in_the_checklist_with_their_badge(client: Client) -> None:
    html = client.get("/services/").content.decode()
    services = ServicePage.objects.live()
    assert services.count() == 34
    for service in services:
        assert f'href="{service.url}"' in html
    assert html.count("badge--demo") >= 34


def test_every_service_names_its_clause_and_who_is_responsible() -> None:
    for service in ServicePage.objects.live():
        assert service.clause_links.count() == 1
        assert service.departments.exists() or service.departments_note


def test_the_lists_cost_a_fixed_number_of_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for path in ("/services/", "/policies/", "/interpretations/"):
        with django_assert_max_num_queries(10):
            assert client.get(path).status_code == 200
