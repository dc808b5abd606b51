"""Resource pattern → TaskRunner; the first match wins."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from simulator.engine.ports import TaskCall, TaskResult, TaskRunner
from simulator.errors import UsageError


class Mounts:
    """Patterns are those of `fnmatch`: `arn:*:lambda:*`."""

    def __init__(self, entries: Sequence[tuple[str, TaskRunner]]) -> None:
        self._entries = tuple(entries)
        self._found: dict[str, TaskRunner] = {}

    def run(self, call: TaskCall) -> TaskResult:
        """Raises UsageError when nothing is mounted for the resource."""
        runner = self._found.get(call.resource)
        if runner is None:
            runner = self._found[call.resource] = self._find(call)
        return runner.run(call)

    def _find(self, call: TaskCall) -> TaskRunner:
        for pattern, runner in self._entries:
            if fnmatchcase(call.resource, pattern):
                return runner
        raise UsageError(
            f"nothing runs the resource {call.resource} of the state '{call.state}' in"
            f" {call.workflow}; script its result, or mount a runner: tasks={{pattern: runner}}"
        )
