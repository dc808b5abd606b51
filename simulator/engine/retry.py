"""Which retrier or catcher wins, and the delay. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.asl.model import Catcher, Retrier

# AWS: not caught or retried by any name, States.ALL included (docs, recorded).
FATAL = "States.Runtime"
# AWS: States.TaskFailed matches every error but these (docs).
NOT_TASK_FAILED = frozenset({"States.Timeout", "States.HeartbeatTimeout", FATAL})


def matches(error_equals: Sequence[str], error: str | None, also: Sequence[str] = ()) -> bool:
    """Does a retrier or catcher want this error? `also` holds further names it answers to."""
    if error == FATAL:
        return False
    for name in error_equals:
        if name in (error, "States.ALL") or name in also:
            return True
        if name == "States.TaskFailed" and error not in NOT_TASK_FAILED:
            return True
    return False


def find_retrier(retriers: Sequence[Retrier], error: str | None, also: Sequence[str]) -> int | None:
    """The place of the one retrier for this error; later ones are never asked (spec)."""
    for index, retrier in enumerate(retriers):
        if matches(retrier.error_equals, error, also):
            return index
    return None


def find_catcher(
    catchers: Sequence[Catcher], error: str | None, also: Sequence[str]
) -> Catcher | None:
    for catcher in catchers:
        if matches(catcher.error_equals, error, also):
            return catcher
    return None


def delay_seconds(retrier: Retrier, retries_before: int) -> float:
    """Seconds before the next attempt, without jitter: interval x rate^k, capped (recorded)."""
    try:
        delay = retrier.interval_seconds * retrier.backoff_rate**retries_before
    except OverflowError:
        delay = float("inf")
    cap = retrier.max_delay_seconds
    if cap is not None:
        delay = min(delay, cap)
    return min(delay, 99_999_999.0)
