"""Why a file isn't taken."""

from __future__ import annotations

from django.utils.translation import gettext as _


class Refusal(Exception):
    """A stable code and a whole Chinese sentence that says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


def broken() -> Refusal:
    return Refusal(
        "broken",
        _("文件已损坏，或者不是 Word 文件。请用 Word 打开原文件，另存为 .docx 后再导入。"),
    )


def macros() -> Refusal:
    return Refusal(
        "macros",
        _("文件带有宏，不能导入。请用 Word 打开，“另存为”不带宏的 .docx 文件后再导入。"),
    )
