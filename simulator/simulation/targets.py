"""Where rules, schedules and routes deliver to: executions, functions, queues, topics, buses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simulator.aws.calls import refusal
from simulator.errors import UsageError
from simulator.tasks.lambdas import Invocation
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
        """`source` names the rule or schedule; its dead-letter queue gets what the target refuses.

        Raises UsageError for a target nobody stands for.
        """
        try:
            self._deliver(arn, payload, source)
        except Exception as error:
            code = refusal(error)
            if code is None:
                raise
            if dead_letter is None:
                self._lost(source, arn, payload, f"{code}: {error}")
            else:
                self._send(dead_letter, payload)

    def _deliver(self, arn: str, payload: Json, source: str) -> None:
        parts = arn.split(":")
        service, account = (parts[2], parts[4]) if len(parts) >= 6 else ("", "")
        if service == "states" and ":stateMachine:" in arn:
            self._simulation.start_from_api(arn, payload, None, None)
        elif service == "lambda":
            self._invoke(arn, payload, source, attempt=0)
        elif service == "sqs":
            self._send(arn, payload)
        elif service == "sns":
            cloud = self._simulation.cloud
            with cloud.inside(account), cloud.calling(source):
                self._simulation.cloud.client("sns").publish(TopicArn=arn, Message=_text(payload))
        elif service == "events" and ":event-bus/" in arn:
            bus = arn.partition(":event-bus/")[2]
            event: Json = payload if isinstance(payload, dict) else {"detail": payload}
            self._simulation.publish(event, bus=bus, account=account)
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
            lambda: self._invoke(function, payload, source, attempt=0),
        )

    def _invoke(self, arn: str, payload: Json, source: str, *, attempt: int) -> None:
        simulation = self._simulation
        invocation = simulation.lambdas.invoke(arn, payload, invocation_type="Event")
        with simulation.cloud.inside(_account(arn) or simulation.cloud.account):
            settings = simulation.lambdas.function(invocation.function).asynchronous
        if invocation.error is None:
            self._report(settings.on_success, invocation, "Success", attempt, source)
            return
        if attempt < settings.retries:
            when = simulation.now + ASYNC_RETRIES[attempt]
            simulation.at(when, lambda: self._invoke(arn, payload, source, attempt=attempt + 1))
            return
        self._report(settings.on_failure, invocation, "RetriesExhausted", attempt, source)
        if settings.dead_letter is not None:
            self.deliver(settings.dead_letter, payload, source=source)
        elif settings.on_failure is None:
            why = f"{invocation.error.error}: {invocation.error.cause}"
            self._lost(source, arn, payload, why)

    def _report(
        self,
        destination: str | None,
        invocation: Invocation,
        condition: str,
        attempt: int,
        source: str,
    ) -> None:
        """The record that a destination gets (AWS: asynchronous invocation, docs)."""
        if destination is None:
            return
        function = self._simulation.lambdas.function(invocation.function)
        response: dict[str, Json] = {"statusCode": 200, "executedVersion": "$LATEST"}
        if invocation.error is not None:
            response["functionError"] = "Unhandled"
        record: Json = {
            "version": "1.0",
            "timestamp": self._simulation.now.isoformat(timespec="milliseconds").replace(
                "+00:00", "Z"
            ),
            "requestContext": {
                "requestId": invocation.request_id,
                "functionArn": f"{function.arn}:$LATEST",
                "condition": condition,
                "approximateInvokeCount": attempt + 1,
            },
            "requestPayload": invocation.payload,
            "responseContext": response,
            "responsePayload": invocation.result,
        }
        if ":event-bus/" in destination:
            outcome = "Success" if invocation.error is None else "Failure"
            record = {
                "source": "lambda",
                "detail-type": f"Lambda Function Invocation Result - {outcome}",
                "resources": [destination, function.arn],
                "detail": record,
            }
        self.deliver(destination, record, source=source)

    def _lost(self, source: str, arn: str, payload: Json, why: str) -> None:
        self.undelivered.append(Undelivered(source, arn, payload, why, self._simulation.now))

    def _send(self, arn: str, payload: Json) -> None:
        cloud = self._simulation.cloud
        with cloud.inside(_account(arn)), cloud.calling("events"):
            client = self._simulation.cloud.client("sqs")
            url = client.get_queue_url(QueueName=arn.rsplit(":", 1)[1])["QueueUrl"]
            client.send_message(QueueUrl=url, MessageBody=_text(payload))


def _account(arn: str) -> str:
    return arn.split(":")[4] if arn.count(":") >= 5 else ""


def _text(payload: Json) -> str:
    return payload if isinstance(payload, str) else compact(payload)
