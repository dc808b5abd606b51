"""Checks of templates: who may do what, who is let in, and what nobody needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from simulator.compliance.evidence import Evidence, Finding, bad, judged, listed, table, warned
from simulator.compliance.policies import Statement, of_people, of_roles
from simulator.problems import Location
from simulator.project.external_access import POLICIES, Zone, external_access
from simulator.project.routes import Routes
from simulator.project.template import Resource, Template
from simulator.values import Json, compact

# Actions that take no resource: AWS wants "*" there (service authorization reference).
_WITHOUT_RESOURCE = re.compile(
    r"xray:(Put|Get)\w+|logs:(\w+LogDelivery|ListLogDeliveries|\w+ResourcePolic\w+|DescribeLogGroups)"
    r"|cloudwatch:PutMetricData|access-analyzer:(CheckAccessNotGranted|CheckNoNewAccess"
    r"|CheckNoPublicAccess|ValidatePolicy|ListAnalyzers)|organizations:(Describe|List)\w+"
    r"|sts:GetCallerIdentity|kms:ListAliases|ec2:Describe\w+|iam:List(Roles|AccountAliases)"
    r"|tag:GetResources|s3:ListAllMyBuckets|cloudtrail:LookupEvents"
)
_CREDENTIAL = re.compile(r"AKIA[0-9A-Z]{16}|sk_live_\w+|-----BEGIN [A-Z ]*PRIVATE KEY")
_SECRET = re.compile(rf"{_CREDENTIAL.pattern}|(?i:password|secret)\s*[:=]\s*\S{{6}}")
_SECRET_NAME = re.compile(r"(PASSWORD|SECRET|API_?KEY|TOKEN|PRIVATE_KEY)$", re.IGNORECASE)
_IS_REFERENCE = re.compile(r"^(arn:|\{\{resolve:|https?://)")


def least_privilege(evidence: Evidence) -> Iterator[Finding]:
    seen: dict[str, list[str]] = {}
    roles = {role.logical_id: role for _, role in evidence.of_type("AWS::IAM::Role")}
    for statement in of_roles(evidence):
        wrong = seen.setdefault(statement.owner.logical_id, [])
        roles.setdefault(statement.owner.logical_id, statement.owner)
        if not statement.allows:
            continue
        wrong += [f"has {name}" for name in ("NotAction", "NotResource") if name in statement.body]
        wrong += [f"may {action}" for action in statement.actions if action.endswith(("*", ":*"))]
        if "*" in statement.resources and not statement.condition.strip("{}"):
            wrong += [
                f"may {action} on every resource"
                for action in statement.actions
                if not _WITHOUT_RESOURCE.fullmatch(action) and not action.endswith("*")
            ]
    for name, wrong in seen.items():
        yield judged(roles[name], not wrong, "has what it needs", "; ".join(dict.fromkeys(wrong)))
    for role in evidence.permissions.roles if evidence.permissions is not None else ():
        unused = ", ".join(dict.fromkeys(right.action for right in role.unused))
        if unused:
            said = f"no scenario uses its right to {unused}"
            yield Finding(role.name, True, said, role.location, is_warning=True)  # noqa: FBT003


def card_table_readers(evidence: Evidence) -> Iterator[Finding]:
    """Only functions and workflows may read card tables, never people."""
    readers = ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:BatchGetItem")
    trusted = {"lambda.amazonaws.com", "states.amazonaws.com", "scheduler.amazonaws.com"}
    for _, cache in evidence.named(evidence.declared.card_tables):
        for statement in of_roles(evidence):
            reads = cache.arn is not None and statement.covers(cache.arn)
            if not (statement.allows and reads and any(map(statement.gives, readers))):
                continue
            document = table(statement.owner.properties.get("AssumeRolePolicyDocument"))
            principals = [
                str(name)
                for item in listed(document.get("Statement"))
                for name in listed(table(table(item).get("Principal")).get("Service"))
            ]
            good = bool(principals) and set(principals) <= trusted
            right, wrong = f"reads {cache.logical_id} as a program", "is no program's role"
            yield judged(statement.owner, good, right, f"reads {cache.logical_id} and {wrong}")
    for cache, statement in _people_at(evidence, readers):
        yield bad(statement.owner, f"lets people read {cache.logical_id}")


def _people_at(evidence: Evidence, actions: Sequence[str]) -> Iterator[tuple[Resource, Statement]]:
    """What people may do with card tables; who is denied it in the same policy may not."""
    given = list(of_people(evidence))
    for _, cache in evidence.named(evidence.declared.card_tables):
        for statement in given:
            reached = [action for action in actions if _reaches(statement, action, cache)]
            denied = {
                action
                for other in given
                if other.owner is statement.owner and other.body.get("Effect") == "Deny"
                for action in actions
                if _reaches(other, action, cache)
            }
            if statement.allows and set(reached) - denied:
                yield cache, statement


def _reaches(statement: Statement, action: str, cache: Resource) -> bool:
    return cache.arn is not None and statement.covers(cache.arn) and statement.gives(action)


def staff_mfa(evidence: Evidence) -> Iterator[Finding]:
    """Pools that the project declares as its staff's, and whoever signs in at AWS itself."""
    for _, pool in evidence.named(evidence.declared.staff_pools):
        if pool.type != "AWS::Cognito::UserPool":
            continue
        good = pool.properties.get("MfaConfiguration") == "ON"
        yield judged(pool, good, "wants a second factor", "MfaConfiguration is not ON")
    for _, user in evidence.of_type("AWS::IAM::User"):
        wrong = "a user of IAM signs in with a password alone"
        yield judged(user, not user.properties.get("LoginProfile"), "does not sign in", wrong)
    for _, given in evidence.of_type("AWS::SSO::PermissionSet"):
        yield judged(given, True, "is signed in to through the identity provider", "")  # noqa: FBT003 - as a question


def no_secrets(evidence: Evidence) -> Iterator[Finding]:
    """The name or ARN of a secret in Secrets Manager is a reference and no secret."""
    stored = {
        word
        for _, secret in evidence.of_type("AWS::SecretsManager::Secret")
        for word in (secret.physical_id, secret.name, secret.arn)
    }
    for _, function in evidence.of_type("AWS::Lambda::Function"):
        variables = table(table(function.properties.get("Environment")).get("Variables"))
        wrong = [
            name
            for name, value in variables.items()
            if value not in stored and _is_secret(name, value)
        ]
        text = f"a secret in its environment: {', '.join(wrong)}"
        yield judged(function, not wrong, "no secret in its environment", text)
    for template in evidence.templates:
        wrong = [
            f"the parameter {name} has a default"
            for name, body in table(template.document.value.get("Parameters")).items()
            if _SECRET_NAME.search(name) and table(body).get("Default")
        ]
        for resource in template.resources.values():
            if _CREDENTIAL.search(compact(dict(resource.properties))):
                wrong.append(f"a credential in {resource.logical_id}")
        subject = template.path.name
        yield Finding(
            subject, not wrong, "; ".join(wrong) or "no secret in it", Location(template.path)
        )
    for workflow in evidence.workflows:
        good = not _SECRET.search(compact(workflow.definition))
        said = "no secret in its definition" if good else "a secret in its definition"
        yield Finding(workflow.logical_id, good, said, workflow.location)


def _is_secret(name: str, value: Json) -> bool:
    text = str(value)
    if _SECRET.search(text):
        return True
    return bool(_SECRET_NAME.search(name)) and bool(text) and not _IS_REFERENCE.search(text)


# --- who is let in ----------------------------------------------------------------------------------


def nobody_outside(evidence: Evidence) -> Iterator[Finding]:
    """Every resource policy, as IAM Access Analyzer would judge it: only declared accounts."""
    for template in evidence.templates:
        for resource in template.of_type(*POLICIES):
            trusted = evidence.declared.trust.get(resource.logical_id, ())
            zone = Zone(frozenset({template.place.account, *trusted}), evidence.organization)
            alone = replace(template, resources={resource.logical_id: resource})
            problems = external_access(alone, zone)
            for problem in problems:
                yield Finding(
                    resource.logical_id, is_good=False, said=problem.message,
                    location=problem.location,
                )  # fmt: skip
            if not problems:
                others = f" and {', '.join(trusted)}" if trusted else ""
                yield judged(resource, True, f"lets in its own account{others} only", "")  # noqa: FBT003


# --- what nobody needs ------------------------------------------------------------------------------

# These belong to a function and are no use of it.
_SATELLITES = (
    "AWS::Lambda::Version", "AWS::Lambda::Alias", "AWS::Lambda::EventInvokeConfig",
    "AWS::Logs::LogGroup", "AWS::CloudWatch::Alarm",
)  # fmt: skip
_POLICY_TYPES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")


def needed(evidence: Evidence) -> Iterator[Finding]:
    """Roles and functions that nothing refers to; functions and routes that no scenario reaches."""
    invoked = {name for run in evidence.runs for name in run.invoked}
    for template in evidence.templates:
        for role in template.of_type("AWS::IAM::Role"):
            why = _taken(template, role)
            yield judged(role, bool(why), why, "nothing takes this role")
        for function in template.of_type("AWS::Lambda::Function"):
            if not _is_referred_to(evidence, template, function) and (
                function.logical_id not in invoked
            ):
                yield bad(function, "nothing refers to this function")
            elif evidence.runs and function.logical_id not in invoked:
                yield warned(function, "no scenario invokes it")
            else:
                yield judged(function, True, "is in use", "")  # noqa: FBT003
        yield from _routes(evidence, template)


def _taken(template: Template, role: Resource) -> str:
    users = [
        other.logical_id
        for other in template.resources.values()
        if role.logical_id in other.needs and other.type not in _POLICY_TYPES
    ]
    if users:
        return f"is taken by {users[0]}"
    trust = table(role.properties.get("AssumeRolePolicyDocument"))
    for statement in map(table, listed(trust.get("Statement"))):
        principal = statement.get("Principal")
        named = [*listed(table(principal).get("AWS")), *listed(table(principal).get("Federated"))]
        if named:
            return f"is taken by {named[0]}"
    given = {role.physical_id, role.arn} & {str(value) for value in template.outputs.values()}
    return "is an output" if given else ""


def _is_referred_to(evidence: Evidence, template: Template, function: Resource) -> bool:
    """By what needs it, or by its ARN written out, in any template."""
    versions = {
        one.logical_id
        for one in template.of_type("AWS::Lambda::Alias", "AWS::Lambda::Version")
        if function.logical_id in one.needs
    }
    own = {function.logical_id, *versions}
    for other in template.resources.values():
        if other.type not in _SATELLITES and own & set(other.needs):
            return True
    return any(
        f"function:{function.name}" in compact(dict(other.properties))
        for _, other in evidence.of_type(*_CALLERS)
    ) or f"function:{function.name}" in compact(dict(template.outputs))


_CALLERS = (
    "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::Lambda::Function",
    "AWS::Events::Rule", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api",
    "AWS::StepFunctions::StateMachine", "AWS::Scheduler::Schedule",
)  # fmt: skip


def _routes(evidence: Evidence, template: Template) -> Iterator[Finding]:
    reached = {route for run in evidence.runs for route in run.routes}
    for route in Routes(template).read():
        name = f"{route.method} {route.path}"
        here = name in reached
        said = "is requested" if here else "no scenario requests it"
        if evidence.runs:
            yield Finding(name, True, said, route.location, is_warning=not here)  # noqa: FBT003
