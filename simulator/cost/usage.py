"""What a run used: transitions, requests and GB-seconds, counted from its histories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from simulator.values import compact

if TYPE_CHECKING:  # --help must not load the engine
    from simulator.engine.execution import Execution
    from simulator.scenarios.world import World

_STEP: Final = timedelta(milliseconds=100)  # AWS: Express durations are rounded up to it (docs)
_MILLISECOND: Final = timedelta(milliseconds=1)
# AWS: memory is 50 MB, the definition, and the data once for each step of a Map or Parallel, billed
# in steps of 64 MB (docs). An execution's input stands for its data (guess).
_MB: Final = 1_000_000
_OWN_MEMORY: Final = 50 * _MB
_MEMORY_STEP: Final = 64 * _MB
_STEP_GB: Final = 64 / 1024
LONGEST_EXPRESS: Final = timedelta(minutes=5)
# A redrive of a Map Run is the Map state once more.
_ATTEMPTS: Final = ("Scheduled", "ParallelStateStarted", "MapStateStarted", "MapRunRedriven")
_RETRIED: Final = ("TaskStateEntered", "ParallelStateEntered", "MapStateEntered")


@dataclass(frozen=True, slots=True)
class Usage:
    """Of one run of a scenario, or the sum of several.

    `transitions` and `express_gb_seconds` are those of all executions, whatever their type is, as
    if they were Standard and as if they were Express. `not_express` says why Express cannot run
    them; "" when it can. Lambda durations are what functions declare, never measured.
    """

    executions: int = 0
    transitions: int = 0
    express_gb_seconds: float = 0.0
    lambda_requests: int = 0
    lambda_gb_seconds: float = 0.0
    not_express: str = ""

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.executions + other.executions,
            self.transitions + other.transitions,
            self.express_gb_seconds + other.express_gb_seconds,
            self.lambda_requests + other.lambda_requests,
            self.lambda_gb_seconds + other.lambda_gb_seconds,
            self.not_express or other.not_express,
        )


def usage(world: World) -> Usage:
    """Of all that ran in this world."""
    simulation = world.simulation
    found = Usage()
    for run in (*simulation.executions, *simulation.engine.children.values()):
        found += _of_execution(
            run, len(compact(simulation.revision_of(run.root).workflow.definition))
        )
    memory = {one.logical_id: one.memory_mb for one in simulation.project.functions.values()}
    return found + _of_functions(
        memory, ((one.function, one.took) for one in simulation.lambdas.invocations)
    )


def _of_functions(memory: Mapping[str, int], ran: Iterable[tuple[str, timedelta]]) -> Usage:
    """AWS: a function's time is rounded up to the millisecond, and is never none (docs)."""
    requests, seconds = 0, 0.0
    for name, took in ran:
        requests += 1
        billed = max(1, -(-took // _MILLISECOND))
        seconds += memory[name] / 1024 * billed / 1000
    return Usage(lambda_requests=requests, lambda_gb_seconds=seconds)


def _of_execution(run: Execution, definition: int) -> Usage:
    """`definition` is its size in bytes."""
    history = run.history
    took = history[-1].at - history[0].at
    billed = max(1, -(-took // _STEP)) * _STEP
    return Usage(
        executions=1,
        transitions=transitions(run),
        express_gb_seconds=express_gb(run, definition) * billed.total_seconds(),
        not_express=_not_express(run, took),
    )


def express_gb(run: Execution, definition: int) -> float:
    """The memory that an Express execution is billed for."""
    history = run.history
    steps = sum(
        event.type == "MapIterationStarted"
        or (
            event.type.endswith("StateEntered")
            and event.previous > 0
            and history[event.previous - 1].type == "ParallelStateStarted"
        )
        for event in history
    )
    used = _OWN_MEMORY + definition + len(compact(run.input)) * max(1, steps)
    return -(-used // _MEMORY_STEP) * _STEP_GB


def transitions(run: Execution) -> int:
    """Every state that is entered, every retry (docs), and the way in from the start (guess)."""
    entered = retries = 0
    fresh: Counter[str | None] = Counter()
    for event in run.history:
        if event.type.endswith("StateEntered"):
            entered += 1
            if event.type in _RETRIED:
                fresh[event.state] += 1
        elif event.type.endswith(_ATTEMPTS):
            if fresh[event.state]:
                fresh[event.state] -= 1  # the first attempt of a visit
            else:
                retries += 1
        elif event.type in {"TaskStateExited", "ParallelStateExited", "MapStateExited"}:
            fresh[event.state] = 0
    return 1 + entered + retries


def _not_express(run: Execution, took: timedelta) -> str:
    """Why it cannot be Express: what the service refuses in such a machine, taken or not, or the time (docs)."""
    from simulator.asl.graph import all_states
    from simulator.asl.model import Map, Task

    for state in all_states(run.machine):
        if isinstance(state, Map) and state.mode == "DISTRIBUTED":
            return f"{state.name} is a distributed Map"
        if not isinstance(state, Task):
            continue
        if state.resource.endswith(".waitForTaskToken"):
            return f"{state.name} waits for a token"
        if ".sync" in state.resource:
            return f"{state.name} waits for a job"
        if ":activity:" in state.resource:
            return f"{state.name} is an activity"
    if took > LONGEST_EXPRESS:
        return f"{run.workflow} takes over 5 minutes"
    return ""
