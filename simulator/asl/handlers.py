"""Retriers and catchers that can never be chosen: an earlier one has it all, or nothing raises it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from simulator.asl.graph import all_states, inner_graphs
from simulator.asl.integrations import TOKEN, Integration, read_integration
from simulator.asl.model import (
    Catcher,
    Choice,
    Fail,
    Graph,
    Map,
    Parallel,
    Retrier,
    State,
    StateMachine,
    Task,
)
from simulator.problems import Problem, did_you_mean

ALL, TASK_FAILED, RUNTIME = "States.ALL", "States.TaskFailed", "States.Runtime"
TIMEOUT, HEARTBEAT = "States.Timeout", "States.HeartbeatTimeout"
RESERVED: Final = frozenset(
    {
        ALL, TASK_FAILED, RUNTIME, TIMEOUT, HEARTBEAT, "States.Permissions",
        "States.ResultPathMatchFailure", "States.ParameterPathFailure", "States.BranchFailed",
        "States.NoChoiceMatched", "States.IntrinsicFailure", "States.QueryEvaluationError",
        "States.ExceedToleratedFailureThreshold", "States.ItemReaderFailed",
        "States.ResultWriterFailed", "States.DataLimitExceeded", "States.Http.Socket",
    }
)  # fmt: skip
_SMALL: Final = {name.lower(): name for name in RESERVED}
_HTTP_STATUS = re.compile(r"States\.Http\.StatusCode\.\d+")
_OF_JSONPATH: Final = frozenset(
    {"States.ResultPathMatchFailure", "States.ParameterPathFailure", "States.IntrinsicFailure"}
)
# A limit of their own, whatever TimeoutSeconds says (docs).
_LIMITED: Final = frozenset({"http", "bedrockagentcore"})


def check_handlers(machine: StateMachine) -> Iterator[Problem]:
    """ASL205: certain cases only. What an error's name may be is never guessed from its words."""
    for state in all_states(machine):
        if isinstance(state, Task | Parallel | Map):
            yield from _entries(state, "Retry", state.retriers)
            yield from _entries(state, "Catch", state.catchers)


def _entries(
    state: Task | Parallel | Map, field: str, entries: tuple[Retrier | Catcher, ...]
) -> Iterator[Problem]:
    seen: set[str] = set()
    for entry in entries:
        names = entry.error_equals
        for name in names:
            hint = _misspelt(name)
            if hint is not None:
                yield _never(
                    entry, f"there is no error '{name}': this {field} entry of", state, hint
                )
        if RUNTIME in names:
            message = (
                f"States.Runtime in a {field} of '{state.name}' never fires: it cannot be retried or"
                " caught"
            )
            yield Problem("ASL205", message, entry.location, severity="warning")
        known = [name for name in names if _misspelt(name) is None and name != RUNTIME]
        if known and all(_taken(name, seen) for name in known):
            message = (
                f"this {field} entry of '{state.name}' never fires: earlier ones have"
                f" {', '.join(known)}"
            )
            yield Problem("ASL205", message, entry.location, severity="warning")
        elif known and not any(_may_raise(state, name) for name in known):
            message = (
                f"this {field} entry of '{state.name}' never fires: the state cannot raise"
                f" {', '.join(known)}"
            )
            yield Problem("ASL205", message, entry.location, _why(state, known), "warning")
        seen.update(names)


def _never(entry: Retrier | Catcher, start: str, state: State, hint: str) -> Problem:
    message = f"{start} '{state.name}' never fires for it"
    return Problem("ASL205", message, entry.location, hint, "warning")


def _misspelt(name: str) -> str | None:
    """A hint when the name is nearly a reserved one: State.ALL, States.Timout, states.all."""
    if name in RESERVED or _HTTP_STATUS.fullmatch(name):
        return None
    small = name.lower()
    meant = _SMALL.get(small.replace("state.", "states.", 1) if "states." not in small else small)
    if meant is not None:
        return f"did you mean '{meant}'?"
    if not name.startswith("States."):
        return None
    return did_you_mean(name, RESERVED) or "names that begin with States. belong to the service"


def _taken(name: str, seen: set[str]) -> bool:
    """Do earlier entries leave this error nothing? (docs: what States.TaskFailed stands for)"""
    if name in seen:
        return True
    if name == HEARTBEAT:
        return TIMEOUT in seen  # the error that is raised is States.Timeout (recorded)
    return TASK_FAILED in seen and not name.startswith("States.")


def _why(state: State, names: list[str]) -> str | None:
    if isinstance(state, Task) and set(names) <= {TIMEOUT, HEARTBEAT}:
        field = "HeartbeatSeconds" if HEARTBEAT in names else "TimeoutSeconds"
        return f"without '{field}' the task waits for ever"
    if isinstance(state, Map) and state.mode == "DISTRIBUTED":
        return "failures of child executions are raised as States.ExceedToleratedFailureThreshold"
    return None


# --- what a state may raise --------------------------------------------------------------------


def _may_raise(state: State, name: str) -> bool:
    """False only when the state certainly cannot raise an error of this name."""
    if name in (ALL, TASK_FAILED, "States.DataLimitExceeded"):
        return True
    if name == "States.QueryEvaluationError":
        return state.data.query_language == "JSONata" or _inside(state, name)
    if name in _OF_JSONPATH:
        return state.data.query_language == "JSONPath" or _inside(state, name)
    if isinstance(state, Task):
        return _task_may_raise(state, name)
    if isinstance(state, Map) and _map_may_raise(state, name):
        return True
    if isinstance(state, Parallel) and name == "States.BranchFailed":
        return True
    if isinstance(state, Choice):
        return name == "States.NoChoiceMatched" and state.default is None
    if isinstance(state, Fail):
        error = state.error
        return error is not None and (not error.is_constant or error.source == name)
    return _inside(state, name)


def _inside(state: State, name: str) -> bool:
    if isinstance(state, Map) and state.mode == "DISTRIBUTED":
        return False  # children only count against the threshold (docs)
    return any(_graph_may_raise(graph, name) for graph in inner_graphs(state))


def _graph_may_raise(graph: Graph, name: str) -> bool:
    """Handlers inside are left out of account: they may be used up, or fail themselves."""
    return any(_may_raise(state, name) for state in graph.states.values())


def _map_may_raise(state: Map, name: str) -> bool:
    if name == "States.BranchFailed":
        return True
    if name == "States.ExceedToleratedFailureThreshold":
        counted = (state.tolerated_failure_count, state.tolerated_failure_percentage)
        return state.mode == "DISTRIBUTED" or any(field is not None for field in counted)
    if name == "States.ItemReaderFailed":
        return state.reader is not None
    return name == "States.ResultWriterFailed" and state.writer is not None


def _task_may_raise(state: Task, name: str) -> bool:
    called = read_integration(state.resource)
    if "${" in state.resource or (called is not None and called.pattern == TOKEN):
        return True  # whoever has the token may send any name
    if called is None:  # a function, or an activity
        return not name.startswith("States.") or _own_error(state, name, "")
    if called.service == "lambda" and called.action.startswith("invoke"):
        return not name.startswith("States.") or _own_error(state, name, called.service)
    if not name.startswith("States."):
        return _is_of_a_service(called, name)
    return _own_error(state, name, called.service)


def _own_error(state: Task, name: str, service: str) -> bool:
    """The service's own errors that a task may meet."""
    if name == TIMEOUT:
        is_limited = service in _LIMITED or (not service and ":activity:" in state.resource)
        return is_limited or state.timeout is not None or state.heartbeat is not None
    if name == HEARTBEAT:
        return state.heartbeat is not None
    if name.startswith("States.Http."):
        return service == "http"
    return name == "States.Permissions"


def _is_of_a_service(called: Integration, name: str) -> bool:
    """Integrations put a name before the dot: DynamoDB.ConditionalCheckFailedException (recorded)."""
    return "." in name or called.is_job
