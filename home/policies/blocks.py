"""Blocks of interpretations."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

RICH_TEXT_FEATURES = ["bold", "ol", "ul", "link", "document-link"]


class QuestionAnswerBlock(blocks.StructBlock):
    """A question people ask and its answer (问答)."""

    question = blocks.CharBlock(label=_("问"), max_length=120)
    answer = blocks.RichTextBlock(label=_("答"), features=RICH_TEXT_FEATURES)

    class Meta:
        icon = "help"
        label = _("问答")
        template = "policies/blocks/question_answer.html"


class InterpretationBody(blocks.StreamBlock):
    """What an interpretation may be made of."""

    question_answer = QuestionAnswerBlock()
    paragraph = blocks.RichTextBlock(label=_("段落"), features=RICH_TEXT_FEATURES)
