"""Bytes of an S3 object → items, source by source."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from simulator.tasks.decoders import Record, decompressed, records
from simulator.tasks.parquet import check_sizes
from simulator.tasks.unreadable import Unreadable


def read(data, **more):
    """The items of these bytes by this ReaderConfig."""
    given = data if isinstance(data, bytes) else data.encode()
    return list(records(given, more))


def values(data, **config):
    return [record.value for record in read(data, **config)]


def unreadable(data, **config):
    with pytest.raises(Unreadable) as caught:
        read(data, **config)
    return str(caught.value)


# -- JSON -------------------------------------------------------------------------------------------


def test_a_json_array_has_its_elements():
    assert read('[1, {"a": null}, [2]]', InputType="JSON") == [
        Record(1),
        Record({"a": None}),
        Record([2]),
    ]


def test_a_json_object_has_its_members_with_their_keys():
    assert read('{"b": 1, "a": {"x": 2}}', InputType="JSON") == [
        Record(1, "b"),
        Record({"x": 2}, "a"),
    ]


def test_before_september_2025_a_json_object_could_not_be_iterated():
    """Recorded in 2023."""
    with pytest.raises(Unreadable, match=r"^Attempting to map over non-iterable node\.$"):
        list(records(b'{"Hello": "world"}', {"InputType": "JSON"}, objects=False))


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("", [{"a/b": {"~": [1, 2]}, "n": [[3], 4]}]),
        ("/0/n", [[3], 4]),
        ("/0/n/0", [3]),
        ("/0/a~1b/~0", [1, 2]),
        ("/0/a~1b", [[1, 2]]),
    ],
)
def test_an_items_pointer_leads_to_the_items(pointer, expected):
    text = '[{"a/b": {"~": [1, 2]}, "n": [[3], 4]}]'
    assert values(text, InputType="JSON", ItemsPointer=pointer) == expected


@pytest.mark.parametrize("pointer", ["/none", "/a/0/0", "/a/2", "/a/-", "/n"])
def test_a_pointer_to_nothing_or_to_no_collection_has_no_items(pointer):
    text = '{"a": [1, 2], "n": 1}'
    told = unreadable(text, InputType="JSON", ItemsPointer=pointer)
    assert told == "Attempting to map over non-iterable node."


def test_a_pointer_begins_with_a_slash():
    told = unreadable("{}", InputType="JSON", ItemsPointer="a")
    assert told == "ItemsPointer 'a' is not a JSON Pointer."


@pytest.mark.parametrize("text", ["5", '"x"', "null", "true"])
def test_a_scalar_has_no_items(text):
    assert unreadable(text, InputType="JSON") == "Attempting to map over non-iterable node."


@pytest.mark.parametrize("text", ["", "[1,", "[NaN]", "[" * 200_000])
def test_text_that_is_not_json_is_unreadable(text):
    assert unreadable(text, InputType="JSON").startswith("The file is not valid JSON: ")


def test_bytes_that_are_not_utf_8_are_unreadable():
    assert unreadable(b"[\xff]", InputType="JSON").startswith("The file is not valid UTF-8: ")


def test_a_byte_order_mark_is_no_content():
    assert values(b"\xef\xbb\xbf[1]", InputType="JSON") == [1]
    assert values(b"\xef\xbb\xbfa\n1\n", InputType="CSV") == [{"a": "1"}]


# -- JSON Lines -------------------------------------------------------------------------------------


def test_json_lines_have_one_item_a_line_and_blank_lines_none():
    assert values('{"a": 1}\n\n [2] \r\n"x"', InputType="JSONL") == [{"a": 1}, [2], "x"]


def test_a_line_that_is_not_json_is_named():
    assert unreadable("1\n{\n", InputType="JSONL").startswith("The line 2 is not valid JSON: ")


# -- delimited text ---------------------------------------------------------------------------------


def test_the_first_row_gives_the_headers_and_all_values_are_texts():
    text = "id,name,ok\n1,Ann,true\n2,,\n"
    assert values(text, InputType="CSV", CSVHeaderLocation="FIRST_ROW") == [
        {"id": "1", "name": "Ann", "ok": "true"},
        {"id": "2", "name": "", "ok": ""},
    ]


def test_given_headers_make_the_first_row_an_item():
    config = {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "b"]}
    assert values("1,2\n3,4\n", **config) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_missing_fields_are_empty_and_surplus_ones_are_dropped():
    """Recorded."""
    assert values("H1,\nV4,V5,V6\n,,,\n   \n", InputType="CSV") == [
        {"H1": "V4", "": "V5"},
        {"H1": "", "": ""},
        {"H1": "   ", "": ""},
    ]


def test_quoted_fields_hold_delimiters_quotes_and_lines():
    text = 'a,b\n"1,5","say ""hi""\nthere"\r\n2,3\r\n'
    assert values(text, InputType="CSV") == [
        {"a": "1,5", "b": 'say "hi"\nthere'},
        {"a": "2", "b": "3"},
    ]


@pytest.mark.parametrize(
    ("name", "sign"),
    [("COMMA", ","), ("PIPE", "|"), ("SEMICOLON", ";"), ("SPACE", " "), ("TAB", "\t")],
)
def test_every_delimiter_of_the_service_parts_fields(name, sign):
    text = f"a{sign}b\n1{sign}2\n"
    assert values(text, InputType="CSV", CSVDelimiter=name) == [{"a": "1", "b": "2"}]


def test_an_unknown_delimiter_is_refused():
    told = unreadable("a\n", InputType="CSV", CSVDelimiter="HASH")
    assert told == "CSVDelimiter must be one of COMMA, PIPE, SEMICOLON, SPACE, TAB."


@pytest.mark.parametrize("given", [{}, {"CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "a"]}])
def test_headers_are_distinct(given):
    assert unreadable("a,a\n1,2\n", InputType="CSV", **given) == (
        "CSV headers cannot contain duplicates."  # recorded
    )


def test_headers_have_a_limit():
    assert values(f"{'h' * (10 * 1024 - 1)}\n1\n", InputType="CSV")
    told = unreadable(f"{'h' * (10 * 1024)}\n1\n", InputType="CSV")
    assert told == "CSV headers cannot be over 10240 bytes."


def test_a_field_may_be_as_long_as_an_item():
    long = "x" * 200_000
    assert values(f"a\n{long}\n", InputType="CSV") == [{"a": long}]


def test_an_item_is_not_over_eight_megabytes():
    told = unreadable(json.dumps([1, "x" * 8 * 1024 * 1024]), InputType="JSON")
    assert told == "The item at index 1 is over the limit of 8388608 bytes."


def test_an_unknown_type_has_no_items():
    assert unreadable("x", InputType="XML") == "The InputType 'XML' has no items of its own."


# -- Parquet ----------------------------------------------------------------------------------------


def parquet_of(columns, **options):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), out, **options)
    return out.getvalue()


def test_every_row_of_a_parquet_file_is_an_item():
    rows = parquet_of({"id": [1, 2, 3], "name": ["a", None, "c"]}, row_group_size=2)
    assert values(rows, InputType="PARQUET") == [
        {"id": 1, "name": "a"},
        {"id": 2, "name": None},
        {"id": 3, "name": "c"},
    ]


def test_values_of_parquet_become_json():
    columns = {
        "whole": [Decimal(2)],
        "part": [Decimal("2.5")],
        "day": [date(2026, 1, 2)],
        "at": [datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)],
        "list": [[1, None]],
        "object": [{"a": {"b": 1.5}}],
        "text": [b"abc"],
        "bytes": [b"\xff\x00"],
        "nan": [float("nan")],
        "on": [True],
    }
    (row,) = values(parquet_of(columns), InputType="PARQUET")
    assert row == {
        "whole": 2,
        "part": 2.5,
        "day": "2026-01-02",
        "at": "2026-01-02T03:04:05Z",
        "list": [1, None],
        "object": {"a": {"b": 1.5}},
        "text": "abc",
        "bytes": "/wA=",
        "nan": None,
        "on": True,
    }


def test_bytes_that_are_not_parquet_are_unreadable():
    pytest.importorskip("pyarrow")
    assert unreadable(b"nothing", InputType="PARQUET").startswith("The file is not valid Parquet")


@pytest.mark.parametrize(
    ("footer", "group", "told"),
    [
        (5 * 1024 * 1024 + 1, 1, "The Parquet footer is over the limit of 5242880 bytes."),
        (1, 256 * 1024 * 1024 + 1, "The Parquet row group 0 is over the limit of 268435456 bytes."),
    ],
)
def test_footers_and_row_groups_have_limits(footer, group, told):
    class Group:
        total_byte_size = group

    class Metadata:
        serialized_size = footer
        num_row_groups = 1

        def row_group(self, _index):
            return Group

    with pytest.raises(Unreadable) as caught:
        check_sizes(Metadata())
    assert str(caught.value) == told


# -- compression ------------------------------------------------------------------------------------


def test_gzip_is_opened_by_the_ending_of_the_key():
    packed = gzip.compress(b"[1]") + gzip.compress(b" ")
    assert decompressed(packed, "a.json.gz") == b"[1] "
    assert decompressed(packed, "a.json") == packed


@pytest.mark.parametrize("ending", ["zst", "zstd"])
def test_zstandard_is_opened_with_all_its_frames(ending):
    zstandard = pytest.importorskip("zstandard")
    packed = zstandard.compress(b"[1,") + zstandard.compress(b"2]")
    assert decompressed(packed, f"a.{ending}") == b"[1,2]"


@pytest.mark.parametrize(("ending", "name"), [("gz", "GZIP"), ("zst", "ZSTD")])
def test_what_only_looks_compressed_is_unreadable(ending, name):
    pytest.importorskip("zstandard")
    with pytest.raises(Unreadable, match=rf"^The object 'a.{ending}' is not valid {name}: "):
        decompressed(b"plain", f"a.{ending}")
    with pytest.raises(Unreadable):
        decompressed(gzip.compress(b"x" * 100)[:-9], "cut.gz")
