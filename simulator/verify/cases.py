"""What there is to verify in files and folders: recordings, and a user's own exports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from simulator.errors import SourceError
from simulator.problems import Location, Problem, in_order
from simulator.values import Json, parse_json
from simulator.verify.exports import Incomplete, export_of, parts_of

KINDS: Final = ("api", "execution", "test_state", "validation")
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "api": (),
    "execution": (
        "clock", "execution_arn", "execution_name", "expected", "replay", "state_machine_arn",
        "type",
    ),
    "test_state": ("expected", "request"),
    "validation": ("expected", "operation", "type"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """`recording` has the members of a recording, also where it was made from an export."""

    id: str
    area: str
    kind: str
    path: Path
    recording: Mapping[str, Any]
    is_export: bool = False


@dataclass(slots=True)
class Found:
    """`others` are JSON files of a folder that are neither recordings nor exports."""

    cases: list[Case] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)


def find(paths: Sequence[Path], definition: Json = None) -> Found:
    """All cases of the files and folders, in the order of their ids. Never raises for a bad file.

    `definition` is what will be run instead of the recorded ones: exports may come without theirs.
    """
    found = Found()
    parts: dict[tuple[Path, str], dict[Path, Mapping[str, Any]]] = {}
    seen: set[Path] = set()
    for path, named in _files(paths):
        if path in seen:
            continue
        seen.add(path)
        try:
            value = _read(path)
        except SourceError as error:
            found.problems += error.problems
            continue
        if isinstance(value, dict) and ("kind" in value or "schema" in value):
            _add_recording(found, value, path)
        elif given := parts_of(value):
            parts.setdefault((path.parent, _stem(path)), {})[path] = given
        elif named:
            found.problems.append(_unknown(path))
        else:
            found.others.append(path)
    for (folder, stem), files in parts.items():
        _add_export(found, folder, stem, files, definition)
    _refuse_doubles(found)
    found.cases.sort(key=lambda case: case.id)
    found.problems = in_order(found.problems)
    return found


def _files(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Every JSON file, and whether it was named itself. A part of an export brings the others."""
    for path in paths:
        if path.is_dir():
            yield from ((inner, False) for inner in sorted(path.rglob("*.json")))
            continue
        yield path, True
        if len(path.suffixes) > 1:
            pattern = f"{_stem(path)}.*.json"
            yield from ((other, False) for other in sorted(path.parent.glob(pattern)))


def _stem(path: Path) -> str:
    """The part of the name that the files of one export share: "order-42.history.json"."""
    name = path.name.removesuffix(".json")
    before, dot, _ = name.rpartition(".")
    return before if dot else name


def _read(path: Path) -> Any:
    try:
        return parse_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        why, line, column = f"cannot be read: {error.strerror}", 0, 0
    except (ValueError, RecursionError) as error:
        line, column = getattr(error, "lineno", 0), getattr(error, "colno", 0)
        why = f"is not JSON: {getattr(error, 'msg', error)}"
    place = Location(path, line, column)
    raise SourceError([Problem("VER001", f"the file {why}", place)])


def _unknown(path: Path) -> Problem:
    return Problem(
        "VER002",
        "this is neither a recording nor an export of the AWS CLI",
        Location(path),
        "save the output of `aws stepfunctions get-execution-history` as NAME.history.json",
    )


def _add_recording(found: Found, value: dict[str, Any], path: Path) -> None:
    kind = value.get("kind")
    if kind not in KINDS:
        message = f"a recording's kind cannot be {kind!r}; it may be {', '.join(KINDS)}"
        found.problems.append(Problem("VER003", message, Location(path)))
        return
    lacking = [name for name in _NEEDED[kind] if name not in value]
    if kind in {"execution", "validation"} and not _has_definition(value):
        lacking.append("definition")
    if not lacking and not isinstance(value.get("expected", {}), dict):
        lacking.append("expected, as an object")
    if lacking:
        message = f"the recording lacks {', '.join(lacking)}"
        found.problems.append(Problem("VER003", message, Location(path)))
        return
    name = str(value.get("id") or f"{path.parent.name}/{path.stem}")
    area = str(value.get("area") or path.parent.name)
    found.cases.append(Case(name, area, kind, path, value))


def _has_definition(value: Mapping[str, Any]) -> bool:
    return value.get("definition") is not None or isinstance(value.get("definition_text"), str)


def _add_export(
    found: Found,
    folder: Path,
    stem: str,
    files: Mapping[Path, Mapping[str, Any]],
    definition: Json,
) -> None:
    parts: dict[str, Any] = {}
    origins: dict[str, Path] = {}
    for path, given in files.items():
        for name, part in given.items():
            if name in parts:
                message = f"this is a second {name} of '{stem}'; the other is {origins[name]}"
                found.problems.append(Problem("VER003", message, Location(path)))
                return
            parts[name], origins[name] = part, path
    path = origins.get("history") or next(iter(files))
    try:
        recording = export_of(parts, stem, folder.name, path, definition)
    except Incomplete as error:
        found.problems.append(Problem("VER003", error.message, Location(path), error.hint))
    except SourceError as error:
        found.problems += error.problems
    else:
        found.cases.append(
            Case(recording["id"], recording["area"], "execution", path, recording, is_export=True)
        )


def _refuse_doubles(found: Found) -> None:
    kept: dict[str, Case] = {}
    for case in found.cases:
        place = PurePosixPath(case.id)
        if place.is_absolute() or ".." in place.parts or "\0" in case.id:
            message = f"the id '{case.id}' would leave the folder of --dump"
            found.problems.append(Problem("VER004", message, Location(case.path)))
        elif case.id in kept:
            message = f"the id '{case.id}' is that of {kept[case.id].path} too"
            found.problems.append(Problem("VER004", message, Location(case.path)))
        else:
            kept[case.id] = case
    found.cases = list(kept.values())
