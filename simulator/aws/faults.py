"""Fault: an AWS call, or a function, that goes wrong as a scenario says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from simulator.aws.calls import ApiCall
from simulator.errors import UsageError
from simulator.problems import did_you_mean

KILLS: Final = ("before", "before_provider_call", "after_provider_reply", "after")
EFFECTS: Final = ("before", "after", "ignored")


class FunctionKilled(BaseException):
    """The function stops here: no `except Exception` of its code may see it.

    `reason` is "timeout" or "killed".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Fault:
    """Fails `times` calls (-1: all) of `service`:`operation`, by `table` or `function` if given.

    `effect`: "before" (the default) raises `error` and changes nothing; "after" changes and then
    raises; "ignored" answers success and changes nothing. `kill` is about a function instead of a
    call: it dies, see `tasks.lambdas`. `table` is a name or an ARN. UsageError for an unknown
    `effect` or `kill`: a fault that never happens would be a test of nothing.
    """

    service: str = ""
    operation: str = ""
    error: str | None = None
    message: str | None = None
    times: int = 1
    table: str | None = None
    function: str | None = None
    kill: str | None = None
    effect: str | None = None

    def __post_init__(self) -> None:
        for field, value, known in (("effect", self.effect, EFFECTS), ("kill", self.kill, KILLS)):
            if value is not None and value not in known:
                hint = did_you_mean(value, known) or f"it may be {', '.join(known)}"
                raise UsageError(f"a fault has no {field} '{value}'; {hint}")

    def wants(self, call: ApiCall) -> bool:
        if self.kill is not None or self.times == 0:
            return False
        if self.service != call.service or self.operation != call.operation:
            return False
        if self.function is not None and self.function != call.caller:
            return False
        return self.table is None or _table_name(self.table) in _tables(call.parameters)

    def spend(self) -> None:
        """One of its times is used."""
        if self.times > 0:
            self.times -= 1


def _tables(parameters: dict[str, Any]) -> Iterator[str]:
    """The tables a DynamoDB call names, also inside batches and transactions."""
    name = parameters.get("TableName")
    if isinstance(name, str):
        yield _table_name(name)
    items = parameters.get("RequestItems")
    if isinstance(items, dict):
        yield from map(_table_name, items)
    for item in parameters.get("TransactItems") or ():
        for action in item.values():
            yield _table_name(str(action.get("TableName", "")))


def _table_name(text: str) -> str:
    """AWS: every API takes a table's ARN where it takes its name (docs)."""
    return text.partition(":table/")[2].partition("/")[0] or text
