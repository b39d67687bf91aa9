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
    IDENTITY = "identity", _("证件（类型和号码）")
    BIRTH_DATE = "birth_date", _("孩子出生日期")
    FILES = "files", _("照片和文件")
    STATEMENT = "statement", _("说明文字")
    SECTION = "section", _("小标题")
    SCREEN = "screen", _("新的一页（从这里开始）")
    GROUP = "group", _("可重复的一组（从这里开始）")
    GROUP_END = "group_end", _("可重复的一组（到这里结束）")


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


class Sensitivity(models.TextChoices):
    """How an answer is guarded: masked from `PERSONAL` on, revealed with a reason."""

    PUBLIC = "public", _("可公开")
    INTERNAL = "internal", _("内部")
    PERSONAL = "personal", _("个人信息")
    SENSITIVE = "sensitive", _("敏感个人信息")


class AgeLimit(models.TextChoices):
    """Three different ages of three different rules (domain.md 10); never one for another."""

    PERSONAL_DATA_CHILD = "14", _("不满14周岁（儿童个人信息）")
    MIGRANT_CHILD = "16", _("不满16周岁（流动儿童、留守儿童）")
    MINOR = "18", _("不满18周岁（未成年人）")


# Rows that give a form its shape and take no answer.
SHAPE_TYPES = frozenset(
    {
        FieldType.STATEMENT.value,
        FieldType.SECTION.value,
        FieldType.SCREEN.value,
        FieldType.GROUP_END.value,
    }
)
# What is asked once, and why it can't stand in a group.
NOT_IN_GROUP = {
    FieldType.CONSENT.value: _(
        "“告知与同意”对整份材料只说一次，不能放在可重复的组里，请移到组的外面。"
    ),
    FieldType.CLAUSE.value: _("一份材料只说一条政策条款，不能放在可重复的组里，请移到组的外面。"),
    FieldType.FILES.value: _(
        "“照片和文件”不能放在可重复的组里：组会填几遍，文件却是整份材料一起交的，分不清属于哪一遍。"
        "请移到组的外面，并在填写提示里写明要谁的、什么文件。"
    ),
}
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
    Role.CHILD_AGE.value: _ONE_OF | {FieldType.NUMBER.value, FieldType.BIRTH_DATE.value},
    Role.CHILD_IDENTITY.value: frozenset({FieldType.SINGLELINE.value, FieldType.IDENTITY.value}),
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
        FieldType.IDENTITY.value,
        FieldType.BIRTH_DATE.value,
        FieldType.FILES.value,
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
# What may be asked of an answer in a condition, by the type of its question (see `conditions`).
_CHOSEN = ("equals", "one_of", "answered")
OPERATORS_OF_TYPE: dict[str, tuple[str, ...]] = {
    FieldType.DROPDOWN.value: _CHOSEN,
    FieldType.RADIO.value: _CHOSEN,
    FieldType.CHECKBOXES.value: ("contains", "answered"),
    FieldType.CHECKBOX.value: ("answered",),
    FieldType.CONSENT.value: ("answered",),
    FieldType.NUMBER.value: ("at_least", "less_than", "equals", "answered"),
    FieldType.BIRTH_DATE.value: ("younger_than", "answered"),
    FieldType.AREA.value: ("within", "answered"),
    FieldType.RESIDENCE_AREA.value: ("within", "answered"),
    FieldType.DATE.value: ("answered",),
    FieldType.SINGLELINE.value: ("answered",),
    FieldType.MULTILINE.value: ("answered",),
    FieldType.EMAIL.value: ("answered",),
    FieldType.PHONE.value: ("answered",),
    FieldType.IDENTITY.value: ("answered",),
    FieldType.FILES.value: ("answered",),
    FieldType.CLAUSE.value: ("answered",),
    FieldType.GROUP.value: ("answered",),
}
# Of these "least" and "most" say something: a number's value, otherwise how many.
LIMITED_TYPES = frozenset(
    {
        FieldType.NUMBER.value,
        FieldType.CHECKBOXES.value,
        FieldType.FILES.value,
        FieldType.GROUP.value,
    }
)
MOST_ROWS = 200
MOST_FILES = 10
MOST_TIMES = 20
MOST_CHOICES = 100

# Which settings of a row its type uses; the others aren't shown, and what stood there is dropped.
_ANSWERED = frozenset(OPERATORS_OF_TYPE)
_TOLD = frozenset({FieldType.CONSENT.value, FieldType.CLAUSE.value})
_SPOKEN = frozenset(FieldType.values) - {FieldType.GROUP_END.value}
SETTINGS: dict[str, frozenset[str]] = {
    "label": _SPOKEN,
    "help_text": _SPOKEN,
    "condition": _SPOKEN,
    "why": _ANSWERED,
    "required": _ANSWERED - {FieldType.GROUP.value, FieldType.CLAUSE.value},
    "role": frozenset().union(*TYPES_OF_ROLE.values()),
    "choices": CHOICE_TYPES,
    "text_key": frozenset({FieldType.CONSENT.value}),
    "least": LIMITED_TYPES,
    "most": LIMITED_TYPES,
    "age_limit": frozenset({FieldType.BIRTH_DATE.value}),
    "sensitivity": _ANSWERED - _TOLD,
    "retention": _ANSWERED - _TOLD,
}
