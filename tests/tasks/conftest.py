"""A laboratory: one small project of functions, stores and machines, written for one test."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simulator.project.project import Project
from simulator.simulation import Simulation

START = datetime(2026, 1, 1, tzinfo=UTC)
ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:lab-"

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.11, Timeout: 5, CodeUri: src/}}
Resources:
  Work: {Type: AWS::Serverless::Function, Properties: {Handler: app.work}}
  Help: {Type: AWS::Serverless::Function, Properties: {Handler: app.help}}
  Other: {Type: AWS::Serverless::Function, Properties: {Handler: app.work, Runtime: nodejs22.x}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
  Queue: {Type: AWS::SQS::Queue}
  Topic:
    Type: AWS::SNS::Topic
    Properties: {Subscription: [{Protocol: sqs, Endpoint: !GetAtt Queue.Arn}]}
"""
MACHINE = """\
  %s:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: %s.asl.json}
"""


def states(**tasks: dict[str, Any]) -> dict[str, Any]:
    """A definition of these states, one after the other."""
    names = list(tasks)
    found = {
        name: {**task, **({"Next": after} if after else {"End": True})}
        for (name, task), after in zip(tasks.items(), [*names[1:], None], strict=True)
    }
    return {"StartAt": names[0], "States": found}


def task(resource: str, parameters: Any = None, **more: Any) -> dict[str, Any]:
    """A Task state; `resource` without `arn:aws:states:::`."""
    arn = resource if resource.startswith("arn:") else f"arn:aws:states:::{resource}"
    given = {} if parameters is None else {"Parameters": parameters}
    return {"Type": "Task", "Resource": arn, **given, **more}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Callable[..., Simulation]]:
    """lab(code, Main=definition, ..., options={...}) → a running world with these machines."""
    with ExitStack() as stack:

        def build(code: str = "", options: Any = None, **machines: Any) -> Simulation:
            root = tmp_path / "lab"
            (root / "src").mkdir(parents=True)
            text = TEMPLATE + "".join(MACHINE % (name, name) for name in machines)
            (root / "template.yaml").write_text(text, encoding="utf-8")
            (root / "src" / "app.py").write_text(textwrap.dedent(code), encoding="utf-8")
            for name, definition in machines.items():
                (root / f"{name}.asl.json").write_text(json.dumps(definition), encoding="utf-8")
            world = Simulation(Project.load(root), start=START, **(options or {}))
            return stack.enter_context(world)

        yield build


@pytest.fixture
def once(lab: Callable[..., Simulation]) -> Callable[..., Any]:
    """once(task, payload, code) → the ended execution of a machine with that one state."""

    def run(state: dict[str, Any], payload: Any = None, code: str = "", options: Any = None) -> Any:
        world = lab(code, options, Main=states(Only=state))
        execution = world.start("Main", {} if payload is None else payload)
        world.run()
        return execution

    return run
