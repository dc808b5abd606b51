"""The progress bar: on a terminal only, in colour only when it is wanted."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from simulator.commands.progress import Progress

CLEAR = "\r\x1b[K"
LINE = "━━━━━━━━━━━━────────────"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, columns: int = 60, **variables: str
) -> str:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"COLUMNS": str(columns), **variables}.items():
        monkeypatch.setenv(name, value)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        with Progress(4) as progress:
            progress.show(["P01", "P\ud800"], 2)
            progress.write("FAIL P01", failed=True)
            progress.show(["P03"], 2)
    return stream.getvalue()


def test_a_terminal_has_a_bar_above_which_lines_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    green, red, plain = "\x1b[32m", "\x1b[31m", "\x1b[0m"
    assert written(monkeypatch, Terminal()) == (
        f"{CLEAR}{green}{LINE}{plain} 2/4  P01, P\\ud800"
        f"{CLEAR}FAIL P01\n"
        f"{CLEAR}{red}{LINE}{plain} 2/4  P03{CLEAR}"
    )


def test_no_colour_is_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(monkeypatch, Terminal(), NO_COLOR="1") == (
        f"{CLEAR}{LINE} 2/4  P01, P\\ud800{CLEAR}FAIL P01\n{CLEAR}{LINE} 2/4  P03{CLEAR}"
    )


def test_a_narrow_terminal_cuts_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    text = written(monkeypatch, Terminal(), columns=31, NO_COLOR="1")
    assert text.split(CLEAR)[1] == f"{LINE} 2/4  "


@pytest.mark.parametrize(("stream", "term"), [(io.StringIO(), "xterm"), (Terminal(), "dumb")])
def test_what_cannot_be_written_over_gets_the_lines_alone(
    stream: io.StringIO, term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert written(monkeypatch, stream, TERM=term) == "FAIL P01\n"


def test_a_replay_into_a_file_has_no_bar(small: Any, simulator: Any) -> None:
    small()
    ran = simulator("replay")
    assert ran.out == "PASS S1  Greet → Work  (virtual 0 s)\n1 scenario: 1 passed\n"
