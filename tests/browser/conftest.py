"""The whole product as `make run` starts it, and a real Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "walk-through-2025"
PHONE = ViewportSize(width=360, height=740)


@dataclass(frozen=True)
class Product:
    """A running site: its address and its state folder."""

    url: str
    data_dir: Path


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    data_dir = tmp_path_factory.mktemp("product")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    keep = {"PATH", "HOME", "LANG"}
    environment = {name: value for name, value in os.environ.items() if name in keep} | {
        "PORT": str(port),
        "DATA_DIR": str(data_dir),
        "DEMO_PASSWORD": PASSWORD,
        "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
    }
    with (data_dir / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    site = Product(f"http://127.0.0.1:{port}", data_dir)
    try:
        wait_until_ready(site, process)
        yield site
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def wait_until_ready(site: Product, process: subprocess.Popen[bytes]) -> None:
    for _ in range(480):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{site.url}/healthz/ready", timeout=2)  # noqa: S310 (our own)
        except OSError:
            time.sleep(0.25)
        else:
            return
    pytest.fail((site.data_dir / "serve.log").read_text()[-3000:])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def new_context(chromium: Browser, product: Product, *, script: bool = True) -> BrowserContext:
    """A phone of 360 px that speaks Chinese."""
    context = chromium.new_context(
        base_url=product.url,
        viewport=PHONE,
        is_mobile=True,
        has_touch=True,
        java_script_enabled=script,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(20_000)
    return context


def sign_in(context: BrowserContext, username: str) -> Page:
    """The admin, as one of the demo's people."""
    page = context.new_page()
    page.goto("/admin/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    return page
