"""Results as text, JSON and Markdown. The first line says what they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from simulator.compliance.assessment import Assessed, Result
from simulator.compliance.catalog import REQUIREMENTS
from simulator.compliance.evidence import Finding
from simulator.values import Json

FIRST_LINE: Final = "This is evidence, not an assessment (PCI DSS v4.0.1)."
_SHOWN = 12  # bad findings of one check on a terminal


def summary(assessed: Assessed) -> str:
    """Counts by status, and how many requirements have a check."""
    counts = ", ".join(f"{count} {status}" for status, count in assessed.counts.items())
    checked, asked = assessed.coverage
    return (
        f"{counts}; {checked} requirements have a check, {asked} only a question;"
        f" {assessed.scenarios} scenarios"
    )


def text(assessed: Assessed) -> str:
    lines = [FIRST_LINE, f"templates {assessed.template_digest}", f"runs {assessed.run_digest}", ""]
    for result in assessed.results:
        lines.append(f"{result.status:<15}{result.id:<14}{result.title}")
        if result.status != "manual":
            lines += [f"    {line}" for line in _details(result)]
    return "\n".join([*lines, "", summary(assessed)]) + "\n"


def _details(result: Result) -> Iterator[str]:
    if result.status in ("pass", "not-applicable"):
        if result.said != result.title:
            yield result.said
        return
    if result.status == "excepted" or result.expired:
        yield result.said
    bad = [finding for finding in result.findings if not finding.is_good]
    yield from (str(finding) for finding in bad[:_SHOWN])
    if len(bad) > _SHOWN:
        yield f"and {len(bad) - _SHOWN} more"


def markdown(assessed: Assessed) -> str:
    lines = [
        FIRST_LINE, "", f"- templates: `{assessed.template_digest}`",
        f"- runs: `{assessed.run_digest}`", f"- {summary(assessed)}", "",
        "| Status | Check | Requirements | What | Evidence |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for result in assessed.results:
        cells = (
            result.status, result.id, ", ".join(result.requirements), result.title,
            "" if result.status == "manual" else result.said,
        )  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def as_json(assessed: Assessed, version: str) -> str:
    made: Json = {
        "note": FIRST_LINE,
        "schema": "compliance/1",
        "standard": "PCI DSS v4.0.1",
        "version": version,
        "templates": assessed.template_digest,
        "runs": assessed.run_digest,
        "counts": {**assessed.counts},
        "results": [
            {
                "id": result.id,
                "requirements": list(result.requirements),
                "title": result.title,
                "status": result.status,
                "said": result.said,
                "evidence": [_finding(item) for item in result.findings],
            }
            for result in assessed.results
        ],
    }
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding) -> Json:
    made: dict[str, Json] = {
        "subject": finding.subject,
        "good": finding.is_good,
        "said": finding.said,
    }
    if finding.location is not None:
        made["at"] = str(finding.location)
    return made


def explained(assessed: Assessed, requirement: str) -> str:
    """A requirement in our words, its checks and all they looked at."""
    lines = [FIRST_LINE, "", f"{requirement}  {REQUIREMENTS.get(requirement, '')}".rstrip()]
    for result in assessed.results:
        if requirement in result.requirements:
            lines += ["", f"{result.status:<15}{result.id:<14}{result.title}"]
            lines += [f"    {finding}" for finding in result.findings] or [f"    {result.said}"]
    return "\n".join(lines) + "\n"
