"""What a field may be, what its answer may mean, and which go together."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FieldType(models.TextChoices):
    SINGLELINE = "singleline", _("短文字")
    MULTILINE = "multiline", _("长文字")
    NUMBER = "number", _("数字")
    DATE = "date", _("日期")
    DROPDOWN = "dropdown", _("下拉单选")
    RADIO = "radio", _("单选")
    CHECKBOX = "checkbox", _("勾选框")
    CHECKBOXES = "checkboxes", _("多选")
    EMAIL = "email", _("电子邮箱")
    PHONE = "phone", _("电话")
    AREA = "area", _("全国地区（省、市、县）")
    RESIDENCE_AREA = "residence_area", _("辽宁省内地区（市、县）")
    CONSENT = "consent", _("告知与同意")
    CLAUSE = "clause", _("政策条款（由链接带入）")
    STATEMENT = "statement", _("说明文字")


class Role(models.TextChoices):
    """What an answer means to the handler, whatever the editor calls the question."""

    NONE = "", _("无特别含义")
    APPLICANT = "applicant", _("求助人身份")
    AGE_GROUP = "age_group", _("孩子年龄段")
    MATTER = "matter", _("事项")
    RESIDENCE = "residence", _("居住地")
    REGISTRATION = "registration", _("户籍地")
    STORY = "story", _("情况说明")
    PHONE = "phone", _("联系电话")
    SAFE_TIME = "safe_time", _("方便接听时间")
    EMAIL = "email", _("电子邮箱")
    DANGER = "danger", _("是否处于危险中")
    CONSENT = "consent", _("告知与同意")
    SESSION = "session", _("场次")
    CHILD_NAME = "child_name", _("孩子姓名")
    CHILD_AGE = "child_age", _("孩子年龄")
    CHILD_IDENTITY = "child_identity", _("孩子证件号码")
    GUARDIAN_PHONE = "guardian_phone", _("监护人电话")
    CLAUSE = "clause", _("所指的政策条款")


CHOICE_TYPES = frozenset(
    {FieldType.DROPDOWN.value, FieldType.RADIO.value, FieldType.CHECKBOXES.value}
)
_ONE_OF = frozenset({FieldType.DROPDOWN.value, FieldType.RADIO.value})

# A role whose answer leaves the sealed record (routing columns, consent rows) takes chosen values
# only: typed words never get there.
TYPES_OF_ROLE: dict[str, frozenset[str]] = {
    Role.APPLICANT.value: _ONE_OF,
    Role.AGE_GROUP.value: _ONE_OF,
    Role.MATTER.value: _ONE_OF,
    Role.RESIDENCE.value: frozenset({FieldType.RESIDENCE_AREA.value}),
    Role.REGISTRATION.value: frozenset({FieldType.AREA.value}),
    Role.STORY.value: frozenset({FieldType.MULTILINE.value}),
    Role.PHONE.value: frozenset({FieldType.PHONE.value}),
    Role.SAFE_TIME.value: _ONE_OF | {FieldType.SINGLELINE.value},
    Role.EMAIL.value: frozenset({FieldType.EMAIL.value}),
    Role.DANGER.value: frozenset({FieldType.RADIO.value}),
    Role.CONSENT.value: frozenset({FieldType.CONSENT.value}),
    Role.SESSION.value: _ONE_OF,
    Role.CHILD_NAME.value: frozenset({FieldType.SINGLELINE.value}),
    Role.CHILD_AGE.value: _ONE_OF | {FieldType.NUMBER.value},
    Role.CHILD_IDENTITY.value: frozenset({FieldType.SINGLELINE.value}),
    Role.GUARDIAN_PHONE.value: frozenset({FieldType.PHONE.value}),
    Role.CLAUSE.value: frozenset({FieldType.CLAUSE.value}),
}
# Questions that only make sense where a form is about somebody.
PERSONAL_TYPES = frozenset(
    {
        FieldType.EMAIL.value,
        FieldType.PHONE.value,
        FieldType.AREA.value,
        FieldType.RESIDENCE_AREA.value,
    }
)
PERSONAL_ROLES = frozenset(
    {
        Role.APPLICANT.value,
        Role.AGE_GROUP.value,
        Role.SAFE_TIME.value,
        Role.CHILD_NAME.value,
        Role.CHILD_AGE.value,
        Role.CHILD_IDENTITY.value,
    }
)
