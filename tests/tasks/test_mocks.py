"""Scripted results, by state and attempt; and what runs a resource that nobody knows."""

from __future__ import annotations

import pytest

from simulator.engine.ports import Failure, Pending, Success, TaskCall
from simulator.errors import LimitReached, UsageError
from simulator.tasks.mocks import Mocked
from simulator.tasks.mounts import Mounts
from tests.tasks.conftest import states, task

RETRIED = task("sqs:sendMessage", {}, Retry=[{"ErrorEquals": ["Busy"], "MaxAttempts": 2}])
BUSY = Failure("Busy", "later")


class Echo:
    def run(self, call):
        return Success(call.where)


def call(state="Charge", where="", workflow="payment", execution="run-1"):
    resource = "arn:aws:states:::sqs:sendMessage"
    return TaskCall(resource, {}, execution, "arn", workflow, state, where or state, 1, 1)


def test_a_script_is_played_attempt_by_attempt(lab):
    script = {"A": [BUSY, BUSY, Success({"ok": 1})]}
    world = lab(options={"mocks": script}, Main=states(A=RETRIED))
    run = world.start("Main", {})
    world.run()
    assert (run.status, run.output, world.cloud.calls) == ("SUCCEEDED", {"ok": 1}, [])


def test_a_script_that_fails_once_too_often_fails_the_execution(lab):
    world = lab(options={"mocks": {"A": [BUSY] * 3}}, Main=states(A=RETRIED))
    run = world.start("Main", {})
    world.run()
    assert (run.status, run.error, run.cause) == ("FAILED", "Busy", "later")


def test_a_script_that_is_too_short_says_how_often_the_state_was_called(lab):
    world = lab(options={"mocks": {"A": [BUSY]}}, Main=states(A=RETRIED))
    world.start("Main", {})
    with pytest.raises(LimitReached) as caught:
        world.run()
    assert str(caught.value) == (
        "scripted_results: the state 'A' of lab-Main was called 2 times, and its script 'A' has"
        " 1 results"
    )


def test_a_scripted_callback_waits_for_its_token(lab):
    state = task("sqs:sendMessage.waitForTaskToken", {"MessageBody.$": "$$.Task.Token"})
    world = lab(options={"mocks": {"A": [Pending({"MessageId": "1"})]}}, Main=states(A=state))
    run = world.start("Main", {})
    world.run(until=world.now)
    world.settle(world.open_tasks()[0].token, Failure("No", "never"))
    world.run()
    assert (run.error, run.cause) == ("No", "never")


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("Charge", True),
        ("Each[1]/Charge", True),
        ("payment/Charge", True),
        ("payment/Each[1]/Charge", True),
        ("Each[0]/Charge", False),
        ("other/Charge", False),
    ],
)
def test_a_script_is_found_by_state_place_and_workflow(key, wanted):
    runner = Mocked({key: [Success("scripted")]}, Echo())
    found = runner.run(call("Charge", "Each[1]/Charge"))
    assert found == Success("scripted" if wanted else "Each[1]/Charge")


def test_the_most_precise_script_wins():
    keys = ("payment/Each[1]/Charge", "payment/Charge", "Each[1]/Charge", "Charge")
    for number in range(len(keys)):
        runner = Mocked({key: [Success(key)] for key in reversed(keys[number:])}, Echo())
        assert runner.run(call("Charge", "Each[1]/Charge")) == Success(keys[number])


def test_each_execution_plays_the_script_from_its_beginning():
    runner = Mocked({"Charge": [Success(1), Success(2)]}, Echo())
    calls = [call(execution=name) for name in ("a", "b", "a", "b")]
    assert [runner.run(one).output for one in calls] == [1, 1, 2, 2]


def test_the_first_mount_that_fits_runs_the_resource():
    class Other:
        def run(self, _call):
            return Success("other")

    mounts = Mounts([("arn:*:states:::sqs:*", Other()), ("arn:*", Echo())])
    assert [mounts.run(call()).output for _ in range(2)] == ["other", "other"]


def test_a_resource_that_nothing_runs_is_refused_with_the_state():
    with pytest.raises(UsageError) as caught:
        Mounts([("arn:*:lambda:*", Echo())]).run(call())
    assert str(caught.value) == (
        "nothing runs the resource arn:aws:states:::sqs:sendMessage of the state 'Charge' in"
        " payment; script its result, or mount a runner: tasks={pattern: runner}"
    )


def test_a_mounted_runner_comes_before_the_built_in_ones(lab):
    world = lab(options={"tasks": {"arn:*:sqs:*": Echo()}}, Main=states(A=RETRIED))
    run = world.start("Main", {})
    world.run()
    assert run.output == "A"
