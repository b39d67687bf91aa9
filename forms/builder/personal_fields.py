"""The two questions about who a child is: its document, and the day it was born.

Numbers of documents: GB 11643-1999 (居民身份证; its sum also holds for the residence permits of
people from Hong Kong, Macao and Taiwan, whose numbers begin with 81, 82 and 83, and for the
foreigners' card since 2023, which begins with 9). A region nobody knows is no mistake: regions
come and go, numbers stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum.cn import ric

from forms.builder.conditions import age_on
from forms.builder.kinds import AgeLimit, FieldType, Role
from forms.builder.outline import Group
from forms.builder.questions import Question
from forms.builder.text import REPLACEMENT
from forms.vault.identifiers import normalise_identity

OLDEST_CHILD = 30
_LONGEST_INPUT = 200
_LONGEST_NUMBER = 40
_EARLIEST = date(1900, 1, 1)
_SPLIT_DAY = re.compile(r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})(?:日|号)?")
_EIGHT_DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


class Document(models.TextChoices):
    """Kinds of documents (证件类型) a child may have."""

    RESIDENT = "resident", gettext_lazy("居民身份证")
    PERMIT = "permit", gettext_lazy("港澳台居民居住证")
    FOREIGNER = "foreigner", gettext_lazy("外国人永久居留身份证")
    PASSPORT = "passport", gettext_lazy("护照")
    HOUSEHOLD = "household", gettext_lazy("户口簿")
    BIRTH = "birth", gettext_lazy("出生医学证明")
    OTHER = "other", gettext_lazy("其他证件")
    NONE = "none", gettext_lazy("暂无证件")


# ── the child's document ────────────────────────────────────────────────────────────────────────


class IdentityInput(forms.Widget):
    """A kind and a number; nothing is offered from what this browser has seen before."""

    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        return {part: str(data.get(f"{name}_{part}") or "") for part in ("kind", "number")}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}_kind" not in data and f"{name}_number" not in data

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_kind" if id_ else ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        attrs = attrs or {}
        context = {
            "name": name,
            "id": attrs.get("id", f"id_{name}"),
            "described_by": attrs.get("aria-describedby", ""),
            "invalid": attrs.get("aria-invalid", ""),
            "kinds": Document.choices,
            "value": value or {},
        }
        return render_to_string("builder/identity_input.html", context)


class IdentityAnswer(forms.Field):
    """Stored as {"kind": …, "number": letters and digits in capitals}; "" where nothing is said."""

    widget = IdentityInput
    default_error_messages = {"required": gettext_lazy("请选择证件类型，并填写号码。")}

    def clean(self, value: Any) -> dict[str, str] | str:
        given: Mapping[str, str] = value or {}
        kind = str(given.get("kind") or "")
        typed = str(given.get("number") or "")
        if not kind and not typed.strip():
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return ""
        if not kind:
            raise ValidationError(_("请选择这是哪一种证件的号码。"), code="kind")
        if kind not in Document.values:
            raise ValidationError(_("没有这种证件，请从列表中选择。"), code="kind")
        if kind == Document.NONE:
            return {"kind": kind, "number": ""}
        return {"kind": kind, "number": document_number(Document(kind), typed)}


def document_number(kind: Document, typed: str) -> str:
    """The number in its normal form. Raises ValidationError that says what is wrong with it."""
    if REPLACEMENT in typed or any("\ud800" <= character <= "\udfff" for character in typed):
        raise ValidationError(_("这里有无法识别的字符，请删去后重新输入。"), code="damaged")
    number = normalise_identity(typed[:_LONGEST_INPUT])
    if not number:
        raise ValidationError(
            _("请填写证件号码；没有证件的，证件类型请选“暂无证件”。"), code="number"
        )
    if len(typed) > _LONGEST_INPUT or len(number) > _LONGEST_NUMBER:
        raise ValidationError(_("号码太长，请核对。"), code="number")
    if mistake := _MISTAKES.get(kind, _no_mistake)(number):
        raise ValidationError(mistake, code="number")
    return number


def _no_mistake(number: str) -> str:
    return ""


def _resident(number: str) -> str:
    if number[:2] in ("81", "82", "83") and len(number) == 18:
        return _("81、82、83开头的是港澳台居民居住证的号码，请改选证件类型。")
    if len(number) == 15 and _is_digits(number):
        return _("15位的旧身份证号码已经停用，请填写18位的号码。")
    return _summed(_("身份证号码"), number)


def _permit(number: str) -> str:
    if number[:2] not in ("81", "82", "83"):
        return _("港澳台居民居住证的号码是18位，以81、82或83开头，请核对。")
    return _summed(_("居住证号码"), number)


def _foreigner(number: str) -> str:
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", number):
        return ""
    if len(number) == 18 and number.startswith("9"):
        return _summed(_("永久居留身份证号码"), number)
    return _("请填写15位（3个字母和12个数字）或者18位（以9开头）的号码。")


def _passport(number: str) -> str:
    fits = re.fullmatch(r"[A-Z0-9]{5,20}", number)
    return "" if fits else _("护照号码由5至20个字母和数字组成，例如 E12345678。")


def _birth_certificate(number: str) -> str:
    fits = re.fullmatch(r"[A-Z][0-9]{9}", number)
    return "" if fits else _("出生医学证明的编号是1个字母加9个数字，例如 A123456789。")


def _summed(name: str, number: str) -> str:
    """What is wrong with a number of 18 characters that ends with a check digit."""
    if len(number) != 18:
        return _("%(name)s应当是18位，现在是%(count)d位，请核对。") % {
            "name": name,
            "count": len(number),
        }
    if not _is_digits(number[:17]) or number[17] not in "0123456789X":
        return _("%s前17位都是数字，只有最后一位可以是字母X，请核对。") % name
    if _day_within(number) is None:
        return _("%s中间的出生日期（第7至14位）不是真实的日期，请核对。") % name
    if number[17] != ric.calc_check_digit(number):
        return _("%s最后一位与前面的数字对不上，请逐位核对。") % name
    return ""


_MISTAKES = {
    Document.RESIDENT: _resident,
    Document.PERMIT: _permit,
    Document.FOREIGNER: _foreigner,
    Document.PASSPORT: _passport,
    Document.BIRTH: _birth_certificate,
}


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _day_within(number: str) -> date | None:
    try:
        day = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return day if _EARLIEST <= day <= timezone.localdate() else None


def identity_text(value: Any) -> str:
    """A stored document for people to read."""
    if not isinstance(value, Mapping):
        return str(value or "")
    kind = value.get("kind", "")
    name = str(Document(kind).label) if kind in Document.values else str(kind)
    return f"{name} {value.get('number', '')}".strip()


def born_by_document(value: Any) -> date | None:
    """The day of birth a stored document's number holds, if it is of a kind that does."""
    if not isinstance(value, Mapping):
        return None
    number = str(value.get("number") or "")
    holds_a_day = value.get("kind") in (Document.RESIDENT, Document.PERMIT, Document.FOREIGNER)
    return _day_within(number) if holds_a_day and len(number) == 18 else None


def disagreement(
    rows: Sequence[Question | Group], answers: Mapping[str, Any], *, in_group: bool = False
) -> tuple[str, str] | None:
    """(key, sentence) where a child's document and its birth date name two different days.

    `rows` are those of one child: of the whole form or of one group's filling-in. Outside of a
    group only the document that is declared the child's is compared: there may be a parent's too.
    """
    questions = [row for row in rows if isinstance(row, Question)]
    documents = [q for q in questions if q.type == FieldType.IDENTITY]
    if not in_group:
        documents = [q for q in documents if q.role == Role.CHILD_IDENTITY]
    births = [q for q in questions if q.type == FieldType.BIRTH_DATE]
    if len(documents) != 1 or len(births) != 1:
        return None
    born, said = born_by_document(answers.get(documents[0].key)), answers.get(births[0].key)
    if born is None or not said or born.isoformat() == said:
        return None
    return births[0].key, _(
        "与证件号码里的出生日期（%(born)s）不一致，请核对“%(birth)s”和“%(document)s”。"
    ) % {"born": _written(born), "birth": births[0].label, "document": documents[0].label}


# ── the day it was born ─────────────────────────────────────────────────────────────────────────


class BirthDateAnswer(forms.Field):
    """A day in the past, stored as YYYY-MM-DD; `age_limit` is one of `kinds.AgeLimit`.

    One box to type in: a calendar that opens at today is a long way from 2013 on a small screen.
    The age counts on the day it is sent, by the clock of Asia/Shanghai.
    """

    widget = forms.TextInput
    default_error_messages = {
        "invalid": gettext_lazy("请填写孩子出生的年、月、日，例如 2015年6月1日 或 20150601。")
    }

    def __init__(self, *, age_limit: str = "", **kwargs: Any) -> None:
        self.age_limit = age_limit
        hint = _("例如 2015年6月1日 或 20150601。")
        said = kwargs.pop("help_text", "")
        super().__init__(help_text=format_html("{}<br>{}", said, hint) if said else hint, **kwargs)

    def clean(self, value: Any) -> str | None:
        text = "".join(unicodedata.normalize("NFKC", str(value or "")[:_LONGEST_INPUT]).split())
        if not text:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        born = self._day(text)
        self._check(born, timezone.localdate())
        return born.isoformat()

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "numeric", "autocomplete": "off", "class": "field__input--short"}

    def _day(self, text: str) -> date:
        found = _SPLIT_DAY.fullmatch(text) or _EIGHT_DIGITS.fullmatch(text)
        if found is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        year, month, day = (int(part) for part in found.groups())
        try:
            return date(year, month, day)
        except ValueError:
            if not (1 <= month <= 12 and 1 <= day <= 31 and year >= 1):
                raise ValidationError(self.error_messages["invalid"], code="invalid") from None
            message = _("%(year)d年%(month)d月没有%(day)d日，请核对。")
            parts = {"year": year, "month": month, "day": day}
            raise ValidationError(message, code="invalid", params=parts) from None

    def _check(self, born: date, today: date) -> None:
        if born > today:
            raise ValidationError(_("这个日期还没有到，请核对年份。"), code="future")
        age = age_on(born, today)
        if age >= OLDEST_CHILD:
            message = _("这里填的是孩子的出生日期；按这个日期已经%d岁，请核对。") % age
            raise ValidationError(message, code="too_old")
        if self.age_limit and age >= int(self.age_limit):
            raise ValidationError(_TOO_OLD[self.age_limit], code="age_limit")


_TOO_OLD = {
    AgeLimit.PERSONAL_DATA_CHILD.value: gettext_lazy(
        "这张表只供不满14周岁的孩子使用；按这个日期孩子已满14周岁。"
        "请到“我要求助”选择其他表单，或者拨打12345咨询。"
    ),
    AgeLimit.MIGRANT_CHILD.value: gettext_lazy(
        "这张表只供不满16周岁的流动儿童、留守儿童使用；按这个日期孩子已满16周岁。"
        "不满18周岁的，请到“我要求助”选择其他表单，或者拨打12345咨询。"
    ),
    AgeLimit.MINOR.value: gettext_lazy(
        "这张表只供不满18周岁的未成年人使用；按这个日期已满18周岁。需要帮助，请拨打12345咨询。"
    ),
}


def _written(day: date) -> str:
    return _("%(year)d年%(month)d月%(day)d日") % {
        "year": day.year,
        "month": day.month,
        "day": day.day,
    }
