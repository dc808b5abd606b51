"""Every exception we raise.

SimulatorError
├── SourceError    a file cannot be used: carries every Problem found        exit code 2
├── UsageError     a name or option that does not exist                      exit code 2
├── Stuck          every fiber waits and nothing is left to run              exit code 1
└── LimitReached   a named limit of the simulation was reached               exit code 1

A workflow's own error is never an exception up here: it is a `Failure` value of the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from simulator.problems import Problem

FAILED: Final = 1  # exit code: something that ran has failed
NOT_STARTED: Final = 2  # exit code: it could not start


class SimulatorError(Exception):
    """Base of all; its text is for people and needs no traceback."""


class SourceError(SimulatorError):
    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(SimulatorError):
    pass


class Stuck(SimulatorError):
    pass


class LimitReached(SimulatorError):
    def __init__(self, limit: str, message: str) -> None:
        self.limit = limit
        super().__init__(f"{limit}: {message}")
