"""`simulator diff`: what two versions of a workflow differ in, as text, JSON and a diagram."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:Charge"
OLD: dict[str, Any] = {
    "Comment": "first",
    "StartAt": "Check",
    "States": {
        "Check": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.amount", "NumericGreaterThan": 100, "Next": "Ask"},
                {"Variable": "$.amount", "NumericGreaterThan": 10, "Next": "Charge"},
            ],
            "Default": "Charge",
        },
        "Ask": {"Type": "Wait", "Seconds": 60, "Next": "Charge"},
        "Charge": {
            "Type": "Task",
            "Resource": FUNCTION,
            "TimeoutSeconds": 5,
            "Retry": [{"ErrorEquals": ["States.Timeout"]}],
            "Catch": [{"ErrorEquals": ["Declined"], "Next": "Tell"}],
            "Next": "Done",
        },
        "Tell": {"Type": "Task", "Resource": FUNCTION, "ResultPath": "$.told", "Next": "Done"},
        "Done": {"Type": "Succeed"},
    },
}
NEW: dict[str, Any] = {
    "Comment": "second",
    "StartAt": "Check",
    "States": {
        "Check": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.amount", "NumericGreaterThan": 10, "Next": "Charge"},
                {"Variable": "$.amount", "NumericGreaterThan": 200, "Next": "Done"},
            ],
            "Default": "Charge",
        },
        "Charge": {
            "Type": "Task",
            "Resource": FUNCTION,
            "TimeoutSeconds": 10,
            "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 5, "IntervalSeconds": 1}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Notify"}],
            "Next": "Keep",
        },
        "Notify": {"Type": "Task", "Resource": FUNCTION, "ResultPath": "$.told", "Next": "Done"},
        "Keep": {"Type": "Pass", "Next": "Done"},
        "Done": {"Type": "Succeed"},
    },
}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.asl.json").write_text(json.dumps(OLD))
    (tmp_path / "new.asl.json").write_text(json.dumps(NEW, indent=4))
    return tmp_path


def test_the_text_has_a_line_a_change(files: Path, simulator: Any) -> None:  # noqa: ARG001
    ran = simulator("diff", "old.asl.json", "new.asl.json")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines() == [
        "~ state Tell is now called Notify",
        "+ Check: rule $.amount > 200",
        "- Check: rule $.amount > 100",
        "- Check → Ask ($.amount > 100)",
        "+ Check → Done ($.amount > 200)",
        "~ Charge: TimeoutSeconds 5 → 10",
        "~ Charge: retrier States.Timeout: MaxAttempts 3 → 5",
        "+ Charge: catcher States.ALL",
        "- Charge: catcher Declined",
        "- Charge → Notify (Declined)",
        "~ Charge → Keep, was Done (Next)",
        "+ Charge → Notify (States.ALL)",
        "+ state Keep (Pass)",
        "+ Keep → Done (Next)",
        "- state Ask (Wait)",
        "- Ask → Charge (Next)",
        "16 changes",
    ]


def test_comments_form_and_defaults_are_no_changes(files: Path, simulator: Any) -> None:
    same = json.loads(json.dumps(OLD))
    same["Comment"] = "other"
    same["States"]["Charge"] |= {"InputPath": "$", "Comment": "pays"}
    same["States"]["Charge"]["Retry"][0]["BackoffRate"] = 2.0
    (files / "same.yaml").write_text(json.dumps(same, indent=1, sort_keys=True))
    ran = simulator("diff", "old.asl.json", "same.yaml")
    assert (ran.code, ran.out) == (0, "no changes\n")
    ran = simulator("diff", "old.asl.json", "same.yaml", "--comments")
    assert (ran.code, ran.out) == (
        1,
        '~ the machine: Comment "first" → "other"\n+ Charge: Comment "pays"\n2 changes\n',
    )


def test_the_order_of_retriers_counts(files: Path, simulator: Any) -> None:
    one, other = ({"ErrorEquals": [name]} for name in ("A", "B"))
    for name, retry in (("one", [one, other]), ("two", [other, one])):
        definition = json.loads(json.dumps(OLD))
        definition["States"]["Charge"]["Retry"] = retry
        (files / f"{name}.json").write_text(json.dumps(definition))
    ran = simulator("diff", "one.json", "two.json")
    assert ran.out.splitlines()[0] == ('~ Charge: retriers in another order: ["A","B"] → ["B","A"]')


def test_a_change_within_an_object_is_told_at_its_place(files: Path, simulator: Any) -> None:
    for name, count in (("one", 1), ("two", 2)):
        definition = json.loads(json.dumps(OLD))
        sent = {"order": {"count": count, "id.$": "$.id"}, "kind": "new"}
        definition["States"]["Charge"]["Parameters"] = sent
        (files / f"{name}.json").write_text(json.dumps(definition))
    ran = simulator("diff", "one.json", "two.json")
    assert ran.out == "~ Charge: Parameters.order.count 1 → 2\n1 change\n"


def test_json_for_programs(files: Path, simulator: Any) -> None:  # noqa: ARG001
    ran = simulator("diff", "old.asl.json", "new.asl.json", "--format", "json")
    told = json.loads(ran.out)
    assert (told["schema"], told["same"], len(told["changes"])) == ("diff/1", False, 16)
    assert told["changes"][5] == {
        "kind": "changed",
        "what": "TimeoutSeconds",
        "state": "Charge",
        "item": "",
        "before": 5,
        "after": 10,
    }


def test_states_inside_branches_are_compared_too(files: Path, simulator: Any) -> None:
    def machine(seconds: int, branches: int) -> str:
        inner = [
            {
                "StartAt": f"W{index}",
                "States": {f"W{index}": {"Type": "Wait", "Seconds": seconds, "End": True}},
            }
            for index in range(branches)
        ]
        both = {"Type": "Parallel", "Branches": inner, "End": True}
        return json.dumps({"StartAt": "Both", "States": {"Both": both}})

    (files / "one.json").write_text(machine(1, 1))
    (files / "two.json").write_text(machine(2, 2))
    ran = simulator("diff", "one.json", "two.json", "--svg", "d.svg")
    assert ran.out == "~ W0: Seconds 1 → 2\n+ Both: branch 2\n+ state W1 (Wait)\n3 changes\n"
    assert 'class="box kind-wait added" data-state="W1"' in (files / "d.svg").read_text()
    ran = simulator("diff", "two.json", "one.json", "--svg", "d.svg")
    assert ran.out == "~ W0: Seconds 2 → 1\n- Both: branch 2\n- state W1 (Wait)\n3 changes\n"
    assert 'class="box kind-wait removed" data-state="W1"' in (files / "d.svg").read_text()


def test_the_diagram_has_both_versions(files: Path, simulator: Any) -> None:
    simulator("diff", "old.asl.json", "new.asl.json", "--svg", "d.svg")
    text = (files / "d.svg").read_text()
    for box in (
        'kind-pass added" data-state="Keep"',
        'kind-wait removed" data-state="Ask"',
        'kind-task changed" data-state="Charge"',
        'kind-task changed" data-state="Notify"',
        'kind-succeed" data-state="Done"',
    ):
        assert box in text
    # Keep → Done, Charge → Keep, Check → Done, Charge → Notify; gone: of Check, Charge (two), Ask.
    assert text.count('class="arrow next added"') == 2
    assert text.count('class="arrow choice added"') == 1
    assert text.count('class="arrow catch added"') == 1
    assert text.count('class="arrow next removed"') == 1
    assert text.count('class="arrow removed"><title>') == 3


def test_a_transition_that_leads_elsewhere_is_one_change(files: Path, simulator: Any) -> None:
    moved = json.loads(json.dumps(OLD))
    moved["States"]["Check"]["Default"] = "Ask"
    moved["States"]["Check"]["Choices"][1]["Next"] = "Done"
    (files / "moved.json").write_text(json.dumps(moved))
    ran = simulator("diff", "old.asl.json", "moved.json", "--svg", "d.svg")
    assert ran.out.splitlines() == [
        "~ Check → Done, was Charge ($.amount > 10)",
        "~ Check → Ask, was Charge (Default)",
        "2 changes",
    ]
    text = (files / "d.svg").read_text()
    assert text.count('class="arrow choice added"') == 1
    assert text.count('class="arrow default added"') == 1
    assert text.count('class="arrow removed"><title>') == 2
    # What changed of a state stands in its tooltip.
    assert "~ Check → Ask, was Charge (Default)</title>" in text


def test_a_rule_in_the_other_query_language_is_a_changed_rule(files: Path, simulator: Any) -> None:
    written = {
        "StartAt": "Check",
        "States": {
            "Check": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.amount", "NumericGreaterThan": 100, "Next": "Big"}],
                "Default": "Small",
            },
            "Big": {"Type": "Pass", "Parameters": {"n.$": "$.amount"}, "Next": "Small"},
            "Small": {"Type": "Succeed"},
        },
    }
    again = json.loads(json.dumps(written)) | {"QueryLanguage": "JSONata"}
    again["States"]["Check"]["Choices"] = [
        {"Condition": "{% $states.input.amount > 100 %}", "Next": "Big"}
    ]
    again["States"]["Big"] = {
        "Type": "Pass",
        "Output": "{% {'n': $states.input.amount} %}",
        "Next": "Small",
    }
    (files / "path.json").write_text(json.dumps(written))
    (files / "jsonata.json").write_text(json.dumps(again))
    ran = simulator("diff", "path.json", "jsonata.json", "--svg", "d.svg")
    assert ran.out.splitlines() == [
        '+ the machine: QueryLanguage "JSONata"',
        "~ Check: rule $.amount > 100 → $states.input.amount > 100",
        '- Big: Parameters {"n.$":"$.amount"}',
        "+ Big: Output \"{% {'n': $states.input.amount} %}\"",
        "4 changes",
    ]
    assert (files / "d.svg").read_text().count('class="arrow choice changed"') == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.json", "none.json: ASL001: the file cannot be read: No such file or directory"),
        ("w.asl.json.j2", "w.asl.json.j2 is a template; compare what `simulator build` renders"),
        ("broken.json", "broken.json:1:2: ASL"),
    ],
)
def test_what_is_no_definition_is_refused(
    name: str, message: str, files: Path, simulator: Any
) -> None:
    (files / "w.asl.json.j2").write_text("{}")
    (files / "broken.json").write_text("{x")
    ran = simulator("diff", "old.asl.json", name)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
