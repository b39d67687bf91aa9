"""Handing a mail to the mail server, or to a folder where there is none."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from smtplib import SMTPException
from types import TracebackType
from typing import Self

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from delivery.registry import Mail


class PostOfficeClosed(Exception):
    """The mail server can't be reached: nothing can be sent for now. `reason` is a class name."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoRecipient(ValueError):
    """The renderer made a mail to nobody."""


class PostOffice:
    """One connection for a run of mails, opened with the first of them."""

    def __init__(self) -> None:
        self._connection: BaseEmailBackend | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._close()

    def send(self, mail: Mail, *, message_id: str) -> None:
        """Sends one mail. Raises `PostOfficeClosed` where there is no connection to be had."""
        if not mail.to:
            raise NoRecipient
        connection = self._open()
        message = EmailMessage(
            subject=one_line(mail.subject),
            body=mail.body,
            to=list(mail.to),
            connection=connection,
            headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},
        )
        try:
            message.send()
        except Exception:
            # The state of the connection is unknown now; the next mail gets a new one.
            self._close()
            raise

    def _open(self) -> BaseEmailBackend:
        if self._connection is None:
            connection = get_connection()
            try:
                connection.open()
            except (OSError, SMTPException) as error:
                raise PostOfficeClosed(type(error).__name__) from error
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # It is being thrown away, whatever it still has to say.
            with contextlib.suppress(OSError, SMTPException):
                connection.close()


def one_line(text: str) -> str:
    """The text without line breaks and control characters, fit for a header."""
    shown = "".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text)
    return " ".join(shown.split())


def drop_copies(message_ids: Sequence[str]) -> None:
    """Removes these mails from the embedded mode's post-box; a mail server has its own rules."""
    if folder := getattr(settings, "EMAIL_FILE_PATH", None):
        for message_id in message_ids:
            (Path(folder) / _file_name(message_id)).unlink(missing_ok=True)


def _file_name(message_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9@._-]", "", message_id) + ".eml"


class FolderBackend(BaseEmailBackend):
    """Writes each mail to EMAIL_FILE_PATH/<its Message-ID>.eml: the post-box of the embedded mode.

    A repeat of a mail finds its own file, so the folder holds each mail once.
    """

    def open(self) -> bool:
        self._folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        return True

    def close(self) -> None:
        """Nothing is kept open."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            content = message.message()
            name = _file_name(str(content["Message-ID"]))
            draft = self._folder() / f".{name}.{os.getpid()}"
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(content.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._folder() / name)
        return len(email_messages)

    @staticmethod
    def _folder() -> Path:
        return Path(settings.EMAIL_FILE_PATH)
