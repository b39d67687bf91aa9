"""Graded queries as JSON lines, so that a set can go from one installation to another.

A line is a query with its judgements. What is judged is named by its address on the site, which is
the same elsewhere; a page's number is not. What the other site lacks comes along as words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import Page, Site

from home.policies.models import ClauseKey
from search.engine.asking import NOT_TYPED
from search.engine.grading import CLAUSE_ANCHOR, GradedQuery, Judgement

MOST_BYTES = 2_000_000
MOST_LINES = 2_000
MOST_JUDGEMENTS = 100
# So many wrong lines are named.
MOST_COMPLAINTS = 5
PORTION = 500


class BadFile(Exception):
    """The file can't be loaded; `sentences` say where and why."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = list(sentences)


@dataclass(slots=True)
class Loaded:
    """What came of it: queries that are new, renewed or were left as they are."""

    new: int = 0
    renewed: int = 0
    left: int = 0
    # Judgements of what this site lacks.
    unknown: int = 0


def lines() -> Iterator[str]:
    """The whole set, a line a query."""
    for query in GradedQuery.objects.prefetch_related("judgements"):
        row = {
            "query": query.query,
            "kind": query.kind,
            "finds_nothing": query.finds_nothing,
            "note": query.note,
            "judgements": [
                {"address": one.address, "title": one.title, "grade": one.grade}
                for one in query.judgements.all()
            ],
        }
        yield json.dumps(row, ensure_ascii=False) + "\n"


def load(text: str, *, renew: bool) -> Loaded:
    """Adds the queries of the file; those that are there already it renews, or leaves as they are.

    All or nothing: raises `BadFile`, having changed nothing.
    """
    rows = _read(text)
    places = _places({address for _query, judged in rows for address, *_rest in judged})
    there = {query.query: query for query in GradedQuery.objects.all()}
    loaded = Loaded()
    with transaction.atomic():
        for query, judged in rows:
            old = there.get(query.query)
            if old is not None and not renew:
                loaded.left += 1
                continue
            if old is None:
                loaded.new += 1
            else:
                query.pk = old.pk
                Judgement.objects.filter(graded_query=old).delete()
                loaded.renewed += 1
            query.save()
            for number, (address, title, grade) in enumerate(judged):
                page, clause_key = places.get(address, (None, None))
                loaded.unknown += page is None
                Judgement.objects.create(
                    graded_query=query,
                    sort_order=number,
                    page_id=page,
                    clause_key=clause_key,
                    grade=grade,
                    title=title,
                    address=address,
                )
    return loaded


Judged = tuple[str, str, int]


def _read(text: str) -> list[tuple[GradedQuery, list[Judged]]]:
    numbered = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not numbered:
        raise BadFile([_("文件里没有内容。请选择从“导出”得到的文件。")])
    if len(numbered) > MOST_LINES:
        raise BadFile([_("一次最多导入%(most)d行，请分成几个文件。") % {"most": MOST_LINES}])
    rows, complaints = [], []
    seen: set[str] = set()
    for number, line in numbered:
        try:
            query, judged = _read_line(line)
            if query.query in seen:
                raise ValueError(_("这个搜索词在文件里写了两次"))
        except ValueError as error:
            complaints.append(_("第%(n)d行：%(why)s。") % {"n": number, "why": error})
            continue
        seen.add(query.query)
        rows.append((query, judged))
    if complaints:
        more = len(complaints) - MOST_COMPLAINTS
        rest = [_("还有%(n)d行也不对。") % {"n": more}] if more > 0 else []
        raise BadFile([*complaints[:MOST_COMPLAINTS], *rest])
    return rows


def _read_line(line: str) -> tuple[GradedQuery, list[Judged]]:
    """Raises ValueError with the reason in words."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError(_("不是一行 JSON")) from None
    if not isinstance(row, dict):
        raise ValueError(_("不是一个测试搜索词"))
    nothing, listed = row.get("finds_nothing", False), row.get("judgements", [])
    if not isinstance(nothing, bool) or not isinstance(listed, list):
        raise ValueError(_("finds_nothing 或 judgements 写得不对"))
    texts = {name: row.get(name, "") for name in ("query", "kind", "note")}
    if not all(isinstance(one, str) for one in texts.values()):
        raise ValueError(_("query、kind、note 都应当是文字"))
    if NOT_TYPED.search(" ".join(texts.values())):
        raise ValueError(_("有无法识别的字符"))
    query = GradedQuery(finds_nothing=nothing, **texts)
    try:
        query.full_clean(validate_unique=False)
    except ValidationError as error:
        raise ValueError(" ".join(error.messages).rstrip("。")) from None
    judged = [_read_judgement(one) for one in listed]
    if nothing == bool(judged):
        raise ValueError(_("应当要么有评分，要么写明本站没有答案"))
    if len(judged) > MOST_JUDGEMENTS or len({address for address, *_rest in judged}) < len(judged):
        raise ValueError(_("评分太多，或者同一个地址评了两次"))
    return query, judged


def _read_judgement(row: Any) -> Judged:
    address, title, grade = (
        (row.get("address"), row.get("title", ""), row.get("grade"))
        if isinstance(row, dict)
        else (None, "", None)
    )
    if not (isinstance(address, str) and address.startswith("/") and len(address) <= 500):
        raise ValueError(_("评分里的地址应当像 /services/ln-15/ 这样"))
    if not isinstance(title, str) or len(title) > 300:
        raise ValueError(_("评分里的标题太长"))
    if NOT_TYPED.search(address + title):
        raise ValueError(_("有无法识别的字符"))
    if isinstance(grade, bool) or grade not in (1, 2, 3):
        raise ValueError(_("评分只能是 1、2 或 3"))
    return address, title, grade


def _places(addresses: set[str]) -> Mapping[str, tuple[int | None, ClauseKey | None]]:
    """The page, and the clause of it, at each of these addresses; without those of nothing here."""
    root = Site.objects.select_related("root_page").get(is_default_site=True).root_page.url_path
    named = {address: address.partition("#") for address in addresses}
    wanted = sorted({f"{root.rstrip('/')}{path}" for path, *_rest in named.values()})
    pages: dict[str, int] = {}
    for start in range(0, len(wanted), PORTION):
        found = Page.objects.filter(url_path__in=wanted[start : start + PORTION])
        pages |= dict(found.values_list("url_path", "pk"))
    keys = {
        (one.policy_id, one.key): one
        for one in ClauseKey.objects.filter(
            policy__in=pages.values(),
            key__in={anchor.removeprefix(CLAUSE_ANCHOR) for *_rest, anchor in named.values()},
        )
    }
    places: dict[str, tuple[int | None, ClauseKey | None]] = {}
    for address, (path, _mark, anchor) in named.items():
        page = pages.get(f"{root.rstrip('/')}{path}")
        if page is None:
            continue
        if not anchor:
            places[address] = page, None
        elif key := keys.get((page, anchor.removeprefix(CLAUSE_ANCHOR))):
            places[address] = page, key
    return places
