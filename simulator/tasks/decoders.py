"""Bytes of an S3 object → the items of a distributed Map: JSON, JSON Lines, delimited text, Parquet.

Every reader is a generator: a Map with MaxItems reads no further than it must. Texts of causes are
recorded where a comment says so; the others are guesses.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from simulator.errors import UsageError
from simulator.tasks import parquet
from simulator.tasks.unreadable import Unreadable
from simulator.values import Json, parse_json, size_in_bytes

DELIMITERS: Final = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
ITEM_BYTES: Final = 8 * 1024 * 1024  # docs
HEADER_BYTES: Final = 10 * 1024  # docs
NOT_ITERABLE: Final = "Attempting to map over non-iterable node."  # recorded


class Record(NamedTuple):
    """One item of a file; `key` is set for the members of an object."""

    value: Json
    key: str | None = None


def decompressed(data: bytes, key: str) -> bytes:
    """What is in a `.gz`, `.zst` or `.zstd` object; any other object is itself. Raises Unreadable.

    UsageError when Zstandard is not installed.
    """
    if key.endswith(".gz"):
        try:
            return gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise Unreadable(f"The object '{key}' is not valid GZIP: {error}") from None
    if not key.endswith((".zst", ".zstd")):
        return data
    try:
        import zstandard
    except ImportError:
        raise UsageError(
            f"reading '{key}' needs zstandard: pip install 'stepfunctions-simulator[parquet]'"
        ) from None
    reader = zstandard.ZstdDecompressor()
    try:
        return reader.stream_reader(io.BytesIO(data), read_across_frames=True).read()
    except zstandard.ZstdError as error:
        raise Unreadable(f"The object '{key}' is not valid ZSTD: {error}") from None


def records(
    data: bytes, config: Mapping[str, Json], *, objects: bool = True, item_bytes: int = ITEM_BYTES
) -> Iterator[Record]:
    """The items of one file by ReaderConfig's InputType. Raises Unreadable while it is read.

    `objects`: a JSON object is a list of its members (since September 2025, docs).
    """
    match config.get("InputType"):
        case "JSON":
            found = _json(data, str(config.get("ItemsPointer") or ""), objects=objects)
        case "JSONL":
            found = _json_lines(data)
        case "CSV":
            found = _delimited(data, config)
        case "PARQUET":
            found = map(Record, parquet.rows(data))
        case other:
            raise Unreadable(f"The InputType '{other}' has no items of its own.")
    return found if len(data) <= item_bytes else _small(found, item_bytes)


def _small(found: Iterator[Record], limit: int) -> Iterator[Record]:
    """No item of a file is larger than the file: only large files are measured."""
    for index, record in enumerate(found):
        if size_in_bytes(record.value) > limit:
            raise Unreadable(f"The item at index {index} is over the limit of {limit} bytes.")
        yield record


def text_of(data: bytes) -> str:
    """UTF-8, with or without a byte order mark. Raises Unreadable."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"The file is not valid UTF-8: {error.reason}.") from None


def parsed(text: str, what: str = "file") -> Json:
    """Raises Unreadable."""
    try:
        return parse_json(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"The {what} is not valid JSON: {error}") from None


def _json(data: bytes, pointer: str, *, objects: bool) -> Iterator[Record]:
    value = _at(parsed(text_of(data)), pointer)
    if isinstance(value, list):
        yield from map(Record, value)
    elif isinstance(value, dict) and objects:
        yield from (Record(item, name) for name, item in value.items())
    else:
        raise Unreadable(NOT_ITERABLE)


def _at(value: Json, pointer: str) -> Json:
    """The value at a JSON Pointer (RFC 6901); what is not there cannot be iterated (guess)."""
    if not pointer:
        return value
    if not pointer.startswith("/"):
        raise Unreadable(f"ItemsPointer '{pointer}' is not a JSON Pointer.")
    for part in pointer[1:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise Unreadable(NOT_ITERABLE)
    return value


def _json_lines(data: bytes) -> Iterator[Record]:
    for number, line in enumerate(io.StringIO(text_of(data)), 1):
        if line.strip():
            yield Record(parsed(line, f"line {number}"))


@contextmanager
def _long_fields() -> Iterator[None]:
    """Python refuses fields over 128 KiB; an item may have 8 MB."""
    before = csv.field_size_limit(ITEM_BYTES)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _delimited(data: bytes, config: Mapping[str, Json]) -> Iterator[Record]:
    """All values are texts; lines without a single character are skipped (recorded)."""
    name = str(config.get("CSVDelimiter") or "COMMA")
    if name not in DELIMITERS:
        raise Unreadable(f"CSVDelimiter must be one of {', '.join(DELIMITERS)}.")
    lines = csv.reader(io.StringIO(text_of(data), newline=""), delimiter=DELIMITERS[name])
    rows = _rows(lines)
    given = config.get("CSVHeaders")
    if config.get("CSVHeaderLocation") == "GIVEN":
        headers = [str(header) for header in given] if isinstance(given, list) else []
    else:
        headers = next(rows, [])
    check_headers(headers)
    for row in rows:
        yield Record(row_of(headers, row))


def _rows(lines: Iterator[list[str]]) -> Iterator[list[str]]:
    while True:
        try:
            with _long_fields():
                row = next(lines, None)
        except csv.Error as error:
            raise Unreadable(f"The file is not valid delimited text: {error}.") from None
        if row is None:
            return
        if row:
            yield row


def check_headers(headers: Sequence[str]) -> None:
    """Raises Unreadable."""
    if len(set(headers)) < len(headers):
        raise Unreadable("CSV headers cannot contain duplicates.")  # recorded
    if sum(len(header.encode()) + 1 for header in headers) > HEADER_BYTES:
        raise Unreadable(f"CSV headers cannot be over {HEADER_BYTES} bytes.")


def row_of(headers: Sequence[str], row: Sequence[str]) -> dict[str, Json]:
    """Missing fields are empty texts, surplus ones are dropped (recorded)."""
    found: dict[str, Json] = dict(zip(headers, row, strict=False))
    for header in headers[len(row) :]:
        found[header] = ""
    return found
