"""What an execution did, event by event, on virtual time."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from typing import Final

from simulator.engine.execution import Execution
from simulator.engine.history import HistoryEvent

# Of a longer history the middle is left out: nobody reads it as text.
ENDS: Final = 500


def trace(run: Execution) -> tuple[str, ...]:
    """`+12.5 s  7 TaskFailed Charge: Declined`, a line an event; seconds since the start."""
    history = run.history
    if not history:
        return ()
    began = history[0].at
    count = len(history)
    if count <= 2 * ENDS:
        return tuple(_line(history[index], history[index].at - began) for index in range(count))
    lines = [
        _line(history[index], history[index].at - began)
        for index in chain(range(ENDS), range(count - ENDS, count))
    ]
    return (*lines[:ENDS], f"… {count - 2 * ENDS} more events", *lines[ENDS:])


def _line(event: HistoryEvent, since: timedelta) -> str:
    seconds = f"{since.total_seconds():.3f}".rstrip("0").rstrip(".")
    words = [f"+{seconds} s ", str(event.id), event.type]
    if event.state:
        words.append(event.state)
    text = " ".join(words)
    if event.type.endswith(("Failed", "TimedOut", "Aborted")):
        error = event.details.get("error")
        text += f": {error}" if error else ""
    return text
