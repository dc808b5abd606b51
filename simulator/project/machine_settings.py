"""What a template says of a state machine besides its definition: logging, tracing, tags."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.project.parameters import as_text
from simulator.values import Json


def tags_of(properties: Mapping[str, Json]) -> dict[str, str]:
    """CloudFormation's list of tags; also a mapping, as SAM takes it."""
    given = properties.get("Tags")
    if isinstance(given, dict):
        return {name: as_text(value) for name, value in given.items()}
    items = given if isinstance(given, list) else []
    return {
        as_text(item.get("Key")): as_text(item.get("Value"))
        for item in items
        if isinstance(item, dict)
    }


def logging_of(properties: Mapping[str, Json]) -> dict[str, Json] | None:
    """LoggingConfiguration as the API has it; None when there is none."""
    given = properties.get("LoggingConfiguration")
    if not isinstance(given, dict):
        return None
    config: dict[str, Json] = {
        "level": as_text(given.get("Level") or "OFF"),
        "includeExecutionData": _flag(given.get("IncludeExecutionData")),
    }
    if "Destinations" in given:
        items = given["Destinations"]
        config["destinations"] = [
            {"cloudWatchLogsLogGroup": {"logGroupArn": _group(item)}}
            for item in (items if isinstance(items, list) else [])
        ]
    return config


def wrong_logging(config: Mapping[str, Json] | None) -> str | None:
    """Why the service refuses a configuration of logging (recorded, docs)."""
    if config is None or config["level"] == "OFF":
        return None
    if config["level"] not in ("ALL", "ERROR", "FATAL"):
        return f"Level is ALL, ERROR, FATAL or OFF, not '{config['level']}'"
    destinations = config.get("destinations")
    if not isinstance(destinations, list) or len(destinations) != 1:
        return "a level other than OFF needs exactly one destination"
    arn = str(destinations[0]["cloudWatchLogsLogGroup"]["logGroupArn"])  # type: ignore[call-overload,index]  # made above
    if ":log-group:" not in arn or not arn.endswith(":*"):
        return f"the destination '{arn}' is not a log group's ARN that ends in ':*'"
    return None


def traced(properties: Mapping[str, Json]) -> bool:
    given = properties.get("TracingConfiguration")
    return isinstance(given, dict) and _flag(given.get("Enabled"))


def _group(destination: Json) -> str:
    inner = destination.get("CloudWatchLogsLogGroup") if isinstance(destination, dict) else None
    return as_text(inner.get("LogGroupArn")) if isinstance(inner, dict) else ""


def _flag(value: Json) -> bool:
    return as_text(value).lower() == "true"
