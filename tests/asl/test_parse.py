"""Definitions: every problem at once, at its place, with a code and a hint."""

import json
from pathlib import Path

import pytest

from simulator.asl.checks import check
from simulator.asl.diagnostics import diagnose
from simulator.asl.model import (
    Choice,
    Fail,
    Map,
    Parallel,
    Pass,
    Succeed,
    Task,
    Wait,
)
from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.errors import SourceError
from simulator.problems import Location

PATH = Path("flow.asl.json")
FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"


def flow(state, **more):
    return {"StartAt": "S", "States": {"S": state, **more}}


def branch(name="I", state=None):
    return {"StartAt": name, "States": {name: state or {"Type": "Succeed"}}}


# --- what is right -----------------------------------------------------------------------------

EVERYTHING = {
    "Comment": "All eight",
    "Version": "1.0",
    "TimeoutSeconds": 60,
    "StartAt": "Pass",
    "States": {
        "Pass": {"Type": "Pass", "Result": 1, "Comment": "first", "Next": "Task"},
        "Task": {
            "Type": "Task",
            "Resource": FUNCTION,
            "TimeoutSeconds": 5,
            "HeartbeatSeconds": 4,
            "Retry": [{"ErrorEquals": ["E"], "Comment": "c", "JitterStrategy": "FULL"}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Fail", "Comment": "c"}],
            "Next": "Choice",
        },
        "Choice": {
            "Type": "Choice",
            "Choices": [{"Variable": "$", "IsNull": True, "Next": "Wait", "Comment": "c"}],
            "Default": "Parallel",
        },
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Parallel"},
        "Parallel": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "In", "States": {"In": {"Type": "Pass", "End": True}}}],
            "Next": "Map",
        },
        "Map": {
            "Type": "Map",
            "QueryLanguage": "JSONata",
            "Items": "{% $states.input %}",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "Each",
                "States": {"Each": {"Type": "Succeed"}},
            },
            "Next": "Done",
        },
        "Done": {"Type": "Succeed"},
        "Fail": {"Type": "Fail", "Error": "E"},
    },
}


def test_a_definition_becomes_a_machine():
    machine, found = parse(Source.of(EVERYTHING, PATH))
    assert found == []
    assert (machine.start_at, machine.timeout_seconds, machine.comment) == ("Pass", 60, "All eight")
    kinds = {name: type(state) for name, state in machine.states.items()}
    assert kinds == {
        "Pass": Pass, "Task": Task, "Choice": Choice, "Wait": Wait, "Parallel": Parallel,
        "Map": Map, "Done": Succeed, "Fail": Fail,
    }  # fmt: skip
    assert machine.states["Map"].data.query_language == "JSONata"
    assert machine.states["Map"].processor.states["Each"].data.query_language == "JSONPath"
    retrier = machine.states["Task"].retriers[0]
    assert (retrier.interval_seconds, retrier.max_attempts, retrier.backoff_rate) == (1, 3, 2.0)
    assert (retrier.max_delay_seconds, retrier.jitter) == (None, True)
    assert machine.states["Pass"].comment == "first"


def test_states_inherit_the_language_of_the_top():
    inner = {"StartAt": "In", "States": {"In": {"Type": "Pass", "Output": "{% 1 %}", "End": True}}}
    definition = {
        "QueryLanguage": "JSONata",
        **flow({"Type": "Map", "ItemProcessor": inner, "End": True}),
    }
    machine, found = parse(Source.of(definition, PATH))
    assert found == []
    inside = machine.states["S"].processor.states["In"]
    assert (machine.query_language, inside.data.query_language) == ("JSONata", "JSONata")


# --- what is wrong -----------------------------------------------------------------------------


def test_all_problems_are_reported_at_once_in_the_order_of_their_places():
    text = """{
  "StartAt": "Frist",
  "States": {
    "First": {
      "Type": "Pass",
      "Reslt": 1,
      "Next": "Secnd"
    },
    "Second": {
      "Type": "Wait",
      "Seconds": -1,
      "SecondsPath": "$.s"
    },
    "Third": {"Type": "Tsk"}
  },
  "TimeoutSecond": 5
}"""
    _, found = parse(Source.read(text, PATH))
    assert [str(problem) for problem in found] == [
        "flow.asl.json:2:3: ASL007: 'StartAt' names the state 'Frist', which does not exist; did you"
        " mean 'First'?",
        "flow.asl.json:6:7: ASL005: the state 'First', of type Pass, has no field 'Reslt'; did you"
        " mean 'Result'?",
        "flow.asl.json:7:7: ASL007: 'Next' names the state 'Secnd', which does not exist; did you"
        " mean 'Second'?",
        "flow.asl.json:9:5: ASL008: the state 'Second' has neither 'Next' nor 'End'; give exactly one"
        " of them",
        "flow.asl.json:9:5: ASL011: the state 'Second' needs exactly one of Seconds, SecondsPath,"
        " Timestamp and TimestampPath; it has Seconds and SecondsPath",
        "flow.asl.json:14:15: ASL009: there is no state type 'Tsk'; did you mean 'Task'?",
        "flow.asl.json:16:3: ASL005: the definition has no field 'TimeoutSecond'; did you mean"
        " 'TimeoutSeconds'?",
    ]


def test_places_in_yaml_are_those_of_the_file():
    text = "StartAt: S\nStates:\n  S:\n    Type: Pass\n    Next: T\n  E: {Type: Succeed}\n"
    _, found = parse(Source.read(text, Path("flow.asl.yaml")))
    assert [str(problem.location) for problem in found] == ["flow.asl.yaml:5:5"]


def test_places_in_a_rendered_definition_are_those_of_its_template():
    text = '{"StartAt": "S",\n"States": {"S": {"Type": "Pass",\n"Next": "T"}, "E": {"Type": "Succeed"}}}'
    template = Path("flow.asl.json.j2")
    source = Source.read(text, PATH, origin=lambda line: Location(template, line * 10, 1))
    _, found = parse(source)
    assert [str(problem.location) for problem in found] == ["flow.asl.json.j2:30:1"]


def test_keys_that_stand_twice_are_problems_of_the_definition():
    text = json.dumps(flow({"Type": "Succeed"})).replace(
        '"Type"', '"Comment": "a", "Comment": "b", "Type"'
    )
    _, found = parse(Source.read(text, PATH))
    assert [problem.code for problem in found] == ["ASL002"]


NOT_A_STATE = "it is inside another branch or processor; transitions cannot cross"


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ([], [("ASL003", "", "a definition must be an object, not an array", None)]),
        (
            {},
            [
                ("ASL004", "", "the definition needs the field 'StartAt'", None),
                ("ASL004", "", "the definition needs the field 'States'", None),
            ],
        ),
        (
            {"StartAt": 1, "States": "none"},
            [
                ("ASL003", "/StartAt", "'StartAt' must be a text, not a number", None),
                ("ASL003", "/States", "'States' must be an object, not a text", None),
            ],
        ),
        (
            {**flow({"Type": ""}), "StartAt": ""},
            [
                ("ASL015", "/StartAt", "'StartAt' must not be empty", None),
                ("ASL015", "/States/S/Type", "'Type' must not be empty", None),
            ],
        ),
        (
            {"StartAt": "S", "States": {}},
            [("ASL015", "/States", "'States' needs at least one state", None)],
        ),
        (
            {**flow({"Type": "Succeed"}), "Version": "2.0", "QueryLanguage": "jsonata", "TimeoutSeconds": -1},
            [
                (
                    "ASL010", "/QueryLanguage", "'QueryLanguage' cannot be 'jsonata'",
                    "did you mean 'JSONata'?",
                ),
                ("ASL010", "/TimeoutSeconds", "'TimeoutSeconds' must be from 0 to 99999999, not -1", None),
                ("ASL010", "/Version", "'Version' can only be '1.0'", None),
            ],
        ),
        (
            {**flow({"Type": "Succeed"}), "TimeoutSeconds": "9"},
            [("ASL003", "/TimeoutSeconds", "'TimeoutSeconds' must be a number, not a text", None)],
        ),
        (
            {**flow({"Type": "Succeed"}), "TimeoutSeconds": 1.5},
            [("ASL010", "/TimeoutSeconds", "'TimeoutSeconds' must be a whole number, not 1.5", None)],
        ),
        (
            flow(7),
            [("ASL003", "/States/S", "the state 'S' must be an object, not a number", None)],
        ),
        (
            flow({"Type": "Succeed"}, **{"x" * 81: {"Type": "Succeed"}, "": {"Type": "Succeed"}}),
            [
                ("ASL012", "/States/", "a state's name has 1 to 80 characters", None),
                ("ASL012", f"/States/{'x' * 81}", "a state's name has 1 to 80 characters", None),
            ],
        ),
        (
            flow({"End": True}),
            [("ASL004", "/States/S", "the state 'S' needs the field 'Type'", None)],
        ),
        (
            flow({"Type": "Pass", "Next": "S"}),
            [
                (
                    "ASL017", "/States", "no state ends the workflow",
                    'give one "End": true, or add a Succeed or Fail state',
                )
            ],
        ),
    ],
)  # fmt: skip
def test_the_frame_of_a_definition(problems, definition, expected):
    assert sorted(problems(definition)) == sorted(expected)


def test_names_are_unique_over_branches_and_transitions_stay_inside_theirs(problems):
    states = {
        "S": {"Type": "Parallel", "Branches": [branch("A"), branch("A")], "Next": "A"},
    }
    found = problems({"StartAt": "S", "States": states})
    assert (
        "ASL007",
        "/States/S/Next",
        "'Next' names the state 'A', which does not exist",
        NOT_A_STATE,
    ) in found
    twice = [problem for problem in found if problem[0] == "ASL012"]
    assert [problem[:3] for problem in twice] == [
        ("ASL012", "/States/S/Branches/1/States/A", "there are two states 'A'")
    ]
    assert "the other is at flow.asl.json" in twice[0][3]


def test_a_jsonata_machine_cannot_have_jsonpath_states(problems):
    definition = {
        "QueryLanguage": "JSONata",
        **flow({"Type": "Succeed", "QueryLanguage": "JSONPath"}),
    }
    (problem,) = problems(definition)
    assert problem[:3] == (
        "ASL014",
        "/States/S",
        "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
    )


def test_states_that_are_nested_too_deep_are_refused_and_do_not_break_the_reader(problems):
    state = {"Type": "Succeed"}
    for depth in range(45):
        state = {"Type": "Parallel", "Branches": [branch(f"B{depth}", state)], "End": True}
    assert any("nested more than 40 deep" in problem[2] for problem in problems(flow(state)))


def test_a_field_of_the_machine_among_the_states_is_told_where_it_stands():
    definition = {
        "StartAt": "A",
        "States": {"QueryLanguage": "JSONata", "A": {"Type": "Succeed"}},
    }
    _, problems = parse(Source.of(definition, Path("flow.json")))
    assert [(problem.message, problem.hint) for problem in problems] == [
        (
            "the state 'QueryLanguage' must be an object, not a text",
            "'QueryLanguage' stands beside 'States', not in it",
        )
    ]


@pytest.mark.parametrize("field", ["Parameters", "Output"])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("depth", [195, 300, 500])
def test_depth_is_survived(field, opening, closing, depth):
    deep = f"{opening * depth}1{closing * depth}"
    state = f'{{"Type": "Pass", "{field}": {deep}, "End": true}}'
    language = "JSONata" if field == "Output" else "JSONPath"
    text = f'{{"StartAt": "A", "QueryLanguage": "{language}", "States": {{"A": {state}}}}}'
    assert isinstance(diagnose(text, severity="WARNING").valid, bool)
    for name in ("a.json", "a.yaml"):
        if depth < 200:
            machine, _ = parse(Source.read(text, Path(name)))
            assert machine is None or check(machine) == []
        else:
            with pytest.raises(SourceError) as caught:
                Source.read(text, Path(name))
            assert [problem.code for problem in caught.value.problems] == ["ASL001"]
    if depth < 900:
        _, problems = parse(Source.of(json.loads(text), Path("a.json")))
        assert depth < 200 or [problem.code for problem in problems] == ["ASL001"]
