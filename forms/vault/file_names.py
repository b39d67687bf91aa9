"""Names of files as strangers give them, made fit to be shown and to be saved under."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

from forms.vault.inspection import EXTENSIONS

MAX_LENGTH = 100
# What a system somewhere takes for something else than a letter of a name.
_SPECIAL = frozenset("<>:\"/\\|?*%&;$`'")


def clean_name(name: str | None, kind: str) -> str:
    """The file's own name without folders, invisible characters or a wrong extension."""
    bare = bare_name(name)
    stem, dot, extension = bare.rpartition(".")
    known = {one for extensions in EXTENSIONS.values() for one in extensions}
    if not dot or extension.lower() not in known:
        stem = bare
    stem = stem.strip(" .")[:MAX_LENGTH].strip(" .") or _("文件")
    return f"{stem}.{EXTENSIONS[kind][0]}"


def bare_name(name: str | None) -> str:
    """The file's own name as it may be shown, whatever kind of file it is."""
    bare = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    # Control and format characters (NUL, line ends, those that turn the direction of writing),
    # surrogates and unassigned ones are category C.
    return "".join(
        "_" if character in _SPECIAL else character
        for character in unicodedata.normalize("NFC", bare)
        if unicodedata.category(character)[0] != "C"
    )
