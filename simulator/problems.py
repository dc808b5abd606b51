"""What is wrong, and exactly where."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file; line and column count from 1, and 0 means the whole file."""

    path: Path
    line: int = 0
    column: int = 0
    pointer: str = ""

    def __str__(self) -> str:
        parts = [str(self.path)]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class AwsWords:
    """How Step Functions words a problem of a definition: ValidateStateMachineDefinition's answer.

    `pointer` is where the service points when that is not where we point; without `is_placed` it
    points nowhere.
    """

    message: str
    code: str = "SCHEMA_VALIDATION_FAILED"
    pointer: str | None = None
    is_placed: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `code` keeps its meaning for ever: `check --explain CODE`.

    `aws` is the same in the service's words, where they are known.
    """

    code: str
    message: str
    location: Location
    hint: str | None = None
    severity: Literal["error", "warning"] = "error"
    aws: AwsWords | None = field(default=None, compare=False)

    def __str__(self) -> str:
        kind = "" if self.severity == "error" else "warning: "
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.location}: {self.code}: {kind}{self.message}{hint}"

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        place = self.location
        return (str(place.path), place.line, place.column, self.code, self.message)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sorted by place, each once."""
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.sort_key)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint such as "did you mean 'Release'?", or None when nothing is near."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if not near:
        lowered = {name.lower(): name for name in names}
        near = [lowered[word.lower()]] if word.lower() in lowered else []
    return f"did you mean '{near[0]}'?" if near else None
