"""How an error is written down where its text may quote what a family wrote."""

from __future__ import annotations

import traceback


def traceback_without_text(error: BaseException) -> str:
    """The error's class and the lines of code it came through, without its message."""
    lines = traceback.format_tb(error.__traceback__)
    return "".join([type(error).__name__, "\n", *lines]).rstrip()
