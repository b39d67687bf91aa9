"""The organiser's lists: one's own sessions, masked names, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from forms.activities.models import ActivityPage, Session, SignUp
from forms.activities.services import give_back
from forms.vault.models import AccessEntry
from forms.vault.services import erase
from home.directory.models import User
from tests.activities import fair
from tests.casework import house

LIST = "/admin/sign-ups/"


@pytest.fixture
def organiser(activity: ActivityPage, client: Client) -> User:
    """Heping's youth league at the desk."""
    user = house.person("organiser", house.HEPING, "youth-league")
    client.force_login(user)
    return user


def moments(**changes: timedelta) -> dict[str, str]:
    """What the session form sends."""
    distances = {
        "starts": timedelta(days=30),
        "ends": timedelta(days=30, hours=2),
        "opens": timedelta(days=-1),
        "closes": timedelta(days=29),
        **changes,
    }
    now = timezone.localtime()
    return {
        name: (now + distance).strftime("%Y-%m-%dT%H:%M") for name, distance in distances.items()
    }


def test_the_list_shows_sessions_with_their_numbers(
    organiser: User, session: Session, client: Client
) -> None:
    fair.sign_up(session)
    shown = client.get(LIST).content.decode()
    assert "周末亲子阅读" in shown
    assert "1／2" in shown


def test_names_and_numbers_are_masked(organiser: User, session: Session, client: Client) -> None:
    submission = fair.sign_up(session)
    shown = client.get(f"{LIST}{session.pk}/").content.decode()
    assert submission.reference in shown
    assert "金*" in shown
    assert "139****5678" in shown
    assert fair.CANARY_CHILD not in shown
    assert house.CANARY_PHONE not in shown


def test_one_is_revealed_for_a_reason_that_is_kept(
    organiser: User, session: Session, client: Client
) -> None:
    place = fair.place_of(fair.sign_up(session))
    fair.sign_up(session, child_name="另外一个", guardian_phone="13800001111")
    url = f"{LIST}{session.pk}/{place.pk}/reveal/"
    refused = client.post(url, {"reason": " "})
    assert refused.status_code == 400
    assert fair.CANARY_CHILD not in refused.content.decode()
    shown = client.post(url, {"reason": "活动改期"}).content.decode()
    assert fair.CANARY_CHILD in shown
    assert house.CANARY_PHONE in shown
    assert "另外一个" not in shown
    entry = AccessEntry.objects.get()
    assert (entry.user, entry.reason) == (organiser, "活动改期")


@pytest.mark.parametrize(
    ("role", "area", "department"),
    [
        ("organiser", house.SHENHE, "youth-league"),
        ("organiser", house.HEPING, "civil-affairs"),
        ("organiser", house.SHENYANG, "youth-league"),
        ("clerk", house.HEPING, "youth-league"),
        ("head", house.HEPING, "youth-league"),
        ("auditor", house.LIAONING, "civil-affairs"),
        ("editor", house.LIAONING, "civil-affairs"),
        ("administrator", house.LIAONING, "civil-affairs"),
    ],
)
def test_everybody_else_gets_a_404_by_every_route(
    session: Session, client: Client, role: str, area: str, department: str
) -> None:
    place = fair.place_of(fair.sign_up(session))
    client.force_login(house.person(role, area, department))
    for method, url in (
        ("get", f"{LIST}{session.pk}/"),
        ("get", f"{LIST}{session.pk}/edit/"),
        ("post", f"{LIST}{session.pk}/edit/"),
        ("post", f"{LIST}{session.pk}/{place.pk}/reveal/"),
        ("get", f"{LIST}activities/{session.activity_id}/new/"),
        ("post", f"{LIST}activities/{session.activity_id}/new/"),
    ):
        answer = getattr(client, method)(url, {"reason": "看看", "capacity": 5, **moments()})
        assert answer.status_code == 404, url
    assert "周末亲子阅读" not in client.get(LIST, follow=True).content.decode()
    assert Session.objects.count() == 1
    assert not AccessEntry.objects.exists()


def test_a_sign_up_of_another_session_is_not_revealed_through_ones_own(
    organiser: User, session: Session, client: Client
) -> None:
    other = fair.session(fair.activity("other", house.SHENHE))
    foreign = fair.place_of(fair.sign_up(other))
    answer = client.post(f"{LIST}{session.pk}/{foreign.pk}/reveal/", {"reason": "看看"})
    assert answer.status_code == 404


def test_an_organiser_adds_and_changes_a_session(
    organiser: User, activity: ActivityPage, client: Client
) -> None:
    made = client.post(f"{LIST}activities/{activity.pk}/new/", {"capacity": 5, **moments()})
    assert made.status_code == 302
    session = Session.objects.get()
    assert (session.capacity, session.activity) == (5, activity)
    changed = client.post(
        f"{LIST}{session.pk}/edit/", {"capacity": 9, "place": "二楼", "taken": 9, **moments()}
    )
    assert changed.status_code == 302
    session.refresh_from_db()
    assert (session.capacity, session.where, session.taken) == (9, "二楼", 0)


def test_places_are_never_lowered_below_those_taken(
    organiser: User, session: Session, client: Client
) -> None:
    fair.sign_up(session, child_name="甲")
    fair.sign_up(session, child_name="乙")
    answer = client.post(f"{LIST}{session.pk}/edit/", {"capacity": 1, **moments()})
    assert answer.status_code == 400
    assert "已有2人报名" in answer.content.decode()
    session.refresh_from_db()
    assert (session.capacity, session.taken) == (2, 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"ends": timedelta(days=29)},
        {"closes": timedelta(days=-2)},
        {"closes": timedelta(days=31)},
    ],
)
def test_times_that_contradict_each_other_are_said_at_the_field(
    organiser: User, activity: ActivityPage, client: Client, changes: dict[str, timedelta]
) -> None:
    url = f"{LIST}activities/{activity.pk}/new/"
    answer = client.post(url, {"capacity": 5, **moments(**changes)})
    assert answer.status_code == 400
    assert answer.context["form"].errors
    assert not Session.objects.exists()


@pytest.mark.parametrize("value", ["", "x", "\x00", "0", "-5", "9" * 40])
def test_nonsense_is_a_sentence_and_no_failure(
    organiser: User, activity: ActivityPage, client: Client, value: str
) -> None:
    url = f"{LIST}activities/{activity.pk}/new/"
    for field in ("capacity", "starts"):
        answer = client.post(url, {"capacity": 5, **moments(), field: value})
        assert answer.status_code == 400
        assert answer.context["form"].errors[field]


@pytest.mark.parametrize("year", ["0001", "1999", "2101", "9999"])
@pytest.mark.parametrize("field", ["starts", "ends", "opens", "closes"])
def test_a_year_out_of_reach_is_said_at_the_field(
    organiser: User, session: Session, client: Client, field: str, year: str
) -> None:
    url = f"{LIST}{session.pk}/edit/"
    answer = client.post(url, {"capacity": 5, **moments(), field: f"{year}-01-01T00:00"})
    assert answer.status_code == 400
    assert "请核对年份。" in answer.content.decode()


def test_more_places_than_there_are_children_are_a_slip(
    organiser: User, session: Session, client: Client
) -> None:
    answer = client.post(f"{LIST}{session.pk}/edit/", {"capacity": 100_001, **moments()})
    assert answer.status_code == 400
    assert "名额最多100000个。" in answer.content.decode()


def test_numbers_no_database_can_hold_are_numbers_of_nothing(
    organiser: User, session: Session, client: Client
) -> None:
    huge = "9" * 40
    for path in (f"{huge}/", f"{huge}/edit/", f"activities/{huge}/new/"):
        assert client.get(LIST + path).status_code == 404, path
    for path in (f"{session.pk}/{huge}/reveal/", f"{huge}/1/reveal/", f"activities/{huge}/new/"):
        assert client.post(LIST + path, {"reason": "看看"}).status_code == 404, path


def test_its_queries_do_not_grow_with_the_list(
    organiser: User,
    session: Session,
    client: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    Session.objects.filter(pk=session.pk).update(capacity=20)
    fair.sign_up(session)
    client.get(f"{LIST}{session.pk}/")
    with django_assert_max_num_queries(20) as few:
        client.get(f"{LIST}{session.pk}/")
    for number in range(6):
        fair.sign_up(session, child_name=f"孩子{number}")
    with django_assert_max_num_queries(20) as many:
        client.get(f"{LIST}{session.pk}/")
    assert len(few) == len(many)


def test_an_erased_record_leaves_its_line(
    organiser: User, session: Session, client: Client
) -> None:
    submission = fair.sign_up(session)
    erase(submission.record)
    shown = client.get(f"{LIST}{session.pk}/").content.decode()
    assert submission.reference in shown
    assert "已删除" in shown


def test_a_cancelled_place_is_named_as_such(
    organiser: User, session: Session, client: Client
) -> None:
    give_back(fair.place_of(fair.sign_up(session)))
    assert "已取消" in client.get(f"{LIST}{session.pk}/").content.decode()
    assert SignUp.objects.get().cancelled_at is not None


def test_the_menu_leads_an_organiser_there_and_nobody_else(
    organiser: User, session: Session, client: Client
) -> None:
    assert LIST in client.get("/admin/").content.decode()
    client.force_login(house.person("clerk", house.HEPING))
    assert LIST not in client.get("/admin/").content.decode()
