"""Details of many scenarios in little room: what is alike among them is written once.

Runs of one workflow along one path differ in ids, times and amounts, not in form. Scenarios of one
form are a group; a group has a shape, and each of its scenarios a row of the words that differ.
Compression alone sees no further than 32 KB back, less than the details of two payments.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from simulator.report.masking import masked
from simulator.scenarios import details
from simulator.values import Json

SIZE: Final = 4_000_000  # characters before compression; a browser opens them in some 50 ms
# Long ones may have the signs of base64: each would be several words, now three, now four.
_WORD: Final = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}|[^\W_]+")
_DIGITS: Final = frozenset("0123456789")
_HEX: Final = _DIGITS | frozenset("abcdef")
_MOST: Final = 0.9  # of a group's scenarios
_LIKE: Final = 16  # a text like an earlier one takes about this part of its length
Place: TypeAlias = tuple[int, int]
_Form: TypeAlias = tuple[str, ...]  # what is around the words of a text


@dataclass(frozen=True, slots=True)
class _Scenario:
    """What it is about, its details without texts, their texts; and the forms of all these."""

    number: int
    cells: list[str]
    forms: list[_Form]


class Chunk:
    """Details of some scenarios, as the page's program opens them in one go."""

    def __init__(self) -> None:
        self.size = 0
        self._scenarios: list[_Scenario] = []
        self._masked: dict[str, str] = {}
        self._forms: dict[str, _Form] = {}  # by text
        self._known: dict[_Form, _Form] = {}  # each form once

    def add(self, number: int, about: Json, found: bytes | None) -> None:
        """`about` is JSON that is masked already, `found` the details that scenarios.details made."""
        cells = [_json(about), "null"]
        if found is not None:
            opened = details.read(found)
            texts = opened.pop("texts")
            cells = [cells[0], _json(opened), *map(self._mask, texts)]
        self._scenarios.append(_Scenario(number, cells, [self._form(cell) for cell in cells]))

    def _mask(self, text: str) -> str:
        if text not in self._masked:
            self._masked[text] = masked(text)
        return self._masked[text]

    def _form(self, text: str) -> _Form:
        form = self._forms.get(text)
        if form is None:
            form = tuple(_WORD.split(text))
            self.size += len(text) // _LIKE if form in self._known else len(text)
            form = self._forms[text] = self._known.setdefault(form, form)
        return form

    def packed(self) -> tuple[str, dict[int, Place]]:
        r"""Base64 of zlib over JSON, and for each scenario its group and its row there.

        {"pieces": texts, sorted, because like stands beside like then; "groups": [shape, values]}. A
        shape has a cell for what a scenario is about, one for its details without texts, and one
        for each of these texts. A cell is the number of a piece, or numbers by turns: of a piece, of
        a value, of a piece… The values of a scenario are its rows of all lists of `values`, with
        blanks between them; a value's own blanks are \_ and its backslashes \\.
        """
        grouped = list(_grouped(self._scenarios))
        groups = [_Group(group) for group in grouped]
        pieces = sorted({piece for group in groups for piece in group.pieces()})
        numbers = {piece: number for number, piece in enumerate(pieces)}
        whole = {
            "pieces": pieces,
            "groups": [[group.shape(numbers.__getitem__), group.rows] for group in groups],
        }
        text = _json(whole).encode("utf-8", "backslashreplace")
        places = {
            one.number: (at, row)
            for at, group in enumerate(grouped)
            for row, one in enumerate(group)
        }
        return base64.b64encode(zlib.compress(text, 9)).decode(), places


def _grouped(scenarios: Sequence[_Scenario]) -> Iterator[list[_Scenario]]:
    """Those with one structure, but for the few of which some text has another form than in nearly
    all: they would keep that text from being one of words that differ.
    """
    by_structure: dict[tuple[int, _Form], list[_Scenario]] = {}
    for one in scenarios:
        by_structure.setdefault((len(one.forms), one.forms[1]), []).append(one)
    for group in by_structure.values():
        usual = [
            Counter(forms).most_common(1)[0]
            for forms in zip(*(one.forms for one in group), strict=True)
        ]
        common = [form if many >= _MOST * len(group) else None for form, many in usual]
        alike: dict[tuple[_Form, ...], list[_Scenario]] = {}
        for one in group:
            odd = any(
                wanted not in (None, form) for wanted, form in zip(common, one.forms, strict=True)
            )
            alike.setdefault(tuple(one.forms) if odd else (), []).append(one)
        yield from alike.values()


class _Group:
    """Scenarios with as many cells each."""

    def __init__(self, scenarios: Sequence[_Scenario]) -> None:
        self._columns: dict[tuple[str, ...], int] = {}
        cells = zip(*(one.cells for one in scenarios), strict=True)
        forms = zip(*(one.forms for one in scenarios), strict=True)
        self._cells = [self._cell(*of) for of in zip(cells, forms, strict=True)]
        alphabets = [_alphabet(column) for column in self._columns]
        self._order = sorted(range(len(alphabets)), key=alphabets.__getitem__)
        columns = list(self._columns)
        self.rows = [
            _rows([columns[at] for at in self._order if alphabets[at] == alphabet])
            for alphabet in sorted(set(alphabets))
        ]

    def pieces(self) -> list[str]:
        return [piece for cell in self._cells for piece in cell[::2] if isinstance(piece, str)]

    def shape(self, numbered: Callable[[str], int]) -> list[Json]:
        places = {column: place for place, column in enumerate(self._order)}
        made: list[Json] = []
        for cell in self._cells:
            parts: list[Json] = [
                numbered(one) if isinstance(one, str) else places[one] for one in cell
            ]
            made.append(parts if len(parts) > 1 else parts[0])
        return made

    def _cell(self, texts: Sequence[str], forms: Sequence[_Form]) -> list[str | int]:
        """Pieces, and between them the columns of what differs: of words, or of whole texts."""
        if _alike(texts):
            return [texts[0]]
        if not _alike(forms):
            return ["", self._column(texts), ""]
        gaps = forms[0]
        cell: list[str | int] = []
        piece = gaps[0]
        for column, gap in zip(zip(*map(_WORD.findall, texts), strict=True), gaps[1:], strict=True):
            if _alike(column):
                piece += column[0] + gap
            else:
                cell += [piece, self._column(column)]
                piece = gap
        return [*cell, piece]

    def _column(self, values: Sequence[str]) -> int:
        return self._columns.setdefault(tuple(values), len(self._columns))


def _alphabet(column: Sequence[str]) -> int:
    """Digits, hexadecimal digits, all else: words of few signs compress best among themselves."""
    signs = set().union(*column)
    return 0 if signs <= _DIGITS else 1 if signs <= _HEX else 2


def _rows(columns: Sequence[Sequence[str]]) -> list[Json]:
    escaped = [[_escaped(value) for value in column] for column in columns]
    return [" ".join(row) for row in zip(*escaped, strict=True)]


def _alike(texts: Sequence[object]) -> bool:
    return texts.count(texts[0]) == len(texts)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\_")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
