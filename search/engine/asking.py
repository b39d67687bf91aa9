"""Reading a search request: what was typed into the address, or the sentence that refuses it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from search.engine.models import EntryType

# Beyond this it is no question. (Between LONGEST_QUERY and this the beginning is looked for.)
LONGEST_TYPED = 1000
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
    """A query that may be asked."""

    query: str = ""
    type: str = ""
    page: int = 1


def read_query(typed: str) -> str:
    """The query as typed, without spaces around it. Raises `BadRequest`."""
    if len(typed) > LONGEST_TYPED:
        raise BadRequest(_("您输入的内容太长。请只输入要查找的几个词或一句话。"))
    if NOT_TYPED.search(typed):
        raise BadRequest(_("您输入的内容里有无法识别的字符。请改用普通文字重新输入。"))
    return typed.strip()


def read_type(typed: str) -> str:
    """A type of result, or "" for all. Raises `BadRequest`."""
    if typed and typed not in EntryType.values:
        raise BadRequest(_("没有这一类内容。请在“全部”里查找。"))
    return typed


def read_request(data: QueryDict) -> SearchRequest:
    """The whole request of the results page. Raises `BadRequest`."""
    query = read_query(data.get("q", ""))
    page = data.get("page", "1")
    if not (page.isascii() and page.isdigit() and 1 <= len(page) <= 7 and int(page) >= 1):
        raise BadRequest(_("页码应当是从1开始的数字。请从第1页看起。"))
    return SearchRequest(query, read_type(data.get("type", "")), int(page))
