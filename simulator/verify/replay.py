"""One recorded execution, run again by the engine on virtual time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simulator.asl.model import StateMachine
from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.engine.behaviour import Behaviour
from simulator.engine.clock import VirtualClock
from simulator.engine.engine import Engine
from simulator.engine.execution import Execution
from simulator.engine.fibers import Scheduler
from simulator.engine.ports import Failure, Item, ReadItems, WriteResults
from simulator.errors import SourceError
from simulator.values import Json, compact
from simulator.verify.answers import Mocked, NotRecorded, NotReplayable, Recorded, Spot
from simulator.verify.mock_file import mocked_states
from simulator.verify.moments import moments
from simulator.verify.threads import details_of, homes

if TYPE_CHECKING:
    from simulator.tasks.item_store import S3ItemStore

_A_WHILE: Final = timedelta(seconds=1)  # until somebody stops an execution, when no event tells
_TODAY: Final = date.max


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition to run, and its JSON, in which states are looked up."""

    machine: StateMachine
    value: Json

    @classmethod
    def of(cls, source: Source, kind: str = "STANDARD") -> Definition:
        """Raises SourceError with every error."""
        machine, problems = parse(source, kind="EXPRESS" if kind == "EXPRESS" else "STANDARD")
        errors = [problem for problem in problems if problem.severity == "error"]
        if machine is None or errors:
            raise SourceError(errors or problems)
        return cls(machine, source.value)


@dataclass(frozen=True, slots=True)
class Replayed:
    """`result`: status, output (JSON text), error, cause, events. `tokens`: task tokens of this run.

    `ended_by` says why the run could not go on to its end.
    """

    result: dict[str, Json]
    tokens: frozenset[str]
    ended_by: str | None = None


def recorded_definition(recording: Mapping[str, Any], path: Path) -> Definition:
    """Raises SourceError when the service took a definition that we do not."""
    text = recording.get("definition_text")
    if recording.get("definition") is None and isinstance(text, str):
        return Definition.of(Source.read(text, path.with_suffix(".json")), recording["type"])
    return Definition.of(Source.of(recording["definition"], path), recording["type"])


def replay(recording: Mapping[str, Any], definition: Definition) -> Replayed:
    """Raises NotReplayable, and SimulatorError when the recording's mock file is wrong."""
    _refuse(recording)
    start = _instant(recording["clock"])
    spot = Spot(recording["execution_arn"], homes(definition.value))
    runner = _runner(recording, spot, definition)
    clock = VirtualClock(start)
    scheduler = Scheduler(clock)
    with ExitStack() as stack:
        behaviour = _behaviour(recording)
        items = _Items(recording, clock, behaviour, stack)
        engine = Engine(scheduler, runner, observers=(spot,), items=items, behaviour=behaviour)
        runner.attach(engine)
        run = _start(engine, recording, definition.machine)
        ended_by = None
        try:
            _go(engine, run, recording, start)
        except NotRecorded as error:
            ended_by = str(error)
        finally:
            scheduler.close()
    return Replayed(_result(run), frozenset(runner.tokens), ended_by)


def _refuse(recording: Mapping[str, Any]) -> None:
    how = recording.get("replay") or {}
    if how.get("mode") not in {"full", "mock_config"}:
        raise NotReplayable(str(how.get("why") or "the recording does not say how to replay it"))


def _runner(recording: Mapping[str, Any], spot: Spot, definition: Definition) -> Recorded:
    tasks = recording.get("tasks") or ()
    if recording["replay"]["mode"] == "mock_config":
        name, case = recording["name"], recording["test_case"]
        return Mocked(mocked_states(recording["mock_config"], name, case), tasks, spot)
    times = recording.get("moments")
    if times is None:
        events = recording["expected"].get("events") or ()
        recorded = recording.get("definition") or definition.value
        times = moments(events, definition.machine, recorded)
    return Recorded(tasks, spot, times)


def _behaviour(recording: Mapping[str, Any]) -> Behaviour:
    """As the service was on the day of the recording, "28-10-2025, 09:43:11"."""
    told = recording.get("recorded_date")
    if not isinstance(told, str):
        return Behaviour.of(_TODAY)
    try:
        return Behaviour.of(datetime.strptime(told[:10], "%d-%m-%Y").replace(tzinfo=UTC).date())
    except ValueError:
        return Behaviour.of(_TODAY)


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _start(engine: Engine, recording: Mapping[str, Any], machine: StateMachine) -> Execution:
    started = details_of((recording["expected"].get("events") or [{}])[0])
    machine_arn = str(recording["state_machine_arn"])
    return engine.start(
        machine,
        recording.get("input", {}),
        text=recording.get("input_text"),
        name=recording["execution_name"],
        workflow=recording.get("name") or machine_arn.rpartition(":")[2],
        arn=recording["execution_arn"],
        state_machine_arn=machine_arn,
        role_arn=recording.get("role_arn") or started.get("roleArn") or "",
        kind=recording["type"],
        sync=bool(recording.get("sync")),
        version_arn=started.get("stateMachineVersionArn"),
        alias_arn=started.get("stateMachineAliasArn"),
    )


def _go(engine: Engine, run: Execution, recording: Mapping[str, Any], start: datetime) -> None:
    """Run to the end, or to where the recorded execution was stopped or looked at."""
    events = recording["expected"].get("events") or ()
    status = recording["expected"].get("status")
    stops = [
        step for step in recording.get("actions") or () if step["operation"] == "stop_execution"
    ]
    if not stops and status != "RUNNING":
        _redrives(engine, run, recording, start)
        engine.runtime.scheduler.run_until_idle()
        return
    after = next((step["after"] for step in stops if "after" in step), None)
    count = len(events) - (status == "ABORTED") if events else None
    until = None
    if after is not None:
        until = start + timedelta(microseconds=after)
    elif count is None:
        until = start + (_A_WHILE if stops else timedelta(0))
    _run_up_to(engine, run, until, count)
    if stops:
        given = stops[0].get("params") or {}
        engine.stop(run, error=given.get("error"), cause=given.get("cause"))


def _run_up_to(engine: Engine, run: Execution, until: datetime | None, events: int | None) -> None:
    """Run until so many events are written, or nothing is left to do up to `until`."""
    scheduler, clock = engine.runtime.scheduler, engine.runtime.clock
    limit = None if until is None else (until - datetime(1970, 1, 1, tzinfo=UTC)) // _TICK
    while True:
        scheduler.run_ready()
        if events is not None and run.event_count >= events:
            return
        if not clock.step(limit):
            return


_TICK: Final = timedelta(microseconds=1)


def _redrives(
    engine: Engine, run: Execution, recording: Mapping[str, Any], start: datetime
) -> None:
    """RedriveExecution, as often and when it was called."""
    for after in recording.get("redrives") or ():
        engine.runtime.scheduler.run_until_idle(start + timedelta(microseconds=after))
        if run.status == "RUNNING":
            engine.runtime.scheduler.run_until_idle()
        engine.redrive(run)


def _result(run: Execution) -> dict[str, Json]:
    return {
        "status": run.status,
        "output": compact(run.output) if run.status == "SUCCEEDED" else None,
        "error": run.error,
        "cause": run.cause,
        "events": [event.to_aws() for event in run.history],
    }


class _Items:
    """The S3 of one recording: made, with the objects of its `setup`, when somebody reads."""

    def __init__(
        self,
        recording: Mapping[str, Any],
        clock: VirtualClock,
        behaviour: Behaviour,
        stack: ExitStack,
    ) -> None:
        self._recording = recording
        self._clock = clock
        self._behaviour = behaviour
        self._stack = stack
        self._store: S3ItemStore | None = None

    def read(self, request: ReadItems) -> Sequence[Item] | Failure:
        """Raises NotReplayable when the recording does not say what lay in S3."""
        return self._made(request.state).read(request)

    def write(self, request: WriteResults) -> dict[str, Json] | Failure:
        """Raises NotReplayable, as above."""
        return self._made(request.state).write(request)

    def _made(self, state: str) -> S3ItemStore:
        if self._store is None:
            calls = [step for step in self._recording.get("setup") or () if step["service"] == "s3"]
            if not calls:
                raise NotReplayable(
                    f"the Map '{state}' reads or writes S3, and the recording does not say what"
                    " lay there"
                )
            from simulator.aws.cloud import Cloud
            from simulator.tasks.item_store import S3ItemStore

            clock = self._clock
            cloud = Cloud(self._recording["account"], self._recording["region"], lambda: clock.now)
            self._stack.enter_context(cloud)
            for step in calls:
                getattr(cloud.client("s3"), step["operation"])(**step["params"])
            self._store = S3ItemStore(cloud, self._behaviour)
        return self._store
