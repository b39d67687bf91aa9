"""The form fields behind the questions: what they take, how they say no, what they give to store.

Every `clean` gives what canonical JSON knows: text, whole numbers, booleans, lists of text, null.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from forms.builder.attachments import Attached
from forms.builder.text import LONG_LIMIT, SHORT_LIMIT, Damaged, clean_text
from forms.vault.identifiers import is_phone, normalise_phone
from forms.vault.models import ConsentText
from forms.vault.normal import normalised

DAMAGED = _("这里有无法识别的字符，请删去后重新输入。")
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)
_DATE_FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"]
_MOST_CODE_POINTS_OF_A_NUMBER = 40
_LONGEST_INPUT = 1_000


class TextAnswer(forms.Field):
    """Text in its normal form. The browser gets no `maxlength`: it would cut a paste in silence."""

    widget: Any = forms.TextInput

    def __init__(self, *, lines: bool = False, **kwargs: Any) -> None:
        self.lines = lines
        self.limit = LONG_LIMIT if lines else SHORT_LIMIT
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        try:
            text = clean_text(str(value or ""), lines=self.lines)
        except Damaged:
            raise ValidationError(DAMAGED, code="damaged") from None
        if len(text) > self.limit:
            raise ValidationError(
                _("最多%(limit)d个字，现在有%(count)d个字。请删减后再提交。"),
                code="too_long",
                params={"limit": self.limit, "count": len(text)},
            )
        return text


class EmailAnswer(TextAnswer):
    widget = forms.EmailInput

    def to_python(self, value: Any) -> str:
        text = normalised("NFKC", super().to_python(value))
        if text:
            EmailValidator(message=_("请填写正确的电子邮箱，例如 name@example.com。"))(text)
        return text


class PhoneAnswer(TextAnswer):
    """A mainland number, stored as digits alone."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        normal = normalise_phone(text)
        if text and not is_phone(normal):
            raise ValidationError(
                _("请填写11位手机号码，或者带区号的固定电话，例如 024-12345678。"), code="phone"
            )
        return normal

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {
            "inputmode": "tel",
            "autocomplete": "tel",
            "class": "field__input--short",
        }


class NumberAnswer(forms.DecimalField):
    """Up to ten digits and two decimals: a whole number is stored as such, else as text."""

    widget = forms.TextInput
    default_error_messages = {
        "invalid": _("请填写数字，例如 12。"),
        "max_digits": _("数字太大，请核对。"),
        "max_whole_digits": _("数字太大，请核对。"),
        "max_decimal_places": _("小数点后最多两位。"),
        "min_value": _("请填写不小于%(limit_value)s的数字。"),
        "max_value": _("请填写不大于%(limit_value)s的数字。"),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, **kwargs)

    def to_python(self, value: Any) -> Any:
        text = normalised("NFKC", str(value or "")[:_LONGEST_INPUT]).strip()
        if len(text) > _MOST_CODE_POINTS_OF_A_NUMBER:
            raise ValidationError(self.error_messages["max_digits"], code="max_digits")
        return super().to_python(text)

    def clean(self, value: Any) -> Any:
        number = super().clean(value)
        if number is None:
            return None
        return int(number) if number == number.to_integral_value() else format(number, "f")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "class": "field__input--short"}


class DateAnswer(forms.DateField):
    """A day, stored as YYYY-MM-DD."""

    widget = forms.DateInput(
        attrs={"type": "date", "class": "field__input--short"}, format="%Y-%m-%d"
    )
    default_error_messages = {"invalid": _("请填写真实存在的日期，例如 2015年6月1日。")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=_DATE_FORMATS, **kwargs)

    def to_python(self, value: Any) -> date | None:
        text = normalised("NFKC", str(value or "")[:_LONGEST_INPUT]).replace(" ", "")
        day = super().to_python(text[:_MOST_CODE_POINTS_OF_A_NUMBER])
        if day is not None and not EARLIEST <= day <= LATEST:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return day

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        return None if day is None else day.isoformat()


class OneAnswer(forms.ChoiceField):
    default_error_messages = {"invalid_choice": _("请从列出的选项中选择。")}


class ManyAnswers(forms.MultipleChoiceField):
    """Several of the choices; `least` and `most` count where anything is ticked at all."""

    default_error_messages = {
        "invalid_choice": _("请从列出的选项中选择。"),
        "invalid_list": _("请从列出的选项中选择。"),
    }

    def __init__(self, *, least: int | None = None, most: int | None = None, **kwargs: Any) -> None:
        self.least, self.most = least, most
        super().__init__(**kwargs)

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if value and self.least is not None and len(value) < self.least:
            raise ValidationError(_("请至少选%d项。") % self.least, code="too_few")
        if value and self.most is not None and len(value) > self.most:
            raise ValidationError(_("最多选%d项，请去掉几项。") % self.most, code="too_many")


class FilesAnswer(forms.Field):
    """Photos and files. They were taken in one by one before (see `attachments`): the answer is
    what is held, never what a request names. Stored as a list of ids in the order they came."""

    widget = forms.FileInput

    def __init__(
        self,
        held: Sequence[Attached] = (),
        *,
        most: int,
        least: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.held = held
        self.most = most
        super().__init__(**kwargs)
        self.least = (1 if self.required else 0) if least is None else least

    def clean(self, value: Any) -> list[str]:
        if len(self.held) < self.least and (self.required or self.held):
            raise ValidationError(
                _("请至少上传%(count)d个照片或文件。"),
                params={"count": self.least},
                code="required",
            )
        return [str(one.uuid) for one in self.held]

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # No `capture`: a photo that was taken before is chosen as well.
        return {"accept": FILE_KINDS}


# What a telephone offers to choose from; what is taken in is decided by the content.
FILE_KINDS = (
    "image/jpeg,image/png,image/heic,image/heif,image/webp,.heic,.heif,application/pdf,.pdf"
)


class CountAnswer(forms.Field):
    """How many items of a group stand on the page. What is wrong with their number is said at the
    group: `mistake_target` is where it begins."""

    widget = forms.HiddenInput

    def __init__(self, mistake_target: str) -> None:
        self.mistake_target = mistake_target
        super().__init__(required=False)


class ConsentInput(forms.CheckboxInput):
    """A box whose value says which version of the text stood beside it."""

    def __init__(self, version: str) -> None:
        self.version = version
        super().__init__(check_test=lambda value: value == version)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return str(data.get(name) or "")

    def format_value(self, value: Any) -> str:
        return self.version


class ConsentAnswer(forms.Field):
    """That a text was read and ticked; stored as "key.version". Never ticked beforehand, and not
    asked for where it is no condition (a photo of the child)."""

    default_error_messages = {"required": _("请先阅读告知内容，再勾选。")}

    def __init__(self, text: ConsentText, *, also: str = "", **kwargs: Any) -> None:
        self.text = text
        self.accepted = {consent_value(text), also} - {""}
        super().__init__(**kwargs | {"initial": "", "widget": ConsentInput(consent_value(text))})

    def clean(self, value: Any) -> str:
        if not value and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        if value and value not in self.accepted:
            raise ValidationError(_("告知内容刚刚更新过，请重新阅读，再勾选。"), code="outdated")
        return str(value)


def consent_value(text: ConsentText) -> str:
    """What the box of a text sends."""
    return f"{text.key}.{text.version}"
