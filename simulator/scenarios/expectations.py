"""The toolkit's words under `expect`: each gives the differences of a finished run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from simulator.engine.execution import Execution
from simulator.errors import UsageError
from simulator.scenarios.compare import (
    ABSENT,
    Difference,
    covers,
    differences,
    jsonable,
    member,
    path_text,
    same,
    shown,
)
from simulator.scenarios.durations import duration_text, parse_duration
from simulator.scenarios.names import hint_among, named
from simulator.scenarios.observed import alarms_at_some_time, queue_depths
from simulator.scenarios.vocabulary import Vocabulary, scenario_workflow
from simulator.scenarios.world import World
from simulator.values import Json

Check: TypeAlias = Callable[[World, Any, str], Iterator[Difference]]


def compare(world: World, vocabulary: Vocabulary) -> Iterator[Difference]:
    """The toolkit's words and the application's probes, in the order of the file."""
    for key, want in (world.scenario.expect or {}).items():
        where = member("expect", key)
        if key == "invariants":
            continue
        if key == "executions_started":
            yield from _executions_started(world, want, where, vocabulary)
        elif key in _WORDS:
            yield from _WORDS[key](world, want, where)
        else:
            yield from vocabulary.probes[key](world, want)


def _statuses(world: World) -> list[Json]:
    answers = [
        world.answers.get(step.where) for step in world.scenario.steps if step.kind == "http"
    ]
    return [answer.status for answer in answers if answer is not None]


def _http_statuses(world: World, want: Any, where: str) -> Iterator[Difference]:
    yield from differences(where, want, _statuses(world))


def _any_order(world: World, want: Any, where: str) -> Iterator[Difference]:
    got = _statuses(world)
    if not any(Counter(got) == Counter(option) for option in want):
        yield Difference(where, want, got, note="none of the wanted sets is this one")


def _executions_started(
    world: World, want: Any, where: str, vocabulary: Vocabulary
) -> Iterator[Difference]:
    if not isinstance(want, dict):
        # What another execution started is a re-drive's or a parent's own.
        started = [run for run in world.own_executions() if run.parent is None]
        yield from differences(where, want, len(started))
        return
    for word, number in want.items():
        name = world.simulation.project.workflow(scenario_workflow(vocabulary, word) or word).name
        got = sum(run.workflow == name for run in world.executions)
        yield from differences(member(where, word), number, got)


def _visited(world: World) -> list[str]:
    runs = world.own_executions()
    return runs[0].visited() if runs else []


def _path(world: World, want: Any, where: str) -> Iterator[Difference]:
    got = _visited(world)
    if got != want:
        at = next((i for i, (a, b) in enumerate(zip(want, got, strict=False)) if a != b), None)
        index = min(len(want), len(got)) if at is None else at
        yield Difference(
            f"{where}[{index}]",
            want[index] if index < len(want) else ABSENT,
            got[index] if index < len(got) else ABSENT,
            note=f"the path was {path_text(got)}",
        )


def _path_contains(world: World, want: Any, where: str) -> Iterator[Difference]:
    got = _visited(world)
    rest = iter(got)
    for index, state in enumerate(want):
        if state not in rest:
            after = f" after {want[index - 1]}" if index else ""
            message = f"{state} was not entered{after}"
            note = f"the path was {path_text(got)}"
            yield Difference(f"{where}[{index}]", state, ABSENT, message, note)
            return


def _path_ends_with(world: World, want: Any, where: str) -> Iterator[Difference]:
    got = _visited(world)
    tail = got[len(got) - len(want) :] if len(want) <= len(got) else got
    yield from differences(where, want, tail)


def retry_delays(run: Execution) -> list[float]:
    """Seconds from a failed attempt to the next one of the same entry of a state, in order."""
    delays: list[float] = []
    failed: Any = None
    for event in run.history:
        if event.type.endswith(("StateEntered", "StateExited")):
            failed = None
        elif event.type in _ATTEMPT_FAILED:
            failed = event.at
        elif event.type in _ATTEMPT_SCHEDULED and failed is not None:
            delay = (event.at - failed).total_seconds()
            delays.append(int(delay) if delay.is_integer() else delay)
            failed = None
    return delays


_ATTEMPT_SCHEDULED = frozenset({"TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled"})
_ATTEMPT_FAILED = frozenset(
    f"{family}{ending}"
    for family in ("Task", "LambdaFunction", "Activity")
    for ending in ("Failed", "TimedOut", "StartFailed", "SubmitFailed", "ScheduleFailed")
)


def _retry_delays(world: World, want: Any, where: str) -> Iterator[Difference]:
    runs = world.own_executions()
    yield from differences(where, want, retry_delays(runs[0]) if runs else [])


def _virtual_time(world: World, want: Any, where: str) -> Iterator[Difference]:
    ends = [run.stopped_at for run in world.executions if run.stopped_at is not None]
    if not ends:
        yield Difference(where, want, ABSENT, "no execution has ended")
        return
    got = max(ends) - world.scenario.clock
    if got != parse_duration(want):
        yield Difference(where, want, duration_text(got))


def _status(world: World, want: Any, where: str) -> Iterator[Difference]:
    runs = world.own_executions()
    note = None if not runs or runs[0].error is None else f"{runs[0].error}: {runs[0].cause}"
    got = runs[0].status if runs else ABSENT
    if got != want:
        yield Difference(where, want, got, note=note)


def _error(world: World, want: Any, where: str) -> Iterator[Difference]:
    runs = world.own_executions()
    yield from differences(where, want, runs[0].error if runs else None)


def _pending(world: World, want: Any, where: str) -> Iterator[Difference]:
    tasks = world.simulation.open_tasks()
    if len(tasks) != want:
        names = ", ".join(sorted(task.state for task in tasks)) or "none"
        yield Difference(where, want, len(tasks), note=f"waiting: {names}")


def _rule_matched(world: World, want: Any, where: str) -> Iterator[Difference]:
    """A rule's name is the physical one, or the same with the stack's name before it."""
    rules = [rule.name for part in world.simulation.project.parts for rule in part.rules]
    for word, wanted in want.items():
        name = named(word, rules)
        if name is None:
            message = f"there is no rule '{word}'; {hint_among(word, rules, 'rules')}"
            yield Difference(member(where, word), wanted, ABSENT, message)
            continue
        got = any(name in routed.matched for routed in world.simulation.routed)
        if got != wanted:
            yield Difference(member(where, word), wanted, got, note=_why(world, name, wanted))


def _why(world: World, rule: str, wanted: Any) -> str | None:
    if not wanted:
        return None
    parts = world.simulation.project.parts
    patterns = {known.name: known.pattern for part in parts for known in part.rules}
    pattern = patterns[rule]
    for routed in world.simulation.routed:
        found = None if pattern is None else pattern.explain(routed.event)
        if found is not None:
            return str(found)
    return None


def _depths_at_end(world: World, want: Any, where: str) -> Iterator[Difference]:
    yield from _depths(want, queue_depths(world), where)


def _depths_max(world: World, want: Any, where: str) -> Iterator[Difference]:
    now = queue_depths(world)
    most = {name: max(depth, world.queue_depths_max.get(name, 0)) for name, depth in now.items()}
    yield from _depths(want, most, where)


def _depths(want: Any, got: Mapping[str, int], where: str) -> Iterator[Difference]:
    for word, number in want.items():
        name = named(word, got)
        if name is None:
            message = f"there is no queue '{word}'; {hint_among(word, got, 'queues')}"
            yield Difference(member(where, word), number, ABSENT, message)
        else:
            yield from differences(member(where, word), number, got[name])


def _matching(world: World, want: Mapping[str, Json]) -> Iterator[Json]:
    parameters = {key: item for key, item in want.items() if key not in ("service", "operation")}
    for call in world.calls:
        if (call.service, call.operation) == (want["service"], want["operation"]):
            got = jsonable(call.parameters)
            # A parameter may be written in the API's case or in boto3's.
            lowered = {k.lower(): v for k, v in got.items()} if isinstance(got, dict) else {}
            if covers(lowered, {key.lower(): item for key, item in parameters.items()}):
                yield got


def _api_calls(world: World, want: Sequence[Any], where: str) -> Iterator[Difference]:
    for index, call in enumerate(want):
        if next(_matching(world, call), None) is None:
            made: list[Json] = [
                jsonable(known.parameters)
                for known in world.calls
                if (known.service, known.operation) == (call["service"], call["operation"])
            ]
            message = f"no call {shown(call)}"
            note = f"such calls were {shown(made)}" if made else "the operation was never called"
            yield Difference(f"{where}[{index}]", call, ABSENT, message, note)


def _api_calls_forbidden(world: World, want: Sequence[Any], where: str) -> Iterator[Difference]:
    for index, call in enumerate(want):
        for made in _matching(world, call):
            yield Difference(f"{where}[{index}]", ABSENT, made, f"a forbidden call: {shown(made)}")


def _api_call_counts(world: World, want: Mapping[str, int], where: str) -> Iterator[Difference]:
    made = Counter(f"{call.service}:{call.operation}" for call in world.calls)
    for name, number in want.items():
        yield from differences(member(where, name), number, made[name])


def _roles(world: World, want: Sequence[str], where: str) -> Iterator[Difference]:
    got = {
        str(call.parameters.get("RoleArn"))
        for call in world.calls
        if call.service == "sts" and call.operation.startswith("AssumeRole")
    }
    if not same(jsonable(sorted(set(want))), jsonable(sorted(got))):
        yield Difference(where, jsonable(sorted(set(want))), jsonable(sorted(got)))


def _alarms(world: World, want: Sequence[str], where: str) -> Iterator[Difference]:
    known, raised = alarms_at_some_time(world)
    for index, word in enumerate(want):
        name = named(word, known)
        if name is None:
            message = f"there is no alarm '{word}'; {hint_among(word, known, 'alarms')}"
            yield Difference(f"{where}[{index}]", word, ABSENT, message)
        elif name not in raised:
            yield Difference(f"{where}[{index}]", "ALARM", "OK", f"'{word}' was never in ALARM")


_WORDS: Mapping[str, Check] = {
    "http_statuses": _http_statuses,
    "http_statuses_any_order": _any_order,
    "path": _path,
    "path_contains": _path_contains,
    "path_ends_with": _path_ends_with,
    "retry_delays_s": _retry_delays,
    "virtual_time_at_end": _virtual_time,
    "execution_status": _status,
    "execution_error": _error,
    "pending_tasks": _pending,
    "rule_matched": _rule_matched,
    "queue_depths_at_end": _depths_at_end,
    "queue_depths_max": _depths_max,
    "api_calls": _api_calls,
    "api_calls_forbidden": _api_calls_forbidden,
    "api_call_counts": _api_call_counts,
    "sts_assumed_roles": _roles,
    "alarms": _alarms,
}


def invariants(world: World, vocabulary: Vocabulary) -> Iterator[Difference]:
    """The named ones, then what is checked after every run."""
    named = (world.scenario.expect or {}).get("invariants")
    for name in named if isinstance(named, list) else []:
        check = vocabulary.invariants.get(str(name))
        if check is None:
            raise UsageError(f"no invariant '{name}' is registered in {vocabulary.source}")
        for text in check(world):
            yield Difference(f"invariant {name}", message=text)
    for check in vocabulary.always_checks:
        for text in check(world):
            yield Difference(f"always {getattr(check, '__name__', 'check')}", message=text)
