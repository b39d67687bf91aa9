"""A form of three screens with a group, conditions and files, and a family that fills it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from forms.builder.kinds import FieldType
from forms.builder.models import FormField, FormPage, RequestIndexPage
from forms.vault import reference
from tests.builder.conftest import load_areas, make_index

WHO, STORY, HAS_CHILDREN = "f0000000001", "f0000000002", "f0000000003"
CHILDREN, NAME, SCHOOL, WHICH = "f0000000004", "f0000000005", "f0000000006", "f0000000007"
PHOTOS, PHONE, CONSENT = "f0000000008", "f0000000009", "f000000000a"
SCREEN_2, SCREEN_3, SCREEN_4, END = "f00000000b1", "f00000000b2", "f00000000b3", "f00000000b4"
OTHER = "f000000000c"


def row(key: str, label: str, kind: str, **more: Any) -> FormField:
    choices = "\n".join(f"{value}|{text}" for value, text in more.pop("choices", ()))
    return FormField(clean_name=key, label=label, field_type=kind, choices=choices, **more)


def rows() -> list[FormField]:
    """As an editor would have them, in order."""
    has = {"question": HAS_CHILDREN, "is": "equals", "value": "yes"}
    return [
        row(WHO, "您是谁", "radio", choices=[("parent", "父母"), ("other", "其他人")]),
        row(
            OTHER,
            "是什么人",
            "singleline",
            condition={"question": WHO, "is": "equals", "value": "other"},
        ),
        row(STORY, "发生了什么", "multiline", role="story"),
        row(HAS_CHILDREN, "有没有孩子", "radio", choices=[("yes", "有"), ("no", "没有")]),
        row(SCREEN_2, "孩子", FieldType.SCREEN, condition=has),
        row(CHILDREN, "孩子", FieldType.GROUP, least=1, most=3),
        row(NAME, "姓名", "singleline"),
        row(SCHOOL, "上学吗", "radio", choices=[("yes", "上学"), ("no", "没上")]),
        row(
            WHICH,
            "哪所学校",
            "singleline",
            condition={"question": SCHOOL, "is": "equals", "value": "yes"},
        ),
        row(END, "", FieldType.GROUP_END),
        row(SCREEN_3, "材料", FieldType.SCREEN),
        row(PHOTOS, "照片", "files", required=False, most=3),
        row(SCREEN_4, "联系方式", FieldType.SCREEN),
        row(PHONE, "联系电话", "phone", role="phone"),
        row(CONSENT, "告知", "consent", role="consent", text_key="request-notice"),
    ]


def make_steps_page(fields: list[FormField] | None = None, **more: Any) -> FormPage:
    """The form at /requests/steps/, published."""
    reference.load()
    load_areas()
    page = FormPage(title="一步一步", slug="steps", kind="test", live=False, **more)
    page.form_fields = fields or rows()
    for place, one in enumerate(page.form_fields.all()):
        one.sort_order = place
    make_index().add_child(instance=page)
    page.save_revision().publish()
    page.refresh_from_db()
    return page


def make_request_page(slug: str) -> FormPage:
    """The same shape as a request that becomes a case, in a product that has its areas, notices and
    routing; made up (示例，测试用)."""
    page = FormPage(title="示例：一步一步求助", slug=slug, kind="request", live=False)
    danger = row("f00000000d1", "孩子现在是否处于危险中", "radio", role="danger")
    matter = row("f00000000d2", "事项", "radio", role="matter")
    residence = row("f00000000d3", "居住地", "residence_area", role="residence")
    fields = rows()
    page.form_fields = [danger, matter, *fields[:-2], residence, *fields[-2:]]
    for place, one in enumerate(page.form_fields.all()):
        one.sort_order = place
    RequestIndexPage.objects.get().add_child(instance=page)
    page.save_revision().publish()
    return page


@dataclass
class Walker:
    """A browser without script: reads the page, fills it in, presses a button, follows a 303."""

    page: FormPage
    client: Client = field(default_factory=Client)
    response: Any = None
    url: str = ""

    def open(self, url: str = "") -> Any:
        self.url = url or str(self.page.url)
        self.response = self.client.get(self.url)
        return self.response

    @property
    def html(self) -> str:
        return str(self.response.content.decode())

    def press(self, button: str = "", value: str = "1", /, **typed: Any) -> Any:
        """Sends what the page's hidden inputs hold and what is typed, with this button."""
        context = self.response.context
        body = {
            name: context[name] for name in ("submission_key", "form_version") if name in context
        }
        if "screen" in context:
            body["screen"] = context["screen"].number
        if "screen=check" in self.url:
            body["screen"] = "check"
        if button:
            body[button] = value
        action = context.get("action") or self.page.url
        self.response = self.client.post(action, body | typed)
        if self.response.status_code == 303:
            parts = urlsplit(self.response["Location"])
            self.url = self.response["Location"]
            self.response = self.client.get(f"{parts.path}?{parts.query}")
        return self.response

    def first(self, **more: Any) -> Any:
        return self.press(**{WHO: "parent", STORY: "房租付不起", HAS_CHILDREN: "yes"} | more)

    def children(self) -> Any:
        return self.press(
            **{
                f"{CHILDREN}-count": "1",
                f"{CHILDREN}-0-{NAME}": "小明",
                f"{CHILDREN}-0-{SCHOOL}": "no",
            }
        )

    def last(self) -> Any:
        return self.press(**{PHONE: "138 0013 8000", CONSENT: "request-notice.1"})

    def to_the_check(self) -> None:
        self.open()
        self.first()
        self.children()
        self.press()
        self.last()
