"""async/await on the virtual clock: Signal, Fiber, Scheduler."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Generator
from datetime import datetime
from typing import Any, Generic, TypeVar

from simulator.engine.clock import VirtualClock, ticks_of
from simulator.engine.ports import Decisions, FirstOption

T = TypeVar("T")


class Signal(Generic[T]):
    """A value, or an error, that arrives at most once; later arrivals are ignored."""

    __slots__ = ("_error", "_value", "_watchers", "done")

    def __init__(self) -> None:
        self.done = False
        self._value: T | None = None
        self._error: Exception | None = None
        self._watchers: list[Callable[[], None]] = []

    def __await__(self) -> Generator[Signal[Any], None, T]:
        if not self.done:
            yield self
        return self.result()

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]  # set by resolve, or T admits None

    @property
    def failed(self) -> bool:
        return self._error is not None

    def resolve(self, value: T) -> None:
        if not self.done:
            self._value = value
            self._finish()

    def fail(self, error: Exception) -> None:
        if not self.done:
            self._error = error
            self._finish()

    def watch(self, callback: Callable[[], None]) -> None:
        """Call back once the value or error is there: at once when it is there already."""
        if self.done:
            callback()
        else:
            self._watchers.append(callback)

    def unwatch(self, callback: Callable[[], None]) -> None:
        """Nobody waits with this callback any more."""
        if callback in self._watchers:
            self._watchers.remove(callback)

    def _finish(self) -> None:
        self.done = True
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            watcher()


class Fiber(Signal[T]):
    """A coroutine on the scheduler; its result is the signal's value."""

    __slots__ = ("_body", "_ready", "label")

    def __init__(
        self,
        label: str,
        body: Coroutine[Signal[Any], None, T],
        ready: deque[Fiber[Any]],
    ) -> None:
        self.done = False  # as in Signal; a call less for every iteration
        self._value = None
        self._error = None
        self._watchers = []
        self.label = label
        self._body = body
        self._ready = ready

    def step(self) -> None:
        """Run until the body waits or ends. An error that nobody watches for is raised here."""
        if self.done:
            return
        try:
            waits_for = self._body.send(None)
        except StopIteration as stop:
            self.resolve(stop.value)
        except Exception as error:
            if not self._watchers:
                raise
            self.fail(error)
        else:
            if waits_for is TURN:
                self._ready.append(self)
            else:
                waits_for.watch(self._wake)

    def _wake(self) -> None:
        if not self.done:
            self._ready.append(self)

    def cancel(self) -> None:
        """Stop the body where it waits; its `finally` blocks run now, its watchers never."""
        if not self.done:
            self.done = True
            self._watchers = []
            self._body.close()


class _Turn(Signal[None]):
    __slots__ = ()

    def __await__(self) -> Generator[Signal[Any], None, None]:
        return iter(_ONCE)  # type: ignore[return-value]  # yields itself once, faster than `yield`


# Awaited by a fiber that lets every other ready fiber go first.
TURN = _Turn()
_ONCE = (TURN,)


class Scheduler:
    """Runs fibers until all wait, then moves the clock. One per world."""

    __slots__ = ("_decisions", "_ready", "clock")

    def __init__(self, clock: VirtualClock, decisions: Decisions | None = None) -> None:
        self.clock = clock
        self._ready: deque[Fiber[Any]] = deque()
        # Asking costs time, so an ordinary run, which always takes the first, is never asked.
        self._decisions = None if isinstance(decisions, FirstOption) else decisions

    def spawn(self, label: str, body: Coroutine[Signal[Any], None, T]) -> Fiber[T]:
        fiber: Fiber[T] = Fiber(label, body, self._ready)
        self._ready.append(fiber)
        return fiber

    async def sleep(self, ticks: int) -> None:
        """Wait so many microseconds of virtual time."""
        woken: Signal[None] = Signal()
        timer = self.clock.call_at(self.clock.ticks + ticks, lambda: woken.resolve(None))
        try:
            await woken
        finally:
            timer.cancel()

    async def race(self, signal: Signal[Any], deadline: int | None) -> bool:
        """Wait for `signal` until the instant `deadline`; False when the deadline came first."""
        if signal.done:
            return True
        if deadline is None:
            first: Signal[bool] = Signal()
            signal.watch(lambda: first.resolve(True))  # noqa: FBT003 - the signal's value
            return await first
        either: Signal[bool] = Signal()
        timer = self.clock.call_at(deadline, lambda: either.resolve(False))  # noqa: FBT003

        def arrived() -> None:
            either.resolve(True)  # noqa: FBT003

        signal.watch(arrived)
        try:
            return await either
        finally:
            timer.cancel()
            signal.unwatch(arrived)

    def _next_ready(self) -> Fiber[Any]:
        ready = self._ready
        if self._decisions is None or len(ready) == 1:
            return ready.popleft()
        options = list(range(len(ready)))
        labels = ", ".join(fiber.label for fiber in ready)
        index = self._decisions.choose(f"which goes first of {labels}", options)
        chosen = ready[index]
        del ready[index]
        return chosen

    def run_ready(self) -> None:
        """Run all that can run at this instant; the clock does not move."""
        while self._ready:
            self._next_ready().step()

    def run_until_idle(self, until: datetime | None = None) -> None:
        """Run until nothing is left to do, or up to and including the instant `until`."""
        limit = None if until is None else ticks_of(until)
        while True:
            self.run_ready()
            if not self.clock.step(limit):
                break
        if limit is not None and limit > self.clock.ticks:
            self.clock.ticks = limit

    def run(self, goal: Signal[T]) -> T | None:
        """Run until `goal` is there; None when nothing is left that could bring it."""
        while not goal.done:
            if self._ready:
                self._next_ready().step()
            elif not self.clock.step():
                return None
        return goal.result()

    def close(self) -> None:
        """End what was started and never ran: its world is over."""
        while self._ready:
            self._ready.popleft().cancel()
