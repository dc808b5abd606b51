"""What executions did, to be laid over a diagram."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

# Name of the state, kind of the transition ("next", "choice", "default", "catch", "end"), its index
Arrow: TypeAlias = "tuple[str, str, int]"


LEGEND: Final = (
    ("box visited", "visited"),
    ("box visited caught", "caught or retried"),
    ("box visited failed", "failed"),
    ("box visited timed-out", "timed out"),
    ("box never", "never visited"),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Counts over all visits of one state. `seconds` of virtual time were spent in them."""

    visits: int = 0
    failed: int = 0
    caught: int = 0
    retried: int = 0
    timed_out: int = 0
    seconds: float = 0.0

    @property
    def classes(self) -> list[str]:
        """The worst comes last, as in CSS."""
        found = ["visited" if self.visits else "never"]
        found += ["retried"] if self.retried else []
        found += ["caught"] if self.caught else []
        found += ["failed"] if self.failed else []
        found += ["timed-out"] if self.timed_out else []
        return found

    @property
    def words(self) -> str:
        """`3 visits, 1 caught, 2.5 s`."""
        if not self.visits:
            return "never visited"
        counted = [f"{self.visits} visit{'' if self.visits == 1 else 's'}"]
        named = (
            ("failed", self.failed), ("caught", self.caught), ("retried", self.retried),
            ("timed out", self.timed_out),
        )  # fmt: skip
        counted += [f"{number} {name}" for name, number in named if number]
        return ", ".join([*counted, f"{self.seconds:g} s"])


@dataclass(frozen=True, slots=True)
class Overlay:
    """State names are unique over a whole definition. What is not in it was never visited."""

    states: Mapping[str, Mark] = field(default_factory=dict)
    arrows: Mapping[Arrow, int] = field(default_factory=dict)

    def mark(self, name: str) -> Mark:
        return self.states.get(name, Mark())

    def taken(self, arrow: Arrow) -> int:
        return self.arrows.get(arrow, 0)
