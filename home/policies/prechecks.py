"""What the pre-publication check asks of policies, and of what any page says about them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from home.directory.calendar import add_working_days, working_days_between
from home.pages import prechecks
from home.pages.checking.links import Target, targets_of
from home.pages.checking.rules import LINKS, METADATA
from home.pages.checking.walk import content_of
from home.pages.prechecks import Finding, Rule, Severity
from home.pages.titles import inside_marks
from home.policies import citing, selectors
from home.policies.models import Clause, PolicyPage, Validity
from home.policies.parser import find_document_numbers, normalise_document_number
from home.policies.parser.ending import attachment_entry, attachments_listed
from home.policies.parser.lines import split_lines, squash

BLOCK, WARN = Severity.BLOCK, Severity.WARN
CLAUSES, ATTACHMENTS = _("条款"), _("附件")
_FORM = _("GB/T 9704-2012 第7.2.5条")
_GB = "GB/T 9704-2012"
_OPENNESS = _("政府信息公开条例第26条")

NUMBER = Rule("number-form", BLOCK, METADATA, _("“发文字号”的写法不对"), _FORM)
NUMBER_IN_TEXT = Rule("number-form-in-text", WARN, METADATA, _("正文里发文字号的写法不对"), _FORM)
ADOPTED_LATER = Rule("adopted-in-future", BLOCK, METADATA, _("成文日期在今天以后"))
OUT_BEFORE = Rule("published-before-adopted", BLOCK, METADATA, _("发布日期早于成文日期"))
LATE = Rule("twenty-days-over", WARN, METADATA, _("超过20个工作日的公开期限"), _OPENNESS)
SOON = Rule("twenty-days-near", WARN, METADATA, _("公开期限将到"), _OPENNESS)
NO_SUCCESSOR = Rule("no-successor", WARN, METADATA, _("废止未写明被何文件取代"))
STILL_IN_FORCE = Rule("successor-but-in-force", WARN, METADATA, _("已被取代，有效性仍是有效"))

SAME_KEY = Rule("same-clause-key", BLOCK, CLAUSES, _("条款键重复"))
SAME_NUMBER = Rule("same-clause-number", WARN, CLAUSES, _("同级条款序号重复"))
EMPTY = Rule("empty-clause", BLOCK, CLAUSES, _("条款没有内容"))
ANCHOR = Rule("link-clause-gone", BLOCK, LINKS, _("链接的条款不存在"))
UNEXPLAINED = Rule(
    "no-interpretation", WARN, CLAUSES, _("条款没有解读"), _("辽政办〔2022〕43号：同步解读")
)
NOT_LISTED = Rule(
    "attachment-not-listed", BLOCK, ATTACHMENTS, _("正文提到的附件不在附件列表里"), _GB
)
NO_FILE = Rule("attachment-without-file", WARN, ATTACHMENTS, _("附件没有文件"))

DAYS_TO_PUBLISH = 20
# How many working days before the last one the editor is told.
DAYS_NEAR = 5


def install() -> None:
    """Declares the rules and registers the checks of this room."""
    prechecks.declare(
        *(NUMBER, NUMBER_IN_TEXT, ADOPTED_LATER, OUT_BEFORE, LATE, SOON),
        *(NO_SUCCESSOR, STILL_IN_FORCE),
        *(SAME_KEY, SAME_NUMBER, EMPTY, UNEXPLAINED),
        *(NOT_LISTED, NO_FILE, ANCHOR),
    )
    for check in (document_numbers, clause_links):
        prechecks.register(check)
    for of_policy in (dates, validity, clauses, interpretations, attachments):
        prechecks.register(_for_policies(of_policy))


def _for_policies(check: prechecks.Check) -> prechecks.Check:
    def asked(page: Page) -> Iterator[Finding]:
        if isinstance(page, PolicyPage):
            yield from check(page)

    return asked


def document_numbers(page: Page) -> Iterator[Finding]:
    """The form of document numbers: in a policy's own field, and in any page's text."""
    for text in content_of(page).texts:
        if isinstance(page, PolicyPage) and text.spot.field == "document_number":
            yield from _own_number(page, text.spot.place)
            continue
        wrong = {
            found.printed: found.normal
            for found in find_document_numbers(text.words)
            if found.wrong_brackets or found.wrong_form
        }
        for printed, normal in wrong.items():
            yield NUMBER_IN_TEXT.found(
                _now("“%(printed)s”应写作“%(normal)s”：年份用六角括号，不写“第”，数字前不加0。")
                % {"printed": printed, "normal": normal},
                text.spot.place,
                text.spot.field,
            )


def _own_number(policy: PolicyPage, place: str) -> Iterator[Finding]:
    typed = policy.document_number
    normal = normalise_document_number(typed)
    if normal is None:
        message = _now("看不出这是发文字号。请照公文填写，如：辽民发〔2025〕10号。")
    elif normal != typed:
        message = _now("应写作“%s”：年份用六角括号，不写“第”，数字前不加0，中间没有空格。") % normal
    else:
        return
    yield NUMBER.found(message, place, "document_number")


def dates(policy: PolicyPage) -> Iterator[Finding]:
    """The order of the dates, and the 20 working days. One query."""
    adopted, published = policy.adopted_on, policy.published_on
    if adopted is None:
        return
    today = timezone.localdate()
    if adopted > today:
        yield _of(
            policy,
            ADOPTED_LATER,
            "adopted_on",
            _now("成文日期（%s）在今天以后，请核对。") % _day(adopted),
        )
        return
    if published and published < adopted:
        yield _of(
            policy,
            OUT_BEFORE,
            "published_on",
            _now("发布日期（%(out)s）早于成文日期（%(made)s），请核对。")
            % {"out": _day(published), "made": _day(adopted)},
        )
        return
    out = published or _first_out(policy) or today
    due = add_working_days(adopted, DAYS_TO_PUBLISH)
    guessed = _now("（节假日安排未录入，暂按周末推算）") if due.estimated else ""
    if out > due.date:
        yield _of(
            policy,
            LATE,
            "published_on" if published else "adopted_on",
            _now(
                "文件应在成文后20个工作日内公开，即%(due)s以前%(guessed)s；%(out)s公开已经超过。请向负责人说明原因。"
            )
            % {"due": _day(due.date), "guessed": guessed, "out": _day(out)},
        )
    elif published is None and policy.first_published_at is None:
        left = working_days_between(today, due.date)
        if left <= DAYS_NEAR:
            yield _of(
                policy,
                SOON,
                "adopted_on",
                _now("离公开期限还有%(left)d个工作日，最晚%(due)s公开%(guessed)s。")
                % {"left": left, "due": _day(due.date), "guessed": guessed},
            )


def _first_out(policy: PolicyPage) -> date | None:
    first = policy.first_published_at
    return timezone.localtime(first).date() if first else None


def validity(policy: PolicyPage) -> Iterator[Finding]:
    """A document that is replaced says by what, and is in force no more."""
    if policy.superseded_by_id is not None and policy.validity == Validity.IN_FORCE:
        yield _of(
            policy,
            STILL_IN_FORCE,
            "validity",
            _now("已写明被何文件取代，“有效性”却还是“有效”。请改为“废止”或“失效”。"),
        )
    elif (
        policy.validity == Validity.REPEALED
        and policy.superseded_by_id is None
        and not getattr(policy, "validity_note", "")
    ):
        yield _of(
            policy,
            NO_SUCCESSOR,
            "superseded_by",
            _now("文件已废止，却没有写明被何文件取代。有取代它的文件的，请选上。"),
        )


def clauses(policy: PolicyPage) -> Iterator[Finding]:
    """Keys and numbers that stand twice, and clauses that say nothing."""
    rows = list(policy.clauses.all())
    places = citing.places_in_words(rows)
    keys = Counter(clause.key for clause in rows)
    numbers = Counter((c.parent_key, c.level, c.number.strip()) for c in rows if c.number.strip())
    parents = {clause.parent_key for clause in rows}
    for order, (clause, place) in enumerate(zip(rows, places, strict=True), start=1):
        if keys[clause.key] > 1:
            yield _of_clause(
                clause,
                place,
                order,
                SAME_KEY,
                "key",
                _now("条款键“%s”用了不止一次。请给新条款另起一个。") % clause.key,
            )
        if numbers[(clause.parent_key, clause.level, clause.number.strip())] > 1:
            yield _of_clause(
                clause,
                place,
                order,
                SAME_NUMBER,
                "number",
                _now("同一级里不止一条的序号是“%s”。请核对原文。") % clause.number,
            )
        silent = not clause.text.strip() and not clause.heading.strip()
        if silent and clause.key not in parents:
            yield _of_clause(
                clause,
                place,
                order,
                EMPTY,
                "text",
                _now("这一条既没有标题也没有正文。请补上，或删去这一条。"),
            )


def interpretations(policy: PolicyPage) -> Iterator[Finding]:
    """A policy goes out together with what explains it."""
    missing = selectors.clauses_without_interpretation(policy)
    if not missing:
        return
    places = citing.places(policy.clauses.all())
    shown = "、".join(citing.in_words(places[one.key], one.number) for one in missing[:3])
    if len(missing) > 3:
        shown += _now("等")
    yield UNEXPLAINED.found(
        _now("有%(count)d条没有已发布的解读：%(shown)s。政策和解读应当同步发布。")
        % {"count": len(missing), "shown": shown},
        _now("条款"),
        "clauses",
    )


def attachments(policy: PolicyPage) -> Iterator[Finding]:
    """What the text lists as attached is among the attachments, and each has its file."""
    rows = list(policy.attachments.all())
    names = {squash(row.name).strip("《》") for row in rows}
    for text in content_of(policy).texts:
        if text.spot.field.startswith("attachments."):
            continue
        for name in _listed(text.words):
            if squash(name).strip("《》") not in names:
                yield NOT_LISTED.found(
                    _now("正文列出了附件“%s”，附件列表里没有。请在“附件”里加上。") % name[:60],
                    text.spot.place,
                    text.spot.field,
                )
        highest = max(
            (int(n) for n in re.findall(r"附件\s?(\d{1,2})(?!\d)", text.words)), default=0
        )
        if highest > len(rows):
            yield NOT_LISTED.found(
                _now("正文提到“附件%(number)d”，附件列表里只有%(count)d个。请补上，或改正正文。")
                % {"number": highest, "count": len(rows)},
                text.spot.place,
                text.spot.field,
            )
    for order, row in enumerate(rows, start=1):
        if row.document_id is None:
            yield NO_FILE.found(
                _now("附件“%s”没有文件，读者看不到内容。有文件的请上传。") % row.name[:60],
                _now("附件第%d项") % order,
                f"attachments.{row.pk or f'@{order}'}.document",
            )


def _listed(words: str) -> list[str]:
    """The names in 附件：1.… and in the numbered lines that follow it."""
    found: list[str] = []
    last = 0
    for line in split_lines(words):
        # A mere 附： begins a remark as often as a list.
        opens = line.shape.startswith("附件") and attachments_listed(line)
        entries = opens or (attachment_entry(line, last) if last else [])
        found += [name for _number, name in entries]
        last = entries[-1][0] if entries else 0
    return found


_CLAUSE_PATH = re.compile(r"clauses/([a-z0-9-]+)/?$")


def clause_links(page: Page) -> Iterator[Finding]:
    """Links to a clause that the policy does not have. At most two queries."""
    asked = [
        (target, target.page_id, key)
        for target in targets_of(page, content_of(page))
        if target.page_id is not None and (key := _clause_named(target))
    ]
    if not asked:
        return
    there = set(
        Clause.objects.filter(page__in={pk for _t, pk, _k in asked}).values_list("page_id", "key")
    )
    if isinstance(page, PolicyPage):  # its draft is what will be there
        there = {pair for pair in there if pair[0] != page.pk}
        there.update((page.pk, clause.key) for clause in page.clauses.all())
    for target, policy_id, key in asked:
        if (policy_id, key) not in there:
            yield ANCHOR.found(
                _now("链接指向的条款（%(key)s）在《%(title)s》里没有。请改正或去掉链接。")
                % {"key": key, "title": inside_marks(target.title or page.title)},
                target.link.spot.place,
                target.link.spot.field,
            )


def _clause_named(target: Target) -> str:
    if target.fragment.startswith("c-"):
        return target.fragment.removeprefix("c-")
    found = _CLAUSE_PATH.match(target.rest)
    return found[1] if found else ""


def _of(policy: PolicyPage, rule: Rule, name: str, message: str) -> Finding:
    return rule.found(message, str(policy._meta.get_field(name).verbose_name), name)


def _of_clause(
    clause: Clause, place: str, order: int, rule: Rule, name: str, message: str
) -> Finding:
    label = clause._meta.get_field(name).verbose_name
    return rule.found(
        message,
        f"{place or _now('条款第%d项') % order} · {label}",
        f"clauses.{clause.pk or f'@{order}'}.{name}",
    )


def _day(day: date) -> str:
    return date_format(day, "Y年n月j日")
