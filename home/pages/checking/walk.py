"""Goes through everything a page of any type says, with the place of each piece.

Works on the page in hand, which may be a row, a revision or an unsaved form: model fields, rich
text, blocks and inline children alike. `field` is the path by which Wagtail's editor names a field
(its content path): `title`, `clauses.12.text`, `body.<block id>.answer`. A child that was never
saved has no id; its place among its like stands for it (`clauses.@3.text`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple

from django.db import models
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel, get_all_child_relations
from wagtail import blocks
from wagtail.documents import get_document_model
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.embeds.blocks import EmbedBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.images import get_image_model
from wagtail.images.blocks import ImageBlock, ImageChooserBlock
from wagtail.models import COMMENTS_RELATION_NAME, Page
from wagtail.rich_text import RichText as RichTextValue

from home.pages.checking.richtext import read_rich_text
from home.pages.whole_numbers import whole_number


class Spot(NamedTuple):
    """Where something stands: in words for people, as a path for the editor."""

    place: str = ""
    field: str = ""

    def below(self, label: object, step: object) -> Spot:
        """One step further in; a step that needs no words has an empty label."""
        place = " · ".join(part for part in (self.place, str(label)) if part)
        return Spot(place, f"{self.field}.{step}" if self.field else str(step))


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text: a line for a paragraph."""

    words: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a page or a document by its id, or to an address as it was typed."""

    spot: Spot
    page_id: int | None = None
    document_id: int | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in use. `alt` is None where its own description has to serve."""

    spot: Spot
    image_id: int
    alt: str | None = None
    decorative: bool = False


@dataclass(frozen=True, slots=True)
class Video:
    """A video, and what stands beside it for those who can't hear or see it."""

    spot: Spot
    transcript: str = ""


@dataclass(slots=True)
class Content:
    """Everything a page says, in the order of its fields."""

    texts: list[Text] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    videos: list[Video] = field(default_factory=list)
    # Where the links lead, once somebody has looked (home.pages.checking.links).
    targets: list[Any] | None = None

    def add_words(self, words: object, spot: Spot) -> None:
        if words and str(words).strip():
            self.texts.append(Text(str(words), spot))

    def add_rich_text(self, html: str, spot: Spot) -> None:
        if not html:
            return
        found = read_rich_text(html)
        self.add_words(found.words, spot)
        for link in found.links:
            self.links.append(_rich_link(link, spot))
        for embed in found.embeds:
            if embed.get("embedtype") != "image":
                self.videos.append(Video(spot))
                continue
            alt = embed.get("alt")
            if (image_id := whole_number(embed.get("id") or "")) is not None:
                self.pictures.append(Picture(spot, image_id, alt or "", decorative=alt == ""))
            if alt:
                self.add_words(alt, spot)


# While `findings` runs, each page is walked once however many checks ask.
_walked: ContextVar[dict[int, Content] | None] = ContextVar("walked_pages", default=None)


@contextmanager
def walking_once() -> Iterator[None]:
    """Inside, a page is gone through once; it must not change meanwhile."""
    token = _walked.set({})
    try:
        yield
    finally:
        _walked.reset(token)


def content_of(page: Page) -> Content:
    """Everything the page says. A query for each kind of inline children not loaded yet."""
    walked = _walked.get()
    if walked is None:
        return _walk(page)
    if id(page) not in walked:
        walked[id(page)] = _walk(page)
    return walked[id(page)]


def _walk(page: Page) -> Content:
    content = Content()
    _walk_fields(page, Spot(), content)
    return content


# Of Wagtail's own fields of a page these are written by the editor and read by the public.
_SAID_BY_EVERY_PAGE = frozenset({"title", "seo_title", "search_description"})


@cache
def _fields_of(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    """The fields of a model that an editor fills in."""
    wagtails = {f.name for f in Page._meta.get_fields()} if issubclass(model, Page) else set()
    return tuple(
        f
        for f in model._meta.concrete_fields
        if f.editable
        and not f.primary_key
        and not f.choices
        and not isinstance(f, ParentalKey | models.SlugField)
        and f.name not in wagtails - _SAID_BY_EVERY_PAGE
        and not (f.remote_field and getattr(f.remote_field, "parent_link", False))
    )


@cache
def _children_of(model: type[models.Model]) -> tuple[Any, ...]:
    if not issubclass(model, ClusterableModel):
        return ()
    return tuple(
        relation
        for relation in get_all_child_relations(model)
        if relation.get_accessor_name() != COMMENTS_RELATION_NAME
    )


def _walk_fields(instance: models.Model, spot: Spot, content: Content) -> None:
    for each in _fields_of(type(instance)):
        here = spot.below(each.verbose_name, each.name)
        if isinstance(each, models.ForeignKey):
            _walk_key(each, getattr(instance, each.attname), here, content)
        elif isinstance(each, StreamField):
            value = getattr(instance, each.name)
            _walk_stream(value, Spot(spot.place, here.field), content)
        elif isinstance(each, RichTextField):
            content.add_rich_text(getattr(instance, each.name), here)
        elif isinstance(each, models.URLField):
            if address := getattr(instance, each.name):
                content.links.append(Link(here, address=address))
        elif isinstance(each, models.CharField | models.TextField):
            content.add_words(getattr(instance, each.name), here)
    for relation in _children_of(type(instance)):
        name = relation.get_accessor_name()
        label = relation.related_model._meta.verbose_name
        children = list(getattr(instance, name).all())
        say = getattr(relation.related_model, "places_in_words", None)
        places = say(children) if say else [f"{label}第{n}项" for n, _ in enumerate(children, 1)]
        for number, (child, place) in enumerate(zip(children, places, strict=True), start=1):
            below = spot.below(place, name)
            _walk_fields(child, below.below("", child.pk or f"@{number}"), content)


def _walk_key(each: models.ForeignKey[Any, Any], pk: Any, spot: Spot, content: Content) -> None:
    if pk is None:
        return
    related = each.related_model
    if issubclass(related, Page):
        content.links.append(Link(spot, page_id=pk))
    elif issubclass(related, get_image_model()):
        content.pictures.append(Picture(spot, pk))
    elif issubclass(related, get_document_model()):
        content.links.append(Link(spot, document_id=pk))


def _walk_stream(stream: Iterable[Any], spot: Spot, content: Content) -> None:
    """Blocks one below the other: the second 问答 is 问答第2条."""
    count: Counter[str] = Counter()
    for child in stream:
        count[child.block_type] += 1
        place = f"{child.block.label}第{count[child.block_type]}条"
        _walk_block(child.block, child.value, spot.below(place, child.id), content)


def _walk_block(block: blocks.Block, value: Any, spot: Spot, content: Content) -> None:
    if value is None or value == "":
        return
    if isinstance(block, ImageBlock):  # a StructBlock whose value is the picture itself
        if value.pk:
            alt = value.contextual_alt_text
            content.pictures.append(Picture(spot, value.pk, alt or "", bool(value.decorative)))
            content.add_words(alt, spot)
    elif isinstance(block, blocks.BaseStructBlock):
        _walk_struct(block, value, spot, content)
    elif isinstance(block, blocks.ListBlock):
        for number, item in enumerate(value.bound_blocks, start=1):
            here = spot.below(f"第{number}项", item.id)
            _walk_block(block.child_block, item.value, here, content)
    elif isinstance(block, blocks.BaseStreamBlock):
        _walk_stream(value, spot, content)
    elif isinstance(value, RichTextValue):
        content.add_rich_text(value.source, spot)
    elif isinstance(block, ImageChooserBlock):
        content.pictures.append(Picture(spot, value.pk))
    elif isinstance(block, DocumentChooserBlock):
        content.links.append(Link(spot, document_id=value.pk))
    elif isinstance(block, blocks.PageChooserBlock):
        content.links.append(Link(spot, page_id=value.pk))
    elif isinstance(block, EmbedBlock):
        content.videos.append(Video(spot))
    elif isinstance(block, blocks.URLBlock):
        content.links.append(Link(spot, address=str(value)))
    elif isinstance(value, str) and not isinstance(block, blocks.ChoiceBlock):
        content.add_words(value, spot)
    elif (rows := getattr(value, "row_data", None) or getattr(value, "rows", None)) is not None:
        _walk_table(rows, spot, content)


def _walk_struct(block: Any, value: Any, spot: Spot, content: Content) -> None:
    """A block of named parts. What is said in words beside a film or a picture stands for it."""
    films, pictures = len(content.videos), len(content.pictures)
    for name, child in block.child_blocks.items():
        _walk_block(child, value.get(name), spot.below(child.label, name), content)
    if len(content.videos) == films and value.get("video"):  # a file, no embed
        content.videos.append(Video(spot.below(block.child_blocks["video"].label, "video")))
    transcript = _words_of(value.get("transcript"))
    content.videos[films:] = [replace(one, transcript=transcript) for one in content.videos[films:]]
    beside = _words_of(value.get("text")) or transcript
    content.pictures[pictures:] = [
        replace(one, alt=one.alt if one.alt is not None else beside or None)
        for one in content.pictures[pictures:]
    ]


def _words_of(value: Any) -> str:
    if isinstance(value, RichTextValue):
        return read_rich_text(value.source).words
    return value if isinstance(value, str) else ""


def _walk_table(rows: Iterable[Any], spot: Spot, content: Content) -> None:
    """A typed table as lines with tabs; its cells are gone through as well."""
    lines = []
    for row in rows:
        cells = list(getattr(row, "values", None) or row.get("values", []) if row else [])
        lines.append("\t".join(str(cell).replace("\n", " ") for cell in cells))
    content.add_words("\n".join(lines), spot)


def _rich_link(link: dict[str, str], spot: Spot) -> Link:
    kind, number = link.get("linktype"), whole_number(link.get("id") or "")
    if kind == "page" and number is not None:
        return Link(spot, page_id=number, address=link.get("href", ""))
    if kind == "document" and number is not None:
        return Link(spot, document_id=number)
    return Link(spot, address=link.get("href", ""))
