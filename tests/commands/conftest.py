"""Small SAM projects and the command line run on them, in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: app.work
      CodeUri: src/
      Timeout: 5
  Hello:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: workflows/hello.asl.json
      DefinitionSubstitutions: {WorkArn: !GetAtt Work.Arn}
"""
HELLO = """\
{
  "StartAt": "Greet",
  "States": {
    "Greet": {"Type": "Pass", "Next": "Work"},
    "Work": {"Type": "Task", "Resource": "${WorkArn}", "End": true}
  }
}
"""
APP = """\
def work(event, context):
    if event.get("fail"):
        raise ValueError(event["fail"])
    return {"done": event}
"""
SCENARIO = """\
{
  "schema": "scenario/1",
  "id": "S1",
  "workflow": "Hello",
  "steps": [{"send": "start", "input": {"n": 1}}],
  "expect": {"path": ["Greet", "Work"]}
}
"""
FILES = {
    "pyproject.toml": '[tool.simulator]\nstack = "demo"\n',
    "template.yaml": TEMPLATE,
    "workflows/hello.asl.json": HELLO,
    "src/app.py": APP,
    "tests/scenarios/S1.json": SCENARIO,
}


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit code and what it wrote."""

    code: int
    out: str
    err: str


def write_files(root: Path, files: Mapping[str, str | None]) -> Path:
    """None leaves a file out."""
    for name, text in files.items():
        if text is not None:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def project_in() -> Callable[..., Path]:
    """project_in(root, {name: text}) → the small project with these files changed."""

    def make(root: Path, files: Mapping[str, str | None] | None = None) -> Path:
        return write_files(root, {**FILES, **(files or {})})

    return make


@pytest.fixture
def small(tmp_path: Path, project_in: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """small({name: text}) → the small project with these files changed; it is the current folder."""

    def make(files: Mapping[str, str | None] | None = None) -> Path:
        root: Path = project_in(tmp_path / "small", files)
        monkeypatch.chdir(root)
        return root

    return make


@pytest.fixture
def simulator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """simulator("replay", ...) runs the command line as the console script does."""
    from simulator.cli import main

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["simulator", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        assert "Traceback" not in captured.out + captured.err
        return Ran(ended.value.code, captured.out, captured.err)

    return run
