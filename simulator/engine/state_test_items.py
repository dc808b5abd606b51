"""The items of a Map under test: its own data, or what ItemReader is said to have read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from simulator.asl.model import ItemReader, Map
from simulator.engine.map_batches import batches
from simulator.engine.map_fields import input_of, items_of, tolerance, whole
from simulator.engine.ports import Item
from simulator.engine.scope import StateScope
from simulator.engine.state_inspection import Inspection
from simulator.engine.state_test_error import StateTestError, invalid
from simulator.values import Json, parse_json

_DELIMITERS: Final = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
_FIELD: Final = "stateConfiguration.mapItemReaderData"


def inspect_map(
    inspection: Inspection,
    state: Map,
    scope: StateScope,
    effective: Json,
    reader_data: str | None,
) -> tuple[int | None, int | None, float | None]:
    """Note what the Map would do; the number of its iterations (None: not known), and its tolerance.

    Raises EvaluationError and Failed as the state itself would, StateTestError for bad reader data.
    """
    items = _items(inspection, state, scope, effective, reader_data)
    most = 0  # AWS: 0 when not given (recorded)
    if state.max_concurrency is not None:
        value = state.max_concurrency.evaluate(effective, scope)
        most = whole(scope, state.max_concurrency, state.max_concurrency_field, value)
    inspection.note_number("maxConcurrency", most)
    count, share = tolerance(state, scope, effective)
    inspection.note_number("toleratedFailureCount", count)
    inspection.note_number("toleratedFailurePercentage", None if share is None else float(share))
    if items is None:
        return None, count, share
    values = [input_of(item.value, item.key) for item in items]
    if state.item_selector is not None:
        values = _selected(state, scope, effective, items)
        inspection.note("afterItemSelector", values)
    if state.batcher is not None:
        values = [child.value for child in batches(state.batcher, scope, effective, values)]
        inspection.note("afterItemBatcher", values)
    return len(values), count, share


def _selected(state: Map, scope: StateScope, effective: Json, items: Sequence[Item]) -> list[Json]:
    made: list[Json] = []
    for index, item in enumerate(items):
        scope.on_item((index, *item))
        try:
            made.append(state.item_selector.evaluate(effective, scope))  # type: ignore[union-attr]  # the caller has looked
        finally:
            scope.on_item(None)
    return made


def _items(
    inspection: Inspection, state: Map, scope: StateScope, effective: Json, text: str | None
) -> Sequence[Item] | None:
    if state.reader is None:
        values, keys = items_of(state, scope, effective)
        if state.data.query_language == "JSONPath" and state.items is not None:
            shown: Json = list(values) if keys is None else dict(zip(keys, values, strict=True))
            inspection.note("afterItemsPath", shown)
        return [
            Item(value, None if keys is None else keys[index]) for index, value in enumerate(values)
        ]
    if state.reader.arguments is not None:
        state.reader.arguments.evaluate(effective, scope)
    if text is None:
        return None
    items = read_items(state.reader, text, inspection)
    if state.reader.max_items is not None:
        value = state.reader.max_items.evaluate(effective, scope)
        limit = whole(scope, state.reader.max_items, state.reader.max_items_field, value)
        items = items[: limit or None]
    return items


def read_items(reader: ItemReader, text: str, inspection: Inspection) -> list[Item]:
    """Items from `mapItemReaderData`, "as found in its original source" (docs).

    Listed objects and manifests are JSON arrays here (guess). Raises StateTestError; its words are a
    guess.
    """
    kind = reader.config.get("InputType")
    read = _READERS.get(str(kind), _json)
    try:
        found = read(text, reader.config)
    except (ValueError, RecursionError, csv.Error) as error:
        raise _unreadable(str(error)) from None
    if reader.config.get("ItemsPointer"):
        found = _at(found, str(reader.config["ItemsPointer"]))
        inspection.note("afterItemsPointer", found)
    if isinstance(found, dict):
        return [Item(value, key) for key, value in found.items()]
    if isinstance(found, list):
        return [Item(value) for value in found]
    raise _unreadable("it has no items")


def _unreadable(reason: str) -> StateTestError:
    return invalid(f"{_FIELD} cannot be read: {reason}")


def _json(text: str, _config: Mapping[str, Json]) -> Json:
    return parse_json(text)


def _json_lines(text: str, _config: Mapping[str, Json]) -> Json:
    return [parse_json(line) for line in text.splitlines() if line.strip()]


def _csv(text: str, config: Mapping[str, Json]) -> Json:
    delimiter = _DELIMITERS[str(config.get("CSVDelimiter", "COMMA"))]
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    if config.get("CSVHeaderLocation") == "GIVEN":
        given: Any = config.get("CSVHeaders", [])
        headers = [str(header) for header in given]
    else:
        headers = rows.pop(0) if rows else []
    return [{**dict.fromkeys(headers, ""), **dict(zip(headers, row, strict=False))} for row in rows]


def _at(value: Json, pointer: str) -> Json:
    """The value at a JSON Pointer (RFC 6901)."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            raise _unreadable(f"ItemsPointer '{pointer}' finds nothing in it")
    return value


def _parquet(_text: str, _config: Mapping[str, Json]) -> Json:
    raise ValueError("Parquet is not text")


_READERS: Final[Mapping[str, Callable[[str, Mapping[str, Json]], Json]]] = {
    "CSV": _csv,
    "JSONL": _json_lines,
    "PARQUET": _parquet,
}
