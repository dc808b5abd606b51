"""Checks of templates: functions, APIs, workflows, alarms, trails and who may do what."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simulator.compliance.evidence import Evidence, Finding, judged, listed, table
from simulator.compliance.policies import of_roles
from simulator.values import Json, compact

# Managed runtimes that AWS still mends, by family; older ones are refused (docs, 2026).
_OLDEST = {"python": (3, 10), "nodejs": (20, 0), "java": (11, 0), "dotnet": (8, 0), "ruby": (3, 2)}
# Actions that take no resource: AWS wants "*" there (service authorization reference).
_WITHOUT_RESOURCE = re.compile(
    r"xray:(Put|Get)\w+|logs:(\w+LogDelivery|ListLogDeliveries|\w+ResourcePolic\w+|DescribeLogGroups)"
    r"|cloudwatch:PutMetricData|access-analyzer:(CheckAccessNotGranted|CheckNoNewAccess"
    r"|CheckNoPublicAccess|ValidatePolicy|ListAnalyzers)|organizations:(Describe|List)\w+"
    r"|sts:GetCallerIdentity|kms:ListAliases|ec2:Describe\w+|iam:List(Roles|AccountAliases)"
    r"|tag:GetResources|s3:ListAllMyBuckets|cloudtrail:LookupEvents"
)
_SECRET = re.compile(
    r"AKIA[0-9A-Z]{16}|sk_live_\w+|-----BEGIN [A-Z ]*PRIVATE KEY|(?i:password|secret)\s*[:=]\s*\S{6}"
)
_SECRET_NAME = re.compile(r"(PASSWORD|SECRET|API_?KEY|TOKEN|PRIVATE_KEY)$", re.IGNORECASE)
_IS_REFERENCE = re.compile(r"^(arn:|\{\{resolve:|https?://)")
_LOGGED = ("body", "querystring", "authorization", "multivaluequery")


def secure_settings(evidence: Evidence) -> Iterator[Finding]:
    for _, function in evidence.of_type("AWS::Lambda::Function"):
        runtime = function.properties.get("Runtime")
        if runtime is not None:
            good = _is_mended(str(runtime))
            yield judged(function, good, f"runs on {runtime}", f"{runtime} is mended no more")
    for _, stage in evidence.of_type("AWS::ApiGateway::Stage"):
        methods = [table(item) for item in listed(stage.properties.get("MethodSettings"))]
        good = any(method.get("ThrottlingRateLimit") for method in methods)
        yield judged(stage, good, "is throttled", "has no ThrottlingRateLimit")


def _is_mended(runtime: str) -> bool:
    found = re.fullmatch(r"([a-z]+)(\d+)(?:\.(\d+|x))?", runtime)
    if found is None or found[1] not in _OLDEST:
        return runtime.startswith("provided.al2023")
    minor = found[3] if found[3] and found[3].isdigit() else "0"
    return (int(found[2]), int(minor)) >= _OLDEST[found[1]]


def no_body_logging(evidence: Evidence) -> Iterator[Finding]:
    for _, stage in evidence.of_type("AWS::ApiGateway::Stage"):
        methods = [table(item) for item in listed(stage.properties.get("MethodSettings"))]
        wrong = []
        if any(method.get("DataTraceEnabled") in (True, "true") for method in methods):
            wrong.append("traces whole requests")
        caches = stage.properties.get("CacheClusterEnabled") in (True, "true")
        if caches or any(method.get("CachingEnabled") in (True, "true") for method in methods):
            wrong.append("caches answers")
        written = compact(stage.properties.get("AccessLogSetting") or {}).lower()
        wrong += [f"logs {word}" for word in _LOGGED if word in written]
        yield judged(stage, not wrong, "logs no bodies and caches nothing", "; ".join(wrong))


def web_acl(evidence: Evidence) -> Iterator[Finding]:
    acls = list(evidence.of_type("AWS::WAFv2::WebACL"))
    if not acls:
        yield Finding("templates", is_good=False, said="there is no AWS::WAFv2::WebACL")
    for template, acl in acls:
        rules = [table(rule) for rule in listed(acl.properties.get("Rules"))]
        managed = [
            rule for rule in rules if "ManagedRuleGroupStatement" in table(rule.get("Statement"))
        ]
        blocks = bool(managed) and not any(
            "Count" in table(r.get("OverrideAction")) for r in managed
        )
        yield judged(acl, blocks, "managed rules block", "has no managed rules that block")
        logs = template.of_type("AWS::WAFv2::LoggingConfiguration")
        hidden = any(
            "authorization" in compact(item.properties.get("RedactedFields") or []).lower()
            for item in logs
        )
        yield judged(acl, hidden, "logs without authorization", "no log that hides authorization")
    bound = {
        str(item.properties.get("ResourceArn", ""))
        for _, item in evidence.of_type("AWS::WAFv2::WebACLAssociation")
    }
    for template, stage in evidence.of_type("AWS::ApiGateway::Stage"):
        api = str(stage.properties.get("RestApiId"))
        name = str(stage.properties.get("StageName"))
        here = any(arn.endswith(f"/restapis/{api}/stages/{name}") for arn in bound)
        here = here or any(stage.logical_id in template.resources[r.logical_id].needs
                           for r in template.of_type("AWS::WAFv2::WebACLAssociation"))  # fmt: skip
        yield judged(stage, here, "is behind a web ACL", "no web ACL is bound to it")


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


def staff_mfa(evidence: Evidence) -> Iterator[Finding]:
    for _, pool in evidence.of_type("AWS::Cognito::UserPool"):
        if "staff" in pool.logical_id.lower():
            good = pool.properties.get("MfaConfiguration") == "ON"
            yield judged(pool, good, "wants a second factor", "MfaConfiguration is not ON")


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
    for workflow in evidence.workflows:
        good = not _SECRET.search(compact(workflow.definition))
        said = "no secret in its definition" if good else "a secret in its definition"
        yield Finding(workflow.logical_id, good, said, workflow.location)


def _is_secret(name: str, value: Json) -> bool:
    text = str(value)
    if _SECRET.search(text):
        return True
    return bool(_SECRET_NAME.search(name)) and bool(text) and not _IS_REFERENCE.search(text)


def helper_settings(evidence: Evidence) -> Iterator[Finding]:
    for _, function in evidence.named(evidence.declared.card_functions):
        variables = table(table(function.properties.get("Environment")).get("Variables"))
        wrong = [
            name
            for name in (
                "POWERTOOLS_LOGGER_LOG_EVENT",
                "POWERTOOLS_TRACER_CAPTURE_RESPONSE",
                "POWERTOOLS_TRACER_CAPTURE_ERROR",
            )
            if str(variables.get(name, "false")).lower() == "true"
        ]
        if function.properties.get("DeadLetterConfig"):
            wrong.append("DeadLetterConfig")
        yield judged(function, not wrong, "its helpers keep no input", f"sets {', '.join(wrong)}")
    for _, config in evidence.of_type("AWS::Lambda::EventInvokeConfig"):
        names = evidence.declared.card_functions
        target = str(config.properties.get("FunctionName"))
        if any(target.endswith(name) for name in names):
            good = not config.properties.get("DestinationConfig")
            yield judged(config, good, "no destination", "a card function has a destination")


def machine_encrypted(evidence: Evidence) -> Iterator[Finding]:
    for _, machine in evidence.of_type("AWS::StepFunctions::StateMachine"):
        kind = table(machine.properties.get("EncryptionConfiguration")).get("Type")
        good = kind == "CUSTOMER_MANAGED_KMS_KEY"
        yield judged(machine, good, "has a key of its own", f"EncryptionConfiguration is {kind}")


def machine_logs(evidence: Evidence) -> Iterator[Finding]:
    for _, machine in evidence.of_type("AWS::StepFunctions::StateMachine"):
        logging = table(machine.properties.get("LoggingConfiguration"))
        wrong = []
        if logging.get("Level") != "ALL":
            wrong.append(f"logs {logging.get('Level', 'nothing')}")
        if logging.get("IncludeExecutionData") in (True, "true"):
            wrong.append("logs execution data")
        traced = table(machine.properties.get("TracingConfiguration")).get("Enabled")
        if traced not in (True, "true"):
            wrong.append("is not traced")
        yield judged(machine, not wrong, "logs all without data, traced", "; ".join(wrong))


def alarms(evidence: Evidence) -> Iterator[Finding]:
    for _, alarm in evidence.of_type("AWS::CloudWatch::Alarm"):
        good = bool(listed(alarm.properties.get("AlarmActions")))
        yield judged(alarm, good, "tells somebody", "has no AlarmActions")


def dead_letters_watched(evidence: Evidence) -> Iterator[Finding]:
    """A queue that rules, schedules, functions or queues give up into has an alarm."""
    watched = {
        str(table(item).get("Value"))
        for _, alarm in evidence.of_type("AWS::CloudWatch::Alarm")
        for item in listed(alarm.properties.get("Dimensions"))
        if table(item).get("Name") == "QueueName"
    }
    lost = {
        arn for template in evidence.templates for arn in _given_up(template.resources.values())
    }
    for _, queue in evidence.of_type("AWS::SQS::Queue"):
        if queue.arn in lost:
            yield judged(queue, queue.name in watched, "has an alarm", "nothing watches its depth")


def _given_up(resources: object) -> Iterator[str]:
    text = compact([dict(item.properties) for item in resources])  # type: ignore[attr-defined]
    yield from re.findall(
        r'"(?:DeadLetterConfig|OnFailure)":\{"(?:Arn|TargetArn|Destination)":"([^"]+)"', text
    )
    yield from re.findall(r'"deadLetterTargetArn":"([^"]+)"', text)


def trail(evidence: Evidence) -> Iterator[Finding]:
    found = list(evidence.of_type("AWS::CloudTrail::Trail"))
    if not found:
        yield Finding("templates", is_good=False, said="there is no AWS::CloudTrail::Trail")
    for _, one in found:
        wrong = [
            text
            for text, good in (
                ("covers one Region", one.properties.get("IsMultiRegionTrail") in (True, "true")),
                ("log files are not validated", one.properties.get("EnableLogFileValidation") in (True, "true")),
                ("has no key of its own", bool(one.properties.get("KMSKeyId"))),
                ("records no data events", "Data" in compact(one.properties.get("AdvancedEventSelectors") or one.properties.get("EventSelectors") or [])),
            )
            if not good
        ]  # fmt: skip
        yield judged(one, not wrong, "every Region, validated, data events", "; ".join(wrong))


def intrusion_detection(evidence: Evidence) -> Iterator[Finding]:
    return _present(evidence, "AWS::GuardDuty::Detector", "Enable")


def change_detection(evidence: Evidence) -> Iterator[Finding]:
    yield from _present(evidence, "AWS::Config::ConfigurationRecorder", None)
    yield from _present(evidence, "AWS::Config::ConfigRule", None)


def _present(evidence: Evidence, kind: str, switch: str | None) -> Iterator[Finding]:
    found = list(evidence.of_type(kind))
    if not found:
        yield Finding("templates", is_good=False, said=f"there is no {kind}")
    for _, one in found:
        good = switch is None or one.properties.get(switch) in (True, "true")
        yield judged(one, good, "is there", f"{switch} is not set")


def analyser(evidence: Evidence) -> Iterator[Finding]:
    found = list(evidence.of_type("AWS::AccessAnalyzer::Analyzer"))
    if not found:
        yield Finding("templates", is_good=False, said="there is no AWS::AccessAnalyzer::Analyzer")
    for _, one in found:
        good = one.properties.get("Type") in ("ACCOUNT", "ORGANIZATION")
        yield judged(one, good, "looks for external access", "does not look for external access")
    for _, rule in evidence.of_type("AWS::Events::Rule"):
        pattern = table(rule.properties.get("EventPattern"))
        if "aws.access-analyzer" not in listed(pattern.get("source")):
            continue
        wrong = _pattern_problems(pattern)
        for target in map(table, listed(rule.properties.get("Targets"))):
            if not target.get("RetryPolicy") or not target.get("DeadLetterConfig"):
                wrong.append("a target has no RetryPolicy or DeadLetterConfig")
        yield judged(rule, not wrong, "wants findings and loses none", "; ".join(wrong))


def _pattern_problems(pattern: object) -> list[str]:
    kinds = re.findall(r"AWS::\w+:+\w+", compact(dict(table(pattern))))
    return [f"{kind} is no resource type" for kind in kinds if kind.count("::") != 2]
