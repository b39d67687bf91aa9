"""Loading content from lines of JSON: safe to repeat, in one pass, a batch at a time.

A page is found again by its external id. What a line said is kept, as a digest, in the page's own
history: a line that says the same again touches nothing, whatever editors have changed since; one
that says something else is published as the next edition. A batch is one transaction and a line a
savepoint in it, so that a line that fails takes nothing along, and a killed import has whole
batches and can be run again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import DatabaseError, OperationalError, transaction
from django.utils.translation import gettext as _
from wagtail.models import Page, PageLogEntry, Revision

from home.directory.models import Department
from home.directory.selectors import departments_by_name
from home.pages.checking.rules import PERSONAL_CODES
from home.pages.prechecks import NotReady, overridden
from home.pages.refusing import sentences
from home.pages.slugs import free_slug
from home.pages.titles import inside_marks
from ops.exchange.departments import departments_of
from ops.exchange.lines import BadLine, ContentLine, Kind, raw_lines, read_line
from ops.exchange.pages import KINDS, PageKind
from ops.exchange.saving import (
    PublishInHand,
    history_entry,
    indexed_at_the_end,
    know_that_it_is_new,
    note_references,
)

LOG_ACTION = "ops.import_content"
# Small enough that whoever else writes to SQLite waits a second, and not until the end.
BATCH = 20


class Outcome(StrEnum):
    MADE = "made"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    BAD = "bad"


@dataclass(slots=True)
class Summary:
    """What an import did; `not_kept` counts the fields that a type of page has no place for."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    drafts: int = 0
    not_kept: Counter[tuple[Kind, str]] = field(default_factory=Counter)

    @property
    def lines(self) -> int:
        return self.outcomes.total()


Report = Callable[[int, str], None]


@dataclass(slots=True)
class Import:
    """One run of the import.

    `bad` and `remark` are told the number of a line and a sentence in Chinese. `sections` says
    under which page new ones go, where that isn't the site's own section of their type.
    """

    bad: Report
    remark: Report
    publish: bool = True
    dry_run: bool = False
    sections: Mapping[Kind, Page] = field(default_factory=dict)
    summary: Summary = field(default_factory=Summary)
    _seen: dict[str, int] = field(default_factory=dict)
    _departments: Mapping[str, Department] = field(default_factory=dict)
    _history: list[PageLogEntry] = field(default_factory=list)

    def run(self, file: BinaryIO) -> Summary:
        """Loads every line of the file; what is wrong with a line is reported and counted."""
        self._departments = departments_by_name()
        for batch in _batches(raw_lines(file)):
            self._load(self._readable(batch))
        return self.summary

    # ── reading ─────────────────────────────────────────────────────────────────────────────────

    def _readable(self, batch: Iterable[tuple[int, bytes | None]]) -> dict[int, ContentLine]:
        lines: dict[int, ContentLine] = {}
        for number, raw in batch:
            try:
                line = read_line(raw)
                if first := self._seen.get(line.external_id):
                    raise BadLine(
                        _("external_id %(id)s 与第 %(line)d 行重复")
                        % {"id": line.external_id, "line": first}
                    )
                lines[number] = line
                self._seen[line.external_id] = number
            except BadLine as error:
                self._refuse(number, error)
        return lines

    def _refuse(self, number: int, error: BadLine) -> None:
        self.summary.outcomes[Outcome.BAD] += 1
        self.bad(number, str(error))

    # ── a batch ─────────────────────────────────────────────────────────────────────────────────

    def _load(self, lines: Mapping[int, ContentLine]) -> None:
        saved: list[Page] = []
        with indexed_at_the_end(saved), transaction.atomic():
            sections = self._locked_sections({line.type for line in lines.values()})
            known = _known_pages([line.external_id for line in lines.values()])
            imported = _last_imports([page.pk for page in known.values()])
            for number, line in lines.items():
                page = known.get(line.external_id)
                last = imported.get(page.pk) if page else None
                if last and last.data.get("digest") == _digest(line):
                    self.summary.outcomes[Outcome.UNCHANGED] += 1
                elif (made := self._tried(number, line, page, last, sections)) is not None:
                    self.summary.outcomes[Outcome.CHANGED if page else Outcome.MADE] += 1
                    saved.append(made)
            PageLogEntry.objects.bulk_create(self._history)
            self._history.clear()
            if self.dry_run:
                transaction.set_rollback(True)
                saved.clear()

    def _locked_sections(self, kinds: Iterable[Kind]) -> dict[Kind, Page]:
        """The pages under which new ones go, held so that two imports never make the same page."""
        sections: dict[Kind, Page] = {}
        for kind in sorted(kinds):
            rows = Page.objects.select_for_update(no_key=True).order_by("path")
            wanted = self.sections.get(kind)
            found = rows.filter(pk=wanted.pk) if wanted else rows.type(KINDS[kind].section)
            if (section := found.first()) is not None:
                sections[kind] = section
        return sections

    # ── a line ──────────────────────────────────────────────────────────────────────────────────

    def _tried(
        self,
        number: int,
        line: ContentLine,
        known: Page | None,
        last: PageLogEntry | None,
        sections: Mapping[Kind, Page],
    ) -> Page | None:
        """The page as it was saved, or None where the line was refused and has left no trace."""
        before = len(self._history)
        try:
            with transaction.atomic():
                return self._load_line(number, line, known, last, sections)
        except BadLine as error:
            self._refuse(number, error)
        except ValidationError as error:
            self._refuse(number, BadLine(*sentences(error, KINDS[line.type].model)))
        except OperationalError:
            raise  # the database went away: that says nothing of the line
        except DatabaseError as error:
            reason = _("数据库没有接受这一行（%(error)s）") % {"error": type(error).__name__}
            self._refuse(number, BadLine(reason))
        del self._history[before:]
        return None

    def _load_line(
        self,
        number: int,
        line: ContentLine,
        known: Page | None,
        last: PageLogEntry | None,
        sections: Mapping[Kind, Page],
    ) -> Page:
        one = KINDS[line.type]
        departments = departments_of(line.department, self._departments)
        if one.one_department and len(departments) > 1:
            raise BadLine(_("department 只能写一个部门"))
        read = one.read(line)
        if known is not None:
            page = _to_change(known, one, last)
        else:
            page = _new_page(line, one, read, sections)
            if not self.publish:
                # A draft's row holds what the draft says, as if an editor had saved it.
                one.fill(page, line, read, departments)
            sections[line.type].add_child(instance=page)
        one.fill(page, line, read, departments)
        self._keep(number, page, line)
        for sentence in one.remarks(read):
            self.remark(number, sentence)
        self.summary.not_kept.update(
            (line.type, name) for name in one.not_kept if getattr(line, name)
        )
        return page

    def _keep(self, number: int, page: Page, line: ContentLine) -> None:
        """Makes a revision of the page and publishes it, unless something stands against that."""
        # Publishing validates the page; nobody sees the revision before that.
        revision = page.save_revision(clean=not self.publish)
        if not (self.publish and self._publish(number, page, revision)):
            self.summary.drafts += 1
        note_references(page)
        digest = {"digest": _digest(line)}
        self._history.append(history_entry(page, LOG_ACTION, revision, digest))

    def _publish(self, number: int, page: Page, revision: Revision) -> bool:
        """Publishes what was published elsewhere, but nobody's personal data. Whether it did."""
        try:
            with overridden(LOG_ACTION, never=PERSONAL_CODES) as override:
                PublishInHand(revision, page, log_action=False).execute()
        except NotReady as refusal:
            page.full_clean()
            why = "".join(refusal.reasons)
            self.remark(number, _("已存为草稿，没有发布：%(why)s") % {"why": why})
            return False
        if overruled := override.overruled.get(page.pk):
            self.remark(number, _("已发布，请核对：%(what)s") % {"what": "".join(overruled)})
        self._history.append(history_entry(page, "wagtail.publish", revision))
        return True


def _new_page(line: ContentLine, one: PageKind, read: Any, sections: Mapping[Kind, Page]) -> Page:
    if line.type not in sections:
        raise BadLine(
            _("站点还没有“%(section)s”，请先运行 load_reference")
            % {"section": one.section._meta.verbose_name}
        )
    section = sections[line.type]
    page = one.model(
        title=line.title or line.external_id,
        slug=free_slug(one.slug(line, read), section),
        external_id=line.external_id,
        locale=section.locale,
        live=False,
    )
    know_that_it_is_new(page)
    return page


def _batches(
    lines: Iterator[tuple[int, bytes | None]],
) -> Iterator[list[tuple[int, bytes | None]]]:
    while batch := list(islice(lines, BATCH)):
        yield batch


def _digest(line: ContentLine) -> str:
    return hashlib.sha256(line.as_json().encode()).hexdigest()


def _known_pages(external_ids: Sequence[str]) -> dict[str, Page]:
    """The pages that bear these external ids, whatever their type; of two the older one."""
    found: dict[str, Page] = {}
    for one in KINDS.values():
        for page in one.model.objects.filter(external_id__in=external_ids).order_by("pk"):
            found.setdefault(page.external_id, page)
        # The name an export gives to a page that editors made.
        begins = f"{one.kind}:"
        slugs = [name.removeprefix(begins) for name in external_ids if name.startswith(begins)]
        if slugs:
            for page in one.model.objects.filter(external_id="", slug__in=slugs).order_by("pk"):
                found.setdefault(f"{begins}{page.slug}", page)
    return found


def _last_imports(page_ids: Sequence[int]) -> dict[int, PageLogEntry]:
    entries = PageLogEntry.objects.filter(page_id__in=page_ids, action=LOG_ACTION)
    return {entry.page_id: entry for entry in entries.order_by("timestamp", "pk")}


def _to_change(page: Any, one: PageKind, last: PageLogEntry | None) -> Page:
    """The page, if an import may write over it. Raises BadLine where that would lose work."""
    if not isinstance(page, one.model):
        raise BadLine(
            _("external_id 已用于另一类页面：%(kind)s《%(title)s》")
            % {"kind": page._meta.verbose_name, "title": page.title}
        )
    if page.locked:
        raise BadLine(
            _("页面《%(title)s》已被锁定，没有改动") % {"title": inside_marks(page.title)}
        )
    if page.last_published_at and not page.live:
        raise BadLine(
            _("页面《%(title)s》已经撤下，没有改动") % {"title": inside_marks(page.title)}
        )
    drafted = last.revision_id if last else None
    if page.has_unpublished_changes and page.latest_revision_id != drafted:
        raise BadLine(
            _("页面《%(title)s》有尚未发布的修改，为免覆盖没有改动；请先发布或放弃这些修改")
            % {"title": page.title}
        )
    return page
