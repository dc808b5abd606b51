"""VirtualClock: moves to the next timer when nothing is left to do now."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SOME = 64


def ticks_of(moment: datetime) -> int:
    """Whole microseconds since the epoch: what the engine counts in."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(ticks: int) -> datetime:
    return EPOCH + timedelta(microseconds=ticks)


def iso(ticks: int) -> str:
    """ISO-8601 UTC with 0, 3 or 6 fraction digits, as the context object shows time (docs)."""
    whole, fraction = divmod(ticks, 1_000_000)
    text = moment_of(whole * 1_000_000).strftime("%Y-%m-%dT%H:%M:%S")
    if not fraction:
        return f"{text}Z"
    digits = f"{fraction:06d}"
    return f"{text}.{digits[:3] if digits.endswith('000') else digits}Z"


class Timer:
    """A call arranged for a virtual instant. A background timer keeps no world alive."""

    __slots__ = ("_clock", "background", "callback")

    def __init__(
        self, clock: VirtualClock, callback: Callable[[], None], *, background: bool
    ) -> None:
        self._clock = clock
        self.callback: Callable[[], None] | None = callback
        self.background = background

    def cancel(self) -> None:
        if self.callback is not None:
            self.callback = None
            self._clock.forget(self)


class VirtualClock:
    __slots__ = ("_cancelled", "_heap", "_sequence", "foreground", "ticks")

    def __init__(self, start: datetime) -> None:
        self.ticks = ticks_of(start)
        self.foreground = 0
        self._heap: list[tuple[int, int, Timer]] = []
        self._sequence = 0
        self._cancelled = 0

    @property
    def now(self) -> datetime:
        return moment_of(self.ticks)

    def call_at(
        self, ticks: int, callback: Callable[[], None], *, background: bool = False
    ) -> Timer:
        """Equal instants fire in the order in which they were arranged; the past means now."""
        timer = Timer(self, callback, background=background)
        self._sequence += 1
        if not background:
            self.foreground += 1
        heapq.heappush(self._heap, (max(ticks, self.ticks), self._sequence, timer))
        return timer

    def call_after(self, delay: timedelta, callback: Callable[[], None]) -> Timer:
        return self.call_at(self.ticks + delay // MICROSECOND, callback)

    def forget(self, timer: Timer) -> None:
        """A timer was cancelled. Most are, long before their time, so the heap drops them."""
        if not timer.background:
            self.foreground -= 1
        self._cancelled += 1
        heap = self._heap
        if self._cancelled > SOME and self._cancelled * 2 > len(heap):
            heap[:] = [entry for entry in heap if entry[2].callback is not None]
            heapq.heapify(heap)
            self._cancelled = 0

    def step(self, until: int | None = None) -> bool:
        """Move to the next instant with timers and fire all of them, in order.

        False when none is left (or none up to `until`).
        """
        heap, fired = self._heap, False
        while heap and (fired or self.foreground > 0):
            when, _, timer = heap[0]
            if (when > self.ticks) if fired else (until is not None and when > until):
                break
            heapq.heappop(heap)
            callback = timer.callback
            if callback is None:  # cancelled: time must not move for it
                self._cancelled -= 1
                continue
            timer.callback = None
            if not timer.background:
                self.foreground -= 1
            self.ticks, fired = when, True
            callback()
        return fired
