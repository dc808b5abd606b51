"""Whole pictures, and labels that Mermaid must not read as its own marks."""

from pathlib import Path

import pytest

from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.diagrams.labels import rule_label, shortened
from simulator.diagrams.mermaid import draw

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"


def picture(definition, **more):
    machine, problems = parse(Source.of(definition, Path("flow.asl.json")))
    assert machine is not None, problems
    return draw(machine, **more)


def inner(name, state):
    return {"StartAt": name, "States": {name: state}}


EVERYTHING = {
    "StartAt": "Check",
    "States": {
        "Check": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.amount", "NumericGreaterThan": 100, "Next": "Charge"},
                {
                    "And": [
                        {"Variable": "$.a", "IsPresent": True},
                        {"Not": {"Variable": "$.a", "StringEquals": "x"}},
                    ],
                    "Next": "Rest",
                },
            ],
            "Default": "Nothing to do",
        },
        "Charge": {
            "Type": "Task",
            "Resource": FUNCTION,
            "Retry": [{"ErrorEquals": ["Busy", "Throttled"]}, {"ErrorEquals": ["States.ALL"]}],
            "Catch": [
                {"ErrorEquals": ["Declined"], "Next": "Stop"},
                {"ErrorEquals": ["States.ALL"], "Next": "Rest"},
            ],
            "Next": "Both",
        },
        "Rest": {"Type": "Wait", "Seconds": 1, "Next": "Check"},
        "Both": {
            "Type": "Parallel",
            "Branches": [
                inner("Left", {"Type": "Pass", "End": True}),
                inner("Right", {"Type": "Succeed"}),
            ],
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "ItemProcessor": inner(
                "Inner",
                {
                    "Type": "Map",
                    "ItemProcessor": inner("Deep", {"Type": "Pass", "End": True}),
                    "End": True,
                },
            ),
            "End": True,
        },
        "Nothing to do": {"Type": "Succeed"},
        "Stop": {"Type": "Fail"},
    },
}


def test_a_picture_of_every_type_of_state():
    assert picture(EVERYTHING) == PICTURE


PICTURE = """\
stateDiagram-v2
    state "Check (Choice)" as s1
    state "Charge (Task) ↻ Busy, Throttled, States.ALL" as s2
    state "Rest (Wait)" as s3
    state "Both (Parallel)" as s4 {
        state "Left (Pass)" as s5
        [*] --> s5
        s5 --> [*]
        --
        state "Right (Succeed)" as s6
        [*] --> s6
        s6 --> [*]
    }
    state "Each (Map)" as s7 {
        state "Inner (Map)" as s8 {
            state "Deep (Pass)" as s9
            [*] --> s9
            s9 --> [*]
        }
        [*] --> s8
        s8 --> [*]
    }
    state "Nothing to do (Succeed)" as s10
    state "Stop (Fail)" as s11
    [*] --> s1
    s1 --> s2: $.amount > 100
    s1 --> s3: $.a is present and not ($.a = #quot;x#quot;)
    s1 --> s10: otherwise
    s2 --> s4
    s2 --> s11: ⚠ Declined
    s2 --> s3: ⚠ States.ALL
    s3 --> s1
    s4 --> s7
    s7 --> [*]
    s10 --> [*]
    s11 --> [*]
"""


def test_the_same_machine_gives_the_same_bytes():
    assert picture(EVERYTHING) == picture(EVERYTHING)


def test_a_title_is_quoted_for_the_front_matter():
    text = picture(inner("A", {"Type": "Succeed"}), title='Pay: "now" # please')
    assert text == (
        '---\ntitle: "Pay: \\"now\\" # please"\n---\n'
        "stateDiagram-v2\n"
        '    state "A (Succeed)" as s1\n'
        "    [*] --> s1\n"
        "    s1 --> [*]\n"
    )


def test_an_ordinary_title_stands_as_it_is():
    text = picture(inner("A", {"Type": "Succeed"}), title="shop-Payment v1.2")
    assert text.startswith("---\ntitle: shop-Payment v1.2\n---\nstateDiagram-v2\n")


def test_names_that_hold_marks_of_mermaid_are_written_as_entities():
    text = picture(inner('Say "hi"; #1: go\nnow', {"Type": "Succeed"}))
    assert '    state "Say #quot;hi#quot;#59; #35;1#58; go now (Succeed)" as s1\n' in text


def test_labels_that_hold_marks_of_mermaid_are_written_as_entities():
    rule = {"Variable": "$.t", "StringEquals": 'a:"b";#', "Next": "A"}
    definition = {
        "StartAt": "C",
        "States": {"C": {"Type": "Choice", "Choices": [rule]}, "A": {"Type": "Succeed"}},
    }
    assert "    s1 --> s2: $.t = #quot;a#58;\\#quot;b\\#quot;#59;#35;#quot;\n" in picture(
        definition
    )


@pytest.mark.parametrize(
    ("rule", "label"),
    [
        ({"Variable": "$.a", "StringEquals": "x"}, '$.a = "x"'),
        ({"Variable": "$.a", "NumericLessThan": 5}, "$.a < 5"),
        ({"Variable": "$.a", "NumericLessThanEquals": 5}, "$.a ≤ 5"),
        ({"Variable": "$.a", "NumericGreaterThanEquals": 5}, "$.a ≥ 5"),
        ({"Variable": "$.a", "BooleanEquals": True}, "$.a = true"),
        ({"Variable": "$.a", "TimestampGreaterThanPath": "$.b"}, "$.a > $.b"),
        ({"Variable": "$.a", "StringMatches": "x*"}, '$.a matches "x*"'),
        ({"Variable": "$.a", "IsPresent": True}, "$.a is present"),
        ({"Variable": "$.a", "IsPresent": False}, "$.a is absent"),
        ({"Variable": "$.a", "IsNull": False}, "$.a is not null"),
        ({"Variable": "$.a", "IsNumeric": True}, "$.a is a number"),
        ({"Variable": "$.a", "IsString": False}, "$.a is no string"),
        ({"Variable": "$.a", "IsBoolean": True}, "$.a is a boolean"),
        ({"Variable": "$.a", "IsTimestamp": True}, "$.a is a timestamp"),
        ({"Not": {"Variable": "$.a", "IsNull": True}}, "not ($.a is null)"),
        (
            {
                "Or": [
                    {
                        "And": [
                            {"Variable": "$.a", "IsNull": True},
                            {"Variable": "$.b", "IsNull": True},
                        ]
                    },
                    {"Variable": "$.c", "IsNull": True},
                ]
            },
            "($.a is null and $.b is null) or $.c is null",
        ),
        ({"Variable": "$.a", "Next": "B", "Comment": "no operator"}, "$.a"),
        ({"Variable": "$.a", "SomethingNew": 5}, "$.a SomethingNew 5"),
        ({"Condition": "{% $states.input.n > 1 %}"}, "$states.input.n > 1"),
        ({"Condition": True}, "true"),
        (None, "null"),
    ],
)
def test_a_rule_is_one_readable_line(rule, label):
    assert rule_label(rule) == label


def test_long_labels_are_cut():
    assert shortened("x" * 48) == "x" * 48
    assert shortened("x" * 49) == "x" * 47 + "…"
