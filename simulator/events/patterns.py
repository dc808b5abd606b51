"""EventBridge event patterns: compiled once, matched often, and able to say why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, product

from simulator.events.values import OPERATORS, PatternError, Test, parse_test
from simulator.values import Json, compact

__all__ = ["Mismatch", "Pattern", "PatternError"]

MOST_ALTERNATIVES = 1000  # AWS: $or may not multiply to more combinations (docs)

# Where in arrays of objects a value stands: (array, index of the element), outermost first.
Place = tuple[tuple[int, int], ...]
Field = tuple[str, tuple[Test, ...]]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The first field because of which a pattern did not match."""

    field: str  # "detail.severity"
    expected: str  # "a number >= 7"
    actual: Json
    present: bool = True  # whether the event has the field at all

    def __str__(self) -> str:
        actual = compact(self.actual) if self.present else "not there"
        return f"{self.field} is {actual}, the pattern wants {self.expected}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """`alternatives` are the pattern with every $or multiplied out: one of them must hold."""

    source: Json
    alternatives: tuple[tuple[Field, ...], ...] = field(compare=False, repr=False)
    _wanted: frozenset[str] = field(compare=False, repr=False)  # every path and its beginnings

    @classmethod
    def parse(cls, pattern: Json) -> Pattern:
        """Raises PatternError with the service's reason and the path of the field."""
        if not isinstance(pattern, dict):
            raise PatternError("Filter is not an object")
        alternatives = tuple(
            tuple(sorted(fields, key=lambda item: any(test.absent for test in item[1])))
            for fields in _conjunctions(pattern, "")
        )
        wanted = {
            path[:end]
            for fields in alternatives
            for path, _ in fields
            for end in (*_dots(path), len(path))
        }
        return cls(pattern, alternatives, frozenset(wanted))

    def matches(self, event: Json) -> bool:
        found = self._flatten(event)
        return any(_failure(fields, found) is None for fields in self.alternatives)

    def explain(self, event: Json) -> Mismatch | None:
        """Of the alternative that comes nearest, the first field that fails."""
        return self.nearest(event)[1]

    def nearest(self, event: Json) -> tuple[int, Mismatch | None]:
        """How many fields hold of the alternative that comes nearest, and what fails there."""
        found = self._flatten(event)
        best: tuple[int, Mismatch | None] = (-1, None)
        for fields in self.alternatives:
            failed = _failure(fields, found)
            held = sum(_failure((item,), found) is None for item in fields)
            if failed is None:
                return held, None
            if held > best[0]:
                best = (held, _mismatch(failed[0], found, by_element=failed[1]))
        return best

    def _flatten(self, event: Json) -> dict[str, list[tuple[Json, Place]]]:
        """Every leaf below the pattern's paths, with its places. [] and {} have no leaves."""
        found: dict[str, list[tuple[Json, Place]]] = {}
        arrays = count()
        wanted = self._wanted

        def visit(value: Json, path: str, place: Place) -> None:
            if isinstance(value, dict):
                for key, member in value.items():
                    below = f"{path}.{key}" if path else key
                    if below in wanted:
                        visit(member, below, place)
            elif isinstance(value, list):
                number = next(arrays)
                for index, member in enumerate(value):
                    inside = isinstance(member, dict | list)
                    visit(member, path, (*place, (number, index)) if inside else place)
            else:
                found.setdefault(path, []).append((value, place))

        if isinstance(event, dict):
            visit(event, "", ())
        return found


def _dots(path: str) -> Iterator[int]:
    return (index for index, letter in enumerate(path) if letter == ".")


def _conjunctions(pattern: dict[str, Json], path: str) -> list[tuple[Field, ...]]:
    """The pattern as alternatives of fields that must all hold."""
    if not pattern:
        raise PatternError("Empty objects are not allowed", path)
    factors: list[list[tuple[Field, ...]]] = []
    for key, value in pattern.items():
        below = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            factors.append(_conjunctions(value, below))
        elif not isinstance(value, list):
            raise PatternError(f'"{key}" must be an object or an array', below)
        elif key == "$or" and _is_or(value):
            factors.append(
                [fields for item in value for fields in _conjunctions(_object(item), path)]
            )
        elif not value:
            raise PatternError("Empty arrays are not allowed", below)
        else:
            factors.append([((below, tuple(parse_test(item, below) for item in value)),)])
        if _size(factors) > MOST_ALTERNATIVES:
            raise PatternError("Rule is too complex - try using fewer OR condition", below)
    return [tuple(item for part in parts for item in part) for parts in product(*factors)]


def _is_or(value: list[Json]) -> bool:
    """AWS: otherwise $or is the name of a field (recorded)."""
    return len(value) > 1 and all(
        isinstance(item, dict) and item and not OPERATORS.intersection(item) for item in value
    )


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _size(factors: Sequence[Sequence[object]]) -> int:
    total = 1
    for factor in factors:
        total *= len(factor)
    return total


def _failure(
    fields: Sequence[Field], found: dict[str, list[tuple[Json, Place]]]
) -> tuple[Field, bool] | None:
    """The first field that fails, and whether only arrays are to blame.

    AWS: the values that match must come from the same elements of arrays of objects (recorded), so
    the places of the fields so far are joined with each further field's.
    """
    joined: set[Place] = {()}
    for path, tests in fields:
        values = found.get(path, ())
        places = {place for value, place in values if any(test.holds(value) for test in tests)}
        absent = any(test.absent for test in tests)
        after: set[Place] = set()
        for known in joined:
            after.update(
                both for place in places if (both := _consistent(known, place)) is not None
            )
            if absent and all(_consistent(known, place) is None for _, place in values):
                after.add(known)
        if not after:
            return (path, tests), bool(places)
        joined = after
    return None


def _consistent(one: Place, other: Place) -> Place | None:
    """Both places together, or None when they are different elements of one array."""
    if not one or one == other:
        return other
    if not other:
        return one
    merged = dict(one)
    for array, index in other:
        if merged.setdefault(array, index) != index:
            return None
    return tuple(sorted(merged.items()))


def _mismatch(
    failed: Field,
    found: dict[str, list[tuple[Json, Place]]],
    *,
    by_element: bool,
) -> Mismatch:
    path, tests = failed
    expected = " or ".join(test.wants for test in tests)
    if by_element:
        expected += ", in the same array element as the fields before it"
    values = [value for value, _ in found.get(path, ())]
    actual = values[0] if len(values) == 1 else values
    return Mismatch(path, expected, actual if values else None, bool(values))
