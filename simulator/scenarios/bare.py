"""A bare event file as a scenario: one arrival, no expectations."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.problems import Location
from simulator.scenarios.durations import parse_instant
from simulator.scenarios.scenario import DEFAULT_CLOCK, Scenario, Step
from simulator.values import Json, parse_json

_STEP_KEYS = ("method", "path", "headers", "query", "body", "account")


def is_bare_event(value: Mapping[str, Json]) -> bool:
    """An EventBridge envelope, {"workflow", "input"} or an HTTP request."""
    return _kind(value) is not None


def _kind(value: Mapping[str, Json]) -> str | None:
    if {"detail-type", "source", "detail"} <= value.keys():
        return "eventbridge"
    if {"workflow", "input"} <= value.keys():
        return "start"
    if {"method", "path"} <= value.keys() or {"httpMethod", "path"} <= value.keys():
        return "http"
    return "http" if _http_context(value) else None


def _http_context(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the payload format 2.0 of HTTP APIs says about the request, or {}."""
    context = value.get("requestContext")
    http = context.get("http") if isinstance(context, dict) else None
    return http if isinstance(http, dict) and {"method", "path"} <= http.keys() else {}


def bare_scenario(value: Mapping[str, Any], name: str, location: Location) -> Scenario:
    """The event arrives at its own time, when it has one."""
    kind = _kind(value) or "start"
    if kind == "eventbridge":
        body: dict[str, Json] = {"event": dict(value)}
    elif kind == "start":
        body = {key: value[key] for key in ("workflow", "input", "name") if key in value}
    else:
        body = _request(value)
    return Scenario(
        id=name,
        title=_title(kind, body),
        path=location.path,
        location=location,
        workflow=str(value["workflow"]) if kind == "start" else None,
        clock=_time(value),
        steps=(Step(timedelta(0), kind, {"send": kind, **body}, "event", location),),
    )


def _title(kind: str, body: Mapping[str, Any]) -> str:
    if kind == "eventbridge":
        return f"{body['event']['source']}: {body['event']['detail-type']}"
    if kind == "start":
        return f"start {body['workflow']}"
    return f"{body['method']} {body['path']}"


def _time(value: Mapping[str, Any]) -> datetime:
    written = value.get("time")
    if isinstance(written, str):
        try:
            return parse_instant(written)
        except ValueError:
            return DEFAULT_CLOCK
    context = value.get("requestContext")
    if isinstance(context, dict):
        epoch = context.get("timeEpoch", context.get("requestTimeEpoch"))
        if isinstance(epoch, int) and not isinstance(epoch, bool):
            return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=epoch)
    return DEFAULT_CLOCK


def _request(value: Mapping[str, Any]) -> dict[str, Json]:
    """Our own form as it is; the proxy events of REST and HTTP APIs as the request behind them."""
    if {"method", "path"} <= value.keys():
        return {key: value[key] for key in _STEP_KEYS if key in value}
    http = _http_context(value)
    request: dict[str, Json] = {
        "method": http.get("method") or value.get("httpMethod"),
        "path": http.get("path") or value.get("path"),
        "headers": value.get("headers") or {},
        "query": value.get("queryStringParameters") or {},
    }
    body = value.get("body")
    if isinstance(body, str):
        request["body"] = _body(body, encoded=value.get("isBase64Encoded") is True)
    elif body is not None:
        request["body"] = body
    return request


def _body(text: str, *, encoded: bool) -> Json:
    try:
        decoded = base64.b64decode(text, validate=True).decode() if encoded else text
        return parse_json(decoded)
    except (binascii.Error, ValueError):
        return text
