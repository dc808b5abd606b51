"""Whatever a machine did: its exported history is repeated event by event, with or without times."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.engine.clock import VirtualClock
from simulator.engine.engine import Engine
from simulator.engine.fibers import Scheduler
from simulator.engine.limits import Limits
from simulator.engine.ports import Failure, Pending, Success
from simulator.errors import LimitReached
from simulator.verify.cases import Case
from simulator.verify.exports import export_of
from simulator.verify.verification import verify
from tests.properties.strategies import ERRORS, definitions, inputs, values

pytestmark = pytest.mark.slow

START = datetime(2026, 1, 1, tzinfo=UTC)
HERE = "arn:aws:states:us-east-1:111122223333:"
MACHINE, RUN = f"{HERE}stateMachine:Flow", f"{HERE}execution:Flow:one"
MOST = 300
# No task of the service takes no time at all.
lengths = st.integers(1, 9000).map(lambda number: timedelta(milliseconds=number))
answers = st.lists(
    st.one_of(
        st.builds(Success, values, lengths),
        st.builds(Failure, st.sampled_from(ERRORS), st.none() | st.text(max_size=5), lengths),
    ),
    min_size=1,
    max_size=4,
)
# What is another value in every run.
CHANCE = ("andom", "UUID", "$uuid", "FULL", "$now", "$millis", "EnteredTime")


class World:
    """Gives the answers in turn, again and again; calls with a token are answered later."""

    def __init__(self, given_answers):
        self.answers = given_answers
        self.calls = 0
        self.engine = None

    def run(self, call):
        self.calls += 1
        answer = self.answers[self.calls % len(self.answers)]
        if call.token is None:
            return answer
        clock = self.engine.runtime.clock
        clock.call_after(answer.took, lambda: self.settle(call.token, answer))
        return Pending({})

    def settle(self, token, answer):
        if any(task.token == token for task in self.engine.open_tasks):
            self.engine.settle(token, answer)


def recorded(definition, payload, given_answers, stop):
    """The history of a run; None when it has none of a moderate length."""
    machine, _ = parse(Source.of(definition, Path("flow.json")))
    scheduler, world = Scheduler(VirtualClock(START)), World(given_answers)
    limits = Limits(history_events=MOST, transitions=MOST)
    world.engine = engine = Engine(scheduler, world, limits=limits, seed=7)
    run = engine.start(
        machine,
        payload,
        text=json.dumps(payload),
        name="one",
        workflow="Flow",
        role_arn="role",
        arn=RUN,
        state_machine_arn=MACHINE,
    )
    try:
        scheduler.run_until_idle(None if stop is None else START + timedelta(seconds=stop))
    except LimitReached:
        return None
    if run.status == "RUNNING":
        engine.stop(run)
    events = [event.to_aws() for event in run.history]
    return events if len(events) < MOST else None


def delayed(events, chance):
    """As the service would have it: every step takes some milliseconds more."""
    lag = timedelta(0)
    for event in events:
        lag += timedelta(milliseconds=chance.choice([0, 0, 1, 5, 20, 60]))
        moment = datetime.fromisoformat(event["timestamp"]) + lag
        yield {**event, "timestamp": moment.isoformat(timespec="milliseconds")}


@given(definitions(), inputs, answers, st.sampled_from([None, None, 0.5, 3]), st.randoms())
def test_the_history_of_a_run_is_repeated(definition, payload, given_answers, stop, chance):
    text = json.dumps(definition)
    if any(word in text for word in CHANCE):
        return
    events = recorded(definition, payload, given_answers, stop)
    if events is None:
        return
    machine = {"stateMachineArn": MACHINE, "definition": text}
    for name, history in (
        ("as it was", events),
        ("slower", list(delayed(events, Random(chance.random())))),
    ):
        parts = {"history": {"events": history}, "machine": machine}
        recording = export_of(parts, "one", "", Path("one.history.json"))
        # Without describe-execution the names are made up; here they are known.
        recording |= {"name": "Flow", "execution_arn": RUN, "execution_name": "one"}
        check(recording, name)
        del recording["moments"]
        check(recording, f"{name}, without times")


def check(recording, name):
    case = Case("one", "", "execution", Path("one.history.json"), recording, is_export=True)
    outcome = verify(case)
    assert outcome.reason is None, name
    assert [str(one) for one in outcome.grade.differences] == [], name
    assert outcome.verdict == "passed", name
