"""The index: what can be found, which build of it is searched, and what is still to be done."""

from __future__ import annotations

import secrets
from typing import cast

from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from home.pages.visibility import publicly_visible
from search.engine.editing import PromotedResult, QueryCount, SynonymGroup
from search.engine.grading import GradedQuery, Judgement, QualityRun, QueryMeasure

__all__ = [
    "EntryType",
    "Generation",
    "GradedQuery",
    "IndexComparison",
    "IndexMark",
    "Judgement",
    "PromotedResult",
    "QualityRun",
    "QueryCount",
    "QueryMeasure",
    "SearchDocument",
    "SearchFacet",
    "SynonymGroup",
    "VocabularyWord",
]


class EntryType(models.TextChoices):
    """What kind of thing a result is. The values are those of `SearchEntry.type`."""

    POLICY = "policy", _("政策文件")
    CLAUSE = "clause", _("条款")
    SERVICE = "service", _("服务")
    INTERPRETATION = "interpretation", _("解读")
    NEWS = "news", _("动态")
    ACTIVITY = "activity", _("活动")
    FORM = "form", _("办理")


def new_stamp() -> str:
    return secrets.token_hex(8)


class Generation(models.Model):
    """One whole build of the index (索引版本).

    Searches read the current one. A rebuild fills another beside it and becomes current in one
    transaction, so that no search ever meets half an index.
    """

    class State(models.TextChoices):
        BUILDING = "building", _("建立中")
        CURRENT = "current", _("使用中")
        RETIRED = "retired", _("已替换")

    state = models.CharField(_("状态"), max_length=8, choices=State.choices)
    # Built by another version of the analysis, it does not find what it holds.
    analysis = models.PositiveSmallIntegerField(_("分析版本"), default=0)
    started_at = models.DateTimeField(_("开始时间"), auto_now_add=True)
    # Moves on with every portion that is built: one that stands still was killed.
    progressed_at = models.DateTimeField(_("最近进展"), default=timezone.now)
    # Another one whenever its vocabulary has new words: processes that keep a copy read it anew.
    vocabulary_stamp = models.CharField(_("词表标记"), max_length=16, default=new_stamp)

    class Meta:
        verbose_name = _("索引版本")
        verbose_name_plural = _("索引版本")
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state="current"),
                name="only_one_generation_of_the_index_is_searched",
            ),
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state="building"),
                name="only_one_generation_of_the_index_is_built",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.get_state_display()}"


class SearchFacet(models.Model):
    """What entries are told apart by (筛选项): one row for each combination that occurs.

    Entries that share all of it share a row, so that one count by row gives every facet. Its
    `signature` is the combination as canonical JSON.
    """

    signature = models.TextField(_("组合"), unique=True)
    type = models.CharField(_("类型"), max_length=32)
    departments = models.JSONField(_("部门"), default=list)
    areas = models.JSONField(_("地区"), default=list)
    audience = models.JSONField(_("对象"), default=list)
    validity = models.CharField(_("有效性"), max_length=32, blank=True)
    year = models.PositiveSmallIntegerField(_("年份"), null=True)

    class Meta:
        verbose_name = _("筛选项")
        verbose_name_plural = _("筛选项")

    def __str__(self) -> str:
        return self.signature


class SearchDocumentQuerySet(models.QuerySet["SearchDocument"]):
    def visible(self) -> SearchDocumentQuerySet:
        """The entries of the searched generation whose page everybody may read at this moment.

        The one door for results, counts, suggestions and snippets: whatever the index still holds,
        the page's own row decides.
        """
        current = self.filter(generation__state=Generation.State.CURRENT)
        unexpired = current.filter(
            Q(page__expire_at__isnull=True) | Q(page__expire_at__gt=timezone.now())
        )
        return cast("SearchDocumentQuerySet", publicly_visible(unexpired, "page"))


class SearchDocument(models.Model):
    """One thing that can be found: a page, or a clause of it (索引条目).

    Texts are kept as they are read, for snippets, and as the ranking reads them (`words`, `normal`:
    see `search.engine.ranking.Candidate`). The tokens live with the engine: in `vector` on
    PostgreSQL, in the table search_fts on SQLite (rowid = this row's id; a trigger removes them
    together).
    """

    generation = models.ForeignKey(Generation, models.CASCADE, related_name="documents")
    page = models.ForeignKey(Page, models.CASCADE, related_name="+", verbose_name=_("页面"))
    key = models.CharField(_("页内键"), max_length=120, blank=True)
    type = models.CharField(_("类型"), max_length=32)
    title = models.TextField(_("标题"))
    plain_title = models.TextField(_("归一化标题"))
    url = models.TextField(_("地址"))
    body = models.TextField(_("正文"), blank=True)
    number = models.TextField(_("文号"), blank=True)
    breadcrumb = models.TextField(_("位置"), blank=True)
    departments = models.JSONField(_("部门"), default=list)
    areas = models.JSONField(_("地区"), default=list)
    audience = models.JSONField(_("对象"), default=list)
    validity = models.CharField(_("有效性"), max_length=32, blank=True)
    published_on = models.DateField(_("发布日期"), null=True, blank=True)
    boost = models.FloatField(_("权重"), default=1.0)
    facet = models.ForeignKey(
        SearchFacet, models.PROTECT, related_name="+", verbose_name=_("筛选项")
    )
    words = models.TextField(_("词"))
    normal = models.TextField(_("归一化正文"))
    external_id = models.TextField(_("外部编号"), blank=True)
    vector = SearchVectorField(null=True, editable=False)

    # An entry of the index is no use of its page: the editor's "usage" does not count it.
    wagtail_reference_index_ignore = True

    objects = SearchDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("索引条目")
        verbose_name_plural = _("索引条目")
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "page", "key"],
                name="a_page_gives_each_key_once_per_generation",
            ),
        ]
        indexes = [
            # All that counting reads of an entry, beside its long texts.
            models.Index(
                fields=["id", "generation", "page", "facet"], name="search_counts_by_these_alone"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def public_id(self) -> str:
        """A name for the entry that outlives rebuilds: the page's number, and the key inside it."""
        return f"{self.page_id}#{self.key}" if self.key else str(self.page_id)


class VocabularyWord(models.Model):
    """A word that entries of a generation hold, and how it sounds (词表).

    `telling` counts the entries that say it in their title, headings, keywords or names, `entries`
    all that hold it. Both are about right: a page that is deleted outright leaves them as they
    were until the nightly comparison. Whether anything visible holds a word, only the index knows.
    """

    generation = models.ForeignKey(Generation, models.CASCADE, related_name="vocabulary")
    word = models.CharField(_("词"), max_length=16)
    # A syllable for each character, divided by spaces; empty for Latin letters.
    syllables = models.CharField(_("拼音"), max_length=120, blank=True)
    telling = models.IntegerField(_("标题中出现"), default=0)
    entries = models.IntegerField(_("出现"), default=0)

    class Meta:
        verbose_name = _("词表")
        verbose_name_plural = _("词表")
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "word"], name="a_generation_knows_each_word_once"
            ),
        ]

    def __str__(self) -> str:
        return self.word


class IndexMark(models.Model):
    """The duty to write a page into the index again (索引标记).

    Written in the transaction that changed the page, removed with the work done. No foreign key:
    the page may be gone by then.
    """

    page_id = models.BigIntegerField(_("页面"), db_index=True)
    reason = models.CharField(_("原因"), max_length=20)
    created_at = models.DateTimeField(_("时间"), auto_now_add=True)
    attempts = models.PositiveIntegerField(_("尝试次数"), default=0)
    not_before = models.DateTimeField(_("最早重试时间"), default=timezone.now, db_index=True)
    last_error = models.CharField(_("上次错误"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("索引标记")
        verbose_name_plural = _("索引标记")

    def __str__(self) -> str:
        return f"{self.page_id} {self.reason}"


class IndexComparison(models.Model):
    """What a nightly comparison of index and pages found, and mended (索引核对)."""

    finished_at = models.DateTimeField(_("核对时间"), auto_now_add=True)
    pages = models.PositiveIntegerField(_("核对页面"))
    mended = models.PositiveIntegerField(_("修复页面"))
    lost = models.PositiveIntegerField(_("清除的残留行"))
    words = models.PositiveIntegerField(_("改正的词"))

    class Meta:
        verbose_name = _("索引核对")
        verbose_name_plural = _("索引核对")

    def __str__(self) -> str:
        return f"{self.finished_at:%Y-%m-%d %H:%M} {self.mended}/{self.pages}"

    @property
    def is_drift(self) -> bool:
        """Whether what is found was not what the pages say. Words go astray with deleted pages."""
        return bool(self.mended or self.lost)


class Mirror(models.Model):
    """Where a generation is mirrored to, and whether all of it is there (镜像).

    `name` is the alias of its index in Elasticsearch. Until it is `whole` nobody searches it.
    """

    generation = models.OneToOneField(
        Generation, models.CASCADE, primary_key=True, related_name="mirror"
    )
    name = models.CharField(_("名称"), max_length=80, unique=True)
    whole = models.BooleanField(_("已完整"), default=False)

    class Meta:
        verbose_name = _("镜像")
        verbose_name_plural = _("镜像")

    def __str__(self) -> str:
        return self.name


class MirrorMark(models.Model):
    """The duty to bring an entry to its mirror, or to take it out there (镜像标记).

    Written by the database itself (`search.engine.duties`) whenever an entry of a mirrored
    generation comes or goes, removed when the mirror has acknowledged. Its id is the version there:
    whoever comes late with what was true before changes nothing.
    """

    class Deed(models.TextChoices):
        PUT = "put", _("写入")
        REMOVE = "remove", _("移除")

    document_id = models.BigIntegerField(_("条目"))
    generation_id = models.BigIntegerField(_("索引版本"), db_index=True)
    deed = models.CharField(_("动作"), max_length=6, choices=Deed.choices)

    class Meta:
        verbose_name = _("镜像标记")
        verbose_name_plural = _("镜像标记")
        constraints = [
            models.CheckConstraint(
                condition=Q(deed__in=["put", "remove"]), name="an_entry_is_put_or_removed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.deed}"
