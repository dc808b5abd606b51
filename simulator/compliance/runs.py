"""Runs: every scenario of the project, watched for what may and may not come out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from simulator.compliance.evidence import Evidence, Finding, Life, Run, listed, table
from simulator.compliance.settings import Declared
from simulator.project.project import Project
from simulator.scenarios.replay import replay_one
from simulator.scenarios.scanner import Leak, Secrets, scan
from simulator.scenarios.scenario import Scenario
from simulator.scenarios.verdict import Verdict
from simulator.scenarios.vocabulary import Vocabulary, World
from simulator.scenarios.world import OBSERVER

# Channels that people and other systems read.
_SHOWN = ("http answer", "log ", "call ses", "call sns", "call apigatewaymanagementapi")
_SENT = ("call ses", "call sns", "call apigatewaymanagementapi", "call pinpoint")
_KEPT = ("table ", "queue ", "bucket ", "call dynamodb", "call sqs", "call s3", "call ssm")
_WORKFLOW = ("history ", "call stepfunctions", "event[", "call events")
_REFUSED = range(400, 500)


def run_all(
    project: Project, scenarios: Sequence[Scenario], vocabulary: Vocabulary, declared: Declared
) -> Iterator[Run]:
    """One Run for each scenario, as it is done. The vocabulary gets one more check and keeps it."""
    seen: dict[str, Run] = {}

    @vocabulary.always
    def _look(world: World) -> tuple[str, ...]:
        seen[world.scenario.id] = watched(world, declared)
        return ()

    for scenario in scenarios:
        verdict = replay_one(project, scenario, vocabulary)
        yield _judged(seen.get(scenario.id), scenario, verdict)


def _judged(run: Run | None, scenario: Scenario, verdict: Verdict) -> Run:
    """With the verdict; a scenario that could not run has failed, and nothing was seen of it."""
    broken: dict[str, tuple[str, ...]] = {}
    for difference in verdict.differences:
        kind, _, name = difference.where.partition(" ")
        if kind == "invariant":
            broken[name] = (*broken.get(name, ()), str(difference))
    base = run or Run(scenario.id, scenario.title or scenario.id, passed=False)
    named = tuple(map(str, listed((scenario.expect or {}).get("invariants"))))
    return Run(
        scenario=base.scenario,
        title=base.title,
        passed=verdict.status == "passed",
        leaks=base.leaks,
        held=base.held,
        lives=base.lives,
        outside=base.outside,
        invariants=named if run is not None else (),
        broken=broken,
        refused=base.refused,
    )


def watched(world: World, declared: Declared) -> Run:
    """What there is to see of a world at its end."""
    secrets = Secrets.sent([dict(step.body) for step in world.scenario.steps])
    tables = {name: world.resource(name) for name in declared.card_tables}
    return Run(
        scenario=world.scenario.id,
        title=world.scenario.title or world.scenario.id,
        passed=True,
        leaks=tuple(scan(world.channels(), secrets)),
        held={name: _count(world, physical) for name, physical in tables.items()},
        lives=tuple(_lives(world, tables)),
        outside=tuple(
            dict.fromkeys(
                (asked.call.caller, urlsplit(asked.call.url).hostname or asked.call.url)
                for asked in world.simulation.cloud.asked
            )
        ),
        refused=tuple(answer.status for answer in world.responses if answer.status in _REFUSED),
    )


def _count(world: World, physical: str) -> int:
    with world.simulation.cloud.calling(OBSERVER):
        pages = world.client("dynamodb").get_paginator("scan").paginate(TableName=physical)
        return sum(len(page["Items"]) for page in pages)


def _lives(world: World, tables: dict[str, str]) -> Iterator[Life]:
    logical = {physical: name for name, physical in tables.items()}
    for call in world.calls:
        if call.service != "dynamodb" or call.error is not None:
            continue
        for written in _puts(call.parameters):
            name = logical.get(str(written.get("TableName")))
            if name is None:
                continue
            template = world.simulation.project.template.resources[name]
            spec = table(template.properties.get("TimeToLiveSpecification"))
            attribute = str(spec.get("AttributeName"))
            value = table(table(written.get("Item")).get(attribute))
            number = value.get("N")
            left = None if number is None else int(float(number) - call.at.timestamp())
            yield Life(name, attribute, left)


def _puts(parameters: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "Item" in parameters:
        yield parameters
    for item in parameters.get("TransactItems") or ():
        if "Put" in item:
            yield item["Put"]


# --- checks -----------------------------------------------------------------------------------------


def _without(evidence: Evidence, wanted: Callable[[Leak], bool], clean: str) -> Iterator[Finding]:
    """One finding a scenario: clean, or where something was found. Nothing about empty scenarios."""
    for run in evidence.runs:
        found = [str(leak) for leak in run.leaks if wanted(leak)]
        yield Finding(run.scenario, not found, "; ".join(found) or clean)


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
        yield Finding(run.scenario, not wrong, said)


def nothing_held(evidence: Evidence) -> Iterator[Finding]:
    """No item is left; scenarios that end while the card is kept by design are declared so."""
    for run in evidence.runs:
        left = {name: count for name, count in run.held.items() if count}
        kept = run.scenario in evidence.declared.keeping_scenarios
        said = ", ".join(f"{count} left in {name}" for name, count in left.items())
        said = f"{said}, by design" if left and kept else said or "nothing left"
        yield Finding(run.scenario, not left or kept, said)


def outside_hosts(evidence: Evidence) -> Iterator[Finding]:
    for run in evidence.runs:
        if not run.outside:
            continue
        wrong = [
            f"{who} called {host}"
            for who, host in run.outside
            if host not in evidence.declared.outside_hosts
        ]
        yield Finding(
            run.scenario, not wrong, "; ".join(wrong) or "only declared hosts were called"
        )


def attacks(evidence: Evidence) -> Iterator[Finding]:
    for run in evidence.runs:
        if run.refused:
            statuses = ", ".join(map(str, run.refused))
            said = f"refused with {statuses}" if run.passed else "did not go as expected"
            yield Finding(run.scenario, run.passed, f"{run.title}: {said}")


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
        yield Finding(name, bool(runs) and runs[0].passed, said)
