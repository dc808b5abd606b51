"""From an event to deliveries, and the rule that nearly wanted it."""

from __future__ import annotations

from simulator.events.patterns import Mismatch, Pattern
from simulator.events.router import Delivery, Router, Rule, Target
from simulator.events.transform import Transform
from simulator.values import Json

FLOW, LOG = Target("flow", "arn:flow"), Target("log", "arn:log", Transform("seen", None, None))


def rule(
    name: str, pattern: Json, *targets: Target, bus: str = "default", enabled: bool = True
) -> Rule:
    return Rule(name, f"arn:{name}", bus, Pattern.parse(pattern), targets, enabled)


ROUTER = Router(
    [
        rule("small", {"source": ["shop"], "detail": {"n": [{"numeric": ["<", 5]}]}}, FLOW, LOG),
        rule("big", {"source": ["shop"], "detail": {"n": [{"numeric": [">=", 500]}]}}, FLOW),
        rule("off", {"source": ["shop"]}, FLOW, enabled=False),
        rule("other", {"source": ["shop"]}, FLOW, bus="other"),
        Rule("hourly", "arn:hourly", "default", None, (FLOW,)),
    ]
)


def event(n: int, source: str = "shop") -> Json:
    return {"source": source, "detail": {"n": n}}


def test_every_target_of_every_rule_that_matches_gets_its_payload() -> None:
    assert ROUTER.route(event(1)) == [
        Delivery("small", FLOW, event(1)),
        Delivery("small", LOG, "seen"),
    ]
    assert ROUTER.route(event(9), bus="other") == [Delivery("other", FLOW, event(9))]
    assert ROUTER.route(event(9)) == []


def test_the_rules_of_a_bus_say_whether_they_match() -> None:
    assert ROUTER.matches(event(1)) == {"small": True, "big": False}
    assert ROUTER.matches(event(1), "nowhere") == {}


def test_the_nearest_rule_says_what_is_missing() -> None:
    wanted = Mismatch("detail.n", "a number < 5", 9)
    assert ROUTER.nearest_miss(event(9)) == ("small", wanted)
    assert ROUTER.nearest_miss(event(1), "nowhere") is None


def test_the_ingestion_time_is_the_events_own_when_no_other_is_given() -> None:
    target = Target("t", "arn:t", Transform(None, None, "<aws.events.event.ingestion-time>"))
    router = Router([rule("r", {"source": ["shop"]}, target)])
    times: list[Json] = ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "no time", None]
    assert [router.route({"source": "shop", "time": time})[0].payload for time in times] == [
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T00:00:00.000Z",
        "1970-01-01T00:00:00.000Z",
        "1970-01-01T00:00:00.000Z",
    ]
