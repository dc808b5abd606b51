"""Credentials of a task: the role it assumes before it calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from simulator.engine.ports import Failure, TaskCall, TaskResult, TaskRunner

if TYPE_CHECKING:
    from simulator.tasks.world import World

_ASSUME: Final = frozenset({"sts:AssumeRole", "sts:*", "*"})


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


def trusts(policy: str, role: str) -> bool:
    """Does this trust policy let a role be assumed by another one, whose ARN this is?

    Conditions are not looked at; a Deny that names the role wins.
    """
    try:
        statements: Any = json.loads(policy).get("Statement", [])
    except (ValueError, AttributeError):
        return False
    allowed = False
    for statement in _list(statements):
        if not isinstance(statement, dict) or not _ASSUME & set(_list(statement.get("Action"))):
            continue
        if not _names(statement.get("Principal"), role):
            continue
        if statement.get("Effect") == "Deny":
            return False
        allowed = True
    return allowed


def _names(principal: Any, role: str) -> bool:
    if principal == "*":
        return True
    account = role.split(":")[4] if role.count(":") >= 5 else ""
    wanted = _list(principal.get("AWS")) if isinstance(principal, dict) else []
    return any(name in {"*", role, account, _root(role, account)} for name in wanted)


def _root(role: str, account: str) -> str:
    partition = role.split(":")[1] if role.count(":") >= 5 else "aws"
    return f"arn:{partition}:iam::{account}:root"


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
