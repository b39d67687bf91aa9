"""What every page shares."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Page, PageViewRestriction

from home.pages import recorder
from home.pages.addresses import path_of
from home.pages.visibility import publicly_visible
from home.policies.models import PolicyIndexPage, PolicyPage


def test_a_path_leaves_out_the_name_of_the_root() -> None:
    assert path_of("/home/") == "/"
    assert path_of("/home/policies/lmf-2025-10/") == "/policies/lmf-2025-10/"


def test_notes_are_collected_by_every_recording_around_them() -> None:
    recorder.note("page", 1)  # outside: nothing happens
    with recorder.recording() as outer:
        recorder.note("page", 2)
        with recorder.recording() as inner:
            recorder.note("clause", "2-1")
        recorder.note("page", 2)
    assert inner == {("clause", "2-1")}
    assert outer == {("page", "2"), ("clause", "2-1")}


@pytest.mark.django_db
@pytest.mark.usefixtures("demo_site")
class TestWithTheDemo:
    def test_a_private_section_hides_the_pages_below_it(self) -> None:
        index = PolicyIndexPage.objects.get()
        assert publicly_visible(PolicyPage.objects.all()).count() == 1
        PageViewRestriction.objects.create(page=index, restriction_type=PageViewRestriction.LOGIN)
        assert publicly_visible(PolicyPage.objects.all()).count() == 0
        assert publicly_visible(Page.objects.filter(depth=2)).count() == 1

    @pytest.mark.parametrize(
        "path", ["/policies/nothing/", "/policies/lmf-2025-10/nothing/", "/x/y/z/"]
    )
    def test_a_path_that_leads_nowhere_is_a_404(self, client: Client, path: str) -> None:
        assert client.get(path).status_code == 404

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    def test_a_public_page_only_reads(self, client: Client, method: str) -> None:
        assert getattr(client, method)("/policies/lmf-2025-10/").status_code == 405

    def test_an_unpublished_page_is_a_404(self, client: Client) -> None:
        PolicyPage.objects.get().unpublish()
        assert client.get("/policies/lmf-2025-10/").status_code == 404

    def test_the_admin_says_why_a_published_policy_is_not_deleted(
        self, admin_client: Client
    ) -> None:
        plan = PolicyPage.objects.get()
        response = admin_client.post(
            reverse("wagtailadmin_pages:delete", args=[plan.pk]), follow=True
        )
        assert "必须长期保留" in response.content.decode()
        assert PolicyPage.objects.filter(pk=plan.pk).exists()

    def test_deleting_the_section_above_it_is_refused_too(self, admin_client: Client) -> None:
        index = PolicyIndexPage.objects.get()
        admin_client.post(reverse("wagtailadmin_pages:delete", args=[index.pk]))
        assert PolicyPage.objects.exists()

    def test_bulk_deletion_is_refused(self, admin_client: Client) -> None:
        plan = PolicyPage.objects.get()
        url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
        response = admin_client.post(f"{url}?id={plan.pk}", follow=True)
        assert "必须长期保留" in response.content.decode()
        assert PolicyPage.objects.filter(pk=plan.pk).exists()
