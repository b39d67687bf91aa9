"""A kind of form that only the tests know, and the rows a form needs to stand on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from wagtail.models import Locale, Page, Site

from forms.builder import handlers
from forms.builder.handlers import Answers, FamilyDeed, Receipt, Refused, Step, Tracking
from forms.builder.models import FormPage, RequestIndexPage, Submission
from forms.builder.services import FieldSpec, create_form
from forms.vault import reference
from tests.areas import make_areas

if TYPE_CHECKING:
    from tests.builder.steps import Walker

CANARY = "金丝雀住在云锦里九号"
AREAS = (
    ("110000", "北京市", "province", ""),
    ("110100", "市辖区", "city", "110000"),
    ("110101", "东城区", "county", "110100"),
    ("210000", "辽宁省", "province", ""),
    ("210100", "沈阳市", "city", "210000"),
    ("210102", "和平区", "county", "210100"),
    ("210103", "沈河区", "county", "210100"),
    ("210200", "大连市", "city", "210000"),
    ("210202", "中山区", "county", "210200"),
    ("21SFSF", "沈抚改革创新示范区", "functional", "210000"),
    ("710000", "台湾省", "province", ""),
)


@dataclass
class TestHandler:
    """Remembers what it got, refuses on demand."""

    __test__ = False
    refusal: Refused | None = None
    failure: Exception | None = None
    deeds_done: list[tuple[str, str]] = field(default_factory=list)
    received: list[Answers] = field(default_factory=list)
    sessions: list[tuple[str, str]] | None = None
    deeds: list[FamilyDeed] = field(default_factory=list)
    required_roles = ("story",)

    def choices(self, page: FormPage, role: str) -> list[tuple[str, str]] | None:
        return self.sessions if role == "session" else None

    def receive(self, submission: Submission, answers: Answers) -> None:
        if self.failure:
            raise self.failure
        if self.refusal:
            raise self.refusal
        self.received.append(answers)

    def receipt(self, submission: Submission) -> Receipt:
        return Receipt("confirmed", "已收到", ("我们会在三天内答复。",))

    def tracking(self, submission: Submission) -> Tracking:
        return Tracking(
            state="in_progress",
            state_label="办理中",
            unit="和平区民政局",
            next_step="承办单位答复",
            due_on=date(2025, 2, 27),
            replies=[Step(timezone.now(), "答复", "请带户口簿来。")],
            steps=[Step(timezone.now(), "收到您的求助")],
            question="孩子几年级？",
            deeds=self.deeds,
        )

    def just_done(self, submission: Submission, deed: str, text: str) -> bool:
        return self.deeds_done[-1:] == [(deed, text)]

    def act(self, submission: Submission, deed: str, text: str) -> None:
        if self.failure:
            raise self.failure
        if self.refusal:
            raise self.refusal
        self.deeds_done.append((deed, text))


_handler = TestHandler()
handlers.register("test", "测试", _handler)


@pytest.fixture
def handler() -> TestHandler:
    """The handler of the kind "test", as new."""
    _handler.__init__()  # type: ignore[misc]
    return _handler


def load_areas() -> None:
    """A handful of areas of each level."""
    make_areas(AREAS)


def home_page() -> Page:
    """The site's root, made again where a test that commits has emptied the database."""
    home = Page.objects.filter(depth=2).first()
    if home is None:
        Locale.objects.get_or_create(language_code="zh-hans")
        root = Page.add_root(instance=Page(title="Root", slug="root"))
        home = root.add_child(instance=Page(title="首页", slug="home"))
        Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)
    return home


def make_index() -> RequestIndexPage:
    """The page at /requests/."""
    home = home_page()
    index = RequestIndexPage(title="我要求助", slug="requests")
    home.add_child(instance=index)
    index.save_revision().publish()
    return index


ALL_FIELDS = (
    FieldSpec(
        "您是孩子的什么人", "radio", "applicant", choices=[("parent", "父母"), ("other", "其他人")]
    ),
    FieldSpec("居住地", "residence_area", "residence"),
    FieldSpec("户籍地", "area", "registration"),
    FieldSpec("发生了什么", "multiline", "story", help_text="请写 <重要> 的事", why="便于判断"),
    FieldSpec("联系电话", "phone", "phone"),
    FieldSpec("方便接听的时间", "singleline", "safe_time", required=False),
    FieldSpec("电子邮箱", "email", "email", required=False),
    FieldSpec("孩子现在是否处于危险中", "radio", "danger", choices=[("no", "没有"), ("yes", "有")]),
    FieldSpec("几个孩子", "number", required=False),
    FieldSpec("出生日期", "date", required=False),
    FieldSpec("愿意接受回访", "checkbox", required=False),
    FieldSpec("需要哪些", "checkboxes", required=False, choices=[("a", "衣物"), ("b", "书本")]),
    FieldSpec("说明", "statement", help_text="请如实填写。"),
    FieldSpec("告知", "consent", "consent", text_key="request-notice"),
)


def build_page() -> FormPage:
    """A form with a field of every type, at /requests/help/."""
    reference.load()
    load_areas()
    return create_form(
        make_index(), title="求助", slug="help", kind="test", fields=ALL_FIELDS, intro="请填写"
    )


@pytest.fixture(scope="module")
def built_page(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """The page made once for a module; each test starts from there and leaves no trace."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_page().pk
        transaction.set_rollback(True)


@pytest.fixture
def page(built_page: int, db: None, handler: TestHandler) -> FormPage:
    return FormPage.objects.get(pk=built_page)


@dataclass
class Family:
    """Fills in a form as a browser without script would."""

    page: FormPage
    client: Client = field(default_factory=Client)
    values: dict[str, Any] = field(default_factory=dict)

    def key(self, label: str) -> str:
        return self.page.form_fields.get(label=label).clean_name

    def open(self) -> Any:
        response = self.client.get(self.page.url)
        self.values |= {name: response.context[name] for name in ("submission_key", "form_version")}
        return response

    def fill(self, **labels: Any) -> None:
        for label, value in labels.items():
            name = self.key(label)
            if isinstance(value, tuple):
                self.values |= {f"{name}_{place}": code for place, code in enumerate(value)}
            else:
                self.values[name] = value

    def fill_everything(self) -> None:
        self.fill(
            您是孩子的什么人="parent",
            居住地=("210100", "210102"),
            户籍地=("210000", "210100", "210103"),
            发生了什么=CANARY,
            联系电话="138-0013-8000",
            孩子现在是否处于危险中="no",
            告知="request-notice.1",
        )

    def send(self, **extra: Any) -> Any:
        return self.client.post(self.page.url, self.values | extra)


@pytest.fixture
def family(page: FormPage) -> Family:
    family = Family(page)
    family.open()
    family.fill_everything()
    return family


@pytest.fixture(scope="module")
def built_steps(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """The form of several screens of `tests.builder.steps`, made once for a module."""
    with django_db_blocker.unblock(), transaction.atomic():
        from tests.builder.steps import make_steps_page  # which stands on this module

        yield make_steps_page().pk
        transaction.set_rollback(True)


@pytest.fixture
def steps(built_steps: int, db: None, handler: TestHandler) -> FormPage:
    return FormPage.objects.get(pk=built_steps)


@pytest.fixture
def walker(steps: FormPage) -> Walker:
    """Somebody who has just opened it."""
    from tests.builder.steps import Walker

    walker = Walker(steps)
    walker.open()
    return walker
