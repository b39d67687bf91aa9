"""A browser without script that knows a form by its bytes alone: reads the page, fills in what
stands there, presses a button that is there, follows a 303.

    reader = Reader("/requests/living/")
    reader.open()
    reader.fill(answers)             # {question key: value}, for every item of a group alike
    reader.press()                   # the button that goes on
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

Answer = str | list[str] | SimpleUploadedFile


class Reader:
    """Sends a CSRF token only where the page gave it one."""

    def __init__(self, url: str) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.url = url
        self.status = 0
        self.soup = BeautifulSoup("", "lxml")
        self.values: dict[str, list[Any]] = {}

    def open(self, url: str = "") -> None:
        self._take(self.client.get(url or self.url), url or self.url)

    def _take(self, response: Any, url: str) -> None:
        self.url = url
        while response.status_code == 303:
            self.url = urljoin(self.url, response["Location"])
            response = self.client.get(self.url)
        self.status = response.status_code
        self.soup = BeautifulSoup(response.content, "lxml")
        self.values = self._successful_controls() if self._forms() else {}

    @property
    def text(self) -> str:
        main = self.soup.find("main")
        return main.get_text(" ", strip=True) if main else ""

    @property
    def mistakes(self) -> list[str]:
        return [one.get_text(strip=True) for one in self.soup.select(".error-summary li")]

    def _forms(self) -> list[Tag]:
        return self.soup.select("main form.form")

    @property
    def form(self) -> Tag:
        return self._forms()[0]

    def questions(self) -> Iterator[tuple[str, str, Tag]]:
        """(key, type, the part of the page) of every question on the screen, in order."""
        for part in self.form.select("[data-question]"):
            yield str(part["data-question"]), str(part["data-type"]), part

    def _successful_controls(self) -> dict[str, list[Any]]:
        """What the page's fields hold as it came."""
        found: dict[str, list[Any]] = {}
        for control in self.form.select("input[name], textarea[name], select[name]"):
            name, value = str(control["name"]), str(control.get("value", ""))
            kind = control.get("type")
            is_open = kind in ("radio", "checkbox") and not control.has_attr("checked")
            if kind == "file" or is_open:
                continue
            if control.name == "select":
                chosen = control.select_one("option[selected]") or control.select_one("option")
                value = str(chosen["value"]) if chosen else ""
            elif control.name == "textarea":
                value = control.get_text().removeprefix("\n")
            found.setdefault(name, []).append(value)
        return found

    def fill(self, answers: Mapping[str, Answer]) -> None:
        for key, kind, _part in list(self.questions()):
            if kind in ("area", "residence_area") and key in answers:
                self._choose_area(key, answers[key])
        for key, kind, part in self.questions():
            if key in answers and kind not in ("area", "residence_area", "group"):
                self._answer(part, answers[key])

    def _answer(self, part: Tag, answer: Answer) -> None:
        control = part.select_one("input[name], textarea[name], select[name]")
        assert control is not None, part
        name = str(control["name"])
        given = answer if isinstance(answer, list) else [answer]
        if control.get("type") in ("radio", "checkbox"):
            offered = [str(one["value"]) for one in part.select(f'input[name="{name}"]')]
            assert set(given) <= set(offered), f"{given} is not offered: {offered}"
        elif control.name == "select":
            assert control.select_one(f'option[value="{given[0]}"]'), f"{given} is not offered"
        self.values[name] = list(given)

    def _choose_area(self, key: str, codes: Answer) -> None:
        """Level by level, with the button that asks for the next one."""
        for place, code in enumerate(codes if isinstance(codes, list) else [codes]):
            name = f"{key}_{place}"
            select = self.form.select_one(f'select[name="{name}"]')
            assert select is not None, name
            assert select.select_one(f'option[value="{code}"]'), name
            self.values[name] = [code]
            self.press("_refine")

    def press(self, name: str = "", value: str | None = None) -> None:
        """Presses a button that stands there; without a name the one that goes on."""
        buttons = [
            one
            for one in self.form.select("button[type=submit]")
            if one.get("name", "") == name and value in (None, one.get("value"))
        ]
        assert buttons, f"there is no button {name} {value}"
        body = dict(self.values)
        if name:
            body[name] = [str(buttons[0].get("value", ""))]
        action = urljoin(self.url, str(self.form.get("action") or self.url)).partition("#")[0]
        files = any(isinstance(one, SimpleUploadedFile) for some in body.values() for one in some)
        assert not files or self.form.get("enctype") == "multipart/form-data"
        self._take(self.client.post(action, body), action)

    def assert_sound(self) -> None:
        """Every name by which one part of the page speaks of another leads somewhere."""
        ids = [str(one["id"]) for one in self.soup.select("[id]")]
        assert len(ids) == len(set(ids)), sorted({one for one in ids if ids.count(one) > 1})
        named = [str(one["for"]) for one in self.soup.select("label[for]")]
        for attribute in ("aria-describedby", "aria-labelledby"):
            for one in self.soup.select(f"[{attribute}]"):
                named += str(one[attribute]).split()
        named += [str(one["href"])[1:] for one in self.soup.select('main a[href^="#"]')]
        assert set(named) <= set(ids), set(named) - set(ids)
        for control in self.form.select("input, textarea, select") if self._forms() else ():
            if control.get("type") != "hidden":
                assert self._label_of(control), control
        assert len(self.soup.select("h1")) == 1

    def _label_of(self, control: Tag) -> Any:
        return control.get("aria-label") or self.soup.select_one(f'label[for="{control["id"]}"]')
