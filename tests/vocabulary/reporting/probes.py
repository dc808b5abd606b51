"""`expect` of report scenarios."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.scenarios.vocabulary import Difference, Vocabulary, World, differences
from tests.vocabulary.tables import items


def answered_rows(world: World) -> list[dict[str, Any]]:
    """The rows of the last answer that has some."""
    bodies = [answer.body for answer in world.answers.values()]
    found: list[Any] = [
        body["rows"] for body in bodies if isinstance(body, dict) and "rows" in body
    ]
    return found[-1] if found else []


def register(vocabulary: Vocabulary) -> None:
    @vocabulary.probe("rows")
    def _rows(world: World, want: Any) -> Iterable[Difference]:
        return differences("rows", want, answered_rows(world))

    @vocabulary.probe("only_fields")
    def _fields(world: World, want: Any) -> Iterable[Difference]:
        got = sorted({name for row in answered_rows(world) for name in row})
        return differences("only_fields", sorted(want), got)

    @vocabulary.probe("rows_written")
    def _written(world: World, want: Any) -> Iterable[Difference]:
        return differences("rows_written", want, len(items(world, "ReportFacts")))
