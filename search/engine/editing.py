"""What editors keep for the search: synonyms, recommended pages; and what was asked.

Models only; the words' way into a query is `synonyms`, the counting `query_log`.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from search.analysis.normalise import normalise
from search.analysis.streams import plain

MOST_GROUP_WORDS = 40
LONGEST_GROUP_WORD = 20
LONGEST_COUNTED = 40


def words_of(text: str) -> list[str]:
    """The words of a line as the search reads them, each once. Commas divide them as well."""
    divided = normalise(text.replace("、", " ").replace("，", " ").replace(",", " "))
    return list(dict.fromkeys(divided.replace(";", " ").split()))


class SynonymGroup(models.Model):
    """Words that stand for each other (同义词).

    Who says one of the words of `said` is also shown what holds one of `written`, the nearest
    first; without `written` the words of `said` find each other. What came with the product keeps
    its first wording in `built_in_as`: so a new version of the product knows what editors changed.
    """

    class Source(models.TextChoices):
        BUILT_IN = "built-in", _("系统自带")
        EDITOR = "editor", _("编辑添加")

    said = models.TextField(
        _("平时的说法"),
        help_text=_("群众会输入的词，用空格隔开。例：外来务工子女 农民工孩子"),
    )
    written = models.TextField(
        _("文件里的说法"),
        blank=True,
        help_text=_("文件用的词，意思最近的放在前面。不填时，左边的词互相都能找到。例：随迁子女"),
    )
    active = models.BooleanField(_("启用"), default=True)
    note = models.CharField(_("备注"), max_length=200, blank=True)
    source = models.CharField(
        _("来源"),
        max_length=8,
        choices=Source.choices,
        default=Source.EDITOR,
        editable=False,
    )
    built_in_as = models.TextField(_("自带的写法"), blank=True, editable=False)
    sort_order = models.PositiveIntegerField(_("顺序"), default=0, editable=False)
    changed_at = models.DateTimeField(_("修改时间"), auto_now=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("同义词")
        verbose_name_plural = _("同义词")
        ordering = ("sort_order", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["built_in_as"],
                condition=~Q(built_in_as=""),
                name="a_built_in_group_of_synonyms_is_loaded_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.said} → {self.written}" if self.written else self.said

    def clean(self) -> None:
        errors: dict[str, str] = {}
        said, written = words_of(self.said), words_of(self.written)
        if not said:
            errors["said"] = str(_("请至少写一个词。"))
        elif not written and len(said) < 2:
            errors["written"] = str(_("只有一个说法时，请在这里写出文件用的词。"))
        elif written and set(written) <= set(said) and len(said) < 2:
            errors["written"] = str(_("两边写的是同一个词，请写出文件里不同的说法。"))
        for name, words in (("said", said), ("written", written)):
            if long := [word for word in words if len(word) > LONGEST_GROUP_WORD]:
                errors[name] = str(
                    _("“%(word)s”太长，一个词最多%(most)d个字。词与词之间请用空格隔开。")
                    % {"word": long[0], "most": LONGEST_GROUP_WORD}
                )
            elif unread := [word for word in words if not plain(word)]:
                errors[name] = str(_("“%(word)s”里没有文字，请删去。") % {"word": unread[0]})
            elif len(words) > MOST_GROUP_WORDS:
                errors[name] = str(
                    _("一组最多%(most)d个词，请分成几组。") % {"most": MOST_GROUP_WORDS}
                )
        if errors:
            raise ValidationError(errors)
        self.said, self.written = " ".join(said), " ".join(written)
        same = SynonymGroup.objects.filter(said=self.said, written=self.written)
        if same.exclude(pk=self.pk).exists():
            raise ValidationError({"said": _("已经有同样的一组同义词，不用再添加。")})

    @property
    def is_changed(self) -> bool:
        """Whether editors changed what came with the product."""
        return bool(self.built_in_as) and (not self.active or line_of(self) != self.built_in_as)

    @property
    def state(self) -> str:
        """For the list: what differs from the ordinary."""
        if not self.active:
            return str(_("停用"))
        return str(_("启用，改过")) if self.is_changed else str(_("启用"))


def line_of(group: SynonymGroup) -> str:
    """A group as a line of the product's own list."""
    return f"{group.said} > {group.written}" if group.written else group.said


class PromotedResult(models.Model):
    """A page that editors put before what the search finds for a query (编辑推荐)."""

    query = models.CharField(
        _("搜索词"),
        max_length=LONGEST_COUNTED,
        help_text=_("搜索这个词时，下面的页面排在最前。空格、标点、繁简体的不同不影响。"),
    )
    # The query as queries are compared: letters, digits and characters, normalised.
    plain_query = models.CharField(max_length=LONGEST_COUNTED * 2, editable=False, db_index=True)
    page = models.ForeignKey(Page, models.CASCADE, related_name="+", verbose_name=_("推荐的页面"))
    sort_order = models.PositiveSmallIntegerField(
        _("顺序"), default=1, help_text=_("同一个词有几个推荐时，数字小的在前。")
    )
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("编辑推荐")
        verbose_name_plural = _("编辑推荐")
        ordering = ("plain_query", "sort_order", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["plain_query", "page"],
                name="a_page_is_recommended_once_for_a_query",
                violation_error_message=_("这个词已经推荐了这个页面。"),
            ),
        ]

    def __str__(self) -> str:
        # Without the page: its draft may be for named people, and logs keep what is said here.
        return self.query

    def save(self, *args: object, **kwargs: object) -> None:
        self.plain_query = plain(self.query)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def clean(self) -> None:
        self.plain_query = plain(self.query)
        if not self.plain_query:
            raise ValidationError({"query": _("请写出要搜索的词。")})
        same = PromotedResult.objects.filter(plain_query=self.plain_query, page=self.page_id)
        if self.page_id and same.exclude(pk=self.pk).exists():
            raise ValidationError({"page": _("这个词已经推荐了这个页面。")})


class QueryCount(models.Model):
    """How often a query was asked on a day (搜索词统计). Who asked is written nowhere."""

    day = models.DateField(_("日期"))
    query = models.CharField(_("搜索词"), max_length=LONGEST_COUNTED)
    times = models.PositiveIntegerField(_("次数"), default=1)
    # Of the last time it was asked on that day.
    found = models.PositiveIntegerField(_("结果数"), default=0)
    # In how many of these times a result was opened, and the sum of their places (1 for the first).
    # None for the days before this was counted.
    opened = models.PositiveIntegerField(_("点开次数"), null=True, default=0)
    places = models.PositiveIntegerField(_("位置之和"), null=True, default=0)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("搜索词")
        verbose_name_plural = _("搜索词")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "query"], name="a_query_is_counted_in_one_row_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.query} {self.times}"
