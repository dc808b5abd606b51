"""Recordings, where they lie beside the project; and executions as the AWS CLI exports them."""

from __future__ import annotations

import json
import runpy
from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.engine.clock import VirtualClock
from simulator.engine.engine import Engine
from simulator.engine.fibers import Scheduler
from simulator.engine.ports import Failure, Pending, Success

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
START = datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC)
MACHINE = "arn:aws:states:eu-west-1:210987654321:stateMachine:orders"
ROLE = "arn:aws:iam::210987654321:role/orders"


@pytest.fixture(scope="session")
def recordings():
    if not RECORDINGS.exists():
        pytest.skip("the recordings do not lie beside the project")
    return RECORDINGS


@pytest.fixture(scope="session")
def reference(recordings):
    """The comparer of the recordings' own project, and what else its module has."""
    return runpy.run_path(str(recordings / "compare.py"))


class Cloud:
    """The world of an exported execution: answers in order; callbacks come when they come."""

    def __init__(self, answers):
        self.answers = defaultdict(deque, {state: deque(given) for state, given in answers.items()})
        self.engine = None

    def run(self, call):
        answer = self.answers[call.state].popleft()
        if call.token is None:
            return answer
        clock = self.engine.runtime.clock
        for beat in range(1, answer.took // timedelta(seconds=4)):
            clock.call_after(beat * timedelta(seconds=4), lambda: self.engine.heartbeat(call.token))
        clock.call_after(answer.took, lambda: self.engine.settle(call.token, answer))
        if ":activity:" in call.resource:
            later = timedelta(milliseconds=700)
            clock.call_after(
                later, lambda: self.engine.take_activity(call.resource, "worker-1") and None
            )
            return Pending()
        return Pending({"MessageId": "m-1"}, timedelta(milliseconds=80))


def seconds(output, took=0.2):
    """A task's answer after so many seconds."""
    return Success(output, timedelta(seconds=took))


def failing(error, cause=None, took=0.2):
    return Failure(error, cause, timedelta(seconds=took))


@pytest.fixture
def export(tmp_path):
    """export(definition, answers, ...) → a folder with the three answers of the CLI."""

    def run(
        definition,
        answers=None,
        payload=None,
        *,
        name="order-42",
        stop=None,
        redrive=None,
        until=None,
    ):
        machine, problems = parse(Source.of(definition, Path("recorded.json")))
        assert machine is not None, problems
        cloud = Cloud(answers or {})
        scheduler = Scheduler(VirtualClock(START))
        cloud.engine = engine = Engine(scheduler, cloud, seed=7)
        arn = f"{MACHINE.replace('stateMachine', 'execution')}:{name}"
        given = {} if payload is None else payload
        execution = engine.start(
            machine,
            given,
            text=json.dumps(given),
            name=name,
            workflow="orders",
            arn=arn,
            state_machine_arn=MACHINE,
            role_arn=ROLE,
        )
        if stop is not None or until is not None:
            scheduler.run_until_idle(START + timedelta(seconds=stop or until))
        else:
            scheduler.run_until_idle()
        if stop is not None:
            engine.stop(execution, error="Stopped", cause="by hand")
        if redrive is not None:
            scheduler.run_until_idle(START + timedelta(seconds=redrive))
            engine.redrive(execution)
            scheduler.run_until_idle()
        write(tmp_path, name, definition, execution)
        return tmp_path

    return run


def write(folder, name, definition, run):
    """As AWS CLI version 2 prints it: members sorted by nobody, times as ISO-8601 with an offset."""
    events = [dict(event.to_aws()) for event in run.history]
    zone = timedelta(hours=1)
    for event in events:
        moment = datetime.fromisoformat(event["timestamp"])
        event["timestamp"] = (moment + zone).isoformat(timespec="milliseconds")[:-6] + "+01:00"
    described = {
        "executionArn": run.arn,
        "stateMachineArn": run.state_machine_arn,
        "name": run.name,
        "status": run.status,
        "startDate": events[0]["timestamp"],
        "input": events[0]["executionStartedEventDetails"]["input"],
    }
    if run.status == "SUCCEEDED":
        described["output"] = json.dumps(run.output)
    machine = {
        "stateMachineArn": MACHINE,
        "name": "orders",
        "definition": json.dumps(definition),
        "roleArn": ROLE,
        "updateDate": "2026-01-01T00:00:00+01:00",
    }
    for part, value in (
        ("history", {"events": events}),
        ("execution", described),
        ("machine", machine),
    ):
        (folder / f"{name}.{part}.json").write_text(json.dumps(value, indent=4), encoding="utf-8")
