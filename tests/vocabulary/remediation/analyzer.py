"""The fake IAM Access Analyzer: findings from the scenario's events, judged by the resources' current state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.aws.calls import ApiCall, ServiceError
from simulator.scenarios.vocabulary import World
from tests.vocabulary.remediation.evaluator import State, effects, may
from tests.vocabulary.remediation.events import details
from tests.vocabulary.remediation.resources import originals, owner_of, state_of, types

SERVICE = "accessanalyzer"
_OUTSIDER = "000000000000"


def samples(principal: Mapping[str, str]) -> list[str]:
    """Callers whom a finding's principal stands for."""
    ((kind, value),) = principal.items()
    if kind in ("Federated", "CanonicalUser"):
        return [value]
    account = _OUTSIDER if value == "*" else value if value.isdigit() else ""
    if value.endswith(":root"):
        account = value.split(":")[4]
    if account:
        return [f"arn:aws:iam::{account}:{name}" for name in ("root", "role/Any", "user/Any")]
    return [value]


@dataclass(slots=True)
class FakeAnalyzer:
    """`findings` by id as in the events; `rules` by name as they were created."""

    world: World
    findings: dict[str, dict[str, Any]] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    previews: dict[str, tuple[str, State]] = field(default_factory=dict)

    def install(self) -> None:
        for detail in details(self.world):
            if "principal" in detail:
                self.findings.setdefault(detail["id"], detail)
        for operation, answer in {
            "GetFinding": self._get,
            "UpdateFindings": self._update,
            "CreateArchiveRule": self._create_rule,
            "ApplyArchiveRule": self._apply_rule,
            "DeleteArchiveRule": self._delete_rule,
            "CreateAccessPreview": self._create_preview,
            "GetAccessPreview": self._get_preview,
            "ListAccessPreviewFindings": self._preview_findings,
            "ValidatePolicy": self._validate,
            "StartResourceScan": lambda _call: {},
        }.items():
            self.world.simulation.cloud.emulate(SERVICE, operation, answer)

    def _now(self, arn: str) -> State | None:
        return state_of(self.world, arn) if arn in types(self.world) else None

    def _status(self, finding: Mapping[str, Any], state: State | None) -> str:
        if state is None or not is_open(self.world, finding, state):
            return "RESOLVED"
        return "ARCHIVED" if finding["id"] in self.archived else "ACTIVE"

    def _known(self, finding_id: str) -> dict[str, Any]:
        if finding_id not in self.findings:
            raise ServiceError("ResourceNotFoundException", "Finding not found", 404)
        return self.findings[finding_id]

    def _get(self, call: ApiCall) -> dict[str, Any]:
        finding = self._known(call.parameters["id"])
        status = self._status(finding, self._now(finding["resource"]))
        kept = ("id", "principal", "action", "resource", "isPublic", "resourceType", "condition")
        found = {name: finding[name] for name in kept if name in finding}
        times = dict.fromkeys(("createdAt", "analyzedAt", "updatedAt"), call.at)
        owner = {"resourceOwnerAccount": finding["accountId"]}
        return {"finding": {**found, **times, **owner, "status": status}}

    def _update(self, call: ApiCall) -> dict[str, Any]:
        for finding_id in call.parameters.get("ids", []):
            self._known(finding_id)
            if call.parameters["status"] == "ARCHIVED":
                self.archived.add(finding_id)
            else:
                self.archived.discard(finding_id)
        return {}

    def _create_rule(self, call: ApiCall) -> dict[str, Any]:
        name = call.parameters["ruleName"]
        if name in self.rules:
            raise ServiceError("ConflictException", "The archive rule exists", 409)
        self.rules[name] = {
            "analyzer": call.parameters["analyzerName"],
            "filter": call.parameters["filter"],
        }
        return {}

    def _delete_rule(self, call: ApiCall) -> dict[str, Any]:
        rule = self.rules.get(call.parameters["ruleName"])
        if rule is None or call.parameters["analyzerName"] != rule["analyzer"]:
            raise ServiceError("ResourceNotFoundException", "Archive rule not found", 404)
        del self.rules[call.parameters["ruleName"]]
        return {}

    def _apply_rule(self, call: ApiCall) -> dict[str, Any]:
        rule = self.rules.get(call.parameters["ruleName"])
        if rule is None or not call.parameters["analyzerArn"].endswith(f"/{rule['analyzer']}"):
            raise ServiceError("ResourceNotFoundException", "Archive rule not found", 404)
        for finding_id, finding in self.findings.items():
            if all(_value(finding, key) in test["eq"] for key, test in rule["filter"].items()):
                self.archived.add(finding_id)
        return {}

    def _create_preview(self, call: ApiCall) -> dict[str, Any]:
        ((arn, configuration),) = call.parameters["configurations"].items()
        preview_id = f"00000000-0000-4000-8000-{len(self.previews):012d}"
        now = self._now(arn)
        if now is None:
            raise ServiceError("ResourceNotFoundException", "Resource not found", 404)
        self.previews[preview_id] = (arn, planned(configuration, now))
        return {"id": preview_id}

    def _preview(self, call: ApiCall) -> tuple[str, State]:
        found = self.previews.get(call.parameters["accessPreviewId"])
        if found is None:
            raise ServiceError("ResourceNotFoundException", "Access preview not found", 404)
        return found

    def _get_preview(self, call: ApiCall) -> dict[str, Any]:
        self._preview(call)
        return {
            "accessPreview": {
                "id": call.parameters["accessPreviewId"],
                "analyzerArn": call.parameters["analyzerArn"],
                "configurations": {},
                "createdAt": call.at,
                "status": "COMPLETED",
            }
        }

    def _preview_findings(self, call: ApiCall) -> dict[str, Any]:
        arn, then = self._preview(call)
        now = self._now(arn)
        found = []
        for finding_id, finding in self.findings.items():
            if finding["resource"] != arn:
                continue
            before, after = self._status(finding, now), self._status(finding, then)
            change = "UNCHANGED" if before == after else "CHANGED"
            found.append(
                {
                    "id": finding_id,
                    "existingFindingId": finding_id,
                    "existingFindingStatus": before,
                    "changeType": change,
                    "status": after,
                    "resource": finding["resource"],
                    "resourceType": finding["resourceType"],
                    "createdAt": call.at,
                    "resourceOwnerAccount": finding["accountId"],
                }
            )
        return {"findings": found}

    def _validate(self, call: ApiCall) -> dict[str, Any]:
        """The two errors that our own statements could make: a Sid twice, a Sid with other characters."""
        statements = json.loads(call.parameters["policyDocument"])["Statement"]
        sids = [entry["Sid"] for entry in statements if "Sid" in entry]
        codes = {"DUPLICATE_SID" for sid in sids if sids.count(sid) > 1}
        # A Sid with other characters is wrong in IAM only (docs).
        if call.parameters.get("validatePolicyResourceType", "").startswith("AWS::IAM::"):
            codes |= {"INVALID_SID" for sid in sids if not sid.isalnum()}
        return {
            "findings": [
                {
                    "findingType": "ERROR",
                    "issueCode": code,
                    "findingDetails": code,
                    "learnMoreLink": "",
                    "locations": [],
                }
                for code in sorted(codes)
            ]
        }


def is_open(world: World, finding: Mapping[str, Any], state: State) -> bool:
    """May somebody whom the finding means still do something that it names?

    What the resource's own policies do not show (an access point, a condition that outsiders meet)
    the analyser sees all the same: then only a denial ends it, or Block Public Access.
    """
    original = originals(world).get(finding["resource"], state)
    if _shown(world, finding, original) or _shown(world, finding, state):
        return _shown(world, finding, state)
    blocked = bool(state.block) and all((state.block or {}).values())
    return not (blocked and finding.get("isPublic")) and not all(
        "Deny" in effects(state.policy or {}, who, action, organization=world.notes["organization"])
        for who, action in _asked(finding)
    )


def _asked(finding: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(who, action) for who in samples(finding["principal"]) for action in finding["action"]]


def _shown(world: World, finding: Mapping[str, Any], state: State) -> bool:
    return any(
        may(
            state,
            who,
            action,
            account=owner_of(world, finding["resource"]),
            organization=world.notes.get("organization"),
        )
        for who, action in _asked(finding)
    )


_POLICIES = {
    "iamRole": "trustPolicy",
    "s3Bucket": "bucketPolicy",
    "sqsQueue": "queuePolicy",
    "snsTopic": "topicPolicy",
    "secretsManagerSecret": "secretPolicy",
    "ecrRepository": "repositoryPolicy",
    "dynamodbTable": "tablePolicy",
    "dynamodbStream": "streamPolicy",
}


def planned(configuration: Mapping[str, Any], now: State) -> State:
    """The state that an access preview's configuration describes."""
    ((kind, wanted),) = configuration.items()
    if kind == "kmsKey":
        text = wanted["keyPolicies"].get("default")
        grants = [
            {"GranteePrincipal": grant["granteePrincipal"], "Operations": grant["operations"]}
            for grant in wanted["grants"]
        ]
        return State(json.loads(text) if text else None, grants=tuple(grants))
    text = wanted.get(_POLICIES[kind])
    policy = json.loads(text) if text else None
    if kind != "s3Bucket":
        return State(policy)
    block = wanted["bucketPublicAccessBlock"]
    switches = {
        "IgnorePublicAcls": block["ignorePublicAcls"],
        "RestrictPublicBuckets": block["restrictPublicBuckets"],
    }
    return State(policy, switches, now.acl)


def _value(finding: Mapping[str, Any], key: str) -> str:
    """A criterion's value: "principal.AWS" and the like; booleans are texts."""
    found: Any = finding
    for part in key.split("."):
        found = found.get(part, "") if isinstance(found, Mapping) else ""
    return str(found).lower() if isinstance(found, bool) else str(found)
