"""Form pages, their fields and versions, and what was sent with them."""

from __future__ import annotations

import re
import secrets
import uuid
from http import HTTPMethod
from typing import TYPE_CHECKING, Any, NoReturn

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import model_from_serializable_data
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.contrib.forms.models import AbstractFormField, FormMixin

from forms.builder.editing import FormPageForm, Lines, PlainSelect
from forms.builder.kinds import AgeLimit, FieldType, Role, Sensitivity
from forms.builder.outline import outline
from forms.builder.panels import KeyPanel, QuestionsPanel, VersionPanel
from forms.builder.questions import questions_of_page
from forms.vault.immutable import WrittenOnceModel
from forms.vault.models import SealedRecord
from home.pages import recorder
from home.pages.models import BasePage
from search.analysis.entry import SearchEntry

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

STATES_TO_PREVIEW = [
    ("errors", _("填错时")),
    ("check", _("提交前核对")),
    ("not-open", _("还没有开始")),
    ("closed", _("已经截止")),
    ("full", _("已经收满")),
    ("test", _("试填")),
    ("receipt", _("提交以后")),
]
FIELD_KEY = re.compile(r"f[0-9a-f]{10}")


def new_field_key() -> str:
    """A key that never came from a label: labels change, and two may be the same."""
    return "f" + secrets.token_hex(5)


class RequestIndexPage(BasePage):
    """The page that lists the request forms (我要求助)."""

    intro = models.TextField(_("导语"), blank=True)

    content_panels = [*BasePage.content_panels, FieldPanel("intro")]
    template = "builder/request_index_page.html"
    subpage_types = ["builder.FormPage"]
    max_count = 1

    class Meta:
        verbose_name = _("求助入口页")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        forms = list(FormPage.objects.child_of(self).live().public().order_by("path"))
        for form in forms:
            recorder.note("page", form.pk)
        recorder.note("children", self.pk)
        context["forms"] = forms
        return context

    def search_entries(self) -> list[SearchEntry]:
        return [SearchEntry(key="", type="form", title=self.title, url=self.url, body=self.intro)]


class FormPage(FormMixin, BasePage):
    """A form that editors build and families fill in (表单).

    Serving, storing, listing and exporting are our own: Wagtail's keep answers in clear, show them
    to every editor of the page, and delete them with it.
    """

    is_published_bytes = False

    kind = models.SlugField(_("用途"), max_length=30, help_text=_("决定提交之后由谁、怎样办理"))
    intro = models.TextField(_("导语"), blank=True)
    opens_at = models.DateTimeField(_("开始受理"), null=True, blank=True)
    closes_at = models.DateTimeField(_("截止受理"), null=True, blank=True)
    most_submissions = models.PositiveIntegerField(_("最多受理份数"), null=True, blank=True)
    checks_answers = models.BooleanField(
        _("提交前核对"),
        default=False,
        help_text=_("提交之前把填写的内容完整列出一遍。分成几页的表单总是这样做。"),
    )
    is_test = models.BooleanField(
        _("试填"), default=False, help_text=_("只有登录的编辑可以试填，试填的内容不会保存。")
    )

    base_form_class = FormPageForm
    allowed_http_methods = [HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.POST, HTTPMethod.OPTIONS]
    template = "builder/form_page.html"
    landing_page_template = "builder/form_page.html"
    subpage_types: list[str] = []
    content_panels = [
        *BasePage.content_panels,
        FieldPanel("kind"),
        FieldPanel("intro"),
        VersionPanel(heading=_("与正在使用的版本相比")),
        QuestionsPanel("form_fields", heading=_("问题"), label=_("行")),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("opens_at"), FieldPanel("closes_at")]),
                FieldPanel("most_submissions"),
                FieldPanel("checks_answers"),
                FieldPanel("is_test"),
            ],
            heading=_("受理"),
            help_text=_("都不填就从发布起一直受理，不限份数。"),
        ),
    ]

    class Meta:
        verbose_name = _("表单页")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(opens_at__isnull=True)
                | models.Q(closes_at__isnull=True)
                | models.Q(opens_at__lt=models.F("closes_at")),
                name="a_form_opens_before_it_closes",
            ),
        ]

    def search_entries(self) -> list[SearchEntry]:
        return [SearchEntry(key="", type="form", title=self.title, url=self.url, body=self.intro)]

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        from forms.builder.serving import answer

        return answer(self, request)

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        """Every state a family may meet, each to be looked at before it is published."""
        return [("", _("空白的表单")), *self._screens_to_preview(), *STATES_TO_PREVIEW]

    def _screens_to_preview(self) -> list[tuple[str, str]]:
        screens = outline(questions_of_page(self))
        if len(screens) < 2:
            return []
        return [
            (
                f"screen-{screen.number}",
                _("第%(number)d页：%(heading)s")
                % {"number": screen.number, "heading": screen.heading and screen.heading.label},
            )
            for screen in screens
        ]

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        from forms.builder.serving import preview

        return preview(self, request, mode_name)

    def get_submission_class(self) -> NoReturn:
        raise PermissionDenied("Answers are sealed; Wagtail's form submissions are not used.")

    def process_form_submission(self, form: Any) -> NoReturn:
        raise PermissionDenied("Answers are sealed; Wagtail's form submissions are not used.")

    def serve_submissions_list_view(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> NoReturn:
        raise PermissionDenied("Answers are read at the desk, case by case.")


class FormField(AbstractFormField):
    """A question of a form (问题). `clean_name` is its permanent key, `role` what it means."""

    page = ParentalKey(FormPage, on_delete=models.CASCADE, related_name="form_fields")
    clean_name = models.CharField(max_length=11, default=new_field_key, blank=True)
    label = models.CharField(_("问题"), max_length=120)
    field_type = models.CharField(_("类型"), max_length=16, choices=FieldType.choices)
    required = models.BooleanField(_("必答"), default=True)
    help_text = models.CharField(_("填写提示"), max_length=255, blank=True)
    why = models.CharField(_("为什么问"), max_length=255, blank=True)
    choices = models.TextField(
        _("选项"), blank=True, help_text=_("每行一个：“值|文字”，或只写文字。用于单选、多选。")
    )
    role = models.CharField(_("含义"), max_length=20, blank=True, choices=Role.choices)
    text_key = models.SlugField(
        _("告知书代号"), max_length=50, blank=True, help_text=_("仅用于“告知与同意”")
    )
    condition = models.JSONField(_("显示条件"), null=True, blank=True)
    sensitivity = models.CharField(
        _("敏感程度"), max_length=10, blank=True, choices=Sensitivity.choices
    )
    retention = models.SlugField(_("保存期限"), max_length=20, blank=True)
    least = models.IntegerField(_("最少"), null=True, blank=True)
    most = models.IntegerField(_("最多"), null=True, blank=True)
    age_limit = models.CharField(_("年龄限制"), max_length=2, blank=True, choices=AgeLimit.choices)

    panels = [
        KeyPanel("clean_name"),
        FieldPanel("field_type", required_on_save=True, widget=PlainSelect),
        FieldPanel("label"),
        FieldPanel("choices", widget=Lines),
        FieldPanel("text_key"),
        FieldPanel("required"),
        FieldPanel("help_text"),
        FieldPanel("why"),
        FieldPanel("role", widget=PlainSelect),
        FieldPanel("age_limit", widget=PlainSelect),
        FieldRowPanel([FieldPanel("least"), FieldPanel("most")]),
        FieldPanel("condition"),
        FieldRowPanel([FieldPanel("sensitivity", widget=PlainSelect), FieldPanel("retention")]),
    ]

    class Meta(AbstractFormField.Meta):
        verbose_name = _("问题")
        verbose_name_plural = _("问题")
        constraints = [
            models.UniqueConstraint(
                fields=["page", "clean_name"], name="a_field_key_is_used_once_per_form"
            ),
        ]

    def get_field_clean_name(self) -> str:
        return self.clean_name or new_field_key()

    @classmethod
    def from_serializable_data(
        cls, data: dict[str, Any], check_fks: bool = True, strict_fks: bool = False
    ) -> Any:
        """A row of a revision. Its page is the one being read: Wagtail would ask for each row
        whether that exists."""
        return model_from_serializable_data(cls, data, check_fks=False, strict_fks=strict_fks)


class FormVersion(WrittenOnceModel):
    """A published state of a form's questions (表单版本). Submissions keep the one they answered.

    It goes with its page only while nothing was sent with it: `Submission` protects it.
    """

    page = models.ForeignKey(FormPage, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    schema = models.JSONField()
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    class Meta:
        verbose_name = _("表单版本")
        verbose_name_plural = _("表单版本")
        ordering = ["page_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["page", "number"], name="form_versions_are_numbered"),
        ]

    def __str__(self) -> str:
        return f"FormVersion {self.page_id}.{self.number}"


class Submission(models.Model):
    """That a form was sent (提交). The answers are in the sealed record, never here."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form_version = models.ForeignKey(
        FormVersion, models.PROTECT, related_name="submissions", verbose_name=_("表单版本")
    )
    record = models.OneToOneField(SealedRecord, models.PROTECT, related_name="submission")
    submission_key = models.CharField(max_length=32, unique=True, editable=False)
    answers_digest = models.CharField(max_length=64, editable=False)
    reference = models.CharField(_("受理编号"), max_length=12, unique=True, editable=False)
    code_salt = models.BinaryField(editable=False)
    code_hash = models.BinaryField(editable=False)
    kind = models.SlugField(_("用途"), max_length=30, editable=False)
    submitted_at = models.DateTimeField(_("提交时间"), db_index=True)

    class Meta:
        verbose_name = _("提交")
        verbose_name_plural = _("提交")
        ordering = ["-submitted_at", "-pk"]

    def __str__(self) -> str:
        return self.reference


class Draft(models.Model):
    """A form begun and not yet sent (填了一半的表单). What was typed is in the sealed record.

    `name` stands in addresses and tells nothing; a signed cookie or the code opens the draft. It is
    gone with the transaction that stores the submission, or thirty days after it was begun.
    """

    name = models.CharField(max_length=16, unique=True, editable=False)
    form_version = models.ForeignKey(FormVersion, models.CASCADE, related_name="drafts")
    submission_key = models.CharField(max_length=32, unique=True, editable=False)
    # The uuid of the submission this will become: its files are bound to it from the start.
    submission_uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    record = models.OneToOneField(SealedRecord, models.PROTECT, related_name="draft")
    # How far it has come: the number of a screen.
    screen = models.PositiveIntegerField(default=1)
    # Empty until somebody asked for the code: a keyed digest of it.
    code_digest = models.CharField(max_length=64, blank=True, editable=False)
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("填了一半的表单")
        verbose_name_plural = _("填了一半的表单")
        constraints = [
            models.UniqueConstraint(
                fields=["code_digest"],
                condition=~models.Q(code_digest=""),
                name="a_code_opens_one_draft",
            ),
        ]

    def __str__(self) -> str:
        return f"Draft {self.name}"
