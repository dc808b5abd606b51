"""How wide a text is, without a font: advance widths of Helvetica in thousandths of its size.

Layout must not depend on the fonts of a machine, so texts are measured by this table and set in
whatever sans-serif the reader has; boxes leave room for the difference.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Final

_GROUPS: Final = {
    "ijl|'": 222,
    " .,:;/\\!ftI[]": 278,
    '()-r`"': 340,
    "csvxyzJ": 500,
    "abdeghnopquL0123456789$?_#": 556,
    "+<>=~^": 584,
    "ABEKPSVXY&": 667,
    "CDHNRUw": 722,
    "GOQ": 778,
    "m": 833,
    "MWT%@": 900,
}
_WIDTHS: Final = {letter: width for letters, width in _GROUPS.items() for letter in letters}
_OTHER: Final = 640
_WIDE: Final = 1000  # from here on scripts whose letters fill a square
_FIRST_WIDE: Final = 0x1100
_ROOM: Final = 1.2
# A word's parts: up to the next capital letter, or what joins two words.
_PARTS: Final = re.compile(r"[A-Z]*[^A-Z._:/-]*[._:/-]*|.")


def width_of(text: str, size: float) -> float:
    """Pixels that a text of this size takes, with some room."""
    units = sum(
        _WIDE if ord(letter) >= _FIRST_WIDE else _WIDTHS.get(letter, _OTHER) for letter in text
    )
    return units * size / 1000 * _ROOM


def wrapped(text: str, columns: int, lines: int) -> list[str]:
    """At most so many lines; what does not fit ends in an ellipsis.

    A word that is too long breaks where its parts meet: `Conditional` and `CheckFailed`.
    """
    words = " ".join(piece for word in text.split() for piece in _pieces(word, columns))
    found = textwrap.wrap(words, columns, break_long_words=True) or [""]
    if len(found) > lines:
        found = found[:lines]
        found[-1] = f"{found[-1][: columns - 1]}…"
    return found


def _pieces(word: str, columns: int) -> Iterator[str]:
    """The parts of a long word, as few as fit the columns."""
    piece = ""
    for part in _PARTS.findall(word) if len(word) > columns else [word]:
        if piece and len(piece) + len(part) > columns:
            yield piece
            piece = ""
        piece += part
    yield piece
