"""Results as text, JSON and Markdown. The first line says what they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from simulator.compliance.assessment import Assessed, Result
from simulator.compliance.catalog import REQUIREMENTS
from simulator.compliance.evidence import Finding
from simulator.errors import UsageError
from simulator.problems import did_you_mean
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


def text(assessed: Assessed, version: str) -> str:
    lines = [
        FIRST_LINE, f"simulator {version}", f"templates {assessed.template_digest}",
        f"runs {assessed.run_digest}", "",
    ]  # fmt: skip
    for result in assessed.results:
        lines.append(f"{result.status:<15}{result.id:<14}{result.title}")
        if result.status != "manual":
            lines += [f"    {line}" for line in _details(result)]
    return "\n".join([*lines, "", summary(assessed)]) + "\n"


def _details(result: Result) -> Iterator[str]:
    bad = [finding for finding in result.findings if not finding.is_good]
    if result.said != result.title and (result.exceptions or not bad):
        yield result.said
    yield from _some(bad)
    yield from _some(result.warnings)


def _some(findings: list[Finding]) -> Iterator[str]:
    for finding in findings[:_SHOWN]:
        yield f"{'warning: ' if finding.is_warning else ''}{finding}"
    if len(findings) > _SHOWN:
        yield f"and {len(findings) - _SHOWN} more"


def markdown(assessed: Assessed, version: str) -> str:
    lines = [
        FIRST_LINE, "", f"- simulator {version}", f"- templates: `{assessed.template_digest}`",
        f"- runs: `{assessed.run_digest}`", f"- {summary(assessed)}", "",
        "| Status | Check | Requirements | What | Evidence |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for result in assessed.results:
        cells = (
            result.status, result.id, ", ".join(result.requirements), result.title,
            "" if result.said == result.title else result.said,
        )  # fmt: skip
        lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    for result in assessed.results:
        shown = [one for one in result.findings if not one.is_good or one.is_warning]
        if shown:
            lines += ["", f"## {result.id}", ""]
            lines += [f"- {'warning: ' if one.is_warning else ''}{one}" for one in shown]
    if assessed.scanner_rules:
        lines += ["", "## Rules of other scanners that are wrong for this design", ""]
        lines += [f"- {rule}: {reason}" for rule, reason in assessed.scanner_rules.items()]
    return "\n".join(lines) + "\n"


def _cell(written: str) -> str:
    return written.replace("|", "\\|").replace("\n", " ")


def as_json(assessed: Assessed, version: str) -> str:
    made: Json = {
        "note": FIRST_LINE,
        "schema": "compliance/1",
        "standard": "PCI DSS v4.0.1",
        "version": version,
        "templates": assessed.template_digest,
        "runs": assessed.run_digest,
        "counts": {**assessed.counts},
        "scanner_rules": {**assessed.scanner_rules},
        "results": [
            {
                "id": result.id,
                "requirements": list(result.requirements),
                "title": result.title,
                "status": result.status,
                "said": result.said,
                "exceptions": [
                    {"id": item.id, "owner": item.owner, "expires": item.expires.isoformat()}
                    for item in result.exceptions
                ],
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
    if finding.is_warning:
        made["warning"] = True
    if finding.location is not None:
        made["at"] = str(finding.location)
    return made


def explained(assessed: Assessed, requirement: str) -> str:
    """A requirement in our words, its checks and all they looked at. UsageError: an unknown one."""
    known = dict.fromkeys(number for result in assessed.results for number in result.requirements)
    if requirement not in known:
        hint = did_you_mean(requirement, known) or f"known: {', '.join(known)}"
        raise UsageError(f"no check and no question is about requirement {requirement}; {hint}")
    lines = [FIRST_LINE, "", f"{requirement}  {REQUIREMENTS.get(requirement, '')}".rstrip()]
    for result in assessed.results:
        if requirement in result.requirements:
            lines += ["", f"{result.status:<15}{result.id:<14}{result.title}"]
            lines += [f"    {finding}" for finding in result.findings] or [f"    {result.said}"]
    return "\n".join(lines) + "\n"
