"""Small projects written for one test."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import SourceError
from simulator.problems import Problem
from simulator.project.project import Project, Reading

SAM = "Transform: AWS::Serverless-2016-10-31\n"
FLOW = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
ACCOUNT = "123456789012"


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{rest}"


def told(problems: Any) -> list[tuple[str, str, int]]:
    """Code, file and line of each."""
    return [(item.code, item.location.path.name, item.location.line) for item in problems]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Mapping[str, Any]], Path]:
    """write({path: text or JSON}) → the root of a project called shop with these files."""

    def files(given: Mapping[str, Any]) -> Path:
        root = tmp_path / "shop"
        for name, content in given.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            text = content if isinstance(content, str) else json.dumps(content, indent=1)
            path.write_text(text, encoding="utf-8")
        return root

    return files


@pytest.fixture
def load(write: Callable[..., Path]) -> Callable[..., Project]:
    """load(template, files, **options) → the project. A handler app.handler is always there."""

    def project(text: str, files: Mapping[str, Any] | None = None, /, **options: Any) -> Project:
        return Project.load(_written(write, text, files), **options)

    return project


@pytest.fixture
def problems(write: Callable[..., Path]) -> Callable[..., list[Problem]]:
    """problems(template, files, **options) → errors and warnings, in order."""

    def found(
        text: str, files: Mapping[str, Any] | None = None, /, **options: Any
    ) -> list[Problem]:
        try:
            return list(Reading.of(_written(write, text, files), **options).problems)
        except SourceError as error:
            return list(error.problems)

    return found


def _written(write: Callable[..., Path], template: str, files: Mapping[str, Any] | None) -> Path:
    handler = "def handler(event, context):\n    return event\n"
    return write(
        {"template.yaml": template, "src/app.py": handler, "flow.asl.json": FLOW, **(files or {})}
    )
