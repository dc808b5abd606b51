"""The small world of one state under test: its execution, its clock, and who answers its call."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from simulator.asl.expressions import Scope
from simulator.engine.clock import VirtualClock
from simulator.engine.engine import Engine
from simulator.engine.execution import Execution, Failed, Thread
from simulator.engine.fibers import Scheduler, Signal
from simulator.engine.ports import Failure, Success, TaskCall, TaskResult, TaskRunner
from simulator.engine.scope import StateScope
from simulator.engine.state_inspection import Inspection
from simulator.engine.state_test_definition import Tested
from simulator.engine.state_test_request import Wanted
from simulator.values import Json

T = TypeVar("T")
REGION: Final = "us-east-1"
ACCOUNT: Final = "123456789012"
LONGEST: Final = timedelta(minutes=5)  # docs
ENTERED: Final = 2  # the event of the state's entry, which the causes of its errors name
_ROLE_PARTS: Final = 6  # arn:partition:iam::account:role/name


class _TestedRun(Execution):
    """An execution whose state may be one of a Map's iteration."""

    in_map = False

    def context(self) -> dict[str, Json]:
        """AWS: a state inside a Map is that of the first item (docs)."""
        base = super().context()
        run = base["Execution"]
        if isinstance(run, dict) and not self.role_arn:
            run.pop("RoleArn", None)  # nothing to show (guess)
        if self.in_map:
            return {**base, "Map": {"Item": {"Index": 0, "Value": self.input}}}
        return base


class TestedScope(StateScope):
    """The scope of a state with a mock: its context object may be the caller's own."""

    __test__ = False  # not a test of pytest
    __slots__ = ("given",)

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world.run, world.thread, name, ENTERED, world.wanted.input)
        self.given: Mapping[str, Json] | None = world.wanted.context

    @property
    def context(self) -> Json:
        own = super().context
        if self.given is None:
            return own
        inside = own.get("Map") if isinstance(own, dict) else None
        return dict(self.given) if inside is None else {**self.given, "Map": inside}


class Runner:
    """Answers with the mock, or asks the real runner; `call` and `result` are what came of it."""

    def __init__(self, mock: Success | Failure | None, tasks: TaskRunner | None) -> None:
        self._mock = mock
        self.tasks = tasks
        self.call: TaskCall | None = None
        self.result: TaskResult | None = None

    def run(self, call: TaskCall) -> TaskResult:
        self.call = call
        if self._mock is not None:
            return self._mock
        if self.tasks is None:  # cannot be: refused before anything runs
            raise AssertionError(call.resource)
        self.result = self.tasks.run(call)
        return self.result


class World:
    """`mocked` is the mocked result's value; None without one."""

    def __init__(
        self,
        wanted: Wanted,
        tested: Tested,
        mocked: Json,
        tasks: TaskRunner | None,
        now: datetime,
        seed: int,
    ) -> None:
        self.wanted = wanted
        self.tested = tested
        self.mocked = mocked
        known = [(wanted.input, wanted.input_text)]
        answer: Success | Failure | None = None
        mock = wanted.mock
        if mock is not None and mock.result is not None:
            known.append((mocked, mock.result))
            answer = Success(mocked)
        elif mock is not None:
            answer = Failure(mock.error, mock.cause)
        self.inspection = Inspection(wanted.level, known)
        self.runner = Runner(answer, tasks)
        self.scheduler = Scheduler(VirtualClock(now))
        self._deadline = now + LONGEST
        self.run = self._execution(seed)
        self.run.write("ExecutionStarted", 0, None, (wanted.input, wanted.role_arn))
        self.thread = Thread(0, wanted.variables, "")

    def _execution(self, seed: int) -> Execution:
        """An Express execution that has ids for names (recorded)."""
        chance = f"TestState/{seed}"
        ids = Scope(None, seed=chance)
        machine, name = ids.uuid(), ids.uuid()
        role = self.wanted.role_arn or ""
        parts = role.split(":")
        partition, account = "aws", ACCOUNT
        if len(parts) >= _ROLE_PARTS:
            partition, account = parts[1] or partition, parts[4] or account
        place = f"arn:{partition}:states:{REGION}:{account}"
        run = _TestedRun(
            arn=f"{place}:express:{machine}:{name}",
            name=name,
            machine=self.tested.machine,
            workflow=machine,
            state_machine_arn=f"{place}:stateMachine:{machine}",
            role_arn=role,
            kind="EXPRESS",
            payload=self.wanted.input,
            text=None,
            runtime=Engine(self.scheduler, self.runner, seed=seed).runtime,
            seed=chance,
            parent=None,
            sync=True,
        )
        run.in_map = self.tested.in_map
        return run

    def within_limit(self, work: Coroutine[Signal[Any], None, T]) -> T:
        """Run to the end. Raises what the work raises, and Failed after five minutes."""
        fiber = self.scheduler.spawn("state under test", work)
        self.scheduler.run_until_idle(self._deadline)
        if not fiber.done:
            fiber.cancel()
            raise Failed("States.Timeout", None, final=True)
        return fiber.result()
