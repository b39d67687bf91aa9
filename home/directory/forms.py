"""Forms of the admin's directory."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput

from home.directory.models import Department, Membership, User, WorkdayException


class LinesField(forms.CharField):
    """A list of names, one a line."""

    widget = forms.Textarea(attrs={"rows": 8})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        lines = (line.strip() for line in text.splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(data) != (initial or [])


class DepartmentForm(forms.ModelForm):
    """How else people write a department; its names come with the reference data."""

    aliases = LinesField(
        label=_("别名"),
        required=False,
        max_length=2000,
        help_text=_("每行一个，如：教委。文件和搜索里出现的这些写法都指这一部门。"),
    )

    class Meta:
        model = Department
        fields = ["aliases"]

    def clean_aliases(self) -> list[str]:
        aliases: list[str] = self.cleaned_data["aliases"]
        taken = {
            name: department.name
            for department in Department.objects.exclude(pk=self.instance.pk)
            for name in (
                department.name,
                department.short_name,
                department.local_name,
                *department.aliases,
            )
        }
        for alias in aliases:
            if alias in taken:
                raise forms.ValidationError(
                    _("“%(alias)s”已指%(department)s。"),
                    params={"alias": alias, "department": taken[alias]},
                )
        return aliases


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.get_full_name()}（{obj.username}）" if obj.get_full_name() else obj.username


class MembershipForm(forms.ModelForm):
    """A person gets a role for a unit."""

    user = PersonField(
        label=_("用户"), queryset=User.objects.filter(is_active=True).order_by("username")
    )

    class Meta:
        model = Membership
        fields = ["user", "unit", "role", "valid_from", "valid_to"]
        widgets: dict[str, Any] = {"valid_from": AdminDateInput, "valid_to": AdminDateInput}


class MembershipDatesForm(forms.ModelForm):
    """When a role ends. Who holds it for whom never changes: that would be another membership."""

    class Meta:
        model = Membership
        fields = ["valid_from", "valid_to"]
        widgets = {"valid_from": AdminDateInput, "valid_to": AdminDateInput}


class WorkdayExceptionForm(forms.ModelForm):
    """A day off or a make-up day."""

    source = forms.CharField(
        label=_("依据"),
        max_length=200,
        help_text=_("写明国务院办公厅放假通知的文号。"),
    )

    class Meta:
        model = WorkdayException
        fields = ["date", "kind", "note", "source"]
        widgets = {"date": AdminDateInput}
