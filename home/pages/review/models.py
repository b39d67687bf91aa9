"""What the house demands, the stages of a review, and what each of them approved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting
from wagtail.models import Page, Task, TaskState

from home.pages import authority

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from wagtail.models import WorkflowState

    from home.directory.models import User


class Reviews(models.IntegerChoices):
    """How many stages must approve before a page goes out."""

    NONE = 0, _("不需要审核")
    ONE = 1, _("一审（终审）")
    TWO = 2, _("两审（初审、终审）")
    THREE = 3, _("三审（初审、复审、终审）")


class Stage(models.IntegerChoices):
    """A stage of 三审三校."""

    FIRST = 1, _("初审")
    SECOND = 2, _("复审")
    FINAL = 3, _("终审")


# Which stages a page goes through where so many reviews are demanded.
STAGES: dict[int, frozenset[int]] = {
    Reviews.NONE: frozenset({Stage.FINAL}),
    Reviews.ONE: frozenset({Stage.FINAL}),
    Reviews.TWO: frozenset({Stage.FIRST, Stage.FINAL}),
    Reviews.THREE: frozenset({Stage.FIRST, Stage.SECOND, Stage.FINAL}),
}


def _reviews(label: Any, default: int) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(label, choices=Reviews.choices, default=default)


@register_setting(icon="clipboard-list")
class ReviewSettings(BaseGenericSetting):
    """How many reviews each kind of page needs before it goes out (审核要求)."""

    policy_reviews = _reviews(_("政策文件"), Reviews.THREE)
    interpretation_reviews = _reviews(_("政策解读"), Reviews.TWO)
    service_reviews = _reviews(_("服务事项"), Reviews.TWO)
    news_reviews = _reviews(_("新闻"), Reviews.ONE)
    other_reviews = _reviews(_("其他页面（栏目、表单、活动）"), Reviews.NONE)
    one_person_one_stage = models.BooleanField(
        _("每一审由不同的人"),
        default=True,
        help_text=_("人手确实不够时可以取消勾选。无论如何，没有人能审核自己改过的稿子。"),
    )
    house_department = models.ForeignKey(
        "directory.Department",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("本站审核部门"),
        help_text=_("页面的责任部门没有审核人时，由这个部门的审核人审核；不选则由任何审核人审核。"),
    )

    panels = [
        MultiFieldPanel(
            [
                FieldPanel("policy_reviews"),
                FieldPanel("interpretation_reviews"),
                FieldPanel("service_reviews"),
                FieldPanel("news_reviews"),
                FieldPanel("other_reviews"),
            ],
            heading=_("发布前要经过几次审核"),
        ),
        MultiFieldPanel(
            [FieldPanel("one_person_one_stage"), FieldPanel("house_department")],
            heading=_("由谁审核"),
        ),
    ]

    class Meta:
        verbose_name = _("审核要求")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    policy_reviews__lte=3,
                    interpretation_reviews__lte=3,
                    service_reviews__lte=3,
                    news_reviews__lte=3,
                    other_reviews__lte=3,
                ),
                name="a_page_is_reviewed_three_times_at_most",
            ),
        ]

    def reviews_of(self, kind: str) -> int:
        """How many reviews a kind of page needs (BasePage.review_kind; "" is any other)."""
        return int(getattr(self, f"{kind or 'other'}_reviews"))

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        authority.forget_settings()


class ReviewTask(Task):
    """A stage of 三审三校, done by a reviewer of the page's department (审核环节)."""

    stage = models.PositiveSmallIntegerField(_("第几审"), choices=Stage.choices)
    checklist = models.TextField(
        _("校对要点"),
        help_text=_("每行一条；审核人逐条勾选后才能通过。"),
        blank=True,
    )

    admin_form_fields = [*Task.admin_form_fields, "stage", "checklist"]
    admin_form_widgets = {"checklist": forms.Textarea(attrs={"rows": 5})}

    class Meta:
        verbose_name = _("审核环节（按部门）")
        verbose_name_plural = _("审核环节（按部门）")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stage__in=[1, 2, 3]), name="a_review_has_three_stages"
            ),
        ]

    @classmethod
    def get_description(cls) -> str:
        return str(_("由页面责任部门的审核人审核；没有人能审核自己改过的稿子。"))

    @property
    def points(self) -> list[str]:
        """What the reviewer has to tick, in order."""
        return [line.strip() for line in self.checklist.splitlines() if line.strip()]

    def start(self, workflow_state: WorkflowState, user: User | None = None) -> TaskState:
        from home.pages.review import services

        return services.start_stage(self, workflow_state, super().start, user)

    def on_action(self, task_state: TaskState, user: User, action_name: str, **kwargs: Any) -> None:
        from home.pages.review import services

        services.decide(task_state.specific, user, action_name, **kwargs)

    def get_actions(self, obj: Page, user: User) -> list[tuple[str, str, bool]]:
        from home.pages.review import selectors

        return selectors.actions(self, obj, user)

    def get_form_for_action(self, action: str) -> type[forms.Form]:
        from home.pages.review.forms import form_for

        return form_for(self, action)

    def user_can_access_editor(self, obj: Page, user: User) -> bool:
        from home.pages.review import selectors

        return selectors.is_reviewer_of(user, obj)

    def locked_for_user(self, obj: Page, user: User) -> bool:
        return not self.user_can_access_editor(obj, user)

    def user_can_lock(self, obj: Page, user: User) -> bool:
        return self.user_can_access_editor(obj, user)

    def get_task_states_user_can_moderate(self, user: User, **kwargs: Any) -> QuerySet[TaskState]:
        from home.pages.review import selectors

        return selectors.states_waiting_for(user, self)


class ReviewTaskState(TaskState):
    """What one stage did with one text (审核记录)."""

    # SHA-256 of the text as it was approved (authority.digest_of); empty before that.
    digest = models.CharField(_("内容摘要"), max_length=64, blank=True, editable=False)
    # The points as they read when they were ticked.
    checked = models.JSONField(_("已核对"), default=list, blank=True)

    class Meta:
        verbose_name = _("审核记录")
        verbose_name_plural = _("审核记录")

    def get_comment(self) -> str:
        """What the history shows: the points that were checked, then the reviewer's words."""
        ticked = _("已核对：%(points)s。") % {"points": "、".join(self.checked)}
        return "\n".join(part for part in (ticked if self.checked else "", self.comment) if part)


ReviewTask.task_state_class = ReviewTaskState


class Warrant(models.Model):
    """By what authority a revision will go out at its set minute (定时发布依据).

    The review's own rows prove themselves; this is for a release or an operator, who are gone by
    the time the scheduler runs.
    """

    revision = models.OneToOneField(
        "wagtailcore.Revision", models.CASCADE, related_name="+", verbose_name=_("修订")
    )
    ground = models.CharField(_("依据"), max_length=10)
    name = models.CharField(_("名称"), max_length=120)
    digest = models.CharField(_("内容摘要"), max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("定时发布依据")
        verbose_name_plural = _("定时发布依据")

    def __str__(self) -> str:
        return f"{self.name} → {self.revision_id}"
