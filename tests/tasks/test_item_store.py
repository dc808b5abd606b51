"""S3ItemStore: datasets and result files of distributed Maps in the S3 stand-in."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.aws.cloud import Cloud
from simulator.aws.faults import Fault
from simulator.engine.behaviour import Behaviour
from simulator.engine.ports import Failure, Item, ReadItems, WriteResults
from simulator.errors import UsageError
from simulator.tasks.item_store import S3ItemStore

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
ACCOUNT = "123456789012"
START = datetime(2026, 1, 1, tzinfo=UTC)
BUCKET = "data"
RUN = f"arn:aws:states:us-east-1:{ACCOUNT}:mapRun:Flow/Each:1b2c"
GET, LIST, PUT = (
    f"arn:aws:states:::s3:{name}" for name in ("getObject", "listObjectsV2", "putObject")
)


class Shelf:
    """A store with one bucket, and what a test does with it."""

    def __init__(self, cloud: Cloud, **more: Any) -> None:
        self.cloud = cloud
        self.store = S3ItemStore(cloud, **more)

    def put(self, **objects: Any) -> None:
        """By keys: `__` is a slash, the last `_` a dot."""
        for name, body in objects.items():
            head, _, ending = name.replace("__", "/").rpartition("_")
            self.put_at(f"{head}.{ending}", body)

    def put_at(self, key: str, body: str | bytes) -> None:
        self.cloud.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)

    def ask(
        self, parameters: Any, resource: str = GET, limit: int | None = None, **config: Any
    ) -> Any:
        given = {"Bucket": BUCKET, **parameters}
        asked = ReadItems(resource, given, config, limit, "arn:run", "Flow", "Each")
        return self.store.read(asked)

    def values(self, parameters: Any, *more: Any, **config: Any) -> list[Any]:
        found = self.ask(parameters, *more, **config)
        assert not isinstance(found, Failure), found
        return [item.value for item in found]

    def write(self, records: Any, parameters: Any = None, **config: Any) -> Any:
        given = {"Bucket": BUCKET} if parameters is None else parameters
        asked = WriteResults(PUT, given, config, RUN, records, "arn:run", "Flow", "Each")
        return self.store.write(asked)

    def text(self, key: str) -> str:
        body = self.cloud.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"]
        return str(body.read().decode())

    def listed(self) -> list[str]:
        listed = self.cloud.client("s3").list_objects_v2(Bucket=BUCKET)
        return [entry["Key"] for entry in listed.get("Contents", ())]


@pytest.fixture
def cloud():
    with Cloud(ACCOUNT, "us-east-1", lambda: START) as made:
        made.client("s3").create_bucket(Bucket=BUCKET)
        yield made


@pytest.fixture
def shelf(cloud):
    return Shelf(cloud)


# -- one object -------------------------------------------------------------------------------------


def test_items_say_which_object_they_come_from(shelf):
    shelf.put(in__a_json='["x", {"y": 1}]', b_json='{"k": 1}')
    assert shelf.ask({"Key": "in/a.json"}, InputType="JSON") == [
        Item("x", None, "S3://data/in/a.json"),
        Item({"y": 1}, None, "S3://data/in/a.json"),
    ]
    assert shelf.ask({"Key": "b.json"}, InputType="JSON") == [Item(1, "k", "S3://data/b.json")]


def test_reads_are_calls_of_the_state(shelf):
    shelf.put(a_json="[1]")
    shelf.cloud.calls.clear()
    shelf.ask({"Key": "a.json"}, InputType="JSON")
    assert [(call.name, call.caller) for call in shelf.cloud.calls] == [("s3:GetObject", "Each")]


def test_a_limit_ends_the_reading_before_what_is_broken(shelf):
    shelf.put(a_jsonl="1\n2\n{\n")
    assert shelf.values({"Key": "a.jsonl"}, GET, 2, InputType="JSONL") == [1, 2]
    assert isinstance(shelf.ask({"Key": "a.jsonl"}, InputType="JSONL"), Failure)


def test_a_compressed_object_is_opened(shelf):
    shelf.put_at("a.csv.gz", gzip.compress(b"n\n1\n"))
    assert shelf.values({"Key": "a.csv.gz"}, InputType="CSV") == [{"n": "1"}]


def test_an_older_version_of_an_object_can_be_read(shelf):
    client = shelf.cloud.client("s3")
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    first = client.put_object(Bucket=BUCKET, Key="a.json", Body="[1]")["VersionId"]
    shelf.put(a_json="[2]")
    assert shelf.values({"Key": "a.json"}, InputType="JSON") == [2]
    assert shelf.values({"Key": "a.json", "VersionId": first}, InputType="JSON") == [1]
    told = shelf.ask({"Key": "a.json", "VersionId": first}, InputType="PARQUET")
    assert told == Failure(
        "States.ItemReaderFailed", "VersionId is not supported for the InputType PARQUET."
    )


def test_a_json_object_could_not_be_iterated_before_september_2025(cloud):
    shelf = Shelf(cloud, behaviour=Behaviour.of(date(2023, 9, 21)))
    shelf.put(a_json='{"Hello": "world"}')
    assert shelf.ask({"Key": "a.json"}, InputType="JSON") == Failure(
        "States.ItemReaderFailed", "Attempting to map over non-iterable node."
    )


def test_a_csv_file_of_a_header_alone_has_no_items_to_read(shelf):
    shelf.put(a_csv="a,b\n", b_json="[]")
    assert shelf.ask({"Key": "a.csv"}, InputType="CSV") == Failure(
        "States.ItemReaderFailed", "The CSV file contains only CSV headers."
    )
    given = {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"]}
    assert shelf.values({"Key": "a.csv"}, **given) == [{"a": "a"}]
    assert shelf.ask({"Key": "b.json"}, InputType="JSON") == []


# -- many objects -----------------------------------------------------------------------------------


def test_a_listing_describes_every_object_on_every_page(shelf):
    shelf.put(in__a_txt="1", in__b_txt="22", out__c_txt="333")
    items = shelf.ask({"Prefix": "in/", "MaxKeys": 1}, LIST)
    assert items == [
        Item(
            {
                "Etag": '"c4ca4238a0b923820dcc509a6f75849b"',
                "Key": "in/a.txt",
                "LastModified": int(START.timestamp()),
                "Size": 1,
                "StorageClass": "STANDARD",
            },
            None,
            "S3://data",
        ),
        Item(
            {
                "Etag": '"b6d767d2f8ed5d21a44b0e5886680cb9"',
                "Key": "in/b.txt",
                "LastModified": int(START.timestamp()),
                "Size": 2,
                "StorageClass": "STANDARD",
            },
            None,
            "S3://data",
        ),
    ]
    assert len(shelf.values({}, LIST)) == 3
    assert shelf.values({"Prefix": "none/"}, LIST) == []


def test_a_listing_is_read_no_further_than_its_limit(shelf):
    shelf.put(**{f"k{number}_txt": "x" for number in range(5)})
    shelf.cloud.calls.clear()
    found = shelf.values({"MaxKeys": 2}, LIST, 3)
    assert [item["Key"] for item in found] == ["k0.txt", "k1.txt", "k2.txt"]
    assert [call.name for call in shelf.cloud.calls] == ["s3:ListObjectsV2"] * 2


def test_the_contents_of_listed_objects_follow_each_other(shelf):
    shelf.put(in__a_csv="n\n1\n2\n", in__b_csv="n,m\n3,4\n", out__c_csv="n\n9\n")
    shelf.put_at("in/", "")  # a folder
    config = {"Transformation": "LOAD_AND_FLATTEN", "InputType": "CSV"}
    assert shelf.ask({"Prefix": "in/"}, LIST, **config) == [
        Item({"n": "1"}, None, "S3://data/in/a.csv"),
        Item({"n": "2"}, None, "S3://data/in/a.csv"),
        Item({"n": "3", "m": "4"}, None, "S3://data/in/b.csv"),
    ]
    assert shelf.values({"Prefix": "in/"}, LIST, 1, **config) == [{"n": "1"}]


def inventory(files, **more):
    found = {
        "sourceBucket": "source",
        "destinationBucket": f"arn:aws:s3:::{BUCKET}",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": key, "size": 1, "MD5checksum": "x"} for key in files],
    }
    return json.dumps({**found, **more})


@pytest.mark.parametrize("config", [{"InputType": "MANIFEST"}, {"ManifestType": "S3_INVENTORY"}])
def test_an_inventory_has_the_rows_of_its_files(shelf, config):
    shelf.put_at("i/1.csv.gz", gzip.compress(b'"source","a%20b.txt","5"\n"source","c","6"\n'))
    shelf.put_at("i/2.csv", '"source","d","7"\n')
    shelf.put(i__manifest_json=inventory(["i/1.csv.gz", "i/2.csv"]))
    items = shelf.ask({"Key": "i/manifest.json"}, **config)
    assert items == [
        Item({"Bucket": "source", "Key": "a%20b.txt", "Size": "5"}, None, "S3://data/i/1.csv.gz"),
        Item({"Bucket": "source", "Key": "c", "Size": "6"}, None, "S3://data/i/1.csv.gz"),
        Item({"Bucket": "source", "Key": "d", "Size": "7"}, None, "S3://data/i/2.csv"),
    ]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("[]", "The manifest is not the manifest.json of an S3 inventory."),
        ("{}", "The manifest is not the manifest.json of an S3 inventory."),
        (inventory([], fileFormat="ORC"), "The inventory's format is ORC; only CSV is supported."),
    ],
)
def test_what_is_no_csv_inventory_is_unreadable(shelf, text, cause):
    shelf.put(manifest_json=text)
    found = shelf.ask({"Key": "manifest.json"}, InputType="MANIFEST")
    assert found == Failure("States.ItemReaderFailed", cause)


def test_an_athena_manifest_lists_the_files_with_the_records(shelf):
    shelf.put(u__1_jsonl='{"a":1}\n', u__2_jsonl='{"a":2}\n{"a":3}\n')
    shelf.put_at("u/q-manifest.csv", "s3://data/u/1.jsonl\ns3://data/u/2.jsonl\n")
    config = {"ManifestType": "ATHENA_DATA", "InputType": "JSONL"}
    assert shelf.ask({"Key": "u/q-manifest.csv"}, **config) == [
        Item({"a": 1}, None, "S3://data/u/1.jsonl"),
        Item({"a": 2}, None, "S3://data/u/2.jsonl"),
        Item({"a": 3}, None, "S3://data/u/2.jsonl"),
    ]


def test_an_athena_manifest_may_list_parquet_files(shelf):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    parquet.write_table(pyarrow.table({"n": [1, 2]}), out)
    shelf.put_at("u/1", out.getvalue())
    shelf.put_at("u/m.csv", "s3://data/u/1")
    config = {"ManifestType": "ATHENA_DATA", "InputType": "PARQUET"}
    assert shelf.values({"Key": "u/m.csv"}, **config) == [{"n": 1}, {"n": 2}]


def test_a_line_of_a_manifest_that_is_no_object_is_named(shelf):
    shelf.put_at("m.csv", "https://example.com/x\n")
    found = shelf.ask({"Key": "m.csv"}, ManifestType="ATHENA_DATA", InputType="CSV")
    assert found == Failure(
        "States.ItemReaderFailed",
        "The manifest's line 'https://example.com/x' is not the URI of an S3 object.",
    )


# -- refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "resource", "cause"),
    [
        ({"Key": "none"}, GET, "The specified key does not exist. (Service: S3, Status Code: 404,"),
        (
            {"Bucket": "nobody", "Key": "none"},
            GET,
            "The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: ",
        ),
        ({"Bucket": "nobody"}, LIST, "The specified bucket does not exist (Service: S3, Status"),
        (
            {"Key": "a.json", "ExpectedBucketOwner": "210987654321"},
            GET,
            "Access Denied (Service: S3, Status Code: 403",
        ),
        (
            {"Key": "a.json", "Region": "x"},
            GET,
            "The parameters of s3:getObject cannot be used: The field 'Region' is not supported",
        ),
        ({"Key": 5}, GET, "Parameter validation failed:"),
        ({}, GET, "Parameter validation failed:"),
    ],
)
def test_what_s3_refuses_is_the_failure_of_the_reader(shelf, parameters, resource, cause):
    shelf.put(a_json="[1]")
    found = shelf.ask(parameters, resource, InputType="JSON")
    assert (found.error, found.cause[: len(cause)]) == ("States.ItemReaderFailed", cause)


def test_an_injected_fault_is_the_failure_of_the_reader(shelf):
    shelf.put(a_json="[1]")
    shelf.cloud.inject(Fault("s3", "GetObject", "SlowDown", function="Each", times=1))
    found = shelf.ask({"Key": "a.json"}, InputType="JSON")
    assert found.error == "States.ItemReaderFailed"
    assert shelf.values({"Key": "a.json"}, InputType="JSON") == [1]


@pytest.mark.parametrize(
    "resource", ["arn:aws:states:::s3:putObject", "arn:aws:states:::sqs:getObject"]
)
def test_nothing_else_is_a_reader(shelf, resource):
    with pytest.raises(UsageError, match=r"it has s3:getObject, s3:listObjectsV2$"):
        shelf.ask({"Key": "a"}, resource)


# -- writing ----------------------------------------------------------------------------------------


def record(status, name, **more):
    return {"ExecutionArn": f"arn:{name}", "Name": name, "Status": status, **more}


GOOD = record("SUCCEEDED", "a", Output="[1,2]")
ALSO = record("SUCCEEDED", "b", Output='{"x":1}')
LOST = record("FAILED", "c", Error="E", Cause="why")
LATE = record("TIMED_OUT", "d")
GONE = record("ABORTED", "e")
IDLE = record("PENDING", "f")


def test_results_are_written_by_status_with_a_manifest(shelf):
    records = [GOOD, LOST, ALSO, IDLE, LATE, GONE]
    details = shelf.write(records, {"Bucket": BUCKET, "Prefix": "jobs/"})
    assert details == {"Bucket": BUCKET, "Key": "jobs/1b2c/manifest.json"}
    files = {kind: f"jobs/1b2c/{kind}_0.json" for kind in ("FAILED", "PENDING", "SUCCEEDED")}
    assert shelf.listed() == [*files.values(), details["Key"]]
    assert {kind: json.loads(shelf.text(key)) for kind, key in files.items()} == {
        "FAILED": [LOST, LATE, GONE],
        "PENDING": [IDLE],
        "SUCCEEDED": [GOOD, ALSO],
    }
    assert json.loads(shelf.text(details["Key"])) == {
        "DestinationBucket": BUCKET,
        "MapRunArn": RUN,
        "ResultFiles": {
            kind: [{"Key": key, "Size": len(shelf.text(key))}] for kind, key in files.items()
        },
    }


def test_without_a_prefix_the_folder_is_the_map_runs(shelf):
    assert shelf.write([GOOD])["Key"] == "1b2c/manifest.json"
    assert json.loads(shelf.text("1b2c/manifest.json"))["ResultFiles"]["FAILED"] == []


@pytest.mark.parametrize(
    ("config", "key", "text"),
    [
        ({"Transformation": "COMPACT", "OutputType": "JSON"}, "json", '[[1,2],{"x":1}]'),
        ({"Transformation": "FLATTEN", "OutputType": "JSON"}, "json", '[1,2,{"x":1}]'),
        ({"Transformation": "FLATTEN", "OutputType": "JSONL"}, "jsonl", '1\n2\n{"x":1}\n'),
        ({"Transformation": "COMPACT", "OutputType": "JSONL"}, "jsonl", '[1,2]\n{"x":1}\n'),
    ],
)
def test_results_can_be_transformed(shelf, config, key, text):
    shelf.write([GOOD, LOST, ALSO], **config)
    assert shelf.text(f"1b2c/SUCCEEDED_0.{key}") == text
    assert json.loads(shelf.text(f"1b2c/FAILED_0.{key}").strip("[]\n")) == LOST


def test_large_results_fill_several_files(cloud):
    shelf = Shelf(cloud, file_bytes=200)
    shelf.write([record("SUCCEEDED", f"n{number}", Output="1") for number in range(5)])
    names = [key for key in shelf.listed() if "SUCCEEDED" in key]
    assert names == [f"1b2c/SUCCEEDED_{number}.json" for number in range(3)]
    read = [item["Name"] for name in names for item in json.loads(shelf.text(name))]
    assert read == ["n0", "n1", "n2", "n3", "n4"]


@pytest.mark.parametrize(
    ("parameters", "cause"),
    [
        (
            {"Bucket": "nobody"},
            "The specified bucket does not exist (Service: S3, Status Code: 404",
        ),
        ({"Prefix": "x"}, "Parameter validation failed:"),
        ({"Bucket": BUCKET, "ExpectedBucketOwner": "210987654321"}, "Access Denied (Service: S3"),
        ("x", "The parameters of s3:putObject cannot be used: the parameters must be an object"),
    ],
)
def test_what_s3_refuses_is_the_failure_of_the_writer(shelf, parameters, cause):
    found = shelf.write([GOOD], parameters)
    assert (found.error, found.cause[: len(cause)]) == ("States.ResultWriterFailed", cause)


def test_nothing_else_is_a_writer(shelf):
    asked = WriteResults(GET, {"Bucket": BUCKET}, {}, RUN, [], "arn:run", "Flow", "Each")
    with pytest.raises(UsageError, match=r"it has s3:putObject$"):
        shelf.store.write(asked)


# -- recordings -------------------------------------------------------------------------------------


def recorded():
    """Distributed Maps whose children pass their item on: recording, reader, input."""
    for path in sorted(RECORDINGS.glob("cases/*/*.json")):
        recording = json.loads(path.read_text(encoding="utf-8"))
        if recording["kind"] == "execution" and "distributed_map" in recording["needs"]:
            for state in recording["definition"]["States"].values():
                reader = state.get("ItemReader")
                config = (reader or {}).get("ReaderConfig", {})
                if reader and "ItemBatcher" not in state and "MaxItemsPath" not in config:
                    yield pytest.param(recording, reader, id=recording["id"])


def evaluated(template, given):
    """Parameters that only name members of the input."""
    return {
        name.removesuffix(".$"): given[name.removesuffix(".$")]
        if name.endswith(".$") or str(value).startswith("{%")
        else value
        for name, value in template.items()
    }


@pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings do not lie beside the project")
@pytest.mark.parametrize(("recording", "reader"), list(recorded()))
def test_items_are_those_that_the_service_read(recording, reader):
    day = datetime.strptime(recording["recorded_date"], "%d-%m-%Y, %H:%M:%S").date()  # noqa: DTZ007
    start = datetime.fromisoformat(recording["clock"])
    with Cloud(ACCOUNT, "us-east-1", lambda: start + timedelta(seconds=1)) as cloud:
        for call in recording["setup"]:
            getattr(cloud.client(call["service"]), call["operation"])(**call["params"])
        config = dict(reader.get("ReaderConfig", {}))
        wanted = config.pop("MaxItems", 0)
        limit = 2 if isinstance(wanted, str) else wanted or None
        given = evaluated(reader.get("Parameters") or reader["Arguments"], recording["input"])
        asked = ReadItems(reader["Resource"], given, config, limit, "arn:run", "Flow", "Each")
        found = S3ItemStore(cloud, Behaviour.of(day)).read(asked)
    expected = recording["expected"]
    if expected.get("error"):
        assert found == Failure(expected["error"], expected["cause"])
        return
    values = [item.value for item in found]
    if reader["Resource"] == LIST:
        symbolic = {"Etag", "LastModified"}
        assert [set(value) for value in values] == [set(item) for item in expected["output"]]
        values, expected = (
            [{name: item[name] for name in item if name not in symbolic} for item in items]
            for items in (values, expected["output"])
        )
        assert values == expected
    else:
        assert values == expected["output"]
