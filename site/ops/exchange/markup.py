"""Between plain paragraphs and the rich text of pages; everything that goes in is cleaned (nh3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape, unescape

import nh3

# Only these make a text HTML: in "收入<标准>的" and "<姓名>" nothing is a tag.
_TAG = re.compile(
    r"</?(?:a|article|b|blockquote|br|center|div|em|embed|font|form|h[1-6]|hr|i|iframe|img|input|li|"
    r"link|meta|object|ol|p|pre|s|script|section|span|strong|style|sub|sup|svg|table|tbody|td|th|"
    r"thead|tr|u|ul|video)(?:[\s/][^<>]*)?>",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"<(?:p|div|h[1-6]|ul|ol|li|table|br|section|article)\b", re.IGNORECASE)
_RENAMED = (
    (re.compile(r"<(/?)(?:div|section|article|center|tr|blockquote|pre)\b[^<>]*>", re.I), r"<\1p>"),
    (re.compile(r"<(/?)h1\b[^<>]*>", re.I), r"<\1h2>"),
    (re.compile(r"<(/?)h[4-6]\b[^<>]*>", re.I), r"<\1h3>"),
    (re.compile(r"<(/?)strong\b[^<>]*>", re.I), r"<\1b>"),
    (re.compile(r"</t[dh]>", re.I), " "),
)
_HEADING = re.compile(r"<(/?)h[23]>")
_LOOSE = re.compile(r"<p>\s*</p>")
_PARAGRAPH = re.compile(r"<p>([^<]*)</p>")
# What the pages' rich text fields offer (NEWS_FEATURES, RICH_TEXT_FEATURES), as HTML.
_TAGS = {"p", "br", "b", "ol", "ul", "li", "a", "h2", "h3"}


def rich_text(body: str, *, headings: bool = True) -> str:
    """Plain paragraphs, a line each, or HTML, as clean rich text.

    `headings` says whether the field may hold any; where it may not they become paragraphs.
    """
    if not _TAG.search(body):
        html = "".join(f"<p>{escape(line, quote=False)}</p>" for line in paragraphs(body))
    elif _BLOCK.search(body):
        html = body
    else:  # <b> and the like within lines, which are still paragraphs
        html = "".join(f"<p>{line}</p>" for line in paragraphs(body))
    for pattern, name in _RENAMED:
        html = pattern.sub(name, html)
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    if not headings:
        clean = _HEADING.sub(r"<\1p>", clean)
    return _LOOSE.sub("", clean).replace("\n", " ").strip()


def plain_or_html(html: str) -> str:
    """What `rich_text` makes this of: plain lines where it is nothing but paragraphs, else HTML."""
    if _PARAGRAPH.sub("", html).strip():
        return html
    return "\n".join(unescape(found) for found in _PARAGRAPH.findall(html))


def plain(body: str) -> str:
    """Plain lines, whatever was given: for the fields that hold no rich text."""
    if not _TAG.search(body):
        return "\n".join(paragraphs(body))
    ended = re.sub(r"(?i)<br\s*/?>|</(?:p|div|li|h[1-6]|tr)>", r"\g<0>\n", body)
    return "\n".join(paragraphs(unescape(nh3.clean(ended, tags=set()))))


def paragraphs(body: str) -> Iterable[str]:
    """The lines that say something, without the white space around them."""
    return (bare for line in body.splitlines() if (bare := line.strip(" \t\u3000\u00a0")))
