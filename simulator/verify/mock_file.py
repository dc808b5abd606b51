"""A Step Functions Local mock file: which answers a state gives, by the number of its call.

{"StateMachines": {machine: {"TestCases": {case: {state: response}}}},
 "MockedResponses": {response: {"0": {"Return": ...}, "1-2": {"Throw": {"Error", "Cause"}}}}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulator.engine.ports import Failure, Success
from simulator.errors import UsageError
from simulator.problems import did_you_mean

_NUMBERS: Final = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class MockedState:
    """`steps`: first and last number of the calls that get an answer, in their order."""

    response: str
    steps: tuple[tuple[int, int, Success | Failure], ...]

    @property
    def length(self) -> int:
        return self.steps[-1][1] + 1 if self.steps else 0

    def answer(self, number: int) -> Success | Failure | None:
        """Calls count from 0; None when there is no answer for that one."""
        for first, last, given in self.steps:
            if first <= number <= last:
                return given
        return None


def mocked_states(config: Any, machine: str, case: str) -> dict[str, MockedState]:
    """The mocked states of one test case. Raises UsageError on an unknown name or a wrong shape."""
    machines = _object(config, "StateMachines", "the mock file")
    cases = _object(_named(machines, machine, "state machine"), "TestCases", f"'{machine}'")
    responses = _object(config, "MockedResponses", "the mock file")
    chosen = _named(cases, case, f"test case of '{machine}'")
    return {
        state: MockedState(str(name), _steps(_named(responses, str(name), "response"), str(name)))
        for state, name in chosen.items()
    }


def _steps(
    response: Mapping[str, Any], name: str
) -> tuple[tuple[int, int, Success | Failure], ...]:
    found = []
    for key, step in response.items():
        numbers = _NUMBERS.fullmatch(key)
        if numbers is None:
            raise UsageError(
                f"the mocked response '{name}' has the key '{key}'; it may be 0 or 1-2"
            )
        first, last = int(numbers[1]), int(numbers[2] or numbers[1])
        found.append((first, last, _answer(step, f"'{name}', {key}")))
    found.sort(key=lambda step: step[0])
    expected = 0
    for first, last, _ in found:
        if first != expected or last < first:
            raise UsageError(
                f"the mocked response '{name}' has no answer number {expected}, or two; numbers"
                " count from 0 without holes"
            )
        expected = last + 1
    return tuple(found)


def _answer(step: Any, place: str) -> Success | Failure:
    if not isinstance(step, dict) or len({"Return", "Throw"} & step.keys()) != 1:
        raise UsageError(f"the mocked response {place} needs either Return or Throw")
    if "Return" in step:
        return Success(step["Return"])
    thrown = step["Throw"]
    names = ("Error", "Cause")
    if not isinstance(thrown, dict) or not all(isinstance(thrown.get(key), str) for key in names):
        raise UsageError(f"Throw of the mocked response {place} needs the texts Error and Cause")
    return Failure(thrown["Error"], thrown["Cause"])


def _object(value: Any, name: str, where: str) -> Mapping[str, Any]:
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, dict):
        raise UsageError(f"{where} has no object '{name}'")
    return found


def _named(known: Mapping[str, Any], name: str, what: str) -> Mapping[str, Any]:
    found = known.get(name)
    if not isinstance(found, dict):
        hint = did_you_mean(name, known)
        raise UsageError(f"the mock file has no {what} '{name}'" + (f"; {hint}" if hint else ""))
    return found
