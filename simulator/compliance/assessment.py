"""From evidence to results: one row a check, one a question, one for what does not apply."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from simulator.compliance.catalog import CHECKS, MANUAL, NOT_APPLICABLE, Check
from simulator.compliance.evidence import Evidence, Finding, Status
from simulator.compliance.runs import named
from simulator.compliance.settings import Excepted

STATUSES: Final[tuple[Status, ...]] = ("pass", "fail", "excepted", "manual", "not-applicable")


@dataclass(frozen=True, slots=True)
class Result:
    """`findings` are all that was looked at, the bad ones first; `said` is the row in one line."""

    id: str
    requirements: tuple[str, ...]
    title: str
    status: Status
    said: str
    findings: tuple[Finding, ...] = ()
    expired: bool = False

    @property
    def fails(self) -> bool:
        return self.status == "fail"


@dataclass(frozen=True, slots=True)
class Assessed:
    """All results, and digests of what they were computed from."""

    results: tuple[Result, ...]
    template_digest: str
    run_digest: str
    scenarios: int

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
    excepted = {item.check: item for item in evidence.declared.exceptions}
    results = [
        _excepted(_made(check, evidence, with_runs=with_runs), excepted.get(check.id), today)
        for check in CHECKS
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
        _digest([repr(run).encode() for run in evidence.runs]), len(evidence.runs),
    )  # fmt: skip


def _made(check: Check, evidence: Evidence, *, with_runs: bool) -> Result:
    if check.sources == ("S",) and not with_runs:
        said = "not looked at: run the scenarios (leave out --no-runs)"
        return Result(check.id, check.requirements, check.title, "manual", said)
    found = [*check.examine(evidence)]
    if with_runs:
        found += named(evidence, check.id)
    found.sort(key=lambda finding: finding.is_good)
    bad = [finding for finding in found if not finding.is_good]
    made = Result(
        check.id, check.requirements, check.title, "pass", f"{len(found)} looked at", tuple(found)
    )
    if not found:
        return replace(made, status="not-applicable", said=check.nothing)
    if bad:
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        return replace(made, status="fail", said=f"{bad[0]}{more}")
    return made


def _excepted(result: Result, exception: Excepted | None, today: date) -> Result:
    if exception is None or not result.fails:
        return result
    if exception.expires < today:
        said = f"the exception of {exception.owner} ended on {exception.expires}; {result.said}"
        return replace(result, said=said, expired=True)
    said = f"{exception.reason} ({exception.owner}, until {exception.expires}); {result.said}"
    return replace(result, status="excepted", said=said)


def _digest(parts: Sequence[bytes]) -> str:
    made = hashlib.sha256()
    for part in parts:
        made.update(len(part).to_bytes(8, "big") + part)
    return f"sha256:{made.hexdigest()}"
