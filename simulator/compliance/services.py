"""Checks of templates: functions, APIs, pages and workflows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.compliance.evidence import Evidence, Finding, judged, listed, table
from simulator.project.template import Resource
from simulator.values import Json, compact

# Managed runtimes that AWS still mends, by family; older ones are refused (docs, 2026).
_OLDEST = {"python": (3, 10), "nodejs": (20, 0), "java": (11, 0), "dotnet": (8, 0), "ruby": (3, 2)}
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
    for _, stage in evidence.of_type("AWS::ApiGatewayV2::Stage"):
        good = bool(_settings(stage).get("ThrottlingRateLimit"))
        yield judged(stage, good, "is throttled", "has no ThrottlingRateLimit")
    public = {
        str(url.properties.get("TargetFunctionArn"))
        for _, url in evidence.of_type("AWS::Lambda::Url")
    }
    for _, function in evidence.of_type("AWS::Lambda::Function"):
        if public & {function.name, function.arn}:
            limit = function.properties.get("ReservedConcurrentExecutions")
            wrong = "is public and has no ReservedConcurrentExecutions"
            yield judged(function, limit is not None, f"at most {limit} at once", wrong)


def _settings(stage: Resource) -> Mapping[str, Any]:
    """The route settings of a stage of version 2 of API Gateway."""
    return table(stage.properties.get("DefaultRouteSettings"))


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
        wrong += _logged(stage.properties.get("AccessLogSetting"))
        yield judged(stage, not wrong, "logs no bodies and caches nothing", "; ".join(wrong))
    for _, stage in evidence.of_type("AWS::ApiGatewayV2::Stage"):
        wrong = _logged(stage.properties.get("AccessLogSettings"))
        if _settings(stage).get("DataTraceEnabled") in (True, "true"):
            wrong.insert(0, "traces whole requests")
        yield judged(stage, not wrong, "logs no bodies", "; ".join(wrong))


def _logged(setting: Json) -> list[str]:
    written = compact(setting or {}).lower()
    return [f"logs {word}" for word in _LOGGED if word in written]


def web_acl(evidence: Evidence) -> Iterator[Finding]:
    """Who has no card data declared and no web ACL is not asked for one."""
    acls = list(evidence.of_type("AWS::WAFv2::WebACL"))
    if not acls and not evidence.declared.has_card_data:
        return
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
    for _, page in evidence.of_type("AWS::CloudFront::Distribution"):
        good = bool(table(page.properties.get("DistributionConfig")).get("WebACLId"))
        yield judged(page, good, "is behind a web ACL", "has no WebACLId")
    for template, stage in evidence.of_type("AWS::ApiGateway::Stage"):
        api = str(stage.properties.get("RestApiId"))
        name = str(stage.properties.get("StageName"))
        here = any(arn.endswith(f"/restapis/{api}/stages/{name}") for arn in bound)
        here = here or any(stage.logical_id in template.resources[r.logical_id].needs
                           for r in template.of_type("AWS::WAFv2::WebACLAssociation"))  # fmt: skip
        yield judged(stage, here, "is behind a web ACL", "no web ACL is bound to it")


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
        yield judged(
            machine,
            good,
            "has a key of its own",
            f"EncryptionConfiguration is {kind or 'not there'}",
        )


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


# --- headers of pages -------------------------------------------------------------------------------


def _policies(evidence: Evidence) -> Iterator[tuple[Resource, str, Mapping[str, Any]]]:
    for _, headers in evidence.of_type("AWS::CloudFront::ResponseHeadersPolicy"):
        config = table(headers.properties.get("ResponseHeadersPolicyConfig"))
        security = table(table(config.get("SecurityHeadersConfig")).get("ContentSecurityPolicy"))
        yield headers, str(security.get("ContentSecurityPolicy", "")), config


def strict_headers(evidence: Evidence) -> Iterator[Finding]:
    for headers, policy, _ in _policies(evidence):
        wrong = [
            f"allows {word}" for word in ("'unsafe-inline'", "'unsafe-eval'") if word in policy
        ]
        if "script-src" not in policy and "default-src" not in policy:
            wrong.append("has no script-src")
        yield judged(headers, not wrong, "allows listed scripts only", "; ".join(wrong))


def violations_reported(evidence: Evidence) -> Iterator[Finding]:
    """Browsers know where to tell what a policy refused: report-uri, or report-to with its endpoint."""
    for headers, policy, config in _policies(evidence):
        directives = [part.split() for part in policy.split(";") if part.strip()]
        given = {words[0]: words[1:] for words in directives}
        items = listed(table(config.get("CustomHeadersConfig")).get("Items"))
        endpoints = " ".join(
            str(item.get("Value"))
            for item in map(table, items)
            if str(item.get("Header")).lower() == "reporting-endpoints"
        )
        wrong = [
            f"{name} is no endpoint in Reporting-Endpoints"
            for name in given.get("report-to", ())
            if not re.search(rf'(^|[\s,]){re.escape(name)}="https://', endpoints)
        ]
        if not given.get("report-uri") and not given.get("report-to"):
            wrong.append("names no endpoint for reports")
        where = ", ".join((*given.get("report-uri", ()), *given.get("report-to", ())))
        yield judged(headers, not wrong, f"browsers report to {where}", "; ".join(wrong))
