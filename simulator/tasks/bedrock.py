"""bedrock:invokeModel: bodies that lie in S3, and answers that are JSON (docs)."""

from __future__ import annotations

from urllib.parse import urlsplit

from simulator.aws.cloud import Cloud
from simulator.engine.ports import TaskCall
from simulator.values import Json, parse_json


def with_input(cloud: Cloud, call: TaskCall, payload: dict[str, Json]) -> dict[str, Json]:
    """The parameters of InvokeModel: Input.S3Uri is read, Output is for later."""
    given = {name: item for name, item in payload.items() if name not in ("Input", "Output")}
    uri = _uri(payload.get("Input"))
    if uri is not None:
        bucket, key = uri
        client = cloud.client("s3", call.credentials)
        given["Body"] = client.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    return given


def with_output(cloud: Cloud, call: TaskCall, output: dict[str, Json]) -> dict[str, Json]:
    """The answer: parsed when it is JSON; with Output.S3Uri it goes there, and its place is given."""
    body = output.get("Body")
    if not isinstance(body, str):
        return output
    wanted = call.payload.get("Output") if isinstance(call.payload, dict) else None
    uri = _uri(wanted)
    if uri is not None and isinstance(wanted, dict):
        bucket, key = uri
        client = cloud.client("s3", call.credentials)
        client.put_object(Bucket=bucket, Key=key, Body=body.encode())
        return {**output, "Body": wanted["S3Uri"]}
    try:
        return {**output, "Body": parse_json(body)}
    except ValueError:
        return output


def _uri(place: Json) -> tuple[str, str] | None:
    """Bucket and key of {"S3Uri": "s3://bucket/key"}."""
    text = place.get("S3Uri") if isinstance(place, dict) else None
    if not isinstance(text, str):
        return None
    parts = urlsplit(text)
    return parts.netloc, parts.path.lstrip("/")
