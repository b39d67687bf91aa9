"""Draws docs/pictures/search-growth.svg from docs/search-growth.csv; run it as a script.

Both axes are logarithmic. The figures come from `tests/bench/test_search.py`.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 360, 64, 168, 24, 48
ENTRIES, MILLISECONDS = (100, 100_000), (10, 1_000)
# Told apart without colour, too.
LOOKS = {
    "sqlite": ("#0b4f8a", ""),
    "postgresql": ("#8a4b0b", "6 4"),
    "elasticsearch": ("#2f6b2f", "2 4"),
}


def main() -> None:
    """Writes the picture."""
    with (DOCS / "search-growth.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lines: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row in rows:
        lines[row["engine"]].append((int(row["entries"]), float(row["p95 ms"])))
    parts = [*_axes(), *(part for name in lines for part in _line(name, sorted(lines[name])))]
    picture = "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
            ' font-family="sans-serif" font-size="12" fill="#222">',
            "<title>95 of 100 searches are answered within</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            *parts,
            "</svg>\n",
        )
    )
    (DOCS / "pictures" / "search-growth.svg").write_text(picture, encoding="utf-8")


def _x(entries: float) -> float:
    share = math.log(entries / ENTRIES[0]) / math.log(ENTRIES[1] / ENTRIES[0])
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(milliseconds: float) -> float:
    share = math.log(milliseconds / MILLISECONDS[0]) / math.log(MILLISECONDS[1] / MILLISECONDS[0])
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _axes() -> list[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = []
    for entries in (100, 1_000, 10_000, 100_000):
        at = f"{_x(entries):.1f}"
        parts.append(f'<path d="M{at} {TOP}V{bottom}" stroke="#ddd"/>')
        parts.append(f'<text x="{at}" y="{bottom + 18}" text-anchor="middle">{entries:,}</text>')
    for milliseconds in (10, 30, 100, 300, 1_000):
        at = f"{_y(milliseconds):.1f}"
        parts.append(f'<path d="M{LEFT} {at}H{right}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{LEFT - 8}" y="{at}" dy="4" text-anchor="end">{milliseconds:,} ms</text>'
        )
    middle = (LEFT + right) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">entries</text>')
    return parts


def _line(name: str, points: list[tuple[int, float]]) -> list[str]:
    colour, dashes = LOOKS[name]
    path = " ".join(f"{_x(entries):.1f},{_y(p95):.1f}" for entries, p95 in points)
    last_x, last_y = _x(points[-1][0]), _y(points[-1][1])
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"'
        f' stroke-dasharray="{dashes}"/>',
        f'<text x="{last_x + 8:.1f}" y="{last_y + 4:.1f}" fill="{colour}">'
        f"{name}, {points[-1][1]:.0f} ms</text>",
    ]


if __name__ == "__main__":
    main()
