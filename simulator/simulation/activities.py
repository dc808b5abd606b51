"""Activities: their registry, the tasks that wait for workers, and the tokens that end them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from simulator.aws.calls import ServiceError
from simulator.engine.clock import ticks_of
from simulator.engine.fibers import Signal
from simulator.engine.ports import Failure, Pending, Success, TaskCall, TaskResult
from simulator.engine.runtime import OpenTask, TokenError
from simulator.project.publishing import Activity as Declared
from simulator.simulation.requests import (
    Action,
    Answer,
    Request,
    check_kind,
    check_name,
    not_json,
    page,
)
from simulator.values import compact, parse_json

if TYPE_CHECKING:
    from simulator.simulation.world import Simulation

LONG_POLL: Final = timedelta(seconds=60)  # docs: how long GetActivityTask waits for a task


@dataclass(slots=True)
class Activity:
    name: str
    arn: str
    made: datetime
    tags: dict[str, str] = field(default_factory=dict)


class Activities:
    """The activities of a world, and the TaskRunner of their tasks: they wait for a worker."""

    def __init__(self, declared: Iterable[Declared], made: datetime) -> None:
        self._activities = {
            item.arn: Activity(item.name, item.arn, made, dict(item.tags)) for item in declared
        }
        # Who waits for a task of which activity.
        self._waiting: list[tuple[str, Signal[None]]] = []

    def __iter__(self) -> Iterator[Activity]:
        """In the order of their names."""
        return iter(sorted(self._activities.values(), key=lambda activity: activity.name))

    def known(self, arn: str) -> Activity | None:
        return self._activities.get(arn)

    def add(self, activity: Activity) -> Activity:
        return self._activities.setdefault(activity.arn, activity)

    def remove(self, arn: str) -> None:
        self._activities.pop(arn, None)

    def run(self, call: TaskCall) -> TaskResult:
        """An activity that was deleted fails the execution before anything is scheduled (recorded)."""
        if call.resource not in self._activities:
            return Failure("States.Runtime", f"The activity {call.resource} does not exist.")
        for arn, signal in self._waiting:
            if arn == call.resource:
                signal.resolve(None)
        return Pending()

    def next_task(self, arn: str) -> Signal[None]:
        """Resolves when a task of the activity is scheduled."""
        signal: Signal[None] = Signal()
        self._waiting = [(known, other) for known, other in self._waiting if not other.done]
        self._waiting.append((arn, signal))
        return signal


class ActivitiesApi:
    """Activities and task tokens. Texts recorded."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def actions(self) -> Mapping[str, Action]:
        return {
            "CreateActivity": self.create,
            "DescribeActivity": self.describe,
            "DeleteActivity": self.delete,
            "ListActivities": self.list,
            "GetActivityTask": self.get_task,
            "SendTaskSuccess": self.send_success,
            "SendTaskFailure": self.send_failure,
            "SendTaskHeartbeat": self.send_heartbeat,
        }

    def create(self, request: Request) -> Answer:
        """AWS: repeating a call is no error; the activity keeps its date (docs)."""
        name, project = request["name"], self._simulation.project
        check_name(name)
        arn = f"arn:aws:states:{project.region}:{project.account}:activity:{name}"
        tags = {tag["key"]: tag["value"] for tag in request.get("tags", ())}
        activity = self._simulation.activities.add(Activity(name, arn, self._simulation.now, tags))
        return {"activityArn": arn, "creationDate": activity.made}

    def describe(self, request: Request) -> Answer:
        activity = self._activity(request["activityArn"])
        return {
            "activityArn": activity.arn,
            "name": activity.name,
            "creationDate": activity.made,
            "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
        }

    def delete(self, request: Request) -> Answer:
        """Deleting what is not there succeeds."""
        check_kind(request["activityArn"], "activity")
        self._simulation.activities.remove(request["activityArn"])
        return {}

    def list(self, request: Request) -> Answer:
        """In the order of their names."""
        found = [
            {"activityArn": item.arn, "name": item.name, "creationDate": item.made}
            for item in self._simulation.activities
        ]
        return page("activities", found, request)

    def get_task(self, request: Request) -> Answer:
        """The oldest task that no worker has. Without one the answer has no token, after 60 s of
        virtual time at most: the world runs on until a task comes.
        """
        activity = self._activity(request["activityArn"])
        task = self._take(activity, request) or self._wait(activity, request)
        if task is None:
            return {}
        return {"taskToken": task.token, "input": compact(task.payload)}

    def _take(self, activity: Activity, request: Request) -> OpenTask | None:
        return self._simulation.engine.take_activity(activity.arn, request.get("workerName"))

    def _wait(self, activity: Activity, request: Request) -> OpenTask | None:
        simulation = self._simulation
        if simulation.cloud.is_running:  # a function: the world stands still while it polls
            simulation.cloud.spend(LONG_POLL)
            return None
        arrived = simulation.activities.next_task(activity.arn)
        deadline = simulation.now + LONG_POLL
        timer = simulation.clock.call_at(ticks_of(deadline), lambda: arrived.resolve(None))
        simulation.scheduler.run(arrived)
        timer.cancel()
        return self._take(activity, request)

    def send_success(self, request: Request) -> Answer:
        try:
            output = parse_json(request["output"])
        except ValueError as error:
            why = not_json(request["output"], error)
            raise ServiceError("InvalidOutput", f"Invalid Output: '{why}'") from None
        return self._settle(request["taskToken"], Success(output))

    def send_failure(self, request: Request) -> Answer:
        failure = Failure(request.get("error"), request.get("cause"))
        return self._settle(request["taskToken"], failure)

    def send_heartbeat(self, request: Request) -> Answer:
        try:
            self._simulation.engine.heartbeat(request["taskToken"])
        except TokenError as error:
            raise ServiceError(error.code, str(error)) from None
        return {}

    def _settle(self, token: str, result: Success | Failure) -> Answer:
        try:
            self._simulation.engine.settle(token, result)
        except TokenError as error:
            raise ServiceError(error.code, str(error)) from None
        return {}

    def _activity(self, arn: str) -> Activity:
        check_kind(arn, "activity")
        activity = self._simulation.activities.known(arn)
        if activity is None:
            raise ServiceError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
        return activity
