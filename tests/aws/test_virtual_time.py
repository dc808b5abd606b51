"""The process's clock while time is virtual."""

import time
from datetime import UTC, datetime, timedelta

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
