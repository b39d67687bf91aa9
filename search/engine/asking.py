"""Reading a search request: what was typed into the address, or the sentence that refuses it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from home.pages.whole_numbers import whole_number
from search.engine.choices import NAMES, VALIDITY_LABELS, Chosen
from search.engine.models import EntryType

# Beyond this it is no question. (Between LONGEST_QUERY and this the beginning is looked for.)
LONGEST_TYPED = 1000
# No name of a department, an area or an audience is longer.
LONGEST_NAME = 200
YEAR = re.compile(r"(?:19|20)[0-9]{2}")
# No list of results is so long.
LAST_PAGE = 9_999_999
BY_DATE = "date"
# Nobody types these. U+FFFD stands where the browser sent bytes that are no UTF-8. (Zero-width and
# direction marks come along with pasted text: the analysis leaves them out.)
NOT_TYPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")


class BadRequest(Exception):
    """The request can't be answered; `sentence` tells the person why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A query that may be asked, what it is narrowed to, and how its results are read."""

    query: str = ""
    chosen: Chosen = field(default_factory=Chosen)
    by_date: bool = False
    page: int = 1

    def parameters(self) -> dict[str, str]:
        """All of it as it stands in the address, but for the page."""
        sort = {"sort": BY_DATE} if self.by_date else {}
        return {"q": self.query} | self.chosen.values() | sort


def read_query(typed: str) -> str:
    """The query as typed, without spaces around it. Raises `BadRequest`."""
    if len(typed) > LONGEST_TYPED:
        raise BadRequest(_("您输入的内容太长。请只输入要查找的几个词或一句话。"))
    if NOT_TYPED.search(typed):
        raise BadRequest(_("您输入的内容里有无法识别的字符。请改用普通文字重新输入。"))
    return typed.strip()


def read_chosen(data: Mapping[str, str]) -> Chosen:
    """What results are to be narrowed to; what is missing narrows nothing. Raises `BadRequest`.

    Whether there is anything of a department, an area or an audience, the results say.
    """
    chosen = Chosen(**{name: data.get(name, "").strip() for name in NAMES})
    if chosen.type and chosen.type not in EntryType.values:
        raise BadRequest(_("没有这一类内容。请在“全部”里查找。"))
    if chosen.validity and chosen.validity not in VALIDITY_LABELS:
        raise BadRequest(
            _("有效性只能是有效、已修改、失效或废止。请从筛选项里选，或者不限有效性。")
        )
    if chosen.year and not YEAR.fullmatch(chosen.year):
        raise BadRequest(_("年份应当是四位数字，如2025。请从筛选项里选，或者不限年份。"))
    for name in (chosen.department, chosen.area, chosen.audience):
        if len(name) > LONGEST_NAME or NOT_TYPED.search(name):
            raise BadRequest(_("筛选项里没有这个名称。请从筛选项里选，或者不加筛选。"))
    return chosen


def read_request(data: Mapping[str, str]) -> SearchRequest:
    """The whole request of the results page. Raises `BadRequest`."""
    query = read_query(data.get("q", ""))
    page = whole_number(data.get("page", "1"))
    if page is None or not 1 <= page <= LAST_PAGE:
        raise BadRequest(_("页码应当是从1开始的数字。请从第1页看起。"))
    sort = data.get("sort", "")
    if sort not in ("", "relevance", BY_DATE):
        raise BadRequest(_("只能按相关程度或日期排列。请从页面上的“排列”里选。"))
    return SearchRequest(query, read_chosen(data), sort == BY_DATE, page)
