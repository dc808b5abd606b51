"""Channel: one text that left the workflows, for checks of what may be in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.scenarios.compare import jsonable
from simulator.values import canonical

if TYPE_CHECKING:
    from simulator.simulation.world import Simulation

OUTSIDE = "scenario"


@dataclass(frozen=True, slots=True)
class Channel:
    """`name` says where the text was found: "history payment-1", "table Payments"."""

    name: str
    text: str


def channels(simulation: Simulation) -> Iterator[Channel]:
    """Histories, logs, API calls, events, HTTP answers, and what tables and queues hold now."""
    for run in simulation.executions:
        events = [event.to_aws() for event in run.history]
        yield Channel(f"history {run.workflow} {run.name}", _text(events))
    for number, invocation in enumerate(simulation.lambdas.invocations):
        yield Channel(f"log {invocation.function}[{number}]", invocation.logs)
    for number, call in enumerate(list(simulation.cloud.calls)):
        if call.caller == OUTSIDE:
            continue  # what a scenario itself sends or looks at has not come out of a workflow
        name = f"call {call.service}:{call.operation}[{number}]"
        yield Channel(name, _text(call.parameters))
    for number, response in enumerate(simulation.responses):
        answer = {"headers": dict(response.headers), "body": response.body}
        yield Channel(f"http answer[{number}]", _text(answer))
    for number, routed in enumerate(simulation.routed):
        yield Channel(f"event[{number}] on {routed.bus}", _text(routed.event))
    for account in dict.fromkeys(part.account for part in simulation.project.parts):
        own = account == simulation.project.account
        for channel in _held(simulation, account):
            yield channel if own else Channel(f"{channel.name} of {account}", channel.text)


def _text(value: Any) -> str:
    return canonical(jsonable(value))


def _held(simulation: Simulation, account: str) -> Iterator[Channel]:
    with simulation.cloud.inside(account):
        tables, queues = simulation.cloud.tables(), simulation.cloud.queues()
    for table in tables:
        yield Channel(f"table {table.name}", _text(list(table.items)))
    for queue in queues:
        yield Channel(f"queue {queue.name}", _text(sorted(queue.bodies)))
