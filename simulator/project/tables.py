"""One DynamoDB table from its CloudFormation properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.project.parameters import as_text
from simulator.values import Json

_CAPACITIES = ("ReadCapacityUnits", "WriteCapacityUnits")


def create_table(client: Any, name: str, properties: Mapping[str, Json]) -> None:
    request: dict[str, Any] = {
        "TableName": name,
        "AttributeDefinitions": properties.get("AttributeDefinitions", []),
        "KeySchema": properties.get("KeySchema", []),
        # AWS: CloudFormation's default is PROVISIONED (docs).
        "BillingMode": as_text(properties.get("BillingMode", "PROVISIONED")),
    }
    if "ProvisionedThroughput" in properties:
        request["ProvisionedThroughput"] = _capacity(properties["ProvisionedThroughput"])
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        indexes = properties.get(kind)
        if isinstance(indexes, list) and indexes:
            request[kind] = [_index(item) for item in indexes if isinstance(item, dict)]
    stream = properties.get("StreamSpecification")
    if isinstance(stream, dict):
        view = as_text(stream.get("StreamViewType"))
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    encryption = properties.get("SSESpecification")
    if isinstance(encryption, dict):
        request["SSESpecification"] = {
            {"SSEEnabled": "Enabled"}.get(key, key): _flag(value) if key == "SSEEnabled" else value
            for key, value in encryption.items()
        }
    if "DeletionProtectionEnabled" in properties:
        request["DeletionProtectionEnabled"] = _flag(properties["DeletionProtectionEnabled"])
    client.create_table(**request)
    _after(client, name, properties)


def _after(client: Any, name: str, properties: Mapping[str, Json]) -> None:
    """What CreateTable does not take."""
    expiry = properties.get("TimeToLiveSpecification")
    if isinstance(expiry, dict) and _flag(expiry.get("Enabled")):
        attribute = as_text(expiry.get("AttributeName"))
        client.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute},
        )
    recovery = properties.get("PointInTimeRecoverySpecification")
    if isinstance(recovery, dict) and _flag(recovery.get("PointInTimeRecoveryEnabled")):
        client.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )


def _index(item: dict[str, Json]) -> dict[str, Json]:
    names = ("IndexName", "KeySchema", "Projection")
    found: dict[str, Json] = {key: item[key] for key in names if key in item}
    if "ProvisionedThroughput" in item:
        found["ProvisionedThroughput"] = _capacity(item["ProvisionedThroughput"])
    return found


def _capacity(value: Json) -> Json:
    given = value if isinstance(value, dict) else {}
    return {name: int(as_text(given.get(name, 1))) for name in _CAPACITIES}


def _flag(value: Json) -> bool:
    return as_text(value) == "true"
