"""What JSONata decides: in every place of a state, and in every form of a report."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from simulator.coverage.cobertura import cobertura_xml
from simulator.coverage.coverage import Coverage, Figure, Suite, Taken
from simulator.coverage.lcov import lcov_info
from simulator.coverage.table import coverage_text
from simulator.engine.ports import Failure, Success

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"
INPUT = "$states.input.n > 1"


def asked(test=INPUT, then="'a'", other="'b'"):
    return f"{{% {test} ? {then} : {other} %}}"


def jsonata(kind, **fields):
    return {"Type": kind, "QueryLanguage": "JSONata", **fields}


def graph(**states):
    return {"StartAt": next(iter(states)), "States": states}


def decisions(coverage):
    """Counts by name: of each decision both sides."""
    return {
        point.name: coverage.hits(point) for point in coverage.points if point.kind == "decision"
    }


def sides(coverage):
    """(true, false) of each decision of the machine, in its order."""
    counts = list(decisions(coverage).values())
    return list(zip(counts[::2], counts[1::2], strict=True))


def test_each_side_is_a_point_and_runs_are_merged(machine, execute):
    made = machine({"A": jsonata("Pass", Output=asked())})
    once = Coverage.of(made, [execute(made, {"n": 2})])
    assert decisions(once) == {
        "A: decision 1 ($states.input.n > 1) is true": 1,
        "A: decision 1 ($states.input.n > 1) is false": 0,
    }
    assert once.figure("decision") == Figure(1, 2)
    assert [point.name for point in once.missing()] == [
        "A: decision 1 ($states.input.n > 1) is false"
    ]
    again = Coverage.of(made, [execute(made, {"n": 1}), execute(made, {"n": 0})])
    assert sides(once + again) == [(1, 2)]
    assert (once + again).missing() == []


def test_a_template_has_them_in_its_order_with_their_lines(machine, execute):
    output = {"x": asked(), "deep": [1, asked("$states.input.n = 0"), {"a~/b": asked("$y")}]}
    made = machine({"B": jsonata("Pass"), "A": jsonata("Pass", Output=output, Assign={"y": "v"})})
    coverage = Coverage.of(made, [execute(made, {"n": 2})])
    points = [point for point in coverage.points if point.kind == "decision"]
    assert [(point.text, point.location.line) for point in points[::2]] == [
        ("decision 1 ($states.input.n > 1) is true", 3),
        ("decision 2 ($states.input.n = 0) is true", 3),
        ("decision 3 ($y) is true", 3),
    ]
    assert [point.location.pointer for point in points[::2]] == [
        "/States/A/Output/x",
        "/States/A/Output/deep/1",
        "/States/A/Output/deep/2/a~0~1b",
    ]


PLACES = {
    "Arguments": jsonata("Task", Resource=FUNCTION, Arguments={"k": asked()}),
    "Output": jsonata("Task", Resource=FUNCTION, Output=asked()),
    "Assign": jsonata("Task", Resource=FUNCTION, Assign={"k": asked()}),
    "TimeoutSeconds": jsonata("Task", Resource=FUNCTION, TimeoutSeconds=asked(INPUT, 9, 8)),
    "Seconds": jsonata("Wait", Seconds=asked(INPUT, 1, 2)),
    "Error": jsonata("Fail", Error=asked()),
    "Items": jsonata("Map", Items=asked(INPUT, "[1]", "[2]"), ItemProcessor=graph(
        I={"Type": "Pass", "End": True})),
    "MaxConcurrency": jsonata("Map", Items=[1], MaxConcurrency=asked(INPUT, 1, 2),
        ItemProcessor=graph(I={"Type": "Pass", "End": True})),
    "ItemSelector": jsonata("Map", Items=[1], ItemSelector={"k": asked()}, ItemProcessor=graph(
        I={"Type": "Pass", "End": True})),
    "Parallel": jsonata("Parallel", Branches=[graph(
        I=jsonata("Pass", Output=asked(), End=True))]),
    "Map": jsonata("Map", Items=[2], ItemProcessor=graph(
        I=jsonata("Pass", Output=asked("$states.input = 2"), End=True))),
    "distributed": jsonata("Map", Items=[2], ItemProcessor={
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        **graph(I=jsonata("Pass", Output=asked("$states.input = 2"), End=True))}),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_every_field_is_measured(cover, place):
    coverage = cover({"S": PLACES[place]}, {"n": 2}, tasks={"S": [Success(1)]})
    assert sides(coverage) == [(1, 0)]


def test_rules_and_what_they_bring(cover):
    choice = jsonata(
        "Choice",
        Choices=[
            {"Condition": asked("$states.input.n = 9", "true", "false"), "Next": "Z"},
            {"Condition": asked(INPUT, "true", "false"), "Output": asked(), "Next": "Z"},
            {"Condition": asked("$states.input.n = 8", "true", "false"), "Next": "Z"},
        ],
        Output=asked("$states.input.m"),
        Default="Z",
    )
    states = {"C": choice, "Z": {"Type": "Succeed"}}
    # The state's own Output is for its Default: not asked. The first rule is false, the second true.
    assert sides(cover(states, {"n": 2})) == [(0, 0), (0, 1), (1, 0), (1, 0), (0, 0)]


def test_a_catcher_decides_with_the_error(cover):
    task = jsonata(
        "Task",
        Resource=FUNCTION,
        Catch=[
            {
                "ErrorEquals": ["States.ALL"],
                "Output": asked("$states.errorOutput.Error = 'A'"),
                "Next": "Z",
            }
        ],
        Output=asked("$states.result"),
    )
    states = {"T": task, "Z": {"Type": "Succeed"}}
    assert sides(cover(states, {}, tasks={"T": [Failure("A")]})) == [(0, 0), (1, 0)]
    assert sides(cover(states, {}, tasks={"T": [Success(0)]})) == [(0, 1), (0, 0)]


def test_arguments_are_evaluated_once_more_with_each_retry(cover):
    task = jsonata(
        "Task",
        Resource=FUNCTION,
        Arguments={"last": asked("$states.context.State.RetryCount = 2", "true", "false")},
        Retry=[{"ErrorEquals": ["A"]}],
    )
    answers = [Failure("A"), Failure("A"), Success(1)]
    coverage = cover({"T": task}, {}, tasks={"T": answers})
    assert coverage.hits(("retrier", "T", "fired", 0)) == 2
    assert sides(coverage) == [(1, 2)]


def test_what_the_library_alone_evaluates_is_measured_too(cover):
    text = "{% $map([1, 2, 3], function($v) { $v > 2 ? $v % 2 = 0 ? 'even' : 'odd' : 'low' }) %}"
    assert decisions(cover({"A": jsonata("Pass", Output=text)})) == {
        "A: decision 1 ($v > 2) is true": 1,
        "A: decision 1 ($v > 2) is false": 2,
        "A: decision 2 ($v % 2 = 0) is true": 0,
        "A: decision 2 ($v % 2 = 0) is false": 1,
    }


def test_what_was_decided_before_an_error_counts(cover):
    states = {"A": jsonata("Pass", Output="{% ($states.input.n > 1 ? 1 : 'x') + 1 %}")}
    coverage = cover(states, {"n": 0})
    assert coverage.overlay().states["A"].failed == 1
    assert sides(coverage) == [(0, 1)]


def test_a_test_that_is_itself_an_error_decides_nothing(cover):
    states = {"A": jsonata("Pass", Output="{% [1, 'x'].($ + 1 ? 'a' : 'b') %}")}
    coverage = cover(states)
    assert coverage.overlay().states["A"].failed == 1
    assert sides(coverage) == [(1, 0)]


def test_a_recursion_without_end_ends_as_it_does_without_an_audit(machine, execute):
    text = "{% ($f := function($n) { $n = 0 ? 0 : 1 + $f($n + 1) }; $f(1)) %}"
    made = machine({"A": jsonata("Pass", Output=text)})
    with_audit, without = execute(made), execute(made, audit=False)
    assert (with_audit.status, with_audit.cause) == ("FAILED", without.cause)
    [(true, false)] = sides(Coverage.of(made, [with_audit]))
    assert (true, false > 0) == (0, True)


def test_inside_a_filter_nothing_is_measured_and_never_taken(cover):
    text = "{% [1, 2, 3][$ > 1 ? true : false] %}"
    coverage = cover({"A": jsonata("Pass", Output=text)})
    assert decisions(coverage) == {
        "A: decision 1 ($ > 1) is not measured: it is inside a filter": 0
    }
    assert coverage.figure("decision") == Figure(0, 1)


def test_chance_is_the_same_as_without_an_audit(machine, execute):
    text = (
        "{% [$random() > 0.5 ? $random() : $uuid(), $shuffle([1..9]), $random(),"
        " $count($shuffle([1..9])) > 3 ? $uuid() : 0] %}"
    )
    made = machine({"A": jsonata("Pass", Output=text), "B": jsonata("Pass", Output=text)})
    with_audit, without = execute(made), execute(made, audit=False)
    assert with_audit.output == without.output
    assert with_audit.log == without.log
    assert (without.decisions, without.choices) == (None, None)


@pytest.fixture
def suite(machine, execute):
    states = {"A": jsonata("Pass", Output={"x": asked(), "y": "{% [1][$ ? true : false] %}"})}
    made = machine(states)
    taken = Taken.of({"Flow": made}, [execute(made, {"n": n}) for n in (2, 3)])
    return Suite.of([("Flow", made, Path("flow.asl.json"))], taken)


def test_the_table_has_a_column_and_names_the_lines(suite):
    assert (
        coverage_text(suite)
        == """\
coverage  runs     states  transitions  rules  retriers  catchers  failures  decisions
Flow         2  100 % 1/1    100 % 1/1      -         -         -         -   33 % 1/3
total        2  100 % 1/1    100 % 1/1      -         -         -         -   33 % 1/3
Flow: never taken
  flow.asl.json:2  decision A: decision 1 ($states.input.n > 1) is false
  flow.asl.json:2  decision A: decision 2 ($) is not measured: it is inside a filter
"""
    )


def test_they_are_branches_to_lcov_and_conditions_to_cobertura(suite):
    assert [row for row in lcov_info(suite).splitlines() if row.startswith("BR")] == [
        "BRDA:2,0,0,2",  # the transition
        "BRDA:2,0,1,2",
        "BRDA:2,0,2,0",
        "BRDA:2,0,3,0",
        "BRF:4",
        "BRH:2",
    ]
    root = ET.fromstring(cobertura_xml(suite).partition('.dtd">\n')[2])
    assert [line.get("condition-coverage") for line in root.iter("line")] == ["50% (2/4)"]


def test_json_has_them_as_points(suite):
    told = suite.to_json()
    assert told["figures"]["decision"] == {"taken": 1, "total": 3, "percent": 33.33}
    points = told["workflows"][0]["points"]
    assert [point for point in points if point["kind"] == "decision"] == [
        {"kind": "decision", "state": "A", "what": what, "number": number, "text": text,
         "file": "flow.asl.json", "line": 2, "hits": hits}
        for what, number, text, hits in [
            ("then", 0, "decision 1 ($states.input.n > 1) is true", 2),
            ("else", 0, "decision 1 ($states.input.n > 1) is false", 0),
            ("unmeasured", 1, "decision 2 ($) is not measured: it is inside a filter", 0),
        ]
    ]  # fmt: skip
