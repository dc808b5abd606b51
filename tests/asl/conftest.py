"""Problems of definitions and of single states, as plain tuples."""

from pathlib import Path

import pytest

from simulator.asl.parse import parse
from simulator.asl.source import Source

PATH = Path("flow.asl.json")
WITHOUT_END = {"Choice", "Succeed", "Fail"}


def _problems(definition, kind="STANDARD"):
    _, found = parse(Source.of(definition, PATH), kind=kind)
    return [(p.code, p.location.pointer, p.message, p.hint) for p in found]


@pytest.fixture
def problems():
    """definition -> code, pointer, message and hint of each problem, in order."""
    return _problems


@pytest.fixture
def of_state():
    """The problems of one state, "S"; it ends unless it says otherwise."""

    def find(state, kind="STANDARD", **more):
        made = state if state["Type"] in WITHOUT_END else {"End": True, **state}
        return _problems({"StartAt": "S", "States": {"S": made, **more}}, kind)

    return find


@pytest.fixture
def only(of_state):
    """The one problem of a state."""

    def find(state, kind="STANDARD", **more):
        (problem,) = of_state(state, kind, **more)
        return problem

    return find
