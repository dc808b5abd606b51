"""State machines through the API: what a change makes, what is refused, tags."""

from __future__ import annotations

import json

import pytest

PASS = {"Only": {"Type": "Pass", "End": True}}
MAP = {
    "Each": {
        "Type": "Map",
        "Label": "Each",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Only",
            "States": PASS,
        },
        "End": True,
    }
}


def text(comment):
    return json.dumps({"Comment": comment, "StartAt": "Only", "States": PASS})


def test_a_change_makes_a_revision_and_no_change_makes_none(lab):
    arn = lab.make(PASS)
    update = lab.api.update_state_machine
    first = update(stateMachineArn=arn, definition=text("a"))["revisionId"]
    same = update(stateMachineArn=arn, definition=text("a"))["revisionId"]
    role = update(stateMachineArn=arn, roleArn="arn:aws:iam::123456789012:role/other")["revisionId"]
    traced = update(stateMachineArn=arn, tracingConfiguration={"enabled": True})["revisionId"]
    assert first == same
    assert len({first, role, traced}) == 3
    found = lab.api.describe_state_machine(stateMachineArn=arn)
    assert (found["revisionId"], found["tracingConfiguration"]) == (traced, {"enabled": True})
    assert found["roleArn"] == "arn:aws:iam::123456789012:role/other"


def test_publishing_alone_changes_nothing(lab):
    arn = lab.make(PASS)
    answer = lab.api.update_state_machine(stateMachineArn=arn, publish=True)
    assert (answer["stateMachineVersionArn"], "revisionId" in answer) == (f"{arn}:1", False)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (
            {},
            (
                "MissingRequiredParameter",
                "Either the definition, the role ARN, the LoggingConfiguration, or the"
                " TracingConfiguration must be specified",
            ),
        ),
        (
            {"definition": "{}", "versionDescription": "x"},
            ("ValidationException", "Version description can only be set when publish is true"),
        ),
        (
            {"definition": "{}"},
            (
                "InvalidDefinition",
                "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are"
                " required: [States, StartAt] at /'",
            ),
        ),
    ],
)
def test_an_update_that_cannot_be_is_refused_and_changes_nothing(lab, request_, expected):
    arn = lab.make(PASS)
    before = lab.api.describe_state_machine(stateMachineArn=arn)["definition"]
    assert lab.refused(lab.api.update_state_machine, stateMachineArn=arn, **request_) == expected
    assert lab.api.describe_state_machine(stateMachineArn=arn)["definition"] == before


def test_metadata_alone_has_no_definition(lab):
    arn = lab.make(PASS)
    found = lab.api.describe_state_machine(stateMachineArn=arn, includedData="METADATA_ONLY")
    assert found["definition"] == "{}"


def test_an_alias_describes_the_version_that_it_leads_to(lab):
    arn = lab.make(PASS, publish=True)
    lab.api.create_state_machine_alias(
        name="live", routingConfiguration=[{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    )
    lab.api.update_state_machine(stateMachineArn=arn, definition=text("new"))
    found = lab.api.describe_state_machine(stateMachineArn=f"{arn}:live")
    assert "Comment" not in json.loads(found["definition"])


def test_a_label_belongs_to_a_distributed_map(lab):
    arn = lab.make(MAP)
    assert lab.api.describe_state_machine(stateMachineArn=f"{arn}/Each")["label"] == "Each"
    assert lab.refused(lab.api.describe_state_machine, stateMachineArn=f"{arn}/None") == (
        "StateMachineDoesNotExist",
        f"State Machine Does Not Exist: '{arn}/None'",
    )
    code, _ = lab.refused(lab.api.delete_state_machine, stateMachineArn=f"{arn}/Each")
    assert code == "ValidationException"


def test_the_same_machine_is_made_once(lab):
    arn = lab.make(PASS, publish=True, versionDescription="first")
    assert lab.make(PASS, publish=True, versionDescription="first", tags=[]) == arn
    for more in ({}, {"publish": True}, {"publish": True, "versionDescription": "x"}):
        given = {"name": "flow", "roleArn": "arn:aws:iam::123456789012:role/r", **more}
        definition = json.dumps({"StartAt": "Only", "States": PASS})
        assert lab.refused(lab.api.create_state_machine, definition=definition, **given) == (
            "StateMachineAlreadyExists",
            f"State Machine Already Exists: '{arn}'",
        )


def test_a_key_that_does_not_fit_its_encryption_is_refused(lab):
    for config in (
        {"type": "AWS_OWNED_KEY", "kmsKeyId": "k"},
        {"type": "CUSTOMER_MANAGED_KMS_KEY"},
    ):
        code, _ = lab.refused(
            lab.api.create_state_machine, name="f", definition=text(""), roleArn="arn:aws:iam::1:role/r",
            encryptionConfiguration=config,
        )  # fmt: skip
        assert code == "InvalidEncryptionConfiguration"
    own = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"}
    arn = lab.make(PASS, encryptionConfiguration=own)
    assert lab.api.describe_state_machine(stateMachineArn=arn)["encryptionConfiguration"] == own


def test_tags_are_added_changed_and_taken_away(lab):
    arn = lab.make(PASS, tags=[{"key": "a", "value": "1"}])
    lab.api.tag_resource(
        resourceArn=arn, tags=[{"key": "a", "value": "2"}, {"key": "b", "value": "3"}]
    )
    lab.api.untag_resource(resourceArn=arn, tagKeys=["b", "none"])
    assert lab.api.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "a", "value": "2"}]
    many = [{"key": f"k{number}", "value": ""} for number in range(50)]
    assert lab.refused(lab.api.tag_resource, resourceArn=arn, tags=many)[0] == "TooManyTags"
    assert len(lab.api.list_tags_for_resource(resourceArn=arn)["tags"]) == 1
    assert lab.refused(lab.api.untag_resource, resourceArn=f"{arn}x", tagKeys=["a"]) == (
        "ResourceNotFound",
        f"Resource not found: '{arn}x'",
    )


@pytest.mark.parametrize(
    ("call", "request_", "told"),
    [
        ("list_state_machines", {"maxResults": 1001}, "Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000"),
        ("start_execution", {"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:f", "input": "x" * 262_145}, "Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144"),
        ("send_task_failure", {"taskToken": "t" * 2049}, "Value at 'taskToken' failed to satisfy constraint: Member must have length less than or equal to 2048"),
        ("create_state_machine", {"name": "f", "definition": "{}", "roleArn": "r", "type": "FAST"}, "Value 'FAST' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, EXPRESS]"),
    ],
)  # fmt: skip
def test_limits_of_the_model_are_checked(lab, call, request_, told):
    assert lab.refused(getattr(lab.api, call), **request_) == (
        "ValidationException",
        f"1 validation error detected: {told}",
    )
