"""F1 to F7: what must hold in every finding run, whatever went wrong on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.aws.calls import ApiCall
from simulator.scenarios.vocabulary import Vocabulary, World
from tests.vocabulary.remediation.analyzer import samples
from tests.vocabulary.remediation.evaluator import allows
from tests.vocabulary.remediation.probes import finding_ids, records
from tests.vocabulary.remediation.resources import originals, policy_of, statements
from tests.vocabulary.tables import items

TERMINAL = frozenset(
    {
        "ARCHIVED_TRUSTED", "CLOSED_BLOCKED", "CLOSED_BLOCKED_BY_DEFAULT", "CLOSED_ELSEWHERE", "CLOSED_INTENDED",
        "CLOSED_RESOLVED_ELSEWHERE", "CLOSED_RESOURCE_GONE", "CLOSED_ROLLED_BACK", "ESCALATED_ANALYSIS_ERROR",
        "ESCALATED_FLAPPING", "ESCALATED_NOT_CONFIRMED", "ESCALATED_NO_SAFE_CHANGE", "ESCALATED_UNMODIFIABLE",
        "LINKED_TO_PRIMARY", "NOTIFIED_ONLY", "PLANNED_ONLY",
    }
)  # fmt: skip
BLOCKED = frozenset({"CLOSED_BLOCKED", "CLOSED_BLOCKED_BY_DEFAULT"})
CLAIMS = frozenset({"decision_requested", "blocked"})


def register(vocabulary: Vocabulary) -> None:
    for name, check in _CHECKS.items():
        vocabulary.invariant(name)(check)


def _details(world: World) -> Iterator[Mapping[str, Any]]:
    """The findings of the events, each with its latest detail."""
    found: dict[str, Mapping[str, Any]] = {}
    for step in world.scenario.steps:
        event: Any = step.body.get("event") or {}
        if event.get("source") == "aws.access-analyzer":
            detail = event["detail"]
            found[detail.get("id") or detail.get("findingId")] = detail
    yield from found.values()


def _ours(world: World) -> Iterator[ApiCall]:
    return (call for call in world.calls if call.error is None and call.result is not None)


def _writes(world: World) -> Iterator[tuple[str, ApiCall, dict[str, Any]]]:
    """(role name, call, policy) of every trust policy that the application wrote."""
    for call in _ours(world):
        if call.name == "iam:UpdateAssumeRolePolicy":
            yield call.parameters["RoleName"], call, json.loads(call.parameters["PolicyDocument"])


def _sid(finding_id: str) -> str:
    return "AADeny" + finding_id.replace("-", "")


def _blocked(world: World) -> Iterator[str]:
    known = records(world)
    for detail in _details(world):
        record = known.get(detail.get("id", ""), {})
        if record.get("status") not in BLOCKED:
            continue
        policy = policy_of(world, detail["resource"])
        for who in samples(detail["principal"]):
            for action in detail["action"]:
                if policy and allows(
                    policy, who, action, organization=world.notes.get("organization")
                ):
                    yield f"{who} may {action} on {detail['resource']}, which is {record['status']}"


def _bystanders(world: World, policy: Mapping[str, Any]) -> set[str]:
    """Everybody inside the zone of trust, AWS services, and who else stands in an Allow."""
    accounts = {world.simulation.project.account, *world.notes.get("trusted", [])}
    found = {
        f"arn:aws:iam::{account}:{name}"
        for account in accounts
        for name in ("root", "role/Any", "user/Any")
    }
    outside = {
        who
        for detail in _details(world)
        for who in samples(detail.get("principal") or {"AWS": "*"})
    }
    for statement in statements(policy):
        principal = statement.get("Principal")
        for entry in principal.values() if isinstance(principal, Mapping) else ():
            for who in entry if isinstance(entry, list) else [entry]:
                found |= set(
                    samples(
                        {"AWS": who}
                        if who[:12].isdigit() or who.startswith("arn:")
                        else {"Federated": who}
                    )
                )
    return {who for who in found - outside if not who.startswith("arn:aws:iam::000000000000:")}


def _trusted_keep_access(world: World) -> Iterator[str]:
    by_name = {arn.rpartition("/")[2]: arn for arn in originals(world)}
    organization = world.notes.get("organization")
    for name, _call, policy in _writes(world):
        if name not in by_name:
            yield f"the role {name} was changed, and no finding is about it"
            continue
        original = originals(world)[by_name[name]]
        actions = {action for detail in _details(world) for action in detail.get("action", [])}
        for who in sorted(_bystanders(world, original)):
            for action in sorted(actions):
                before = allows(original, who, action, organization=organization)
                if before != allows(policy, who, action, organization=organization):
                    yield f"{who} {'lost' if before else 'got'} {action} on {name}"


def _snapshot_first(world: World) -> Iterator[str]:
    captured = False
    for call in world.calls:
        if call.error is not None:
            continue
        names = call.parameters.get("ExpressionAttributeNames") or {}
        if call.name == "dynamodb:UpdateItem" and "snapshot" in names.values():
            captured = True
        if call.name == "iam:UpdateAssumeRolePolicy" and not captured:
            yield f"{call.caller} wrote a policy before a snapshot existed"
    if not captured:
        return
    by_id = {detail.get("id"): detail for detail in _details(world)}
    for finding_id, record in records(world).items():
        if "snapshot" not in record:
            continue
        arn = by_id[finding_id]["resource"]
        ours = {_sid(known) for known in finding_ids(world)}
        kept = json.loads(record["snapshot"]["policy"])
        rest = [entry for entry in statements(kept) if entry.get("Sid") not in ours]
        if rest != statements(originals(world)[arn]):
            yield f"the snapshot of {finding_id} is not the original policy"


def _one_change(world: World) -> Iterator[str]:
    most = 1 + int(world.scenario.given.get("max_reapply", 0))  # type: ignore[arg-type]  # a number
    for finding_id in finding_ids(world):
        sid, times, there = _sid(finding_id), 0, False
        for _name, call, policy in _writes(world):
            count = sum(entry.get("Sid") == sid for entry in statements(policy))
            if count > 1:
                yield f"{call.caller} wrote the statement {sid} {count} times into one policy"
            times += bool(count) and not there
            there = bool(count)
        if times > most:
            yield f"the statement {sid} was added {times} times"


def _claims_are_proved(world: World) -> Iterator[str]:
    """Before a message says "blocked", VerifyApplied has read a policy that blocks."""
    proved = False
    details = [detail for detail in _details(world) if detail.get("principal")]
    for call in _ours(world):
        if call.name == "iam:UpdateAssumeRolePolicy":
            proved = False
        elif call.name == "iam:GetRole" and call.caller.endswith("VerifyApplied"):
            policy = (call.result or {})["Role"]["AssumeRolePolicyDocument"]
            proved = any(
                not allows(policy, who, action, organization=world.notes.get("organization"))
                for detail in details
                for who in samples(detail["principal"])
                for action in detail["action"]
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
    known = records(world)
    letters = _dead_letters(world)
    for finding_id in finding_ids(world):
        record = known.get(finding_id, {})
        waiting = record.get("status") == "AWAITING_DECISION" and record.get("due_at")
        if record.get("status") not in TERMINAL and not waiting and finding_id not in letters:
            yield f"the finding {finding_id} is lost in the status {record.get('status')}"


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
