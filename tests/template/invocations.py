"""One call of one function with its event file, in the world in which its scenario makes it.

tests/events/<function>.json is what the function gets there; tests/events/answers.yaml says which
scenario and which of its calls that is, and what the function answers.
`python -m tests.template.invocations` writes both anew: read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import yaml

from simulator.aws import gateway
from simulator.aws.cloud import Cloud
from simulator.errors import SimulatorError
from simulator.project.project import Project
from simulator.scenarios import replay
from simulator.scenarios.discovery import load
from simulator.scenarios.verdict import Verdict
from simulator.scenarios.vocabulary import Vocabulary, load_vocabulary
from simulator.simulation.world import Simulation
from simulator.tasks.functions import Function, Handlers

ROOT: Final = Path(__file__).parents[2]
EVENTS: Final = ROOT / "tests/events"
TABLE: Final = EVENTS / "answers.yaml"


@dataclass(frozen=True, slots=True)
class Case:
    """`event` is the file's name without its ending: the function's, or <function>-<what>.

    `call` counts the function's calls in the scenario; an `error` is "Name: message".
    """

    event: str
    scenario: str
    call: int = 1
    parameters: Mapping[str, str] = field(default_factory=dict)
    answer: Any = None
    error: str | None = None

    @property
    def function(self) -> str:
        return self.event.partition("-")[0]

    @property
    def file(self) -> Path:
        return EVENTS / f"{self.event}.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a function got at virtual time `at`, what it answered or raised, and its calls of AWS."""

    event: Any
    answer: Any
    error: str | None
    calls: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Reached:
    """The moment of the call: `environment` is the function's own."""

    function: Function
    environment: Mapping[str, str]
    cloud: Cloud


Run = Callable[[Reached], Any]
Handler = Callable[[Any, Any], Any]
# (the function, which of its calls, its handler, the event) → what becomes of the call.
_Watch = Callable[[Function, int, Callable[[], Any], Any], Any]


class Raised(Exception):
    """The handler raised an error of this name, in a process of its own."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class _Enough(SimulatorError):
    """The world has done what it was made for."""


def cases() -> list[Case]:
    table: dict[str, dict[str, Any]] = yaml.safe_load(TABLE.read_text())
    return [Case(event, **row) for event, row in table.items()]


def here(case: Case) -> Outcome:
    """The call as the handler answers it in this process."""
    found = _all(case.scenario, tuple(case.parameters.items()))
    return found[case.function, case.call]


def elsewhere(case: Case, run: Run, now: datetime) -> Outcome:
    """The call as `run` answers it, in a world where it is `now` then; the scenario ends there."""
    found: list[Outcome] = []

    def watch(function: Function, call: int, own: Callable[[], Any], event: Any) -> Any:
        if (function.logical_id, call) != (case.function, case.call):
            return own()
        done, _ = _done(function, event, run, Raised)
        found.append(done)
        raise _Enough(case.event)

    later = now - here(case).at
    verdict = _replay(case.scenario, tuple(case.parameters.items()), watch, later)
    assert found, f"{case.scenario} does not come to {case.event}: {verdict}"
    return found[0]


@cache
def _all(scenario: str, parameters: tuple[tuple[str, str], ...]) -> dict[tuple[str, int], Outcome]:
    """Every call of the scenario."""
    found: dict[tuple[str, int], Outcome] = {}

    def watch(function: Function, call: int, own: Callable[[], Any], event: Any) -> Any:
        done, error = _done(function, event, lambda _: own(), Exception)
        found[function.logical_id, call] = done
        if error is not None:
            raise error
        return done.answer

    verdict = _replay(scenario, parameters, watch)
    assert verdict.status == "passed", verdict
    return found


def _replay(
    path: str,
    parameters: tuple[tuple[str, str], ...],
    watch: _Watch,
    later: timedelta = timedelta(0),
) -> Verdict:
    calls: Counter[str] = Counter()
    real = Handlers.handler

    def handler(own: Handlers, function: Function) -> Handler:
        inner = real(own, function)

        def call(event: Any, context: Any) -> Any:
            calls[function.logical_id] += 1
            number = calls[function.logical_id]
            return watch(function, number, lambda: inner(event, context), event)

        return call

    (scenario,) = load(ROOT, (path,), _vocabulary())
    scenario = replace(scenario, clock=scenario.clock + later)
    # A container knows nothing of the calls before: no secret, no client is at hand.
    cold = partial(Simulation, cold=True)
    with patch.object(Handlers, "handler", handler), patch.object(replay, "Simulation", cold):
        return replay.replay_one(_project(parameters), scenario, _vocabulary())


@cache
def _project(parameters: tuple[tuple[str, str], ...] = ()) -> Project:
    return Project.load(ROOT, parameters=dict(parameters))


@cache
def _vocabulary() -> Vocabulary:
    return load_vocabulary(ROOT, ROOT / (_project().settings.vocabulary or ""))


def _done(
    function: Function, event: Any, run: Run, caught: type[Exception]
) -> tuple[Outcome, Exception | None]:
    """With the error that the handler raised; `caught` are those that handlers raise."""
    cloud = gateway.active()
    assert cloud is not None
    reached = Reached(function, {name: os.environ[name] for name in function.environment}, cloud)
    got, at, before = json.loads(json.dumps(event)), cloud.now, len(cloud.calls)
    answer: Any = None
    failed: Exception | None = None
    try:
        answer = json.loads(json.dumps(run(reached)))
    except SimulatorError:
        raise
    except caught as error:
        failed = error
    name = failed.name if isinstance(failed, Raised) else type(failed).__name__
    made = [call for call in cloud.calls[before:] if call.caller == function.logical_id]
    told = None if failed is None else f"{name}: {failed}"
    return Outcome(got, answer, told, tuple(call.name for call in made), at), failed


def record(table: Iterable[Case]) -> None:
    """Event files and answers as they are today."""
    rows = {}
    for case in table:
        done = here(case)
        case.file.write_text(json.dumps(done.event, indent=2, ensure_ascii=False) + "\n")
        row = asdict(replace(case, answer=done.answer, error=done.error))
        name, plain = row.pop("event"), asdict(Case("", ""))
        rows[name] = {key: value for key, value in row.items() if value != plain[key]}
    TABLE.write_text(yaml.safe_dump(rows, sort_keys=False, width=100, allow_unicode=True))


if __name__ == "__main__":
    record(cases())
