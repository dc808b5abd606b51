"""Event buses of every account: rules that want an event deliver it now."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.aws.calls import ApiCall
from simulator.aws.trust import trusts
from simulator.events.patterns import Mismatch
from simulator.events.router import Router, Rule
from simulator.values import Json, parse_json

if TYPE_CHECKING:
    from simulator.simulation.world import Simulation

_PUT = "events:PutEvents"


@dataclass(frozen=True, slots=True)
class Routed:
    """An event that was put on a bus: which rules wanted it and, if none, the nearest miss."""

    event: Json
    bus: str
    at: datetime
    matched: tuple[str, ...]
    nearest: tuple[str, Mismatch] | None


class Buses:
    """`routed` is everything that was published, in order."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        rules: dict[str, list[Rule]] = defaultdict(list)
        for part in simulation.project.parts:
            rules[part.account] += part.rules
        self._routers = {account: Router(found) for account, found in rules.items()}
        self.routed: list[Routed] = []

    def router(self, account: str) -> Router:
        return self._routers.get(account) or self._routers[self._simulation.project.account]

    def publish(self, event: Json, bus: str, account: str) -> Routed:
        """Every rule of the bus that wants the event delivers to its targets now."""
        simulation, router = self._simulation, self.router(account)
        matched = tuple(name for name, wanted in router.matches(event, bus).items() if wanted)
        nearest = None if matched else router.nearest_miss(event, bus)
        routed = Routed(event, bus, simulation.now, matched, nearest)
        self.routed.append(routed)
        for delivery in router.route(event, bus=bus, now=simulation.now):
            target = delivery.target
            simulation.targets.deliver(
                target.arn,
                delivery.payload,
                source=f"rule {delivery.rule}",
                dead_letter=target.dead_letter_arn,
            )
        return routed

    def put_events(self, call: ApiCall) -> dict[str, Any]:
        """PutEvents of a function or state. AWS: what is refused is an entry, not an error."""
        simulation = self._simulation
        entries: list[dict[str, Any]] = []
        for entry in call.parameters["Entries"]:
            given = str(entry.get("EventBusName") or "default")
            bus = given.partition(":event-bus/")[2] or given
            account = given.split(":")[4] if given.startswith("arn:") else call.account
            if account != call.account and not self._admits(account, bus, entry):
                message = f"{call.caller} may not put events on {given}"
                entries.append({"ErrorCode": "AccessDeniedException", "ErrorMessage": message})
                continue
            event = self._event(call, entry)
            simulation.at(
                simulation.now,
                lambda event=event, bus=bus, account=account: self.publish(event, bus, account),  # type: ignore[misc]  # bound now
            )
            entries.append({"EventId": event["id"]})
        failed = sum("ErrorCode" in entry for entry in entries)
        return {"FailedEntryCount": failed, "Entries": entries}

    def _event(self, call: ApiCall, entry: Mapping[str, Any]) -> dict[str, Json]:
        simulation = self._simulation
        return {
            "version": "0",
            "id": simulation.new_name("event"),
            "detail-type": entry.get("DetailType", ""),
            "source": entry.get("Source", ""),
            "account": call.account,
            "time": simulation.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": simulation.project.region,
            "resources": list(entry.get("Resources") or []),
            "detail": parse_json(entry.get("Detail") or "{}"),
        }

    def _admits(self, account: str, bus: str, entry: Mapping[str, Any]) -> bool:
        """Another account's bus takes what its policies allow; one that is not here takes nothing."""
        role = self._simulation.cloud.role
        keys = {
            "events:source": str(entry.get("Source", "")),
            "events:detail-type": str(entry.get("DetailType", "")),
        }
        return any(
            trusts(json.dumps({"Statement": statement}), role, keys, _PUT)
            for statement in self._policies(account, bus)
        )

    def _policies(self, account: str, bus: str) -> Iterator[Json]:
        for part in self._simulation.project.parts:
            if part.account != account:
                continue
            for resource in part.template.of_type("AWS::Events::EventBusPolicy"):
                if resource.properties.get("EventBusName", "default") == bus:
                    yield resource.properties.get("Statement")
