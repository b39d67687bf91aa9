"""The queue of the embedded mode: a folder of files.

Kombu's own filesystem transport writes a message in place, so that a reader may find half of one,
raises on anything that is no message, which ends the worker, keeps a table of routes in a file that
an emptied folder takes with it, and passes each message through the system's temporary folder. This
one renames finished files, sets aside what is no message and goes on, and makes its folders again.
"""

from __future__ import annotations

import json
import logging
import os
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)

KEEP_SECONDS = 24 * 3600


class NotAMessage(ValueError):
    """The file holds nothing that the worker could have been meant to do."""


class Channel(filesystem.Channel):
    """Messages as files called <time>_<random>.<queue>.msg."""

    def get_table(self, exchange: str) -> list[filesystem.exchange_queue_t]:
        # Every queue here has an exchange of its own name: there is nothing to look up in a file.
        return [filesystem.exchange_queue_t(exchange, "", exchange)]

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        """Nothing to write down: see `get_table`."""

    def _put(  # type: ignore[override]  # kombu itself names it two ways
        self, queue: str, payload: Mapping[str, Any], **kwargs: Any
    ) -> None:
        name = f"{time.time_ns()}_{uuid.uuid4().hex}.{queue}.msg"
        folder = self._folder("data_folder_out")
        draft = folder / f"{name}.part"
        draft.write_text(dumps(payload))
        draft.rename(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        incoming, taken = self._folder("data_folder_in"), self._folder("processed_folder")
        for name in sorted(os.listdir(incoming)):
            if not name.endswith(f".{queue}.msg"):
                continue
            try:
                # Whoever renames it has it.
                (incoming / name).rename(taken / name)
            except FileNotFoundError:
                continue
            try:
                message = self._read(taken / name)
            except Exception as error:  # whatever somebody's bytes set off in a parser
                logger.warning("Set aside %s, no message (%s)", taken / name, type(error).__name__)
                continue
            (taken / name).unlink(missing_ok=True)
            return message
        raise Empty

    def _read(self, path: Path) -> dict[str, Any]:
        """The message in this file, checked as far as a later part would fall over it."""
        payload: dict[str, Any] = loads(path.read_text())
        message = self.Message(payload, channel=self)
        args, kwargs, _embedded = json.loads(message.body)
        well_formed = (
            isinstance(message.headers["task"], str)
            and isinstance(message.headers["id"], str)
            and isinstance(message.delivery_tag, str)
            and isinstance(message.delivery_info, dict)
            and isinstance(args, list)
            and isinstance(kwargs, dict)
            and message.content_type == "application/json"
        )
        if not well_formed:
            raise NotAMessage
        return payload

    def _folder(self, option: str) -> Path:
        folder = Path(self.transport_options[option])
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder


class Transport(filesystem.Transport):
    """Registered in place of kombu's under the same name (config/celery.py)."""

    Channel = Channel
    # The worker also waits this long after each task before it looks for the next one, so it bounds
    # how many tasks a second get done. A look into an empty folder costs 0.1 ms.
    polling_interval = 0.05


def tidy(options: Mapping[str, Any], *, older_than: float = KEEP_SECONDS) -> int:
    """Removes half-written files and what was set aside, once it is old. Returns how many."""
    oldest = time.time() - older_than
    removed = 0
    leftovers = [
        *Path(options["data_folder_in"]).glob("*.part"),
        *Path(options["processed_folder"]).glob("*"),
    ]
    for path in leftovers:
        if path.is_file() and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
