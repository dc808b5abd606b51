"""What the fields of a Map say: its items, its concurrency, its tolerance. All texts recorded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from simulator.asl.expressions import EvaluationError, Expression
from simulator.asl.model import Map
from simulator.engine.execution import Failed
from simulator.engine.scope import QUERY_ERROR, StateScope, runtime_failure
from simulator.engine.states import type_name
from simulator.values import Json, compact

_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,18}\.[0-9]{1,18}")


def items_of(
    state: Map, scope: StateScope, effective: Json
) -> tuple[Sequence[Json], Sequence[str] | None]:
    """The items that the state's own data gives, and their keys when they are an object's members.

    Raises EvaluationError, or Failed when a path gives neither array nor object.
    """
    expression = state.items
    value = effective if expression is None else expression.evaluate(effective, scope)
    if isinstance(value, list):
        return value, None
    if isinstance(value, dict) and scope.execution.runtime.behaviour.map_over_objects:
        return list(value.values()), list(value)
    if state.data.query_language != "JSONata":
        path = "$" if expression is None else expression.source
        raise runtime_failure(scope, f'Reference path "{path}" must point to array.')
    if expression is None:
        detail = f"Map state input must be an array but was: {compact(value)}"
        raise EvaluationError(QUERY_ERROR, detail)
    raise EvaluationError(
        QUERY_ERROR,
        f"The JSONata expression '{expression.quoted}' specified for the field 'Items' returned an unexpected"
        f" result type. Expected 'array', but was '{type_name(value)}' for value:"
        f" {compact(value)}",
        "Items",
    )


def input_of(value: Json, key: str | None) -> Json:
    """What an iteration gets without ItemSelector; of an object's member both halves (guess)."""
    return value if key is None else {"Key": key, "Value": value}


def at_once(state: Map, scope: StateScope, effective: Json, limit: int) -> int:
    """MaxConcurrency within the service's `limit`; 0 means no limit of one's own."""
    expression = state.max_concurrency
    if expression is None:
        return limit
    field = state.max_concurrency_field
    value = expression.evaluate(effective, scope)
    wanted = whole(scope, expression, field, value)
    if wanted < 0:
        raise runtime_failure(scope, f"{field.removesuffix('Path')} cannot be negative.")
    return min(wanted, limit) if wanted else limit


def tolerance(state: Map, scope: StateScope, effective: Json) -> tuple[int | None, float | None]:
    """ToleratedFailureCount and ToleratedFailurePercentage; None when not given."""
    count: int | None = None
    if (expression := state.tolerated_failure_count) is not None:
        field = state.tolerated_failure_count_field
        count = whole(scope, expression, field, expression.evaluate(effective, scope))
        if count < 0:
            raise runtime_failure(scope, "ToleratedFailureCount cannot be negative.")
    share: float | None = None
    if (expression := state.tolerated_failure_percentage) is not None:
        field = state.tolerated_failure_percentage_field
        value = expression.evaluate(effective, scope)
        if field.endswith("Path") and isinstance(value, str):
            value = _number(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise not_a(scope, expression, field, expression.evaluate(effective, scope), "float")
        if not 0 <= value <= 100:
            raise runtime_failure(scope, "ToleratedFailurePercentage must be between 0 and 100.")
        share = value
    return count, share


def whole(scope: StateScope, expression: Expression, field: str, value: Json) -> int:
    """A whole number; a path may lead to its text ("2") as well (recorded)."""
    number = _number(value) if field.endswith("Path") and isinstance(value, str) else value
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int):
        raise not_a(scope, expression, field, value, "integer")
    return number


def _number(text: str) -> Json:
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def not_a(
    scope: StateScope, expression: Expression, field: str, value: Json, kind: str
) -> Failed | EvaluationError:
    shown = value if isinstance(value, str) else compact(value)
    if field.endswith("Path"):
        return runtime_failure(
            scope,
            f'The {field} field refers to value "{shown}" which is not a valid {kind}:'
            f" {expression.source}",
        )
    return EvaluationError(
        QUERY_ERROR,
        f"The JSONata expression '{expression.quoted}' specified for the field '{field}' returned"
        f" an unexpected result type. Expected '{kind}', but was '{type_name(value)}' for value:"
        f" {compact(value)}",
        field,
    )
