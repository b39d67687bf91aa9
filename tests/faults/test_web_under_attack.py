"""The product behind its own web server, and what is thrown at it: who drips, who cuts the line,
ten thousand files, bombs. Everybody else is answered meanwhile, nothing is an error, and no web
process takes more than 300 MB.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from config import arriving
from tests.builder.steps import CHILDREN, HAS_CHILDREN, NAME, PHOTOS, SCHOOL, STORY, WHO
from tests.processes import eventually
from tests.vault.made_files import docx, jpeg, pdf
from tests.vault.product import Browser, Product

pytestmark = [pytest.mark.product, pytest.mark.faults]

MOST_OF_A_WORKER = 300
SLUG = "under-attack"
MAKE_FORM = f"""
import json
from wagtail.models import Page
from forms.builder.models import RequestIndexPage
from home.pages.authority import authorised_by, operator
from tests.builder.steps import make_request_page
with authorised_by(operator("tests")):
    if not RequestIndexPage.objects.exists():
        index = RequestIndexPage(title="我要求助", slug="requests")
        Page.objects.get(depth=2).add_child(instance=index)
        index.save_revision().publish()
    make_request_page("{SLUG}")
print(json.dumps("made"))
"""
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    "Content-Type: {kind}\r\nContent-Length: {length}\r\n{more}\r\n"
)
MULTIPART = "multipart/form-data; boundary=x"
URLENCODED = "application/x-www-form-urlencoded"


class Weight:
    """How large the web processes, and those that look into files, have been."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.web = 0
        self.inspecting = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Weight:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            for megabytes, command, parent in _children_of_a_web_process(self.product):
                if "inspector.py" in command:
                    self.inspecting = max(self.inspecting, megabytes)
                elif "gunicorn" in command and "gunicorn" in parent:
                    self.web = max(self.web, megabytes)


def _children_of_a_web_process(product: Product) -> Iterator[tuple[int, str, str]]:
    """(MB, command, its parent's command) of this product's; some end while they are looked at."""
    ours = f"DATA_DIR={product.data_dir}\0"
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            status = (folder / "status").read_text()
            known = dict(re.findall(r"^(PPid|VmRSS):\s+(\d+)", status, re.M))
            parent = Path("/proc") / known.get("PPid", "0")
            if "VmRSS" in known and ours in (parent / "environ").read_text():
                yield (
                    int(known["VmRSS"]) // 1024,
                    (folder / "cmdline").read_text(),
                    (parent / "cmdline").read_text(),
                )


class Attacker:
    """Speaks HTTP as it likes."""

    def __init__(self, product: Product, browser: Browser, path: str) -> None:
        self.product = product
        self.path = path
        jar = next(
            h.cookiejar
            for h in browser.opener.handlers  # type: ignore[attr-defined]
            if hasattr(h, "cookiejar")
        )
        self.cookies = "; ".join(f"{one.name}={one.value}" for one in jar)
        self.token = next(one.value for one in jar if one.name == "csrftoken")

    def connection(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.product.port), 30)

    def head(self, kind: str, length: int) -> bytes:
        more = f"Cookie: {self.cookies}\r\n"
        return HEAD.format(path=self.path, kind=kind, length=length, more=more).encode()

    def fields(self, **fields: str) -> bytes:
        """Fields of a form in parts, without its end; the first is the token."""
        fields = {"csrfmiddlewaretoken": str(self.token), "screen": "3", **fields}
        return b"".join(_part(name, value.encode()) for name, value in fields.items())

    def send(self, body: bytes, kind: str = MULTIPART) -> tuple[int, str]:
        """Sends a whole body; the status and the page."""
        with self.connection() as line:
            line.settimeout(60)
            line.sendall(self.head(kind, len(body)))
            line.sendall(body)
            return answer_of(line)


def _part(name: str, value: bytes, filename: str = "") -> bytes:
    named = f'; filename="{filename}"' if filename else ""
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + value + b"\r\n"


def answer_of(line: socket.socket) -> tuple[int, str]:
    data = b""
    with contextlib.suppress(TimeoutError, ConnectionResetError):
        while part := line.recv(1 << 16):
            data += part
            head, _gap, body = data.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head.lower())
            if length and len(body) >= int(length[1]):
                break
    assert data.startswith(b"HTTP/1.1 "), data[:200]
    return int(data[9:12]), data.partition(b"\r\n\r\n")[2].decode(errors="replace")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("attacked"))
    with product.serving():
        product.python(MAKE_FORM)
        yield product


@pytest.fixture
def browser(product: Product) -> Browser:
    """A family at the question for photos."""
    browser = Browser(product)
    path = f"/requests/{SLUG}/"
    browser.get(path)
    matter = re.search(r'name="f00000000d2"\s+value="([^"]+)"', browser.page) or re.search(
        r'value="([^"]+)"\s+id="id_f00000000d2', browser.page
    )
    value = matter[1] if matter else ""
    browser.post(
        path,
        browser.hidden("submission_key", "form_version")
        | {
            "screen": "1",
            "f00000000d1": "no",
            "f00000000d2": value,
            WHO: "parent",
            STORY: "房租付不起",
            HAS_CHILDREN: "yes",
        },
    )
    group = {f"{CHILDREN}-count": "1", f"{CHILDREN}-0-{NAME}": "小明"}
    browser.post(action_of(browser), group | {"screen": "2", f"{CHILDREN}-0-{SCHOOL}": "no"})
    assert PHOTOS in browser.page
    return browser


def action_of(browser: Browser) -> str:
    found = re.search(r'action="([^"]*draft=[^"]*)"', browser.page)
    assert found, browser.page[:2000]
    return found[1].replace("&amp;", "&")


@pytest.fixture
def attacker(product: Product, browser: Browser) -> Attacker:
    return Attacker(product, browser, action_of(browser))


def seconds_of_a_page(product: Product) -> float:
    began = time.monotonic()
    with urllib.request.urlopen(product.url("/track/"), timeout=120) as answer:  # noqa: S310
        assert answer.status == 200
    return time.monotonic() - began


def test_a_byte_a_second_is_hung_up_on_whatever_was_promised(attacker: Attacker) -> None:
    for promised in (500, 90_000_000):
        with attacker.connection() as line:
            line.sendall(attacker.head(MULTIPART, promised) + b"--x\r\n")
            began = time.monotonic()
            line.settimeout(1)
            while time.monotonic() - began < arriving.FIRST_SECONDS + 20:
                try:
                    line.sendall(b"a")
                    if line.recv(100):
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
            assert time.monotonic() - began < arriving.FIRST_SECONDS + 10


def test_a_head_that_is_dripped_is_hung_up_on(attacker: Attacker) -> None:
    with attacker.connection() as line:
        line.settimeout(1)
        began = time.monotonic()
        line.sendall(b"GET /track/ HTTP/1.1\r\n")
        ended = False
        while not ended and time.monotonic() - began < arriving.HEAD_SECONDS + 20:
            try:
                line.sendall(b"X")
                ended = line.recv(100) == b""
            except TimeoutError:
                continue
            except OSError:
                ended = True
        assert time.monotonic() - began < arriving.HEAD_SECONDS + 10


def test_slow_bodies_leave_room_for_everybody_else(product: Product, attacker: Attacker) -> None:
    """More slow senders than there are threads: the slowest go, and a page comes all the same."""
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(attacker.connection()) for _ in range(12)]
        for line in lines:
            line.sendall(attacker.head(MULTIPART, 90_000_000) + b"--x\r\n")
        assert seconds_of_a_page(product) < 2.5 * arriving.FIRST_SECONDS


def test_connections_nobody_closes_hold_nobody_up(product: Product, attacker: Attacker) -> None:
    ask = b"GET /healthz/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(attacker.connection()).sendall(ask)
        time.sleep(0.5)
        assert seconds_of_a_page(product) < 2


def test_a_line_that_is_cut_leaves_nothing_behind(
    product: Product, attacker: Attacker, browser: Browser
) -> None:
    whole = attacker.fields() + _part(PHOTOS, jpeg(), "a.jpg") + b"--x--\r\n"
    for place in (1, 10, len(whole) // 3, len(whole) // 2, len(whole) - 3):
        with attacker.connection() as line:
            line.sendall(attacker.head(MULTIPART, len(whole)) + whole[:place])
            line.shutdown(socket.SHUT_WR)
    private = product.data_dir / "private"
    eventually(lambda: not list(private.glob("incoming/*")), seconds=10)
    assert not [path for path in private.glob("files/??/*") if path.is_file()]
    # What was typed before is all there.
    assert "小明" in browser.get(action_of(browser).replace("screen=3", "screen=2"))


def test_what_is_refused_unread_is_still_answered(attacker: Attacker) -> None:
    status, page = attacker.send(b"x" * 30_000_000, URLENCODED)
    assert status == 413
    assert "太大了" in page


def bombs() -> Iterator[tuple[str, bytes]]:
    data = BytesIO()
    Image.new("1", (19_000, 19_000)).save(data, "PNG")
    yield "点.png", data.getvalue()
    data = BytesIO()
    Image.new("RGB", (4_900, 4_900), "teal").save(data, "PNG")
    yield "大.png", data.getvalue()
    yield "零.docx", docx({"word/zeros.xml": b"<a>" + b" " * 90_000_000 + b"</a>"})
    yield "长.pdf", pdf(tail=b"%" + b"x" * 15_000_000)
    yield "空.jpg", b"\xff\xd8\xff" + b"\0" * 19_000_000
    yield "过.jpg", b"\xff\xd8\xff" + b"\0" * 25_000_000


def test_under_everything_at_once_the_web_processes_stay_small(
    product: Product, attacker: Attacker, browser: Browser
) -> None:
    end = b"--x--\r\n"
    one = _part(PHOTOS, b"x", "a.jpg")
    bodies: list[tuple[bytes, str]] = [
        (attacker.fields(_upload=PHOTOS) + _part(PHOTOS, data, name) + end, MULTIPART)
        for name, data in bombs()
    ]
    bodies += [
        (attacker.fields() + one * 10_000 + end, MULTIPART),
        (attacker.fields() + one * 90 + end, MULTIPART),
        (attacker.fields() + b"--x\r\nbroken", MULTIPART),
        (f"csrfmiddlewaretoken={attacker.token}".encode() + b"&x=1" * 100_000, URLENCODED),
        (f"csrfmiddlewaretoken={attacker.token}&x=".encode() + b"x" * 7_900_000, URLENCODED),
        (attacker.fields(**{STORY: "1" + "\u0300\u0316" * 400_000}) + end, MULTIPART),
        (attacker.fields(**{f"{CHILDREN}-{n}-{NAME}": "x" for n in range(9_000)}) + end, MULTIPART),
    ]
    with Weight(product) as weight, ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda pair: attacker.send(*pair), bodies * 2))
    assert {status for status, _page in answers} <= {200, 302, 303, 400, 409, 410, 413, 422}
    print(f"web {weight.web} MB, inspecting {weight.inspecting} MB")
    assert 0 < weight.web < MOST_OF_A_WORKER
    assert 0 < weight.inspecting < 450
    assert "小明" in browser.get(action_of(browser).replace("screen=3", "screen=2"))
    said = (product.folder / "output").read_text()
    assert "Traceback" not in said


def test_the_form_is_sent_all_the_same(browser: Browser, product: Product) -> None:
    state: Any = json.loads(
        urllib.request.urlopen(product.url("/healthz/ready"), timeout=20).read()  # noqa: S310
    )
    assert state["database"] == "up"
    assert state["files_held"] == 0
    browser.post(action_of(browser), {"screen": "3"})
    assert "联系电话" in browser.page
