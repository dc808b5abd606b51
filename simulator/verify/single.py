"""Definitions that the service judged, and single states that it tested: what ours say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simulator.asl.diagnostics import diagnose, variable_references
from simulator.asl.parse import parse
from simulator.asl.reading import Kind
from simulator.asl.source import Source
from simulator.engine.ports import Failure, Success, TaskCall, TaskResult
from simulator.values import Json, compact, parse_json


def validated(recording: Mapping[str, Any]) -> dict[str, Json]:
    """valid, error, message, diagnostics; variable_references where they were recorded."""
    text = recording.get("definition_text")
    if recording.get("definition") is not None:
        text = compact(recording["definition"])
    kind: Kind = "EXPRESS" if recording["type"] == "EXPRESS" else "STANDARD"
    found = diagnose(str(text), kind)
    answer: dict[str, Json] = {
        "valid": found.valid,
        "error": found.error,
        "message": found.message,
        **found.answer(),
    }
    if "variable_references" in recording["expected"]:
        machine, _ = parse(Source.read(str(text), Path("definition.json")), kind=kind)
        references = {} if machine is None else variable_references(machine)
        answer["variable_references"] = {state: [*names] for state, names in references.items()}
    return answer


def tested(recording: Mapping[str, Any]) -> dict[str, Json]:
    """TestState's answer, or {"error": {"Code", "Message"}}."""
    from simulator.aws.models import Models
    from simulator.engine.state_test import test_state
    from simulator.engine.state_test_error import StateTestError

    told = recording.get("clock")
    now = (
        datetime.fromisoformat(told) if isinstance(told, str) else datetime(2025, 1, 1, tzinfo=UTC)
    )
    try:
        return test_state(recording["request"], apis=Models(), tasks=_Answered(recording), now=now)
    except StateTestError as error:
        return {"error": {"Code": error.code, "Message": error.message}}


class _Answered:
    """Answers the one call of a tested state as the service was answered."""

    def __init__(self, recording: Mapping[str, Any]) -> None:
        self._response = recording["expected"].get("response") or {}

    def run(self, call: TaskCall) -> TaskResult:
        del call
        response = self._response
        inspected = response.get("inspectionData") or {}
        result = inspected.get("result", response.get("output"))
        if result is None and response.get("error") is not None:
            return Failure(response["error"], _as_text(response.get("cause")))
        return Success(parse_json(result) if isinstance(result, str) else result)


def _as_text(cause: Any) -> str | None:
    """A cause is text, which a recording may hold parsed."""
    return cause if cause is None or isinstance(cause, str) else json.dumps(cause)
