"""Jobs: the `.sync` tasks of every service but Step Functions itself, which tasks/nested.py runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from simulator.asl.integrations import Integration, read_integration
from simulator.aws import naming
from simulator.engine.ports import Failure, Pending, Success, TaskCall, TaskResult
from simulator.engine.runtime import TokenError
from simulator.errors import SimulatorError, UsageError
from simulator.tasks.job_table import JOBS, Job, Template, at, filled
from simulator.tasks.services import SCRIPT, Services, client_of
from simulator.tasks.world import World
from simulator.values import Json, compact

# How long between two looks, in seconds; the last one repeats (AWS says nothing about it: guess).
LOOKS: Final = (1, 2, 4, 8, 16, 30, 60)
# A job whose status has not changed for so long will not end by itself in the stand-ins.
PATIENCE: Final = timedelta(days=1)


class Jobs:
    """Submits a job and settles its task when the job has ended; stops it when nobody waits."""

    def __init__(self, world: World, services: Services) -> None:
        self._world = world
        self._services = services

    def run(self, call: TaskCall) -> TaskResult:
        """UsageError, later, when a job does not end by itself."""
        integration = read_integration(call.resource)
        job = None if integration is None else JOBS.get((integration.service, integration.action))
        submitted = self._services.run(call)
        if integration is None or job is None or call.token is None:
            return submitted
        if isinstance(submitted, Pending):
            watch = Watch(self._world, call, integration, job, submitted.submitted)
            watch.later()
            self._world.when_closed(call.token, watch.abandon)
        return submitted


@dataclass(slots=True)
class Watch:
    """One running job."""

    world: World
    call: TaskCall
    integration: Integration
    job: Job
    submitted: Json
    looks: int = 0
    status: Json = None
    since: datetime | None = None
    last: Json = None
    is_over: bool = False

    def later(self) -> None:
        wait = LOOKS[min(self.looks, len(LOOKS) - 1)]
        self.looks += 1
        self.world.at(self.world.now + timedelta(seconds=wait), self.look)

    def look(self) -> None:
        if self.is_over:
            return
        answer = self._described()
        if answer is None:
            self._end(Success(self._output(self.last)))
            return
        description = at(answer, self.job.found)
        status = at(description, self.job.status)
        self.last = description
        if status in self.job.bad or (status in self.job.good and self._has_failed(description)):
            # AWS: the cause is the job's description as JSON (recorded for states, docs).
            cause = compact(self._output(description))
            self._end(Failure("States.TaskFailed", cause))
        elif status in self.job.good:
            self._end(Success(self._output(description)))
        else:
            self._wait(status)

    def abandon(self, aborted: bool) -> None:  # noqa: FBT001 - World.when_closed
        """Nobody waits any more.

        AWS: the job of an aborted task is stopped as well as its API can, one of a task that has
        timed out runs on (docs).
        """
        self.is_over = True
        if aborted and self.job.stop:
            self.world.at(self.world.now, self._stop)

    def _end(self, result: Success | Failure) -> None:
        self.is_over = True
        with suppress(TokenError):  # the task has gone on or ended
            self.world.settle(self.call.token or "", result)

    def _wait(self, status: Json) -> None:
        now = self.world.now
        if self.since is None or status != self.status:
            self.status, self.since = status, now
        if now - self.since >= PATIENCE:
            self.is_over = True
            client, operation = self._operation(self.job.look)
            raise UsageError(
                f"the job of the state '{self.call.state}' in {self.call.workflow} stays {status} in"
                f" the stand-ins and never ends; {SCRIPT}, or let a vocabulary answer"
                f" world.simulation.cloud.emulate('{client}', '{operation.name}', handler)"
            )
        self.later()

    def _operation(self, action: str) -> tuple[str, Any]:
        client, _ = client_of(self.integration)
        return client, naming.operation(client, action)

    def _ask(self, action: str, template: Template) -> Json:
        client, model = self._operation(action)
        given = filled(template, self.submitted, self.call.payload)
        parameters = naming.to_parameters(model, given)
        cloud = self.world.cloud
        with cloud.calling(self.call.state):
            api = cloud.client(client, self.call.credentials)
            answer = getattr(api, naming.method_name(model))(**parameters)
        return naming.output_of(model, answer, optimised=True, fill=client in ("ecs", "batch"))

    def _described(self) -> Json:
        """The answer of `look`; None when the thing is gone and shall be."""
        try:
            return self._ask(self.job.look, self.job.asked)
        except SimulatorError:
            raise
        except Exception as error:
            if self.job.gone and getattr(error, "response", None) is not None:
                return None
            raise

    def _stop(self) -> None:
        try:
            self._ask(self.job.stop, self.job.stopped)
        except SimulatorError:
            raise
        except Exception as error:
            if getattr(error, "response", None) is None:
                raise
            # The job has ended meanwhile: AWS makes no promise either (docs).

    def _output(self, description: Json) -> Json:
        output: Json = {self.job.wrap: description} if self.job.wrap else description
        if output is None:
            output = {
                name: item
                for name, item in (
                    self.submitted.items() if isinstance(self.submitted, dict) else ()
                )
                if not name.startswith("Sdk")
            }
        kept = {name: at(self.submitted, name) for name in self.job.kept}
        return {**output, **kept} if isinstance(output, dict) and kept else output

    def _has_failed(self, description: Json) -> bool:
        """AWS: a task of ECS has failed when it did not start or a container's exit code is not 0."""
        if self.integration.service != "ecs":
            return False
        if at(description, "StopCode") == "TaskFailedToStart":
            return True
        return any(code not in (None, 0) for code in _exit_codes(description))


def _exit_codes(description: Json) -> Iterator[Json]:
    containers = at(description, "Containers")
    for container in containers if isinstance(containers, list) else ():
        yield at(container, "ExitCode")


__all__ = ["JOBS", "Jobs"]
