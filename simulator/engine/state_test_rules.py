"""What TestState refuses once it knows the state: states without a mock, and mocks that do not fit.

All texts are recorded but those that a comment calls a guess.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.asl.apis import Apis
from simulator.asl.graph import all_graphs, inner_graphs
from simulator.asl.model import Map, Parallel, Task
from simulator.engine.mock_validation import check_result
from simulator.engine.ports import TaskRunner
from simulator.engine.state_test_definition import Tested
from simulator.engine.state_test_error import invalid, json_or
from simulator.engine.state_test_request import Wanted
from simulator.errors import UsageError
from simulator.values import Json


def check_test(wanted: Wanted, tested: Tested, apis: Apis | None, tasks: TaskRunner | None) -> Json:
    """The mocked result's value, or None without one.

    Raises StateTestError, and UsageError when a state must call a service and there is none.
    """
    _check_context(wanted, tested)
    _check_cause(wanted, tested)
    if wanted.mock is None:
        _check_unmocked(wanted, tested, tasks)
        return None
    state = tested.state
    if not isinstance(state, Task | Parallel | Map):
        raise invalid(
            f"State type '{type(state).__name__}' is not supported when a mock is specified"
        )
    if wanted.mock.result is None:
        return None
    value = json_or(wanted.mock.result, "Mocked result must be valid JSON")
    if isinstance(state, Parallel):
        if len(_array(value)) != len(state.branches):
            raise invalid(
                "Mocked result must contain the same number of items as number of Parallel"
                " branches."
            )
    elif isinstance(state, Map):
        _check_map(wanted, state, value)
    elif tested.integration is not None and apis is not None:
        check_result(value, tested.integration, wanted.mock.mode, apis)
    return value


def _check_map(wanted: Wanted, state: Map, value: Json) -> None:
    if state.writer is not None and state.writer.resource is not None:
        if not isinstance(value, dict):
            raise invalid("Mocked result must be a JSON object.")
    elif (wanted.iteration_failures or 0) > len(_array(value)):
        raise too_many_failures()


def too_many_failures() -> Exception:
    return invalid(
        "Map iteration failure count must be less than or equal to the number of Map iterations"
    )


def _array(value: Json) -> Sequence[Json]:
    if not isinstance(value, list):
        raise invalid("Mocked result must be an array.")
    return value


def _check_unmocked(wanted: Wanted, tested: Tested, tasks: TaskRunner | None) -> None:
    state = tested.state
    if isinstance(state, Map | Parallel):
        raise invalid(
            "TestState API does not support Map or Parallel states. Supported state types include:"
            " [Task, Wait, Pass, Succeed, Fail, Choice]"
        )
    if not isinstance(state, Task):
        return
    if tested.has_token:  # documented; the words are a guess
        raise invalid(
            "TestState API does not support Activity tasks and '.sync' or '.waitForTaskToken'"
            " service integration patterns when a mock is not specified."
        )
    if wanted.role_arn is None:
        raise invalid("RoleArn must be specified when testing a Task state")
    if tasks is None:
        raise UsageError(
            f"the state '{state.name}' calls {state.resource}, and nothing here answers such calls;"
            " mock its result or its error"
        )


def _check_context(wanted: Wanted, tested: Tested) -> None:
    if wanted.context is not None and "Task" in wanted.context and not tested.has_token:
        raise invalid(
            "Context object contains 'Task' when state is not a Task state with a '.sync' or"
            " '.waitForTaskToken' service integration pattern"
        )


def _check_cause(wanted: Wanted, tested: Tested) -> None:
    """The state that an error comes from is one of the Parallel or Map (docs); words: a guess."""
    name = wanted.error_caused_by
    if name is None:
        return
    for inner in inner_graphs(tested.state):
        if any(name in graph.states for graph in all_graphs(inner)):
            return
    raise invalid("State not found in definition")
