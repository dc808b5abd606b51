"""The Map state: inline, and with everything that belongs to DISTRIBUTED mode alone."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final, Literal

from simulator.asl import aws_words
from simulator.asl.expressions import Expression
from simulator.asl.model import (
    Graph,
    ItemBatcher,
    ItemReader,
    Map,
    QueryLanguage,
    ResultWriter,
)
from simulator.asl.parse_data import (
    STATE_RESULT,
    Wrong,
    jsonata,
    limit,
    read_catchers,
    read_data,
    read_next,
    read_retriers,
    seconds_check,
    template,
)
from simulator.asl.paths import compile_reference
from simulator.asl.reading import Reader, kind_of, one_of
from simulator.problems import AwsWords
from simulator.values import Json

_ONLY_DISTRIBUTED: Final = ("ItemReader", "ItemBatcher", "ResultWriter", "Label")
_READER_CONFIG: Final = frozenset(
    {
        "InputType", "CSVHeaderLocation", "CSVHeaders", "CSVDelimiter", "MaxItems", "MaxItemsPath",
        "ItemsPointer", "ManifestType", "Transformation", "Comment",
    }
)  # fmt: skip
_FORMATS: Final = ("CSV", "JSON", "JSONL", "PARQUET")
_INPUT_TYPES: Final = (*_FORMATS, "MANIFEST")
_DELIMITERS: Final = ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB")
_READERS: Final = ("s3:getObject", "s3:listObjectsV2")
_LONGEST_LABEL: Final = 40
_NOT_IN_LABELS: Final = re.compile(r"[\s?*<>{}\[\]:;,\\|^~$#%&`\"\x00-\x1f\x7f-\x9f]")
_MOST_BYTES: Final = 262_144
# AWS: the greatest literal (published measurement); a path may give more (recorded).
_MOST_ITEMS: Final = 100_000_000

# (object, pointer, kind of graph) -> Graph, or None with problems
ReadProcessor = Callable[[Json, str, Literal["branch", "processor"]], "Graph | None"]


def read_map(
    name: str,
    reader: Reader,
    language: QueryLanguage,
    comment: str | None,
    read_graph: ReadProcessor,
) -> Map | None:
    if reader.has("ItemProcessor") or reader.has("Iterator"):
        reader.only_one("ItemProcessor", "Iterator")
    reader.only_one("ItemSelector", "Parameters")
    field = "Iterator" if reader.has("Iterator") else "ItemProcessor"
    data, next_state = read_data(reader, language, "Map", STATE_RESULT), read_next(reader)
    retriers, catchers = read_retriers(reader), read_catchers(reader, language)
    at_once, at_once_field = _limit(reader, "MaxConcurrency", language, _count_check)
    count, count_field = _limit(reader, "ToleratedFailureCount", language, _count_check)
    share, share_field = _limit(reader, "ToleratedFailurePercentage", language, _share_check)
    mode, execution_type = _mode(reader, field)
    if not reader.has(field):
        message = f"{reader.title} needs the field 'ItemProcessor'"
        reader.add("ASL004", message, aws=aws_words.exactly_one(("ItemProcessor", "Iterator")))
        return None
    if reader.object(field) is None:
        return None
    processor = read_graph(reader.value[field], reader.at(field), "processor")
    if processor is None:
        return None
    return Map(
        name,
        reader.location,
        data,
        next_state,
        processor,
        items=_items(reader, language),
        item_selector=_selector(reader, language),
        max_concurrency=at_once,
        max_concurrency_field=at_once_field,
        tolerated_failure_count=count,
        tolerated_failure_count_field=count_field,
        tolerated_failure_percentage=share,
        tolerated_failure_percentage_field=share_field,
        mode=mode,
        execution_type=execution_type,
        reader=_item_reader(reader, language),
        batcher=_item_batcher(reader, language),
        writer=_result_writer(reader, language),
        label=_label(reader),
        retriers=retriers,
        catchers=catchers,
        comment=comment,
    )


# AWS: no greatest number is known (published measurement).
_count_check: Final = seconds_check(0, math.inf)


def _share_check(value: Json) -> Wrong | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Wrong(f"must be a number, not {kind_of(value)}", aws_words.whole_number())
    if 0 <= value <= 100:
        return None
    return Wrong(f"must be from 0 to 100, not {value}", aws_words.outside(value, 0.0, 100.0))


def _limit(
    reader: Reader,
    field: str,
    language: QueryLanguage,
    check: Callable[[Json], Wrong | None],
) -> tuple[Expression | None, str]:
    """As `limit`. The Map's paths to numbers do not reach the context object (measured)."""
    path = reader.value.get(f"{field}Path")
    if language == "JSONPath" and isinstance(path, str) and path.startswith("$$"):
        reader.add(
            "ASL102",
            f"'{field}Path' cannot read the context object",
            f"{field}Path",
            "begin it with $, or with $ and the name of a variable",
            aws_words.NOT_A_REFERENCE,
        )
        return None, f"{field}Path"
    return limit(reader, field, language, check)


def _mode(
    reader: Reader, field: str
) -> tuple[Literal["INLINE", "DISTRIBUTED"], Literal["STANDARD", "EXPRESS"]]:
    processor = reader.value.get(field)
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED":
        if reader.report.kind == "EXPRESS":
            reader.add(
                "ASL022",
                "a Map in DISTRIBUTED mode needs a STANDARD workflow, and this one is EXPRESS",
                field,
                'its child executions may be EXPRESS: "ExecutionType": "EXPRESS"',
                aws_words.express_distributed(f"{reader.at(field)}/ProcessorConfig/Mode"),
            )
        express = config.get("ExecutionType") == "EXPRESS"
        return "DISTRIBUTED", "EXPRESS" if express else "STANDARD"
    for only in _ONLY_DISTRIBUTED:
        if reader.has(only):
            reader.add(
                "ASL011",
                f"'{only}' needs a Map in DISTRIBUTED mode",
                only,
                'set "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}',
                replace(aws_words.unsupported(only), pointer=reader.pointer),
            )
    return "INLINE", "STANDARD"


def _items(reader: Reader, language: QueryLanguage) -> Expression | None:
    if language == "JSONPath":
        return reader.path("ItemsPath", compile_reference, "ASL102")
    value = reader.value.get("Items")
    if reader.has("Items") and not isinstance(value, list | dict | str):
        message = f"'Items' must be an array or JSONata, not {kind_of(value)}"
        reader.add("ASL003", message, "Items", aws=aws_words.of_type("ARRAY"))
        return None
    return jsonata(reader, "Items")


def _selector(reader: Reader, language: QueryLanguage) -> Expression | None:
    if language == "JSONata":
        return jsonata(reader, "ItemSelector")
    return template(reader, "Parameters" if reader.has("Parameters") else "ItemSelector")


def _inner(reader: Reader, field: str, title: str) -> Reader | None:
    value = reader.object(field)
    return None if value is None else Reader(reader.report, value, reader.at(field), title)


def _arguments(reader: Reader, language: QueryLanguage) -> Expression | None:
    field, other = ("Arguments", "Parameters")
    if language == "JSONPath":
        field, other = other, field
    if reader.has(other):
        reader.add(
            "ASL006",
            f"'{other}' belongs to the other query language, and {reader.title} uses {language}",
            other,
            f"name it '{field}'",
            replace(
                aws_words.of_other_language(
                    other, language, "JSONata" if language == "JSONPath" else "JSONPath"
                ),
                pointer=reader.pointer,
            ),
        )
    if not reader.has(field):
        return None
    return jsonata(reader, field) if language == "JSONata" else template(reader, field)


def _resource(reader: Reader, known: Collection[str], *, required: bool) -> str | None:
    """The S3 action that the field's Resource names, or None (with a problem when it is wrong)."""
    text = reader.text("Resource", required=required)
    if not text:
        return None
    _, _, action = text.partition(":states:::")
    if action not in known:
        reader.add(
            "ASL020",
            f"{reader.title} cannot use the resource '{text}'",
            "Resource",
            f"it may be {', '.join(f'arn:aws:states:::{item}' for item in known)}",
            AwsWords("The field 'Resource' does not match any of the allowed values"),
        )
    return text


def _item_reader(outer: Reader, language: QueryLanguage) -> ItemReader | None:
    reader = _inner(outer, "ItemReader", "ItemReader")
    if reader is None:
        return None
    reader.unknown({"Resource", "ReaderConfig", "Parameters", "Arguments", "Comment"})
    resource = _resource(reader, _READERS, required=True)
    config = _inner(reader, "ReaderConfig", "ReaderConfig")
    most, most_field = None, "MaxItems"
    fixed: dict[str, Json] = {}
    if config is not None:
        config.unknown(_READER_CONFIG)
        most, most_field = _limit(config, "MaxItems", language, seconds_check(0, _MOST_ITEMS))
        fixed = {k: v for k, v in config.value.items() if k not in ("MaxItems", "MaxItemsPath")}
        _check_reader_config(config, resource or "")
        _check_version(reader, config, "Parameters" if language == "JSONPath" else "Arguments")
    elif resource is not None and resource.endswith(":getObject"):
        reader.needs("ReaderConfig")
    return ItemReader(
        resource or "",
        reader.location,
        _arguments(reader, language),
        fixed,
        most,
        most_field,
    )


def _check_version(reader: Reader, config: Reader, field: str) -> None:
    """Versions of Parquet files cannot be chosen (docs); whether creating the machine fails is open."""
    given = reader.value.get(field)
    names = ("VersionId", "VersionId.$")
    if config.value.get("InputType") != "PARQUET" or not isinstance(given, dict):
        return
    for name in names:
        if name in given:
            reader.report.add(
                "ASL011",
                "Parquet data cannot be read with 'VersionId'",
                f"{reader.at(field)}/{name}",
                None,
                "warning",
            )


def _check_reader_config(config: Reader, resource: str) -> None:
    kind = _one_of(config, "InputType", _INPUT_TYPES)
    manifest = _one_of(config, "ManifestType", ("ATHENA_DATA", "S3_INVENTORY"))
    change = _one_of(config, "Transformation", ("NONE", "LOAD_AND_FLATTEN"))
    if resource.endswith(":listObjectsV2"):
        _check_listing(config, kind, change)
    else:
        if change is not None:
            _refuse(config, "Transformation", "'Transformation' needs s3:listObjectsV2")
        if kind is None and manifest != "S3_INVENTORY" and not config.has("InputType"):
            config.needs("InputType")
    _check_csv(config, kind)
    if config.has("ItemsPointer"):
        pointer = config.text("ItemsPointer")
        if kind != "JSON":
            _refuse(config, "ItemsPointer", "'ItemsPointer' needs InputType JSON")
        elif pointer and not pointer.startswith("/"):
            config.add("ASL010", "'ItemsPointer' is a JSON Pointer such as /a/b", "ItemsPointer")
    if manifest == "ATHENA_DATA" and kind not in (None, "CSV", "JSONL", "PARQUET"):
        config.add("ASL010", f"ATHENA_DATA cannot hold {kind}", "InputType", "CSV, JSONL, PARQUET")


def _check_listing(config: Reader, kind: str | None, change: str | None) -> None:
    if change == "LOAD_AND_FLATTEN":
        if kind is None and not config.has("InputType"):
            config.add("ASL011", "LOAD_AND_FLATTEN needs the field 'InputType'", "Transformation")
        elif kind == "MANIFEST":
            config.add("ASL010", "listed objects cannot be read as MANIFEST", "InputType")
    elif kind is not None:
        config.add(
            "ASL011",
            "'InputType' needs LOAD_AND_FLATTEN when objects are listed",
            "InputType",
            'set "Transformation": "LOAD_AND_FLATTEN" to read what the objects hold',
        )


def _check_csv(config: Reader, kind: str | None) -> None:
    if kind == "CSV":
        if not config.has("CSVHeaderLocation"):
            message = "ReaderConfig needs the field 'CSVHeaderLocation' for CSV"
            words = AwsWords("The field 'CSVHeaderLocation' is required")
            config.add("ASL004", message, aws=words)
        place = _one_of(config, "CSVHeaderLocation", ("FIRST_ROW", "GIVEN"))
        headers = config.array("CSVHeaders", required=place == "GIVEN")
        if place == "FIRST_ROW" and headers is not None:
            _refuse(config, "CSVHeaders", "'CSVHeaders' needs CSVHeaderLocation GIVEN")
        for header in headers or []:
            if not isinstance(header, str):
                config.add("ASL003", f"a header is a text, not {kind_of(header)}", "CSVHeaders")
        _one_of(config, "CSVDelimiter", _DELIMITERS)
        return
    for field in ("CSVHeaderLocation", "CSVHeaders", "CSVDelimiter"):
        if config.has(field):
            _refuse(config, field, f"'{field}' needs InputType CSV")


def _one_of(reader: Reader, field: str, known: Collection[str]) -> str | None:
    """The field's value when it is one of `known`; None when absent or wrong (with a problem)."""
    if not reader.has(field):
        return None
    value = reader.text(field)
    if value in known:
        return value
    if isinstance(reader.value[field], str):
        message = f"'{field}' cannot be '{value}'"
        words = aws_words.one_of(known)
        reader.add("ASL010", message, field, one_of(value, known), words)
    return None


def _refuse(reader: Reader, field: str, message: str) -> None:
    """A field that what stands beside it leaves no room for."""
    reader.add_whole("ASL011", message, field, None, aws_words.unsupported(field))


def _item_batcher(outer: Reader, language: QueryLanguage) -> ItemBatcher | None:
    reader = _inner(outer, "ItemBatcher", "ItemBatcher")
    if reader is None:
        return None
    counts, sizes = "MaxItemsPerBatch", "MaxInputBytesPerBatch"
    reader.unknown({counts, f"{counts}Path", sizes, f"{sizes}Path", "BatchInput", "Comment"})
    most, most_field = _limit(reader, counts, language, seconds_check(1, _MOST_ITEMS))
    size, size_field = _limit(reader, sizes, language, seconds_check(1, _MOST_BYTES))
    if not any(reader.has(f"{field}{twin}") for field in (counts, sizes) for twin in ("", "Path")):
        reader.add("ASL011", f"ItemBatcher needs '{counts}' or '{sizes}', or both", None)
    batch_input = (
        jsonata(reader, "BatchInput") if language == "JSONata" else template(reader, "BatchInput")
    )
    return ItemBatcher(reader.location, most, most_field, size, size_field, batch_input)


def _result_writer(outer: Reader, language: QueryLanguage) -> ResultWriter | None:
    reader = _inner(outer, "ResultWriter", "ResultWriter")
    if reader is None:
        return None
    reader.unknown({"Resource", "WriterConfig", "Parameters", "Arguments", "Comment"})
    if not reader.value:
        hint = "give Resource, WriterConfig, or both"
        reader.add("ASL015", "ResultWriter must not be empty", None, hint, aws_words.EMPTY)
    resource = _resource(reader, ("s3:putObject",), required=False)
    config = _inner(reader, "WriterConfig", "WriterConfig")
    if config is not None:
        config.unknown({"Transformation", "OutputType", "Comment"})
        _one_of(config, "Transformation", ("NONE", "COMPACT", "FLATTEN"))
        _one_of(config, "OutputType", ("JSON", "JSONL"))
    arguments = _arguments(reader, language)
    if arguments is not None and resource is None and not reader.has("Resource"):
        reader.needs("Resource", " beside its parameters")
    return ResultWriter(
        reader.location, resource, arguments, {} if config is None else config.value
    )


def _label(reader: Reader) -> str | None:
    if not reader.has("Label"):
        return None
    label = reader.text("Label")
    if len(label) > _LONGEST_LABEL or _NOT_IN_LABELS.search(label):
        reader.add(
            "ASL010",
            f"'{label}' is not a label",
            "Label",
            f'at most {_LONGEST_LABEL} characters, no blanks, none of ?*<>{{}}[]:;,\\|^~$#%&`"',
            aws_words.long_label(label),
        )
    labels = reader.report.labels
    if label and label in labels:
        where = reader.report.source.locate(labels[label])
        message = f"there are two labels '{label}'"
        hint = f"the other is at {where}"
        reader.add("ASL012", message, "Label", hint, aws_words.duplicate_label(label))
    labels.setdefault(label, reader.at("Label"))
    return label or None
