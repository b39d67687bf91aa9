"""The form page's form in the admin: what may be typed, and each problem said where it is."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from modelcluster.forms import BaseChildFormSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.contrib.forms.forms import WagtailAdminFormPageForm

from forms.builder import handlers
from forms.builder.condition_problems import shape_problem
from forms.builder.conditions import with_other_keys
from forms.builder.kinds import SETTINGS, FieldType
from forms.builder.offered import notices, terms
from forms.builder.problems import Problem, problems_of
from forms.builder.questions import question_of
from home.pages.page_form import AddressedForm

__all__ = ["ConditionField", "FormFieldForm", "FormPageForm", "Problem", "problems_of"]

LONGEST_CONDITION = 10_000
_LIST_MARK = re.compile(r"\s*(?:[•·▪●○◦■□◆❖➢✓\uf0a7-\uf0fc–—-]|[(（]?[0-9]{1,2}[.、)）]?)\t+\s*")


class ConditionField(forms.CharField):
    """A condition as text: the script draws a sentence over it, without script it is typed."""

    widget = forms.Textarea(attrs={"rows": 3, "data-condition": "", "spellcheck": "false"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, strip=True, **kwargs)

    def prepare_value(self, value: Any) -> str:
        if value is None or isinstance(value, str):
            return value or ""
        return json.dumps(value, ensure_ascii=False)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) if isinstance(value, str | None) else value
        if not text:
            return None
        tree = self._read(text) if isinstance(text, str) else text
        if tree in (None, {}):
            return None
        if problem := shape_problem(tree):
            raise ValidationError(problem, code="condition")
        return tree

    def _read(self, text: str) -> Any:
        unreadable = ValidationError(
            _("这里不是一个条件，请清空后用“添加条件”重新设置。"), code="condition"
        )
        if len(text) > LONGEST_CONDITION:
            raise unreadable
        try:
            # A fraction stays the text it is: as a number it has no single spelling.
            return json.loads(text, parse_float=str, parse_constant=str)
        except (ValueError, RecursionError):
            raise unreadable from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != self.to_python(initial))
        except ValidationError:
            return True


class PlainSelect(forms.Select):
    """A list of choices that draws its options itself: Django renders a template for each of the
    fifty options of a row. A value that is no longer offered stays chosen, and says so."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        chosen = "" if value is None else str(value)
        offered = [(str(code), label) for code, label in self.choices]
        if chosen and chosen not in dict(offered):
            offered.append((chosen, _("（已经没有）%s") % chosen))
        options = format_html_join(
            "",
            "<option{}>{}</option>",
            (
                (flatatt({"value": code, "selected": code == chosen}), label)
                for code, label in offered
            ),
        )
        attributes = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return format_html("<select{}>{}</select>", attributes, options)


class Lines(forms.Textarea):
    """Choices, a line each."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 4, **(attrs or {})})


class FormFieldForm(WagtailAdminModelForm):
    """One row. The row that ends a group needs no words."""

    # What is offered is set by the formset, once for all rows; `problems` checks what is chosen.
    text_key = forms.CharField(label=gettext_lazy("告知书"), required=False, widget=PlainSelect)
    retention = forms.CharField(label=gettext_lazy("保存期限"), required=False, widget=PlainSelect)
    condition = ConditionField(
        label=gettext_lazy("显示条件"),
        help_text=gettext_lazy("满足条件才显示这一行；不设条件就总是显示。只能问前面的问题。"),
    )

    class Meta:
        # A row that is only begun is kept: the page saves itself after every step.
        defer_required_on_fields = ["label"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, said in _HELP.items():
            if name in self.fields:
                self.fields[name].help_text = said
        if "field_type" in self.fields:
            self.fields["field_type"].choices = FieldType.choices
        for name, said in _NOTHING_CHOSEN.items():
            if name in self.fields:
                self.fields[name].choices = [("", said), *self.fields[name].choices[1:]]
        if self._ends_a_group():
            self.fields["label"].required = False

    def clean_choices(self) -> str:
        """Lines as they come from a list in Word lose its marks, each followed by a tab."""
        lines = str(self.cleaned_data["choices"]).splitlines()
        return "\n".join(_LIST_MARK.sub("", line).replace("\t", " ") for line in lines)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if self._ends_a_group() and not cleaned.get("label"):
            cleaned["label"] = str(FieldType.GROUP_END.label)
        for name, nothing in _LEFT_BEHIND.items():
            if name in cleaned and cleaned.get("field_type") not in SETTINGS[name]:
                cleaned[name] = nothing
        return cleaned

    def _ends_a_group(self) -> bool:
        return self["field_type"].value() == FieldType.GROUP_END


class FormFieldFormSet(BaseChildFormSet):
    """The rows of a form. What their lists offer is asked of the database once."""

    @cached_property
    def notices(self) -> list[tuple[str, str]]:
        return [("", _("请选择")), *notices().items()]

    @cached_property
    def terms(self) -> list[tuple[str, str]]:
        return [("", _("按用途的规定")), *terms().items()]

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["text_key"].widget.choices = self.notices
        form.fields["retention"].widget.choices = self.terms


# What a row of another type may have left in a setting that nobody sees any more.
_LEFT_BEHIND = {
    "least": None,
    "most": None,
    "age_limit": "",
    "text_key": "",
    "sensitivity": "",
    "retention": "",
    "condition": None,
}
_NOTHING_CHOSEN = {
    "sensitivity": gettext_lazy("按问题的类型和含义"),
    "age_limit": gettext_lazy("不限年龄"),
}
_HELP = {
    "sensitivity": gettext_lazy("个人信息在办理页面上先遮盖，按需查看。"),
    "least": gettext_lazy("数字的最小值；多选、文件、可重复的组至少几个。"),
    "most": gettext_lazy("数字的最大值；多选、文件、可重复的组至多几个。"),
    "retention": gettext_lazy("比整份材料先到期的答案单独删除；不选就和整份一起保存。"),
    "age_limit": gettext_lazy("按提交那一天的周岁计算。三种年龄出自不同的规定，不能互相代替。"),
    "why": gettext_lazy("写给填表的人看。看不出为什么要问的，请写明。"),
    "role": gettext_lazy("告诉系统答案怎样用，例如由谁办理；没有特别用处的不选。"),
}


class FormPageForm(AddressedForm, WagtailAdminFormPageForm):
    """The page form of `FormPage` in the admin; says each problem where it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            choices = [("", _("请选择")), *handlers.kinds()]
            self.fields["kind"] = forms.ChoiceField(
                label=self.fields["kind"].label,
                help_text=self.fields["kind"].help_text,
                choices=choices,
            )
        if "most_submissions" in self.fields:
            self.fields["most_submissions"].min_value = 1

    def clean(self) -> dict[str, Any]:
        rows = self._rows()
        _give_each_row_its_key(rows)
        cleaned: dict[str, Any] = super().clean()
        self._check_times(cleaned)
        questions = [question_of(row.instance) for row in rows]
        for problem in problems_of(cleaned.get("kind") or "", questions):
            if problem.unfinished and self.is_deferred_validation:
                continue
            target = self if problem.row is None else rows[problem.row]
            if problem.field in target.fields:
                target.add_error(problem.field, problem.message)
            else:
                target.add_error(None, problem.message)
        return cleaned

    def _rows(self) -> list[Any]:
        formset = self.formsets.get("form_fields")
        if formset is None:
            return []
        for row in formset.forms:
            row.is_valid()
        rows = [row for row in formset.forms if not row.cleaned_data.get("DELETE")]
        # What was moved is sent where it was, with its place beside it.
        last = len(formset.forms) + 1
        places = [row.cleaned_data.get("ORDER") for row in rows]
        order = sorted(range(len(rows)), key=lambda at: last if places[at] is None else places[at])
        return [rows[at] for at in order]

    def _check_times(self, cleaned: dict[str, Any]) -> None:
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens and closes and opens >= closes:
            self.add_error("closes_at", _("截止的时间应当在开始的时间以后。"))
        if cleaned.get("most_submissions") == 0:
            self.add_error("most_submissions", _("请填写1以上的整数；不限份数请留空。"))


def _give_each_row_its_key(rows: Sequence[Any]) -> None:
    """Keys travel with the rows through the editor, and a new row gets its own in the browser.

    Where a key came twice or is none of ours the row is given another; conditions that asked the
    row by a name that nobody has any more follow it.
    """
    from forms.builder.models import FIELD_KEY, new_field_key

    seen: set[str] = set()
    renamed: dict[str, str] = {}
    for row in rows:
        sent, stored = row.cleaned_data.get("clean_name"), row.initial.get("clean_name")
        usable = [key for key in (sent, stored) if FIELD_KEY.fullmatch(key or "")]
        key = next((key for key in usable if key not in seen), new_field_key())
        seen.add(key)
        if sent and sent != key:
            renamed.setdefault(sent, key)
        # The formset compares what was cleaned, the page stores the instance.
        row.cleaned_data["clean_name"] = row.instance.clean_name = key
    renamed = {sent: key for sent, key in renamed.items() if sent not in seen}
    for row in rows:
        condition = row.cleaned_data.get("condition")
        if renamed and condition:
            followed = with_other_keys(condition, renamed)
            row.cleaned_data["condition"] = row.instance.condition = followed
