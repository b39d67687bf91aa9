"""The checks of every page type: personal data, links, pictures, wording, metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath

from django.db import models
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page

from home.directory.models import Unit
from home.pages import prechecks
from home.pages.alternative_text import describes
from home.pages.checking import names, numbers, wording
from home.pages.checking.links import State, targets_of
from home.pages.checking.numbers import Found
from home.pages.checking.walk import Spot, Text, content_of
from home.pages.prechecks import Finding, Rule, Severity
from home.pages.titles import inside_marks

BLOCK, WARN = Severity.BLOCK, Severity.WARN
PERSONAL, LINKS, MEDIA = _("个人信息"), _("链接"), _("图片与视频")
METADATA, WORDING = _("公文要素"), _("文字")
_PIPL = _("个人信息保护法第28条；政府信息公开条例第15条")
_LABELLING = _("困境儿童个人信息保护工作办法")
_GUIDE = _("政府网站发展指引（国办发〔2017〕47号）")
_GB = "GB/T 9704-2012"
_CATALOGUE = _("政府信息公开条例第12条")
_ACCESS = _("无障碍环境建设法第32条；GB/T 37668-2019")

IDENTITY = Rule("personal-identity", BLOCK, PERSONAL, _("公民身份号码"), _PIPL)
OLD_IDENTITY = Rule("personal-identity-15", WARN, PERSONAL, _("15位旧身份证号码"), _PIPL)
MOBILE = Rule("personal-mobile", BLOCK, PERSONAL, _("手机号码"), _PIPL)
LANDLINE = Rule("personal-landline", WARN, PERSONAL, _("没有登记为公开电话的固定电话"), _PIPL)
CARD = Rule("personal-bank-card", BLOCK, PERSONAL, _("银行卡号"), _PIPL)
NAME = Rule("personal-name", BLOCK, PERSONAL, _("姓名与困境、低保、残疾等身份并列"), _LABELLING)
TABLE = Rule("personal-table", BLOCK, PERSONAL, _("人员名单"), _LABELLING)

PERSONAL_CODES = frozenset(
    rule.code for rule in (IDENTITY, OLD_IDENTITY, MOBILE, LANDLINE, CARD, NAME, TABLE)
)

GONE = Rule("link-gone", BLOCK, LINKS, _("链接的页面、文件或地址不存在"), _GUIDE)
DRAFT = Rule("link-draft", BLOCK, LINKS, _("链接的页面没有公开"), _GUIDE)
MALFORMED = Rule("link-malformed", BLOCK, LINKS, _("网址写法不对"), _GUIDE)
ADMIN = Rule("link-admin", BLOCK, LINKS, _("链接到管理后台"))

NO_ALT = Rule("image-without-text", BLOCK, MEDIA, _("图片没有替代文字"), _ACCESS)
DECORATIVE = Rule("image-decorative", WARN, MEDIA, _("图片标为装饰"), _ACCESS)
IMAGE_GONE = Rule("image-gone", BLOCK, MEDIA, _("图片已不存在"), _GUIDE)
NO_TRANSCRIPT = Rule("video-without-transcript", BLOCK, MEDIA, _("视频没有文字稿"), _ACCESS)

PLACEHOLDER = Rule("placeholder", WARN, WORDING, _("待填的字样"))
PUNCTUATION = Rule("mixed-punctuation", WARN, WORDING, _("全角、半角标点混用"), "GB/T 15834-2011")
LONG_TITLE = Rule("long-title", WARN, WORDING, _("标题太长，列表里显示不全"))
FUTURE = Rule("date-in-future", WARN, WORDING, _("发布日期在今天以后"))

# By the name of the field; a page type says which it expects (BasePage.expected_metadata).
MISSING = {
    "document_number": Rule("missing-document-number", BLOCK, METADATA, _("没有发文字号"), _GB),
    "adopted_on": Rule("missing-adopted-on", BLOCK, METADATA, _("没有成文日期"), _GB),
    "issuers": Rule("missing-issuers", BLOCK, METADATA, _("没有发文机关"), _GB),
    "published_on": Rule("missing-published-on", WARN, METADATA, _("没有发布日期"), _GUIDE),
    "source": Rule("missing-source", WARN, METADATA, _("没有来源"), _GUIDE),
    "index_number": Rule("missing-index-number", WARN, METADATA, _("没有索引号"), _CATALOGUE),
    "summary": Rule("missing-summary", WARN, METADATA, _("没有摘要或一句话说明"), _CATALOGUE),
    "department": Rule("missing-department", WARN, METADATA, _("没有写明部门")),
}
# Who stands for a piece of news: the source as typed, or the department.
MISSING["publisher"] = MISSING["source"]
_TYPED_IN = {"publisher": "source"}

LONGEST_TITLE = 80
# One finding names the first few; more of the same in one field is the same mistake.
MOST_SHOWN = 3


def install() -> None:
    """Declares the rules and registers the checks of this room."""
    prechecks.declare(
        *(IDENTITY, OLD_IDENTITY, MOBILE, LANDLINE, CARD, NAME, TABLE),
        *(GONE, DRAFT, MALFORMED, ADMIN),
        *(NO_ALT, DECORATIVE, IMAGE_GONE, NO_TRANSCRIPT),
        *dict.fromkeys(MISSING.values()),
        *(PLACEHOLDER, PUNCTUATION, LONG_TITLE, FUTURE),
    )
    for check in (personal_data, links, pictures, videos, metadata, words):
        prechecks.register(check)


# ── personal data ───────────────────────────────────────────────────────────────────────────────


def personal_data(page: Page) -> Iterator[Finding]:
    """Personal data in any text of the page, and in the names of its pictures and documents.

    One query where a telephone number is found, two more where pictures and documents are used.
    """
    public = SimpleLazyObject(public_numbers)
    for text in (*content_of(page).texts, *_names_of_files(page)):
        yield from _personal_in(text, lambda number: number in public)


def public_numbers() -> frozenset[str]:
    """Every telephone number that is declared public: the units' and the site's. Two queries.

    Hotlines (110, 12345, 12355) have six digits at most and are never looked for.
    """
    from home.pages.models import SiteSettings

    declared = [
        *Unit.objects.exclude(phone="").values_list("phone", flat=True),
        *SiteSettings.objects.values_list("contact", flat=True),
    ]
    found: set[str] = set()
    for words in declared:
        text = numbers.narrow(words)
        for find in (numbers.find_mobile_numbers, numbers.find_landline_numbers):
            found.update(numbers.bare(text[one.start : one.end]) for one in find(text))
        found.add(numbers.bare(text))
    # A landline is as public without its area code.
    return frozenset(found | {number[-8:] for number in found if len(number) in (11, 12)})


def _personal_in(text: Text, is_public: Callable[[str], bool]) -> Iterator[Finding]:
    words = numbers.narrow(text.words)
    if any(character.isdecimal() for character in words):
        yield from _numbers_in(words, text.spot, is_public)
    for found in names.find_labelled_names(text.words):
        yield _at(
            NAME,
            text.spot,
            _now("“%s”把姓名和身份写在一起，会给孩子和家庭贴标签。请删去姓名，或改写为“某某”。"),
            found,
        )
    for found in names.find_tables_of_names(text.words):
        yield _at(
            TABLE,
            text.spot,
            _now("这里有带个人信息的人员名单（%s）。请删去或改为统计数字。"),
            found,
        )
    for found in names.find_lists_of_names(text.words):
        yield _at(TABLE, text.spot, _now("这里连写了%s受助人的姓名。请删去或改为统计数字。"), found)


def _numbers_in(words: str, spot: Spot, is_public: Callable[[str], bool]) -> Iterator[Finding]:
    identities = list(numbers.find_identity_numbers(words))
    for found in identities:
        yield _at(
            IDENTITY, spot, _now("公民身份号码（%s）不能公开。请删去，或只留前后几位。"), found
        )
    for found in numbers.find_old_identity_numbers(words):
        yield _at(OLD_IDENTITY, spot, _now("“%s”像是15位的旧身份证号码。如果是，请删去。"), found)
    for found in numbers.not_public(numbers.find_mobile_numbers(words), words, is_public):
        yield _at(
            MOBILE,
            spot,
            _now(
                "手机号码（%s）没有登记为公开电话。请删去；确是公开的，请先登记到单位信息或站点信息。"
            ),
            found,
        )
    for found in numbers.not_public(numbers.find_landline_numbers(words), words, is_public):
        yield _at(
            LANDLINE,
            spot,
            _now("电话号码（%s）没有登记为公开电话。请确认是单位的公开电话，并登记到单位信息。"),
            found,
        )
    for found in numbers.find_bank_cards(words):
        yield _at(CARD, spot, _now("银行卡号（%s）不能公开。请删去。"), found)


def _names_of_files(page: Page) -> Iterator[Text]:
    """Titles, descriptions and file names of the pictures and documents that the page uses."""
    content = content_of(page)
    pictures = {picture.image_id: picture.spot for picture in content.pictures}
    documents = {link.document_id: link.spot for link in content.links if link.document_id}
    for model, spots, label in (
        (get_image_model(), pictures, _now("图片文件")),
        (get_document_model(), documents, _now("文档文件")),
    ):
        if not spots:
            continue
        for row in model.objects.filter(pk__in=spots):
            # 孤儿张小明_1.jpg: what joins words in a file's name ends them as well.
            stem = PurePath(row.file.name).stem.replace("_", " ")
            said = dict.fromkeys(filter(None, (row.title, stem, getattr(row, "description", ""))))
            yield Text(
                "\n".join(said), Spot(f"{spots[row.pk].place} · {label}", spots[row.pk].field)
            )


# ── links ───────────────────────────────────────────────────────────────────────────────────────


def links(page: Page) -> Iterator[Finding]:
    """Links that lead to nothing, to nothing public, or nowhere at all."""
    for target in targets_of(page, content_of(page)):
        spot = target.link.spot
        shown = target.title or target.link.address[:60]
        if target.state == State.GONE:
            yield _said(
                GONE,
                spot,
                _now("链接“%s”指向的内容不存在，读者会看到“找不到网页”。请改正或去掉链接。") % shown
                if shown
                else _now("有一个链接指向的页面或文件已被删除。请重新选择或去掉链接。"),
            )
        elif target.state == State.DRAFT:
            yield _said(
                DRAFT,
                spot,
                _now("链接的页面《%s》还没有发布，读者打不开。请先发布它，或一起发布。")
                % inside_marks(shown),
            )
        elif target.state == State.PRIVATE:
            yield _said(
                DRAFT,
                spot,
                _now("链接的《%s》不对公众开放，读者打不开。请换一个链接。") % inside_marks(shown),
            )
        elif target.state == State.MALFORMED:
            yield _said(
                MALFORMED,
                spot,
                _now(
                    "网址“%s”写法不对。外部网址应以 https:// 开头，"
                    "本站网址以 / 开头，邮箱以 mailto: 开头。"
                )
                % target.link.address[:60],
            )
        elif target.state == State.ADMIN:
            yield _said(ADMIN, spot, _now("链接指向管理后台，读者打不开。请改为页面的公开网址。"))


# ── pictures and videos ─────────────────────────────────────────────────────────────────────────


def pictures(page: Page) -> Iterator[Finding]:
    """Pictures that say nothing to who can't see them. One query where there are any."""
    used = content_of(page).pictures
    if not used:
        return
    described = {
        pk: (description, file)
        for pk, description, file in get_image_model()
        .objects.filter(pk__in={picture.image_id for picture in used})
        .values_list("pk", "description", "file")
    }
    for picture in used:
        if picture.image_id not in described:
            yield _said(IMAGE_GONE, picture.spot, _now("这里的图片已被删除。请重新选择或去掉。"))
            continue
        if picture.decorative:
            yield _said(
                DECORATIVE,
                picture.spot,
                _now("这张图片标为装饰，读屏软件会跳过它。图上有内容的，请填写替代文字。"),
            )
            continue
        description, file = described[picture.image_id]
        alt = description if picture.alt is None else picture.alt
        if not describes(alt, file):
            yield _said(NO_ALT, picture.spot, _no_alt_sentence(alt))


def _no_alt_sentence(alt: str) -> str:
    if not alt:
        return _now("图片没有替代文字，看不见的读者不知道图上有什么。请用一句话写出图的内容。")
    return (
        _now("图片的替代文字“%s”只是文件名，看不见的读者不知道图上有什么。请用一句话写出图的内容。")
        % (alt[:40])
    )


def videos(page: Page) -> Iterator[Finding]:
    """Videos without a transcript."""
    for video in content_of(page).videos:
        if not video.transcript.strip():
            yield _said(
                NO_TRANSCRIPT,
                video.spot,
                _now("视频没有文字稿，听不见的读者看不懂。请附上视频里说了什么。"),
            )


# ── metadata and wording ────────────────────────────────────────────────────────────────────────


def metadata(page: Page) -> Iterator[Finding]:
    """What the page's type expects and the page lacks; a title that lists can't show."""
    for name in getattr(page, "expected_metadata", ()):
        value = getattr(page, name, None)
        if isinstance(value, models.Manager):
            value = list(value.all())
        if not value:
            rule = MISSING[name]
            typed_in = _TYPED_IN.get(name, name)
            spot = Spot(_label_of(page, typed_in), typed_in)
            yield _said(rule, spot, _now("%s，请填写。") % rule.label)
    if len(page.title) > LONGEST_TITLE:
        yield _said(
            LONG_TITLE,
            Spot(_now("标题"), "title"),
            _now("标题有%(count)d个字，超过%(most)d个字，列表和手机上会显示不全。")
            % {"count": len(page.title), "most": LONGEST_TITLE},
        )
    published = getattr(page, "published_on", None)
    if published and published > timezone.localdate() and not page.go_live_at:
        yield _said(
            FUTURE,
            Spot(_label_of(page, "published_on"), "published_on"),
            _now("发布日期（%s）在今天以后。定时发布的，请在“状态”里设定发布时间。") % published,
        )


def _label_of(page: Page, name: str) -> str:
    field = page._meta.get_field(name)
    if isinstance(field, models.Field):
        return str(field.verbose_name)
    return str(field.related_model._meta.verbose_name)


def words(page: Page) -> Iterator[Finding]:
    """Words that were to be replaced, and marks of two kinds in one text."""
    for text in content_of(page).texts:
        yield from _grouped(
            PLACEHOLDER,
            text.spot,
            _now("有没填完的字样：%s。"),
            wording.find_placeholders(text.words),
        )
        yield from _grouped(
            PUNCTUATION,
            text.spot,
            _now("全角和半角标点混用：%s。请统一。"),
            wording.find_mixed_punctuation(text.words),
        )


# ── how it is said ──────────────────────────────────────────────────────────────────────────────


def _said(rule: Rule, spot: Spot, message: str) -> Finding:
    return rule.found(message, spot.place, spot.field)


def _at(rule: Rule, spot: Spot, message: str, found: Found) -> Finding:
    return _said(rule, spot, message % found.shown)


def _grouped(rule: Rule, spot: Spot, message: str, found: Iterable[Found]) -> Iterator[Finding]:
    """One finding for all of a kind in one text."""
    shown = list(dict.fromkeys(one.shown for one in found))
    if shown:
        more = _now("等%d处") % len(shown) if len(shown) > MOST_SHOWN else ""
        quoted = "、".join(f"“{one}”" for one in shown[:MOST_SHOWN]) + more
        yield _said(rule, spot, message % quoted)
