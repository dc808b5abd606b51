"""What every template must have: each rule names what breaks it. The checks T of document F."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.template.conftest import Stack, listed, policies, statements

CARD_TABLES = ("CardCache", "SadCache")
# Resources that come back empty when a stack is made anew: nothing of value is in them.
_YEAR = 365
_LOG_YEARS = frozenset({365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653})
# AWS: these actions know no resource (service authorization reference).
WITHOUT_RESOURCE = re.compile(
    r"^(xray:(PutTraceSegments|PutTelemetryRecords|GetSamplingRules|GetSamplingTargets)|logs:(Create|Get|List|Update|Delete)LogDelivery|"
    r"logs:ListLogDeliveries|logs:(Put|Describe)ResourcePolic(y|ies)|logs:DescribeLogGroups|"
    r"cloudwatch:(DescribeAlarms|GetMetricData|ListMetrics|PutMetricData|GetDashboard)|"
    r"states:ListStateMachines|cloudtrail:LookupEvents|guardduty:(GetFindings|ListDetectors|ListFindings)|"
    r"securityhub:GetFindings|access-analyzer:(ValidatePolicy|CheckAccessNotGranted)|"
    r"ecr:GetAuthorizationToken)$"
)


def retention(stack: Stack) -> Iterator[str]:
    """10.5.1: every log is kept for a year, encrypted with a key of our own."""
    for name, group in stack.of("AWS::Logs::LogGroup").items():
        if group.get("RetentionInDays") not in _LOG_YEARS:
            yield f"{name} keeps its events for {group.get('RetentionInDays')} days"
        if not group.get("KmsKeyId"):
            yield f"{name} has no key"
        if stack.resources[name]["DeletionPolicy"] != "Retain":
            yield f"{name} goes with the stack"
    for name, bucket in stack.of("AWS::S3::Bucket").items():
        for rule in (bucket.get("LifecycleConfiguration") or {}).get("Rules", []):
            if rule.get("ExpirationInDays", _YEAR) < _YEAR:
                yield f"{name} loses objects after {rule['ExpirationInDays']} days"


def function_logs(stack: Stack) -> Iterator[str]:
    """10.2.1: each function writes to a group that the template makes; its role makes none."""
    groups = {group.get("LogGroupName") for group in stack.of("AWS::Logs::LogGroup").values()}
    for name, function in stack.of("AWS::Lambda::Function").items():
        if f"/aws/lambda/{function['FunctionName']}" not in groups:
            yield f"{name} has no log group of the template's"


def functions(stack: Stack) -> Iterator[str]:
    """2.2.6, 3.3.1: supported runtime, tracing, encrypted environment, no event in the log."""
    for name, function in stack.of("AWS::Lambda::Function").items():
        if function.get("Runtime") not in {"python3.11", "python3.12", "python3.13"}:
            yield f"{name} runs on {function.get('Runtime')}"
        if (function.get("TracingConfig") or {}).get("Mode") != "Active":
            yield f"{name} is not traced"
        if not function.get("KmsKeyArn"):
            yield f"the environment of {name} has no key"
        variables = (function.get("Environment") or {}).get("Variables", {})
        if str(variables.get("POWERTOOLS_LOGGER_LOG_EVENT", "")).lower() in {"1", "true", "yes"}:
            yield f"{name} logs its event"
        for key in ("POWERTOOLS_TRACER_CAPTURE_RESPONSE", "POWERTOOLS_TRACER_CAPTURE_ERROR"):
            if str(variables.get(key, "false")).lower() == "true":
                yield f"{name} has {key}"
        if not stack.resources[name]["Name"]:
            yield f"{name} has no name"
    for name, url in stack.of("AWS::Lambda::Url").items():
        if url.get("AuthType") == "NONE":
            yield f"{name} is open to everybody"


def buckets(stack: Stack) -> Iterator[str]:
    """1.4.4, 2.2.7, 3.5.1: no bucket is public, every one is encrypted and spoken to over TLS."""
    told = {
        str(policy["Bucket"]): statements(policy["PolicyDocument"])
        for policy in stack.of("AWS::S3::BucketPolicy").values()
    }
    for name, bucket in stack.of("AWS::S3::Bucket").items():
        block = bucket.get("PublicAccessBlockConfiguration") or {}
        if {str(block.get(key)).lower() for key in _BLOCKS} != {"true"}:
            yield f"{name} can be public"
        if not bucket.get("BucketEncryption"):
            yield f"{name} is not encrypted"
        if (bucket.get("VersioningConfiguration") or {}).get("Status") != "Enabled":
            yield f"{name} has no versions"
        if not _tls_only(told.get(stack.resources[name]["Ref"], []), "s3:*"):
            yield f"{name} can be asked without TLS"


_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def _tls_only(found: list[dict[str, Any]], *actions: str) -> bool:
    return any(
        statement["Effect"] == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"})
        and set(actions) & set(listed(statement.get("Action")))
        and str(((statement.get("Condition") or {}).get("Bool") or {}).get("aws:SecureTransport"))
        == "false"
        for statement in found
    )


def queues_and_topics(stack: Stack) -> Iterator[str]:
    """2.2.7, 3.5.1: a key of our own, TLS only, and no open principal."""
    for kind, policy_kind, key, action in (
        ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues", ("sqs:*",)),
        ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "Topics", ("sns:Publish", "sns:*")),
    ):
        told: dict[str, list[dict[str, Any]]] = {}
        for policy in stack.of(policy_kind).values():
            for target in policy[key]:
                told.setdefault(str(target), []).extend(statements(policy["PolicyDocument"]))
        for name, properties in stack.of(kind).items():
            if not properties.get("KmsMasterKeyId"):
                yield f"{name} has no key"
            if not _tls_only(told.get(stack.resources[name]["Ref"], []), *action):
                yield f"{name} can be asked without TLS"


def tables(stack: Stack) -> Iterator[str]:
    """3.2.1, 3.5.1: own key; card tables expire and have no copies; the others can be restored."""
    for name, table in stack.of("AWS::DynamoDB::Table").items():
        if (table.get("SSESpecification") or {}).get("SSEType") != "KMS":
            yield f"{name} has no key"
        recovery = (table.get("PointInTimeRecoverySpecification") or {}).get(
            "PointInTimeRecoveryEnabled"
        )
        if name in CARD_TABLES:
            expiry = table.get("TimeToLiveSpecification") or {}
            if not expiry.get("Enabled") or not expiry.get("AttributeName"):
                yield f"{name} does not expire"
            if recovery or table.get("StreamSpecification") or table.get("Replicas"):
                yield f"{name} has copies"
        elif not recovery and not table.get("TimeToLiveSpecification"):
            yield f"{name} cannot be restored"


def keys(stack: Stack) -> Iterator[str]:
    """3.6.1, 3.7.4, 3.7.5: rotation, retirement, and no principal that may everything."""
    for name, key in stack.of("AWS::KMS::Key").items():
        if key.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT":
            if not key.get("EnableKeyRotation"):
                yield f"{name} is not rotated"
            if int(key.get("RotationPeriodInDays", _YEAR)) > _YEAR:
                yield f"{name} is rotated too rarely"
        if stack.resources[name]["DeletionPolicy"] != "Retain":
            yield f"{name} goes with the stack"
        for statement in statements(key["KeyPolicy"]):
            if "kms:*" in listed(statement["Action"]):
                yield f"{name} lets somebody do everything"
            if _everybody(statement) and not statement.get("Condition"):
                yield f"{name} is open to everybody"


def _everybody(statement: dict[str, Any]) -> bool:
    return statement.get("Effect") == "Allow" and statement.get("Principal") in ("*", {"AWS": "*"})


def card_keys(stack: Stack) -> Iterator[str]:
    """3.6.1.3: who decrypts cards is one role, and only in the context of the purpose."""
    found = stack.of("AWS::KMS::Key")
    for name in ("CardKey", "SadKey"):
        if name not in found:
            continue
        for statement in statements(found[name]["KeyPolicy"]):
            if not {"kms:Decrypt", "kms:*"} & set(listed(statement["Action"])):
                continue
            equals = (statement.get("Condition") or {}).get("StringEquals", {})
            if not str(equals.get("aws:PrincipalArn", "")).endswith("-AuthorizePayment"):
                yield f"{name} is decrypted by others"
            if "kms:EncryptionContext:purpose" not in equals:
                yield f"{name} is decrypted in any context"
        arn = stack.resources[name]["Arn"]
        for role, properties in stack.of("AWS::IAM::Role").items():
            for statement in policies(properties):
                if (
                    role != "AuthorizePaymentRole"
                    and arn in listed(statement.get("Resource"))
                    and "kms:Decrypt" in listed(statement["Action"])
                ):
                    yield f"{role} may decrypt with {name}"


def alarms(stack: Stack) -> Iterator[str]:
    """10.4.1.1: somebody is told of each."""
    for name, alarm in stack.of("AWS::CloudWatch::Alarm").items():
        if not alarm.get("AlarmActions"):
            yield f"{name} tells nobody"
        if not alarm.get("AlarmDescription"):
            yield f"{name} says nothing"
        if alarm.get("TreatMissingData") not in {"breaching", "notBreaching"}:
            yield f"{name} does not say what no data means"


def dead_letters(stack: Stack) -> Iterator[str]:
    """10.7.2: a rule's target that fails is seen: a dead-letter queue, and an alarm on its depth."""
    watched = {
        dimension["Value"]
        for alarm in stack.of("AWS::CloudWatch::Alarm").values()
        for dimension in alarm.get("Dimensions") or []
        if dimension["Name"] == "QueueName"
    }
    arns = {
        body["Arn"]: body["Name"]
        for body in stack.resources.values()
        if body["Type"] == "AWS::SQS::Queue"
    }
    for name, rule in stack.of("AWS::Events::Rule").items():
        for target in rule.get("Targets") or []:
            if ":log-group:" in str(target["Arn"]) or ":logs:" in str(target["Arn"]):
                continue
            queue = arns.get((target.get("DeadLetterConfig") or {}).get("Arn"))
            if queue is None:
                yield f"{name} has a target without a dead-letter queue"
            elif queue not in watched:
                yield f"nobody watches the dead-letter queue of {name}"


def apis(stack: Stack) -> Iterator[str]:
    """C-API-1, 6.4.2: throttled, no bodies in logs, no cache, traced, behind a firewall."""
    protected = " ".join(
        str(item["ResourceArn"]) for item in stack.of("AWS::WAFv2::WebACLAssociation").values()
    )
    for name, stage in stack.of("AWS::ApiGateway::Stage").items():
        api = str(stage["RestApiId"])
        if f"/restapis/{api}/stages/" not in protected:
            yield f"{name} has no firewall"
        if stage.get("CacheClusterEnabled"):
            yield f"{name} caches"
        if not stage.get("TracingEnabled"):
            yield f"{name} is not traced"
        log = (stage.get("AccessLogSetting") or {}).get("Format", "")
        if not log or re.search(r"body|querystring|authorization|\$input", log, re.IGNORECASE):
            yield f"{name} logs {log or 'nothing'}"
        everywhere = [
            item
            for item in stage.get("MethodSettings") or []
            if (item.get("HttpMethod"), item.get("ResourcePath")) == ("*", "/*")
        ]
        if not everywhere or not all(item.get("ThrottlingRateLimit") for item in everywhere):
            yield f"{name} is not throttled"
        for item in stage.get("MethodSettings") or []:
            if item.get("DataTraceEnabled") is not False:
                yield f"{name} logs bodies"


def authorised(stack: Stack) -> Iterator[str]:
    """8: no route without a proof of who asks, but the provider's, which signs its body."""
    for name, api in stack.of("AWS::ApiGateway::RestApi").items():
        body = api.get("Body") or {}
        for path, methods in body.get("paths", {}).items():
            for method, operation in methods.items():
                if method == "options" or path == "/webhooks/provider":
                    continue
                if not [item for item in operation.get("security", []) if "NONE" not in item]:
                    yield f"{name}: {method} {path} is open to everybody"


def firewalls(stack: Stack) -> Iterator[str]:
    """6.4.2: managed groups that block, logged without secrets."""
    logged = {
        str(item["ResourceArn"]): item
        for item in stack.of("AWS::WAFv2::LoggingConfiguration").values()
    }
    for name, acl in stack.of("AWS::WAFv2::WebACL").items():
        groups = set()
        for rule in acl["Rules"]:
            group = rule["Statement"].get("ManagedRuleGroupStatement")
            if group is not None:
                groups.add(group["Name"])
                if rule.get("OverrideAction") != {"None": {}}:
                    yield f"{name}: {rule['Name']} only counts"
            if rule["VisibilityConfig"]["SampledRequestsEnabled"]:
                yield f"{name}: {rule['Name']} keeps samples of requests"
        for wanted in ("AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"):
            if wanted not in groups:
                yield f"{name} lacks {wanted}"
        if not any("RateBasedStatement" in rule["Statement"] for rule in acl["Rules"]):
            yield f"{name} has no rate"
        log = logged.get(str(stack.resources[name]["Arn"]))
        redacted = json.dumps((log or {}).get("RedactedFields", [])).lower()
        if "authorization" not in redacted:
            yield f"the log of {name} has the authorization header"


def least_privilege(stack: Stack) -> Iterator[str]:
    """7.2.5: no wildcard that could be less; NotAction and NotPrincipal never."""
    for name, properties in stack.of("AWS::IAM::Role", "AWS::IAM::ManagedPolicy").items():
        documents = [item["PolicyDocument"] for item in properties.get("Policies") or []]
        documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
        for statement in (item for document in documents for item in statements(document)):
            if {"NotAction", "NotPrincipal", "NotResource"} & set(statement):
                yield f"{name} says what is not meant"
            if statement["Effect"] == "Deny":
                continue
            yield from _wide(name, statement)
        if any(
            "AdministratorAccess" in str(arn) for arn in properties.get("ManagedPolicyArns", [])
        ):
            yield f"{name} is an administrator"


def _wide(name: str, statement: dict[str, Any]) -> Iterator[str]:
    for action in listed(statement["Action"]):
        if action == "*" or re.search(r":\*", action):
            yield f"{name} may {action}"
        if (
            "*" in listed(statement.get("Resource"))
            and not WITHOUT_RESOURCE.match(action)
            and not _own_account(statement)
        ):
            yield f"{name} may {action} on everything"


def _own_account(statement: dict[str, Any]) -> bool:
    """Findings name their resource: all that can be said before is whose it is."""
    condition = statement.get("Condition") or {}
    return "aws:ResourceAccount" in condition.get("StringEquals", {})


def trust(stack: Stack) -> Iterator[str]:
    """1.4.4, C-AA-2: a role is assumed by services, or by what the template names."""
    for name, properties in stack.of("AWS::IAM::Role").items():
        for statement in statements(properties["AssumeRolePolicyDocument"]):
            if _everybody(statement):
                yield f"{name} can be assumed by everybody"
    for kind in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"):
        for name, properties in stack.of(kind).items():
            for statement in statements(properties["PolicyDocument"]):
                if _everybody(statement) and not statement.get("Condition"):
                    yield f"{name} is open to everybody"


def machines(stack: Stack) -> Iterator[str]:
    """C-SFN-2 and 3: own key, every event logged without data, traced."""
    for name, machine in stack.of("AWS::StepFunctions::StateMachine").items():
        encryption = machine.get("EncryptionConfiguration") or {}
        if encryption.get("Type") != "CUSTOMER_MANAGED_KMS_KEY" or not encryption.get("KmsKeyId"):
            yield f"{name} has no key"
        logging = machine.get("LoggingConfiguration") or {}
        if logging.get("Level") != "ALL" or logging.get("IncludeExecutionData") is not False:
            yield f"{name} logs {logging.get('Level')}, data {logging.get('IncludeExecutionData')}"
        if not (machine.get("TracingConfiguration") or {}).get("Enabled"):
            yield f"{name} is not traced"


def secrets(stack: Stack) -> Iterator[str]:
    """8.6.2: nothing that looks like a secret stands in the template."""
    for name, body in stack.resources.items():
        text = json.dumps(body["Properties"])
        if re.search(r"AKIA[0-9A-Z]{16}|-----BEGIN|sk_live_|(?i:password)\"?\s*:\s*\"", text):
            yield f"{name} has something secret"
        if body["Type"] == "AWS::SecretsManager::Secret" and body["Properties"].get("SecretString"):
            yield f"{name} has its value in the template"


def pools(stack: Stack) -> Iterator[str]:
    """8.4.2: two factors for staff; the shoppers' own accounts are outside the requirement."""
    clients = stack.of("AWS::Cognito::UserPoolClient")
    for name, pool in stack.of("AWS::Cognito::UserPool").items():
        wanted = {"OPTIONAL", "ON"} if name == "Shoppers" else {"ON"}
        if pool.get("MfaConfiguration") not in wanted:
            yield f"{name} lets somebody in with one factor"
        if name != "Shoppers" and not (pool.get("AdminCreateUserConfig") or {}).get(
            "AllowAdminCreateUserOnly"
        ):
            yield f"{name} lets anybody sign up"
    for name, client in clients.items():
        if not client.get("EnableTokenRevocation"):
            yield f"tokens of {name} cannot be revoked"
        if client.get("TokenValidityUnits", {}).get("AccessToken") != "minutes" or (
            int(client.get("AccessTokenValidity", 60)) > 60
        ):
            yield f"tokens of {name} live long"


RULES = (
    alarms, apis, authorised, buckets, card_keys, dead_letters, firewalls, function_logs, functions,
    keys, least_privilege, machines, pools, queues_and_topics, retention, secrets, tables, trust,
)  # fmt: skip
