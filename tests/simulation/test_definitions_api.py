"""Definitions that come through the API: validated, refused, and described."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/r"


@pytest.fixture
def api(world):
    with world.cloud.calling("handler"):
        yield world.cloud.client("stepfunctions")


def definition(state):
    return json.dumps({"StartAt": "A", "States": {"A": state, "Z": {"Type": "Succeed"}}})


UNREACHED = definition({"Type": "Pass", "Parameters": {"a": "$.b"}, "End": True})
GOOD = definition({"Type": "Pass", "Parameters": {"a": "$.b"}, "Next": "Z"})


def test_a_definition_is_judged_and_nothing_is_made(api):
    before = api.list_state_machines()["stateMachines"]
    found = api.validate_state_machine_definition(definition=UNREACHED)
    found.pop("ResponseMetadata")
    assert found == {
        "result": "FAIL",
        "diagnostics": [
            {
                "severity": "ERROR",
                "code": "MISSING_TRANSITION_TARGET",
                "message": 'State "Z" is not reachable.',
                "location": "/States/Z",
            }
        ],
        "truncated": False,
    }
    assert api.list_state_machines()["stateMachines"] == before


def test_warnings_are_told_when_they_are_asked_for(api):
    assert api.validate_state_machine_definition(definition=GOOD)["diagnostics"] == []
    found = api.validate_state_machine_definition(definition=GOOD, severity="WARNING")
    assert [item["code"] for item in found["diagnostics"]] == ["NO_DOLLAR"]
    assert found["result"] == "OK"
    found = api.validate_state_machine_definition(
        definition=UNREACHED, severity="WARNING", maxResults=1
    )
    assert (len(found["diagnostics"]), found["truncated"]) == (1, True)


def test_create_and_update_refuse_in_the_same_words(api):
    made = api.create_state_machine(name="m", definition=GOOD, roleArn=ROLE)
    for call in (
        lambda: api.create_state_machine(name="n", definition=UNREACHED, roleArn=ROLE),
        lambda: api.update_state_machine(
            stateMachineArn=made["stateMachineArn"], definition=UNREACHED
        ),
    ):
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"] == {
            "Code": "InvalidDefinition",
            "Message": 'Invalid State Machine Definition: \'MISSING_TRANSITION_TARGET: State "Z" is'
            " not reachable. at /States/Z'",
        }
