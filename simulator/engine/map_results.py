"""What becomes of the results of a distributed Map's children: ResultWriter's transformations.

Records are those of `ports.WriteResults`. Behaviour: documented; guesses are marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from simulator.values import Json, compact, parse_json

# The three kinds of result files, and which children's records they hold.
FILES: Final[Mapping[str, tuple[str, ...]]] = {
    "FAILED": ("FAILED", "TIMED_OUT", "ABORTED"),
    "PENDING": ("PENDING",),
    "SUCCEEDED": ("SUCCEEDED",),
}


def transformed(records: Iterable[Mapping[str, Json]], transformation: str) -> list[Json]:
    """NONE: the records; COMPACT: the children's outputs; FLATTEN: outputs, arrays taken apart.

    A child that did not succeed stays a record, whatever the transformation. A state's result is
    this array whatever the OutputType (guess): a state's output is one JSON value.
    """
    return list(_transformed(records, transformation))


def _transformed(records: Iterable[Mapping[str, Json]], transformation: str) -> Iterator[Json]:
    for record in records:
        if transformation == "NONE" or record.get("Status") != "SUCCEEDED":
            yield dict(record)
            continue
        output = parse_json(str(record["Output"]))
        if transformation == "FLATTEN" and isinstance(output, list):
            yield from output
        else:
            yield output


def chunks(values: Iterable[Json], output_type: str, limit: int) -> Iterator[str]:
    """The texts of the files that these values fill, each of at most `limit` bytes.

    A value that is larger on its own has a file of its own. No values: no file.
    """
    texts: list[str] = []
    size = 0
    for value in values:
        text = compact(value)
        length = len(text.encode("utf-8", "surrogatepass")) + 1  # and what separates it
        if texts and size + length > limit:
            yield _file(texts, output_type)
            texts, size = [], 0
        texts.append(text)
        size += length
    if texts:
        yield _file(texts, output_type)


def _file(texts: Sequence[str], output_type: str) -> str:
    if output_type == "JSONL":
        return "\n".join(texts) + "\n"
    return f"[{','.join(texts)}]"


def manifest(bucket: str, map_run: str, files: Mapping[str, Sequence[tuple[str, int]]]) -> Json:
    """manifest.json; `files` has the keys and sizes of the result files by their kind."""
    listed: Json = {
        kind: [{"Key": key, "Size": size} for key, size in files.get(kind, ())] for kind in FILES
    }
    return {"DestinationBucket": bucket, "MapRunArn": map_run, "ResultFiles": listed}
