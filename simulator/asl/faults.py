"""Faults: how a value differs from the shape that an API gives its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from simulator.asl.apis import NUMBERS, Kind, Shape
from simulator.asl.source import escape
from simulator.problems import did_you_mean
from simulator.values import Json

FaultKind: TypeAlias = Literal["unknown", "missing", "type"]
_DYNAMIC: Final = ".$"
_NAMES: Final[dict[Kind, str]] = {
    "structure": "an object", "map": "an object", "list": "an array", "string": "a text",
    "integer": "a number", "long": "a number", "float": "a number", "double": "a number",
    "boolean": "a boolean",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One difference. `pointer` leads to it from the value; `path` names it: "Key.S".

    `certain` is False where our spelling of the name may be the wrong one.
    """

    kind: FaultKind
    field: str
    pointer: str
    hint: str | None = None
    wanted: Kind | None = None
    certain: bool = True

    @property
    def wanted_name(self) -> str:
        return _NAMES.get(self.wanted or "string", "another value")


def faults(
    shape: Shape, value: Json, *, template: bool = False, plain: str | None = None
) -> Iterator[Fault]:
    """How `value` differs from `shape`, from outside in.

    With `template` the value is as a definition has it: keys ending in `.$` and texts `{% %}` stand
    for what is not known. A text where the structure named `plain` is wanted is fine. None is a
    parameter that is left out: SDKs do not send it (recorded).
    """
    yield from _Walk(template, plain).walk(shape, value, "", "")


class _Walk:
    def __init__(self, template: bool, plain: str | None) -> None:  # noqa: FBT001 - of faults()
        self.template = template
        self.plain = plain

    def walk(self, shape: Shape, value: Json, field: str, pointer: str) -> Iterator[Fault]:
        if value is None or shape.kind == "document" or self._computed(value):
            return
        if shape.kind == "structure":
            if isinstance(value, dict):
                yield from self._structure(shape, value, pointer)
            elif not (isinstance(value, str) and shape.name == self.plain):
                yield Fault("type", field, pointer, wanted=shape.kind)
        elif shape.kind == "map":
            if isinstance(value, dict):
                for key, item in value.items():
                    if not self._dynamic(key):
                        yield from self._element(shape, item, key, f"{pointer}/{escape(key)}")
            else:
                yield Fault("type", field, pointer, wanted=shape.kind)
        elif shape.kind == "list":
            if isinstance(value, list):
                for index, item in enumerate(value):
                    yield from self._element(shape, item, field, f"{pointer}/{index}")
            else:
                yield Fault("type", field, pointer, wanted=shape.kind)
        elif not _fits(shape.kind, value):
            yield Fault("type", field, pointer, wanted=shape.kind)

    def _element(self, shape: Shape, value: Json, field: str, pointer: str) -> Iterator[Fault]:
        if shape.element is not None:
            yield from self.walk(shape.element, value, field, pointer)

    def _structure(self, shape: Shape, value: dict[str, Json], pointer: str) -> Iterator[Fault]:
        members = shape.members
        lowered = {name.lower(): name for name in members}
        given: set[str] = set()
        for key, item in value.items():
            name = key.removesuffix(_DYNAMIC) if self._dynamic(key) else key
            inner = f"{pointer}/{escape(key)}"
            member = members.get(name)
            if member is None:
                near = lowered.get(name.lower())
                given.add(near or name)
                hint = f"did you mean '{near}'?" if near else did_you_mean(name, members)
                # The SDK's capitals inside a name are not always ours; its first letter is.
                certain = near is None or name[:1] != near[:1]
                yield Fault("unknown", name, inner, hint, certain=certain)
                continue
            given.add(name)
            if name == key:
                yield from self.walk(member, item, name, inner)
        for name in shape.required:
            if name not in given:
                yield Fault("missing", name, pointer)

    def _dynamic(self, key: str) -> bool:
        return self.template and key.endswith(_DYNAMIC)

    def _computed(self, value: Json) -> bool:
        return self.template and isinstance(value, str) and value.lstrip().startswith("{%")


def _fits(kind: Kind, value: Json) -> bool:
    if kind == "blob":
        return True  # AWS: anything is written as JSON (recorded)
    if kind == "string":
        return not isinstance(value, bool | int | float)  # AWS: objects are written as JSON
    if kind in NUMBERS:
        return not isinstance(value, dict | list | bool)
    if kind == "boolean":
        return not isinstance(value, dict | list)
    return not isinstance(value, dict | list | bool)  # a timestamp
