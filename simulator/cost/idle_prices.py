"""Prices by the month of what is paid while nothing happens: data with a date. Look them up before quoting them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from simulator.values import Json

DATE: Final = "2025"
REGION: Final = "us-east-1"
HOURS: Final = 730  # a month, as the price pages count it


@dataclass(frozen=True, slots=True)
class Fixed:
    """`units` says how many of `unit` a resource has; `dollars` is the price of one a month."""

    unit: str
    dollars: float
    units: Callable[[Mapping[str, Json]], float | None] = lambda _properties: 1


def _metrics(properties: Mapping[str, Json]) -> float | None:
    """An alarm is paid by the metrics it reads. None for Metrics Insights, paid by what it matches."""
    queries = properties.get("Metrics")
    if not isinstance(queries, list):
        return 1
    read = [query for query in queries if isinstance(query, dict)]
    if any(
        "MetricStat" not in query and "SELECT" in str(query.get("Expression")) for query in read
    ):
        return None
    return sum("MetricStat" in query for query in read) or 1


def _rules(properties: Mapping[str, Json]) -> float:
    rules = properties.get("Rules")
    return len(rules) if isinstance(rules, list) else 0


def _capacity(kind: str) -> Callable[[Mapping[str, Json]], float | None]:
    """Read or write units of a table and its indexes; none on demand."""

    def units(properties: Mapping[str, Json]) -> float | None:
        if properties.get("BillingMode") == "PAY_PER_REQUEST":
            return 0
        indexes = properties.get("GlobalSecondaryIndexes")
        found = 0.0
        for item in (properties, *(indexes if isinstance(indexes, list) else ())):
            throughput = item.get("ProvisionedThroughput") if isinstance(item, dict) else None
            amount = throughput.get(kind) if isinstance(throughput, dict) else None
            try:
                found += float(str(amount))
            except ValueError:
                return None
        return found

    return units


def _shards(properties: Mapping[str, Json]) -> float | None:
    mode = properties.get("StreamModeDetails")
    if isinstance(mode, dict) and mode.get("StreamMode") == "ON_DEMAND":
        return 1
    count = properties.get("ShardCount", 1)
    return float(count) if isinstance(count, (int, float)) else None


FIXED: Final[Mapping[str, tuple[Fixed, ...]]] = {
    "AWS::CloudWatch::Alarm": (Fixed("alarm metric", 0.10, _metrics),),
    "AWS::CloudWatch::CompositeAlarm": (Fixed("composite alarm", 0.50),),
    "AWS::CloudWatch::Dashboard": (Fixed("dashboard", 3.00),),
    "AWS::DynamoDB::Table": (
        Fixed("write capacity unit", 0.00065 * HOURS, _capacity("WriteCapacityUnits")),
        Fixed("read capacity unit", 0.00013 * HOURS, _capacity("ReadCapacityUnits")),
    ),
    "AWS::EC2::EIP": (Fixed("public IPv4 address", 0.005 * HOURS),),
    "AWS::EC2::NatGateway": (Fixed("NAT gateway", 0.045 * HOURS),),
    "AWS::KMS::Key": (Fixed("key", 1.00),),
    "AWS::KMS::ReplicaKey": (Fixed("key", 1.00),),
    "AWS::Kinesis::Stream": (Fixed("shard", 0.015 * HOURS, _shards),),
    "AWS::Route53::HostedZone": (Fixed("hosted zone", 0.50),),
    "AWS::SecretsManager::Secret": (Fixed("secret", 0.40),),
    "AWS::WAFv2::WebACL": (Fixed("web ACL", 5.00), Fixed("web ACL rule", 1.00, _rules)),
}

# Nothing by the month: paid by use or storage, or not at all.
BY_USE: Final = frozenset(
    {
        "AWS::ApiGateway::Account", "AWS::ApiGateway::ApiKey", "AWS::ApiGateway::Authorizer",
        "AWS::ApiGateway::BasePathMapping", "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::DomainName", "AWS::ApiGateway::GatewayResponse",
        "AWS::ApiGateway::Method", "AWS::ApiGateway::Model",
        "AWS::ApiGateway::RequestValidator", "AWS::ApiGateway::Resource",
        "AWS::ApiGateway::RestApi", "AWS::ApiGateway::UsagePlan",
        "AWS::ApiGateway::UsagePlanKey", "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::ApiMapping", "AWS::ApiGatewayV2::Authorizer",
        "AWS::ApiGatewayV2::Deployment", "AWS::ApiGatewayV2::DomainName",
        "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::IntegrationResponse",
        "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::RouteResponse",
        "AWS::ApiGatewayV2::Stage", "AWS::AppSync::DataSource", "AWS::AppSync::GraphQLApi",
        "AWS::AppSync::GraphQLSchema", "AWS::AppSync::Resolver",
        "AWS::CertificateManager::Certificate", "AWS::CloudFormation::CustomResource",
        "AWS::CloudFormation::WaitCondition", "AWS::CloudFormation::WaitConditionHandle",
        "AWS::CloudFront::CachePolicy", "AWS::CloudFront::Distribution",
        "AWS::CloudFront::Function", "AWS::CloudFront::OriginAccessControl",
        "AWS::CloudFront::OriginRequestPolicy", "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::CloudTrail::Trail", "AWS::Cognito::IdentityPool", "AWS::Cognito::UserPool",
        "AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolDomain",
        "AWS::Cognito::UserPoolGroup", "AWS::Cognito::UserPoolResourceServer",
        "AWS::Config::ConfigRule", "AWS::Config::ConfigurationRecorder",
        "AWS::Config::DeliveryChannel", "AWS::ECR::Repository", "AWS::Events::ApiDestination",
        "AWS::Events::Archive", "AWS::Events::Connection", "AWS::Events::EventBus",
        "AWS::Events::EventBusPolicy", "AWS::Events::Rule", "AWS::GuardDuty::Detector",
        "AWS::IAM::InstanceProfile", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy",
        "AWS::IAM::Role", "AWS::IAM::ServiceLinkedRole", "AWS::IAM::User", "AWS::KMS::Alias",
        "AWS::Lambda::Alias", "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Function", "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Permission", "AWS::Lambda::Url", "AWS::Lambda::Version",
        "AWS::Logs::LogGroup", "AWS::Logs::LogStream", "AWS::Logs::MetricFilter",
        "AWS::Logs::QueryDefinition", "AWS::Logs::ResourcePolicy",
        "AWS::Logs::SubscriptionFilter", "AWS::Organizations::Policy", "AWS::Pipes::Pipe",
        "AWS::Route53::RecordSet", "AWS::Route53::RecordSetGroup", "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy", "AWS::SES::ConfigurationSet",
        "AWS::SES::ConfigurationSetEventDestination", "AWS::SES::EmailIdentity",
        "AWS::SES::Template", "AWS::SNS::Subscription", "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy",
        "AWS::SSM::Parameter", "AWS::SSO::Assignment", "AWS::SSO::PermissionSet",
        "AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup",
        "AWS::SecretsManager::ResourcePolicy", "AWS::SecretsManager::RotationSchedule",
        "AWS::SecretsManager::SecretTargetAttachment", "AWS::SecurityHub::Hub",
        "AWS::SecurityHub::Standard", "AWS::StepFunctions::Activity",
        "AWS::StepFunctions::StateMachine", "AWS::StepFunctions::StateMachineAlias",
        "AWS::StepFunctions::StateMachineVersion", "AWS::WAFv2::IPSet",
        "AWS::WAFv2::LoggingConfiguration", "AWS::WAFv2::RegexPatternSet",
        "AWS::WAFv2::WebACLAssociation", "AWS::XRay::Group", "AWS::XRay::SamplingRule",
    }
)  # fmt: skip

# Settings that cost by the month on types that are otherwise paid by use, with where they stand.
EXTRAS: Final[Mapping[str, tuple[tuple[str, object, str], ...]]] = {
    "AWS::ApiGateway::Stage": (("CacheClusterEnabled", True, "its cache is paid by the hour"),),
    "AWS::AccessAnalyzer::Analyzer": (
        ("Type", "ACCOUNT_UNUSED_ACCESS", "paid by the role and user it looks at"),
        ("Type", "ORGANIZATION_UNUSED_ACCESS", "paid by the role and user it looks at"),
        ("Type", "ACCOUNT_INTERNAL_ACCESS", "paid by the resource it watches"),
        ("Type", "ORGANIZATION_INTERNAL_ACCESS", "paid by the resource it watches"),
    ),
    "AWS::Lambda::Alias": (
        ("ProvisionedConcurrencyConfig", None, "provisioned concurrency is paid by the hour"),
    ),
    "AWS::Lambda::Version": (
        ("ProvisionedConcurrencyConfig", None, "provisioned concurrency is paid by the hour"),
    ),
    "AWS::SSM::Parameter": (("Tier", "Advanced", "advanced parameters are paid by the month"),),
}
