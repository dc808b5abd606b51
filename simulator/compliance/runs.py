"""Runs: every scenario of the project, watched for what may and may not come out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from simulator.compliance.evidence import Evidence, Finding, Run, listed
from simulator.compliance.settings import Declared
from simulator.compliance.watching import watched
from simulator.dataflow.observation import Observed
from simulator.dataflow.reading import data_flow
from simulator.diagrams.flows import DataFlow
from simulator.errors import SourceError
from simulator.problems import Location, Problem
from simulator.project.project import Project
from simulator.scenarios.scanner import Leak
from simulator.scenarios.scenario import Scenario
from simulator.scenarios.verdict import Verdict
from simulator.scenarios.vocabulary import Vocabulary
from simulator.scenarios.workers import Job, replay_in_order

Item = TypeVar("Item")
# Channels that people and other systems read.
_SHOWN = ("http answer", "log ", "call ses", "call sns", "call apigatewaymanagementapi")
_SENT = ("call ses", "call sns", "call apigatewaymanagementapi", "call pinpoint")
_KEPT = ("table ", "queue ", "bucket ", "call dynamodb", "call sqs", "call s3", "call ssm")
_WORKFLOW = ("history ", "call stepfunctions", "event[", "call events")


def flows_of(project: Project, declared: Declared) -> tuple[DataFlow | None, tuple[Problem, ...]]:
    """The flows of a project that declares a diagram, or what is wrong with its `card_data`."""
    try:
        return (None if declared.data_flow is None else data_flow(project)), ()
    except SourceError as error:
        return None, tuple(error.problems)


def run_all(
    job: Job,
    project: Project,
    scenarios: Sequence[Scenario],
    vocabulary: Vocabulary,
    declared: Declared,
    *,
    workers: int = 1,
    running: Callable[[tuple[str, ...], int], None] = lambda names, done: None,  # noqa: ARG005
) -> Iterator[Run]:
    """One Run for each scenario, in their order, as soon as it is there. Raises like replay."""
    watching = replace(job, observer=partial(watched, declared, flows_of(project, declared)[0]))
    for verdict in replay_in_order(
        watching, project, vocabulary, scenarios, workers=workers, running=running
    ):
        yield _judged(verdict)


def _judged(verdict: Verdict) -> Run:
    """With the verdict; a scenario that could not run has failed, and nothing was seen of it."""
    scenario = verdict.scenario
    seen = [run for run in verdict.observed if isinstance(run, Run)]
    broken: dict[str, tuple[str, ...]] = {}
    for difference in verdict.differences:
        kind, _, name = difference.where.partition(" ")
        if kind == "invariant":
            broken[name] = (*broken.get(name, ()), str(difference))
    named = tuple(map(str, listed((scenario.expect or {}).get("invariants"))))
    return replace(
        _together(seen) if seen else Run(scenario.id, scenario.title or scenario.id),
        passed=verdict.status == "passed",
        location=Location(scenario.path),
        invariants=named if seen else (),
        broken=broken,
    )


def _together(runs: Sequence[Run]) -> Run:
    """All orderings of one scenario as one run."""
    return replace(
        runs[0],
        leaks=_all(runs, lambda run: run.leaks),
        kept=_all(runs, lambda run: run.kept),
        lives=_all(runs, lambda run: run.lives),
        outside=_all(runs, lambda run: run.outside),
        key_uses=_all(runs, lambda run: run.key_uses),
        invoked=_all(runs, lambda run: run.invoked),
        routes=_all(runs, lambda run: run.routes),
        refused=_all(runs, lambda run: run.refused),
        flow=_flow(runs),
        needs=_all(runs, lambda run: run.needs),
    )


def _flow(runs: Sequence[Run]) -> Observed | None:
    found = [run.flow for run in runs if run.flow is not None]
    return sum(found, Observed()) if found else None


def _all(runs: Sequence[Run], part: Callable[[Run], tuple[Item, ...]]) -> tuple[Item, ...]:
    """What the runs have, each thing once when there is more than one run."""
    if len(runs) == 1:
        return part(runs[0])
    return tuple(dict.fromkeys(item for run in runs for item in part(run)))


# --- checks -----------------------------------------------------------------------------------------


def _without(evidence: Evidence, wanted: Callable[[Leak], bool], clean: str) -> Iterator[Finding]:
    """One finding a scenario: clean, or where something was found. Nothing about empty scenarios."""
    for run in evidence.runs:
        found = [str(leak) for leak in run.leaks if wanted(leak)]
        yield run.found(not found, "; ".join(found) or clean)


def code_not_kept(evidence: Evidence) -> Iterator[Finding]:
    return _without(evidence, lambda leak: leak.kind == "code", "no verification code came out")


def masked(evidence: Evidence) -> Iterator[Finding]:
    return _without(
        evidence,
        lambda leak: leak.kind != "code" and leak.channel.startswith(_SHOWN),
        "answers, logs and messages show no number",
    )


def messages(evidence: Evidence) -> Iterator[Finding]:
    return _without(
        evidence,
        lambda leak: leak.kind != "code" and leak.channel.startswith(_SENT),
        "mails, messages and frames carry no number",
    )


def unreadable(evidence: Evidence) -> Iterator[Finding]:
    return _without(
        evidence,
        lambda leak: leak.kind in ("secret", "number", "track") and leak.channel.startswith(_KEPT),
        "tables and queues hold no readable number",
    )


def keyed_hashes(evidence: Evidence) -> Iterator[Finding]:
    return _without(evidence, lambda leak: leak.kind == "hash", "no plain hash of a number")


def history_clean(evidence: Evidence) -> Iterator[Finding]:
    return _without(
        evidence,
        lambda leak: leak.channel.startswith(_WORKFLOW),
        "histories and events hold no card data",
    )


def expiry_written(evidence: Evidence) -> Iterator[Finding]:
    longest = evidence.declared.longest_life_seconds
    for run in evidence.runs:
        if not run.lives:
            continue
        wrong = [
            f"{life.table}.{life.attribute} "
            + ("is no number" if life.seconds is None else f"lives {life.seconds} s")
            for life in run.lives
            if life.seconds is None or not 0 < life.seconds <= longest
        ]
        said = "; ".join(wrong) or f"{len(run.lives)} items with an expiry in seconds"
        yield run.found(not wrong, said)


def nothing_held(evidence: Evidence) -> Iterator[Finding]:
    """No item is left, but what a run still needs that has not ended or keeps the card by design.

    Such an item must expire: nothing else would take it away if that run never went on.
    """
    for run in evidence.runs if evidence.declared.card_tables else ():
        wrong = [
            f"1 left in {item.table}" + ("" if not item.why else ", which does not expire")
            for item in run.kept
            if not item.why or item.seconds is None or item.seconds <= 0
        ]
        kept = [f"{item.table} for {item.seconds} s: {item.why}" for item in run.kept]
        said = "; ".join(wrong or kept) or "nothing left"
        yield run.found(not wrong, said)


def code_encrypted(evidence: Evidence) -> Iterator[Finding]:
    """No clear code in a table, and every data key bound to what it is for."""
    for run in evidence.runs:
        wrong = [
            str(leak)
            for leak in run.leaks
            if leak.kind == "code" and leak.channel.startswith("table ")
        ]
        wrong += [
            f"{use.caller} calls {use.operation} with {use.key} without an encryption context"
            for use in run.key_uses
            if not use.has_context
        ]
        if wrong or run.key_uses:
            said = "; ".join(dict.fromkeys(wrong))
            yield run.found(not wrong, said or f"{len(run.key_uses)} uses of keys, each bound")


def access_recorded(evidence: Evidence) -> Iterator[Finding]:
    """Each decryption has its record, and no record is made of anything else."""
    if not evidence.declared.access_record:
        return
    for run in evidence.runs:
        opened = [use for use in run.key_uses if use.operation == "kms:Decrypt"]
        wrong = [
            f"{use.caller} decrypted with {use.key} and left no record"
            for use in opened
            if not use.recorded
        ]
        for caller, number in run.records.items():
            decrypted = sum(use.caller == caller for use in opened)
            if number > decrypted:
                wrong.append(f"{caller} left {number} records of {decrypted} decryptions")
        wrong += [str(leak) for leak in run.leaks if leak.channel.startswith(_logs(run))]
        if opened or wrong:
            said = "; ".join(dict.fromkeys(wrong)) or f"{len(opened)} decryptions, recorded"
            yield run.found(not wrong, said)


def _logs(run: Run) -> tuple[str, ...]:
    return tuple(f"log {caller}[" for caller in run.records)


def outside_hosts(evidence: Evidence) -> Iterator[Finding]:
    for run in evidence.runs:
        if not run.outside:
            continue
        wrong = [
            f"{who} called {host}"
            for who, host in run.outside
            if host not in evidence.declared.outside_hosts
        ]
        yield run.found(not wrong, "; ".join(wrong) or "only declared hosts were called")


def attacks(evidence: Evidence) -> Iterator[Finding]:
    for run in evidence.runs:
        if run.refused:
            statuses = ", ".join(map(str, run.refused))
            said = f"refused with {statuses}" if run.passed else "did not go as expected"
            yield run.found(run.passed, f"{run.title}: {said}")


def named(evidence: Evidence, check: str) -> Iterator[Finding]:
    """The invariants and scenarios that the project declares as evidence for a check."""
    for name in evidence.declared.invariants.get(check, ()):
        held = [run for run in evidence.runs if name in run.invariants]
        broken = [run.scenario for run in held if name in run.broken]
        said = f"broken in {', '.join(broken)}" if broken else f"holds in {len(held)} scenarios"
        yield Finding(f"invariant {name}", bool(held) and not broken, said)
    for name in evidence.declared.scenarios.get(check, ()):
        runs = [run for run in evidence.runs if run.scenario == name]
        said = "is not there" if not runs else "passed" if runs[0].passed else "failed"
        place = runs[0].location if runs else None
        yield Finding(name, bool(runs) and runs[0].passed, said, place)
