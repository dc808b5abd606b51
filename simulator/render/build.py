"""Plans and writes the folder of rendered files; `build --check` fails when a plan is not empty."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from simulator.errors import SourceError, UsageError
from simulator.problems import Location, Problem, did_you_mean, in_order
from simulator.render.templates import render
from simulator.values import Json

_SUFFIX = ".asl.json"


@dataclass(frozen=True, slots=True)
class Change:
    """`before` is None for a new file, `after` for one whose template is gone."""

    path: Path
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Parameters:
    default: Mapping[str, Json]
    stages: Mapping[str, Mapping[str, Json]]

    @classmethod
    def read(cls, workflows: Path) -> Parameters:
        """parameters.yaml; no file means no parameters. Raises SourceError (RND008)."""
        path = workflows / "parameters.yaml"
        if not path.is_file():
            return cls({}, {})
        try:
            value = yaml.safe_load(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            raise SourceError([Problem("RND008", f"not UTF-8: {error}", Location(path))]) from error
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = Location(path, mark.line + 1, mark.column + 1) if mark else Location(path)
            text = getattr(error, "problem", None) or str(error)
            raise SourceError([Problem("RND008", f"not YAML: {text}", place)]) from error
        value = {} if value is None else value
        wrong = _shape(value)
        if wrong is not None:
            raise SourceError([Problem("RND008", wrong, Location(path))])
        stages = value.get("stages") or {}
        return cls(value.get("default") or {}, {name: own or {} for name, own in stages.items()})

    def of(self, stage: str | None) -> dict[str, Json]:
        """What templates see: the default's, and the stage's own over them. Raises UsageError."""
        if stage is None or stage == "default":
            return dict(self.default)
        if stage not in self.stages:
            known = ["default", *self.stages]
            hint = did_you_mean(stage, known) or f"known: {', '.join(sorted(known))}"
            raise UsageError(f"no stage is named '{stage}' in parameters.yaml; {hint}")
        return {**self.default, **self.stages[stage]}


def _shape(value: object) -> str | None:
    if not isinstance(value, dict):
        return "it must be an object with the keys default and stages"
    for key in value:
        if key not in ("default", "stages"):
            return f"unknown key '{key}'; it may have default and stages"
    stages = value.get("stages")
    members = [("default", value.get("default")), ("stages", stages)]
    members += stages.items() if isinstance(stages, dict) else []
    for name, member in members:
        if not isinstance(member, dict | None):
            return f"'{name}' must be an object"
        if any(not isinstance(key, str) for key in member or {}):
            return f"the names in '{name}' must be texts; put quotes around them"
    return None


def plan(workflows: Path, *, stage: str | None = None) -> list[Change]:
    """What is out of date, by path. None plans the default and every stage.

    The default's files lie in rendered/, a stage's in rendered/<stage>/ and only where they differ.
    Raises SourceError with the problems of all templates, UsageError for an unknown stage.
    """
    parameters = Parameters.read(workflows)
    parameters.of(stage)
    if not workflows.is_dir():
        raise UsageError(f"there is no folder {workflows}")
    rendered = workflows / "rendered"
    default = _texts(workflows, parameters.of(None))
    wanted: dict[Path, str] = {}
    existing: list[Path] = []
    if stage in (None, "default"):
        wanted |= {rendered / name: text for name, text in default.items()}
        existing += rendered.glob(f"*{_SUFFIX}")
    for name in parameters.stages if stage is None else [stage]:
        if name != "default":
            texts = _texts(workflows, parameters.of(name))
            wanted |= {
                rendered / name / file: text
                for file, text in texts.items()
                if text != default[file]
            }
    if stage is None:
        existing += rendered.glob(f"*/*{_SUFFIX}")
    elif stage != "default":
        existing += (rendered / stage).glob(f"*{_SUFFIX}")
    changes = []
    for path in sorted({*wanted, *existing}):
        before = path.read_bytes().decode("utf-8", "replace") if path.is_file() else None
        if before != wanted.get(path):
            changes.append(Change(path, before, wanted.get(path)))
    return changes


def _texts(workflows: Path, parameters: Mapping[str, Json]) -> dict[str, str]:
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for template in sorted(workflows.glob(f"*{_SUFFIX}.j2")):
        try:
            texts[template.stem] = render(template, parameters).text
        except SourceError as error:
            problems += error.problems
    if problems:
        raise SourceError(in_order(problems))
    return texts


def apply(changes: Sequence[Change]) -> None:
    """Write all of them: the new files are complete before the first old one is replaced."""
    ready: list[tuple[Path, Path]] = []
    try:
        for change in changes:
            if change.after is not None:
                change.path.parent.mkdir(parents=True, exist_ok=True)
                new = change.path.with_name(f".{change.path.name}.new")
                ready.append((new, change.path))
                new.write_bytes(change.after.encode("utf-8"))
        for new, path in ready:
            os.replace(new, path)  # noqa: PTH105 - says that it replaces
    finally:
        for new, _ in ready:
            new.unlink(missing_ok=True)
    for change in changes:
        if change.after is None:
            change.path.unlink(missing_ok=True)


def diff(changes: Iterable[Change]) -> str:
    """A unified diff for people; empty when nothing changes."""
    parts: list[str] = []
    for change in changes:
        before, after = change.before, change.after
        lines = difflib.unified_diff(
            (before or "").splitlines(keepends=True),
            (after or "").splitlines(keepends=True),
            "/dev/null" if before is None else str(change.path),
            "/dev/null" if after is None else str(change.path),
        )
        parts += [
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        ]
    return "".join(parts)
