"""The two forms of an import: bringing a text in, and checking what was read of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from home.directory.models import Department
from home.policies.models import PolicyAttachment, PolicyIssuer, PolicyPage
from home.policies.parser import ParsedDocument, normalise_document_number
from home.policies.services import NamedIssuer
from home.policies.slugs import slug_of
from home.policies.sources import Refusal, Source, read_file, read_pasted

# A text that is pasted travels as a form field, and those have a limit of their own
# (DATA_UPLOAD_MAX_MEMORY_SIZE); what is longer comes as a file.
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_ISSUER_NAME = PolicyIssuer._meta.get_field("name").max_length or 0
_ATTACHMENT_NAME = PolicyAttachment._meta.get_field("name").max_length or 0


class IntakeForm(forms.Form):
    """A pasted text or a file, one of the two."""

    text = forms.CharField(
        label=gettext_lazy("粘贴公文全文"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("从标题到落款、附件，一次粘贴完整。"),
    )
    file = forms.FileField(
        label=gettext_lazy("或者选择文件"),
        required=False,
        allow_empty_file=True,
        help_text=gettext_lazy("Word 文件（.docx）或文本文件（.txt）。"),
        widget=forms.FileInput(attrs={"accept": ".docx,.txt"}),
    )
    source: Source

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        text, file = data.get("text") or "", data.get("file")
        if text.strip() and file:
            self.add_error("file", _("已经粘贴了文字，又选择了文件。请只用其中一种。"))
        elif file:
            self._read("file", lambda: read_file(file.file, file.name))
        elif not self.errors:
            self._read("text", lambda: read_pasted(text))
        return data

    def _read(self, field: str, read: Any) -> None:
        try:
            self.source = read()
        except Refusal as refusal:
            self.add_error(field, forms.ValidationError(refusal.message, code=refusal.code))


class MetadataForm(forms.Form):
    """What a document is, as it was read and put right."""

    title = forms.CharField(label=gettext_lazy("标题"), max_length=255)
    document_number = forms.CharField(
        label=gettext_lazy("发文字号"),
        max_length=60,
        help_text=gettext_lazy("如：辽民发〔2025〕10号"),
        error_messages={"required": gettext_lazy("没有读到发文字号，请填写。")},
    )
    adopted_on = forms.DateField(label=gettext_lazy("成文日期"), required=False, widget=_DAY)
    published_on = forms.DateField(label=gettext_lazy("发布日期"), required=False, widget=_DAY)
    index_number = forms.CharField(label=gettext_lazy("索引号"), max_length=60, required=False)
    source = forms.CharField(label=gettext_lazy("来源"), max_length=60, required=False)
    addressees = forms.CharField(
        label=gettext_lazy("主送机关"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    attachments = forms.CharField(
        label=gettext_lazy("附件"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("一行一个名称；文件以后在编辑页上传。"),
    )
    slug = forms.CharField(
        label=gettext_lazy("网页地址"),
        max_length=100,
        required=False,
        validators=[
            RegexValidator(
                r"^[a-z0-9]+(-[a-z0-9]+)*$",
                gettext_lazy("地址只能由小写字母、数字和连字符组成，如 lmf-2025-10。"),
            )
        ],
        help_text=gettext_lazy("一经公布不宜再改。默认取自发文字号。"),
    )
    change_note = forms.CharField(
        label=gettext_lazy("本次修改说明"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("这一版改了什么、为什么改；随版本公布。"),
    )
    seen = forms.BooleanField(
        label=gettext_lazy("我已核对上面列出的文字，它们不必进入页面。"),
        required=False,
    )

    def __init__(
        self, *args: Any, amends: bool, must_be_seen: bool, taken: Iterable[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.taken = set(taken)
        if amends:
            del self.fields["slug"]
        else:
            del self.fields["change_note"]
            self.fields["slug"].required = True
        if must_be_seen:
            self.fields["seen"].required = True
            self.fields["seen"].error_messages["required"] = _(
                "还有文字没有进入页面。请核对后勾选，或者修改原文重新识别。"
            )
        else:
            del self.fields["seen"]

    def clean_document_number(self) -> str:
        typed: str = self.cleaned_data["document_number"].strip()
        return normalise_document_number(typed) or typed

    def clean_attachments(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["attachments"].split("\n")]
        names = [line for line in lines if line]
        if any(len(name) > _ATTACHMENT_NAME for name in names):
            raise forms.ValidationError(_("附件名称不能超过 %d 个字，请缩短。") % _ATTACHMENT_NAME)
        return names

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug in self.taken:
            raise forms.ValidationError(
                _("这个地址已经有页面了。请换一个；如果是同一份文件，请在上面选择修改它。")
            )
        return slug


class IssuerForm(forms.Form):
    """A body that signed, and which department it is."""

    name = forms.CharField(label=gettext_lazy("机关名称"), max_length=_ISSUER_NAME, required=False)
    department = forms.ModelChoiceField(
        Department.objects.none(),
        label=gettext_lazy("对应部门"),
        required=False,
        empty_label=gettext_lazy("（没有对应部门）"),
    )


class BaseIssuerFormSet(forms.BaseFormSet[IssuerForm]):
    """The bodies in the order in which they signed; one without a name is left out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Asked once for all of them: a joint document has twenty.
        self.choices = [("", _("（没有对应部门）"))] + [
            (department.pk, department.name) for department in Department.objects.all()
        ]
        super().__init__(*args, **kwargs)

    def add_fields(self, form: IssuerForm, index: int | None) -> None:
        super().add_fields(form, index)
        field = form.fields["department"]
        field.queryset = Department.objects.all()  # type: ignore[attr-defined]
        field.widget.choices = self.choices

    def issuers(self) -> list[NamedIssuer]:
        return [
            (form.cleaned_data["name"].strip(), form.cleaned_data["department"])
            for form in self.forms
            if form.cleaned_data.get("name", "").strip()
        ]


IssuerFormSet = forms.formset_factory(
    IssuerForm, formset=BaseIssuerFormSet, extra=2, max_num=200, absolute_max=200
)


def initial_metadata(parsed: ParsedDocument, base: PolicyPage | None) -> dict[str, Any]:
    """What the form shows first: what was read; of an amended policy what the text doesn't say."""

    def read(name: str) -> str | date | None:
        said = getattr(parsed, name)
        return said or (getattr(base, name) if base else said)

    names = ("title", "document_number", "adopted_on", "published_on", "index_number", "source")
    return {
        **{name: read(name) for name in (*names, "addressees")},
        "attachments": "\n".join(parsed.attachments),
        "slug": slug_of(parsed.document_number),
    }


def initial_issuers(issuers: Iterable[NamedIssuer]) -> list[Mapping[str, Any]]:
    return [{"name": name, "department": department} for name, department in issuers]
