"""Which resource types have a stand-in, which need none, and a warning for every other."""

from __future__ import annotations

from simulator.problems import Problem
from simulator.project.template import Template

# resources.py creates these; tests hold the two lists together.
CREATED = frozenset(
    {
        "AWS::CloudWatch::Alarm",
        "AWS::DynamoDB::Table",
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
        "AWS::StepFunctions::StateMachine",
    }
)
# Permissions and plumbing: nothing in a simulation can observe that they are missing.
_WITHOUT_EFFECT = frozenset(
    {
        "AWS::ApiGateway::Account",
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::Method",  # routes.py warns
        "AWS::ApiGateway::Stage",
        "AWS::ApiGatewayV2::Deployment",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",  # routes.py warns
        "AWS::ApiGatewayV2::Stage",
        "AWS::CloudWatch::Dashboard",
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
        "AWS::StepFunctions::StateMachineVersion",
    }
)


def unsupported(template: Template) -> list[Problem]:
    """One warning for each resource that the simulation does without."""
    supported = CREATED | _READ | _WITHOUT_EFFECT
    return [
        Problem(
            "PRJ091",
            f"nothing stands in for '{resource.logical_id}' ({resource.type})",
            resource.location,
            "calls to it fail; emulate them, or leave them out of the scenario",
            "warning",
        )
        for resource in template.resources.values()
        if resource.type not in supported
    ]
