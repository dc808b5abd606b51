"""Several stacks in one world: whose account a state's calls reach, and whose functions there are."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.aws.cloud import Cloud
from simulator.engine.ports import TaskCall, TaskResult, TaskRunner
from simulator.project.project import Project
from simulator.tasks.functions import Function, Handlers
from simulator.tasks.lambdas import Lambdas


class InAccounts:
    """A task is run in the account of its state machine."""

    def __init__(self, cloud: Cloud, inner: TaskRunner) -> None:
        self._cloud = cloud
        self._inner = inner

    def run(self, call: TaskCall) -> TaskResult:
        parts = call.state_machine.split(":")
        with self._cloud.inside(parts[4] if len(parts) > 4 else self._cloud.account):
            return self._inner.run(call)


def lambdas_of(project: Project, cloud: Cloud, handlers: Handlers) -> Lambdas:
    """The functions of every stack."""
    functions: dict[str, Function] = {}
    refused: dict[str, str] = {}
    for part in project.parts:
        functions |= {function.arn: function for function in part.functions.values()}
        more: Mapping[str, str] = part.refused
        refused |= more
    return Lambdas(functions, cloud, handlers, refused)
