"""Topics that invoke functions: a published message reaches every subscriber that wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.aws.calls import ApiCall
from simulator.sources.topics import filtered_value, sns_event

if TYPE_CHECKING:
    from simulator.project.rules import TopicSource
    from simulator.simulation.world import Simulation


class TopicSubscribers:
    """moto delivers to queues; functions get theirs from here, asynchronously as from SNS."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._sources = [
            source for part in simulation.project.parts for source in part.topic_sources
        ]

    def see(self, call: ApiCall) -> None:
        """Told of every AWS call that succeeded."""
        if call.service != "sns" or not self._sources:
            return
        topic = call.parameters.get("TopicArn") or call.parameters.get("TargetArn")
        result = call.result or {}
        if call.operation == "Publish":
            self._deliver(topic, call.parameters, str(result.get("MessageId")))
        elif call.operation == "PublishBatch":
            ids = {item["Id"]: item["MessageId"] for item in result.get("Successful", [])}
            for entry in call.parameters.get("PublishBatchRequestEntries", []):
                if entry["Id"] in ids:
                    self._deliver(topic, entry, ids[entry["Id"]])

    def _deliver(self, topic: Any, entry: dict[str, Any], message_id: str) -> None:
        simulation = self._simulation
        for source in self._sources:
            if source.topic_arn == topic and _wants(source, entry):
                now = simulation.cloud.now
                event = sns_event(
                    entry,
                    source.topic_arn,
                    f"{source.topic_arn}:{source.function}",
                    message_id,
                    now,
                )
                where = f"topic {source.topic_arn.rpartition(':')[2]}"
                simulation.targets.invoke(source.function, event, source=where)


def _wants(source: TopicSource, entry: dict[str, Any]) -> bool:
    if source.wanted is None:
        return True
    return source.wanted.matches(filtered_value(entry, body=source.by_body))
