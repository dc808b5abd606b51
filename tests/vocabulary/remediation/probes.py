"""`expect` of finding scenarios."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from simulator.scenarios.vocabulary import Difference, Vocabulary, World, differences
from tests.vocabulary.remediation.evaluator import State, may
from tests.vocabulary.remediation.events import details
from tests.vocabulary.remediation.resources import (
    added,
    originals,
    owner_of,
    policy_of,
    state_of,
)
from tests.vocabulary.tables import items


def register(vocabulary: Vocabulary) -> None:
    for name, probe in _PROBES.items():
        vocabulary.probe(name)(probe)


def finding_ids(world: World) -> list[str]:
    """The findings of the scenario's events, in order, once each."""
    return list(dict.fromkeys(detail["id"] for detail in details(world)))


def records(world: World) -> dict[str, dict[str, Any]]:
    return {record["finding_id"]: record for record in items(world, "Findings")}


def finding_record(world: World) -> dict[str, Any]:
    """Of the scenario's first finding; {} when nothing was recorded."""
    ids = finding_ids(world)
    return records(world).get(ids[0], {}) if ids else {}


def messages(world: World) -> list[dict[str, str]]:
    """What was published: topic, template, subject, text."""
    return [
        {
            "topic": call.parameters["TopicArn"].rpartition(":")[2],
            "template": call.parameters["MessageAttributes"]["template"]["StringValue"],
            "subject": call.parameters["Subject"],
            "text": call.parameters["Message"],
        }
        for call in world.calls
        if call.name == "sns:Publish" and call.error is None and call.result is not None
    ]


def finding_texts(world: World) -> list[str]:
    return [f"{message['subject']}\n{message['text']}" for message in messages(world)]


def notifications(world: World, want: Any) -> Iterable[Difference]:
    """Listed ones are checked, others are free unless the list is empty."""
    sent = messages(world)
    if not want and sent:
        yield Difference("notifications", [], [message["template"] for message in sent])
    for index, wanted in enumerate(want):
        where = f"notifications[{index}]"
        unknown = sorted(set(wanted) - {"topic", "template", "count", "subject_max_chars"})
        if unknown:
            yield Difference(
                where, message=f"nobody checks {', '.join(unknown)} of a finding's message"
            )
        got = [message for message in sent if _matches(message, wanted)]
        if "count" in wanted and len(got) != wanted["count"]:
            note = ", ".join(message["template"] for message in sent) or "nothing was sent"
            yield Difference(f"{where}.count", wanted["count"], len(got), note=note)
        for message in got:
            if len(message["subject"]) > wanted.get("subject_max_chars", len(message["subject"])):
                yield Difference(
                    f"{where}.subject_max_chars", wanted["subject_max_chars"], message["subject"]
                )


def _matches(message: Mapping[str, str], wanted: Mapping[str, Any]) -> bool:
    """The topic's name, or the same with the stack's name before it."""
    topic, template = wanted.get("topic"), wanted.get("template")
    if (
        topic is not None
        and message["topic"] != topic
        and not message["topic"].endswith(f"-{topic}")
    ):
        return False
    return template is None or message["template"] == template


def _statements(world: World, want: Any) -> Iterable[Difference]:
    got = added(world)
    return differences("statements_added", want, len(got) if isinstance(want, int) else got)


def _sids(world: World, want: Any) -> Iterable[Difference]:
    got = [statement.get("Sid") for statement in added(world)]
    return differences("statements_added_sids", sorted(want), sorted(map(str, got)))


def _snapshot(world: World, want: Any) -> Iterable[Difference]:
    """A part by its name or the beginning of it: "grant", "revision"."""
    snapshot = finding_record(world).get("snapshot", {})
    for name in want:
        if not any(known.startswith(name) and snapshot[known] for known in snapshot):
            yield Difference("snapshot_contains", name, sorted(snapshot))


def _access(world: World, want: Any) -> Iterable[Difference]:
    """Of the scenario's first resource, or of the one that the entry names."""
    for index, wanted in enumerate(want):
        arn = wanted.get("resource") or next(iter(originals(world)))
        state = state_of(world, arn) or State(None)
        got = may(
            state,
            wanted["principal"],
            wanted["action"],
            account=owner_of(world, arn),
            organization=world.notes.get("organization"),
        )
        note = f"{wanted['principal']} {wanted['action']}"
        if got != wanted["allowed"]:
            yield Difference(
                f"effective_access[{index}].allowed", wanted["allowed"], got, note=note
            )


def _duplicates(world: World, want: Any) -> Iterable[Difference]:
    got = sum(
        record.get("deliveries", 0) - len(record.get("executions", []))
        for record in records(world).values()
    )
    return differences("duplicate_deliveries_ignored", want, got)


def _original(world: World, want: Any) -> Iterable[Difference]:
    for arn, original in originals(world).items():
        got = policy_of(world, arn)
        if (got == original.policy) != want:
            yield from differences(f"policy_equals_original {arn}", original.policy, got)


def _archive_rule(world: World, want: Any) -> Iterable[Difference]:
    """null: there is none."""
    rules = world.notes["analyzer"].rules
    if len(rules) != bool(want):
        yield Difference("archive_rule", int(bool(want)), len(rules))
    if len(rules) != 1 or not want:
        return
    ((name, rule),) = rules.items()
    yield from differences("archive_rule.filter", want["filter"], rule["filter"])
    pattern = want.get("name_pattern", ".*")
    if re.fullmatch(pattern, name) is None:
        yield Difference("archive_rule.name_pattern", pattern, name)


def _of_record(name: str) -> Any:
    def probe(world: World, want: Any) -> Iterable[Difference]:
        return differences(name, want, finding_record(world).get(name))

    return probe


def _planned(world: World, want: Any) -> Iterable[Difference]:
    """The list, or its length."""
    got = json.loads(finding_record(world).get("planned_statements", "[]"))
    return differences("planned_statements", want, len(got) if isinstance(want, int) else got)


def _reapplied(world: World, want: Any) -> Iterable[Difference]:
    return differences("reapplied", want, max(finding_record(world).get("changes", 0) - 1, 0))


def _statuses(world: World, want: Any) -> Iterable[Difference]:
    found = records(world)
    return differences(
        "final_statuses", want, {name: found.get(name, {}).get("status") for name in want}
    )


def _severity(world: World, want: Any) -> Iterable[Difference]:
    return differences("severity", want, finding_record(world).get("severity"))


def _have(world: World, want: Any) -> Iterable[Difference]:
    """Each field as wanted; `Condition_keys` are the keys of all operators together."""
    for index, statement in enumerate(added(world)):
        where = f"statements_added_have[{index}]"
        for key, wanted in want.items():
            if key == "Condition_keys":
                conditions = statement.get("Condition", {}).values()
                keys = sorted({name for line in conditions for name in line})
                yield from differences(f"{where}.{key}", sorted(wanted), keys)
            else:
                yield from differences(f"{where}.{key}", wanted, statement.get(key))
    if not added(world):
        yield Difference("statements_added_have", want, [])


def _explicit(world: World, want: Any) -> Iterable[Difference]:
    for statement in added(world):
        actions = statement["Action"]
        names = actions if isinstance(actions, list) else [actions]
        wild = [name for name in names if "*" in name or "?" in name]
        yield from differences("actions_must_be_explicit", want, not wild)


def _size(world: World, want: Any) -> Iterable[Difference]:
    """Without white space, which the services do not count."""
    for arn in originals(world):
        size = len(json.dumps(policy_of(world, arn) or {}, separators=(",", ":")))
        if size > want:
            yield Difference(f"policy_size_max {arn}", want, size)


def _block(world: World, want: Any) -> Iterable[Difference]:
    for arn in originals(world):
        state = state_of(world, arn) or State(None)
        yield from differences("public_access_block", want, state.block)


_NOW = "<time of remediation>"


def _inline(world: World, want: Any) -> Iterable[Difference]:
    """The placeholder stands for the moment of the call that wrote the policy."""
    arn = next(iter(originals(world)))
    state = state_of(world, arn) or State(None)
    document = dict(state.inline).get(want["name"])
    if document is None:
        yield Difference(
            "inline_policy_added.name", want["name"], [name for name, _ in state.inline]
        )
        return
    moments = [
        call.at.strftime("%Y-%m-%dT%H:%M:%SZ")
        for call in world.calls
        if call.name == "iam:PutRolePolicy" and call.error is None
    ]
    wanted = json.loads(json.dumps(want["statement"]).replace(_NOW, moments[-1]))
    yield from differences("inline_policy_added.statement", [wanted], document["Statement"])


def _errors(world: World, want: Any) -> Iterable[Difference]:
    """What went wrong: the number of failed executions and rejected events, or words of the reasons."""
    record = finding_record(world)
    reasons: list[Any] = [str(run.cause) for run in world.own_executions() if run.error is not None]
    if record.get("status") == "REJECTED_MALFORMED":
        reasons.append(record["reason"])
    if isinstance(want, int) or not want:
        got: Any = len(reasons) if isinstance(want, int) else reasons
        yield from differences("errors", want, got)
        return
    for index, word in enumerate(want):
        if not any(str(word).lower() in reason.lower() for reason in reasons):
            yield Difference(f"errors[{index}]", word, reasons)


_PROBES = {
    "severity": _severity,
    "statements_added_have": _have,
    "actions_must_be_explicit": _explicit,
    "policy_size_max": _size,
    "public_access_block": _block,
    "inline_policy_added": _inline,
    "errors": _errors,
    "statements_added": _statements,
    "statements_added_sids": _sids,
    "snapshot_contains": _snapshot,
    "effective_access": _access,
    "duplicate_deliveries_ignored": _duplicates,
    "policy_equals_original": _original,
    "archive_rule": _archive_rule,
    "plan": _of_record("plan"),
    "planned_statements": _planned,
    "reapplied": _reapplied,
    "final_statuses": _statuses,
}
