"""What editors measure the search with: queries, what answers them, and how each check came out.

Models only; the measuring is `quality`, the arithmetic `relevance`.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable, Page

from home.pages.addresses import path_of
from home.policies.models import ClauseKey
from search.analysis.question import LONGEST_QUERY
from search.analysis.streams import plain

# "/policies/lmf-2025-10/#c-2-2-1": how a clause is named in an address.
CLAUSE_ANCHOR = "c-"


class Kind(models.TextChoices):
    """In which way a query asks. The values are those of the development set (tests/search/)."""

    EXACT = "exact", _("原词")
    SYNONYM = "synonym", _("另一种说法")
    TYPING_ERROR = "typing error", _("错别字")
    HOMOPHONE = "homophone", _("同音字")
    PINYIN = "pinyin", _("拼音")
    INITIALS = "initials", _("拼音首字母")
    TRADITIONAL = "traditional", _("繁体字")
    DOCUMENT_NUMBER = "document number", _("发文字号")
    DATE = "date", _("日期")
    MIXED = "mixed", _("几个词")
    ONE_CHARACTER = "one character", _("一个字")
    DEPARTMENT_ALIAS = "department alias", _("部门别名")
    LONG_QUESTION = "long question", _("整句话")


class Grade(models.IntegerChoices):
    """How well an entry answers a query."""

    WANTED = 3, _("3 正是要找的")
    PARTLY = 2, _("2 答了一部分")
    RELATED = 1, _("1 有关系")


class GradedQuery(ClusterableModel):
    """A query with what answers it (测试搜索词): what the search is measured with."""

    query = models.CharField(
        _("搜索词"),
        max_length=LONGEST_QUERY,
        unique=True,
        error_messages={"unique": _("已经有这个测试搜索词，请在列表里打开它来修改。")},
        help_text=_("照群众会输入的样子写，错别字和拼音也照写。"),
    )
    kind = models.CharField(_("问法"), max_length=20, choices=Kind.choices, blank=True)
    finds_nothing = models.BooleanField(
        _("本站没有答案"),
        default=False,
        help_text=_("本站没有能回答的内容，搜索时什么也不该找到。勾选时下面不填。"),
    )
    note = models.CharField(_("备注"), max_length=200, blank=True)
    changed_at = models.DateTimeField(_("修改时间"), auto_now=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("测试搜索词")
        verbose_name_plural = _("测试搜索词")
        ordering = ("query",)

    def __str__(self) -> str:
        return self.query

    def clean(self) -> None:
        self.query = self.query.strip()
        if self.query and not plain(self.query):
            raise ValidationError({"query": _("请写出要搜索的词。")})


class Judgement(Orderable):
    """How well a page, or one clause of a policy, answers a query (评分).

    `page` is that of the clause where a clause is meant, and None once it was deleted: `title` and
    `address` keep what was meant.
    """

    graded_query = ParentalKey(GradedQuery, on_delete=models.CASCADE, related_name="judgements")
    page = models.ForeignKey(
        Page,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("页面"),
        help_text=_("指页面本身。应当找到文件里的某一条时，不用填，在下面选条款。"),
    )
    clause_key = models.ForeignKey(
        ClauseKey,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("条款"),
    )
    grade = models.PositiveSmallIntegerField(
        _("评分"), choices=Grade.choices, default=Grade.WANTED.value
    )
    title = models.CharField(max_length=300, editable=False, blank=True)
    address = models.CharField(max_length=500, editable=False, blank=True)

    class Meta(Orderable.Meta):
        verbose_name = _("评分")
        verbose_name_plural = _("评分")
        constraints = [
            models.UniqueConstraint(
                fields=["graded_query", "page"],
                condition=Q(clause_key__isnull=True),
                name="a_page_is_graded_once_for_a_query",
            ),
            models.UniqueConstraint(
                fields=["graded_query", "clause_key"], name="a_clause_is_graded_once_for_a_query"
            ),
            models.CheckConstraint(
                condition=Q(grade__in=[1, 2, 3]), name="a_grade_is_one_two_or_three"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.page is None and self.clause_key is None and not self.is_of_what_was_deleted:
            raise ValidationError({"page": _("请选择页面，或者在下面选择条款。")})

    @property
    def is_of_what_was_deleted(self) -> bool:
        """Whether it names nothing of this site (any more): only words are left of it."""
        if not self.address:
            return False
        kept = type(self).objects.filter(pk=self.pk).values_list("page_id", flat=True).first()
        return kept is None

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.remember()
        super().save(*args, **kwargs)

    def remember(self) -> None:
        """Takes over from the page, or the clause, what is left when the page goes."""
        if self.clause_key is not None:
            policy = self.clause_key.policy
            self.page_id = policy.pk
            self.title = f"{policy.title} {self.clause_key}"[:300]
            self.address = f"{path_of(policy.url_path)}#{CLAUSE_ANCHOR}{self.clause_key.key}"[:500]
        elif self.page is not None:
            self.title, self.address = self.page.title[:300], path_of(self.page.url_path)[:500]

    @property
    def entry(self) -> str:
        """The entry of the index that is meant (`SearchDocument.public_id`); "" for none."""
        if self.clause_key is not None:
            return f"{self.clause_key.policy_id}#{CLAUSE_ANCHOR}{self.clause_key.key}"
        return "" if self.page_id is None else str(self.page_id)


class QualityRun(models.Model):
    """One check of the search with all graded queries (检索质量检查).

    Who works on it holds it until `held_until`; a worker that was killed lets go by that, and the
    next one goes on with what is left. The sums are there once it is done.
    """

    class State(models.TextChoices):
        OPEN = "open", _("正在检查")
        DONE = "done", _("已完成")
        FAILED = "failed", _("没有完成")

    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.OPEN)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("谁")
    )
    asked_at = models.DateTimeField(_("开始时间"), default=timezone.now)
    done_at = models.DateTimeField(_("完成时间"), null=True)
    held_until = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)

    engine = models.CharField(_("引擎"), max_length=20)
    analysis = models.PositiveSmallIntegerField(_("分析版本"))
    # Some answers came while the search server was down or lagged.
    degraded = models.BooleanField(default=False)

    queries = models.PositiveIntegerField(_("测试搜索词"), default=0)
    average = models.FloatField(_("平均"), null=True)
    # Queries that something answers which can be found now; how many of them found nothing at all.
    answerable = models.PositiveIntegerField(default=0)
    without_result = models.PositiveIntegerField(default=0)
    # Queries that nothing answers; how many of them found something.
    unanswerable = models.PositiveIntegerField(default=0)
    false_results = models.PositiveIntegerField(default=0)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("检索质量检查")
        verbose_name_plural = _("检索质量检查")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state="open"),
                name="the_quality_is_checked_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.asked_at):%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def by_name(self) -> str:
        return "" if self.by is None else self.by.get_short_name() or self.by.get_username()


class QueryMeasure(models.Model):
    """How one query came out in a check. All words are kept: what they are of may change or go.

    `score` is nDCG@10; for a query that nothing answers 1 where it found nothing, else 0; None
    where nothing that answers it can be found at the moment.
    """

    run = models.ForeignKey(QualityRun, models.CASCADE, related_name="measures")
    graded_query = models.ForeignKey(GradedQuery, models.SET_NULL, null=True, related_name="+")
    query = models.CharField(_("搜索词"), max_length=LONGEST_QUERY)
    kind = models.CharField(_("问法"), max_length=20, blank=True)
    finds_nothing = models.BooleanField()
    score = models.FloatField(_("得分"), null=True)
    # How many entries were found in all.
    total = models.PositiveIntegerField()
    # A digest of what was looked for: two measures of a query compare only where it is the same.
    judged = models.CharField(max_length=64)
    # The first ten: [{"title", "url", "label", "grade"}, …]; grade 0 for what was not judged.
    found = models.JSONField(default=list)
    # What was judged and is not among them: [{"title", "url", "grade", "place", "standing"}, …];
    # "place" where it stands further down, "standing" in words where nobody could find it.
    missed = models.JSONField(default=list)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("检查结果")
        verbose_name_plural = _("检查结果")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "query"], name="a_query_is_measured_once_in_a_check"
            ),
        ]

    def __str__(self) -> str:
        return self.query

    @property
    def kind_label(self) -> str:
        return str(dict(Kind.choices).get(self.kind, ""))
