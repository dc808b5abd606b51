"""Audited executions of small definitions with scripted tasks."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.coverage.coverage import Coverage
from simulator.engine.clock import VirtualClock
from simulator.engine.engine import Engine
from simulator.engine.fibers import Scheduler
from simulator.engine.ports import Success

START = datetime(2026, 1, 1, tzinfo=UTC)
PATH = Path("flow.asl.json")


class Script:
    """Answers by state, in turn; the last one for all later calls."""

    def __init__(self, answers):
        self.answers = {state: list(given) for state, given in answers.items()}

    def run(self, call):
        given = self.answers[call.state]
        return given.pop(0) if len(given) > 1 else given[0]


@pytest.fixture
def machine():
    """A machine whose states stand one a line, from line 2."""

    def make(states, path=PATH):
        names = list(states)
        made = {}
        for name, following in zip(names, [*names[1:], None], strict=True):
            made[name] = dict(states[name])
            ends = states[name]["Type"] in {"Choice", "Succeed", "Fail"}
            if not ends and not {"Next", "End"} & states[name].keys():
                made[name] |= {"End": True} if following is None else {"Next": following}
        rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(made[name])}" for name in names)
        text = f'{{"StartAt": "{names[0]}", "States": {{\n{rows}\n}}}}\n'
        parsed, problems = parse(Source.read(text, path))
        assert parsed is not None, problems
        return parsed

    return make


@pytest.fixture
def execute():
    """Run a machine once; `act` may do something to the world before it runs."""

    def run(made, payload=None, *, tasks=None, act=None, audit=True):
        scheduler = Scheduler(VirtualClock(START))
        engine = Engine(scheduler, Script(tasks or {}), audit=audit)
        execution = engine.start(
            made, {} if payload is None else payload, name="one", workflow="Flow",
            state_machine_arn="arn:aws:states:us-east-1:111122223333:stateMachine:Flow",
            arn="arn:aws:states:us-east-1:111122223333:execution:Flow:one", role_arn="role",
        )  # fmt: skip
        if act is not None:
            act(engine, execution)
        scheduler.run_until_idle()
        return execution

    return run


@pytest.fixture
def cover(machine, execute):
    """The coverage of one execution of these states."""

    def run(states, payload=None, **more):
        made = machine(states)
        return Coverage.of(made, [execute(made, payload, **more)], name="Flow")

    return run


@pytest.fixture
def ok():
    def make(output=None, seconds=0):
        return Success(output, timedelta(seconds=seconds))

    return make
