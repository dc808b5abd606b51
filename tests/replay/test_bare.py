"""A bare event file is a scenario: one arrival at its own time, and nothing expected."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simulator.problems import Location
from simulator.scenarios.bare import bare_scenario, is_bare_event
from simulator.scenarios.scenario import DEFAULT_CLOCK

FILE = Path("events/one.json")
EVENT = {"source": "shop", "detail-type": "sold", "detail": {"n": 1}}


def read(value: Any) -> tuple[str, str | None, datetime, dict[str, Any]]:
    """Title, workflow, clock and the step as it arrives."""
    assert is_bare_event(value)
    scenario = bare_scenario(value, "one", Location(FILE, 1, 1))
    (step,) = scenario.steps
    assert (scenario.id, scenario.path, scenario.expect, step.where) == ("one", FILE, None, "event")
    return scenario.title, scenario.workflow, scenario.clock, dict(step.body)


@pytest.mark.parametrize(
    ("written", "clock"),
    [
        ({}, DEFAULT_CLOCK),
        ({"time": "2026-03-04T05:06:07Z"}, datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ({"time": "yesterday"}, DEFAULT_CLOCK),
        ({"time": 5}, DEFAULT_CLOCK),
    ],
)
def test_an_event_arrives_at_its_own_time(written: dict[str, Any], clock: datetime) -> None:
    event = {**EVENT, **written}
    assert read(event) == ("shop: sold", None, clock, {"send": "eventbridge", "event": event})


def test_a_workflow_with_input_is_started() -> None:
    assert read({"workflow": "Order", "input": [1], "name": "x", "other": 2}) == (
        "start Order",
        "Order",
        DEFAULT_CLOCK,
        {"send": "start", "workflow": "Order", "input": [1], "name": "x"},
    )


def test_a_request_in_our_own_form_stays_as_it_is() -> None:
    request = {"method": "GET", "path": "/me", "query": {"a": "1"}, "extra": 1}
    assert read(request)[3] == {"send": "http", "method": "GET", "path": "/me", "query": {"a": "1"}}


@pytest.mark.parametrize(
    ("body", "encoded", "sent"),
    [
        ('{"n": 1}', False, {"n": 1}),
        ("plain", False, "plain"),
        (base64.b64encode(b'{"n": 1}').decode(), True, {"n": 1}),
        (base64.b64encode(b"\xff").decode(), True, base64.b64encode(b"\xff").decode()),
        ("***", True, "***"),
        ({"n": 1}, False, {"n": 1}),
    ],
)
def test_proxy_events_of_rest_apis_are_the_request_behind_them(
    body: Any, encoded: bool, sent: Any
) -> None:
    event = {
        "httpMethod": "POST",
        "path": "/orders",
        "headers": {"a": "b"},
        "queryStringParameters": None,
        "body": body,
        "isBase64Encoded": encoded,
        "requestContext": {"requestTimeEpoch": 1_767_225_600_000},
    }
    assert read(event) == (
        "POST /orders",
        None,
        datetime(2026, 1, 1, tzinfo=UTC),
        {
            "send": "http",
            "method": "POST",
            "path": "/orders",
            "headers": {"a": "b"},
            "query": {},
            "body": sent,
        },
    )


def test_payload_format_2_is_a_request_too() -> None:
    event = {
        "version": "2.0",
        "requestContext": {"http": {"method": "GET", "path": "/me"}, "timeEpoch": True},
    }
    assert read(event) == (
        "GET /me",
        None,
        DEFAULT_CLOCK,
        {"send": "http", "method": "GET", "path": "/me", "headers": {}, "query": {}},
    )


@pytest.mark.parametrize(
    "value",
    [{}, {"source": "shop", "detail": {}}, {"workflow": "A"}, {"requestContext": {"http": 1}}],
)
def test_other_objects_are_no_events(value: Any) -> None:
    assert not is_bare_event(value)
