"""An event to its deliveries: which rules of a bus want it, and what their targets get."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from simulator.events.patterns import Mismatch, Pattern
from simulator.events.transform import Transform
from simulator.values import Json

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Target:
    id: str
    arn: str
    transform: Transform | None = None
    dead_letter_arn: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule without a pattern is a schedule's and wants no event."""

    name: str
    arn: str
    bus: str
    pattern: Pattern | None
    targets: tuple[Target, ...]
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Delivery:
    rule: str
    target: Target
    payload: Json


class Router:
    """Pure: neither delivers nor remembers."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)

    def _of(self, bus: str) -> Iterable[tuple[Rule, Pattern]]:
        for rule in self.rules:
            if rule.bus == bus and rule.enabled and rule.pattern is not None:
                yield rule, rule.pattern

    def matches(self, event: Json, bus: str = "default") -> dict[str, bool]:
        """Every enabled rule of the bus by name, in the template's order."""
        return {rule.name: pattern.matches(event) for rule, pattern in self._of(bus)}

    def route(
        self, event: Json, *, bus: str = "default", now: datetime | None = None
    ) -> list[Delivery]:
        """In the order of rules and targets. `now` is the ingestion time; without, the event's.

        Raises TransformError when a target's transformation cannot be done.
        """
        moment = now or _time_of(event)
        return [
            Delivery(rule.name, target, _payload(event, rule, target, moment))
            for rule, pattern in self._of(bus)
            if pattern.matches(event)
            for target in rule.targets
        ]

    def nearest_miss(self, event: Json, bus: str = "default") -> tuple[str, Mismatch] | None:
        """The rule that came nearest to wanting the event, and what kept it from it.

        Near is: many fields hold; a rule that agrees on source and detail-type comes before one that
        does not.
        """
        best: tuple[int, str, Mismatch] | None = None
        for rule, pattern in self._of(bus):
            held, mismatch = pattern.nearest(event)
            if mismatch is not None and (best is None or held > best[0]):
                best = (held, rule.name, mismatch)
        return (best[1], best[2]) if best else None


def _payload(event: Json, rule: Rule, target: Target, now: datetime) -> Json:
    if target.transform is None:
        return event
    return target.transform.apply(event, rule_arn=rule.arn, rule_name=rule.name, now=now)


def _time_of(event: Json) -> datetime:
    text = event.get("time") if isinstance(event, dict) else None
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else EPOCH
    except ValueError:
        return EPOCH
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
