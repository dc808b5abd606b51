"""Credentials of a task: the role it assumes before it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.aws.trust import trusts
from simulator.engine.ports import Failure, TaskCall, TaskResult, TaskRunner

if TYPE_CHECKING:
    from simulator.tasks.world import World


class Credentialed:
    """Passes on the calls whose role lets itself be assumed; tasks without Credentials are passed on.

    AWS: the role's trust policy must name the execution role (docs).
    """

    def __init__(self, world: World, inner: TaskRunner) -> None:
        self._world = world
        self._inner = inner

    def run(self, call: TaskCall) -> TaskResult:
        role = call.credentials
        if role is not None:
            own = self._world.role_of(call.state_machine)
            trust = self._world.cloud.trust_of(role)
            if trust is None or not trusts(trust, own):
                # AWS: recorded.
                cause = f"The role {own} is not authorized to assume the task state's role, {role}."
                return Failure("States.TaskFailed", cause)
        return self._inner.run(call)
