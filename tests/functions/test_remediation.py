"""The remediation functions one by one, on IAM, DynamoDB and SNS stand-ins."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.functions.samples import FINDING as SAMPLE

ARN = "arn:aws:iam::111122223333:role/Audit"
ALLOW = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::999988887777:user/Alice"},
    "Action": "sts:AssumeRole",
}
ORIGINAL = {"Version": "2012-10-17", "Statement": [ALLOW]}
FINDING = {**SAMPLE, "resource_arn": ARN, "resource_name": "Audit"}
DENY = {
    "Sid": "AADeny8f76cdb3ee6042d6a855d7041235e1ef",
    "Effect": "Deny",
    "Principal": {"AWS": "arn:aws:iam::999988887777:user/Alice"},
    "Action": ["sts:AssumeRole"],
}
PLAN = {"strategy": "add_deny", "sid": DENY["Sid"], "statement": DENY, "conditional": False}
EVENT = {"finding": FINDING, "plan": PLAN}


@pytest.fixture
def role(simulation):
    """role(policy) creates or changes the role; role() reads its policy."""
    iam = simulation.cloud.client("iam")

    def act(policy=None, **tags):
        if policy is not None:
            text = json.dumps(policy)
            try:
                iam.update_assume_role_policy(RoleName="Audit", PolicyDocument=text)
            except iam.exceptions.NoSuchEntityException:
                iam.create_role(
                    RoleName="Audit",
                    AssumeRolePolicyDocument=text,
                    Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
                )
        return iam.get_role(RoleName="Audit")["Role"]["AssumeRolePolicyDocument"]

    return act


@pytest.fixture
def record(simulation):
    def read():
        table = simulation.resource("Findings")
        key = {"finding_id": {"S": FINDING["finding_id"]}}
        return (
            simulation.cloud.client("dynamodb").get_item(TableName=table, Key=key).get("Item", {})
        )

    return read


def failed(done):
    assert done.error is not None, done.result
    return done.error.error, done.result["errorMessage"]


# --- EvaluateFinding ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "environment", "error"),
    [
        ({"error": "ACCESS_DENIED"}, {}, ("AnalysisFailed", "ACCESS_DENIED")),
        ({"family": "unused"}, {}, ("NotifyOnly", "an unused finding is never blocked")),
        (
            {"resource_type": "AWS::S3::Bucket", "resource_arn": "arn:aws:s3:::audit"},
            {"AUTO_REMEDIATE": "AWS::S3::Bucket"},
            ("ResourceGone", "Audit"),
        ),
        (
            {},
            {"AUTO_REMEDIATE": ""},
            ("NotifyOnly", "findings of AWS::IAM::Role are not remediated automatically"),
        ),
        (
            {"resource_type": "AWS::EC2::Snapshot"},
            {"AUTO_REMEDIATE": "AWS::EC2::Snapshot"},
            ("NotifyOnly", "findings of AWS::EC2::Snapshot are not remediated automatically"),
        ),
        (
            {"resource_account": "444455556666"},
            {},
            ("NotifyOnly", "the resource belongs to an account outside the organisation"),
        ),
        (
            {"resource_account": "444455556666"},
            {"ORGANIZATION_ACCOUNTS": "444455556666"},
            (
                "ResourceUnmodifiable",
                "the account 444455556666 does not let us assume"
                " arn:aws:iam::444455556666:role/FindingRemediator",
            ),
        ),
        ({}, {"TRUSTED_ACCOUNTS": "999988887777"}, ("TrustedPrincipal", "999988887777")),
        ({}, {"ORGANIZATION_ACCOUNTS": "1,999988887777"}, ("TrustedPrincipal", "999988887777")),
        ({"region": "eu-west-1"}, {}, ("LinkedToPrimary", "us-east-1")),
        (
            {
                "resource_arn": "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/Audit"
            },
            {},
            ("ResourceUnmodifiable", "the role is reserved for an AWS service"),
        ),
        ({"resource_name": "Gone"}, {}, ("ResourceGone", "Gone")),
        ({}, {"EXEMPT_TAG": "owner"}, ("NotifyOnly", "the resource carries the tag owner")),
        ({}, {"MODE": "notify"}, ("NotifyOnly", "remediation only notifies")),
        (
            {},
            {"MODE": "enforce,AWS::IAM::Role=notify"},
            ("NotifyOnly", "remediation only notifies"),
        ),
    ],
)
def test_what_is_not_ours_to_block_is_an_error_by_name(invoke, role, change, environment, error):
    role(ORIGINAL, owner="audit")
    done = invoke("EvaluateFinding", {"finding": {**FINDING, **change}}, **environment)
    assert failed(done) == error


def test_what_is_ours_has_a_severity(invoke, role):
    role(ORIGINAL)
    assert invoke("EvaluateFinding", {"finding": FINDING}).result == {
        "severity": "high",
        "stack": "",
        "creator": "",
    }
    public = {**FINDING, "is_public": True}
    assert invoke("EvaluateFinding", {"finding": public}).result == {
        "severity": "critical",
        "stack": "",
        "creator": "",
    }


def test_the_record_says_which_resource_is_changed(invoke, role, record):
    """After the stack is gone, whoever takes blocks back reads it there (docs/deploying.md)."""
    role(ORIGINAL)
    invoke("EvaluateFinding", {"finding": FINDING})
    kept = record()
    assert (kept["resource_arn"], kept["analyzer_arn"]) == (
        {"S": ARN},
        {"S": FINDING["analyzer_arn"]},
    )


@pytest.mark.parametrize(
    ("value", "exempt"),
    [
        ("exempt-until-2999-12-31", True),
        ("exempt-until-2020-12-31", False),
        ("exempt-until-soon", True),
        ("", True),
    ],
)
def test_an_exemption_ends_after_its_day(invoke, role, value, exempt):
    role(ORIGINAL, owner=value)
    done = invoke("EvaluateFinding", {"finding": FINDING}, EXEMPT_TAG="owner")
    assert (done.result is None or "severity" not in done.result) == exempt


def test_the_creator_is_known_by_a_tag(invoke, role):
    role(ORIGINAL, owner="maker@example.com")
    done = invoke("EvaluateFinding", {"finding": FINDING}, CREATOR_TAG="owner")
    assert done.result["creator"] == "maker@example.com"


# --- the lock -------------------------------------------------------------------------------------


def lock(owner, **more):
    return {"resource_arn": ARN, "owner": owner, "purpose": "block", "then": "decide", **more}


def test_one_execution_holds_the_lock_and_may_take_it_again(invoke):
    assert invoke("AcquireResourceLock", lock("a")).result == {"locked": True}
    assert invoke("AcquireResourceLock", lock("a")).result == {"locked": True}
    assert failed(invoke("AcquireResourceLock", lock("b"))) == ("ResourceLocked", ARN)
    assert invoke("ReleaseResourceLock", lock("b")).result == {"locked": False}
    assert failed(invoke("AcquireResourceLock", lock("b"))) == ("ResourceLocked", ARN)
    assert invoke("ReleaseResourceLock", lock("a")).result == {"locked": False}
    assert invoke("AcquireResourceLock", lock("b")).result == {"locked": True}


def test_a_lease_that_ran_out_is_free(invoke, simulation):
    invoke("AcquireResourceLock", lock("a"))
    simulation.run(until=timedelta(minutes=10))
    assert failed(invoke("AcquireResourceLock", lock("b"))) == ("ResourceLocked", ARN)
    simulation.run(until=timedelta(seconds=1))
    assert invoke("AcquireResourceLock", lock("b")).result == {"locked": True}


@pytest.mark.parametrize(
    ("function", "key", "value", "error"),
    [
        ("AcquireResourceLock", "purpose", "allow", "LockedToAllow"),
        ("AcquireResourceLock", "purpose", "restore", "LockedToRestore"),
        ("ReleaseResourceLock", "then", "archive", "ReleasedToArchive"),
        ("ReleaseResourceLock", "then", "close", "ReleasedToClose"),
        ("ReleaseResourceLock", "then", "escalate", "ReleasedToEscalate"),
        ("ReleaseResourceLock", "then", "fail", "ReleasedToFail"),
        ("ReleaseResourceLock", "then", "planned", "ReleasedToPlanned"),
    ],
)
def test_the_way_from_the_lock_is_an_error_by_name(invoke, function, key, value, error):
    assert failed(invoke(function, lock("a", **{key: value}))) == (error, value)


# --- the change -----------------------------------------------------------------------------------


def blocked(invoke):
    for name in ("CaptureOriginal", "PlanRemediation", "ApplyRemediation"):
        assert invoke(name, EVENT).error is None


def test_the_snapshot_leaves_our_own_statement_out(invoke, role, record):
    role(ORIGINAL)
    blocked(invoke)
    assert role() == {**ORIGINAL, "Statement": [ALLOW, DENY]}
    invoke("CaptureOriginal", EVENT)
    snapshot = record()["snapshot"]["M"]
    assert json.loads(snapshot["policy"]["S"]) == ORIGINAL
    assert len(snapshot["sha256"]["S"]) == 64


def test_a_plan_adds_one_statement(invoke, role):
    role(ORIGINAL)
    assert invoke("PlanRemediation", EVENT).result == PLAN
    assert role() == ORIGINAL


def test_a_policy_without_room_has_no_safe_change(invoke, role):
    full = [
        {**ALLOW, "Principal": {"AWS": "999988887777"}, "Sid": f"Partner{number}"}
        for number in range(20)
    ]
    role({**ORIGINAL, "Statement": full})
    error, message = failed(invoke("PlanRemediation", EVENT))
    assert (error, message) == ("NoSafeChange", "the policy would have 2140 characters")


def test_a_canonical_user_cannot_be_denied_by_a_role(invoke, role):
    role(ORIGINAL)
    canonical = {**FINDING, "principal": {"kind": "canonical", "value": "79a5"}}
    done = invoke("PlanRemediation", {"finding": canonical})
    assert failed(done) == (
        "NoSafeChange",
        "79a5 cannot be named by AWS::IAM::Role",
    )


def test_applying_twice_writes_once(invoke, role, simulation):
    role(ORIGINAL)
    assert invoke("ApplyRemediation", EVENT).result == {"changed": True}
    assert invoke("ApplyRemediation", EVENT).result == {"changed": False}
    assert role() == {**ORIGINAL, "Statement": [ALLOW, DENY]}
    writes = [call for call in simulation.cloud.calls if call.operation == "UpdateAssumeRolePolicy"]
    assert [call.caller for call in writes if call.caller == "ApplyRemediation"] == [
        "ApplyRemediation"
    ]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("AccessDenied", ("NotApplied", "AccessDenied")),
        ("LimitExceeded", ("NotApplied", "LimitExceeded")),
        ("NoSuchEntity", ("ResourceGone", "Audit")),
    ],
)
def test_a_refusal_is_told_by_its_code(invoke, role, simulation, code, error):
    from simulator.aws.faults import Fault

    role(ORIGINAL)
    simulation.cloud.inject(Fault("iam", "UpdateAssumeRolePolicy", error=code))
    assert failed(invoke("ApplyRemediation", EVENT)) == error


def test_throttling_is_left_to_the_workflow_s_retries(invoke, role, simulation):
    from simulator.aws.faults import Fault

    role(ORIGINAL)
    simulation.cloud.inject(Fault("iam", "UpdateAssumeRolePolicy", error="Throttling", times=9))
    assert failed(invoke("ApplyRemediation", EVENT))[0] == "ClientError"


def test_a_write_that_changed_nothing_is_not_verified(invoke, role):
    role(ORIGINAL)
    invoke("CaptureOriginal", EVENT)
    assert failed(invoke("VerifyApplied", EVENT)) == ("NotVerified", "the change is not there")


def test_a_block_that_somebody_else_undermines_is_not_verified(invoke, role):
    role(ORIGINAL)
    invoke("CaptureOriginal", EVENT)
    elsewhere = {"Effect": "Deny", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}
    own = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}
    role({**ORIGINAL, "Statement": [ALLOW, own]})
    invoke("CaptureOriginal", EVENT)
    role({**ORIGINAL, "Statement": [ALLOW, own, elsewhere, DENY]})
    error, message = failed(invoke("VerifyApplied", EVENT))
    assert (error, message) == (
        "NotVerified",
        "arn:aws:iam::111122223333:role/Any would lose sts:AssumeRole",
    )


def test_removing_leaves_what_others_changed_meanwhile(invoke, role):
    other = {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role(ORIGINAL)
    blocked(invoke)
    role({**ORIGINAL, "Statement": [ALLOW, DENY, other]})
    assert invoke("RemoveRemediation", EVENT).result == {"changed": True}
    assert invoke("RemoveRemediation", EVENT).result == {"changed": False}
    assert role() == {**ORIGINAL, "Statement": [ALLOW, other]}


def test_restoring_a_role_that_is_gone_changes_nothing(invoke, role, simulation):
    role(ORIGINAL)
    blocked(invoke)
    simulation.cloud.client("iam").delete_role(RoleName="Audit")
    assert invoke("RestoreOriginal", EVENT).result == {"changed": False}


def test_restoring_gives_the_original_back(invoke, role):
    role(ORIGINAL)
    blocked(invoke)
    assert invoke("RestoreOriginal", EVENT).result == {"changed": True}
    assert role() == ORIGINAL


def test_a_policy_of_which_nothing_would_be_left_needs_a_person(invoke, role):
    role(ORIGINAL)
    blocked(invoke)
    role({**ORIGINAL, "Statement": [DENY]})
    done = invoke("RemoveRemediation", EVENT)
    assert failed(done) == ("CannotUndo", "nothing would be left of the policy")


def test_an_undo_that_has_no_effect_is_told(invoke, role, simulation):
    from simulator.aws.faults import Fault

    role(ORIGINAL)
    blocked(invoke)
    simulation.cloud.inject(Fault("iam", "UpdateAssumeRolePolicy", effect="ignored"))
    done = invoke("RemoveRemediation", EVENT)
    assert failed(done) == ("CannotUndo", "read-back shows another policy")


# --- messages and decisions -----------------------------------------------------------------------

MESSAGE = {
    "finding": FINDING,
    "template": "decision_requested",
    "number": 0,
    "reason": "",
    "execution": "arn:aws:states:us-east-1:111122223333:execution:x:y",
}


def test_a_message_is_sent_once(invoke, simulation):
    assert invoke("NotifyFinding", MESSAGE).result == {"sent": True}
    assert invoke("NotifyFinding", MESSAGE).result == {"sent": False}
    sent = [call for call in simulation.cloud.calls if call.name == "sns:Publish"]
    assert len(sent) == 1


def test_a_message_that_could_not_be_sent_is_sent_later(invoke, simulation):
    from simulator.aws.faults import Fault

    # boto3 tries twice by itself
    simulation.cloud.inject(Fault("sns", "Publish", error="InternalError", times=2))
    assert failed(invoke("NotifyFinding", MESSAGE)) == ("NotificationFailed", "decision_requested")
    while (done := invoke("NotifyFinding", MESSAGE)).error is not None:
        pass
    assert done.result == {"sent": True}


def decision(body, groups="finding-approvers", finding_id=FINDING["finding_id"]):
    return {
        "pathParameters": {"finding_id": finding_id},
        "body": body if isinstance(body, str) else json.dumps(body),
        "requestContext": {
            "authorizer": {"claims": {"cognito:groups": groups, "email": "a@example.com"}}
        },
    }


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [
        (decision({}, groups="readers"), 403, "not_an_approver"),
        (decision("no json"), 400, "malformed_decision"),
        (decision("[]"), 400, "malformed_decision"),
        (decision({"decision": "MAYBE", "decision_id": "x"}), 400, "malformed_decision"),
        (decision({"decision": "INTENDED", "decision_id": "x"}), 400, "justification_required"),
        (
            decision({"decision": "INTENDED", "decision_id": "x", "justification": "y" * 1001}),
            400,
            "malformed_decision",
        ),
        (decision({"decision": "KEEP_BLOCK", "decision_id": "x"}), 404, "unknown_decision"),
        (
            decision({"decision": "KEEP_BLOCK", "decision_id": "x"}, finding_id="other"),
            404,
            "unknown_decision",
        ),
    ],
)
def test_a_decision_that_cannot_be_taken_is_refused(invoke, event, status, code):
    answer = invoke("DecideFinding", event).result
    assert (answer["statusCode"], json.loads(answer["body"])) == (status, {"code": code})


def test_confirming_asks_the_analyser_when_no_event_came(invoke, simulation):
    answers = iter(["ACTIVE", "RESOLVED"])
    simulation.cloud.emulate(
        "accessanalyzer",
        "GetFinding",
        lambda _call: {"finding": {"id": "x", "status": next(answers)}},
    )
    assert failed(invoke("ConfirmResolved", EVENT)) == ("FindingStillActive", FINDING["finding_id"])
    assert invoke("ConfirmResolved", EVENT).result == {
        "confirmed_by": "inquiry",
        "status": "CLOSED_BLOCKED",
    }


# --- what the services refuse ---------------------------------------------------------------------


def test_a_principal_that_is_gone_is_named_in_a_condition(invoke, role, simulation):
    from simulator.aws.faults import Fault

    role(ORIGINAL)
    blocked_by = Fault(
        "iam",
        "UpdateAssumeRolePolicy",
        error="MalformedPolicyDocument",
        message='Invalid principal in policy: "AWS":"..."',
        times=2,
    )
    simulation.cloud.inject(blocked_by)
    assert failed(invoke("ApplyRemediation", EVENT)) == ("PrincipalGone", "MalformedPolicyDocument")
    plan = invoke("PlanRemediation", {**EVENT, "principal_gone": True}).result
    assert plan["statement"] == {
        "Sid": DENY["Sid"],
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": ["sts:AssumeRole"],
        "Condition": {"ArnEquals": {"aws:PrincipalArn": DENY["Principal"]["AWS"]}},
    }
    again = {"finding": FINDING, "plan": plan}
    assert failed(invoke("ApplyRemediation", again)) == ("NotApplied", "MalformedPolicyDocument")
    assert invoke("ApplyRemediation", again).result == {"changed": True}


def test_somebody_who_was_faster_is_read_again(invoke, simulation):
    arn = "arn:aws:dynamodb:us-east-1:111122223333:table/orders"
    finding = {
        **FINDING,
        "resource_type": "AWS::DynamoDB::Table",
        "resource_arn": arn,
        "resource_name": "orders",
        "actions": ["dynamodb:GetItem"],
    }
    dynamodb = simulation.cloud.client("dynamodb")
    dynamodb.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    allow = {**ALLOW, "Action": "dynamodb:GetItem", "Resource": arn}
    text = json.dumps({**ORIGINAL, "Statement": [allow]})
    dynamodb.put_resource_policy(ResourceArn=arn, Policy=text)
    plan = invoke("PlanRemediation", {"finding": finding}).result
    event = {"finding": finding, "plan": plan}

    def overtake(call):
        from simulator.aws.calls import ServiceError

        if call.caller == "ApplyRemediation" and not overtaken:
            overtaken.append(call)
            raise ServiceError("PolicyNotFoundException", "another revision")

    overtaken = []
    simulation.cloud.guard("dynamodb", "PutResourcePolicy", overtake)
    assert failed(invoke("ApplyRemediation", event))[0] == "PolicyChanged"
    assert invoke("ApplyRemediation", event).result == {"changed": True}
    found = json.loads(dynamodb.get_resource_policy(ResourceArn=arn)["Policy"])
    assert found["Statement"] == [allow, plan["statement"]]


def test_nothing_is_reopened_before_its_time_or_twice(invoke, simulation):
    dynamodb, table = simulation.cloud.client("dynamodb"), simulation.resource("Findings")
    for name, status, closed in (
        ("old", "CLOSED_INTENDED", "2024-12-31T00:00:00Z"),
        ("new", "CLOSED_INTENDED", "2025-12-31T00:00:00Z"),
        ("blocked", "CLOSED_BLOCKED", "2024-12-31T00:00:00Z"),
    ):
        item = {
            "finding_id": {"S": name},
            "status": {"S": status},
            "statuses": {"L": []},
            "closed_at": {"S": closed},
            "analyzer_arn": {"S": FINDING["analyzer_arn"]},
            "decision": {"S": "{}"},
        }
        dynamodb.put_item(TableName=table, Item=item)
    asked = []

    def gone(call):
        from simulator.aws.calls import ServiceError

        asked.append((call.operation, call.parameters.get("ruleName") or call.parameters["ids"]))
        raise ServiceError("ResourceNotFoundException", "gone", 404)

    simulation.cloud.emulate("accessanalyzer", "*", gone)
    assert invoke("ReopenAccepted", {}).result == {"reopened": ["old"]}
    assert asked == [("DeleteArchiveRule", "intended-old"), ("UpdateFindings", ["old"])]
    assert invoke("ReopenAccepted", {}).result == {"reopened": []}
