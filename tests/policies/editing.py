"""The page editor as a browser sends it: the form read from the page, changed, and posted."""

from __future__ import annotations

from datetime import date
from typing import Any

from bs4 import BeautifulSoup
from django.http import QueryDict
from django.test import Client

from home.policies.models import Clause, PolicyIndexPage, PolicyIssuer, PolicyPage

FORM = "application/x-www-form-urlencoded"


def parsed(page: bytes) -> Any:
    """A page as BeautifulSoup reads it; what a test asks of it is there, or the test fails."""
    return BeautifulSoup(page, "html.parser")


class Editor:
    """One open tab of the editor of `page`; `fields` is what its form would send."""

    def __init__(self, client: Client, page: Any) -> None:
        self.client = client
        self.url = f"/admin/pages/{page.pk}/edit/"
        self.fields: dict[str, list[str]] = {}
        self.load()

    def load(self) -> None:
        self.soup = parsed(self.client.get(self.url).content)
        self.fields = form_fields(self.soup)

    def post(self, **extra: Any) -> Any:
        return self.client.post(self.url, self._sent(**extra).urlencode(), content_type=FORM)

    def autosave(self) -> dict[str, Any]:
        """What Wagtail does by itself; the form takes what the answer gives it."""
        answer: dict[str, Any] = self.client.post(
            self.url,
            self._sent().urlencode(),
            content_type=FORM,
            headers={"Accept": "application/json"},
        ).json()
        for name, value in answer.get("field_updates", {}).items():
            self.fields[name] = [value]
        if "revision_id" in answer:
            self.fields["overwrite_revision_id"] = [str(answer["revision_id"])]
        return answer

    def save(self) -> Any:
        """保存草稿, after which the browser shows the page anew."""
        response = self.post()
        assert response.status_code == 302, errors(response)
        self.load()
        return response

    def _sent(self, **extra: Any) -> QueryDict:
        sent = QueryDict(mutable=True)
        for name, values in self.fields.items():
            sent.setlist(name, values)
        for name, value in extra.items():
            sent[name] = value
        return sent

    # ── clauses ─────────────────────────────────────────────────────────────────────────────

    @property
    def rows(self) -> int:
        return int(self.fields["clauses-TOTAL_FORMS"][0])

    def row(self, number: str) -> int:
        """The index of the first clause printed with this number."""
        return next(i for i in range(self.rows) if self.fields[f"clauses-{i}-number"] == [number])

    def set(self, row: int, **values: str) -> None:
        for name, value in values.items():
            self.fields[f"clauses-{row}-{name}"] = [value]

    def add(self, after: int, **values: str) -> int:
        """A clause behind another one, as the panel's script adds it."""
        row = self.rows
        place = int(self.fields[f"clauses-{after}-ORDER"][0])
        for i in range(row):
            order = int(self.fields[f"clauses-{i}-ORDER"][0])
            if order > place:
                self.set(i, ORDER=str(order + 1))
        self.fields["clauses-TOTAL_FORMS"] = [str(row + 1)]
        blank = dict.fromkeys(
            ("number", "heading", "text", "departments", "chosen_level", "key", "id", "DELETE"), ""
        )
        chosen = {"ORDER": str(place + 1), "validity": "in-force", "validity_since": ""}
        self.set(row, **blank | chosen | values)
        return row


def form_fields(soup: Any) -> dict[str, list[str]]:
    """What a browser would send of the page's form, a button left out."""
    form = soup.select_one("#page-edit-form")
    for template in form.select("template"):
        template.decompose()
    fields: dict[str, list[str]] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(field["name"]), str(field.get("type", ""))
        if kind in ("checkbox", "radio") and not field.has_attr("checked"):
            continue
        if kind in ("submit", "button"):
            continue
        if field.name == "textarea":
            value = field.text.removeprefix("\n")
        elif field.name == "select":
            chosen = field.select("option[selected]") or field.select("option")[:1]
            value = str(chosen[0].get("value", "")) if chosen else ""
        else:
            value = str(field.get("value", ""))
        fields.setdefault(name, []).append(value)
    return fields


def errors(response: Any) -> list[str]:
    soup = parsed(response.content)
    return [found.get_text(" ", strip=True) for found in soup.select(".error-message, .messages")]


def long_policy(clauses: int = 100, *, live: bool = True) -> PolicyPage:
    """A made-up policy (示例，测试用) of parts, sections and items with departments."""
    from home.directory.models import Department
    from home.policies.parser import chinese_numeral

    departments = list(Department.objects.all()[:6])
    policy = PolicyPage(
        slug=f"long-{clauses}",
        title="示例：测试用的长文件",
        document_number="测试〔2026〕1号",
        adopted_on=date(2026, 1, 8),
        live=False,
    )
    policy.issuers.set([PolicyIssuer(name="示例单位")])
    rows: list[Clause] = []
    part = section = 0
    while len(rows) < clauses:
        at = len(rows) % 20
        if at == 0:
            part, section = part + 1, 0
            row = Clause(
                number=f"{chinese_numeral(part)}、", heading="部分", level=1, key=f"{part}"
            )
        elif at % 5 == 1:
            section, item = section + 1, 0
            row = Clause(
                number=f"（{chinese_numeral(section)}）",
                heading="一节",
                level=2,
                key=f"{part}-{section}",
                parent_key=f"{part}",
            )
        else:
            item += 1
            row = Clause(
                number=f"{item}.",
                heading=f"第{len(rows) + 1}条示例",
                text="测试用的正文，没有任何官方含义。" * 12,
                level=3,
                key=f"{part}-{section}-{item}",
                parent_key=f"{part}-{section}",
            )
            row.departments.set(departments[: 1 + len(rows) % 4])
        row.sort_order = len(rows)
        rows.append(row)
    policy.clauses.set(rows)
    PolicyIndexPage.objects.get().add_child(instance=policy)
    revision = policy.save_revision()
    if live:
        revision.publish()
    return PolicyPage.objects.get(pk=policy.pk)
