"""The Map state: inline, and with everything that belongs to DISTRIBUTED mode alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Final, Literal

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
    MOST,
    STATE_RESULT,
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
from simulator.values import Json

_ONLY_DISTRIBUTED: Final = ("ItemReader", "ItemBatcher", "ResultWriter", "Label")
_READER_CONFIG: Final = frozenset(
    {
        "InputType", "CSVHeaderLocation", "CSVHeaders", "CSVDelimiter", "MaxItems", "MaxItemsPath",
        "ItemsPointer", "ManifestType", "Transformation",
    }
)  # fmt: skip
_FORMATS: Final = ("CSV", "JSON", "JSONL", "PARQUET")
_INPUT_TYPES: Final = (*_FORMATS, "MANIFEST")
_DELIMITERS: Final = ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB")
_READERS: Final = ("s3:getObject", "s3:listObjectsV2")
_LONGEST_LABEL: Final = 40
_NOT_IN_LABELS: Final = re.compile(r"[\s?*<>{}\[\]:;,\\|^~$#%&`\"\x00-\x1f\x7f-\x9f]")
_MOST_BYTES: Final = 262_144
# AWS: 100,000,001 was accepted (recorded), though the guide names 100,000,000.
_MOST_ITEMS: Final = 10**9

# (object, pointer, kind of graph) -> Graph, or None with problems
ReadProcessor = Callable[[Json, str, Literal["branch", "processor"]], "Graph | None"]


def read_map(
    name: str,
    reader: Reader,
    language: QueryLanguage,
    comment: str | None,
    read_graph: ReadProcessor,
) -> Map | None:
    reader.only_one("ItemProcessor", "Iterator")
    reader.only_one("ItemSelector", "Parameters")
    field = "Iterator" if reader.has("Iterator") else "ItemProcessor"
    data, next_state = read_data(reader, language, "Map", STATE_RESULT), read_next(reader)
    retriers, catchers = read_retriers(reader), read_catchers(reader, language)
    at_once, at_once_field = limit(reader, "MaxConcurrency", language, seconds_check(0, MOST))
    count, count_field = limit(reader, "ToleratedFailureCount", language, seconds_check(0))
    share, share_field = limit(reader, "ToleratedFailurePercentage", language, _share_check)
    mode, execution_type = _mode(reader, field)
    if reader.object(field, required=True) is None:
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


def _share_check(value: Json) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"must be a number, not {kind_of(value)}"
    return None if 0 <= value <= 100 else f"must be from 0 to 100, not {value}"


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
            )
    return "INLINE", "STANDARD"


def _items(reader: Reader, language: QueryLanguage) -> Expression | None:
    if language == "JSONPath":
        return reader.path("ItemsPath", compile_reference, "ASL102")
    value = reader.value.get("Items")
    if reader.has("Items") and not isinstance(value, list | dict | str):
        reader.add("ASL003", f"'Items' must be an array or JSONata, not {kind_of(value)}", "Items")
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
        most, most_field = limit(config, "MaxItems", language, seconds_check(0, _MOST_ITEMS))
        fixed = {k: v for k, v in config.value.items() if k not in ("MaxItems", "MaxItemsPath")}
        _check_reader_config(config, resource or "")
    elif resource is not None and resource.endswith(":getObject"):
        reader.add("ASL004", "ItemReader needs the field 'ReaderConfig'", None)
    return ItemReader(
        resource or "",
        reader.location,
        _arguments(reader, language),
        fixed,
        most,
        most_field,
    )


def _check_reader_config(config: Reader, resource: str) -> None:
    kind = _one_of(config, "InputType", _INPUT_TYPES)
    manifest = _one_of(config, "ManifestType", ("ATHENA_DATA", "S3_INVENTORY"))
    change = _one_of(config, "Transformation", ("NONE", "LOAD_AND_FLATTEN"))
    if resource.endswith(":listObjectsV2"):
        _check_listing(config, kind, change)
    else:
        if change is not None:
            config.add("ASL011", "'Transformation' needs s3:listObjectsV2", "Transformation")
        if kind is None and manifest != "S3_INVENTORY" and not config.has("InputType"):
            config.add("ASL004", "ReaderConfig needs the field 'InputType'", None)
    _check_csv(config, kind)
    if config.has("ItemsPointer"):
        pointer = config.text("ItemsPointer")
        if kind != "JSON":
            config.add("ASL011", "'ItemsPointer' needs InputType JSON", "ItemsPointer")
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
            config.add("ASL004", "ReaderConfig needs the field 'CSVHeaderLocation' for CSV", None)
        place = _one_of(config, "CSVHeaderLocation", ("FIRST_ROW", "GIVEN"))
        headers = config.array("CSVHeaders", required=place == "GIVEN")
        if place == "FIRST_ROW" and headers is not None:
            config.add("ASL011", "'CSVHeaders' needs CSVHeaderLocation GIVEN", "CSVHeaders")
        for header in headers or []:
            if not isinstance(header, str):
                config.add("ASL003", f"a header is a text, not {kind_of(header)}", "CSVHeaders")
        _one_of(config, "CSVDelimiter", _DELIMITERS)
        return
    for field in ("CSVHeaderLocation", "CSVHeaders", "CSVDelimiter"):
        if config.has(field):
            config.add("ASL011", f"'{field}' needs InputType CSV", field)


def _one_of(reader: Reader, field: str, known: Collection[str]) -> str | None:
    """The field's value when it is one of `known`; None when absent or wrong (with a problem)."""
    if not reader.has(field):
        return None
    value = reader.text(field)
    if value in known:
        return value
    if isinstance(reader.value[field], str):
        reader.add("ASL010", f"'{field}' cannot be '{value}'", field, one_of(value, known))
    return None


def _item_batcher(outer: Reader, language: QueryLanguage) -> ItemBatcher | None:
    reader = _inner(outer, "ItemBatcher", "ItemBatcher")
    if reader is None:
        return None
    counts, sizes = "MaxItemsPerBatch", "MaxInputBytesPerBatch"
    reader.unknown({counts, f"{counts}Path", sizes, f"{sizes}Path", "BatchInput", "Comment"})
    most, most_field = limit(reader, counts, language, seconds_check(1, _MOST_ITEMS))
    size, size_field = limit(reader, sizes, language, seconds_check(1, _MOST_BYTES))
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
        reader.add(
            "ASL015", "ResultWriter must not be empty", None, "give Resource, WriterConfig, or both"
        )
    resource = _resource(reader, ("s3:putObject",), required=False)
    config = _inner(reader, "WriterConfig", "WriterConfig")
    if config is not None:
        config.unknown({"Transformation", "OutputType"})
        _one_of(config, "Transformation", ("NONE", "COMPACT", "FLATTEN"))
        _one_of(config, "OutputType", ("JSON", "JSONL"))
    arguments = _arguments(reader, language)
    if arguments is not None and resource is None and not reader.has("Resource"):
        reader.add("ASL004", "ResultWriter needs the field 'Resource' beside its parameters", None)
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
        )
    labels = reader.report.labels
    if label and label in labels:
        where = reader.report.source.locate(labels[label])
        reader.add("ASL012", f"there are two labels '{label}'", "Label", f"the other is at {where}")
    labels.setdefault(label, reader.at("Label"))
    return label or None
