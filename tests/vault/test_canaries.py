"""Twelve canaries in fifty submissions: where are they found afterwards? Nowhere in clear.

The product runs as `make run` runs it, families send by HTTP, mails go by the worker. Allowed is
one place (ALLOWED): a family's own address in the mails written to that address, which the embedded
mode keeps in a folder because there is no mail server.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.processes import eventually
from tests.vault.product import Browser, Product

pytestmark = [pytest.mark.product, pytest.mark.faults]

SUBMISSIONS = 50
# Made up. 110105194912310029 has a right check digit and is the standard's own example.
CANARIES = {
    "story": "金丝雀的故事甲：云锦里九号夜里没有人",
    "child": "金丝雀小名𠮷祥",
    "safe_time": "金丝雀只在晚上七点后接听",
    "address": "云锦里九号金丝雀楼三单元",
    "school": "金丝雀希望小学四年级二班",
    "guardian": "阿不都·金丝雀·热合曼",
    "illness": "金丝雀症候群三期",
    "income": "金丝雀月入壹仟零柒元",
    "phone": "13912345678",
    "identity": "11010519491231002X",
    "email": "canary-nine@example.org",
    "supplement": "金丝雀后来补充了一句话",
}
QUESTIONS = (
    ("发生了什么", "multiline", "story", "story"),
    ("孩子姓名", "singleline", "child_name", "child"),
    ("方便接听的时间", "singleline", "safe_time", "safe_time"),
    ("住址", "singleline", "", "address"),
    ("学校", "singleline", "", "school"),
    ("监护人", "singleline", "", "guardian"),
    ("病情", "singleline", "", "illness"),
    ("收入", "singleline", "", "income"),
    ("联系电话", "phone", "phone", "phone"),
    ("孩子证件号码", "singleline", "child_identity", "identity"),
    ("电子邮箱", "email", "email", "email"),
)
MAKE_FORM = f"""
import json
from wagtail.models import Page
from forms.builder.models import FormPage, RequestIndexPage
from forms.builder.services import FieldSpec, create_form
from home.pages.authority import authorised_by, operator
with authorised_by(operator("tests")):
    index = RequestIndexPage.objects.first()
    if index is None:
        index = RequestIndexPage(title="我要求助", slug="requests")
        Page.objects.get(depth=2).add_child(instance=index)
        index.save_revision().publish()
    form = create_form(index, title="求助", slug="canaries", kind="request", fields=[
        FieldSpec("您是孩子的什么人", "radio", "applicant", choices=[("parent", "父母")]),
        FieldSpec("事项", "radio", "matter"),
        FieldSpec("居住地", "residence_area", "residence"),
        *[FieldSpec(label, kind, role) for label, kind, role, _name in {QUESTIONS!r}],
        FieldSpec("孩子现在是否处于危险中", "radio", "danger"),
        FieldSpec("告知", "consent", "consent", text_key="request-notice"),
    ])
rows = form.form_fields.all()
print(json.dumps({{"url": form.url, "keys": {{row.label: row.clean_name for row in rows}}}}))
"""
# (place, canary): why.
ALLOWED = {
    # To whom a mail goes stands in it. Where there is a mail server, nothing is kept here.
    ("mail", "email"),
}


def spellings(text: str) -> Iterator[bytes]:
    """The ways in which bytes may hold a text."""
    utf8 = text.encode()
    yield utf8
    yield text.encode("gb18030")
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield json.dumps(text)[1:-1].encode()
    yield utf8.hex().encode()
    yield utf8.hex().upper().encode()
    # Base64 of a text inside another one begins at any of three places.
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + utf8)
        yield encoded[(0, 2, 3)[shift] : -4]


def found_in(folder: Path) -> set[tuple[str, str]]:
    """(top folder or file, canary) for each canary that stands in clear below the folder."""
    wanted = [(name, one) for name, text in CANARIES.items() for one in spellings(text)]
    found = set()
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            place = path.relative_to(folder).parts[0]
            found |= {(place, name) for name, one in wanted if one in content}
    return found


def keys_in(backup: Path) -> list[bytes]:
    """The wrapped keys of a backup."""
    with closing(sqlite3.connect(backup / "db.sqlite3")) as database:
        rows = database.execute(
            "SELECT wrapped_key FROM vault_sealedrecord WHERE wrapped_key <> ''"
        )
        return [bytes(row[0]) for row in rows]


def kept(folder: Path, secrets: list[bytes]) -> int:
    """How many of these bytes stand somewhere below the folder."""
    contents = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return sum(any(secret in content for content in contents) for secret in secrets)


@pytest.mark.parametrize("name", list(CANARIES))
def test_the_search_finds_a_canary_however_it_is_written(tmp_path: Path, name: str) -> None:
    text = CANARIES[name]
    for number, content in enumerate(
        (
            f"…{text}…".encode(),
            f"…{text}…".encode("gb18030"),
            f"…{text}…".encode("utf-16"),
            json.dumps({"a": f"…{text}…"}).encode(),
            *(base64.b64encode(("x" * shift + text + "…").encode()) for shift in range(3)),
            f"…{text}…".encode().hex().encode(),
        )
    ):
        folder = tmp_path / f"kept{number}"
        folder.mkdir()
        (folder / "file").write_bytes(content)
        assert found_in(tmp_path) == {(f"kept{number}", name)}, number
        (folder / "file").unlink()


def send(product: Product, form: dict[str, object]) -> str:
    """One family's request, with a supplement from the tracking page; its reference."""
    url, keys = str(form["url"]), dict(form["keys"])  # type: ignore[call-overload]
    family = Browser(product)
    family.get(url)
    consent = re.search(rf'name="{keys["告知"]}"\s+value="([^"]+)"', family.page)
    consent = consent or re.search(r'value="(request-notice\.\d+)"', family.page)
    assert consent
    answers = {keys[label]: CANARIES[name] for label, _type, _role, name in QUESTIONS}
    answers |= {
        keys["您是孩子的什么人"]: "parent",
        keys["事项"]: "living",
        f"{keys['居住地']}_0": "210100",
        f"{keys['居住地']}_1": "210102",
        keys["孩子现在是否处于危险中"]: "no",
        keys["告知"]: consent[1],
        **family.hidden("submission_key", "form_version"),
    }
    family.post(url, answers)
    reference = re.search(r'data-reference="([^"]+)"', family.page)
    code = re.search(r'data-code="([^"]+)"', family.page)
    assert reference, family.page[:3000]
    assert code
    family.get("/track/")
    family.post("/track/", {"reference": reference[1], "code": code[1]})
    family.post(
        "/track/deed/",
        {"reference": reference[1], "deed": "supplement", "text": CANARIES["supplement"]},
    )
    assert "data-state" in family.page
    return reference[1]


def test_no_canary_is_found_anywhere_and_none_comes_back(tmp_path: Path) -> None:
    product = Product(tmp_path)
    for command in ("migrate", "createcachetable", "load_reference"):
        product.manage(command)
    form = product.python(MAKE_FORM)
    old_backup = tmp_path / "old-backup"
    with product.serving():
        with ThreadPoolExecutor(5) as families:
            references = list(families.map(lambda _n: send(product, form), range(SUBMISSIONS)))
        assert len(set(references)) == SUBMISSIONS
        eventually(
            lambda: len(list((product.data_dir / "mail").glob("*.eml"))) >= SUBMISSIONS,
            seconds=120,
            what="each family's mail has been written",
        )
        # While everything runs: its write-ahead log and shared memory are there too.
        assert found_in(product.data_dir) <= ALLOWED
        assert ("mail", "email") in found_in(product.data_dir), "the search itself works"
        assert found_in(product.temporary) == set()
        product.manage("backup", str(old_backup))
        assert found_in(old_backup) == set()
        keys = keys_in(old_backup)
        assert len(keys) == 2 * SUBMISSIONS
        assert kept(product.data_dir, keys) == len(keys)
        product.manage("erase", *references)
        assert found_in(product.data_dir) == set()
    assert found_in(product.data_dir) == set()
    assert kept(product.data_dir, keys) == 0
    product.manage("restore", str(old_backup), "--force")
    assert found_in(product.data_dir) == set()
    assert open_records(product) == []
    assert kept(product.data_dir, keys) == 0, "the keys that came back are gone again"


def open_records(product: Product) -> list[str]:
    """The records that hold a key, and what finds them."""
    found: list[str] = product.python(
        """
import json
from forms.vault.models import BlindIndex, SealedRecord
live = SealedRecord.objects.filter(wrapped_key__isnull=False).values_list("uuid", flat=True)
print(json.dumps([str(one) for one in live] + [str(one.pk) for one in BlindIndex.objects.all()]))
"""
    )
    return found
