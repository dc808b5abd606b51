"""Workflows that need more than the stand-ins: every integration of the service is taken."""

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


@pytest.fixture
def two(small: Any) -> Any:
    """two(definition) → the small project with a second workflow."""

    def make(definition: str) -> Any:
        root = small({"workflows/nightly.asl.json": definition})
        template = root / "template.yaml"
        template.write_text(template.read_text(encoding="utf-8") + NIGHTLY, encoding="utf-8")
        return root

    return make


@pytest.mark.parametrize("definition", [GLUE, DISTRIBUTED])
def test_check_takes_it_and_the_other_workflow_runs(
    two: Any, simulator: Any, definition: str
) -> None:
    two(definition)
    checked = simulator("check")
    assert (checked.code, checked.out, checked.err) == (0, "0 errors, 0 warnings\n", "")
    assert simulator("run", "Hello").code == 0


def test_a_distributed_map_runs(two: Any, simulator: Any) -> None:
    two(DISTRIBUTED)
    ran = simulator("run", "Nightly", "--input", "[1, 2]")
    assert (ran.code, ran.out, ran.err) == (0, "[1,2]\n", "Each\n")


def test_with_a_script_a_job_runs(two: Any, simulator: Any) -> None:
    root = two(GLUE)
    script = root / "results.json"
    script.write_text('{"Load": [{"output": {"JobRunState": "SUCCEEDED"}}]}', encoding="utf-8")
    ran = simulator("run", "Nightly", "--results", "results.json")
    assert (ran.code, ran.out, ran.err) == (0, '{"JobRunState":"SUCCEEDED"}\n', "Load\n")


def test_a_resource_that_no_service_has_is_told_at_its_place(two: Any, simulator: Any) -> None:
    two(GLUE.replace("glue:startJobRun.sync", "glew:startJobRun.sync"))
    checked = simulator("check")
    assert (checked.code, checked.out + checked.err) == (
        1,
        "workflows/nightly.asl.json:6:4: ASL020: the service has no integration 'glew'; did you mean"
        " 'glue'?\n1 error, 0 warnings\n",
    )
