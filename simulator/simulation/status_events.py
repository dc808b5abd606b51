"""What Step Functions tells EventBridge of STANDARD executions: their beginning and their end.

Shape: documented and recorded; nothing is told of EXPRESS executions and of a Map's children (guess).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from simulator.engine.clock import moment_of
from simulator.engine.execution import Execution
from simulator.engine.logs import PAYLOAD_BYTES
from simulator.engine.redrive import not_redrivable
from simulator.errors import LimitReached
from simulator.values import Json, compact

if TYPE_CHECKING:
    from simulator.simulation.world import Simulation

DETAIL_TYPE: Final = "Step Functions Execution Status Change"
MOST_AT_ONCE: Final = 100_000  # a rule whose target starts what it hears of never ends


class StatusEvents:
    """Only rules that want an event get it; one that nobody wants is not even published."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._told = 0
        self._instant, self._at_once = -1, 0

    def watch(self, run: Execution) -> None:
        """From the beginning of an execution, or of its redrive, to its end."""
        rules = self._simulation.router(_account(run)).rules
        if run.kind != "STANDARD" or not any(rule.pattern is not None for rule in rules):
            return
        self._tell(run)
        run.done.watch(lambda: self._tell(run))

    def _tell(self, run: Execution) -> None:
        simulation = self._simulation
        event = self._event(run)
        account = _account(run)
        if any(simulation.router(account).matches(event).values()):
            self._told += 1
            self._count(run)
            event["id"] = simulation.new_name(f"status {self._told}")
            simulation.at(simulation.now, lambda: simulation.publish(event, account=account))

    def _count(self, run: Execution) -> None:
        instant = self._simulation.clock.ticks
        self._at_once = self._at_once + 1 if instant == self._instant else 1
        self._instant = instant
        if self._at_once > MOST_AT_ONCE:
            raise LimitReached(
                "status_events",
                f"over {MOST_AT_ONCE} executions began or ended at one instant, the last of"
                f" {run.workflow}; does a rule start what it hears of?",
            )

    def _event(self, run: Execution) -> dict[str, Json]:
        parts = run.arn.split(":")
        return {
            "version": "0",
            "id": "",
            "detail-type": DETAIL_TYPE,
            "source": "aws.states",
            "account": parts[4],
            "time": self._simulation.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": parts[3],
            "resources": [run.arn],
            "detail": _detail(run),
        }


def _account(run: Execution) -> str:
    return run.arn.split(":")[4]


def _detail(run: Execution) -> dict[str, Json]:
    """Every member is there; what is not set is null (recorded)."""
    given = run.input_text or compact(run.input)
    output = compact(run.output) if run.status == "SUCCEEDED" else None
    reason = not_redrivable(run)
    redriven = None if run.redriven is None else moment_of(run.redriven)
    return {
        "executionArn": run.arn,
        "stateMachineArn": run.state_machine_arn,
        "stateMachineVersionArn": run.version_arn,
        "stateMachineAliasArn": run.alias_arn,
        "name": run.name,
        "status": run.status,
        "startDate": _milliseconds(run.started_at),
        "stopDate": _milliseconds(run.stopped_at),
        "input": given if _fits(given) else None,
        "inputDetails": {"included": _fits(given)},
        "output": output if output is None or _fits(output) else None,
        "outputDetails": None if output is None else {"included": _fits(output)},
        "error": run.error,
        "cause": run.cause,
        "redriveCount": run.redrive_count,
        "redriveDate": _milliseconds(redriven),
        "redriveStatus": "REDRIVABLE" if reason is None else "NOT_REDRIVABLE",
        "redriveStatusReason": reason,
    }


def _fits(text: str) -> bool:
    """Longer payloads are left out (docs)."""
    return len(text.encode("utf-8", "surrogatepass")) <= PAYLOAD_BYTES


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)
