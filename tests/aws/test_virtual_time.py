"""The process's clock while time is virtual."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from simulator.aws.cloud import Cloud
from simulator.aws.faults import FunctionKilled
from simulator.aws.virtual_time import travel

MOMENT = datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def test_every_clock_shows_the_moment_and_stands_still():
    with travel(MOMENT) as hands:
        seen = (datetime.now(UTC), time.time(), time.gmtime().tm_year, datetime.now(UTC))

    assert seen == (MOMENT, MOMENT.timestamp(), 2030, MOMENT)
    assert hands.spent == timedelta(0)


def test_moving_the_hands_moves_every_clock():
    with travel(MOMENT) as hands:
        hands.move(timedelta(seconds=2))
        hands.move(timedelta(milliseconds=500))
        seen = datetime.now(UTC)

    assert seen == hands.now == MOMENT + timedelta(seconds=2.5)
    assert hands.spent == timedelta(seconds=2.5)


def test_travels_nest_and_real_time_comes_back():
    real = time.time()
    with travel(MOMENT):
        with travel(MOMENT + timedelta(days=1)):
            inner = datetime.now(UTC)
        outer = datetime.now(UTC)

    assert (inner, outer) == (MOMENT + timedelta(days=1), MOMENT)
    assert real <= time.time() < real + 60


@pytest.fixture
def cloud():
    with Cloud("111122223333", "us-east-1", lambda: MOMENT) as made:
        yield made


def test_a_function_that_sleeps_spends_virtual_time(cloud):
    real = time.perf_counter()
    with cloud.running("Settle") as running:
        time.sleep(3600)
        time.sleep(0)
        time.sleep(0.25)
        seen = datetime.now(UTC)

    assert seen == MOMENT + timedelta(hours=1, milliseconds=250)
    assert running.took == timedelta(hours=1, milliseconds=250)
    assert time.perf_counter() - real < 60


def test_a_function_that_sleeps_past_its_limit_is_stopped_there(cloud):
    with cloud.running("Settle", timedelta(seconds=3)) as running:
        with pytest.raises(FunctionKilled) as caught:
            time.sleep(10)
        assert caught.value.reason == "timeout"

    assert running.took == timedelta(seconds=3)


def test_a_negative_sleep_is_a_mistake_as_ever(cloud):
    with cloud.running("Settle"), pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)


def test_outside_a_function_sleep_is_real(cloud):
    time.sleep(0)

    assert cloud.now == MOMENT
