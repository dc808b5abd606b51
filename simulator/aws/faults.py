"""Fault: an AWS call, or a function, that goes wrong as a scenario says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from simulator.aws.calls import ApiCall

KILLS: Final = ("before", "after_provider_reply", "after")


class FunctionKilled(BaseException):
    """The function stops here: no `except Exception` of its code may see it.

    `reason` is "timeout" or "killed".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Effect = Literal["before", "ignored", "after"]


@dataclass(slots=True)
class Fault:
    """Fails `times` calls (-1: all) of `service`:`operation`, by `table` or `function` if given.

    `effect`: "before" (the default) raises `error` and changes nothing; "after" changes and then
    raises; "ignored" answers success and changes nothing. `kill` is about a function instead of a
    call: it dies, see `tasks.lambdas`.
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

    def wants(self, call: ApiCall) -> bool:
        if self.kill is not None or self.times == 0:
            return False
        if self.service != call.service or self.operation != call.operation:
            return False
        if self.function is not None and self.function != call.caller:
            return False
        return self.table is None or self.table in _tables(call.parameters)

    def spend(self) -> None:
        """One of its times is used."""
        if self.times > 0:
            self.times -= 1


def _tables(parameters: dict[str, Any]) -> Iterator[str]:
    """The tables a DynamoDB call names, also inside batches and transactions."""
    name = parameters.get("TableName")
    if isinstance(name, str):
        yield name.rsplit("/", 1)[-1]
    items = parameters.get("RequestItems")
    if isinstance(items, dict):
        yield from items
    for item in parameters.get("TransactItems") or ():
        for action in item.values():
            yield str(action.get("TableName", ""))
