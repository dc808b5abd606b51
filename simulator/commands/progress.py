"""How far a replay is, on a terminal: one line that is written over."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import Final, Self

import click

from simulator.report.text import writable

_WIDTH: Final = 24
_CLEAR: Final = "\r\x1b[K"
_GREEN, _RED, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[0m"


def is_terminal() -> bool:
    """May lines be written over? Not in a file, a pipe or a terminal that cannot."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def has_colour() -> bool:
    """On a terminal whose user has not set NO_COLOR (no-color.org: any text but none)."""
    return is_terminal() and not os.environ.get("NO_COLOR")


def coloured(text: str) -> str:
    """A verdict's text with its first word in colour, where colours are wanted."""
    if not has_colour():
        return text
    word, blank, rest = text.partition(" ")
    return f"{_GREEN if word == 'PASS' else _RED}{word}{_PLAIN}{blank}{rest}"


class Progress:
    """Nothing at all where standard output is no terminal."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._on = is_terminal()
        self._colour = has_colour()
        self._failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._clear()

    def show(self, names: Sequence[str], done: int) -> None:
        """The bar, the numbers and what runs now."""
        if self._on:
            columns = shutil.get_terminal_size().columns - 1
            sys.stdout.write(_CLEAR + self._line(names, done, columns))
            sys.stdout.flush()

    def write(self, text: str, *, failed: bool = False) -> None:
        """Lines that stay, above the bar; after a failure the bar is red."""
        self._failed = self._failed or failed
        self._clear()
        click.echo(text)

    def _clear(self) -> None:
        if self._on:
            sys.stdout.write(_CLEAR)
            sys.stdout.flush()

    def _line(self, names: Sequence[str], done: int, columns: int) -> str:
        full = _WIDTH * done // max(self._total, 1)
        bar = "━" * full + "─" * (_WIDTH - full)
        text = writable(f" {done}/{self._total}  {', '.join(names)}")
        text = text[: max(columns - _WIDTH, 0)]
        bar = bar[:columns]
        if not self._colour:
            return bar + text
        return f"{_RED if self._failed else _GREEN}{bar}{_PLAIN}{text}"
