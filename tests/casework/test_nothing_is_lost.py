"""Whatever is done to a page, its parents, a person, a place or a row: what families sent stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.test import Client
from django.urls import reverse
from wagtail.models import Collection, Locale, Page, Revision, Site

from forms.builder.models import FormPage, FormVersion, RequestIndexPage, Submission
from forms.builder.selectors import answers_of, submission_for
from forms.builder.services import tracking_code
from forms.casework.models import Case, CaseEvent, RoutingDecision
from forms.vault.immutable import WrittenOnce
from forms.vault.models import AccessEntry, BlindIndex, Consent, ConsentText, SealedRecord
from home.directory.models import Area, Department, Unit, User
from tests.casework import house

KEPT = (
    Submission,
    SealedRecord,
    BlindIndex,
    Consent,
    ConsentText,
    AccessEntry,
    FormVersion,
    Case,
    CaseEvent,
    RoutingDecision,
)
REFUSALS = (ProtectedError, RestrictedError, WrittenOnce, DatabaseError)


@pytest.fixture
def case(liaoning: None, desk: Client, clerk: User) -> Case:
    """A request that was read and accepted: people, consents, looks and events hang on it."""
    asked = house.ask()
    desk.get(f"/admin/cases/{asked.reference}/")
    return house.do(asked, "accept", clerk)


@pytest.fixture
def admin(case: Case) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def rows() -> dict[str, set[int]]:
    """What must still be there afterwards."""
    return {model.__name__: set(model.objects.values_list("pk", flat=True)) for model in KEPT}


def assert_whole(case: Case, before: dict[str, set[int]]) -> None:
    for name, was in before.items():
        assert was <= rows()[name], name
    kept = Case.objects.get(pk=case.pk)
    assert house.CANARY_STORY in answers_of(kept.submission).by_key.values()
    assert kept.owner_unit_id == case.owner_unit_id
    found = submission_for(kept.submission.reference, tracking_code(kept.submission))
    assert found == kept.submission


def form() -> FormPage:
    return FormPage.objects.get(slug="help")


ORM: dict[str, Callable[[Case], Any]] = {
    "the form": lambda case: form().delete(),
    "the form, as a plain page": lambda case: Page.objects.get(slug="help").delete(),
    "forms in one query": lambda case: FormPage.objects.all().delete(),
    "pages in one query": lambda case: Page.objects.filter(slug="help").delete(),
    "its parent": lambda case: RequestIndexPage.objects.get().delete(),
    "the home page": lambda case: house.home().delete(),
    "every page": lambda case: Page.objects.all().delete(),
    "its questions": lambda case: form().form_fields.all().delete(),
    "a version": lambda case: FormVersion.objects.get(page=form()).delete(),
    "versions in one query": lambda case: FormVersion.objects.all().delete(),
    "the submission": lambda case: case.submission.delete(),
    "submissions in one query": lambda case: Submission.objects.all().delete(),
    "the record": lambda case: case.submission.record.delete(),
    "records in one query": lambda case: SealedRecord.objects.all().delete(),
    "the case": lambda case: case.delete(),
    "cases in one query": lambda case: Case.objects.all().delete(),
    "events in one query": lambda case: CaseEvent.objects.all().delete(),
    "decisions in one query": lambda case: RoutingDecision.objects.all().delete(),
    "consents in one query": lambda case: Consent.objects.all().delete(),
    "texts in one query": lambda case: ConsentText.objects.all().delete(),
    "looks in one query": lambda case: AccessEntry.objects.all().delete(),
    "the unit": lambda case: case.owner_unit.delete(),
    "units in one query": lambda case: Unit.objects.all().delete(),
    "the department": lambda case: Department.objects.get(code="civil-affairs").delete(),
    "the area": lambda case: Area.objects.get(code=house.HEPING).delete(),
    "areas in one query": lambda case: Area.objects.all().delete(),
    "who handled it": lambda case: User.objects.get(username__startswith="clerk").delete(),
    "people in one query": lambda case: User.objects.all().delete(),
    "the site": lambda case: Site.objects.all().delete(),
    "the language": lambda case: Locale.objects.all().delete(),
    "revisions": lambda case: Revision.objects.all().delete(),
    "collections": lambda case: Collection.objects.all().delete(),
    "a kind of content": lambda case: ContentType.objects.get_for_model(FormPage).delete(),
}


@pytest.mark.parametrize("name", ORM)
def test_deleting_by_the_orm_loses_nothing(case: Case, name: str) -> None:
    before = rows()
    try:
        with transaction.atomic():
            ORM[name](case)
    except REFUSALS:
        pass  # refused, or allowed without a loss: what counts is what is there afterwards
    ContentType.objects.clear_cache()  # it remembers the one that was deleted and came back
    assert_whole(case, before)


def page_deeds() -> dict[str, Callable[[Client], Any]]:
    def page(name: str, **data: Any) -> Callable[[Client], Any]:
        url = f"wagtailadmin_pages:{name}"
        return lambda admin: admin.post(reverse(url, args=[form().pk]), data)

    def parent(name: str, **data: Any) -> Callable[[Client], Any]:
        url = f"wagtailadmin_pages:{name}"
        return lambda admin: admin.post(
            reverse(url, args=[RequestIndexPage.objects.get().pk]), data
        )

    def bulk(action: str, **data: Any) -> Callable[[Client], Any]:
        url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", action])
        return lambda admin: admin.post(f"{url}?id={form().pk}&next=/admin/", data)

    return {
        "delete": page("delete"),
        "delete its parent": parent("delete"),
        "unpublish": page("unpublish"),
        "unpublish its parent and all below": parent("unpublish", include_descendants="on"),
        "copy": lambda admin: admin.post(
            reverse("wagtailadmin_pages:copy", args=[form().pk]),
            {
                "new_title": "另一张表",
                "new_slug": "other",
                "new_parent_page": form().get_parent().pk,
                "publish_copies": "on",
            },
        ),
        "delete in bulk": bulk("delete"),
        "unpublish in bulk": bulk("unpublish"),
    }


@pytest.mark.parametrize("name", page_deeds())
def test_what_an_administrator_does_to_the_page_loses_nothing(
    case: Case, admin: Client, name: str
) -> None:
    before = rows()
    response = page_deeds()[name](admin)
    assert response.status_code in (302, 200)
    assert_whole(case, before)


def test_a_form_that_is_moved_takes_nothing_from_what_was_sent(case: Case, admin: Client) -> None:
    before = rows()
    elsewhere = house.home().add_child(instance=RequestIndexPage(title="别处", slug="elsewhere"))
    url = reverse("wagtailadmin_pages:move_confirm", args=[form().pk, elsewhere.pk])
    admin.post(url)
    assert_whole(case, before)


def test_a_copy_has_versions_of_its_own(case: Case, admin: Client) -> None:
    page_deeds()["copy"](admin)
    copy = FormPage.objects.get(slug="other")
    assert copy.versions.exclude(page=form()).exists()
    assert case.submission.form_version.page == form()


@pytest.mark.parametrize("bulk", [False, True])
def test_who_handled_a_case_is_not_deleted_by_the_admin(
    case: Case, admin: Client, clerk: User, bulk: bool
) -> None:
    before = rows()
    if bulk:
        url = reverse("wagtail_bulk_action", args=["directory", "user", "delete"])
        response = admin.post(f"{url}?id={clerk.pk}&next=/admin/users/")
    else:
        response = admin.post(reverse("wagtailusers_users:delete", args=[clerk.pk]))
    assert response.status_code < 500
    assert_whole(case, before)
    assert CaseEvent.objects.filter(actor=clerk).exists()


def test_no_screen_of_the_admin_deletes_an_area_or_a_unit_with_cases(
    case: Case, admin: Client
) -> None:
    before = rows()
    for kind, pk in (("area", case.area_id), ("unit", case.owner_unit_id)):
        response = admin.post(f"/admin/directory/{kind}/delete/{pk}/")
        assert response.status_code < 500
    assert_whole(case, before)
