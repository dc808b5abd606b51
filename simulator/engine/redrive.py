"""Which executions may be redriven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.errors import SimulatorError

if TYPE_CHECKING:
    from simulator.engine.execution import Execution

DAY: Final = 86_400 * 1_000_000
WINDOW_DAYS: Final = 14
LONGEST_DAYS: Final = 365


class NotRedrivable(SimulatorError):
    """RedriveExecution refuses; `reason` is what redriveStatusReason says."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def not_redrivable(run: Execution) -> str | None:
    """Why an execution cannot be redriven, as redriveStatusReason says it; None when it can.

    The first two texts are recorded, the conditions documented, the other texts guesses.
    """
    if run.kind == "EXPRESS":
        return "Execution is EXPRESS and cannot be redriven"
    if run.status in ("RUNNING", "SUCCEEDED"):
        return f"Execution is {run.status} and cannot be redriven"
    limits, now = run.runtime.limits, run.clock.ticks
    if run.event_count >= limits.history_events - 1:
        return "Execution history event limit exceeded"
    if now - (run.stopped or now) > WINDOW_DAYS * DAY:
        return "Execution redrivable period exceeded"
    if now - run.started > LONGEST_DAYS * DAY:
        return "Execution maximum run time exceeded"
    if run.redrive_count >= limits.redrives:
        return "Execution redrive limit exceeded"
    return None
