"""Every ordering of what is ready at the same instant: depth-first over a run's decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Replayed:
    """Takes the given options first, then always the first one; remembers what it could choose."""

    def __init__(self, prefix: Sequence[int] = ()) -> None:
        self._prefix = tuple(prefix)
        self.taken: list[tuple[int, int]] = []

    def choose(self, question: str, options: Sequence[T]) -> T:  # noqa: ARG002 - the protocol's
        at = len(self.taken)
        index = self._prefix[at] if at < len(self._prefix) else 0
        self.taken.append((index, len(options)))
        return options[index]

    def following(self) -> tuple[int, ...] | None:
        """The next ordering's options; None when all were tried."""
        for at in range(len(self.taken) - 1, -1, -1):
            index, count = self.taken[at]
            if index + 1 < count:
                return (*(taken for taken, _ in self.taken[:at]), index + 1)
        return None
