"""Simulation: one world of clock, engine, runners, bus, sources and AWS stand-ins."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Literal, Self

from simulator.aws.calls import ServiceError
from simulator.aws.cloud import Cloud
from simulator.aws.faults import Fault
from simulator.engine.behaviour import CURRENT, Behaviour
from simulator.engine.clock import VirtualClock, ticks_of
from simulator.engine.engine import Engine
from simulator.engine.execution import Execution
from simulator.engine.fibers import Scheduler
from simulator.engine.limits import Limits
from simulator.engine.map_runs import MapRun
from simulator.engine.ports import (
    Decisions,
    Failure,
    FirstOption,
    Observer,
    Success,
    TaskResult,
    TaskRunner,
)
from simulator.engine.runtime import OpenTask
from simulator.errors import UsageError
from simulator.events.router import Router
from simulator.events.schedules import next_fire, scheduled_event
from simulator.problems import did_you_mean
from simulator.project.project import Project, Schedule, Workflow
from simulator.project.resources import create
from simulator.simulation.accounts import InAccounts, lambdas_of
from simulator.simulation.activities import Activities
from simulator.simulation.apis import Apis
from simulator.simulation.buses import Buses, Routed
from simulator.simulation.execution_logs import ExecutionLogs
from simulator.simulation.executions_api import already_exists, check_start, same_input
from simulator.simulation.machines import Machines, Revision, Target
from simulator.simulation.queues import QueuePollers
from simulator.simulation.requests import check_kind, missing_resource
from simulator.simulation.states_api import StatesApi
from simulator.simulation.status_events import StatusEvents
from simulator.simulation.targets import Targets
from simulator.simulation.topics import TopicSubscribers
from simulator.sources.http import HttpResponse
from simulator.tasks.functions import Handlers
from simulator.tasks.integrations import integration_runners
from simulator.tasks.item_store import S3ItemStore
from simulator.tasks.mocks import Mocked
from simulator.tasks.mounts import Mounts
from simulator.tasks.nested import Nested, StartRefused
from simulator.values import Json

Payload = Json


class Simulation:
    """One world; a context manager. Everything in it happens on virtual time from `start`.

    `behaviour` is what the service did at some time; it is asked by the engine and by ItemReaders.
    With `audit` executions keep their `choices`, which coverage needs. `cold` and `apart`: how much
    functions remember (tasks.functions.Handlers).
    """

    def __init__(
        self,
        project: Project,
        *,
        start: datetime,
        seed: int = 0,
        decisions: Decisions | None = None,
        tasks: Mapping[str, TaskRunner] | None = None,
        mocks: Mapping[str, Sequence[TaskResult]] | None = None,
        faults: Sequence[Fault] = (),
        observers: Sequence[Observer] = (),
        limits: Limits | None = None,
        schedules: Literal["manual", "automatic"] = "manual",
        environment: Mapping[str, str] | None = None,
        cold: bool = False,
        apart: bool = False,
        behaviour: Behaviour = CURRENT,
        audit: bool = False,
    ) -> None:
        self.project = project
        self.started_at = start
        self.seed = seed
        self.clock = VirtualClock(start)
        self.cloud = Cloud(project.account, project.region, lambda: self.clock.now, seed=seed)
        self.scheduler = Scheduler(self.clock, decisions or FirstOption())
        self.cloud.organization = project.settings.organization
        self.lambdas = lambdas_of(project, self.cloud, Handlers(cold=cold, apart=apart))
        self.lambdas.environment.update(environment or {})
        self._faults = faults
        self._schedules = schedules
        self._mocks, self._own_tasks = mocks or {}, tasks or {}
        self.machines = Machines.of(project, start)
        activities = [item for part in project.parts for item in part.published.activities]
        self.activities = Activities(activities, start)
        self.logs = ExecutionLogs(self)
        self.engine = Engine(
            self.scheduler,
            self._runner(),
            decisions=decisions,
            observers=observers,
            limits=limits,
            seed=seed,
            items=S3ItemStore(self.cloud, behaviour),
            behaviour=behaviour,
            audit=audit,
        )
        self.buses = Buses(self)
        self.status_events = StatusEvents(self)
        self.apis = Apis(self)
        self.targets = Targets(self)
        self.pollers = QueuePollers(self)
        self.subscribers = TopicSubscribers(self)
        self.lambdas.later = self._invoke_later
        self.executions: list[Execution] = []
        self._by_arn: dict[str, Execution] = {}
        self._revisions: dict[str, Revision] = {}
        self.responses: list[HttpResponse] = []
        self._unnamed = 0
        self._drawn = 0

    def _runner(self) -> TaskRunner:
        mounts = Mounts(
            [
                *self._own_tasks.items(),
                *integration_runners(self, self.lambdas, Nested(self)),
                ("arn:*:states:*:activity:*", self.activities),
            ]
        )
        runner = Mocked(self._mocks, mounts) if self._mocks else mounts
        return InAccounts(self.cloud, runner) if self.project.stacks else runner

    def __enter__(self) -> Self:
        self.cloud.__enter__()
        try:
            create(self.project, self.cloud)
            self.cloud.calls.clear()  # nobody in this world has made them
            self._answer_own_services()
            self.logs.install()
            for fault in self._faults:
                self.cloud.inject(fault)
            self.cloud.on_call(self.pollers.see)
            self.cloud.on_call(self.subscribers.see)
            if self._schedules == "automatic":
                for schedule in self.schedules:
                    self._arrange(schedule)
        except BaseException:
            self.cloud.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.scheduler.close()
        self.cloud.__exit__(kind, error, trace)

    def _answer_own_services(self) -> None:
        """Calls of handlers that come back to this world instead of moto."""
        api = StatesApi(self)
        self.cloud.emulate("stepfunctions", "*", api.call)
        self.cloud.emulate("lambda", "Invoke", self.lambdas.answer_invoke)
        self.cloud.emulate("events", "PutEvents", self.buses.put_events)

    @property
    def now(self) -> datetime:
        return self.clock.now

    # -- what starts things ---------------------------------------------------------------------

    def start(
        self,
        workflow: str,
        payload: Payload,
        *,
        name: str | None = None,
        text: str | None = None,
        parent: Execution | None = None,
        sync: bool = False,
    ) -> Execution:
        """Start an execution now; it moves when the simulation runs.

        `workflow` is a logical id, a name, an ARN (of a version or an alias too) or the stem of the
        definition's file. UsageError: no such workflow.
        """
        target = self._named(workflow)
        return self._start(target, payload, name=name, text=text, parent=parent, sync=sync)

    def _named(self, workflow: str) -> Target:
        machine = self.machines.named(workflow)
        if machine is not None:
            return Target(machine, machine.revision)
        try:
            if workflow.startswith("arn:"):
                return self.machines.target(workflow, self._draw)
            return self.machines.target(self.project.workflow(workflow).arn, self._draw)
        except ServiceError as error:
            raise UsageError(str(error)) from None

    def _draw(self, weights: Sequence[int]) -> int:
        """Which of an alias's versions: by their weights, from the seed."""
        self._drawn += 1
        digest = hashlib.sha256(f"{self.seed}/alias/{self._drawn}".encode()).digest()
        place = int.from_bytes(digest[:8], "big") % sum(weights)
        for index, weight in enumerate(weights):
            place -= weight
            if place < 0:
                return index
        raise AssertionError(weights)

    def _start(
        self,
        target: Target,
        payload: Payload,
        *,
        name: str | None,
        text: str | None,
        parent: Execution | None,
        sync: bool,
    ) -> Execution:
        found = target.revision.workflow
        own = name or self.new_name(found.name)
        run = self.engine.start(
            found.machine,
            payload,
            name=own,
            text=text,
            workflow=found.name,
            arn=self.execution_arn(found, own),
            state_machine_arn=found.arn,
            role_arn=found.role_arn,
            kind=found.kind,
            parent=parent,
            sync=sync,
            version_arn=target.version_arn,
            alias_arn=target.alias_arn,
        )
        self.executions.append(run)
        self._by_arn[run.arn] = run
        self._revisions[run.arn] = target.revision
        self.logs.watch(run, target.revision.logging)
        self.status_events.watch(run)
        return run

    def start_from_api(
        self,
        arn: str,
        payload: Payload,
        name: str | None,
        text: str | None,
        parent: Execution | None = None,
        *,
        sync: bool = False,
    ) -> Execution:
        """StartExecution's rules for names and inputs. Raises ServiceError."""
        machine, _ = self.machines.split(arn)
        check_start(name, payload, text, self.engine.runtime.limits.payload_bytes)
        if name is not None and machine.kind == "STANDARD":
            run = self._by_arn.get(self.execution_arn(machine.revision.workflow, name))
            if run is not None:
                if run.status == "RUNNING" and same_input(run, payload):
                    return run  # AWS: idempotent while it runs (recorded)
                raise already_exists(run.arn)
        target = self.machines.target(arn, self._draw)
        return self._start(target, payload, name=name, text=text, parent=parent, sync=sync)

    def redrive(self, run: Execution) -> None:
        """RedriveExecution. Raises NotRedrivable."""
        self.engine.redrive(run)
        self.status_events.watch(run)

    def execution(self, arn: str) -> Execution | None:
        """By its ARN, also a child of a distributed Map."""
        return self._by_arn.get(arn) or self.engine.children.get(arn)

    def revision_of(self, run: Execution) -> Revision:
        """The machine as it was when the execution began."""
        return self._revisions[run.arn]

    def map_run(self, arn: str) -> MapRun:
        """Raises ResourceNotFound."""
        check_kind(arn, "mapRun")
        for run in (*self.executions, *self.engine.children.values()):
            for map_run in run.map_runs:
                if map_run.arn == arn:
                    return map_run
        raise missing_resource(arn)

    def start_child(
        self, state_machine_arn: str, payload: Json, name: str | None, parent_arn: str
    ) -> Execution:
        """states:startExecution of a running execution. Raises StartRefused."""
        parent = self.execution(parent_arn)
        try:
            return self.start_from_api(state_machine_arn, payload, name, None, parent)
        except ServiceError as error:
            raise StartRefused(error.code, str(error)) from None

    def execution_arn(self, workflow: Workflow, name: str) -> str:
        """AWS: Express runs carry a third part, so their names may repeat (recorded)."""
        base = workflow.arn.replace(":stateMachine:", ":execution:")
        if workflow.kind == "EXPRESS":
            base = workflow.arn.replace(":stateMachine:", ":express:")
            return f"{base}:{name}:{self.new_name(f'{workflow.name}/{name}')}"
        return f"{base}:{name}"

    def new_name(self, what: str) -> str:
        self._unnamed += 1
        digest = hashlib.sha256(f"{self.seed}/{what}/{self._unnamed}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def publish(self, event: Json, *, bus: str = "default", account: str | None = None) -> Routed:
        """Put an event on a bus: every rule that wants it delivers to its targets now."""
        return self.buses.publish(event, bus, account or self.project.account)

    @property
    def routed(self) -> list[Routed]:
        """Every event that was put on a bus, in order."""
        return self.buses.routed

    def router(self, account: str) -> Router:
        return self.buses.router(account)

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | list[str]] | None = None,
        body: Json = None,
        account: str | None = None,
    ) -> HttpResponse:
        """An HTTP request to the project's API, answered now; with an account, to the API there.

        UsageError: no stack of the project is in that account.
        """
        response = self.apis.request(method, path, headers or {}, query or {}, body, account)
        self.responses.append(response)
        return response

    def send_message(self, queue_name: str, body: str) -> None:
        with self.cloud.calling("scenario"):
            client = self.cloud.client("sqs")
            url = client.get_queue_url(QueueName=queue_name)["QueueUrl"]
            client.send_message(QueueUrl=url, MessageBody=body)

    def fire(self, schedule_name: str) -> None:
        """A schedule fires now. UsageError: no such schedule."""
        for schedule in self.schedules:
            if schedule.name == schedule_name:
                self._fire(schedule)
                return
        known = [schedule.name for schedule in self.schedules]
        hint = did_you_mean(schedule_name, known)
        raise UsageError(
            f"no schedule is named '{schedule_name}'"
            + (f"; {hint}" if hint else f"; known: {', '.join(sorted(known)) or 'none'}")
        )

    @property
    def schedules(self) -> list[Schedule]:
        """Of every stack, the project's own first."""
        return [schedule for part in self.project.parts for schedule in part.schedules]

    def _fire(self, schedule: Schedule) -> None:
        target = schedule.target
        _, _, _, region, account, *_ = schedule.arn.split(":")
        identity = self.new_name("schedule")
        event = scheduled_event(
            schedule.name, account, region, self.now, identity, kind=schedule.kind
        )
        payload = event
        if target.transform is not None:
            payload = target.transform.apply(
                event, rule_arn=schedule.arn, rule_name=schedule.name, now=self.now
            )
        self.targets.deliver(
            target.arn,
            payload,
            source=f"schedule {schedule.name}",
            dead_letter=target.dead_letter_arn,
        )

    def _invoke_later(self, function: str, payload: Json) -> None:
        self.targets.invoke(function, payload, source=self.cloud.caller)

    def _arrange(self, schedule: Schedule) -> None:
        when = (
            next_fire(schedule.expression, self.now, timezone=schedule.timezone)
            if schedule.enabled
            else None
        )
        if when is not None:

            def fire() -> None:
                self._fire(schedule)
                self._arrange(schedule)

            # A recurring schedule keeps no world alive: it fires while there is other work ahead.
            self.clock.call_at(ticks_of(when), fire, background=True)

    def at(self, when: datetime, action: Callable[[], Any]) -> None:
        """Arrange an action for a virtual instant; the past means now."""
        self.clock.call_at(ticks_of(when), action)

    # -- tokens, resources, running -------------------------------------------------------------

    def open_tasks(self) -> list[OpenTask]:
        return self.engine.open_tasks

    def settle(self, token: str, result: Success | Failure) -> None:
        """SendTaskSuccess or SendTaskFailure from outside. Raises TokenError.

        Whoever settles the task of an activity that nobody has fetched is its worker.
        """
        task = self.engine.settle(token, result)
        if ":activity:" in task.resource:
            task.taken.resolve(None)

    def stop_child(self, child: Execution) -> None:
        """StopExecution, as soon as whoever runs now has ended."""
        self.at(self.now, lambda: self.engine.stop(child))

    def when_closed(self, token: str, action: Callable[[bool], None]) -> None:
        """`action` is called when the task stops waiting without having been settled.

        With True when it was aborted, with False when it timed out.
        """
        self.engine.runtime.open_tasks[token].on_close = action

    def role_of(self, state_machine_arn: str) -> str:
        """The execution role's ARN; "" when it has none or there is no such machine."""
        arn = state_machine_arn.partition("/")[0]
        known = (item for part in self.project.parts for item in part.workflows.values())
        return next((item.role_arn for item in known if item.arn == arn), "")

    def ask_api(
        self,
        host: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        query: Mapping[str, str | list[str]],
        body: Json,
    ) -> HttpResponse | None:
        """What the project's own API behind this host answers; None: no API of the project."""
        return self.apis.at_host(host, method, path, headers, query, body)

    def resource(self, logical_id: str) -> str:
        """The physical name or ARN that Ref gives. UsageError: no such resource."""
        return self.project.physical_id(logical_id)

    def run(self, *, until: datetime | timedelta | Execution | None = None) -> None:
        """Until nothing is left to do, or an instant, or the end of an execution."""
        if isinstance(until, Execution):
            self.scheduler.run(until.done)
        else:
            moment = self.now + until if isinstance(until, timedelta) else until
            self.scheduler.run_until_idle(moment)
