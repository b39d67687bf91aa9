"""A policy's clauses as the editor's form takes them: keys given, never typed.

Wagtail makes child rows anew with every revision, and a clause that was added to a draft has no row
at all. So the form carries each clause's key, signed for its policy: it can be brought back, and
can't be invented or taken from another document. Whoever has a row keeps that row's key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.apps import apps
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from modelcluster.forms import BaseChildFormSet
from wagtail.admin.forms.models import WagtailAdminModelForm

from home.directory.models import Department
from home.pages.whole_numbers import whole_number
from home.policies.keys import give_keys
from home.policies.placing import Numbered, Place, places

LEVEL_NAMES = {
    1: gettext_lazy("第一级，如“一、”"),
    2: gettext_lazy("第二级，如“（一）”"),
    3: gettext_lazy("第三级，如“1.”或“第一条”"),
    4: gettext_lazy("第四级，如“（1）”"),
}


def orphan_sentence(number: str, level: int) -> str:
    """What to do where a number asks for a clause above it and there is none."""
    return _(
        "“%(number)s”上面没有它所属的条款（如“%(above)s”）。请把它移到所属条款之后，"
        "或先加上那一条；确实没有上级的，请选定层级。"
    ) % {"number": number, "above": ("一、", "（一）", "1.")[level - 2]}


class DepartmentsInput(forms.HiddenInput):
    """The ids in one hidden field; the page has one list of departments for all its clauses."""

    def format_value(self, value: Any) -> str:
        return ",".join(str(getattr(one, "pk", one)) for one in value or ())

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        sent = data.getlist(name) if hasattr(data, "getlist") else [data.get(name) or ""]
        return [part for value in sent for part in str(value).split(",") if part]


class DepartmentsField(forms.Field):
    """Departments by id. `known` is set by the formset: one query for all its clauses."""

    widget = DepartmentsInput
    known: dict[int, Department] = {}

    def clean(self, value: list[str]) -> list[Department]:
        chosen = {whole_number(one) for one in value}
        if not chosen <= self.known.keys():
            raise ValidationError(_("选了一个不存在的部门。请在列表中重新选择责任部门。"))
        return [department for pk, department in self.known.items() if pk in chosen]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return {str(getattr(one, "pk", one)) for one in initial or ()} != set(data or ())


class ClauseForm(WagtailAdminModelForm):
    """One clause. Its key comes back signed as it went out; a level only where one was chosen."""

    key = forms.CharField(required=False, widget=forms.HiddenInput)
    chosen_level = forms.TypedChoiceField(
        label=gettext_lazy("层级"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", gettext_lazy("按序号自动判断")), *LEVEL_NAMES.items()],
    )
    departments = DepartmentsField(label=gettext_lazy("责任部门"), required=False)

    signer: signing.Signer
    registered: frozenset[str]

    @property
    def has_key(self) -> bool:
        """Whether this clause was given its key for ever."""
        return bool(self.instance.key) and self.instance.key in self.registered

    def clean_key(self) -> str:
        """The clause's key if it has one; empty where it is still to be given."""
        sent = self.cleaned_data["key"]
        if self.instance.pk is not None and self.has_key:
            own: str = self.instance.key
            if sent and sent != self.signer.sign(own):
                raise ValidationError(_("条款键不能修改。请刷新页面后重新编辑这一条。"))
            return own
        if not sent:
            return ""
        try:
            key = self.signer.unsign(sent)
        except signing.BadSignature:
            raise ValidationError(
                _("条款键不能填写，它在保存时自动给出。请刷新页面后重新编辑这一条。")
            ) from None
        return key if key in self.registered else ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if self.says_nothing and not self.is_deferred_validation:
            self.add_error("text", _("这一条没有内容了。请填写序号、标题或正文，或者删除这一条。"))
        return cleaned

    @property
    def says_nothing(self) -> bool:
        return not any(self.cleaned_data.get(name) for name in ("number", "heading", "text"))

    @property
    def is_blank(self) -> bool:
        """A row that was added and left empty: it is dropped without a word."""
        return self.instance.pk is None and self.says_nothing and not self.cleaned_data.get("key")


def _in_hand(policy: Any) -> None:
    """Takes the policy's clauses and their departments into memory, in two queries at most.

    Wagtail would change copies of its own and ask for the departments of each clause; what is
    placed anew without a word changed (a clause whose parent moved) would be lost.
    """
    clauses = policy.clauses.get_object_list()
    stored = [
        clause
        for clause in clauses
        if "departments" not in getattr(clause, "_cluster_related_objects", {})
    ]
    prefetch_related_objects(stored, "departments")
    for clause in stored:
        clause.departments = list(clause.departments.all())


class ClauseFormSet(BaseChildFormSet):
    """All clauses of a policy: their order, their places, their keys."""

    def __init__(
        self, data: Any = None, files: Any = None, instance: Any = None, **kwargs: Any
    ) -> None:
        if instance is not None:
            _in_hand(instance)
        self._placed = False
        super().__init__(data, files, instance=instance, **kwargs)

    @cached_property
    def known_departments(self) -> dict[int, Department]:
        return {department.pk: department for department in Department.objects.all()}

    @cached_property
    def registered(self) -> frozenset[str]:
        """Every key the policy ever gave."""
        keys = apps.get_model("policies", "ClauseKey").objects.order_by()
        owned = keys.filter(policy=self.instance.key_registry_id)
        return frozenset(owned.values_list("key", flat=True))

    @cached_property
    def _published_at_the_top(self) -> frozenset[str]:
        rows = self.model.objects.filter(
            page=self.instance.key_registry_id, page__live=True, parent_key=""
        )
        return frozenset(rows.values_list("key", flat=True))

    @cached_property
    def signer(self) -> signing.Signer:
        return signing.Signer(salt=f"policies.clause-key:{self.instance.key_registry_id}")

    def add_fields(self, form: ClauseForm, index: int | None) -> None:
        super().add_fields(form, index)
        # Wagtail's field asks the database for each row that it has in hand already.
        form.fields["id"] = forms.IntegerField(
            initial=form.instance.pk, required=False, widget=forms.HiddenInput
        )
        form.fields["departments"].known = self.known_departments
        form.signer, form.registered = self.signer, self.registered
        if form.has_key:
            form.initial["key"] = self.signer.sign(form.instance.key)
        else:
            form.initial["key"] = ""

    def get_queryset(self) -> Any:
        """The clauses in hand, each with its `place` and the level an editor chose against it."""
        clauses = super().get_queryset()
        if not self._placed:
            self._placed = True
            found = places([Numbered(clause.key, clause.number) for clause in clauses])
            for clause, place in zip(clauses, found, strict=True):
                clause.place = place
                clause.chosen_level = None if clause.level == place.level else clause.level
        return clauses

    def _construct_form(self, i: int, **kwargs: Any) -> ClauseForm:
        form: ClauseForm = super()._construct_form(i, **kwargs)
        form.initial["chosen_level"] = getattr(form.instance, "chosen_level", None)
        return form

    def _get_to_python(self, field: Any) -> Any:
        # A row that is gone or was never there is a new one, and its signed key says whose it is.
        return whole_number

    def _should_delete_form(self, form: ClauseForm) -> bool:
        return super()._should_delete_form(form) or (
            hasattr(form, "cleaned_data") and form.is_blank
        )

    def validate_unique(self) -> None:
        """Nothing to ask: `give_keys` gives no key twice, and `clean` takes none twice."""

    def clean(self) -> None:
        super().clean()
        rows = self._rows()
        seen: set[str] = set()
        for form in rows:
            key = form.cleaned_data.get("key")
            if key and key in seen:
                form.add_error("key", _("两条不能用同一个条款键。请刷新页面后重新编辑。"))
            seen.add(key or "")
        for form, place in zip(rows, self._places(rows), strict=True):
            # A draft may be half built; what was published without the clause above may stay so.
            if form.is_deferred_validation or not place.orphan:
                continue
            if form.cleaned_data.get("key") not in self._published_at_the_top:
                form.add_error("number", orphan_sentence(form.cleaned_data["number"], place.level))
        if not any(form.errors for form in rows):
            # The check before publishing and the change note read the clauses before they are kept.
            self._place(rows)

    def save(self, commit: bool = True) -> Any:
        self._place(self._rows())
        return super().save(commit)

    def _place(self, rows: list[ClauseForm]) -> None:
        """Gives the clauses their keys, levels and parents."""
        found = self._places(rows)
        kept = [form.cleaned_data.get("key") or None for form in rows]
        keys = give_keys([place.path for place in found], kept, self.registered)
        for form, place, key in zip(rows, found, keys, strict=True):
            clause = form.instance
            clause.key = key
            clause.level = place.level
            clause.parent_key = keys[place.parent] if place.parent is not None else ""

    def _rows(self) -> list[ClauseForm]:
        """The forms that stay, in the order of the page."""
        rows = [
            form
            for form in self.forms
            if hasattr(form, "cleaned_data") and not self._should_delete_form(form)
        ]
        return sorted(rows, key=lambda form: form.cleaned_data.get("ORDER") or len(rows))

    @staticmethod
    def _places(rows: Iterable[ClauseForm]) -> list[Place]:
        return places(
            [
                Numbered(
                    form.cleaned_data.get("key") or "",
                    form.cleaned_data.get("number") or "",
                    form.cleaned_data.get("chosen_level"),
                )
                for form in rows
            ]
        )
