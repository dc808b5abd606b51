"""What the service runs and we do not yet: a problem with its place, which stops no other workflow."""

from __future__ import annotations

import json
from typing import Any

import pytest

GLUE = json.dumps(
    {
        "StartAt": "Load",
        "States": {
            "Load": {
                "Type": "Task",
                "Resource": "arn:aws:states:::glue:startJobRun.sync",
                "Parameters": {"JobName": "nightly"},
                "End": True,
            }
        },
    },
    indent=1,
)
DISTRIBUTED = json.dumps(
    {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "One",
                    "States": {"One": {"Type": "Pass", "End": True}},
                },
                "End": True,
            }
        },
    },
    indent=1,
)
NIGHTLY = """\
  Nightly:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: workflows/nightly.asl.json}
"""
PROBLEM = (
    "workflows/nightly.asl.json:6:4: ASL903: the integration glue is not supported yet; script the"
    " state's results: run --results FILE, or given.mocks of a scenario"
)
MAP = (
    "workflows/nightly.asl.json:6:4: ASL901: a Map in DISTRIBUTED mode is not supported yet; use"
    " INLINE mode"
)


@pytest.fixture
def two(small: Any) -> Any:
    """two(definition) → the small project with a second workflow."""

    def make(definition: str) -> Any:
        root = small({"workflows/nightly.asl.json": definition})
        template = root / "template.yaml"
        template.write_text(template.read_text(encoding="utf-8") + NIGHTLY, encoding="utf-8")
        return root

    return make


@pytest.mark.parametrize(("definition", "problem"), [(GLUE, PROBLEM), (DISTRIBUTED, MAP)])
def test_check_reports_it_and_the_other_workflow_runs(
    two: Any, simulator: Any, definition: str, problem: str
) -> None:
    two(definition)
    checked = simulator("check")
    assert (checked.code, checked.out + checked.err) == (1, f"{problem}\n1 error, 0 warnings\n")
    assert simulator("run", "Hello").code == 0
    ran = simulator("run", "Nightly")
    assert (ran.code, ran.out, ran.err) == (2, "", f"error: {problem}\n")


def test_with_a_script_it_runs(two: Any, simulator: Any) -> None:
    root = two(GLUE)
    script = root / "results.json"
    script.write_text('{"Load": [{"output": {"JobRunState": "SUCCEEDED"}}]}', encoding="utf-8")
    ran = simulator("run", "Nightly", "--results", "results.json")
    assert (ran.code, ran.out, ran.err) == (0, '{"JobRunState":"SUCCEEDED"}\n', "Load\n")


def test_a_scenario_of_it_cannot_be_judged(two: Any, simulator: Any) -> None:
    root = two(GLUE)
    scenario = {
        "schema": "scenario/1",
        "id": "N1",
        "workflow": "Nightly",
        "steps": [{"send": "start"}],
        "expect": {"path": ["Load"]},
    }
    path = root / "tests" / "scenarios" / "N1.json"
    path.write_text(json.dumps(scenario), encoding="utf-8")
    ran = simulator("replay")
    assert (ran.code, ran.err) == (1, "")
    assert f"steps[0]: {PROBLEM} (tests/scenarios/N1.json:1:" in ran.out
    assert "PASS S1" in ran.out
