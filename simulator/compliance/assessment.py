"""From evidence to results: one row a check, one a question, one for what does not apply."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from simulator.compliance.catalog import CHECKS, MANUAL, NOT_APPLICABLE, Check
from simulator.compliance.evidence import Evidence, Finding, Status
from simulator.compliance.runs import named
from simulator.compliance.settings import Excepted

STATUSES: Final[tuple[Status, ...]] = ("pass", "fail", "excepted", "manual", "not-applicable")


@dataclass(frozen=True, slots=True)
class Result:
    """`findings` are all that was looked at, the bad ones first; `said` is the row in one line.

    `exceptions` are those that were used, or that have ended.
    """

    id: str
    requirements: tuple[str, ...]
    title: str
    status: Status
    said: str
    findings: tuple[Finding, ...] = ()
    exceptions: tuple[Excepted, ...] = ()

    @property
    def fails(self) -> bool:
        return self.status == "fail"

    @property
    def warnings(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.is_warning]


@dataclass(frozen=True, slots=True)
class Assessed:
    """All results, and digests of what they were computed from.

    `scanner_rules` are rules of other scanners that are wrong for this design, with the reason.
    """

    results: tuple[Result, ...]
    template_digest: str
    run_digest: str
    scenarios: int
    scanner_rules: Mapping[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        found = Counter[str](result.status for result in self.results)
        return {status: found[status] for status in STATUSES}

    @property
    def coverage(self) -> tuple[int, int]:
        """How many requirements have a check that was made, and how many only a question."""
        made = {
            number
            for result in self.results
            if result.status in ("pass", "fail", "excepted")
            for number in result.requirements
        }
        asked = {
            number
            for result in self.results
            if result.status == "manual"
            for number in result.requirements
        }
        return len(made), len(asked - made)


def assess(evidence: Evidence, today: date, *, with_runs: bool = True) -> Assessed:
    """Every check, then questions and what does not apply. `today` decides about exceptions."""
    excepted = evidence.declared.exceptions
    results = [
        _excepted(_made(check, evidence, with_runs=with_runs), excepted, today) for check in CHECKS
    ]
    results += [
        Result(
            f"manual {item.requirement}",
            (item.requirement,),
            item.question,
            "manual",
            item.question,
        )
        for item in MANUAL
    ]
    results += [
        Result(f"n/a {number}", (number,), reason, "not-applicable", reason)
        for number, reason in NOT_APPLICABLE.items()
    ]
    return Assessed(
        tuple(results), _digest([template.path.read_bytes() for template in evidence.templates]),
        # Where a scenario's file is, is no part of its run.
        _digest([repr(replace(run, location=None)).encode() for run in evidence.runs]),
        len(evidence.runs), evidence.declared.scanner_rules,
    )  # fmt: skip


def _made(check: Check, evidence: Evidence, *, with_runs: bool) -> Result:
    if check.sources == ("S",) and not with_runs:
        said = "not looked at: run the scenarios (leave out --no-runs)"
        return Result(check.id, check.requirements, check.title, "manual", said)
    found = [*check.examine(evidence)]
    if with_runs:
        found += named(evidence, check.id)
    found.sort(key=lambda finding: (finding.is_good, not finding.is_warning))
    bad = [finding for finding in found if not finding.is_good]
    said = f"{len(found)} looked at"
    if warnings := sum(finding.is_warning for finding in found):
        said += f", {warnings} with a warning"
    made = Result(check.id, check.requirements, check.title, "pass", said, tuple(found))
    if bad:
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        return replace(made, status="fail", said=f"{bad[0]}{more}")
    if "S" in check.sources and not with_runs:
        return replace(made, status="manual", said=f"{said}; its runs were not looked at")
    if not found:
        return replace(made, status="not-applicable", said=check.nothing)
    return made


def _excepted(result: Result, exceptions: Sequence[Excepted], today: date) -> Result:
    """Excepted is what has an exception for each thing that is wrong, none of them over."""
    bad = [finding for finding in result.findings if not finding.is_good]
    named = [item for item in exceptions if item.check == result.id]
    if not bad or not named:
        return result
    ended = tuple(
        item
        for item in named
        if item.expires < today and any(item.subject in ("", one.subject) for one in bad)
    )
    used = tuple(item for item in named if any(item.covers(one.subject, today) for one in bad))
    if all(any(item.covers(one.subject, today) for item in named) for one in bad):
        said = "; ".join(
            f"{item.id}: {item.reason} ({item.owner}, until {item.expires})" for item in used
        )
        return replace(result, status="excepted", said=said, exceptions=used)
    told = [f"{item.id} of {item.owner} ended on {item.expires}" for item in ended]
    return replace(result, said="; ".join([*told, result.said]), exceptions=(*ended, *used))


def _digest(parts: Sequence[bytes]) -> str:
    made = hashlib.sha256()
    for part in parts:
        made.update(len(part).to_bytes(8, "big") + part)
    return f"sha256:{made.hexdigest()}"
