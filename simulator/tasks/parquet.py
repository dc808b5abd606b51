"""Parquet files as items: the one place that knows pyarrow."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from simulator.errors import UsageError
from simulator.tasks.unreadable import Unreadable
from simulator.values import Json

FOOTER_BYTES: Final = 5 * 1024 * 1024  # docs
ROW_GROUP_BYTES: Final = 256 * 1024 * 1024  # docs


def rows(data: bytes) -> Iterator[dict[str, Json]]:
    """One object a row. Raises Unreadable; UsageError when pyarrow is not installed."""
    try:
        from pyarrow.lib import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise UsageError(
            "reading Parquet needs pyarrow: pip install 'stepfunctions-simulator[parquet]'"
        ) from None
    try:
        file = ParquetFile(io.BytesIO(data))
        check_sizes(file.metadata)
        for batch in file.iter_batches(use_threads=False):
            yield from map(json_of, batch.to_pylist())
    except (ArrowException, OSError) as error:
        raise Unreadable(f"The file is not valid Parquet: {error}") from None


def check_sizes(metadata: Any) -> None:
    """The service's limits on footers and row groups. Raises Unreadable."""
    if metadata.serialized_size > FOOTER_BYTES:
        raise Unreadable(f"The Parquet footer is over the limit of {FOOTER_BYTES} bytes.")
    for index in range(metadata.num_row_groups):
        if metadata.row_group(index).total_byte_size > ROW_GROUP_BYTES:
            raise Unreadable(
                f"The Parquet row group {index} is over the limit of {ROW_GROUP_BYTES} bytes."
            )


def json_of(value: Any) -> Any:
    """A Parquet value as JSON. Guesses: the documentation names no types but rows."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {str(name): json_of(item) for name, item in value.items()}
        case list() if value and all(isinstance(item, tuple) for item in value):  # a map
            return {str(name): json_of(item) for name, item in value}
        case list():
            return [json_of(item) for item in value]
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime():
            moment = value.astimezone(UTC) if value.tzinfo is not None else value
            return moment.isoformat().replace("+00:00", "Z")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError:
                return base64.b64encode(value).decode()
        case _:
            return str(value)
