"""Scripted results by state and attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.engine.ports import TaskCall, TaskResult, TaskRunner
from simulator.errors import LimitReached


class Mocked:
    """Answers the calls of scripted states, in the order of the calls; others go to `inner`.

    A script's key is a state's name ("Charge"), one place of it in a Map or Parallel
    ("Each[1]/Charge"), or either with its workflow before ("payment/Charge"); the most precise wins.
    """

    def __init__(self, script: Mapping[str, Sequence[TaskResult]], inner: TaskRunner) -> None:
        self._script = {key: tuple(results) for key, results in script.items()}
        self._inner = inner
        self._used: dict[tuple[str, str], int] = {}

    def run(self, call: TaskCall) -> TaskResult:
        """Raises LimitReached when a state asks for more results than its script has."""
        for key in (
            f"{call.workflow}/{call.where}",
            f"{call.workflow}/{call.state}",
            call.where,
            call.state,
        ):
            results = self._script.get(key)
            if results is not None:
                return self._next(key, results, call)
        return self._inner.run(call)

    def _next(self, key: str, results: Sequence[TaskResult], call: TaskCall) -> TaskResult:
        # Each execution plays the script from its beginning: two runs do not share results.
        place = (call.root or call.execution, key)
        number = self._used.get(place, 0)
        self._used[place] = number + 1
        if number >= len(results):
            raise LimitReached(
                "scripted_results",
                f"the state '{call.state}' of {call.workflow} was called {number + 1} times, and its"
                f" script '{key}' has {len(results)} results",
            )
        return results[number]
