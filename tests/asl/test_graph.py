"""States and transitions as data."""

from pathlib import Path

import pytest

from simulator.asl.graph import (
    Transition,
    all_graphs,
    all_states,
    inner_graphs,
    leading_to,
    reached,
    to_networkx,
    transitions,
)
from simulator.asl.parse import parse
from simulator.asl.source import Source

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"


def graph_of(name, state):
    return {"StartAt": name, "States": {name: state}}


@pytest.fixture
def machine():
    catch = [{"ErrorEquals": ["A"], "Next": "End"}, {"ErrorEquals": ["B"], "Next": "Wait"}]
    inner = {"Type": "Map", "ItemProcessor": graph_of("Deep", {"Type": "Succeed"}), "End": True}
    states = {
        "Ask": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$", "IsNull": True, "Next": "Task"},
                {"Variable": "$", "IsString": True, "Next": "End"},
            ],
            "Default": "Wait",
        },
        "Task": {"Type": "Task", "Resource": FUNCTION, "Catch": catch, "Next": "Both"},
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Ask"},
        "Both": {"Type": "Parallel", "Branches": [graph_of("In", inner)], "End": True},
        "End": {"Type": "Fail"},
        "Lost": {"Type": "Pass", "Next": "End"},
    }
    made, problems = parse(Source.of({"StartAt": "Ask", "States": states}, Path("f.asl.json")))
    assert made is not None, problems
    return made


def test_transitions_stand_in_the_order_of_the_definition(machine):
    assert transitions(machine.graph) == [
        Transition("Ask", "Task", "choice", 0),
        Transition("Ask", "End", "choice", 1),
        Transition("Ask", "Wait", "default"),
        Transition("Task", "Both", "next"),
        Transition("Task", "End", "catch", 0),
        Transition("Task", "Wait", "catch", 1),
        Transition("Wait", "Ask", "next"),
        Transition("Lost", "End", "next"),
    ]


def test_a_choice_without_default_has_its_rules_alone():
    states = {
        "C": {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "E"}]},
        "E": {"Type": "Succeed"},
    }
    machine, _ = parse(Source.of({"StartAt": "C", "States": states}, Path("f.asl.json")))
    assert transitions(machine.graph) == [Transition("C", "E", "choice", 0)]


def test_inner_graphs_are_branches_and_processors(machine):
    states = machine.states
    assert [graph.start_at for graph in inner_graphs(states["Both"])] == ["In"]
    assert inner_graphs(states["Task"]) == ()
    assert [graph.start_at for graph in all_graphs(machine.graph)] == ["Ask", "In", "Deep"]
    assert [state.name for state in all_states(machine)] == [*states, "In", "Deep"]


def test_what_the_start_reaches_and_what_leads_to_a_state(machine):
    assert reached(machine.graph) == {"Ask", "Task", "Wait", "Both", "End"}
    assert leading_to(machine.graph, ["Both"]) == {"Both", "Task", "Ask", "Wait"}
    assert leading_to(machine.graph, []) == set()


def test_algorithms_get_a_networkx_graph_with_our_data(machine):
    graph = to_networkx(machine.graph)
    assert graph.nodes["Ask"]["state"] is machine.states["Ask"]
    moves = [data["transition"] for _, _, data in graph.out_edges("Task", data=True)]
    assert [move.kind for move in moves] == ["next", "catch", "catch"]
