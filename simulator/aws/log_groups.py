"""What services of a world write to CloudWatch Logs: nobody's calls, at the instants they name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.aws.virtual_time import travel

if TYPE_CHECKING:
    from simulator.aws.cloud import Cloud


def group_exists(cloud: Cloud, name: str) -> bool:
    return name in _backend(cloud).groups


def append(cloud: Cloud, group: str, stream: str, events: Iterable[tuple[datetime, str]]) -> None:
    """Events at the end of a stream, which is made when it is not there; no group: nothing."""
    backend = _backend(cloud)
    for moment, message in events:
        with travel(moment):
            backend.ensure_log_stream(group, stream)
            entry = {"timestamp": round(moment.timestamp() * 1000), "message": message}
            backend.groups[group].put_log_events(stream, [entry])


def _backend(cloud: Cloud) -> Any:
    """The stand-in itself: its own API refuses events of more than two weeks ago."""
    import moto.logs.models

    cloud.prepare("logs")
    return moto.logs.models.logs_backends[cloud.account][cloud.region]
