"""Behaviour: what the service does differently since some date. Recordings are older than the guide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

_OBJECTS = date(2025, 9, 11)  # announced: Map iterates over the members of an object (docs)
_EXIT_FOLLOWS_START = date(2024, 11, 1)  # MapStateExited of a distributed Map (recorded)
_REDRIVE_COUNT = date(2023, 11, 15)  # redrive was announced: the context object counts (recorded)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`map_over_objects`: an object's members are items. `map_exit_follows_start`: MapStateExited of
    a distributed Map follows MapRunStarted; before, MapRunSucceeded. `redrive_count`: the context
    object has Execution.RedriveCount.
    """

    map_over_objects: bool = True
    map_exit_follows_start: bool = True
    redrive_count: bool = True

    @classmethod
    def of(cls, day: date) -> Behaviour:
        """As the service behaved that day."""
        return cls(
            map_over_objects=day >= _OBJECTS,
            map_exit_follows_start=day >= _EXIT_FOLLOWS_START,
            redrive_count=day >= _REDRIVE_COUNT,
        )


CURRENT: Final = Behaviour()
