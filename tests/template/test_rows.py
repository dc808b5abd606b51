"""One test a TPL row of the feature table (document A) and of document C: the row is its name."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.template.conftest import (
    ACCOUNT,
    EDGE,
    IDENTITY,
    MAIN,
    PCI,
    REPORTING,
    REPORTS,
    listed,
    policies,
    read,
    statements,
)


def one(name: str, kind: str, **parameters: str) -> dict[str, Any]:
    """The properties of the only resource of a type."""
    (found,) = read(name, **parameters).of(kind).values()
    return found


def policy_of(name: str) -> dict[str, list[str]]:
    """Directives of the page's content security policy."""
    headers = one(name, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    text = headers["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    return {part.split()[0]: part.split()[1:] for part in text.split("; ")}


def test_u1_1_the_page_is_static_private_and_has_a_strict_policy():
    directives = policy_of(EDGE)
    assert directives["default-src"] == ["'none'"]
    assert directives["script-src"] == ["'self'"]
    assert directives["connect-src"][0] == "'self'"
    for name in ("form-action", "base-uri", "frame-ancestors", "object-src"):
        assert directives[name] == ["'none'"]
    everything = " ".join(word for words in directives.values() for word in words)
    assert "unsafe" not in everything
    assert "*" not in everything


def test_u1_1_what_a_browser_refuses_is_reported():
    assert {"report-uri", "report-to"} <= set(policy_of(EDGE))
    config = one(EDGE, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    own = {item["Header"]: item["Value"] for item in config["CustomHeadersConfig"]["Items"]}
    assert own["Reporting-Endpoints"].startswith('violations="https://')
    transport = config["SecurityHeadersConfig"]["StrictTransportSecurity"]
    assert transport["AccessControlMaxAgeSec"] >= 31536000


def test_u1_2_the_hosts_record_leads_to_the_distribution_and_its_certificate():
    stack = read(EDGE)
    records = stack.of("AWS::Route53::RecordSet").values()
    assert {record["Type"] for record in records} == {"A", "AAAA"}
    assert {record["AliasTarget"]["HostedZoneId"] for record in records} == {"Z2FDTNDATAQYW2"}
    certificate = one(EDGE, "AWS::CertificateManager::Certificate")
    assert certificate["DomainName"] == next(iter(records))["Name"]


def test_u1_3_u1_5_the_edge_has_a_firewall_and_is_in_us_east_1():
    stack = read(EDGE)
    (acl,) = stack.of("AWS::WAFv2::WebACL").values()
    distribution = one(EDGE, "AWS::CloudFront::Distribution")["DistributionConfig"]
    assert acl["Scope"] == "CLOUDFRONT"
    assert distribution["WebACLId"] == stack.resources["PageFirewall"]["Arn"]


def test_u1_4_only_the_distribution_reads_the_bucket_over_tls_1_2():
    stack = read(EDGE)
    config = one(EDGE, "AWS::CloudFront::Distribution")["DistributionConfig"]
    (origin,) = config["Origins"]
    access = one(EDGE, "AWS::CloudFront::OriginAccessControl")["OriginAccessControlConfig"]
    allowed = [
        statement
        for statement in statements(
            stack.of("AWS::S3::BucketPolicy")["PagePolicy"]["PolicyDocument"]
        )
        if statement["Effect"] == "Allow"
    ]

    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "https-only"
    assert config["DefaultCacheBehavior"]["AllowedMethods"] == ["GET", "HEAD"]
    assert origin["OriginAccessControlId"]
    assert (access["SigningBehavior"], access["SigningProtocol"]) == ("always", "sigv4")
    assert [(item["Principal"], item["Action"]) for item in allowed] == [
        ({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject")
    ]
    assert "aws:SourceArn" in allowed[0]["Condition"]["StringEquals"]


def test_u1_6_shoppers_sign_in_and_their_tokens_are_short():
    stack = read(MAIN)
    pools = stack.of("AWS::Cognito::UserPool")
    assert "Shoppers" in pools
    api = stack.of("AWS::ApiGateway::RestApi")["PaymentsApi"]["Body"]
    assert api["paths"]["/payments"]["post"]["security"]


def test_u1_7_every_api_is_behind_the_firewall_and_throttled():
    stack = read(MAIN)
    associations = stack.of("AWS::WAFv2::WebACLAssociation").values()
    stages = stack.of("AWS::ApiGateway::Stage").values()
    assert len(associations) == len(stages)
    (acl,) = stack.of("AWS::WAFv2::WebACL").values()
    assert any("SizeConstraintStatement" in rule["Statement"] for rule in acl["Rules"])


def test_u1_8_the_machine_is_native_and_only_one_function_takes_cards():
    stack = read(MAIN)
    assert stack.of("AWS::StepFunctions::StateMachine")["PaymentWorkflow"][
        "EncryptionConfiguration"
    ]
    users = {
        name
        for name, role in stack.of("AWS::IAM::Role").items()
        for statement in policies(role)
        if "kms:GenerateDataKey" in listed(statement["Action"])
        and stack.resources["CardKey"]["Arn"] in listed(statement["Resource"])
    }
    assert users == {"TokenizeCardRole"}


def test_u1_16_messages_that_failed_are_kept_and_seen():
    queues = read(MAIN).of("AWS::SQS::Queue")
    for name in ("RetryQueue", "ParkedQueue", "QuarantineQueue"):
        assert queues[name]["MessageRetentionPeriod"] == 1209600


def test_u2_1_to_u2_4_the_report_page_is_for_staff_only():
    stack = read(EDGE, AllowedAddresses="203.0.113.0/24,198.51.100.0/24")
    (acl,) = stack.of("AWS::WAFv2::WebACL").values()
    assert acl["Rules"][0]["Name"] == "NotStaff"
    assert acl["Rules"][0]["Action"] == {"Block": {}}
    assert stack.of("AWS::WAFv2::IPSet")["Staff"]["Addresses"] == [
        "203.0.113.0/24",
        "198.51.100.0/24",
    ]
    assert "NotStaff" not in {rule["Name"] for rule in one(EDGE, "AWS::WAFv2::WebACL")["Rules"]}


def test_u2_5_reports_need_a_token_and_a_known_network():
    stack = read(REPORTS)
    body = stack.of("AWS::ApiGateway::RestApi")["ReportsApi"]["Body"]
    (security,) = body["paths"]["/reports/daily"]["get"]["security"]
    definition = body["securityDefinitions"][next(iter(security))]
    assert definition["x-amazon-apigateway-authorizer"]["type"] == "cognito_user_pools"
    assert (
        stack.of("AWS::Cognito::UserPoolGroup")["AnalystsGroup"]["GroupName"] == "reporting-analyst"
    )
    assert one(REPORTS, "AWS::WAFv2::WebACL")["Rules"][0]["Name"] == "NotStaff"


def test_u2_7_pull_one_role_that_may_one_thing():
    roles = read(MAIN).of("AWS::IAM::Role")
    invoker = roles["ReportExportInvoker"]
    (trusted,) = statements(invoker["AssumeRolePolicyDocument"])
    (allowed,) = policies(invoker)

    assert invoker["RoleName"] == "ReportExportInvoker"
    assert trusted["Principal"] == {"AWS": f"arn:aws:iam::{REPORTING}:role/BuildReportRole"}
    assert allowed["Action"] == "lambda:InvokeFunction"
    assert allowed["Resource"].endswith(":function:orchestra-dev-ReportExport:live")
    assert read(REPORTS).of("AWS::IAM::Role")["BuildReportRole"]["RoleName"] == "BuildReportRole"


def test_u2_7_the_organisation_is_a_condition_where_there_is_one():
    role = read(MAIN, OrganizationId="o-exampleorgid").of("AWS::IAM::Role")["ReportExportInvoker"]
    (trusted,) = statements(role["AssumeRolePolicyDocument"])
    assert trusted["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}


def test_u2_7_the_export_reads_an_index_without_card_data():
    stack = read(MAIN)
    payments = stack.of("AWS::DynamoDB::Table")["Payments"]
    indexes = {index["IndexName"]: index for index in payments["GlobalSecondaryIndexes"]}
    reads = [
        (statement["Action"], statement["Resource"])
        for statement in policies(stack.of("AWS::IAM::Role")["ReportExportRole"])
        if "dynamodb" in json.dumps(statement["Action"])
    ]
    assert indexes["WaitingPayments"]["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert indexes["PaymentFacts"]["Projection"] == {
        "ProjectionType": "INCLUDE",
        "NonKeyAttributes": ["amount", "currency", "fee", "status"],
    }
    assert reads == [
        (["dynamodb:Query"], f"{stack.resources['Payments']['Arn']}/index/PaymentFacts")
    ]


def test_u2_7_push_no_credentials_for_the_payments_account():
    main, reports = (read(name, ReportTransfer="push") for name in (MAIN, REPORTS))
    assert not {"ReportExport", "ReportExportInvoker"} & set(main.resources)
    assert "sts:AssumeRole" not in json.dumps(
        [list(policies(role)) for role in reports.of("AWS::IAM::Role").values()]
    )
    statement = one(REPORTS, "AWS::Events::EventBusPolicy", ReportTransfer="push")["Statement"]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{PCI}:root"}
    assert statement["Condition"]["StringEquals"]["events:source"] == "payments.reports"


def test_l25_the_trail_has_data_events_of_tables_functions_and_the_page():
    trail = one(ACCOUNT, "AWS::CloudTrail::Trail")
    fields = [
        {field["Field"]: field for field in selector["FieldSelectors"]}
        for selector in trail["AdvancedEventSelectors"]
    ]
    data = {
        item["resources.type"]["Equals"][0]: item["resources.ARN"]["StartsWith"][0]
        for item in fields
        if "resources.type" in item
    }
    assert all(trail[key] for key in ("IsMultiRegionTrail", "EnableLogFileValidation", "KMSKeyId"))
    assert set(data) == {"AWS::DynamoDB::Table", "AWS::Lambda::Function", "AWS::S3::Object"}
    prefix = data["AWS::DynamoDB::Table"].rpartition("/")[2]
    assert re.fullmatch(r"orchestra-\w+-", prefix)


def test_l25_nobody_takes_an_audit_record_away():
    stack = read(ACCOUNT)
    bucket = stack.of("AWS::S3::Bucket")["AuditBucket"]
    lock = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    denied = [
        statement["Action"]
        for statement in statements(
            stack.of("AWS::S3::BucketPolicy")["AuditBucketPolicy"]["PolicyDocument"]
        )
        if statement["Effect"] == "Deny" and statement["Sid"] == "NobodyDeletes"
    ]
    assert (lock["Mode"], lock["Days"] >= 365) == ("COMPLIANCE", True)
    assert "s3:DeleteObjectVersion" in denied[0]


def test_l25_detectors_recorder_and_standards_are_on():
    stack = read(ACCOUNT)
    detector = one(ACCOUNT, "AWS::GuardDuty::Detector")
    features = {item["Name"] for item in detector["Features"] if item["Status"] == "ENABLED"}
    assert {"S3_DATA_EVENTS", "LAMBDA_NETWORK_LOGS"} <= features
    assert one(ACCOUNT, "AWS::Config::ConfigurationRecorder")["RecordingGroup"]["AllSupported"]
    assert len(stack.of("AWS::Config::ConfigRule")) >= 4
    assert "pci-dss/v/4.0.1" in one(ACCOUNT, "AWS::SecurityHub::Standard")["StandardsArn"]


@pytest.mark.parametrize(
    "name", ["KeyRefused", "TrailChanged", "RootUsed", "BreakGlass", "RemediatorUsed"]
)
def test_l25_what_is_looked_for_in_the_trail_has_an_alarm(name):
    stack = read(ACCOUNT)
    (made,) = stack.of("AWS::Logs::MetricFilter")[f"{name}Filter"]["MetricTransformations"]
    alarm = stack.of("AWS::CloudWatch::Alarm")[name]
    assert (alarm["Namespace"], alarm["MetricName"]) == (
        made["MetricNamespace"],
        made["MetricName"],
    )


def test_l25_operators_have_a_dashboard():
    body = json.loads(one(MAIN, "AWS::CloudWatch::Dashboard")["DashboardBody"])
    assert len(body["widgets"]) == 2


@pytest.mark.parametrize("name", ["PciReadOnly", "PciOperator", "SecurityResponder"])
def test_sc3_staff_never_reads_cards_and_works_an_hour(name):
    stack = read(IDENTITY)
    granted = stack.of("AWS::SSO::PermissionSet")[name]
    found = statements(granted["InlinePolicy"])
    denied = [item for item in found if item["Effect"] == "Deny"]
    allowed = {action for item in found if item["Effect"] == "Allow" for action in item["Action"]}

    assert granted["SessionDuration"] == "PT1H"
    assert {"kms:Decrypt", "dynamodb:GetItem", "dynamodb:Scan"} <= set(denied[0]["Action"])
    assert not [action for action in allowed if action.startswith(("kms:", "dynamodb:", "iam:"))]
    assert stack.of("AWS::SSO::Assignment")[f"{name}Assignment"]["TargetId"] == PCI


def test_sc1_sc2_nothing_of_one_account_is_in_the_other():
    main, reports = read(MAIN), read(REPORTS)
    assert not set(main.of("AWS::DynamoDB::Table")) & set(reports.of("AWS::DynamoDB::Table"))
    assert not any("Card" in name or "Sad" in name for name in reports.resources)


def test_aa1_the_analyser_looks_at_access_from_outside():
    assert one(MAIN, "AWS::AccessAnalyzer::Analyzer")["Type"] in {"ACCOUNT", "ORGANIZATION"}


def test_aa2_the_rule_is_about_active_findings_that_are_not_deleted():
    patterns = [
        rule["EventPattern"]
        for rule in read(MAIN).of("AWS::Events::Rule").values()
        if "aws.access-analyzer" in (rule.get("EventPattern") or {}).get("source", [])
    ]
    active = [item for item in patterns if item.get("detail", {}).get("status") == ["ACTIVE"]]
    assert active
    assert all(item["detail"]["isDeleted"] in ([False], ["false"]) for item in active)
    assert "AWS::IAM:Role" not in json.dumps(patterns).replace("AWS::IAM::Role", "")
