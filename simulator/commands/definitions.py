"""A definition file without a project around it."""

from __future__ import annotations

from pathlib import Path

from simulator.asl.model import StateMachine
from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.errors import SourceError
from simulator.problems import Location, Problem


def read_text(path: Path, code: str = "ASL001") -> str:
    """Raises SourceError when the file cannot be read as UTF-8 text."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        problem = Problem(code, f"the file cannot be read: {reason}", Location(path))
        raise SourceError([problem]) from None


def read_definition(path: Path) -> StateMachine:
    """Raises SourceError with every problem."""
    machine, problems = parse(Source.read(read_text(path), path))
    if machine is None:
        raise SourceError(problems)
    return machine
