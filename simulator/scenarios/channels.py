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
        for channel in (*_tables(simulation, account), *_queues(simulation, account)):
            yield channel if own else Channel(f"{channel.name} of {account}", channel.text)


def _text(value: Any) -> str:
    return canonical(jsonable(value))


def _tables(simulation: Simulation, account: str) -> Iterator[Channel]:
    with simulation.cloud.inside(account), simulation.cloud.calling(OUTSIDE):
        client = simulation.cloud.client("dynamodb")
        for page in client.get_paginator("list_tables").paginate():
            for table in page["TableNames"]:
                items: list[Any] = []
                for found in client.get_paginator("scan").paginate(TableName=table):
                    items += found["Items"]
                yield Channel(f"table {table}", _text(items))


def _queues(simulation: Simulation, account: str) -> Iterator[Channel]:
    """Without taking messages away: they are read with no invisibility at all."""
    with simulation.cloud.inside(account), simulation.cloud.calling(OUTSIDE):
        client = simulation.cloud.client("sqs")
        for url in client.list_queues().get("QueueUrls", []):
            seen: dict[str, str] = {}
            while True:
                found = client.receive_message(
                    QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0
                ).get("Messages", [])
                if not any(message["MessageId"] not in seen for message in found):
                    break
                seen |= {message["MessageId"]: message["Body"] for message in found}
            yield Channel(f"queue {url.rsplit('/', 1)[-1]}", _text(sorted(seen.values())))
