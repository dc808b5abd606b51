"""Versions and aliases: what a start by a qualified ARN runs."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

import pytest

PASS = {"Only": {"Type": "Pass", "Result": 1, "End": True}}


def text(result):
    states = {"Only": {"Type": "Pass", "Result": result, "End": True}}
    return json.dumps({"StartAt": "Only", "States": states})


@pytest.fixture
def two(lab):
    """A machine with the versions 1 and 2, and a newer revision: their results are 1, 2 and 3."""
    arn = lab.make(PASS, publish=True, versionDescription="first")
    lab.api.update_state_machine(stateMachineArn=arn, definition=text(2), publish=True)
    lab.api.update_state_machine(stateMachineArn=arn, definition=text(3))
    return arn


def route(*routes):
    return [{"stateMachineVersionArn": arn, "weight": weight} for arn, weight in routes]


def test_each_qualifier_runs_its_own_revision(lab, two):
    lab.api.create_state_machine_alias(name="live", routingConfiguration=route((f"{two}:1", 100)))
    found = {}
    for arn in (two, f"{two}:1", f"{two}:2", f"{two}:live"):
        described = lab.describe(lab.run(arn))
        names = [described.get(f"stateMachine{kind}Arn") for kind in ("", "Version", "Alias")]
        found[arn] = (described["output"], *names)
    assert found == {
        two: ("3", two, None, None),
        f"{two}:1": ("1", two, f"{two}:1", None),
        f"{two}:2": ("2", two, f"{two}:2", None),
        f"{two}:live": ("1", two, f"{two}:1", f"{two}:live"),
    }


def test_a_history_begins_with_the_names_under_which_it_was_started(lab, two):
    lab.api.create_state_machine_alias(name="live", routingConfiguration=route((f"{two}:2", 100)))
    run = lab.run(f"{two}:live")
    (first, *_) = lab.api.get_execution_history(executionArn=run)["events"]
    details = first["executionStartedEventDetails"]
    assert details["stateMachineAliasArn"] == f"{two}:live"
    assert details["stateMachineVersionArn"] == f"{two}:2"


def test_an_alias_chooses_by_weight_and_the_seed(lab, two):
    routes = route((f"{two}:1", 75), (f"{two}:2", 25))
    lab.api.create_state_machine_alias(name="live", routingConfiguration=routes)
    runs = [lab.run(f"{two}:live") for _ in range(200)]
    outputs = Counter(lab.describe(run)["output"] for run in runs)
    assert 120 < outputs["1"] < 180
    assert set(outputs) == {"1", "2"}


def test_a_weight_of_nothing_is_never_chosen(lab, two):
    routes = route((f"{two}:1", 0), (f"{two}:2", 100))
    lab.api.create_state_machine_alias(name="live", routingConfiguration=routes)
    assert {lab.describe(lab.run(f"{two}:live"))["output"] for _ in range(20)} == {"2"}


def test_a_running_execution_keeps_its_revision(lab):
    wait = {"Wait": {"Type": "Wait", "Seconds": 60, "Next": "Only"}, **PASS}
    arn = lab.make(wait)
    run = lab.start(arn)
    lab.world.run(until=timedelta(seconds=1))
    lab.api.update_state_machine(stateMachineArn=arn, definition=text(9))
    lab.world.run()
    assert lab.describe(run)["output"] == "1"
    found = lab.api.describe_state_machine_for_execution(executionArn=run)
    assert json.loads(found["definition"])["StartAt"] == "Wait"
    assert lab.describe(lab.run(arn))["output"] == "9"


def test_executions_are_listed_by_version_and_alias(lab, two):
    lab.api.create_state_machine_alias(name="live", routingConfiguration=route((f"{two}:2", 100)))
    for name, arn in (("a", two), ("b", f"{two}:1"), ("c", f"{two}:live")):
        lab.run(arn, name=name)
    listed = {}
    for arn in (two, f"{two}:1", f"{two}:2", f"{two}:live"):
        items = lab.api.list_executions(stateMachineArn=arn)["executions"]
        listed[arn.removeprefix(two)] = [item["name"] for item in items]
    assert listed == {"": ["c", "b", "a"], ":1": ["b"], ":2": ["c"], ":live": ["c"]}


def test_nobody_has_a_version_that_was_deleted(lab, two):
    lab.api.delete_state_machine_version(stateMachineVersionArn=f"{two}:1")
    assert lab.refused(lab.api.start_execution, stateMachineArn=f"{two}:1") == (
        "StateMachineDoesNotExist",
        f"State Machine Does Not Exist: '{two}:1'",
    )
    versions = lab.api.list_state_machine_versions(stateMachineArn=two)["stateMachineVersions"]
    assert [item["stateMachineVersionArn"] for item in versions] == [f"{two}:2"]
    published = lab.api.publish_state_machine_version(stateMachineArn=two)
    assert published["stateMachineVersionArn"] == f"{two}:3"
    again = lab.api.publish_state_machine_version(stateMachineArn=two)
    assert again["stateMachineVersionArn"] == f"{two}:3"


@pytest.mark.parametrize(
    ("routes", "told"),
    [
        (((":1", 70), (":2", 31)), "Sum of routing configuration weights must equal 100. Received: [70, 31]"),
        (
            ((":1", 50), (":1", 50)),
            "Routing configuration must contain distinct state machine version ARNs."
            " Received: [ARN:1, ARN:1]",
        ),
        (
            (("", 100),),
            "Routing configuration must contain state machine version ARNs. Received: [ARN]",
        ),
    ],
)  # fmt: skip
def test_routes_that_lead_nowhere_are_refused(lab, two, routes, told):
    given = route(*((f"{two}{tail}", weight) for tail, weight in routes))
    code, message = lab.refused(
        lab.api.create_state_machine_alias, name="live", routingConfiguration=given
    )
    assert (code, message.replace(two, "ARN")) == ("ValidationException", told)


def test_aliases_of_one_version_are_listed(lab, two):
    for name, version in (("a", 1), ("b", 2)):
        lab.api.create_state_machine_alias(
            name=name, routingConfiguration=route((f"{two}:{version}", 100))
        )
    found = lab.api.list_state_machine_aliases(stateMachineArn=f"{two}:2")["stateMachineAliases"]
    assert [item["stateMachineAliasArn"] for item in found] == [f"{two}:b"]


@pytest.mark.usefixtures("two")
def test_a_machine_that_is_deleted_takes_its_executions_along(lab):
    arn = lab.make({"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}, "slow")
    run = lab.start(arn)
    lab.world.run(until=timedelta(seconds=1))
    lab.api.delete_state_machine(stateMachineArn=arn)
    lab.world.run()
    assert lab.describe(run)["status"] == "ABORTED"
    names = [item["name"] for item in lab.api.list_state_machines()["stateMachines"]]
    assert names == ["flow"]


def test_a_definition_that_is_wrong_is_refused(lab):
    code, message = lab.refused(
        lab.api.create_state_machine, name="bad", definition="{}", roleArn="arn:aws:iam::1:role/r"
    )
    assert code == "InvalidDefinition"
    assert message.startswith("Invalid State Machine Definition: '")
    assert lab.api.list_state_machines()["stateMachines"] == []


def test_a_call_that_boto3_would_not_send_is_refused_by_boto3(lab):
    from botocore.exceptions import ParamValidationError

    with pytest.raises(
        ParamValidationError, match='Missing required parameter in input: "roleArn"'
    ):
        lab.api.create_state_machine(name="bad", definition="{}")
