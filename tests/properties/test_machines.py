"""Whatever the definition and its input: refused with problems, or run to an end, twice the same."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.asl.checks import check
from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.engine.clock import VirtualClock
from simulator.engine.engine import Engine
from simulator.engine.fibers import Scheduler
from simulator.engine.limits import Limits
from simulator.engine.ports import Failure, Success
from simulator.errors import LimitReached, SourceError
from simulator.values import canonical, compact
from tests.properties.printing import printed
from tests.properties.strategies import ERRORS, damaged, definitions, inputs, values

pytestmark = pytest.mark.slow

START = datetime(2026, 1, 1, tzinfo=UTC)
HERE = "arn:aws:states:us-east-1:111122223333:"
FEW = Limits(history_events=400, transitions=2000)
answers = st.lists(
    st.one_of(
        values.map(Success),
        st.builds(Success, values, st.integers(0, 9).map(lambda n: timedelta(seconds=n))),
        st.builds(Failure, st.sampled_from(ERRORS), st.none() | st.text(max_size=5)),
    ),
    min_size=1,
    max_size=4,
)
KINDS = st.sampled_from(["STANDARD", "EXPRESS"])
PATH = Path("flow.asl.json")


class Answers:
    """A TaskRunner that gives the answers in turn, again and again."""

    def __init__(self, given_answers):
        self.answers = given_answers
        self.calls = 0

    def run(self, _call):
        self.calls += 1
        return self.answers[self.calls % len(self.answers)]


def record(machine, payload, given_answers, kind):
    """All that can be seen of a run, as one text."""
    scheduler = Scheduler(VirtualClock(START))
    engine = Engine(scheduler, Answers(given_answers), limits=FEW, seed=7)
    run = engine.start(
        machine, payload, name="one", workflow="Flow", kind=kind, role_arn="role",
        arn=f"{HERE}execution:Flow:one", state_machine_arn=f"{HERE}stateMachine:Flow",
    )  # fmt: skip
    try:
        scheduler.run_until_idle()
    except LimitReached as limit:  # a loop that never ends
        return f"{limit}"
    assert run.status in ("SUCCEEDED", "FAILED", "TIMED_OUT")
    events = [event.to_aws() for event in run.history]
    return json.dumps([run.status, run.output, run.error, run.cause, events], default=str)


def parsed(definition, kind="STANDARD"):
    return parse(Source.of(definition, PATH), kind=kind)


@given(definitions(), KINDS)
def test_a_right_definition_has_no_errors(definition, kind):
    machine, problems = parsed(definition, kind)
    assert [problem for problem in problems if problem.severity == "error"] == []
    assert machine is not None
    check(machine)


@given(definitions(), inputs, answers, KINDS)
def test_a_run_ends_and_is_the_same_twice(definition, payload, given_answers, kind):
    machine, _ = parsed(definition, kind)
    assert machine is not None
    first = record(machine, payload, given_answers, kind)
    again, _ = parsed(json.loads(compact(definition)), kind)
    assert again is not None
    assert record(again, payload, given_answers, kind) == first


@given(damaged(), inputs, answers)
def test_a_damaged_definition_is_refused_or_runs(definition, payload, given_answers):
    machine, problems = parsed(definition)
    if machine is None:
        assert problems
        return
    check(machine)
    record(machine, payload, given_answers, "STANDARD")


@given(values)
def test_no_json_is_too_odd_for_the_parser(value):
    machine, problems = parsed(value)
    assert machine is not None or problems


@given(definitions())
def test_a_machine_printed_and_parsed_is_the_same_machine(definition):
    machine, _ = parsed(definition)
    assert machine is not None
    text = printed(machine)
    again, problems = parsed(text)
    assert [problem for problem in problems if problem.severity == "error"] == []
    assert again is not None
    assert again == machine
    assert canonical(printed(again)) == canonical(text)


@given(definitions(), st.sampled_from([None, 1, "\t"]))
def test_the_text_of_a_definition_reads_as_itself(definition, indent):
    source = Source.read(json.dumps(definition, indent=indent), PATH)
    assert source.value == definition
    assert source.problems == ()
    assert parse(source)[1] == [] or parse(source)[0] is not None


@given(st.text(max_size=30), st.sampled_from(["flow.json", "flow.yaml"]))
def test_any_text_is_read_or_refused(text, name):
    try:
        source = Source.read(text, Path(name))
    except SourceError:
        return
    parse(source)
