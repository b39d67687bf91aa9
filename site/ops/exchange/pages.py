"""From a line to a page and back, one class a type of page. Nothing here saves anything."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.models import Page

from home.checklist.models import Category, ServiceChecklistPage, ServicePage, Verification
from home.directory.models import Department
from home.pages.slugs import LONGEST as LONGEST_SLUG
from home.policies.matching import match
from home.policies.models import (
    ClauseKey,
    InterpretationIndexPage,
    InterpretationPage,
    PolicyIndexPage,
    PolicyIssuer,
    PolicyPage,
)
from home.policies.parser import ParsedDocument, normalise_document_number, parse
from home.policies.services import fill_policy, known_clauses, rewrite_policy
from home.policies.slugs import slug_of
from home.portal.models import NewsIndexPage, NewsPage
from ops.exchange import markup
from ops.exchange.lines import LONGEST, BadLine, ContentLine, Kind
from ops.exchange.printing import printed_policy

_SUMMARY = 200
_CODE = 20
_ATTACHMENT_NAME = 200
_QUESTION = re.compile(r"问\s?[:：]\s?(.{1,120})")
_ANSWER = re.compile(r"答\s?[:：]\s?")
_PRINTED_BLOCKS = ("question_answer", "paragraph")
# Kinds of a parsed line that have no place on a page.
_LOST = ("unplaced", "attachment_text")


class PageKind:
    """What the import and the export need to know of a type of page."""

    kind: ClassVar[Kind]
    model: ClassVar[type[Page]]
    section: ClassVar[type[Page]]
    # Fields of a line that this type of page has no place for.
    not_kept: ClassVar[tuple[str, ...]] = ("document_number", "adopted_on")
    one_department: ClassVar[bool] = True

    def read(self, line: ContentLine) -> Any:
        """What the line's body says, where that takes some reading. Raises BadLine."""

    def slug(self, line: ContentLine, read: Any) -> str:
        """The address a new page should get."""
        exported = line.external_id.removeprefix(f"{line.type}:")
        # The export's name for a page is its address, and comes back whole.
        most = LONGEST_SLUG if exported == line.external_id else None
        return slugify(exported)[:most].strip("-_") or _dated_slug(line)

    def fill(
        self, page: Any, line: ContentLine, read: Any, departments: Sequence[Department]
    ) -> None:
        """Writes the line into the page. A page with a primary key has been published before."""
        raise NotImplementedError

    def remarks(self, read: Any) -> list[str]:
        """What of the body has not become part of the page."""
        return []

    def with_relations(self, pages: QuerySet[Any]) -> QuerySet[Any]:
        """The pages with what `line` reads of them, so that no page asks for itself."""
        return pages.select_related("department")

    def line(self, page: Any, external_id: str) -> ContentLine:
        """The page as a line."""
        raise NotImplementedError

    def unprinted(self, page: Any, line: ContentLine) -> list[str]:
        """What of the page the line does not say, for whoever relies on it."""
        return []


class Policies(PageKind):
    kind = Kind.POLICY
    model = PolicyPage
    section = PolicyIndexPage
    not_kept = ()
    one_department = False

    def read(self, line: ContentLine) -> ParsedDocument:
        parsed = parse(markup.plain(line.body))
        reasons = []
        if not (line.title or parsed.title):
            reasons.append(_("没有 title，正文里也认不出标题"))
        if not line.title and len(parsed.title) > LONGEST["title"]:
            reasons.append(_("正文里的标题超过 %(most)d 字") % {"most": LONGEST["title"]})
        if not (line.document_number or parsed.document_number):
            reasons.append(_("没有 document_number，正文里也认不出发文字号"))
        if any(len(name) > _ATTACHMENT_NAME for name in parsed.attachments):
            reasons.append(_("有一个附件的名称超过 %(most)d 字") % {"most": _ATTACHMENT_NAME})
        if reasons:
            raise BadLine(*reasons)
        return parsed

    def slug(self, line: ContentLine, read: ParsedDocument) -> str:
        return slug_of(_number(line, read)) or super().slug(line, read)

    def fill(
        self,
        page: PolicyPage,
        line: ContentLine,
        read: ParsedDocument,
        departments: Sequence[Department],
    ) -> None:
        if page.last_published_at:
            registered = ClauseKey.objects.filter(policy=page).values_list("key", flat=True)
            known = known_clauses(page, page)
            rewrite_policy(page, read, match(known, read.clauses, registered=registered))
        else:
            fill_policy(page, read)
        page.title = line.title or read.title
        page.document_number = _number(line, read)
        page.adopted_on = line.adopted_on or read.adopted_on
        page.published_on = line.published_on or read.published_on
        page.keywords = line.keywords
        page.change_note = ""
        named = {issuer.department_id for issuer in page.issuers.all()}
        if any(department.pk not in named for department in departments):
            page.issuers.set(
                PolicyIssuer(name=department.name, department=department, sort_order=order)
                for order, department in enumerate(departments)
            )

    def remarks(self, read: ParsedDocument) -> list[str]:
        lost = [str(block.line) for block in read.blocks if block.kind in _LOST]
        if not lost:
            return []
        shown = "、".join(lost[:5]) + ("……" if len(lost) > 5 else "")
        return [
            _("正文第 %(lines)s 行没有归入条款，共 %(count)d 行，没有保存")
            % {"lines": shown, "count": len(lost)}
        ]

    def with_relations(self, pages: QuerySet[Any]) -> QuerySet[Any]:
        return pages.prefetch_related("clauses", "issuers__department", "attachments")

    def unprinted(self, page: PolicyPage, line: ContentLine) -> list[str]:
        """Whether the parser would read other clauses out of the text than the page has."""
        read = [(clause.number, clause.heading, clause.text) for clause in parse(line.body).clauses]
        if read == [(row.number, row.heading, row.text) for row in page.clauses.all()]:
            return []
        return [_("从导出的正文再导入时，条款的划分会与现在的页面不同，请核对")]

    def line(self, page: PolicyPage, external_id: str) -> ContentLine:
        lead = next(iter(page.issuers.all()), None)
        return ContentLine(
            external_id=external_id,
            type=self.kind,
            title=page.title,
            body=printed_policy(page),
            document_number=page.document_number,
            adopted_on=page.adopted_on,
            published_on=page.published_on,
            department=lead.department.name if lead and lead.department else "",
            keywords=page.keywords,
        )


class Interpretations(PageKind):
    kind = Kind.INTERPRETATION
    model = InterpretationPage
    section = InterpretationIndexPage

    def fill(
        self,
        page: InterpretationPage,
        line: ContentLine,
        read: None,
        departments: Sequence[Department],
    ) -> None:
        if not page.summary or page.summary == _first_words(_unblocked(page)):
            page.summary = _first_words(line.body)
        page.title = line.title
        page.body = _blocks(line.body)  # type: ignore[assignment]
        page.published_on = line.published_on or page.published_on
        page.department = departments[0] if departments else None
        page.keywords = line.keywords

    def unprinted(self, page: InterpretationPage, line: ContentLine) -> list[str]:
        other = sum(block.block_type not in _PRINTED_BLOCKS for block in page.body)
        return (
            [_("有 %(count)d 块内容（图片、视频等）不能写进这种格式") % {"count": other}]
            if other
            else []
        )

    def line(self, page: InterpretationPage, external_id: str) -> ContentLine:
        return ContentLine(
            external_id=external_id,
            type=self.kind,
            title=page.title,
            body=_unblocked(page),
            published_on=page.published_on,
            department=page.department.name if page.department else "",
            keywords=page.keywords,
        )


class Services(PageKind):
    kind = Kind.SERVICE
    model = ServicePage
    section = ServiceChecklistPage
    # The item's code takes the place of a document number.
    not_kept = ("adopted_on", "published_on")
    one_department = False

    def fill(
        self, page: ServicePage, line: ContentLine, read: None, departments: Sequence[Department]
    ) -> None:
        page.title = line.title
        page.code = _code(line)
        page.content = markup.plain(line.body)
        page.keywords = line.keywords
        named = [category for category in Category if str(category.label) in line.keywords]
        # A line has no field for these two: an editor sets them, and until then the item says so.
        page.category = named[0] if named else page.category or Category.DEVELOPMENT
        page.audience = page.audience or _("见“提供什么”")
        if page.last_published_at is None:
            page.verification = Verification.TO_CHECK
        page.departments.set(departments)

    def with_relations(self, pages: QuerySet[Any]) -> QuerySet[Any]:
        return pages.prefetch_related("departments")

    def line(self, page: ServicePage, external_id: str) -> ContentLine:
        category = str(page.get_category_display())
        keywords = page.keywords
        if category not in keywords:
            keywords = f"{category} {keywords}".strip()[: LONGEST["keywords"]]
        return ContentLine(
            external_id=external_id,
            type=self.kind,
            title=page.title,
            body=page.content,
            document_number=page.code,
            department="、".join(department.name for department in page.departments.all()),
            keywords=keywords,
        )


class News(PageKind):
    kind = Kind.NEWS
    model = NewsPage
    section = NewsIndexPage

    def fill(
        self, page: NewsPage, line: ContentLine, read: None, departments: Sequence[Department]
    ) -> None:
        page.title = line.title
        page.body = markup.rich_text(line.body)
        page.published_on = line.published_on or page.published_on
        page.department = departments[0] if departments else None
        page.keywords = line.keywords

    def line(self, page: NewsPage, external_id: str) -> ContentLine:
        return ContentLine(
            external_id=external_id,
            type=self.kind,
            title=page.title,
            body=markup.plain_or_html(page.body),
            published_on=page.published_on,
            department=page.department.name if page.department else "",
            keywords=page.keywords,
        )


KINDS: dict[Kind, PageKind] = {
    one.kind: one for one in (Policies(), Interpretations(), Services(), News())
}


def _number(line: ContentLine, read: ParsedDocument) -> str:
    given = line.document_number
    return (normalise_document_number(given) or given) if given else read.document_number


def _code(line: ContentLine) -> str:
    for code in (line.document_number, line.external_id):
        if code and len(code) <= _CODE:
            return code
    return hashlib.sha256(line.external_id.encode()).hexdigest()[:8]


def _first_words(body: str) -> str:
    """The beginning of a body, as a summary where nobody has written one."""
    first = next(iter(markup.paragraphs(markup.plain(body))), "")
    first = _QUESTION.sub(r"\1", first)
    return first if len(first) <= _SUMMARY else f"{first[: _SUMMARY - 1]}…"


def _blocks(body: str) -> str:
    """Questions and answers where lines begin with 问： and 答：, else one block; as JSON."""
    stretches: list[tuple[str, list[str]]] = [("", [])]
    for text in body.splitlines():
        asked = _QUESTION.fullmatch(text.strip())
        if asked:
            stretches.append((asked[1], []))
        else:
            answers = stretches[-1][0] and not stretches[-1][1]
            stretches[-1][1].append(_ANSWER.sub("", text.strip(), count=1) if answers else text)
    blocks: list[dict[str, Any]] = []
    for question, texts in stretches:
        html = markup.rich_text("\n".join(texts), headings=False)
        if question:
            value = {"question": question, "answer": html}
            blocks.append({"type": "question_answer", "value": value})
        elif html:
            blocks.append({"type": "paragraph", "value": html})
    return json.dumps(blocks)


def _unblocked(page: InterpretationPage) -> str:
    """What `_blocks` makes the page's body of."""
    stretches: list[tuple[str, str]] = [("", "")]
    for block in page.body:
        if block.block_type == "question_answer":
            stretches.append((block.value["question"], block.value["answer"].source))
        elif block.block_type == "paragraph":
            question, html = stretches[-1]
            stretches[-1] = (question, html + block.value.source)
    lines = []
    for question, html in stretches:
        lines += [f"问：{question}"] if question else []
        if html:
            lines.append(("答：" if question else "") + markup.plain_or_html(html))
    return "\n".join(lines)


def _dated_slug(line: ContentLine) -> str:
    """For an external id without a Latin letter: the date, and what tells such ids apart."""
    day = line.published_on or line.adopted_on
    mark = hashlib.sha256(line.external_id.encode()).hexdigest()[:8]
    return f"{day:%Y%m%d}-{mark}" if day else f"{line.type}-{mark}"
