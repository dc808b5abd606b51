"""A small world: one definition, scripted tasks, virtual time, and histories as lines."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.engine.behaviour import CURRENT
from simulator.engine.clock import VirtualClock
from simulator.engine.engine import Engine
from simulator.engine.fibers import Scheduler
from simulator.engine.ports import Failure, Success
from simulator.values import compact

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ARN = "arn:aws:states:us-east-1:111122223333:execution:Flow:one"
ENDS = {"Choice", "Succeed", "Fail"}


def whole(states):
    """A definition from its states alone: each leads to the next one written, the last one ends."""
    if "States" in states:
        return states
    made, names = {}, list(states)
    for name, following in zip(names, [*names[1:], None], strict=True):
        made[name] = dict(states[name])
        if states[name]["Type"] not in ENDS and not {"Next", "End"} & states[name].keys():
            made[name] |= {"End": True} if following is None else {"Next": following}
    return {"StartAt": names[0], "States": made}


class Script:
    """A TaskRunner: the answers of each state in turn, the last of them for all later calls.

    An answer that can be called gets the call.
    """

    def __init__(self, answers):
        self.answers = {state: list(given) for state, given in answers.items()}
        self.calls = []
        self._seen = defaultdict(int)

    def run(self, call):
        given = self.answers[call.state]
        answer = given[min(self._seen[call.state], len(given) - 1)]
        self._seen[call.state] += 1
        self.calls.append(call)
        return answer(call) if callable(answer) else answer


class Played:
    """An execution and the world in which it ran."""

    def __init__(self, answers, limits, seed, decisions, observers, **more):
        self.clock = VirtualClock(START)
        self.scheduler = Scheduler(self.clock, decisions)
        self.script = Script(answers)
        self.engine = Engine(
            self.scheduler, self.script, limits=limits, seed=seed, decisions=decisions,
            observers=observers, **more,
        )  # fmt: skip
        self.run = None

    def start(self, definition, payload, *, kind="STANDARD", name="one", arn=ARN, **more):
        source = Source.of(whole(definition), Path("flow.asl.json"))
        machine, problems = parse(source, kind=kind)
        assert machine is not None, problems
        self.run = self.engine.start(
            machine,
            payload,
            name=name,
            workflow="Flow",
            arn=arn,
            state_machine_arn="arn:aws:states:us-east-1:111122223333:stateMachine:Flow",
            role_arn="role",
            kind=kind,
            **more,
        )
        return self.run

    def later(self, seconds, action):
        """Arrange what the world does to the execution from outside."""
        self.clock.call_after(timedelta(seconds=seconds), action)

    def finish(self):
        self.scheduler.run_until_idle()
        return self

    @property
    def aws(self):
        return [event.to_aws() for event in self.run.history]

    @property
    def lines(self):
        """The whole history: id, type, previous id, seconds since the start, and the details.

        What every event repeats is left out: "...Details" that say that nothing is truncated.
        """
        return [_line(event) for event in self.run.history]

    @property
    def last(self):
        """How it ended: the last event as a line, without its id and its previous id."""
        return f"{self.run.history[-1].type}{_details(self.run.history[-1])}"

    @property
    def types(self):
        return [event.type for event in self.run.history]

    @property
    def output(self):
        assert self.run.status == "SUCCEEDED", (self.run.error, self.run.cause)
        return self.run.output

    def seconds(self, kind):
        """When, in seconds since the start, events of this type were written."""
        return [(e.at - START) / SECOND for e in self.run.history if e.type == kind]


def _details(event):
    """Texts stand as they are: nearly all of them are JSON already."""
    return "".join(
        f" {key}={value if isinstance(value, str) else compact(value)}"
        for key, value in event.to_aws().get(event.member, {}).items()
        if not key.endswith("Details")
    )


def _line(event):
    at = (event.at - START) / SECOND
    return f"{event.id} {event.type} ←{event.previous} @{at:g}{_details(event)}"


@pytest.fixture
def play():
    """Run a definition (or only its states) to its end."""

    def run(
        definition, payload=None, *, tasks=None, limits=None, seed=0, decisions=None,
        observers=(), items=None, behaviour=CURRENT, audit=False,
        **more,
    ):  # fmt: skip
        played = Played(
            tasks or {}, limits, seed, decisions, observers, items=items, behaviour=behaviour,
            audit=audit,
        )  # fmt: skip
        played.start(definition, {} if payload is None else payload, **more)
        return played.finish()

    return run


@pytest.fixture
def world():
    """A world in which the test itself starts the definition and lets time pass."""

    def make(tasks=None, *, limits=None, seed=0, items=None):
        return Played(tasks or {}, limits, seed, None, (), items=items)

    return make


@pytest.fixture
def ok():
    def make(output, seconds=0):
        return Success(output, timedelta(seconds=seconds))

    return make


@pytest.fixture
def no():
    def make(error, cause=None, seconds=0):
        return Failure(error, cause, timedelta(seconds=seconds))

    return make
