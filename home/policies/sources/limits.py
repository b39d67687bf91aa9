"""How much of a file is taken. Measured: the worst of them is read within 300 MB (tests)."""

from __future__ import annotations

MEGABYTE = 1024 * 1024

# A thousand printed pages; the longest official documents have two hundred.
MOST_CHARACTERS = 600_000
MOST_LINES = 20_000

TEXT_BYTES = 4 * MEGABYTE
WORD_BYTES = 20 * MEGABYTE

# Inside a .docx: the archive, then the parts that are read. Nothing else is inflated.
MOST_ENTRIES = 2_000
DIRECTORY_BYTES = MEGABYTE
INFLATED_BYTES = 300 * MEGABYTE
# Real documents reach 40; a bomb begins in the hundreds. Small archives prove nothing.
MOST_RATIO = 150
RATIO_FROM_BYTES = 4 * MEGABYTE
MAIN_PART_BYTES = 12 * MEGABYTE
OTHER_PART_BYTES = 4 * MEGABYTE
# Elements and their attributes: each costs some hundred bytes, however short it is.
MOST_NODES = 600_000
LONGEST_TAG_BYTES = 256 * 1024
MOST_DEPTH = 120
