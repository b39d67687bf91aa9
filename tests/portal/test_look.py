"""The look: the contrasts of the tokens, computed from the style sheet that is served."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

SHEET = settings.ROOT / "site" / "static" / "css" / "site.css"
MODES = {
    "light": r":root \{(.*?)\}",
    "dark": r"@media \(prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}",
    "high": r'html\[data-contrast="high"\] \{(.*?)\}',
}
PAPERS = ("paper", "paper-warm", "card")
# Text wants 4.5 : 1 (WCAG 1.4.3), edges of controls 3 : 1 (1.4.11).
TEXT_ON_PAPER = ("ink", "muted", "blue", "red", "green", "amber-text")
TEXT_ON_FILL = [
    ("on-blue", "blue"),
    ("on-red", "red"),
    ("on-amber", "amber"),
    ("on-band", "band"),
]
# What look.md promises for the light and the dark page.
PROMISED = {
    ("light", "ink"): 15.7,
    ("light", "muted"): 6.6,
    ("light", "blue"): 8.3,
    ("light", "red"): 7.2,
    ("light", "green"): 6.7,
    ("light", "amber-text"): 7.0,
    ("dark", "ink"): 14.6,
    ("dark", "muted"): 8.0,
    ("dark", "blue"): 9.3,
    ("dark", "red"): 8.7,
    ("dark", "green"): 10.1,
    ("high", "ink"): 19.5,
    ("high", "blue"): 19.5,
}


def tokens(mode: str) -> dict[str, str]:
    text = SHEET.read_text()
    found = re.search(MODES[mode], text, flags=re.DOTALL)
    assert found, mode
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", found.group(1)))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of "#rrggbb"."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_arithmetic_agrees_with_the_known_ends() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_names_every_colour(mode: str) -> None:
    assert set(tokens(mode)) == set(tokens("light"))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("text", TEXT_ON_PAPER)
def test_text_can_be_read_on_every_paper(mode: str, paper: str, text: str) -> None:
    colours = tokens(mode)
    assert contrast(colours[text], colours[paper]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "fill"), TEXT_ON_FILL)
def test_text_can_be_read_on_every_fill(mode: str, text: str, fill: str) -> None:
    colours = tokens(mode)
    assert contrast(colours[text], colours[fill]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("paper", PAPERS)
def test_the_edges_of_controls_can_be_seen(mode: str, paper: str) -> None:
    colours = tokens(mode)
    assert contrast(colours["control"], colours[paper]) >= 3


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("paper", [*PAPERS, "band"])
def test_the_focus_can_be_seen_everywhere(mode: str, paper: str) -> None:
    colours = tokens(mode)
    assert contrast(colours["focus-ink"], colours["focus-ring"]) >= 3
    around = (contrast(colours[name], colours[paper]) for name in ("focus-ink", "focus-ring"))
    assert max(around) >= 3


@pytest.mark.parametrize(("place", "least"), PROMISED.items())
def test_the_contrasts_are_at_least_those_promised(place: tuple[str, str], least: float) -> None:
    mode, name = place
    colours = tokens(mode)
    assert contrast(colours[name], colours["paper"]) >= least


def test_colours_are_named_once_and_used_by_name() -> None:
    """A colour written into a rule would miss the other modes."""
    rules = SHEET.read_text().partition("2 Ground ---")[0]
    body = SHEET.read_text()[len(rules) :]
    body = re.sub(r"@media print \{\s*:root.*?\}", "", body, flags=re.DOTALL)
    assert not re.findall(r"(?<!--)\b(?:color|background|border[a-z-]*):[^;]*#[0-9a-f]{3,8}", body)


def test_the_sheet_loads_nothing() -> None:
    assert not re.search(r"url\(|@import", SHEET.read_text())


@pytest.mark.parametrize("name", ["display.js", "site.js", "copy-link.js"])
def test_our_scripts_ask_nobody(name: str) -> None:
    text = (settings.ROOT / "site" / "static" / "js" / name).read_text()
    assert not re.search(r"https?://|fetch\(|XMLHttpRequest|document\.cookie|eval\(", text)
