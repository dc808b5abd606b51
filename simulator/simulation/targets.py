"""Where rules, schedules and routes deliver to: executions, functions, queues, topics, buses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simulator.errors import UsageError
from simulator.values import Json, compact

if TYPE_CHECKING:
    from simulator.simulation.world import Simulation

# AWS: an asynchronous invocation that fails is tried twice more, after 1 and 2 minutes (docs).
ASYNC_RETRIES = (timedelta(minutes=1), timedelta(minutes=2))


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Something that reached nobody: `why` is for people."""

    source: str
    target: str
    payload: Json
    why: str
    at: datetime


class Targets:
    """Delivers one payload to one ARN, now."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self.undelivered: list[Undelivered] = []

    def deliver(
        self, arn: str, payload: Json, *, source: str, dead_letter: str | None = None
    ) -> None:
        """`source` names the rule or schedule. Raises UsageError for a target nobody stands for."""
        service = arn.split(":")[2] if arn.count(":") >= 5 else ""
        if service == "states" and ":stateMachine:" in arn:
            self._simulation.start(arn, payload)
        elif service == "lambda":
            self._invoke(arn, payload, source, dead_letter, attempt=0)
        elif service == "sqs":
            self._send(arn, payload)
        elif service == "sns":
            with self._simulation.cloud.calling(source):
                self._simulation.cloud.client("sns").publish(TopicArn=arn, Message=_text(payload))
        elif service == "events" and ":event-bus/" in arn:
            bus = arn.partition(":event-bus/")[2]
            event: Json = payload if isinstance(payload, dict) else {"detail": payload}
            self._simulation.publish(event, bus=bus)
        elif service == "logs":
            pass  # a log group as target keeps the event, which the simulation keeps anyway
        else:
            raise UsageError(
                f"{source} has the target {arn}, and the simulator cannot deliver there; targets may"
                " be state machines, functions, queues, topics, event buses and log groups"
            )

    def invoke(self, function: str, payload: Json, *, source: str) -> None:
        """Arrange an asynchronous invocation: it begins when whoever runs now has ended."""
        self._simulation.at(
            self._simulation.cloud.now,
            lambda: self._invoke(function, payload, source, None, attempt=0),
        )

    def _invoke(
        self, arn: str, payload: Json, source: str, dead_letter: str | None, *, attempt: int
    ) -> None:
        simulation = self._simulation
        invocation = simulation.lambdas.invoke(arn, payload, invocation_type="Event")
        if invocation.error is None:
            return
        if attempt < len(ASYNC_RETRIES):
            when = simulation.now + ASYNC_RETRIES[attempt]
            simulation.at(
                when,
                lambda: self._invoke(arn, payload, source, dead_letter, attempt=attempt + 1),
            )
            return
        if dead_letter is not None:
            self._send(dead_letter, payload)
            return
        why = f"{invocation.error.error}: {invocation.error.cause}"
        self.undelivered.append(Undelivered(source, arn, payload, why, simulation.now))

    def _send(self, arn: str, payload: Json) -> None:
        with self._simulation.cloud.calling("events"):
            client = self._simulation.cloud.client("sqs")
            url = client.get_queue_url(QueueName=arn.rsplit(":", 1)[1])["QueueUrl"]
            client.send_message(QueueUrl=url, MessageBody=_text(payload))


def _text(payload: Json) -> str:
    return payload if isinstance(payload, str) else compact(payload)
