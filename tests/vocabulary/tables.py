"""Reading the application's tables."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from simulator.scenarios.vocabulary import World

_DESERIALIZE = TypeDeserializer().deserialize


def items(world: World, logical_id: str) -> list[dict[str, Any]]:
    """Every item of a table as plain values; whole numbers are ints, sets are sorted lists."""
    table = world.resource(logical_id)
    owner = world.simulation.project.account_of(logical_id)
    with world.simulation.cloud.inside(owner):
        [found] = [held.items for held in world.simulation.cloud.tables() if held.name == table]
    return [{name: _plain(_DESERIALIZE(value)) for name, value in item.items()} for item in found]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, set):
        return sorted(_plain(item) for item in value)
    return value
