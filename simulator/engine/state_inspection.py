"""InspectionData of TestState: what a state's data was after each of its steps, as JSON texts."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.asl.expressions import EvaluationError
from simulator.asl.model import DataFlow, Pass, State
from simulator.engine.execution import Execution, Thread
from simulator.engine.scope import StateScope
from simulator.values import Json, compact


class Inspection:
    """`known` are values with the texts that they came in: they are shown as they came (recorded).

    Nothing is kept at the level INFO.
    """

    def __init__(self, level: str, known: Iterable[tuple[Json, str]]) -> None:
        self.level = level
        self.data: dict[str, Json] = {}
        self._known = {id(value): text for value, text in known if isinstance(value, dict | list)}

    def text(self, value: Json) -> str:
        return self._known.get(id(value)) or compact(value)

    def note(self, member: str, value: Json) -> None:
        if self.level != "INFO":
            self.data[member] = self.text(value)

    def note_number(self, member: str, value: float | None) -> None:
        if self.level != "INFO" and value is not None:
            self.data[member] = value


def inspect_plain(
    inspection: Inspection, state: State, run: Execution, thread: Thread, value: Json, entered: int
) -> None:
    """Pass, Choice, Wait, Succeed and Fail; what is after a step that fails is left out.

    A scope of its own has the same chance as the state's: UUIDs are the same in both. JSONata has no
    steps in between (recorded).
    """
    data = state.data
    if data.query_language == "JSONata":
        return
    scope = StateScope(run, thread, state.name, entered, value)
    try:
        if isinstance(state, Pass):
            _inspect_pass(inspection, state, scope, value)
        else:
            inspection.note("afterInputPath", after_input_path(data, scope, value))
    except EvaluationError:
        return


def _inspect_pass(inspection: Inspection, state: Pass, scope: StateScope, value: Json) -> None:
    data = state.data
    if state.result is None:
        result = after_input_path(data, scope, value)
        inspection.note("afterInputPath", result)
        if data.arguments is not None:
            result = data.arguments.evaluate(result, scope)
        inspection.note("afterParameters", result)
    else:  # AWS: InputPath and Parameters are not looked at then (recorded)
        result = state.result.evaluate(None, scope)
        inspection.note("result", result)
    inspection.note("afterResultSelector", result)
    inspection.note("afterResultPath", after_result_path(data, value, result))


def after_input_path(data: DataFlow, scope: StateScope, value: Json) -> Json:
    return value if data.input_path is None else data.input_path.evaluate(value, scope)


def after_result_path(data: DataFlow, value: Json, result: Json) -> Json:
    return value if data.result_path is None else data.result_path.write(value, result)
