"""Definitions with random damage: refused with problems, or run to an end; never a crash."""

import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from simulator.asl.checks import check
from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.diagrams.mermaid import draw
from simulator.engine.clock import VirtualClock
from simulator.engine.engine import Engine
from simulator.engine.fibers import Scheduler
from simulator.engine.limits import Limits
from simulator.engine.ports import Failure, Pending, Success
from simulator.errors import LimitReached
from simulator.values import compact

ASK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
VALUES = [
    None, True, 0, -1, 1.5, 1e300, 10**30, "", "$", "$$", "$.n", "$x", "{% 1 %}", "{%", "\\", "[*]",
    [], {}, [1], {"a.$": "$.n"}, "2026-01-01T00:00:00Z", "{% $states.input %}", "{% $x %}", "$..a",
    "States.ALL", "States.UUID()", "\ud800",
]  # fmt: skip
JSONPATH = {
    "StartAt": "Set",
    "TimeoutSeconds": 900,
    "States": {
        "Set": {"Type": "Pass", "Assign": {"x.$": "$.b"}, "Result": {"b": 1}, "ResultPath": "$.r", "Next": "If"},
        "If": {
            "Type": "Choice",
            "Choices": [
                {"And": [{"Variable": "$.n", "NumericLessThan": 9}, {"Variable": "$x", "IsPresent": True}], "Next": "Ask"},
                {"Variable": "$.s", "StringMatches": "a*", "Next": "Rest"},
            ],
            "Default": "Bad",
        },
        "Ask": {
            "Type": "Task",
            "Resource": ASK,
            "HeartbeatSeconds": 5,
            "TimeoutSecondsPath": "$.n",
            "Parameters": {"MessageBody": {"t.$": "$$.Task.Token"}, "f.$": "States.Format('{}', $.n)"},
            "ResultSelector": {"all.$": "$"},
            "ResultPath": "$.asked",
            "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 2, "JitterStrategy": "FULL"}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Each"}],
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.list",
            "ItemSelector": {"i.$": "$$.Map.Item.Value"},
            "MaxConcurrency": 2,
            "ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Wait", "SecondsPath": "$.i", "End": True}}},
            "ResultPath": None,
            "Next": "Rest",
        },
        "Rest": {"Type": "Wait", "Timestamp": "2026-01-01T00:01:00Z", "OutputPath": "$.n", "End": True},
        "Bad": {"Type": "Fail", "ErrorPath": "$.s", "Cause": "c"},
    },
}  # fmt: skip
JSONATA = {
    "StartAt": "Set",
    "QueryLanguage": "JSONata",
    "States": {
        "Set": {"Type": "Pass", "Assign": {"x": "{% $states.input.n %}"}, "Next": "If"},
        "If": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $x < 9 %}", "Output": {"n": "{% $x %}"}, "Next": "Both"}],
            "Default": "Bad",
        },
        "Both": {
            "Type": "Parallel",
            "Arguments": {"n": "{% $states.input.n %}"},
            "Branches": [
                {
                    "StartAt": "Call",
                    "States": {
                        "Call": {
                            "Type": "Task",
                            "Resource": "arn:aws:states:::lambda:invoke",
                            "Arguments": {"Payload": "{% $x %}"},
                            "TimeoutSeconds": "{% $x + 1 %}",
                            "Output": "{% $states.result %}",
                            "End": True,
                        }
                    },
                },
                {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": "{% $x %}", "End": True}}},
            ],
            "Retry": [{"ErrorEquals": ["States.ALL"], "BackoffRate": 1.5}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "Bad"}],
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "Items": "{% [1..3] %}",
            "MaxConcurrency": "{% $x %}",
            "ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Succeed", "Output": "{% $x %}"}}},
            "End": True,
        },
        "Bad": {"Type": "Fail", "Error": "{% 'E' %}", "Cause": "{% $string($states.input) %}"},
    },
}  # fmt: skip


def places(value, path=()):
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in inner:
        yield (*path, key)
        yield from places(item, (*path, key))


def damaged(definition, chance):
    """One or two values of it removed, replaced, or added under a name from elsewhere."""
    made = copy.deepcopy(definition)
    for _ in range(chance.choice([1, 1, 2])):
        path = chance.choice(list(places(made)))
        around = made
        for key in path[:-1]:
            around = around[key]
        kind = chance.random()
        if kind < 0.15:
            del around[path[-1]]
        elif kind < 0.8 or isinstance(around, list):
            around[path[-1]] = copy.deepcopy(chance.choice(VALUES))
        else:
            names = [place[-1] for place in places(definition) if isinstance(place[-1], str)]
            around[chance.choice(names)] = copy.deepcopy(around[path[-1]])
    return made


class AnyAnswer:
    def __init__(self, chance):
        self.chance = chance

    def run(self, call):
        took = timedelta(seconds=self.chance.choice([0, 1, 100]))
        kind = self.chance.random()
        if kind < 0.3:
            return Failure(
                self.chance.choice(["E", "States.Timeout", "States.Runtime", None]), "c", took
            )
        if call.token is not None and kind < 0.5:
            return Pending(took=took)
        return Success(self.chance.choice([None, 5, "text", [], {"n": 1}]), took)


@pytest.mark.parametrize("definition", [JSONPATH, JSONATA], ids=["JSONPath", "JSONata"])
@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_definition_is_refused_or_runs_to_an_end(definition, seed):
    chance = Random(seed)
    statuses = set()
    for _ in range(300):
        made = damaged(definition, chance)
        machine, problems = parse(Source.of(made, Path("flow.asl.json")))
        if machine is None:
            assert any(problem.severity == "error" for problem in problems)
            continue
        check(machine)
        draw(machine)
        scheduler = Scheduler(VirtualClock(datetime(2026, 1, 1, tzinfo=UTC)))
        limits = Limits(history_events=300, transitions=500)
        engine = Engine(scheduler, AnyAnswer(chance), limits=limits)
        payload = chance.choice([{"n": 3, "s": "abc", "list": [1, 0]}] * 8 + VALUES)
        try:
            run = engine.start(machine, payload, name="one")
            scheduler.run_until_idle()
        except LimitReached:
            continue
        assert run.status != "RUNNING" or engine.open_tasks
        statuses.add(run.status)
        compact([event.to_aws() for event in run.history])
    assert {"SUCCEEDED", "FAILED"} <= statuses


def test_the_whole_definitions_run(play):
    answer = [Success({"n": 1})]
    assert play(JSONPATH, {"n": 3, "s": "a", "list": [1]}, tasks={"Ask": answer}).output == 3
    assert play(JSONATA, {"n": 3}, tasks={"Call": answer}).output == [3, 3, 3]
