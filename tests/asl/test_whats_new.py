"""What Step Functions got after November 2024: taken, or refused by name."""

import pytest

INNER = {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}
GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"
PUT = "arn:aws:states:::s3:putObject"


def distributed(**more):
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return {"Type": "Map", "ItemProcessor": {"ProcessorConfig": config, **INNER}, **more}


def reading(resource=GET, **config):
    parameters = {"Bucket": "b"} | ({"Key": "k"} if resource == GET else {"Prefix": "p"})
    reader = {"Resource": resource, "ReaderConfig": config, "Parameters": parameters}
    return distributed(ItemReader=reader)


def writing(**writer):
    return distributed(ResultWriter=writer)


def calling(resource, **more):
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": {}, **more}


CSV = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
TAKEN = [
    # Distributed Map, February 2025
    reading(InputType="JSONL"),
    *[reading(**CSV, CSVDelimiter=name) for name in ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB")],
    *[
        writing(WriterConfig={"Transformation": change, "OutputType": kind})
        for change in ("NONE", "COMPACT", "FLATTEN")
        for kind in ("JSON", "JSONL")
    ],
    writing(Resource=PUT, Parameters={"Bucket": "b", "Prefix": "p"}),
    # September 2025
    reading(InputType="PARQUET"),
    reading(InputType="JSON", ItemsPointer="/a/b"),
    reading(ManifestType="ATHENA_DATA", InputType="PARQUET"),
    reading(ManifestType="ATHENA_DATA", InputType="JSONL"),
    reading(ManifestType="S3_INVENTORY"),
    reading(InputType="MANIFEST"),
    reading(LIST, Transformation="NONE"),
    reading(LIST, Transformation="LOAD_AND_FLATTEN", InputType="JSON"),
    distributed(ItemSelector={"k.$": "$$.Map.Item.Key", "s.$": "$$.Map.Item.Source"}),
    {"Type": "Map", "ItemsPath": "$.object", "ItemProcessor": INNER},
    {"Type": "Map", "QueryLanguage": "JSONata", "Items": {"a": 1}, "ItemProcessor": INNER},
    # Seen in 2025: thresholds without DISTRIBUTED mode
    {"Type": "Map", "ToleratedFailureCount": 1, "ItemProcessor": INNER},
    # Integrations of 2026, by their SDK names
    calling("bedrockagentcore:invokeHarness"),
    *[
        calling(f"aws-sdk:{service}:listThings")
        for service in (
            "bedrockagentcore", "bedrockagentcorecontrol", "s3vectors", "mwaaserverless",
            "keyspacesstreams", "arcregionswitch", "mpa", "rtbfabric", "wickr",
        )
    ],
    # HTTP tasks to private APIs: both members
    calling("http:invoke") | {"Parameters": {"InvocationConfig": {"ConnectionArn": "c"}}},
    calling("http:invoke") | {"Parameters": {"Authentication": {"ConnectionArn": "c"}}},
]  # fmt: skip
REFUSED = [
    (reading(InputType="AVRO"), "ASL010"),
    (reading(**CSV, CSVDelimiter="HASH"), "ASL010"),
    (reading(InputType="JSONL", CSVDelimiter="TAB"), "ASL011"),
    (reading(InputType="JSONL", ItemsPointer="/a"), "ASL011"),
    (reading(InputType="JSON", ItemsPointer="a"), "ASL010"),
    (reading(InputType="JSON", Transformation="LOAD_AND_FLATTEN"), "ASL011"),
    (reading(LIST, Transformation="LOAD_AND_FLATTEN"), "ASL011"),
    (reading(LIST, InputType="JSON"), "ASL011"),
    (reading(ManifestType="ATHENA_DATA", InputType="JSON"), "ASL010"),
    (writing(WriterConfig={"Transformation": "PIVOT"}), "ASL010"),
    (writing(), "ASL015"),
    (writing(Parameters={"Bucket": "b"}), "ASL004"),
    (calling("bedrockagentcore:invokeHarness.sync"), "ASL021"),
    *[
        (calling(f"aws-sdk:{service}:listThings"), "ASL020")
        for service in (
            "elastictranscoder", "evidently", "apptest", "opsworks", "qldb", "robomaker",
            "worklink", "lexmodelbuilding",
        )
    ],
    ({"Type": "Pass", "QueryLanguage": "JMESPath"}, "ASL010"),
    ({"Type": "Loop"}, "ASL009"),
]  # fmt: skip


@pytest.mark.parametrize("state", TAKEN)
def test_what_is_taken(of_state, state):
    assert of_state(state) == []


@pytest.mark.parametrize(("state", "code"), REFUSED)
def test_what_is_refused_by_name(of_state, state, code):
    assert [problem[0] for problem in of_state(state)] == [code]


def test_a_version_of_a_parquet_file_is_told(of_state):
    state = reading(InputType="PARQUET")
    state["ItemReader"]["Parameters"]["VersionId"] = "v"
    assert of_state(state) == [
        (
            "ASL011", "/States/S/ItemReader/Parameters/VersionId",
            "Parquet data cannot be read with 'VersionId'", None,
        )
    ]  # fmt: skip
