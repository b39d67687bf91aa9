"""Clauses as rows, and the registry of keys that everything else links to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.models import Orderable

from home.directory.models import Department
from home.policies import citing
from home.policies.models.validity import Validity
from home.policies.models.written_once import WriteOnceQuerySet

KEY_PATTERN = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*$", _("条款键只能由小写字母、数字和连字符组成，如 2-1-2。")
)


def cite(document_number: str, key: str = "") -> str:
    """How a clause is cited (辽民发〔2025〕10号 二(二)1); by its key where that has no numbers."""
    return " ".join(part for part in (document_number, citing.in_words(key, key)) if part)


_departments: ContextVar[dict[int, Department] | None] = ContextVar("departments", default=None)


@contextmanager
def departments_read_once() -> Iterator[None]:
    """Inside, all clauses read from a revision share one query for their departments."""
    token = _departments.set({department.pk: department for department in Department.objects.all()})
    try:
        yield
    finally:
        _departments.reset(token)


class ClauseKeyManager(models.Manager["ClauseKey"]):
    """Keys with their policy: a key says nothing without its document's number."""

    def get_queryset(self) -> models.QuerySet[ClauseKey]:
        return WriteOnceQuerySet(self.model, using=self._db).select_related("policy")


class ClauseKey(models.Model):
    """A clause's permanent name within its policy (条款键), never deleted and never given again.

    Links go here and not to the clause's row: Wagtail makes child rows anew when a revision is
    published, and whatever points at a row goes with it.
    """

    policy = models.ForeignKey(
        "policies.PolicyPage", models.PROTECT, related_name="clause_keys", verbose_name=_("文件")
    )
    key = models.CharField(_("条款键"), max_length=40, validators=[KEY_PATTERN])
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ClauseKeyManager()

    class Meta:
        verbose_name = _("条款键")
        verbose_name_plural = _("条款键")
        ordering = ["policy", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "key"], name="a_clause_key_is_given_once_per_policy"
            ),
        ]

    def __str__(self) -> str:
        return cite(self.policy.document_number, self.key)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("A clause key is never changed.")
        super().save(*args, **kwargs)


class Clause(Orderable, ClusterableModel):
    """A numbered paragraph of a policy (条款): a part 一、, a section (一) or an item 1."""

    page = ParentalKey("policies.PolicyPage", on_delete=models.CASCADE, related_name="clauses")
    key = models.CharField(_("条款键"), max_length=40, validators=[KEY_PATTERN])
    parent_key = models.CharField(_("上级条款键"), max_length=40, blank=True)
    level = models.PositiveSmallIntegerField(_("层级"), default=1)
    number = models.CharField(_("序号"), max_length=20, blank=True)
    heading = models.CharField(_("标题"), max_length=200, blank=True)
    text = models.TextField(_("正文"), blank=True)
    departments = ParentalManyToManyField(
        "directory.Department", blank=True, related_name="+", verbose_name=_("责任部门")
    )
    validity = models.CharField(
        _("这一条的有效性"),
        max_length=10,
        choices=Validity.choices,
        default=Validity.IN_FORCE,
        help_text=_("全文有效而这一条另有规定时才改。"),
    )
    validity_note = models.CharField(
        _("依据"),
        max_length=200,
        blank=True,
        help_text=_("由哪份文件修改或者废止，如：由××发〔××××〕×号第二条修改"),
    )
    validity_since = models.DateField(_("自何日起"), null=True, blank=True)

    # Key, level and parent are never typed: home.policies.clause_forms gives them.
    panels = [
        FieldPanel("number"),
        FieldPanel("heading"),
        FieldPanel("text"),
        FieldPanel("departments"),
        FieldRowPanel([FieldPanel("validity"), FieldPanel("validity_since")]),
        FieldPanel("validity_note"),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("条款")
        verbose_name_plural = _("条款")
        constraints = [
            models.UniqueConstraint(
                fields=["page", "key"], name="a_key_names_one_clause_of_a_page"
            ),
            models.CheckConstraint(
                condition=models.Q(level__gte=1), name="the_level_of_a_clause_begins_at_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}{self.heading}"

    # How the check before publishing names the places of a page's rows.
    places_in_words = staticmethod(citing.places_in_words)

    def clean(self) -> None:
        super().clean()
        if self.validity == Validity.IN_FORCE and self.validity_since is not None:
            raise ValidationError(
                {
                    "validity_since": _(
                        "有效的条款不用填日期。已修改、失效或者废止的，请先选有效性。"
                    )
                }
            )

    @property
    def is_ended(self) -> bool:
        return Validity(self.validity).is_ended

    @property
    def anchor(self) -> str:
        return f"c-{self.key}"

    @classmethod
    def from_serializable_data(
        cls, data: dict[str, Any], check_fks: bool = True, strict_fks: bool = False
    ) -> Clause | None:
        known = _departments.get()
        if known is None:
            return super().from_serializable_data(data, check_fks, strict_fks)
        # Its policy is the page that is being read: no need to ask whether that exists.
        clause = super().from_serializable_data(data | {"departments": []}, check_fks=False)
        clause.departments = [known[pk] for pk in data.get("departments") or () if pk in known]
        return clause
