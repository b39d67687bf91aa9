"""A small Liaoning: three cities, seven departments, a unit of each, and families that ask."""

from __future__ import annotations

import itertools
import secrets
from typing import Any

from wagtail.models import Collection, Locale, Page, Site

from forms.builder.models import FormPage, RequestIndexPage, Submission
from forms.builder.selectors import current_version
from forms.builder.services import FieldSpec, create_form, submit
from forms.casework import reference
from forms.casework.models import Case
from forms.casework.transitions import apply
from forms.vault import reference as vault_reference
from home.directory.models import Department, Unit, User
from home.directory.roles import ensure_groups
from home.directory.services import grant
from tests.areas import make_areas

AREAS = (
    ("110000", "北京市", "province", ""),
    ("110100", "市辖区", "city", "110000"),
    ("110101", "东城区", "county", "110100"),
    ("210000", "辽宁省", "province", ""),
    ("210100", "沈阳市", "city", "210000"),
    ("210102", "和平区", "county", "210100"),
    ("210103", "沈河区", "county", "210100"),
    ("210200", "大连市", "city", "210000"),
    ("210203", "西岗区", "county", "210200"),
    ("21SFSF", "沈抚改革创新示范区", "functional", "210000"),
)
DEPARTMENTS = (
    ("civil-affairs", "民政", "民政局"),
    ("education", "教育", "教育局"),
    ("human-resources", "人力资源社会保障", "人力资源社会保障局"),
    ("housing", "住房城乡建设", "住房城乡建设局"),
    ("medical-insurance", "医保", "医疗保障局"),
    ("disabled-federation", "残联", "残疾人联合会"),
    ("youth-league", "团委", "团委"),
)
HEPING, SHENHE, XIGANG = "210102", "210103", "210203"
SHENYANG, LIAONING, SHENFU = "210100", "210000", "21SFSF"

CANARY_PHONE = "13912345678"
CANARY_STORY = "金丝雀家住云锦里九号"
CANARY_MAIL = "canary@example.org"
PASSWORD = "一二三四五六七八九十"

FIELDS = (
    FieldSpec("您是孩子的什么人", "radio", "applicant", choices=[("parent", "父母")]),
    FieldSpec("事项", "radio", "matter"),
    FieldSpec("居住地", "residence_area", "residence"),
    FieldSpec("发生了什么", "multiline", "story"),
    FieldSpec("联系电话", "phone", "phone"),
    FieldSpec("电子邮箱", "email", "email", required=False),
    FieldSpec("孩子现在是否处于危险中", "radio", "danger"),
    FieldSpec("告知", "consent", "consent", text_key="request-notice"),
)
_numbers = itertools.count(1)


def build() -> None:
    """Areas, departments, a unit of each department in each area of Liaoning, reference data."""
    areas = make_areas(AREAS)
    for order, (code, short, local) in enumerate(DEPARTMENTS):
        department = Department.objects.create(
            code=code, name=f"辽宁省{short}", short_name=short, local_name=local, sort_order=order
        )
        Unit.objects.bulk_create(
            Unit(department=department, area=area, name=area.full_name + local)
            for area_code, area in areas.items()
            if area_code.startswith("21")
        )
    home()
    ensure_groups()
    vault_reference.load()
    reference.load()


def home() -> Page:
    """The site's home page; made where a test that commits has emptied the tables."""
    Locale.objects.get_or_create(language_code="zh-hans")
    if not Collection.objects.filter(depth=1).exists():
        Collection.add_root(name="Root")
    root = Page.objects.filter(depth=1).first() or Page.add_root(title="Root", slug="root")
    found = Page.objects.filter(depth=2).first()
    if found is None:
        found = root.add_child(instance=Page(title="童伴", slug="home"))
    Site.objects.update_or_create(
        is_default_site=True, defaults={"hostname": "localhost", "port": 80, "root_page": found}
    )
    return found


def request_form() -> FormPage:
    """The form at /requests/help/, made on first use."""
    form = FormPage.objects.filter(slug="help").first()
    if form is not None:
        return form
    index = RequestIndexPage(title="我要求助", slug="requests")
    home().add_child(instance=index)
    index.save_revision().publish()
    return create_form(index, title="求助", slug="help", kind="request", fields=FIELDS)


def send(form: FormPage, **by_role: Any) -> Submission:
    """What a family sends, by the roles of the questions."""
    keys = {field.role: field.clean_name for field in form.form_fields.all()}
    answers = {keys[role]: value for role, value in by_role.items()}
    version = current_version(form)
    assert version is not None
    return submit(version, answers, submission_key=secrets.token_hex(16))


def ask(residence: str = HEPING, **by_role: Any) -> Case:
    """A request as it arrives, and the case it became."""
    answers = {
        "applicant": "parent",
        "matter": "living",
        "story": CANARY_STORY,
        "phone": CANARY_PHONE,
        "email": "",
        "danger": "no",
        "consent": "request-notice.1",
        **by_role,
    }
    submission = send(request_form(), residence=residence, **answers)
    case: Case = Case.objects.get(submission=submission)
    return case


def unit(area: str, department: str = "civil-affairs") -> Unit:
    found: Unit = Unit.objects.select_related("area", "department").get(
        area__code=area, department__code=department
    )
    return found


def person(role: str, area: str, department: str = "civil-affairs", **fields: Any) -> User:
    """Somebody who holds a role for a unit."""
    name = f"{role}-{area}-{next(_numbers)}".lower()
    user = User.objects.create_user(name, f"{name}@example.org", PASSWORD, **fields)
    grant(user, unit(area, department), role)
    return user


def do(case: Case, deed: str, actor: User | None, **said: str) -> Case:
    """A deed done by whoever has just read the page; the case as it is afterwards."""
    case.refresh_from_db()
    version = None if actor is None else case.version
    apply(case.pk, deed, actor, expected_version=version, **said)
    case.refresh_from_db()
    return case
