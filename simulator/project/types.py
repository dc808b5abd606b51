"""What Ref and GetAtt give for each resource type, and the physical name when none is written.

A value is a template over {name}, {logical}, {stack}, {account}, {region}, {partition}, {suffix},
{uuid} (both derived from the logical id, so always the same) and {arn} (the type's Arn attribute);
`{Property}` reads a property.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TypeSpec:
    """`name` is the property that names it; `limit` the service's longest name."""

    name: str | None = None
    ref: str = "{name}"
    attributes: Mapping[str, str] = field(default_factory=dict)
    limit: int = 255
    lower: bool = False
    fifo: bool = False


def _service(service: str, resource: str) -> str:
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"


def _global(service: str, resource: str) -> str:
    return f"arn:{{partition}}:{service}::{{account}}:{resource}"


_API_HOST = "{id}.execute-api.{region}.{suffix_url}"

SPECS: Mapping[str, TypeSpec] = {
    "AWS::Lambda::Function": TypeSpec(
        "FunctionName",
        attributes={"Arn": _service("lambda", "function:{name}")},
        limit=64,
    ),
    "AWS::Lambda::Version": TypeSpec(
        ref=_service("lambda", "function:{FunctionName}:1"),
        attributes={"Version": "1", "FunctionArn": _service("lambda", "function:{FunctionName}:1")},
    ),
    "AWS::Lambda::Alias": TypeSpec(
        "Name",
        ref=_service("lambda", "function:{FunctionName}:{Name}"),
        attributes={"AliasArn": _service("lambda", "function:{FunctionName}:{Name}")},
    ),
    "AWS::Lambda::LayerVersion": TypeSpec(
        "LayerName",
        ref=_service("lambda", "layer:{name}:1"),
        attributes={"LayerVersionArn": _service("lambda", "layer:{name}:1")},
        limit=140,
    ),
    "AWS::Lambda::Url": TypeSpec(
        ref=_service("lambda", "function:{TargetFunctionArn}"),
        attributes={
            "FunctionUrl": "https://{id}.lambda-url.{region}.on.aws/",
            "FunctionArn": "{TargetFunctionArn}",
        },
    ),
    "AWS::Lambda::EventSourceMapping": TypeSpec(ref="{uuid}", attributes={"Id": "{uuid}"}),
    "AWS::Lambda::Permission": TypeSpec(attributes={"Id": "{name}"}),
    "AWS::Lambda::EventInvokeConfig": TypeSpec(),
    "AWS::StepFunctions::StateMachine": TypeSpec(
        "StateMachineName",
        ref="{arn}",
        attributes={
            "Arn": _service("states", "stateMachine:{name}"),
            "Name": "{name}",
            "StateMachineRevisionId": "{uuid}",
        },
        limit=80,
    ),
    "AWS::StepFunctions::StateMachineVersion": TypeSpec(
        ref="{StateMachineArn}:1", attributes={"Arn": "{StateMachineArn}:1"}
    ),
    "AWS::StepFunctions::StateMachineAlias": TypeSpec(
        "Name",
        ref="{versioned_machine}:{name}",
        attributes={"Arn": "{versioned_machine}:{name}"},
        limit=80,
    ),
    "AWS::StepFunctions::Activity": TypeSpec(
        "Name",
        ref="{arn}",
        attributes={"Arn": _service("states", "activity:{name}"), "Name": "{name}"},
        limit=80,
    ),
    "AWS::DynamoDB::Table": TypeSpec(
        "TableName",
        attributes={
            "Arn": _service("dynamodb", "table/{name}"),
            "StreamArn": _service("dynamodb", "table/{name}/stream/2024-01-01T00:00:00.000"),
            "TableId": "{uuid}",
        },
    ),
    "AWS::DynamoDB::GlobalTable": TypeSpec(
        "TableName",
        attributes={
            "Arn": _service("dynamodb", "table/{name}"),
            "StreamArn": _service("dynamodb", "table/{name}/stream/2024-01-01T00:00:00.000"),
            "TableId": "{uuid}",
        },
    ),
    "AWS::SQS::Queue": TypeSpec(
        "QueueName",
        ref="https://sqs.{region}.{suffix_url}/{account}/{name}",
        attributes={
            "Arn": _service("sqs", "{name}"),
            "QueueName": "{name}",
            "QueueUrl": "https://sqs.{region}.{suffix_url}/{account}/{name}",
        },
        limit=80,
        fifo=True,
    ),
    "AWS::SQS::QueuePolicy": TypeSpec(attributes={"Id": "{name}"}),
    "AWS::SNS::Topic": TypeSpec(
        "TopicName",
        ref="{arn}",
        attributes={"TopicArn": _service("sns", "{name}"), "TopicName": "{name}"},
        fifo=True,
    ),
    "AWS::SNS::Subscription": TypeSpec(
        ref="{TopicArn}:{uuid}", attributes={"Arn": "{TopicArn}:{uuid}"}
    ),
    "AWS::SNS::TopicPolicy": TypeSpec(attributes={"Id": "{name}"}),
    "AWS::S3::Bucket": TypeSpec(
        "BucketName",
        attributes={
            "Arn": "arn:{partition}:s3:::{name}",
            "DomainName": "{name}.s3.{suffix_url}",
            "RegionalDomainName": "{name}.s3.{region}.{suffix_url}",
            "DualStackDomainName": "{name}.s3.dualstack.{region}.{suffix_url}",
            "WebsiteURL": "http://{name}.s3-website-{region}.{suffix_url}",
        },
        limit=63,
        lower=True,
    ),
    "AWS::S3::BucketPolicy": TypeSpec(ref="{Bucket}"),
    "AWS::IAM::Role": TypeSpec(
        "RoleName",
        attributes={"Arn": _global("iam", "role{path}{name}"), "RoleId": "AROA{id16}"},
        limit=64,
    ),
    "AWS::IAM::User": TypeSpec(
        "UserName", attributes={"Arn": _global("iam", "user{path}{name}")}, limit=64
    ),
    "AWS::IAM::Group": TypeSpec(
        "GroupName", attributes={"Arn": _global("iam", "group{path}{name}")}, limit=128
    ),
    "AWS::IAM::Policy": TypeSpec("PolicyName", attributes={"Id": "{name}"}, limit=128),
    "AWS::IAM::RolePolicy": TypeSpec("PolicyName", limit=128),
    "AWS::IAM::ManagedPolicy": TypeSpec(
        "ManagedPolicyName",
        ref=_global("iam", "policy{path}{name}"),
        attributes={"PolicyArn": _global("iam", "policy{path}{name}"), "PolicyId": "ANPA{id16}"},
        limit=128,
    ),
    "AWS::IAM::InstanceProfile": TypeSpec(
        "InstanceProfileName", attributes={"Arn": _global("iam", "instance-profile/{name}")}, limit=128
    ),
    "AWS::KMS::Key": TypeSpec(
        ref="{uuid}", attributes={"Arn": _service("kms", "key/{uuid}"), "KeyId": "{uuid}"}
    ),
    "AWS::KMS::Alias": TypeSpec("AliasName"),
    "AWS::SSM::Parameter": TypeSpec(
        "Name", attributes={"Type": "{Type}", "Value": "{Value}"}, limit=2048
    ),
    "AWS::SecretsManager::Secret": TypeSpec(
        "Name",
        ref="{arn}",
        attributes={
            "Id": _service("secretsmanager", "secret:{name}-{id6}"),
            "Arn": _service("secretsmanager", "secret:{name}-{id6}"),
        },
        limit=512,
    ),
    "AWS::SecretsManager::ResourcePolicy": TypeSpec(attributes={"Id": "{name}"}),
    "AWS::SecretsManager::SecretTargetAttachment": TypeSpec(ref="{SecretId}"),
    "AWS::Events::EventBus": TypeSpec(
        "Name", attributes={"Arn": _service("events", "event-bus/{name}"), "Name": "{name}"}
    ),
    "AWS::Events::EventBusPolicy": TypeSpec("StatementId"),
    "AWS::Events::Rule": TypeSpec(
        "Name",
        attributes={"Arn": _service("events", "rule/{bus_prefix}{name}")},
        limit=64,
    ),
    "AWS::Events::Archive": TypeSpec(
        "ArchiveName",
        attributes={"Arn": _service("events", "archive/{name}"), "ArchiveName": "{name}"},
        limit=48,
    ),
    "AWS::Events::Connection": TypeSpec(
        "Name",
        attributes={
            "Arn": _service("events", "connection/{name}/{uuid}"),
            "SecretArn": _service("secretsmanager", "secret:events!connection/{name}/{uuid}"),
        },
        limit=64,
    ),
    "AWS::Events::ApiDestination": TypeSpec(
        "Name", attributes={"Arn": _service("events", "api-destination/{name}/{uuid}")}, limit=64
    ),
    "AWS::Scheduler::Schedule": TypeSpec(
        "Name", attributes={"Arn": _service("scheduler", "schedule/{schedule_group}/{name}")}, limit=64
    ),
    "AWS::Scheduler::ScheduleGroup": TypeSpec(
        "Name", attributes={"Arn": _service("scheduler", "schedule-group/{name}")}, limit=64
    ),
    "AWS::Pipes::Pipe": TypeSpec("Name", attributes={"Arn": _service("pipes", "pipe/{name}")}, limit=64),
    "AWS::Logs::LogGroup": TypeSpec(
        "LogGroupName", attributes={"Arn": _service("logs", "log-group:{name}:*")}, limit=512
    ),
    "AWS::Logs::LogStream": TypeSpec("LogStreamName"),
    "AWS::Logs::MetricFilter": TypeSpec("FilterName"),
    "AWS::Logs::ResourcePolicy": TypeSpec("PolicyName"),
    "AWS::Logs::SubscriptionFilter": TypeSpec("FilterName"),
    "AWS::CloudWatch::Alarm": TypeSpec(
        "AlarmName", attributes={"Arn": _service("cloudwatch", "alarm:{name}")}
    ),
    "AWS::CloudWatch::CompositeAlarm": TypeSpec(
        "AlarmName", attributes={"Arn": _service("cloudwatch", "alarm:{name}")}
    ),
    "AWS::CloudWatch::Dashboard": TypeSpec("DashboardName"),
    "AWS::SES::EmailIdentity": TypeSpec("EmailIdentity"),
    "AWS::SES::ConfigurationSet": TypeSpec("Name", limit=64),
    "AWS::SES::Template": TypeSpec("TemplateName", attributes={"Id": "{name}"}),
    "AWS::Cognito::UserPool": TypeSpec(
        "UserPoolName",
        ref="{region}_{id9}",
        attributes={
            "Arn": _service("cognito-idp", "userpool/{region}_{id9}"),
            "UserPoolId": "{region}_{id9}",
            "ProviderName": "cognito-idp.{region}.{suffix_url}/{region}_{id9}",
            "ProviderURL": "https://cognito-idp.{region}.{suffix_url}/{region}_{id9}",
        },
        limit=128,
    ),
    "AWS::Cognito::UserPoolClient": TypeSpec(
        "ClientName",
        ref="{id26}",
        attributes={"ClientId": "{id26}", "Name": "{name}", "ClientSecret": "{uuid}"},
        limit=128,
    ),
    "AWS::Cognito::UserPoolGroup": TypeSpec("GroupName", limit=128),
    "AWS::Cognito::UserPoolDomain": TypeSpec("Domain"),
    "AWS::ApiGateway::RestApi": TypeSpec(
        ref="{id}", attributes={"RootResourceId": "{id}", "RestApiId": "{id}"}
    ),
    "AWS::ApiGateway::Authorizer": TypeSpec(ref="{id}", attributes={"AuthorizerId": "{id}"}),
    "AWS::ApiGateway::Method": TypeSpec(),
    "AWS::ApiGateway::Model": TypeSpec("Name"),
    "AWS::ApiGateway::RequestValidator": TypeSpec(
        ref="{id}", attributes={"RequestValidatorId": "{id}"}
    ),
    "AWS::ApiGateway::Resource": TypeSpec(ref="{id}", attributes={"ResourceId": "{id}"}),
    "AWS::ApiGateway::VpcLink": TypeSpec(ref="{id}", attributes={"VpcLinkId": "{id}"}),
    "AWS::ApiGateway::Stage": TypeSpec("StageName"),
    "AWS::ApiGateway::Deployment": TypeSpec(ref="{id}", attributes={"DeploymentId": "{id}"}),
    "AWS::ApiGateway::Account": TypeSpec(attributes={"Id": "{id}"}),
    "AWS::ApiGateway::ApiKey": TypeSpec("Name", ref="{id}", attributes={"APIKeyId": "{id}"}),
    "AWS::ApiGateway::UsagePlan": TypeSpec(ref="{id}", attributes={"Id": "{id}"}),
    "AWS::ApiGateway::UsagePlanKey": TypeSpec(ref="{id}", attributes={"Id": "{id}"}),
    "AWS::ApiGateway::GatewayResponse": TypeSpec(ref="{id}", attributes={"Id": "{id}"}),
    "AWS::ApiGateway::DomainName": TypeSpec(
        "DomainName",
        attributes={
            "DomainNameArn": "arn:{partition}:apigateway:{region}::/domainnames/{name}",
            "RegionalDomainName": "d-" + _API_HOST,
            "RegionalHostedZoneId": "Z{id13}",
            "DistributionDomainName": "{id}.cloudfront.net",
            "DistributionHostedZoneId": "Z{id13}",
        },
    ),
    "AWS::ApiGateway::BasePathMapping": TypeSpec(),
    "AWS::ApiGatewayV2::Api": TypeSpec(
        ref="{id}",
        attributes={
            "ApiId": "{id}",
            "ApiEndpoint": "{protocol}://" + _API_HOST,
        },
    ),
    "AWS::ApiGatewayV2::Stage": TypeSpec("StageName"),
    "AWS::ApiGatewayV2::Integration": TypeSpec(ref="{id}", attributes={"IntegrationId": "{id}"}),
    "AWS::ApiGatewayV2::Route": TypeSpec(ref="{id}", attributes={"RouteId": "{id}"}),
    "AWS::ApiGatewayV2::Deployment": TypeSpec(ref="{id}", attributes={"DeploymentId": "{id}"}),
    "AWS::ApiGatewayV2::ApiMapping": TypeSpec(ref="{id}", attributes={"ApiMappingId": "{id}"}),
    "AWS::ApiGatewayV2::IntegrationResponse": TypeSpec(
        ref="{id}", attributes={"IntegrationResponseId": "{id}"}
    ),
    "AWS::ApiGatewayV2::Model": TypeSpec(ref="{id}", attributes={"ModelId": "{id}"}),
    "AWS::ApiGatewayV2::RouteResponse": TypeSpec(
        ref="{id}", attributes={"RouteResponseId": "{id}"}
    ),
    "AWS::ApiGatewayV2::VpcLink": TypeSpec(ref="{id}", attributes={"VpcLinkId": "{id}"}),
    "AWS::ApiGatewayV2::DomainName": TypeSpec(
        "DomainName",
        attributes={
            "DomainNameArn": "arn:{partition}:apigateway:{region}::/domainnames/{name}",
            "RegionalDomainName": "d-" + _API_HOST,
            "RegionalHostedZoneId": "Z{id13}",
        },
    ),
    "AWS::ApiGatewayV2::Authorizer": TypeSpec(ref="{id}", attributes={"AuthorizerId": "{id}"}),
    "AWS::WAFv2::WebACL": TypeSpec(
        "Name",
        ref="{name}|{uuid}|{Scope}",
        attributes={
            "Arn": _service("wafv2", "regional/webacl/{name}/{uuid}"),
            "Id": "{uuid}",
            "LabelNamespace": "awswaf:{account}:webacl:{name}:",
            "Capacity": "100",
        },
        limit=128,
    ),
    "AWS::WAFv2::IPSet": TypeSpec(
        "Name",
        ref="{name}|{uuid}|{Scope}",
        attributes={"Arn": _service("wafv2", "regional/ipset/{name}/{uuid}"), "Id": "{uuid}"},
        limit=128,
    ),
    "AWS::WAFv2::WebACLAssociation": TypeSpec(),
    "AWS::WAFv2::LoggingConfiguration": TypeSpec(ref="{ResourceArn}"),
    "AWS::AccessAnalyzer::Analyzer": TypeSpec(
        "AnalyzerName",
        ref="{arn}",
        attributes={"Arn": _service("access-analyzer", "analyzer/{name}")},
    ),
    "AWS::SecurityHub::Hub": TypeSpec(
        ref="{arn}", attributes={"ARN": _service("securityhub", "hub/default")}
    ),
    "AWS::GuardDuty::Detector": TypeSpec(ref="{id32}", attributes={"Id": "{id32}"}),
    "AWS::CloudTrail::Trail": TypeSpec(
        "TrailName",
        attributes={"Arn": _service("cloudtrail", "trail/{name}"), "SnsTopicArn": "{name}"},
    ),
    "AWS::CloudFront::Distribution": TypeSpec(
        ref="E{id13}", attributes={"DomainName": "{id}.cloudfront.net", "Id": "E{id13}"}
    ),
    "AWS::CloudFront::OriginAccessControl": TypeSpec(ref="E{id13}", attributes={"Id": "E{id13}"}),
    "AWS::CloudFront::ResponseHeadersPolicy": TypeSpec(
        ref="{uuid}", attributes={"Id": "{uuid}", "LastModifiedTime": "2024-01-01T00:00:00Z"}
    ),
    "AWS::CertificateManager::Certificate": TypeSpec(
        ref="{arn}", attributes={"Arn": _service("acm", "certificate/{uuid}")}
    ),
    "AWS::Route53::RecordSet": TypeSpec("Name"),
    "AWS::Route53::HostedZone": TypeSpec(ref="Z{id13}", attributes={"Id": "Z{id13}"}),
    "AWS::CloudFormation::Stack": TypeSpec(ref=_service("cloudformation", "stack/{name}/{uuid}")),
    "AWS::CloudFormation::WaitConditionHandle": TypeSpec(),
    "AWS::CodeDeploy::Application": TypeSpec("ApplicationName"),
    "AWS::CodeDeploy::DeploymentGroup": TypeSpec("DeploymentGroupName"),
    "AWS::KinesisFirehose::DeliveryStream": TypeSpec(
        "DeliveryStreamName",
        attributes={"Arn": _service("firehose", "deliverystream/{name}")},
        limit=64,
    ),
    "AWS::Kinesis::Stream": TypeSpec(
        "Name", attributes={"Arn": _service("kinesis", "stream/{name}")}, limit=128
    ),
    "AWS::EC2::VPC": TypeSpec(
        ref="vpc-{id17}",
        attributes={"VpcId": "vpc-{id17}", "CidrBlock": "{CidrBlock}", "DefaultSecurityGroup": "sg-{id17}"},
    ),
    "AWS::EC2::Subnet": TypeSpec(
        ref="subnet-{id17}",
        attributes={"SubnetId": "subnet-{id17}", "AvailabilityZone": "{region}a", "VpcId": "{VpcId}"},
    ),
    "AWS::EC2::SecurityGroup": TypeSpec(
        ref="sg-{id17}", attributes={"GroupId": "sg-{id17}", "Id": "sg-{id17}", "VpcId": "{VpcId}"}
    ),
    "AWS::EC2::VPCEndpoint": TypeSpec(ref="vpce-{id17}", attributes={"Id": "vpce-{id17}"}),
    "AWS::ECR::Repository": TypeSpec(
        "RepositoryName",
        attributes={
            "Arn": _service("ecr", "repository/{name}"),
            "RepositoryUri": "{account}.dkr.ecr.{region}.{suffix_url}/{name}",
        },
        lower=True,
    ),
}  # fmt: skip

# `{arn}` is the first of these that the type has.
ARN_ATTRIBUTES = ("Arn", "TopicArn", "ARN", "PolicyArn")
SERVERLESS_PREFIX = "AWS::Serverless::"
# AWS SAM: a nested application becomes a nested stack (docs).
STACK = "AWS::CloudFormation::Stack"
NESTED = frozenset({STACK, f"{SERVERLESS_PREFIX}Application"})


def near_type(kind: str) -> str | None:
    """A hint for a slip of the pen; another type of the same service is none."""
    known = {name.lower(): name for name in SPECS}
    near = difflib.get_close_matches(kind.lower(), known, n=1, cutoff=0.9)
    return f"did you mean '{known[near[0]]}'?" if near else None


def identity(*parts: str) -> str:
    """Hexadecimal digits that depend on these texts alone: 64 of them."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def identity_fields(*parts: str) -> dict[str, str]:
    """The id-like fields of a value template, all derived from one identity."""
    digest = identity(*parts)
    # AWS: key ids and the like are UUIDs; version and variant digits are put where they belong.
    uuid = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"
    fields = {"uuid": uuid, "id": digest[:10]}
    for length in (6, 9, 13, 16, 17, 26, 32):
        text = digest[:length]
        fields[f"id{length}"] = text.upper() if length in {13, 16} else text
    return fields


def default_name(spec: TypeSpec, stack: str, logical_id: str, *, fifo: bool = False) -> str:
    """`<stack>-<LogicalId>` within the service's limits; too long a name ends in a digest."""
    name = f"{stack}-{logical_id}"
    suffix = ".fifo" if fifo and spec.fifo else ""
    if spec.lower:
        name = name.lower()
    room = spec.limit - len(suffix)
    if len(name) > room:
        name = f"{name[: room - 9]}-{identity(name)[:8]}"
    return name + suffix
