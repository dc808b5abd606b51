"""A replay as JSON, the same bytes for the same run: schema `report/1`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from simulator.report.text import writable
from simulator.scenarios.compare import Absent, Difference
from simulator.scenarios.durations import duration_text
from simulator.scenarios.verdict import Verdict
from simulator.values import Json

SCHEMA = "report/1"


def summary_json(verdicts: Sequence[Verdict]) -> str:
    """Sorted keys, no wall clock; `want` and `got` are left out where there is nothing."""
    counts = Counter[str](verdict.status for verdict in verdicts)
    report: Json = {
        "schema": SCHEMA,
        "counts": {status: counts[status] for status in ("passed", "failed", "error")},
        "scenarios": [_scenario(verdict) for verdict in verdicts],
    }
    return writable(json.dumps(report, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def _scenario(verdict: Verdict) -> Json:
    scenario = verdict.scenario
    return {
        "id": scenario.id,
        "title": scenario.title,
        "file": scenario.path.as_posix(),
        "status": verdict.status,
        "seed": verdict.seed,
        "interleavings": verdict.interleavings,
        "virtual_time": duration_text(verdict.virtual_time),
        "path": list(verdict.path),
        "notes": list(verdict.notes),
        "differences": [_difference(found) for found in verdict.differences],
        "executions": [
            {"workflow": run.workflow, "name": run.name, "status": run.status, "error": run.error}
            for run in verdict.executions
        ],
    }


def _difference(found: Difference) -> Json:
    written: dict[str, Json] = {"where": found.where, "text": str(found)}
    if not isinstance(found.want, Absent):
        written["want"] = found.want
    if not isinstance(found.got, Absent):
        written["got"] = found.got
    return written
