"""Every rule holds for every template, and each of them can fail."""

from __future__ import annotations

import pytest

from tests.template import rules
from tests.template.conftest import ACCOUNT, EDGE, MAIN, REPORTS, read, templates


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_a_rule_holds_for_every_template(stack, rule):
    assert list(rule(stack)) == []


MUTANTS = [
    (rules.alarms, MAIN, "SecurityAlarm", "AlarmActions", [], "SecurityAlarm tells nobody"),
    (rules.apis, MAIN, "PaymentsAclAssociation", "ResourceArn", "x", "PaymentsApiStage has no firewall"),
    (rules.apis, MAIN, "PaymentsApiStage", "MethodSettings/0/DataTraceEnabled", True, "PaymentsApiStage logs bodies"),
    (rules.apis, MAIN, "PaymentsApiStage", "AccessLogSetting/Format", "$context.authorizer $input.body", "PaymentsApiStage logs $context.authorizer $input.body"),
    (rules.apis, REPORTS, "ReportsApiStage", "MethodSettings", [], "ReportsApiStage is not throttled"),
    (rules.authorised, REPORTS, "ReportsApi", "Body/paths/~1reports~1daily/get/security", [], "ReportsApi: get /reports/daily is open to everybody"),
    (rules.buckets, EDGE, "Page", "PublicAccessBlockConfiguration/BlockPublicPolicy", False, "Page can be public"),
    (rules.buckets, EDGE, "PagePolicy", "PolicyDocument/Statement/0/Condition", {}, "Page can be asked without TLS"),
    (rules.buckets, ACCOUNT, "AuditBucket", "BucketEncryption", ..., "AuditBucket is not encrypted"),
    (rules.card_keys, MAIN, "CardKey", "KeyPolicy/Statement/2/Condition/StringEquals/aws:PrincipalArn", "x", "CardKey is decrypted by others"),
    (rules.card_keys, MAIN, "SadKey", "KeyPolicy/Statement/2/Condition/StringEquals/kms:EncryptionContext:purpose", ..., "SadKey is decrypted in any context"),
    (rules.dead_letters, ACCOUNT, "DetectorFindings", "Targets/0/DeadLetterConfig", {}, "DetectorFindings has a target without a dead-letter queue"),
    (rules.dead_letters, ACCOUNT, "FindingsLostAlarm", "Dimensions", [], "nobody watches the dead-letter queue of DetectorFindings"),
    (rules.firewalls, EDGE, "PageFirewall", "Rules/1/OverrideAction", {"Count": {}}, "PageFirewall: Common only counts"),
    (rules.firewalls, MAIN, "PaymentsAclLogging", "RedactedFields", [], "the log of PaymentsAcl has the authorization header"),
    (rules.function_logs, MAIN, "TokenizeCardLogs", "LogGroupName", "x", "TokenizeCard has no log group of the template's"),
    (rules.functions, MAIN, "TokenizeCard", "Environment/Variables/POWERTOOLS_LOGGER_LOG_EVENT", "true", "TokenizeCard logs its event"),
    (rules.functions, MAIN, "TokenizeCard", "KmsKeyArn", ..., "the environment of TokenizeCard has no key"),
    (rules.keys, MAIN, "CardKey", "EnableKeyRotation", False, "CardKey is not rotated"),
    (rules.keys, MAIN, "DataKey", "KeyPolicy/Statement/1/Action", "kms:*", "DataKey lets somebody do everything"),
    (rules.least_privilege, MAIN, "PaymentStatusRole", "Policies/0/PolicyDocument/Statement/3/Action", ["dynamodb:*"], "PaymentStatusRole may dynamodb:*"),
    (rules.least_privilege, MAIN, "PaymentStatusRole", "Policies/0/PolicyDocument/Statement/3/Resource", "*", "PaymentStatusRole may dynamodb:GetItem on everything"),
    (rules.machines, MAIN, "PaymentWorkflow", "LoggingConfiguration/IncludeExecutionData", True, "PaymentWorkflow logs ALL, data True"),
    (rules.machines, MAIN, "PaymentWorkflow", "EncryptionConfiguration/Type", "AWS_OWNED_KEY", "PaymentWorkflow has no key"),
    (rules.pools, REPORTS, "Analysts", "MfaConfiguration", "OPTIONAL", "Analysts lets somebody in with one factor"),
    (rules.queues_and_topics, MAIN, "RetryQueue", "KmsMasterKeyId", ..., "RetryQueue has no key"),
    (rules.queues_and_topics, MAIN, "PaymentTopicsPolicy", "PolicyDocument/Statement", [], "PaymentsTopic can be asked without TLS"),
    (rules.retention, MAIN, "TokenizeCardLogs", "RetentionInDays", 90, "TokenizeCardLogs keeps its events for 90 days"),
    (rules.secrets, MAIN, "TokenizeCard", "Environment/Variables/TOKEN", "sk_live_1", "TokenizeCard has something secret"),
    (rules.tables, MAIN, "CardCache", "TimeToLiveSpecification", ..., "CardCache does not expire"),
    (rules.tables, MAIN, "SadCache", "PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", True, "SadCache has copies"),
    (rules.tables, MAIN, "Ledger", "PointInTimeRecoverySpecification", ..., "Ledger cannot be restored"),
    (rules.trust, MAIN, "ReportExportInvoker", "AssumeRolePolicyDocument/Statement/0/Principal", "*", "ReportExportInvoker can be assumed by everybody"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "name", "logical_id", "path", "value", "told"),
    MUTANTS,
    ids=[f"{rule.__name__}-{logical_id}-{path}" for rule, _, logical_id, path, *_ in MUTANTS],
)
def test_a_rule_names_what_breaks_it(rule, name, logical_id, path, value, told):
    assert told in list(rule(read(name).changed(logical_id, path, value)))


def test_every_rule_has_a_mutant():
    assert {rule for rule, *_ in MUTANTS} == set(rules.RULES)


def test_the_templates_are_those_of_the_facts():
    assert {MAIN, REPORTS, EDGE, ACCOUNT, "stacks/identity.yaml"} <= set(templates())
