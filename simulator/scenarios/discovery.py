"""Finds the scenarios of a project: files, folders, globs and the events folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from simulator.errors import SourceError
from simulator.problems import Location, Problem, in_order
from simulator.scenarios import reading
from simulator.scenarios.places import from_here
from simulator.scenarios.scenario import Scenario
from simulator.scenarios.vocabulary import Vocabulary

# Where a project keeps its scenarios when no path is named.
FOLDERS = ("tests/scenarios", "scenarios", "events")


def load(root: Path, paths: Iterable[str | Path], vocabulary: Vocabulary) -> list[Scenario]:
    """Paths relative to `root`; none means the usual folders. SourceError: every problem found.

    The scenarios' own paths start at the current folder when they lie below it.
    """
    wanted = list(paths) or [name for name in FOLDERS if (root / name).is_dir()]
    if not wanted:
        names = ", ".join(FOLDERS)
        problem = Problem(
            "SCN001", "no scenarios here", Location(from_here(root)), f"looked in {names}"
        )
        raise SourceError([problem])
    files: list[Path] = []
    problems: list[Problem] = []
    for path in wanted:
        found = _resolve(root, str(path))
        files += found
        if not found:
            message = f"nothing matches '{path}'"
            hint = "name a file, a folder or a glob"
            problems.append(Problem("SCN001", message, Location(from_here(root / path)), hint))
    scenarios: list[Scenario] = []
    try:
        scenarios = reading.load(files, vocabulary)
    except SourceError as error:
        problems += error.problems
    problems += _doubles(scenarios)
    if problems:
        raise SourceError(in_order(problems))
    return scenarios


def _resolve(root: Path, path: str) -> list[Path]:
    whole = root / path  # an absolute path stays what it is
    if whole.exists():
        return [from_here(whole)]
    if any(sign in path for sign in "*?[") and not Path(path).is_absolute():
        return sorted(from_here(found) for found in root.glob(path) if found.is_file())
    return []


def _doubles(scenarios: Sequence[Scenario]) -> list[Problem]:
    """Reports name scenarios by id, so it must be one in all files."""
    first: dict[str, Scenario] = {}
    problems: list[Problem] = []
    for scenario in scenarios:
        known = first.setdefault(scenario.id, scenario)
        if known is not scenario:
            message = f"the id '{scenario.id}' is taken already by {known.path}"
            problems.append(
                Problem("SCN010", message, scenario.location, "give one of them another id")
            )
    return problems
