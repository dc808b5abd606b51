"""The scheduler and the clock beneath everything."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.engine.clock import VirtualClock, iso, moment_of, ticks_of
from simulator.engine.fibers import TURN, Scheduler, Signal

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def scheduler():
    return Scheduler(VirtualClock(START))


def test_instants_are_whole_microseconds():
    assert ticks_of(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)) == 1_000_005
    assert moment_of(ticks_of(START)) == START


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "2026-01-01T00:00:00Z"),
        (1_500_000, "2026-01-01T00:00:01.500Z"),
        (1_000, "2026-01-01T00:00:00.001Z"),
        (1, "2026-01-01T00:00:00.000001Z"),
    ],
)
def test_the_context_object_shows_as_many_digits_as_it_needs(microseconds, text):
    assert iso(ticks_of(START) + microseconds) == text


def test_timers_of_one_instant_fire_together_in_the_order_they_were_arranged():
    clock, fired = VirtualClock(START), []
    for name, seconds in (("b", 2), ("a", 1), ("c", 2)):
        clock.call_after(timedelta(seconds=seconds), lambda name=name: fired.append(name))
    assert clock.step()
    assert fired == ["a"]
    assert clock.step()
    assert fired == ["a", "b", "c"]
    assert clock.now == START + timedelta(seconds=2)
    assert not clock.step()


def test_the_past_means_now():
    clock, fired = VirtualClock(START), []
    clock.call_at(clock.ticks - 5, lambda: fired.append(clock.now))
    clock.step()
    assert fired == [START]


def test_time_does_not_move_for_a_timer_that_was_cancelled():
    clock = VirtualClock(START)
    timer = clock.call_after(timedelta(seconds=5), lambda: None)
    clock.call_after(timedelta(seconds=9), lambda: None)
    timer.cancel()
    timer.cancel()
    assert clock.foreground == 1
    assert clock.step()
    assert clock.now == START + timedelta(seconds=9)


def test_a_background_timer_fires_only_on_the_way_to_another():
    clock, fired = VirtualClock(START), []
    clock.call_at(clock.ticks + 1, lambda: fired.append(1), background=True)
    assert not clock.step()
    clock.call_at(clock.ticks + 2, lambda: fired.append(2))
    while clock.step():
        pass
    assert fired == [1, 2]


def test_time_stops_before_a_timer_beyond_the_limit():
    clock = VirtualClock(START)
    clock.call_at(clock.ticks + 10, lambda: None)
    assert not clock.step(until=clock.ticks + 9)
    assert clock.now == START
    assert clock.step(until=clock.ticks + 10)


def test_a_signal_arrives_once():
    signal, seen = Signal(), []
    signal.watch(lambda: seen.append("early"))
    signal.resolve(1)
    signal.resolve(2)
    signal.fail(ValueError("late"))
    signal.watch(lambda: seen.append("late"))
    assert (signal.result(), signal.failed, seen) == (1, False, ["early", "late"])


def test_a_signal_may_bring_an_error():
    signal = Signal()
    signal.fail(ValueError("no"))
    assert signal.failed
    with pytest.raises(ValueError, match="no"):
        signal.result()


def test_fibers_take_turns(scheduler):
    seen = []

    async def steps(name):
        for number in range(2):
            seen.append(f"{name}{number}")
            await TURN

    scheduler.spawn("a", steps("a"))
    scheduler.spawn("b", steps("b"))
    scheduler.run_ready()
    assert seen == ["a0", "b0", "a1", "b1"]


def test_a_fiber_can_be_awaited_and_raises_what_it_raised(scheduler):
    async def bad():
        await scheduler.sleep(5)
        raise ValueError("no")

    async def outer():
        try:
            await scheduler.spawn("bad", bad())
        except ValueError as error:
            return str(error)

    fiber = scheduler.spawn("outer", outer())
    assert scheduler.run(fiber) == "no"


def test_an_error_that_nobody_waits_for_is_raised_by_the_scheduler(scheduler):
    async def bad():
        raise ValueError("no")

    scheduler.spawn("bad", bad())
    with pytest.raises(ValueError, match="no"):
        scheduler.run_until_idle()


def test_a_cancelled_fiber_cleans_up_and_leaves_no_timer(scheduler):
    seen = []

    async def rest():
        try:
            await scheduler.sleep(5)
        finally:
            seen.append("cleaned")

    fiber = scheduler.spawn("rest", rest())
    scheduler.run_ready()
    fiber.cancel()
    fiber.cancel()
    assert seen == ["cleaned"]
    assert scheduler.clock.foreground == 0
    fiber.step()
    assert fiber.done


def test_a_fiber_that_was_cancelled_while_ready_does_not_run(scheduler):
    signal, seen = Signal(), []

    async def rest():
        await signal
        seen.append("ran")

    fiber = scheduler.spawn("rest", rest())
    scheduler.run_ready()
    signal.resolve(None)
    fiber.cancel()
    scheduler.run_ready()
    assert seen == []
    late = Signal()
    other = scheduler.spawn("other", _await(late))
    scheduler.run_ready()
    other.cancel()
    late.resolve(1)
    scheduler.run_ready()
    assert not other.failed


async def _await(signal):
    return await signal


@pytest.mark.parametrize(
    ("arrives", "deadline", "first"), [(1, 2, True), (2, 1, False), (1, None, True), (0, 1, True)]
)
def test_a_race_says_whether_the_signal_came_first(scheduler, arrives, deadline, first):
    signal, clock = Signal(), scheduler.clock
    if arrives:
        clock.call_at(clock.ticks + arrives, lambda: signal.resolve("here"))
    else:
        signal.resolve("here")
    until = None if deadline is None else clock.ticks + deadline
    fiber = scheduler.spawn("race", scheduler.race(signal, until))
    assert scheduler.run(fiber) is first


def test_running_until_an_instant_moves_the_clock_there(scheduler):
    scheduler.run_until_idle(until=START + timedelta(hours=1))
    assert scheduler.clock.now == START + timedelta(hours=1)
    scheduler.run_until_idle(until=START)
    assert scheduler.clock.now == START + timedelta(hours=1)


def test_closing_ends_what_never_ran(scheduler):
    seen = []

    async def body():
        seen.append("ran")

    fiber = scheduler.spawn("late", body())
    scheduler.close()
    scheduler.run_until_idle()
    assert (fiber.done, seen) == (True, [])


def test_a_race_that_time_wins_leaves_nothing_behind(scheduler):
    signal = Signal()

    async def wait():
        return [await scheduler.race(signal, scheduler.clock.ticks + 5) for _ in range(100)]

    assert scheduler.run(scheduler.spawn("wait", wait())) == [False] * 100
    assert signal._watchers == []
