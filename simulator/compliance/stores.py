"""Checks of templates: where data lies, how it is encrypted and how long it stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from simulator.compliance.evidence import Evidence, Finding, bad, judged, listed, table
from simulator.compliance.policies import RESOURCE_POLICIES, of_resources, of_roles, statements
from simulator.project.template import Resource, Template

_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
# The services whose policies can refuse what does not come over TLS, and the policies' types.
_TLS = {
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket"),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues"),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics"),
}
_NARROWING = ("aws:SourceAccount", "aws:SourceArn", "aws:PrincipalOrgID", "aws:PrincipalArn")
_YEAR = 365
_READABLE_DAYS = 90
_COLD = ("GLACIER", "DEEP_ARCHIVE")  # what lies there is restored first, for hours (docs)


def public_stores(evidence: Evidence) -> Iterator[Finding]:
    for _, bucket in evidence.of_type("AWS::S3::Bucket"):
        block = table(bucket.properties.get("PublicAccessBlockConfiguration"))
        missing = [name for name in _BLOCKS if block.get(name) not in (True, "true")]
        yield judged(
            bucket, not missing, "blocks public access", f"does not set {', '.join(missing)}"
        )
    for found in of_resources(evidence):
        if found.allows and found.is_for_everybody:
            guarded = any(name in found.condition for name in _NARROWING)
            yield judged(
                found.owner, guarded, "is open to named accounts only", "allows everybody ('*')"
            )
    for _, url in evidence.of_type("AWS::Lambda::Url"):
        closed = url.properties.get("AuthType") == "AWS_IAM"
        yield judged(url, closed, "wants signed requests", "is a function URL without a signature")


def tls_only(evidence: Evidence) -> Iterator[Finding]:
    for template in evidence.templates:
        refusing = refusing_plain(template)
        for store in template.of_type(*_TLS):
            good = bool({store.physical_id, store.name} & refusing)
            wrong = f"no {_TLS[store.type][0].rpartition('::')[2]} denies what comes without TLS"
            yield judged(store, good, "refuses what comes without TLS", wrong)
    for _, distribution in evidence.of_type("AWS::CloudFront::Distribution"):
        wrong_ones = list(_plain(table(distribution.properties.get("DistributionConfig"))))
        yield judged(distribution, not wrong_ones, "TLS 1.2 and newer only", "; ".join(wrong_ones))


def refusing_plain(template: Template) -> set[str]:
    """The buckets, queues and topics whose policies deny what comes without TLS."""
    return {
        str(name)
        for policy, key in _TLS.values()
        for resource in template.of_type(policy)
        if any(
            found.denies_without_tls
            for found in statements(resource.properties.get(RESOURCE_POLICIES[policy]), resource)
        )
        for name in listed(resource.properties.get(key))
    }


def _plain(config: Mapping[str, Any]) -> Iterator[str]:
    oldest = str(table(config.get("ViewerCertificate")).get("MinimumProtocolVersion"))
    if oldest < "TLSv1.2_2021":
        yield f"accepts {oldest}"
    for behaviour in (config.get("DefaultCacheBehavior"), *listed(config.get("CacheBehaviors"))):
        viewers = table(behaviour).get("ViewerProtocolPolicy")
        if viewers not in ("https-only", "redirect-to-https"):
            yield f"viewers: {viewers}"
    for origin in map(table, listed(config.get("Origins"))):
        custom = origin.get("CustomOriginConfig")
        if custom is not None and table(custom).get("OriginProtocolPolicy") != "https-only":
            yield f"asks {origin.get('DomainName')} without TLS"


def expiry_on_caches(evidence: Evidence) -> Iterator[Finding]:
    for _, cache in evidence.named(evidence.declared.card_tables):
        life = table(cache.properties.get("TimeToLiveSpecification"))
        good = life.get("Enabled") in (True, "true") and bool(life.get("AttributeName"))
        right = f"items expire by {life.get('AttributeName')}"
        yield judged(cache, good, right, "items do not expire: no TimeToLiveSpecification")


def no_copies(evidence: Evidence) -> Iterator[Finding]:
    for _, cache in evidence.named(evidence.declared.card_tables):
        kept = [
            what
            for what, given in (
                ("point-in-time recovery", _recovers(cache)),
                ("a stream", bool(cache.properties.get("StreamSpecification"))),
                ("replicas", bool(cache.properties.get("Replicas"))),
                ("a Kinesis stream", bool(cache.properties.get("KinesisStreamSpecification"))),
                ("backups", _is_backed_up(evidence, cache)),
            )
            if given
        ]
        yield judged(cache, not kept, "keeps no copies", f"keeps copies: {', '.join(kept)}")
    for _, record in evidence.named(evidence.declared.record_tables):
        yield judged(record, _recovers(record), "can be recovered", "has no point-in-time recovery")


def _is_backed_up(evidence: Evidence, resource: Resource) -> bool:
    """Does a plan of AWS Backup name it, or everything?"""
    return any(
        pattern == "*" or (resource.arn is not None and fnmatchcase(resource.arn, str(pattern)))
        for _, selection in evidence.of_type("AWS::Backup::BackupSelection")
        for pattern in listed(table(selection.properties.get("BackupSelection")).get("Resources"))
    )


def _recovers(resource: Resource) -> bool:
    recovery = table(resource.properties.get("PointInTimeRecoverySpecification"))
    return recovery.get("PointInTimeRecoveryEnabled") in (True, "true")


def card_stores_encrypted(evidence: Evidence) -> Iterator[Finding]:
    for _, cache in evidence.named(evidence.declared.card_tables):
        encryption = table(cache.properties.get("SSESpecification"))
        good = encryption.get("SSEType") == "KMS" and bool(encryption.get("KMSMasterKeyId"))
        yield judged(cache, good, "has a key of its own account", "is encrypted by AWS's own key")


def key_access(evidence: Evidence) -> Iterator[Finding]:
    """Who may decrypt: by the key's own policy, and by what roles are given."""
    for template, key in evidence.named(tuple(evidence.declared.card_keys)):
        wanted = set(evidence.declared.card_keys[key.logical_id])
        roles = {
            _role(template.resources[name].properties): name
            for name in wanted
            if name in template.resources
        }
        for found in of_resources(evidence, "AWS::KMS::Key"):
            if found.owner is not key or not found.allows or not found.gives("kms:Decrypt"):
                continue
            named = [name for name in roles if name and f'role/{name}"' in found.condition]
            bound = "kms:EncryptionContext" in found.condition
            good = bool(named) and bound and found.condition.count(":role/") == len(named)
            yield judged(
                key, good, f"decrypted by {', '.join(map(str, named))} in one context",
                "its policy lets others decrypt, or in any encryption context",
            )  # fmt: skip
        for statement in of_roles(evidence):
            reaches = key.arn is not None and statement.covers(key.arn)
            if statement.allows and reaches and statement.gives("kms:Decrypt"):
                good = statement.owner.name in roles
                yield judged(
                    statement.owner, good, f"is declared to decrypt with {key.logical_id}",
                    f"may decrypt with {key.logical_id} and is not declared to",
                )  # fmt: skip
    for statement in of_roles(evidence):
        if statement.allows and {"kms:*", "*"} & set(statement.actions):
            yield bad(statement.owner, "has every action of KMS")
    yield from _separate_keys(evidence)


def _separate_keys(evidence: Evidence) -> Iterator[Finding]:
    """What a card key encrypts is card data alone: no log, no history."""
    keys = {key.arn: key for _, key in evidence.named(tuple(evidence.declared.card_keys))}
    for _, group in evidence.of_type("AWS::Logs::LogGroup"):
        if group.properties.get("KmsKeyId") in keys:
            yield bad(
                group, f"is encrypted with {keys[str(group.properties['KmsKeyId'])].logical_id}"
            )
    for _, machine in evidence.of_type("AWS::StepFunctions::StateMachine"):
        key = table(machine.properties.get("EncryptionConfiguration")).get("KmsKeyId")
        if key in keys:
            yield bad(machine, f"is encrypted with {keys[key].logical_id}")


def _role(properties: Mapping[str, Any]) -> str | None:
    """The name of a function's role, from its ARN."""
    arn = properties.get("Role")
    return str(arn).rpartition("/")[2] if arn else None


def rotation(evidence: Evidence) -> Iterator[Finding]:
    for _, key in evidence.of_type("AWS::KMS::Key"):
        kind = str(key.properties.get("KeySpec", "SYMMETRIC_DEFAULT"))
        if kind != "SYMMETRIC_DEFAULT":
            continue  # AWS rotates symmetric encryption keys only (docs)
        period = int(str(key.properties.get("RotationPeriodInDays", _YEAR)))
        good = key.properties.get("EnableKeyRotation") in (True, "true") and period <= _YEAR
        yield judged(key, good, f"rotates every {period} days", "does not rotate within a year")


def retirement(evidence: Evidence) -> Iterator[Finding]:
    for template, key in evidence.of_type("AWS::KMS::Key"):
        kept = template.raw.get(key.logical_id, {}).get("DeletionPolicy")
        good = kept in ("Retain", "RetainExceptOnCreate")
        yield judged(key, good, "stays when the stack goes", "is deleted with its stack")


def retention(evidence: Evidence) -> Iterator[Finding]:
    for _, group in evidence.of_type("AWS::Logs::LogGroup"):
        days = group.properties.get("RetentionInDays")
        good = days is None or int(str(days)) >= _YEAR
        yield judged(group, good, f"kept for {days or 'all'} days", f"kept for {days} days only")
    for template, _ in evidence.of_type("AWS::CloudTrail::Trail"):
        for bucket in template.of_type("AWS::S3::Bucket"):
            for rule in listed(table(bucket.properties.get("LifecycleConfiguration")).get("Rules")):
                yield from _life(bucket, table(rule))


def _life(bucket: Resource, rule: Mapping[str, Any]) -> Iterator[Finding]:
    days = rule.get("ExpirationInDays")
    if days is not None:
        good = int(str(days)) >= _YEAR
        yield judged(bucket, good, f"kept for {days} days", f"kept for {days} days")
    for move in map(table, listed(rule.get("Transitions"))):
        after, kind = int(str(move.get("TransitionInDays", 0))), move.get("StorageClass")
        if kind in _COLD and after < _READABLE_DAYS:
            yield bad(bucket, f"goes to {kind} after {after} days")


def logs_protected(evidence: Evidence) -> Iterator[Finding]:
    for _, group in evidence.of_type("AWS::Logs::LogGroup"):
        good = bool(group.properties.get("KmsKeyId"))
        yield judged(group, good, "is encrypted by a key of its own", "has no KmsKeyId")
    for statement in of_roles(evidence):
        if statement.allows and any(
            statement.gives(action) for action in ("logs:DeleteLogGroup", "logs:DeleteLogStream")
        ):
            yield bad(statement.owner, "may delete logs")
