"""Which resource types have a stand-in, which need none, and a warning for every other."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.problems import Location, Problem
from simulator.project.document import escape
from simulator.project.properties import unknown_properties
from simulator.project.template import Resource, Template
from simulator.project.types import SPECS
from simulator.values import Json

# resources.py creates these; tests hold the two lists together.
CREATED = frozenset(
    {
        "AWS::CloudWatch::Alarm",
        "AWS::DynamoDB::Table",
        "AWS::Events::Connection",
        "AWS::Events::EventBus",
        "AWS::IAM::Role",
        "AWS::KMS::Alias",
        "AWS::KMS::Key",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::SES::EmailIdentity",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::SSM::Parameter",
        "AWS::SecretsManager::Secret",
    }
)
# The project reads these itself.
_READ = frozenset(
    {
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGatewayV2::Api",
        "AWS::Events::Rule",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::Scheduler::Schedule",
        "AWS::StepFunctions::Activity",
        "AWS::StepFunctions::StateMachine",
        "AWS::StepFunctions::StateMachineAlias",
        "AWS::StepFunctions::StateMachineVersion",
    }
)
# Permissions and plumbing: nothing in a simulation can observe that they are missing.
_WITHOUT_EFFECT = frozenset(
    {
        "AWS::ApiGateway::Account",
        "AWS::ApiGateway::Authorizer",
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::GatewayResponse",
        "AWS::ApiGateway::Method",  # routes.py warns
        "AWS::ApiGateway::Model",
        "AWS::ApiGateway::RequestValidator",
        "AWS::ApiGateway::Resource",
        "AWS::ApiGateway::Stage",
        "AWS::ApiGatewayV2::Authorizer",
        "AWS::ApiGatewayV2::Deployment",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::IntegrationResponse",
        "AWS::ApiGatewayV2::Model",
        "AWS::ApiGatewayV2::Route",  # routes.py warns
        "AWS::ApiGatewayV2::RouteResponse",
        "AWS::ApiGatewayV2::Stage",
        "AWS::CloudFormation::Stack",  # template.py warns
        "AWS::CloudWatch::Dashboard",
        "AWS::CloudFront::Distribution",
        "AWS::CloudFront::OriginAccessControl",
        "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::CloudTrail::Trail",
        "AWS::CodeDeploy::Application",
        "AWS::CodeDeploy::DeploymentGroup",  # of a DeploymentPreference
        "AWS::Cognito::UserPoolClient",
        "AWS::Cognito::UserPoolGroup",
        "AWS::Events::EventBusPolicy",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::RolePolicy",
        "AWS::Lambda::Alias",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
        "AWS::Logs::ResourcePolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::Scheduler::ScheduleGroup",
        "AWS::WAFv2::IPSet",
        "AWS::WAFv2::LoggingConfiguration",
        "AWS::WAFv2::WebACL",
        "AWS::WAFv2::WebACLAssociation",
    }
)


# What a bucket's NotificationConfiguration may have, whom it tells, and what to do instead.
_NOTIFICATIONS = {
    "LambdaConfigurations": ("functions", "let the scenario invoke the function"),
    "QueueConfigurations": ("queues", "let the scenario send the message"),
    "TopicConfigurations": ("topics", "let the scenario publish the message"),
    "EventBridgeConfiguration": ("EventBridge", "let the scenario put the event on the bus"),
}


def unsupported(template: Template) -> list[Problem]:
    """A warning for all that the template has and the simulation does without."""
    supported = CREATED | _READ | _WITHOUT_EFFECT
    return [
        *(
            _nothing_for(resource)
            for resource in template.resources.values()
            if resource.type not in supported and resource.type in SPECS
        ),
        *_notifications(template),
        *_bucket_events(template),
        *unknown_properties(template),
    ]


def _nothing_for(resource: Resource) -> Problem:
    message = f"nothing stands in for '{resource.logical_id}' ({resource.type})"
    hint = "calls to it fail; emulate them, or leave them out of the scenario"
    if resource.type == "AWS::Pipes::Pipe":
        message = f"no message passes through the pipe '{resource.logical_id}'"
        hint = "let the scenario send to its target what the pipe would"
    return Problem("PRJ091", message, resource.location, hint, "warning")


def _undelivered(bucket: str, target: str, place: Location, hint: str) -> Problem:
    message = f"nothing delivers the events of the bucket '{bucket}' to {target}"
    return Problem("PRJ075", message, place, hint, "warning")


def _notifications(template: Template) -> Iterator[Problem]:
    for bucket in template.of_type("AWS::S3::Bucket"):
        config = bucket.properties.get("NotificationConfiguration")
        for key, (target, hint) in _NOTIFICATIONS.items():
            base = "/Properties/NotificationConfiguration"
            place = template.locate(bucket.logical_id, f"{base}/{key}")
            told = config.get(key) if isinstance(config, dict) else None
            off = isinstance(told, dict) and told.get("EventBridgeEnabled") in (False, "false")
            # What is written as an event of a function is told there.
            whole = f"/Resources/{escape(bucket.origin)}{base}/Fn::If"
            written = {place.pointer, whole} & set(template.document.marks)
            if written and told is not None and not off:
                yield _undelivered(bucket.logical_id, target, place, hint)


def _bucket_events(template: Template) -> Iterator[Problem]:
    for function in template.of_type("AWS::Lambda::Function"):
        for event, body in _events(template, function.origin):
            if body.get("Type") == "S3":
                properties = body.get("Properties")
                named = properties.get("Bucket") if isinstance(properties, dict) else None
                bucket = named.get("Ref") if isinstance(named, dict) else named
                place = template.locate(function.origin, f"/Properties/Events/{escape(event)}")
                hint = _NOTIFICATIONS["LambdaConfigurations"][1]
                yield _undelivered(str(bucket), f"'{function.logical_id}'", place, hint)


def _events(template: Template, origin: str) -> list[tuple[str, dict[str, Json]]]:
    """The events of a serverless function, as written."""
    found: Json = template.document.value
    for key in ("Resources", origin, "Properties", "Events"):
        found = found.get(key) if isinstance(found, dict) else None
    items = found.items() if isinstance(found, dict) else ()
    return [(name, body) for name, body in items if isinstance(body, dict)]
