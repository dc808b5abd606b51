"""Which needs a role's policies allow, and which of its rights nobody needs."""

from __future__ import annotations

import json

import pytest

from simulator.errors import SourceError
from tests.permissions.making import ROLE, TABLE, arn, missing, need, role, statuses, unused

GET = need("dynamodb:GetItem", TABLE)
SAM = "AWS::Serverless-2016-10-31"


def test_a_right_is_used_or_unused_and_a_need_met_or_missing(judged):
    worker = role((["dynamodb:GetItem", "dynamodb:PutItem"], TABLE))
    report = judged({"Worker": worker}, GET, need("dynamodb:Scan", TABLE))
    assert statuses(report) == {"dynamodb:GetItem": "used", "dynamodb:PutItem": "unused"}
    assert missing(report) == {("dynamodb:Scan", TABLE)}
    assert report.rights[0].why == "function Work"
    # The place of the statement, not of the role.
    assert report.rights[0].location.pointer == "/Resources/Worker/Properties/Policies/0/PolicyDocument/Statement/0"  # fmt: skip


def test_each_resource_of_a_right_counts_for_itself(judged):
    worker = role(("dynamodb:GetItem", [TABLE, TABLE + "-other"]))
    assert unused(judged({"Worker": worker}, GET)) == {("dynamodb:GetItem", TABLE + "-other")}


def test_the_resource_has_to_fit(judged):
    worker = role(("dynamodb:GetItem", TABLE + "-other"))
    assert missing(judged({"Worker": worker}, GET)) == {("dynamodb:GetItem", TABLE)}


def test_a_call_whose_resource_is_not_known_fits_every_resource(judged):
    worker = role(("states:SendTaskSuccess", arn("states", "stateMachine:order")))
    report = judged({"Worker": worker}, need("states:SendTaskSuccess"))
    assert (missing(report), unused(report)) == (set(), set())


@pytest.mark.parametrize(
    ("action", "resource", "good"),
    [
        ("dynamodb:*", "*", True),
        ("DynamoDB:get*", TABLE, True),
        ("dynamodb:GetIte?", "arn:aws:dynamodb:*:*:table/*", True),
        ("dynamodb:Get", TABLE, False),
        ("dynamodb:GetItem", TABLE.upper(), False),
        ("dynamodb:GetItem[s]", TABLE, False),
    ],
)
def test_wildcards_are_iams_own(judged, action, resource, good):
    report = judged({"Worker": role((action, resource))}, GET)
    assert (missing(report) == set()) is good
    assert (unused(report) == set()) is good


def test_notaction_and_notresource(judged):
    statement = {"Effect": "Allow", "NotAction": "s3:*", "NotResource": TABLE + "-other"}
    report = judged({"Worker": role(statement)}, GET, need("s3:ListAllMyBuckets"))
    assert missing(report) == {("s3:ListAllMyBuckets", "")}
    assert statuses(report) == {"not s3:*": "used"}


def test_a_deny_wins_unless_it_has_a_condition(judged):
    deny = {"Effect": "Deny", "Action": "dynamodb:*", "Resource": TABLE}
    allow = ("dynamodb:GetItem", "*")
    assert missing(judged({"Worker": role(allow, deny)}, GET)) == {("dynamodb:GetItem", TABLE)}
    limited = {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    assert missing(judged({"Worker": role(allow, limited)}, GET)) == set()


def test_a_boundary_has_to_allow_it_too(judged):
    document = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    limit = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
    worker = role(("dynamodb:GetItem", TABLE), PermissionsBoundary={"Ref": "Limit"})
    report = judged({"Limit": limit, "Worker": worker}, GET)
    assert missing(report) == {("dynamodb:GetItem", TABLE)}


def test_managed_policies_of_the_template_and_attached_ones(judged):
    document = {"Statement": [{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": TABLE}]}
    shared = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
    worker = role(ManagedPolicyArns=[{"Ref": "Shared"}])
    report = judged({"Shared": shared, "Worker": worker}, GET)
    assert (missing(report), statuses(report)) == (set(), {"dynamodb:GetItem": "used"})
    properties = {"PolicyDocument": document, "PolicyName": "p", "Roles": [{"Ref": "Worker"}]}
    attached = {"Type": "AWS::IAM::Policy", "Properties": properties}
    report = judged({"Attached": attached, "Worker": role()}, GET)
    assert (missing(report), report.rights[0].policy) == (set(), "Attached")


def test_policies_that_aws_manages_are_read_or_told_of(judged):
    head = "arn:aws:iam::aws:policy"
    worker = role(ManagedPolicyArns=[f"{head}/service-role/AWSLambdaSQSQueueExecutionRole"])
    queue = need("sqs:ReceiveMessage", arn("sqs", "jobs"))
    report = judged({"Worker": worker}, queue, GET)
    assert missing(report) == {("dynamodb:GetItem", TABLE)}
    assert statuses(report)["sqs:ReceiveMessage"] == "used"
    report = judged({"Worker": role(ManagedPolicyArns=[f"{head}/ANewOne"])}, GET)
    assert (missing(report), report.unread) == (set(), (f"{head}/ANewOne",))


def test_sams_policy_templates_are_expanded(judged):
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.11", "Handler": "app.work", "InlineCode": "def work(): pass",
            "Policies": [{"DynamoDBReadPolicy": {"TableName": "orders"}}],
        },
    }  # fmt: skip
    found = judged({"Work": function}, whole=True, transform=SAM)
    (own,) = found.roles
    assert own.name == "WorkRole"
    assert {right.action for right in own.unused} == {
        "dynamodb:GetItem", "dynamodb:Scan", "dynamodb:Query", "dynamodb:BatchGetItem",
        "dynamodb:DescribeTable",
    }  # fmt: skip
    assert own.missing == ()


def key(*statements):
    return {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": list(statements)}}}


def test_a_key_has_to_agree(judged):
    account = {"AWS": "arn:aws:iam::123456789012:root"}
    grant = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Principal": account}

    def lacks(*statements, context=()):
        resources = {"Key": key(*statements)}
        worker = role(("kms:Decrypt", {"Fn::GetAtt": ["Key", "Arn"]}))
        asked = need("kms:Decrypt", _key_arn(judged, resources), context=context)
        return bool(judged({**resources, "Worker": worker}, asked).missing)

    assert not lacks(grant)
    assert lacks({**grant, "Action": "kms:Encrypt"})
    assert lacks({**grant, "Principal": {"AWS": "arn:aws:iam::123456789012:role/other"}})
    for_pans = {"StringEquals": {"kms:EncryptionContext:purpose": "pan", "aws:PrincipalArn": ROLE}}
    limited = {**grant, "Condition": for_pans}
    assert not lacks(limited, context=(("kms:EncryptionContext:purpose", "pan"),))
    assert lacks(limited, context=(("kms:EncryptionContext:purpose", "sad"),))
    assert lacks(limited)


def test_a_key_that_names_the_role_needs_no_policy_of_the_role(judged):
    grant = {
        "Effect": "Allow",
        "Action": "kms:*",
        "Resource": "*",
        "Principal": {"AWS": ROLE},
    }
    resources = {"Worker": role(), "Key": key(grant)}
    wanted = need("kms:Decrypt", _key_arn(judged, resources))
    assert missing(judged(resources, wanted)) == set()
    # One that names the account leaves it to the role's policies.
    grant["Principal"] = {"AWS": "arn:aws:iam::123456789012:root"}
    assert missing(judged(resources, wanted)) == {(wanted.action, wanted.resource)}


def _key_arn(judged, resources):
    """The key's ARN as the project knows it: a role that may use it says it."""
    worker = role(("kms:Decrypt", {"Fn::GetAtt": ["Key", "Arn"]}))
    return judged({**resources, "Worker": worker}).rights[0].resource


def test_a_queue_whose_policy_names_the_role(judged):
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::GetAtt": ["Worker", "Arn"]}},
        "Action": "sqs:SendMessage",
        "Resource": "*",
    }
    resources = {
        "Worker": role(),
        "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}},
        "JobsPolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": "Jobs"}],
                "PolicyDocument": {"Statement": [statement]},
            },
        },
    }
    send = need("sqs:SendMessage", arn("sqs", "jobs"))
    assert missing(judged(resources, send)) == set()
    statement["Principal"] = {"AWS": "arn:aws:iam::123456789012:role/other"}
    assert missing(judged(resources, send)) == {("sqs:SendMessage", arn("sqs", "jobs"))}


# -- settings -------------------------------------------------------------------------------------


def test_a_right_is_kept_for_a_reason_and_a_reason_for_nothing_is_told(judged):
    worker = role(("dynamodb:DeleteItem", TABLE))
    settings = '[permissions.kept]\n"Worker dynamodb:DeleteItem" = "by hand"\n"Worker s3:Put" = "x"'
    found = judged({"Worker": worker}, settings=settings, whole=True)
    (right,) = found.roles[0].rights
    assert (right.status, right.why) == ("kept", "by hand")
    assert found.stale == ("Worker s3:Put",)


def test_roles_of_other_accounts_are_known_by_name(judged):
    member = role(("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/orders"))
    files = {"stacks/member.json": json.dumps({"Resources": {"Member": member}})}
    there = "arn:aws:iam::444455556666:role/worker"
    asked = need("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:444455556666:table/orders")
    asked = type(asked)(there, asked.action, asked.resource, asked.by)
    other = {"Own": {"Type": "AWS::SQS::Queue"}}
    settings = 'templates = ["stacks/*.json"]'
    found = judged(other, asked, settings=settings, files=files, whole=True)
    assert [(one.name, statuses(one), one.missing) for one in found.roles] == [
        ("Member", {"dynamodb:GetItem": "used"}, ())
    ]
    assert found.outside == ()
    assert judged(other, asked, whole=True).outside == (there,)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("keep = 1", "permissions knows no 'keep'"),
        ("kept = 1", "permissions.kept is a table of reasons"),
        ('templates = "x"', "permissions.templates is a list of patterns"),
        ('templates = ["none/*.yaml"]', "permissions.templates: no file is none/*.yaml"),
    ],
)
def test_wrong_settings_are_refused(judged, settings, message):
    with pytest.raises(SourceError, match="permissions") as refused:
        judged({"Worker": role()}, settings=settings)
    assert refused.value.problems[0].message == message
