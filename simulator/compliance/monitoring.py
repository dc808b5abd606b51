"""Checks of templates: alarms, trails, detectors and analysers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from simulator.compliance.evidence import Evidence, Finding, bad, judged, listed, table
from simulator.compliance.policies import of_resources
from simulator.events.patterns import Pattern, PatternError
from simulator.project.template import Resource, Template
from simulator.values import Json, compact

# AWS's own form of a finding about a role (docs): a rule for findings must want it.
_FINDING: Final[Json] = {
    "version": "0",
    "id": "00000000-0000-4000-8000-000000000000",
    "detail-type": "Access Analyzer Finding",
    "source": "aws.access-analyzer",
    "account": "111122223333",
    "time": "2026-01-15T10:00:00Z",
    "region": "us-east-1",
    "resources": ["arn:aws:access-analyzer:us-east-1:111122223333:analyzer/account"],
    "detail": {
        "version": "1.0",
        "id": "00000000-0000-4000-8000-000000000001",
        "status": "ACTIVE",
        "resourceType": "AWS::IAM::Role",
        "resource": "arn:aws:iam::111122223333:role/example",
        "createdAt": "2026-01-15T10:00:00Z",
        "analyzedAt": "2026-01-15T10:00:00Z",
        "updatedAt": "2026-01-15T10:00:00Z",
        "accountId": "111122223333",
        "region": "us-east-1",
        "principal": {"AWS": "999988887777"},
        "action": ["sts:AssumeRole"],
        "condition": {},
        "isPublic": False,
        "isDeleted": False,
    },
}


def alarms(evidence: Evidence) -> Iterator[Finding]:
    for _, alarm in evidence.of_type("AWS::CloudWatch::Alarm"):
        good = bool(listed(alarm.properties.get("AlarmActions")))
        yield judged(alarm, good, "tells somebody", "has no AlarmActions")
    yield from _declared(evidence, "C-10.4.1.1")


def _declared(evidence: Evidence, check: str) -> Iterator[Finding]:
    """The alarms that the project says there must be, and what each is for."""
    for name in evidence.declared.alarms.get(check, ()):
        found = [one for _, one in evidence.named((name,)) if one.type == "AWS::CloudWatch::Alarm"]
        if not found:
            yield Finding(name, is_good=False, said="there is no such alarm")
        for alarm in found:
            good = bool(listed(alarm.properties.get("AlarmActions")))
            what = str(alarm.properties.get("AlarmDescription", "an alarm"))
            yield judged(alarm, good, what, "has no AlarmActions")


def control_failures(evidence: Evidence) -> Iterator[Finding]:
    yield from dead_letters_watched(evidence)
    yield from _declared(evidence, "C-10.7.2")


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
        yield from _missing(evidence, "AWS::CloudTrail::Trail")
    for _, one in found:
        given = one.properties
        wrong = [
            text
            for text, good in (
                ("covers one Region", given.get("IsMultiRegionTrail") in (True, "true")),
                ("log files are not validated", given.get("EnableLogFileValidation") in (True, "true")),
                ("has no key of its own", bool(given.get("KMSKeyId"))),
            )
            if not good
        ]  # fmt: skip
        recorded = list(_data_events(given))
        wrong += [
            f"records no data events of {resource.logical_id}"
            for _, resource in _audited(evidence)
            if not any(_records(kind, prefix, resource) for kind, prefix in recorded)
        ]
        yield judged(one, not wrong, "every Region, validated, data events", "; ".join(wrong))


def _audited(evidence: Evidence) -> Iterator[tuple[Template, Resource]]:
    known = evidence.declared
    return evidence.named((*known.card_tables, *known.card_functions, *known.page_buckets))


def _records(kind: str, prefix: str, resource: Resource) -> bool:
    wanted = "AWS::S3::Object" if resource.type == "AWS::S3::Bucket" else resource.type
    return kind in ("", wanted) and (resource.arn or "").startswith(prefix)


def _data_events(trail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Of which type ("" for any) and with which beginning of the ARN data events are recorded."""
    for selector in map(table, listed(trail.get("AdvancedEventSelectors"))):
        fields = [table(item) for item in listed(selector.get("FieldSelectors"))]
        by_name = {str(item.get("Field")): item for item in fields}
        if "Data" not in listed(table(by_name.get("eventCategory")).get("Equals")):
            continue
        kinds = listed(table(by_name.get("resources.type")).get("Equals")) or [""]
        arns = table(by_name.get("resources.ARN"))
        begins = [*listed(arns.get("StartsWith")), *listed(arns.get("Equals"))] or [""]
        yield from ((str(kind), str(begin)) for kind in kinds for begin in begins)
    for selector in map(table, listed(trail.get("EventSelectors"))):
        for item in map(table, listed(selector.get("DataResources"))):
            # "arn:aws:lambda" and "arn:aws:s3" stand for every function and bucket (docs).
            yield from ((str(item.get("Type")), str(begin)) for begin in listed(item.get("Values")))


def intrusion_detection(evidence: Evidence) -> Iterator[Finding]:
    found = list(evidence.of_type("AWS::GuardDuty::Detector"))
    if not found:
        yield from _missing(evidence, "AWS::GuardDuty::Detector")
    wanted = {
        feature
        for feature, kind in (
            ("S3_DATA_EVENTS", "AWS::S3::Bucket"),
            ("LAMBDA_NETWORK_LOGS", "AWS::Lambda::Function"),
        )
        if any(evidence.of_type(kind))
    }
    for _, detector in found:
        features = map(table, listed(detector.properties.get("Features")))
        on = {str(item.get("Name")) for item in features if item.get("Status") == "ENABLED"}
        wrong = [f"does not look at {name}" for name in sorted(wanted - on)]
        if detector.properties.get("Enable") not in (True, "true"):
            wrong.insert(0, "Enable is not set")
        yield judged(detector, not wrong, "looks for intrusions", "; ".join(wrong))


def change_detection(evidence: Evidence) -> Iterator[Finding]:
    for kind in ("AWS::Config::ConfigurationRecorder", "AWS::Config::ConfigRule"):
        found = list(evidence.of_type(kind))
        if not found:
            yield from _missing(evidence, kind)
        for _, one in found:
            yield judged(one, True, "is there", "")  # noqa: FBT003 - as a question


def _missing(evidence: Evidence, kind: str) -> Iterator[Finding]:
    """Without card data nobody says that the account's own controls are in these templates."""
    if evidence.declared.has_card_data:
        yield Finding("templates", is_good=False, said=f"there is no {kind}")


def analyser(evidence: Evidence) -> Iterator[Finding]:
    found = list(evidence.of_type("AWS::AccessAnalyzer::Analyzer"))
    if not found:
        yield from _missing(evidence, "AWS::AccessAnalyzer::Analyzer")
    for _, one in found:
        good = one.properties.get("Type") in ("ACCOUNT", "ORGANIZATION")
        yield judged(one, good, "looks for external access", "does not look for external access")
    rules = [
        (rule, table(rule.properties.get("EventPattern")))
        for _, rule in evidence.of_type("AWS::Events::Rule")
    ]
    rules = [item for item in rules if "aws.access-analyzer" in listed(item[1].get("source"))]
    for rule, pattern in rules:
        wrong = _pattern_problems(pattern)
        for target in map(table, listed(rule.properties.get("Targets"))):
            if not target.get("RetryPolicy") or not target.get("DeadLetterConfig"):
                wrong.append("a target has no RetryPolicy or DeadLetterConfig")
        yield judged(rule, not wrong, "wants findings and loses none", "; ".join(wrong))
    if rules and not any(_wants_finding(pattern) for _, pattern in rules):
        yield bad(rules[0][0], "neither it nor another rule wants a new finding about a role")


def _wants_finding(pattern: Mapping[str, Any]) -> bool:
    try:
        return Pattern.parse(dict(pattern)).matches(_FINDING)
    except PatternError:
        return False


def _pattern_problems(pattern: object) -> list[str]:
    kinds = re.findall(r"AWS::\w+:+\w+", compact(dict(table(pattern))))
    return [f"{kind} is no resource type" for kind in kinds if kind.count("::") != 2]


# --- logs -------------------------------------------------------------------------------------------


def log_buckets(evidence: Evidence) -> Iterator[Finding]:
    """Where trails, recorders and distributions write: nobody deletes, and versions are kept."""
    names = {
        str(one.properties.get("S3BucketName"))
        for _, one in evidence.of_type("AWS::CloudTrail::Trail", "AWS::Config::DeliveryChannel")
    }
    hosts = [
        str(table(table(one.properties.get("DistributionConfig")).get("Logging")).get("Bucket", ""))
        for _, one in evidence.of_type("AWS::CloudFront::Distribution")
    ]
    for template, bucket in evidence.of_type("AWS::S3::Bucket"):
        name = bucket.physical_id
        if name not in names and not any(host.startswith(f"{name}.") for host in hosts):
            continue
        locked = table(bucket.properties.get("ObjectLockConfiguration"))
        denied = any(
            statement.denies_deletion
            for statement in of_resources(evidence, "AWS::S3::BucketPolicy")
            if statement.owner in template.of_type("AWS::S3::BucketPolicy")
            and statement.owner.properties.get("Bucket") == name
        )
        wrong = [] if locked.get("Rule") or denied else ["its objects can be deleted"]
        versions = table(bucket.properties.get("VersioningConfiguration")).get("Status")
        if versions != "Enabled":
            wrong.append("keeps no versions")
        yield judged(bucket, not wrong, "nobody deletes logs from it", "; ".join(wrong))
