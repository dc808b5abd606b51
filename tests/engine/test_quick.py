"""What makes the engine quick and small changes nothing that anybody can see.

An observer makes every state take its thorough step, and none lets it take the quick one.
"""

import gc
import json
import tracemalloc
import weakref
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.engine.clock import VirtualClock
from simulator.engine.engine import Engine
from simulator.engine.fibers import Scheduler
from simulator.engine.limits import DEEPEST, Limits, size_bound
from simulator.engine.ports import Success
from simulator.engine.runtime import is_token, new_token
from simulator.values import size_in_bytes

WORKLOADS = Path(__file__).parent.parent / "bench" / "workloads"
FUNCTIONS = json.loads((WORKLOADS.parent / "functions.json").read_text())
COUNT = {
    "Init": {"Type": "Pass", "Result": {"i": 0}},
    "Inc": {"Type": "Pass", "Parameters": {"i.$": "States.MathAdd($.i, 1)"}, "Next": "More"},
    "More": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.i", "NumericLessThan": 50, "Next": "Inc"}],
        "Default": "Done",
    },
    "Done": {"Type": "Succeed"},
}
P = {"Type": "Pass"}
MEMBER = {**P, "Result": [1, "é"], "ResultPath": "$.a"}
CHOICE = {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "Z"}]}


class Seen:
    def __init__(self):
        self.events = []

    def see(self, execution, event):  # noqa: ARG002 - as the port has it
        self.events.append(event.to_aws())


class Bench:
    """An engine with the trivial functions of the payment workload."""

    def __init__(self, **more):
        self.scheduler = Scheduler(VirtualClock(datetime(2026, 1, 1, tzinfo=UTC)))
        self.engine = Engine(self.scheduler, self, **more)

    def run(self, call):
        return Success(FUNCTIONS[call.resource.rpartition(":")[2]])

    def play(self, definition, payload, name="one"):
        machine, problems = parse(Source.of(definition, Path("flow.asl.json")))
        assert machine is not None, problems
        made = self.engine.start(machine, payload, name=name)
        self.scheduler.run(made.done)
        return made


def definition_of(states):
    names = list(states)
    made = {}
    for name, following in zip(names, [*names[1:], None], strict=True):
        state = states[name]
        ends = state["Type"] in {"Choice", "Succeed"} or "Next" in state
        made[name] = (
            state if ends else {**state, **({"Next": following} if following else {"End": True})}
        )
    return {"StartAt": names[0], "States": made}


def workload(name):
    kind = name.partition(".")[0]
    return (
        json.loads((WORKLOADS / f"{name}.asl.json").read_text()),
        json.loads((WORKLOADS / f"{kind}.input.json").read_text()),
        json.loads((WORKLOADS / f"{kind}.expect.json").read_text()),
    )


@pytest.mark.parametrize("form", ["", ".jsonata"])
@pytest.mark.parametrize("name", ["a_pass10", "b_payment", "c_map100", "d_loop1000", "e_wait15"])
def test_the_workloads_have_one_history_with_and_without_observers(name, form):
    definition, payload, expected = workload(f"{name}{form}")
    quick = Bench().play(definition, payload)
    seen = Seen()
    thorough = Bench(observers=[seen]).play(definition, payload)
    assert quick.output == thorough.output == expected["output"]
    assert quick.transitions == expected["transitions"]
    assert [event.to_aws() for event in quick.history] == seen.events
    assert list(quick.history) == quick.history[:]


@pytest.mark.parametrize(
    ("states", "payload"),
    [
        (COUNT, {}),
        ({"A": MEMBER, "B": MEMBER, "C": P}, {"z": 1}),
        ({"A": MEMBER}, [1]),
        ({"A": MEMBER}, None),
        ({"A": {**P, "Parameters": {"x.$": "$.missing"}}}, {"z": 1}),
        ({"A": {**P, "Parameters": {"x.$": "$.z"}, "ResultPath": "$.z.y"}}, {"z": 1}),
        ({"A": {**P, "Parameters": {"x.$": "States.UUID()"}, "ResultPath": "$.u"}}, {}),
        ({"A": {**P, "Parameters": {"x.$": "$$.State.EnteredTime"}}}, {}),
        ({"A": {**P, "Assign": {"v.$": "$.z"}}, "B": {**P, "Parameters": {"w.$": "$v"}}}, {"z": 1}),
        ({"A": {**P, "Result": 5, "ResultPath": None}, "B": {"Type": "Succeed"}}, {"z": 1}),
        ({"A": CHOICE, "Z": P}, {"a": None}),
        ({"A": CHOICE, "Z": P}, {"a": 1}),
        ({"A": CHOICE, "Z": P}, {}),
        ({"A": {"Type": "Succeed", "OutputPath": "$.a"}}, {"a": 1}),
        ({"A": {"Type": "Succeed", "InputPath": "$.b"}}, {"a": 1}),
        ({"A": {**P, "QueryLanguage": "JSONata", "Output": "{% $states.input.z %}"}}, {"z": [1]}),
        ({"A": {**P, "QueryLanguage": "JSONata", "Output": "{% $states.input.y %}"}}, {"z": [1]}),
        ({"A": {**P, "QueryLanguage": "JSONata", "Output": "{% $uuid() %}"}}, {}),
    ],
)  # fmt: skip
def test_one_state_has_one_history_with_and_without_observers(states, payload):
    definition, seen = definition_of(states), Seen()
    quick = Bench().play(definition, payload)
    thorough = Bench(observers=[seen]).play(definition, payload)
    assert quick.status == thorough.status
    assert [event.to_aws() for event in quick.history] == seen.events


@pytest.mark.parametrize("events", range(3, 12))
def test_a_full_history_ends_at_the_same_event_with_and_without_observers(events):
    limits, seen = Limits(history_events=events), Seen()
    definition = definition_of(COUNT)
    quick = Bench(limits=limits).play(definition, {})
    Bench(limits=limits, observers=[seen]).play(definition, {})
    assert [event.to_aws() for event in quick.history] == seen.events
    assert len(quick.history) == events
    assert quick.history[-1].type == "ExecutionFailed"


@pytest.mark.parametrize("size", range(240, 262))
def test_an_output_that_grows_is_refused_at_the_same_state_with_and_without_observers(size):
    limits, seen = Limits(payload_bytes=size), Seen()
    definition = definition_of(
        {f"S{n}": {**P, "Result": "x" * n, "ResultPath": f"$.k{n}"} for n in range(20)}
    )
    quick = Bench(limits=limits).play(definition, {})
    Bench(limits=limits, observers=[seen]).play(definition, {})
    assert quick.error == "States.DataLimitExceeded"
    assert [event.to_aws() for event in quick.history] == seen.events
    biggest = max(size_in_bytes(event.parts[0]) for event in quick.history[1:-1])
    assert size - 30 < biggest <= size


def test_without_a_history_events_are_numbered_and_seen_and_not_kept():
    definition, payload, expected = workload("b_payment")
    full, seen = Seen(), Seen()
    Bench(observers=[full]).play(definition, payload)
    run = Bench(observers=[seen], history="off").play(definition, payload)
    assert run.output == expected["output"]
    assert seen.events == full.events
    assert run.event_count == len(full.events)
    assert (list(run.history), run.log, run.visited()) == ([], [], [])


def test_without_a_history_the_limit_of_events_counts_all_the_same():
    limits = Limits(history_events=20)
    run = Bench(limits=limits, history="off").play(definition_of(COUNT), {})
    assert (run.status, run.error, run.event_count) == ("FAILED", "States.Runtime", 20)


def peak_of(turns, **more):
    definition = definition_of(COUNT)
    definition["States"]["More"]["Choices"][0]["NumericLessThan"] = turns
    world = Bench(limits=Limits(history_events=10**9), **more)
    tracemalloc.start()
    run = world.play(definition, {})
    gc.collect()
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert run.status == "SUCCEEDED"
    return held, peak


def test_without_a_history_memory_is_flat():
    peak_of(10, history="off")
    assert peak_of(2_000, history="off")[1] - peak_of(200, history="off")[1] < 10_000


def test_an_event_takes_a_few_machine_words():
    peak_of(10)
    assert (peak_of(2_000)[0] - peak_of(200)[0]) / (1_800 * 4) < 160


def test_timers_that_were_cancelled_leave_the_clock():
    world = Bench()
    definition = definition_of({"A": P})
    for number in range(1_000):
        world.play(definition, {}, name=f"run-{number}")
    assert len(world.scheduler.clock._heap) < 200
    clock = world.scheduler.clock
    fired = []
    for second in range(500):
        timer = clock.call_at(clock.ticks + second, lambda second=second: fired.append(second))
        if second % 5:
            timer.cancel()
    while clock.step():
        pass
    assert fired == list(range(0, 500, 5))
    assert clock.foreground == 0


def test_an_execution_that_nobody_holds_is_gone_at_once():
    world = Bench()
    definition, payload, _ = workload("b_payment")
    gc.collect()
    gc.disable()
    try:
        left = weakref.ref(world.play(definition, payload))
        assert left() is None
    finally:
        gc.enable()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(JSON, st.integers(0, 400))
def test_a_bound_is_never_too_small_and_over_the_limit_only_when_the_value_is(value, limit):
    bound, size = size_bound(value, limit), size_in_bytes(value)
    assert bound >= size
    assert (bound <= limit) == (size <= limit)


def test_a_value_that_is_too_deep_never_fits():
    deep = "x"
    for _ in range(DEEPEST + 2):
        deep = [deep]
    assert size_bound(deep, 10**9) > 10**9
    for _ in range(5_000):
        deep = {"a": deep}
    assert size_bound(deep, 10**9) > 10**9


def test_a_token_says_of_itself_that_there_was_such_a_task():
    tokens = [new_token(str(number)) for number in range(50)]
    assert len(set(tokens)) == 50
    assert all(map(is_token, tokens))
    token = tokens[0]
    wrong = ["", "AQC", "é", token[:-4], token + "=", token + "\n", token.replace("AQC", "")]
    wrong += [token[:10] + ("A" if token[10] != "A" else "B") + token[11:], token[:-3] + "A=="]
    assert [text for text in wrong if is_token(text)] == []
