"""The form with which the next version of a notice is written."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminModelForm

from forms.vault.models import ConsentText

# 儿童个人信息网络保护规定 10 and PIPL 17, 30: what a notice must say, by words it can't do without.
MUST_SAY = {
    "谁在处理": ("谁在处理",),
    "目的": ("为什么处理", "目的"),
    "方式": ("怎样处理", "方式"),
    "范围": ("处理哪些", "范围"),
    "存放地点": ("存放在哪里", "地点"),
    "期限": ("存放多久", "期限"),
    "到期以后怎样处理": ("到期",),
    "保护措施": ("怎样保护", "保护措施"),
    "不同意或者不提供会怎样": ("会怎样", "后果"),
    "投诉、举报渠道": ("投诉",),
    "更正、删除渠道": ("更正", "删除"),
    "备份保留": ("备份",),
}


def missing_items(body: str) -> list[str]:
    """What the law wants said and this text does not say."""
    return [item for item, words in MUST_SAY.items() if not any(word in body for word in words)]


class NextVersionForm(WagtailAdminModelForm):
    """A text in full, from the last version on. What was published is never edited."""

    class Meta:
        model = ConsentText
        fields = ("title", "statement", "body")
        widgets = {
            "body": forms.Textarea(attrs={"rows": 30}),
            "statement": forms.TextInput(),
        }
        help_texts = {
            "body": _("“一、”以前的部分直接显示，编号的各项可以展开。每一项空一行。"),
            "statement": _("家庭勾选的那一句话，从“我”说起。"),
        }

    def clean_body(self) -> str:
        body = str(self.cleaned_data["body"]).replace("\r\n", "\n").strip()
        if missing := missing_items(body):
            raise ValidationError(_("还没有写：%s。请补上再发布。") % _("、").join(missing))
        return body
