"""The process's clock shows virtual time while code of the project or a stand-in runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import time_machine

if TYPE_CHECKING:
    from simulator.aws.cloud import Cloud


class Hands:
    """The hands of the clock while time is virtual; they stand still unless moved."""

    def __init__(self, moment: datetime, coordinates: Any) -> None:
        self._moment = moment
        self._coordinates = coordinates
        self.spent = timedelta(0)

    @property
    def now(self) -> datetime:
        return self._moment + self.spent

    def move(self, length: timedelta) -> None:
        self.spent += length
        self._coordinates.move_to(self.now, tick=False)


@contextmanager
def travel(moment: datetime) -> Iterator[Hands]:
    """time.time(), datetime.now() and their kin give `moment`, to the microsecond."""
    with time_machine.travel(moment, tick=False) as coordinates:
        yield Hands(moment, coordinates)


def install_sleep(active: Callable[[], Cloud | None]) -> None:
    """time.sleep() in a running function spends virtual time. Once a process."""
    really = time.sleep

    def sleep(seconds: float) -> None:
        cloud = active()
        if cloud is None or not cloud.is_running:
            really(seconds)
        elif seconds < 0:
            raise ValueError("sleep length must be non-negative")
        else:
            cloud.spend(timedelta(seconds=seconds))

    time.sleep = sleep  # type: ignore[assignment]  # whole seconds come as float too
