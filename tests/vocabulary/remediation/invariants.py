"""F1 to F7: what must hold in every finding run, whatever went wrong on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.aws.calls import ApiCall
from simulator.scenarios.vocabulary import Vocabulary, World
from tests.vocabulary.remediation.analyzer import is_open, samples
from tests.vocabulary.remediation.evaluator import State, effects, may
from tests.vocabulary.remediation.events import events, latest
from tests.vocabulary.remediation.probes import finding_ids, records
from tests.vocabulary.remediation.resources import (
    NO_POLICY,
    READS,
    WRITES,
    originals,
    owner_of,
    state_of,
    timeline,
)
from tests.vocabulary.remediation.shapes import statements
from tests.vocabulary.tables import items

TERMINAL = frozenset(
    {
        "ARCHIVED_TRUSTED", "CLOSED_BLOCKED", "CLOSED_BLOCKED_BY_DEFAULT", "CLOSED_ELSEWHERE", "CLOSED_INTENDED",
        "CLOSED_RESOLVED_ELSEWHERE", "CLOSED_RESOURCE_GONE", "CLOSED_ROLLED_BACK", "ESCALATED_ANALYSIS_ERROR",
        "ESCALATED_FLAPPING", "ESCALATED_NOT_CONFIRMED", "ESCALATED_NO_SAFE_CHANGE", "ESCALATED_UNMODIFIABLE",
        "LINKED_TO_PRIMARY", "NOTIFIED_ONLY", "PLANNED_ONLY", "REJECTED_MALFORMED", "REOPENED",
    }
)  # fmt: skip
BLOCKED = frozenset({"CLOSED_BLOCKED", "CLOSED_BLOCKED_BY_DEFAULT"})
CLAIMS = frozenset({"decision_requested", "blocked"})


def register(vocabulary: Vocabulary) -> None:
    for name, check in _CHECKS.items():
        vocabulary.invariant(name)(check)


def _ours(world: World) -> Iterator[ApiCall]:
    return (call for call in world.calls if call.error is None and call.result is not None)


def _sid(finding_id: str) -> str:
    return "AADeny" + finding_id.replace("-", "")


def _blocked(world: World) -> Iterator[str]:
    known = records(world)
    for detail in latest(world):
        record = known.get(detail["id"], {})
        if record.get("status") not in BLOCKED or "principal" not in detail:
            continue
        arn = detail["resource"]
        state = state_of(world, arn)
        for who in samples(detail["principal"]) if state else ():
            for action in detail["action"]:
                if _may(world, arn, state, who, action):
                    yield f"{who} may {action} on {arn}, which is {record['status']}"


def _may(world: World, arn: str, state: State | None, who: str, action: str) -> bool:
    organization = world.notes.get("organization")
    account = owner_of(world, arn)
    return state is not None and may(state, who, action, account=account, organization=organization)


def _bystanders(world: World, policy: Mapping[str, Any]) -> set[str]:
    """Everybody inside the zone of trust, AWS services, and who else stands in an Allow."""
    accounts = {world.simulation.project.account, *world.notes.get("trusted", [])}
    found = {
        f"arn:aws:iam::{account}:{name}"
        for account in accounts
        for name in ("root", "role/Any", "user/Any")
    }
    outside = {
        who for detail in latest(world) for who in samples(detail.get("principal") or {"AWS": "*"})
    }
    for statement in statements(policy):
        principal = statement.get("Principal")
        for entry in principal.values() if isinstance(principal, Mapping) else ():
            for who in entry if isinstance(entry, list) else [entry]:
                found |= set(
                    samples(
                        {"AWS": who}
                        if who == "*" or who[:12].isdigit() or who.startswith("arn:")
                        else {"Federated": who}
                    )
                )
    return {who for who in found - outside if not who.startswith("arn:aws:iam::000000000000:")}


def _trusted_keep_access(world: World) -> Iterator[str]:
    """Of the public, those inside are no part: Block Public Access ends what they had with everybody.

    Nobody of them may be denied anything, which their own account's policies could allow.
    """
    for call in _ours(world):
        if call.name in WRITES and not _target(world, call):
            yield f"{call.caller} changed something by {call.name}, and no finding is about it"
    said: set[str] = set()
    for change in timeline(world):
        for arn, state in change.states.items():
            for text in _lost(world, arn, originals(world)[arn], state):
                if text not in said:
                    said.add(text)
                    yield text


def _target(world: World, call: ApiCall) -> bool:
    names = {arn.rpartition("/")[2].rpartition(":")[2] for arn in originals(world)}
    values = [str(value) for value in call.parameters.values() if isinstance(value, str)]
    return any(value.rpartition("/")[2].rpartition(":")[2] in names for value in values)


def _lost(world: World, arn: str, original: State, state: State) -> Iterator[str]:
    organization = world.notes.get("organization")
    actions = {action for detail in latest(world) for action in detail.get("action", [])}
    actions |= {
        action
        for entry in statements(original.policy)
        if "Service" in (entry["Principal"] if isinstance(entry.get("Principal"), dict) else {})
        for action in _many(entry.get("Action", []))
    }
    name = arn.rpartition("/")[2].rpartition(":")[2]
    for who in sorted(_bystanders(world, original.policy or {})):
        for action in sorted(actions):
            before = effects(original.policy or {}, who, action, organization=organization)
            after = effects(state.policy or {}, who, action, organization=organization)
            if (before == {"Allow"} and after != {"Allow"}) or "Deny" in after - before:
                yield f"{who} lost {action} on {name}"
            elif after == {"Allow"} != before:
                yield f"{who} got {action} on {name}"


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _snapshot_first(world: World) -> Iterator[str]:
    captured = False
    for call in world.calls:
        if call.error is not None:
            continue
        names = call.parameters.get("ExpressionAttributeNames") or {}
        if call.name == "dynamodb:UpdateItem" and "snapshot" in names.values():
            captured = True
        if call.name in WRITES and not captured:
            yield f"{call.caller} wrote a policy before a snapshot existed"
    if not captured:
        return
    by_id = {detail["id"]: detail for detail in latest(world)}
    ours = {_sid(known) for known in finding_ids(world)}
    for finding_id, record in records(world).items():
        if "snapshot" not in record:
            continue
        original = originals(world)[by_id[finding_id]["resource"]]
        kept = record["snapshot"]
        policy = json.loads(kept["policy"])
        rest, before = (
            [entry for entry in statements(found) if entry.get("Sid") not in ours]
            for found in (policy, original.policy)
        )
        if rest != before:
            yield f"the snapshot of {finding_id} is not the original policy"
        if json.loads(kept.get("public_access_block", "null")) != original.block:
            yield f"the snapshot of {finding_id} is not the original Block Public Access"
        grants = {grant["GrantId"] for grant in json.loads(kept.get("grants", "[]"))}
        if grants != {grant["GrantId"] for grant in original.grants}:
            yield f"the snapshot of {finding_id} has not the original grants"


def _one_change(world: World) -> Iterator[str]:
    most = 1 + int(world.scenario.given.get("max_reapply", 0))  # type: ignore[arg-type]  # a number
    for detail in latest(world):
        finding_id, arn = detail["id"], detail["resource"]
        sid, times, was_open = _sid(finding_id), 0, True
        for change in timeline(world):
            states = change.states
            if arn not in states or "principal" not in detail:
                continue
            names = [entry.get("Sid") for entry in statements(states[arn].policy)]
            if names.count(sid) > 1:
                yield f"{change.caller} wrote the statement {sid} {names.count(sid)} times into one policy"
            now_open = is_open(world, detail, states[arn])
            times += was_open and not now_open
            was_open = now_open
        if times > most:
            yield f"the access of {finding_id} was blocked {times} times"


def _claims_are_proved(world: World) -> Iterator[str]:
    """Before a message says "blocked", VerifyApplied has read a policy that blocks."""
    proved, states = False, dict(originals(world))
    changes = {id(change.call): change.states for change in timeline(world)}
    details = [detail for detail in latest(world) if "principal" in detail]
    for call in world.calls:
        if call.error is not None and not (call.name in READS and call.error in NO_POLICY):
            continue
        states = changes.get(id(call), states)
        if call.name in WRITES:
            proved = False
        elif call.name in READS and call.caller.endswith("VerifyApplied"):
            proved = any(
                not is_open(world, detail, states[detail["resource"]])
                for detail in details
                if detail["resource"] in states
            )
        elif call.name == "sns:Publish":
            template = call.parameters["MessageAttributes"]["template"]["StringValue"]
            text = call.parameters["Message"]
            if (template in CLAIMS or "has been blocked" in text) and not proved:
                yield f"the message '{template}' claims a block that nobody has read back"


def _locks(world: World) -> Iterator[str]:
    table, held = world.resource("Locks"), {}
    for call in _ours(world):
        if call.parameters.get("TableName") == table:
            if call.name == "dynamodb:PutItem":
                item = call.parameters["Item"]
                held[item["resource_arn"]["S"]] = item["owner"]["S"]
            elif call.name == "dynamodb:DeleteItem":
                held.pop(call.parameters["Key"]["resource_arn"]["S"], None)
        elif "task_token" in (call.parameters.get("ExpressionAttributeNames") or {}).values():
            for resource in held:
                yield f"the lock of {resource} is held while a person decides"
    for lock in items(world, "Locks"):
        if lock["leased_until"] > world.now.timestamp() or "leased_until" not in lock:
            yield f"the lock of {lock['resource_arn']} is still held at the end"


def _nothing_lost(world: World) -> Iterator[str]:
    """Several events may be of one finding: it is lost once."""
    yield from dict.fromkeys(_lost_events(world))


def _lost_events(world: World) -> Iterator[str]:
    """Of the events that a rule wants; one without a finding's id is known by its own."""
    known = records(world)
    letters = _dead_letters(world)
    wanted = [routed.event for routed in world.simulation.routed if routed.matched]
    delivered = [event for event in events(world) if any(_same(event, one) for one in wanted)]
    for event in delivered:
        detail: Any = event["detail"]
        finding_id = detail.get("id") or detail.get("findingId")
        if not isinstance(finding_id, str):
            if event["id"] not in letters:
                yield f"the event {event['id']} is lost"
            continue
        record = known.get(finding_id, {})
        waiting = record.get("status") == "AWAITING_DECISION" and record.get("due_at")
        if record.get("status") not in TERMINAL and not waiting and finding_id not in letters:
            yield f"the finding {finding_id} is lost in the status {record.get('status')}"


def _same(event: Mapping[str, Any], routed: Any) -> bool:
    return bool(event["id"] == routed["id"] and event["detail"] == routed["detail"])


def _dead_letters(world: World) -> str:
    """Everything that was sent to the dead-letter queue, as one text."""
    queue = world.resource("FindingsDeadLetters")
    return "\n".join(
        call.parameters["MessageBody"]
        for call in _ours(world)
        if call.name == "sqs:SendMessage" and call.parameters["QueueUrl"] == queue
    )


_CHECKS: dict[str, Any] = {
    "F1": _blocked,
    "F2": _trusted_keep_access,
    "F3": _snapshot_first,
    "F4": _one_change,
    "F5": _claims_are_proved,
    "F6": _locks,
    "F7": _nothing_lost,
}
