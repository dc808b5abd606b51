"""Every call of a function is one that its role may make; the stand-ins themselves ask no role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from simulator.scenarios.vocabulary import Vocabulary, World

_PREFIXES = {"accessanalyzer": "access-analyzer", "stepfunctions": "states"}
# Where the action has not the operation's name (service authorization reference, docs).
_ACTIONS = {
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "lambda:Invoke": "lambda:InvokeFunction",
}


def register(vocabulary: Vocabulary) -> None:
    vocabulary.invariant("permitted")(denied)

    @vocabulary.always
    def _permitted(world: World) -> Iterable[str]:
        return denied(world) if world.scenario.workflow == "finding" else ()


def denied(world: World) -> Iterator[str]:
    said: set[str] = set()
    project = world.simulation.project
    functions = {function.logical_id: function for function in project.functions.values()}
    for call in world.calls:
        function = functions.get(call.caller)
        if function is None or call.account != project.account:
            continue  # in a member account the member's role decides
        action = _ACTIONS.get(call.name) or ":".join(
            (_PREFIXES.get(call.service, call.service), call.operation)
        )
        text = f"the role of {call.caller} may not {action}"
        if text not in said and not any(
            fnmatchcase(action, pattern) for pattern in _allowed(world, function.role)
        ):
            said.add(text)
            yield text


def _allowed(world: World, role: str) -> Iterator[str]:
    template = world.simulation.project.template
    managed = {item.physical_id: item for item in template.of_type("AWS::IAM::ManagedPolicy")}
    for resource in template.of_type("AWS::IAM::Role"):
        if resource.arn != role:
            continue
        policies: Any = resource.properties.get("Policies") or []
        documents = [policy["PolicyDocument"] for policy in policies]
        arns: Any = resource.properties.get("ManagedPolicyArns") or []
        documents += [managed[arn].properties["PolicyDocument"] for arn in arns]
        for document in documents:
            yield from _actions(document)


def _actions(document: Mapping[str, Any]) -> Iterator[str]:
    for statement in document["Statement"]:
        if statement["Effect"] == "Allow":
            actions = statement["Action"]
            yield from actions if isinstance(actions, list) else [actions]
