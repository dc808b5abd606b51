"""Queues that invoke functions: polled on virtual time whenever a message may have arrived."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulator.aws.calls import ApiCall
from simulator.sources.queues import failed_message_ids, sqs_event, wants

if TYPE_CHECKING:
    from simulator.project.project import QueueSource
    from simulator.simulation.world import Simulation

# moto: a message can be received after its visibility timeout, not at its very end.
_AFTER = timedelta(milliseconds=1)
SENDS = frozenset({"SendMessage", "SendMessageBatch"})


Place = tuple[str, str]  # account and name


def _place(arn: str) -> Place:
    parts = arn.split(":")
    return parts[4], parts[5]


class QueuePollers:
    """One poller a queue source. A poll that finds nothing does nothing."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._sources = {
            _place(source.queue_arn): source
            for part in simulation.project.parts
            for source in part.queue_sources
            if source.enabled
        }
        self._arranged: set[tuple[Place, float]] = set()

    def see(self, call: ApiCall) -> None:
        """Told of every AWS call that succeeded: sending, or publishing to a subscribed topic."""
        if not self._sources:
            return
        if call.service == "sqs" and call.operation in SENDS:
            name = (call.account, str(call.parameters.get("QueueUrl", "")).rsplit("/", 1)[-1])
            entries = call.parameters.get("Entries") or [call.parameters]
            for entry in entries:
                self._arrange(name, timedelta(seconds=entry.get("DelaySeconds") or 0))
        elif call.service == "sns" and call.operation.startswith("Publish"):
            for name in self._sources:
                self._arrange(name, timedelta())

    def _arrange(self, name: Place, delay: timedelta) -> None:
        source = self._sources.get(name)
        if source is None:
            return
        when = self._simulation.now + delay + timedelta(seconds=source.window)
        key = (name, when.timestamp())
        if key not in self._arranged:
            self._arranged.add(key)
            self._simulation.at(when, lambda: self._poll(name, key))

    def _poll(self, name: Place, key: tuple[Place, float]) -> None:
        self._arranged.discard(key)
        source = self._sources[name]
        cloud = self._simulation.cloud
        account, queue = name
        with cloud.inside(account), cloud.calling(f"poller of {queue}"):
            client = cloud.client("sqs")
            url = client.get_queue_url(QueueName=queue)["QueueUrl"]
            while True:
                messages = client.receive_message(
                    QueueUrl=url,
                    MaxNumberOfMessages=min(source.batch_size, 10),
                    MessageSystemAttributeNames=["All"],
                    MessageAttributeNames=["All"],
                ).get("Messages", [])
                if not messages:
                    return
                if self._process(source, client, url, messages):
                    timeout = client.get_queue_attributes(
                        QueueUrl=url, AttributeNames=["VisibilityTimeout"]
                    )["Attributes"]["VisibilityTimeout"]
                    self._arrange(name, timedelta(seconds=int(timeout)) + _AFTER)

    def _process(
        self, source: QueueSource, client: Any, url: str, messages: list[dict[str, Any]]
    ) -> bool:
        """Invoke the function with one batch; True when some messages come back later."""
        unwanted = [message for message in messages if not wants(source.filters, message)]
        for message in unwanted:  # AWS: what no filter wants is deleted (docs)
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        messages = [message for message in messages if message not in unwanted]
        if not messages:
            return False
        event = sqs_event(messages, source.queue_arn, source.queue_arn.split(":")[3])
        invocation = self._simulation.lambdas.invoke(source.function, event)
        ids = [message["MessageId"] for message in messages]
        if invocation.error is not None:
            failed = set(ids)
        elif source.report_failures:
            failed = set(failed_message_ids(invocation.result, ids))
        else:
            failed = set()
        for message in messages:
            if message["MessageId"] not in failed:
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bool(failed)
