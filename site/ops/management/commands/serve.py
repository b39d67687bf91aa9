"""`manage.py serve`: the whole product on one machine, made ready, started and kept running."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import logging
import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from home.pages.whole_numbers import whole_number
from ops import health
from ops.demo import people
from ops.preparing import prepare
from ops.supervisor import Spec, Supervisor, die_with_parent, say

# A web process that ends this often before it ever answered will not do better the next time.
FALSE_STARTS = 3


class Command(BaseCommand):
    help = "Prepares the database and the files, then runs web, worker and beat until stopped."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--stop-with-parent",
            action="store_true",
            help="Stop when the process that started this one ends (used by make run).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["stop_with_parent"]:
            die_with_parent(signal.SIGTERM)
        host, port = os.environ.get("HOST") or "127.0.0.1", _port()
        demo = os.environ.get("DEMO", "").lower() not in {"no", "0", "false", "off"}
        data_dir = Path(settings.DATA_DIR)
        try:
            with _alone(data_dir):
                _check_address(host, port)
                logging.disable(logging.INFO)  # what each page said as it was loaded
                prepare(demo=demo, say=say)
                logging.disable(logging.NOTSET)
                connections.close_all()
                status = _supervise(data_dir, host, port, demo)
        except KeyboardInterrupt:
            status = 130
        # Taking apart all that was loaded takes a second or two, and nothing in it is to be kept.
        sys.stdout.flush()
        os._exit(status)


def _supervise(data_dir: Path, host: str, port: int, demo: bool) -> int:
    answered = False

    def watch_the_web(supervisor: Supervisor) -> None:
        nonlocal answered
        if answered:
            return
        web = supervisor.child("web")
        if web.is_running() and _answers(host, port):
            answered = True
            _announce(host, port, demo)
        elif web.failures >= FALSE_STARTS:
            say(f"The site does not start. The end of {web.log_file}:\n{web.last_words()}")
            supervisor.stop(1)

    environment = {
        **os.environ,
        "HOST": host,
        "PORT": str(port),
        "PYTHONPATH": f"{settings.ROOT / 'site'}{os.pathsep}{settings.ROOT}",
        "PYTHONUNBUFFERED": "1",
    }
    # A start begins without knowing how the last run ended.
    health.heartbeat_file().unlink(missing_ok=True)
    return Supervisor(
        _children(),
        folder=settings.ROOT,
        run_folder=data_dir / "run",
        log_folder=data_dir / "log",
        environment=environment,
        say=say,
        each_turn=watch_the_web,
    ).run()


def _children() -> list[Spec]:
    celery = [sys.executable, "-m", "celery", "-A", "config.celery"]
    web = [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn", "config.wsgi"]
    # One process beside the worker's own: it can be stopped at a time limit, or be killed for its
    # memory, without the worker.
    worker = ["worker", "--pool", "prefork", "--concurrency", "1", "--hostname", "tongban@%h"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"]
    beat = ["beat", "--pidfile", "", "--loglevel", "INFO"]
    # The page first: three processes that all load the same code keep it waiting.
    return [
        Spec("web", web),
        Spec("worker", [*celery, *worker, *quiet], delay=4, heartbeat=health.heartbeat_file()),
        Spec("beat", [*celery, *beat], delay=5),
    ]


@contextlib.contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Holds the state folder for this process; refuses where another one does."""
    with open(data_dir / "run" / "serve.lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"The product is already running on {data_dir}. Stop it first, or name another "
                "folder: DATA_DIR=… PORT=…"
            ) from None
        yield


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    port = whole_number(text)
    if port is None or not 0 < port < 65536:
        raise CommandError(f"PORT is {text!r}, but a port is a number from 1 to 65535.")
    return port


def _check_address(host: str, port: int) -> None:
    """Refuses an address that can't be had; gives a run that was just killed time to let it go."""
    until = time.monotonic() + 2
    while True:
        try:
            with socket.create_server((host, port), family=_family(host)):
                return
        except OSError as error:
            if time.monotonic() > until:
                raise CommandError(
                    f"Can't listen on {host} port {port}: {os.strerror(error.errno or 0)}. "
                    "Choose another port: PORT=… make run"
                ) from None
        time.sleep(0.2)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _answers(host: str, port: int) -> bool:
    """Whether the web process answers; what it answers is the matter of /healthz/ready."""
    try:
        connection = http.client.HTTPConnection(_reachable(host), port, timeout=2)
        with contextlib.closing(connection):
            connection.request("GET", "/healthz/live", headers={"Host": "localhost"})
            connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    return True


def _announce(host: str, port: int, demo: bool) -> None:
    shown = _reachable(host)
    say(f"\nThe site answers at http://{f'[{shown}]' if ':' in shown else shown}:{port}/")
    if demo:
        _announce_demo_people(f"http://{shown}:{port}")
    say("Ctrl-C stops it.")


def _announce_demo_people(base: str) -> None:
    say(f"Demo accounts (all with the password {people.password()}), to log in at {base}/admin/ :")
    for username, who in people.accounts():
        say(f"  {username:<16} {who}")
