"""What stands above the text: the page's table, masthead, number, title, addressees."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .dates import DATE
from .document_numbers import find_order_number, normalise_document_number
from .ending import attachment_mark, attachments_listed, is_date_line, is_furniture
from .labels import is_label_line, is_unfilled, labels_in
from .lines import Line
from .numbering import Marker
from .organisations import issuer_of_masthead, names_in, signed_and_dated
from .titles import (
    DEEDS,
    LONGEST,
    MOST_LINES,
    carries_on,
    is_complete,
    is_version,
    join_title,
    letters,
    named_in,
    same_name,
)

_NO_ADDRESSEES = re.compile(r"如下|以下|下列|现将|现就|兹|决定|根据|为了|。|;")
_PROMULGATION = re.compile(
    rf"\(?\s{{0,4}}(?:根据)?{DATE}[^。]{{0,300}}?(?:公布|通过|发布|批准|修订|修正|修改|印发|"
    r"施行|实施|生效|会议|公告|令)"
)
_PROMULGATION_GOES_ON = re.compile(r"(?:公布|通过|发布|批准|修订|修正|修改|施行|决定》?)[）)]?$")
_OPENS_PROMULGATION = re.compile(rf"\([^()]{{0,12}}{DATE}")
_SERIAL = re.compile(r"(?:((?:19|20)[0-9]{2})年)?\s?第\s{0,3}([0-9]{1,6})\s{0,3}号$")
# The number of minutes and bulletins, which bears no name: 〔2030〕3号, 第12期.
_BARE_NUMBER = re.compile(
    r"\(?(?:第\s{0,3}[0-9一二三四五六七八九十]{1,4}\s{0,3}[期次号]|总第\s?[0-9]{1,5}\s?期)\)?$"
    r"|〔(?:19|20)[0-9]{2}〕\s?(?:第\s?)?[0-9]{1,5}\s?[号期]$"
)
_SIGNER = re.compile(r"\s{1,40}签发人\s{0,4}:")
_IN_BRACKETS = re.compile(r"\([^()]{1,12}\)$")
_SECRECY = re.compile(r"(?:[0-9]{6}|(?:绝密|机密|秘密|内部|特急|加急|平急|急件)[★☆\s]?.{0,10})$")
_ADDRESSED = re.compile(r"主送(?:机关|单位)?:\s{0,4}(?=\S)")
_MOST_BRACKET_LINES = 30


@dataclass(slots=True)
class Front:
    """The values found above the text; `kinds` has one entry for each line up to `end`."""

    end: int = 0
    kinds: list[str] = field(default_factory=list)
    title: str = ""
    plan_title: str = ""
    masthead: str = ""
    addressees: str = ""
    number: str = ""
    order_number: str = ""
    promulgated: str = ""
    dated: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    masthead_issuers: tuple[str, ...] = ()

    def label_names(self) -> tuple[str, ...]:
        """The bodies in the page's table: 发文机关 and 联合发文单位."""
        printed = " ".join(self.labels.get(name, "") for name in ("issuer", "joint"))
        return names_in(printed.replace(";", " ").replace("；", " ")) or ()


def is_sentence(line: Line) -> bool:
    """Whether a line is a paragraph or leads one in, and so is neither title nor label."""
    shape = line.shape
    return "。" in shape or shape.endswith((";", ":", "!", "?")) or len(shape) > LONGEST


def read_front(lines: Sequence[Line], markers: Sequence[Marker | None], skip: set[int]) -> Front:
    """Reads the lines above the first paragraph or clause; `skip` holds a table of contents."""
    front = Front()
    bracketed = _bracketed(lines)
    for index, line in enumerate(lines):
        if index in skip or index in bracketed or not line.text or is_label_line(line):
            continue
        if _PROMULGATION.match(line.shape) and "。" not in line.shape:
            continue
        if markers[index] or is_sentence(line) or attachments_listed(line):
            front.end = index
            break
    else:
        front.end = len(lines)
    _read_addressees(lines, front)
    front.kinds = [
        "contents" if index in skip else "promulgation" if index in bracketed else ""
        for index in range(front.end)
    ]
    _read_addressees_kinds(lines, front)
    _read_table(lines, front)
    for index in range(front.end):
        if not front.kinds[index]:
            front.kinds[index] = _plain_kind(lines, index, front)
    _read_titles(lines, front)
    return front


def _bracketed(lines: Sequence[Line]) -> set[int]:
    """Lines of a bracket that tells when a text was passed and amended, near the top."""
    found: set[int] = set()
    for index, line in enumerate(lines[:60]):
        if index in found or not _OPENS_PROMULGATION.match(line.shape):
            continue
        depth, span = 0, []
        for below in range(index, min(len(lines), index + _MOST_BRACKET_LINES)):
            shape = lines[below].shape
            depth += shape.count("(") - shape.count(")")
            span.append(below)
            if depth <= 0:
                break
        whole = depth == 0 and lines[span[-1]].shape.endswith(")")
        if whole and not is_date_line(line):
            found.update(span)
    return found


def _read_addressees(lines: Sequence[Line], front: Front) -> None:
    """Takes the lines of 主送机关 into the front: the first paragraph, where it ends in a colon."""
    if front.end == len(lines) or not lines[front.end].shape.endswith(":"):
        return
    if _NO_ADDRESSEES.search(lines[front.end].shape) or len(lines[front.end].shape) > 2000:
        return
    front.addressees = lines[front.end].text[:-1].strip()
    front.end += 1


def _read_addressees_kinds(lines: Sequence[Line], front: Front) -> None:
    if not front.addressees:
        for index in range(front.end):
            if found := _ADDRESSED.match(lines[index].shape):
                front.addressees = lines[index].text[found.end() :].rstrip(":： ")
                front.kinds[index] = "addressees"
                return
        return
    first = front.end - 1
    if opening := _ADDRESSED.match(lines[first].shape):
        front.addressees = front.addressees[opening.end() :]
    front.kinds[first] = "addressees"
    while first and not front.kinds[first - 1] and lines[first - 1].shape.endswith(("、", ",")):
        first -= 1
        if is_label_line(lines[first]) or len(lines[first].shape) > LONGEST:
            break
        front.kinds[first] = "addressees"
        front.addressees = lines[first].text + front.addressees


def _read_table(lines: Sequence[Line], front: Front) -> None:
    for index in range(front.end):
        line = lines[index]
        if front.kinds[index] or not is_label_line(line):
            continue
        front.kinds[index] = "label"
        last = ""
        for name, value in labels_in(line):
            last = name if not value else ""
            if name and not is_unfilled(value):
                front.labels.setdefault(name, value)
        below = index + 1
        # The value of a table's cell may stand on the next line; only what fits is taken for it.
        free = below < front.end and not front.kinds[below] and not is_label_line(lines[below])
        if last and free and last not in front.labels and _fits(last, lines[below]):
            front.labels[last] = lines[below].text
            front.kinds[below] = "label"


def _fits(name: str, line: Line) -> bool:
    if name in ("adopted_on", "published_on"):
        return is_date_line(line)
    if name == "document_number":
        return normalise_document_number(line.text) is not None
    if name == "index_number":
        return bool(re.fullmatch(r"[0-9A-Z][0-9A-Z/\-]{3,60}", line.shape))
    if name in ("issuer", "joint"):
        return names_in(line.text) is not None
    return False


def _plain_kind(lines: Sequence[Line], index: int, front: Front) -> str:
    """The kind of a line that explains itself; "name" or "" for those that may be a title."""
    line = lines[index]
    if not line.text:
        return "blank"
    promulgation = _PROMULGATION.match(line.shape) and not is_complete(line.text)
    if promulgation and not is_date_line(line):
        front.promulgated = front.promulgated or line.text
        return "promulgation"
    if len(line.shape) > LONGEST:
        return "unplaced"
    above = next((front.kinds[i] for i in range(index - 1, -1, -1) if lines[i].text), "")
    if above == "promulgation" and _PROMULGATION_GOES_ON.search(line.shape[-12:]):
        return "promulgation"
    signer = _SIGNER.search(line.shape)
    number = normalise_document_number(line.text[: signer.start()] if signer else line.text)
    if number:
        front.number = front.number or number
        return "document_number"
    if front.masthead and (serial := _SERIAL.match(line.shape)) and not front.order_number:
        body = "".join(front.masthead.split()).removeprefix("中华人民共和国")
        year = f"{serial[1]}年" if serial[1] else ""
        front.order_number = f"{body}{year}第{int(serial[2])}号"
        return "document_number"
    if _BARE_NUMBER.match(line.shape):
        bare = line.text if "〔" in line.text else ""
        front.number = front.number or bare
        return "document_number"
    if is_date_line(line):
        front.dated = front.dated or line.text
        return "date"
    if signed := signed_and_dated(line.text):
        front.dated = front.dated or line.text[signed[1] :]
        front.masthead_issuers = front.masthead_issuers or signed[0]
        return "masthead"
    if is_furniture(line):
        return "furniture"
    if (names := issuer_of_masthead(line.text)) and not line.text.endswith("文件"):
        front.masthead = front.masthead or line.text
        front.masthead_issuers = front.masthead_issuers or names
        return "masthead"
    if names:
        front.masthead_issuers += names
        return "masthead"
    if _SECRECY.match(line.shape):
        return "masthead"
    if attachment_mark(line) is not None:
        return "note"
    if "".join(line.shape.split()) in ("序言", "前言", "引言", "序"):
        return "preamble"
    if _IN_BRACKETS.match(line.shape) and _follows_title(lines, index):
        return "note"
    return "name" if names_in(line.text) else ""


def _follows_title(lines: Sequence[Line], index: int) -> bool:
    """Whether a short remark in brackets stands right below a whole title: (A类)."""
    return bool(index) and is_complete(lines[index - 1].text) and not is_version(lines[index])


def _read_titles(lines: Sequence[Line], front: Front) -> None:
    bracketed = [i for i, kind in enumerate(front.kinds) if kind == "promulgation"]
    if bracketed and not front.promulgated:
        front.promulgated = lines[bracketed[0]].text
    groups, loose = _title_groups(lines, front)
    titles = [join_title([lines[index] for index in group]) for group in groups]
    front.title = front.labels.get("title", "")
    if not front.title:
        if groups:
            front.title = titles[0]
        elif free := [group for group in loose if any(not front.kinds[i] for i in group)]:
            front.title = join_title([lines[index] for index in free[0]])
    named = named_in(front.title)
    whole = letters(front.title)
    for group in groups + loose:
        words = join_title([lines[index] for index in group])
        kind = "unplaced"
        if same_name(words, front.title):
            kind = "title"
        elif group in groups and words and any(same_name(words, name) for name in named):
            kind, front.plan_title = "plan_title", front.plan_title or words
        for index in group:
            part = letters(lines[index].text) if kind == "unplaced" else ""
            # The title printed again on other lines than the page's.
            if len(part) > 3 and front.kinds[index] != "name" and part in whole:
                front.kinds[index] = "title"
            elif kind == "unplaced" and front.kinds[index] == "name":
                front.kinds[index] = "masthead"
                front.masthead_issuers += names_in(lines[index].text) or ()
            else:
                front.kinds[index] = kind
    if front.promulgated:
        front.order_number = front.order_number or find_order_number(front.promulgated) or ""


def _title_groups(lines: Sequence[Line], front: Front) -> tuple[list[list[int]], list[list[int]]]:
    """Runs of lines that make a complete title, and the runs that make none."""
    whole: list[list[int]] = []
    loose: list[list[int]] = []
    pending: list[int] = []

    def give_up(keep: int = 0) -> None:
        nonlocal pending
        cut = len(pending) - keep
        if cut:
            loose.append(pending[:cut])
        pending = pending[cut:]

    for index, kind in enumerate(front.kinds):
        if kind not in ("", "name"):
            if kind != "blank":
                give_up()
            continue
        if "关于" in lines[index].shape and not any(
            word in lines[above].shape for above in pending for word in DEEDS
        ):
            names = 0
            while names < len(pending) and front.kinds[pending[-1 - names]] == "name":
                names += 1
            give_up(keep=names)
        pending.append(index)
        below = index + 1
        more = below < front.end and front.kinds[below] == "" and carries_on(lines[below])
        if not more and is_complete(join_title([lines[i] for i in pending])):
            whole.append(pending)
            pending = []
        elif len(pending) >= MOST_LINES:
            give_up(keep=MOST_LINES - 1)
    give_up()
    return whole, loose
