"""Names of bodies: in signatures, mastheads and titles."""

from __future__ import annotations

import re

from .dates import DATE
from .lines import shape_of

# What the name of a public body ends in.
_ENDING = "厅局委办院会部署社室联团府行处司校所站馆央关组心队"
_NAME = re.compile(rf"[\u4e00-\u9fff·]{{1,30}}[{_ENDING}](?:\((?:章|印|盖章|印章|代章|公章)\))?")
_NO_NAME = re.compile(r"^(?:各|有关|相关|其他|关于|为|对|经|由|在|将|请|及|附)")
_OFFICE = re.compile(
    r"^(?:总理|国务委员|部长|省长|市长|州长|县长|区长|主席|主任|局长|署长|行长|厅长|会长|院长|检察长)"
    r"[\s:]{0,6}[\u4e00-\u9fff·]{1,4}(?:\s{1,4}[\u4e00-\u9fff·]{1,3})?$"
)
_SIGNED_AND_DATED = re.compile(rf"(.{{2,120}}?)\s{{0,40}}({DATE})$")
_DEED = re.compile(r"关于|印发|转发|批转|公布|发布|修订|修改|废止|下发|令$|公告$|通告$|文件$")
_MAX_LINE = 400


def names_in(words: str) -> tuple[str, ...] | None:
    """The names where the line is nothing but names of bodies, else None.

    Names stand apart by white space or 、; white space may also spread one name (民 政 部).
    """
    if len(words) > _MAX_LINE or _NO_NAME.match(words):
        return None
    names: list[str] = []
    parts = re.split(r"\s{2,}|[\t、;,]", shape_of(words).strip())
    if len(parts) == 1 and " " in words and "\u3000" in words.strip():
        # 民 政 局　财 政 局: where both kinds of space stand, the wide one parts the names.
        parts = [shape_of(part) for part in words.strip().split("\u3000")]
    for part in parts:
        pieces = part.split()
        if len(pieces) > 1 and all(len(piece) <= 1 for piece in pieces):
            pieces = ["".join(pieces)]
        names.extend(pieces)
    if len(names) > 1 and all(len(name) == 1 for name in names):
        names = ["".join(names)]
    if not names or not all(_NAME.fullmatch(name) for name in names):
        return None
    return tuple(re.sub(r"\(.*\)$", "", name) for name in names)


def is_person(words: str) -> bool:
    """Whether the line is an office and a name, as orders are signed: 部长 某某."""
    return len(words) < 40 and bool(_OFFICE.match(shape_of(words)))


def signed_and_dated(words: str) -> tuple[tuple[str, ...], int] | None:
    """Names and the offset of the date, where a line holds both and nothing else."""
    if len(words) > _MAX_LINE or not words.endswith(("日", *"0123456789")):
        return None
    found = _SIGNED_AND_DATED.match(shape_of(words))
    names = names_in(words[: found.end(1)]) if found else None
    return (names, found.start(2)) if found and names else None


def issuers_of_title(title: str) -> tuple[str, ...]:
    """The bodies a title begins with: 国务院 in 国务院关于加强…的意见; none where it names none."""
    deed = _DEED.search(title)
    if not deed or not deed.start():
        return ()
    return names_in(title[: deed.start()].strip()) or ()


def issuer_of_masthead(words: str) -> tuple[str, ...] | None:
    """The bodies a line such as 辽宁省民政厅文件 or 国务院令 names, else None."""
    squashed = "".join(words.split())
    if len(words) > _MAX_LINE:
        return None
    for ending in ("文件", "令", "公告", "通告"):
        if squashed.endswith(ending):
            body = squashed.removesuffix(ending).removeprefix("中华人民共和国")
            return names_in(words.rstrip()[: -len(ending)]) or names_in(body)
    return None
