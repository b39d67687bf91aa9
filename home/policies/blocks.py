"""Blocks of interpretations: the four forms an explanation comes in, each with its words.

A picture and a video carry their text: who can't see or hear them, who prints the page, and who
searches, get the same explanation.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

from home.pages import recorder
from home.pages.films import CAPTION_TYPES, VIDEO_TYPES

RICH_TEXT_FEATURES = ["bold", "ol", "ul", "link", "document-link"]


class QuestionAnswerBlock(blocks.StructBlock):
    """A question people ask and its answer (问答)."""

    question = blocks.CharBlock(label=gettext_lazy("问"), max_length=120)
    answer = blocks.RichTextBlock(label=gettext_lazy("答"), features=RICH_TEXT_FEATURES)

    class Meta:
        icon = "help"
        label = gettext_lazy("问答")
        template = "policies/blocks/question_answer.html"

    def words(self, value: Any) -> list[str]:
        return [value["question"], strip_tags(str(value["answer"]))]


class TextBlock(blocks.RichTextBlock):
    """Plain explanation (文字)."""

    class Meta:
        icon = "pilcrow"
        label = gettext_lazy("文字")

    def words(self, value: Any) -> list[str]:
        return [strip_tags(str(value))]


class PictureBlock(blocks.StructBlock):
    """A picture that explains (图解), and what it says in words."""

    title = blocks.CharBlock(label=gettext_lazy("标题"), max_length=80)
    image = ImageChooserBlock(label=gettext_lazy("图片"))
    text = blocks.RichTextBlock(
        label=gettext_lazy("图解的文字内容"),
        features=RICH_TEXT_FEATURES,
        help_text=gettext_lazy("把图里的内容完整写成文字：看不到图片的人、打印和搜索都靠它。"),
    )

    class Meta:
        icon = "image"
        label = gettext_lazy("图解")
        template = "policies/blocks/picture.html"

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(value, parent_context)
        if value["image"] is not None:
            recorder.note("image", value["image"].pk)
        return context

    def words(self, value: Any) -> list[str]:
        return [value["title"], strip_tags(str(value["text"]))]


class VideoBlock(blocks.StructBlock):
    """A film that explains (视频), kept here and nowhere else, with what is said in it."""

    title = blocks.CharBlock(label=gettext_lazy("标题"), max_length=80)
    video = DocumentChooserBlock(
        label=gettext_lazy("视频文件"),
        help_text=gettext_lazy("MP4 或 WebM 文件，先在“文档”中上传；不引用外部网站的视频。"),
    )
    poster = ImageChooserBlock(label=gettext_lazy("封面图片"), required=False)
    captions = DocumentChooserBlock(
        label=gettext_lazy("字幕文件"), required=False, help_text=gettext_lazy("WebVTT（.vtt）")
    )
    transcript = blocks.RichTextBlock(
        label=gettext_lazy("文字稿"),
        features=RICH_TEXT_FEATURES,
        help_text=gettext_lazy("视频里说的话和重要的画面，完整写成文字。"),
    )

    class Meta:
        icon = "media"
        label = gettext_lazy("视频")
        template = "policies/blocks/video.html"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        wrong: dict[str, ValidationError] = {}
        # A draft may wait for its film; whether one has to be there is the chooser's to say.
        if cleaned["video"] and _suffix(cleaned["video"]) not in VIDEO_TYPES:
            wrong["video"] = ValidationError(_("请选 MP4 或 WebM 视频文件。"))
        if cleaned["captions"] and _suffix(cleaned["captions"]) not in CAPTION_TYPES:
            wrong["captions"] = ValidationError(_("字幕请选 WebVTT（.vtt）文件。"))
        if wrong:
            raise blocks.StructBlockValidationError(block_errors=wrong)
        return cleaned

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(value, parent_context)
        video = value["video"]
        for name in ("video", "captions"):
            if value[name] is not None:
                recorder.note("document", value[name].pk)
        if value["poster"] is not None:
            recorder.note("image", value["poster"].pk)
        context["video_type"] = VIDEO_TYPES.get(_suffix(video), "") if video is not None else ""
        return context

    def words(self, value: Any) -> list[str]:
        return [value["title"], strip_tags(str(value["transcript"]))]


def _suffix(document: Any) -> str:
    return PurePath(document.file.name).suffix.lower() if document is not None else ""


class InterpretationBody(blocks.StreamBlock):
    """What an interpretation may be made of."""

    question_answer = QuestionAnswerBlock()
    paragraph = TextBlock(features=RICH_TEXT_FEATURES)
    picture = PictureBlock()
    video = VideoBlock()


# How readers are told in a list what they will find, in this order.
FORMS = {
    "question_answer": gettext_lazy("问答"),
    "paragraph": gettext_lazy("文字"),
    "picture": gettext_lazy("图解"),
    "video": gettext_lazy("视频"),
}


def forms_of(body: Any) -> list[str]:
    """In which forms a body explains (问答, 图解), read without making its blocks."""
    types = {block["type"] for block in body.raw_data}
    return [str(name) for block_type, name in FORMS.items() if block_type in types]
