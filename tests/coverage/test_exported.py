"""A history as AWS exports it is laid over the diagram as an audited execution is."""

import pytest

from simulator.coverage.coverage import Coverage
from simulator.coverage.exported import overlay_of_export
from simulator.engine.ports import Failure, Success

TASK = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:1:function:F"}
END = {"Type": "Pass", "End": True}


def graph(**states):
    return {"StartAt": next(iter(states)), "States": states}


RETRIED = TASK | {
    "Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 1}],
    "Catch": [{"ErrorEquals": ["B"], "Next": "Y"}, {"ErrorEquals": ["States.ALL"], "Next": "Z"}],
}
CHOICE = {
    "Type": "Choice",
    "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "Y"}],
    "Default": "Z",
}
BODY = graph(T=TASK | {"End": True})
MAP = {
    "Type": "Map",
    "ItemProcessor": BODY,
    "Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 1}],
    "Catch": [{"ErrorEquals": ["A"], "Next": "Z"}],
    "Next": "Y",
}
BRANCHES = [graph(T=TASK | {"End": True}), graph(W={"Type": "Wait", "Seconds": 4, "End": True})]
PARALLEL = {
    "Type": "Parallel",
    "Branches": BRANCHES,
    "Catch": [{"ErrorEquals": ["States.BranchFailed"], "Next": "Z"}],
    "Next": "Y",
}


@pytest.mark.parametrize(
    ("states", "payload", "answers"),
    [
        ({"A": {"Type": "Wait", "Seconds": 2}, "Z": {"Type": "Succeed"}}, {}, []),
        ({"C": CHOICE, "Y": END, "Z": END}, {"n": 1}, []),
        ({"C": CHOICE, "Y": END, "Z": END}, {"n": 2}, []),
        ({"T": RETRIED | {"Next": "Y"}, "Y": END, "Z": END}, {}, [Success(1)]),
        ({"T": RETRIED | {"Next": "Y"}, "Y": END, "Z": END}, {}, [Failure("A"), Success(1)]),
        ({"T": RETRIED | {"Next": "Y"}, "Y": END, "Z": END}, {}, [Failure("A")]),
        ({"T": RETRIED | {"Next": "Y"}, "Y": END, "Z": END}, {}, [Failure("B")]),
        ({"T": TASK | {"End": True}}, {}, [Failure("B")]),
        ({"M": MAP, "Y": END, "Z": END}, [1, 2], [Success(1)]),
        ({"M": MAP, "Y": END, "Z": END}, [1, 2], [Failure("A"), Success(1)]),
        ({"M": MAP, "Y": END, "Z": END}, [1, 2], [Failure("A")]),
        ({"P": PARALLEL, "Y": END, "Z": END}, {}, [Success(1)]),
        ({"P": PARALLEL, "Y": END, "Z": END}, {}, [Failure("A")]),
    ],
)
def test_an_export_gives_the_overlay_of_the_execution(machine, execute, states, payload, answers):
    made = machine(states)
    run = execute(made, payload, tasks={"T": answers})
    events = [event.to_aws() for event in run.history]
    assert overlay_of_export(made, events) == Coverage.of(made, [run]).overlay()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda events: events[1:], "event 1 has the id 2; is the history complete?"),
        (lambda _: [{"id": 1}], "event 1 is not one of a history: 'timestamp'"),
        (lambda _: ["no"], "event 1 is not one of a history"),
        (
            lambda events: [events[0], events[1] | {"stateEnteredEventDetails": {"name": "B"}}],
            "it entered the state 'B', which the workflow does not have",
        ),
    ],
)
def test_what_is_no_history_of_the_workflow_is_refused(machine, execute, change, message):
    made = machine({"A": END})
    events = [event.to_aws() for event in execute(made).history]
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        overlay_of_export(made, change(events))
