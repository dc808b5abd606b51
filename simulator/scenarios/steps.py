"""The toolkit's kinds of step: what arrives from outside, at its virtual instant."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from simulator.aws.calls import ServiceError
from simulator.engine.ports import Failure, Success
from simulator.errors import UsageError
from simulator.problems import did_you_mean
from simulator.scenarios.names import hint_among, named
from simulator.scenarios.observed import queue_depths
from simulator.scenarios.scenario import Step
from simulator.scenarios.vocabulary import Vocabulary, scenario_workflow
from simulator.scenarios.world import World
from simulator.values import Json

_FILLED = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")


def perform(world: World, step: Step, vocabulary: Vocabulary) -> None:
    """Raises UsageError when the step cannot happen, saying why."""
    body = {key: filled(world, value) for key, value in step.body.items()}
    own = vocabulary.steps.get(step.kind)
    if own is not None:
        own(world, body)
        return
    if step.kind == "start":
        _start(world, body, vocabulary)
        return
    _KINDS[step.kind](world, body, step)


def filled(world: World, value: Any) -> Any:
    """`$payment_id` becomes the field of that name in the first HTTP answer that has one."""
    if isinstance(value, str):
        return _FILLED.sub(lambda found: _answered(world, found[1], found[0]), value)
    if isinstance(value, list):
        return [filled(world, item) for item in value]
    if isinstance(value, dict):
        return {key: filled(world, item) for key, item in value.items()}
    return value


def _answered(world: World, name: str, written: str) -> str:
    for answer in world.answers.values():
        if isinstance(answer.body, dict) and isinstance(answer.body.get(name), str):
            return str(answer.body[name])
    return written


def _http(world: World, body: Mapping[str, Any], step: Step) -> None:
    world.answers[step.where] = world.simulation.request(
        body["method"],
        body["path"],
        headers=body.get("headers") or {},
        query=body.get("query") or {},
        body=body.get("body"),
        account=body.get("account"),
    )


def _eventbridge(world: World, body: Mapping[str, Any], _step: Step) -> None:
    world.simulation.publish(body["event"], bus=body.get("bus", "default"))


def _sqs(world: World, body: Mapping[str, Any], _step: Step) -> None:
    known = queue_depths(world)
    queue = named(body["queue"], known)
    if queue is None:
        hint = hint_among(body["queue"], known, "queues")
        raise UsageError(f"there is no queue '{body['queue']}'; {hint}")
    for text in body["bodies"]:
        world.simulation.send_message(queue, text)


def _schedule(world: World, body: Mapping[str, Any], _step: Step) -> None:
    known = [schedule.name for schedule in world.simulation.schedules]
    world.simulation.fire(named(body["rule"], known) or body["rule"])


def _callback(world: World, body: Mapping[str, Any], step: Step) -> None:
    state = body["token_of_state"]
    tasks = world.simulation.open_tasks()
    task = next((task for task in tasks if task.state == state), None)
    if task is None:
        if _came_before(world, step):
            return  # AWS: TaskTimedOut, to the sender alone (docs)
        names = sorted({task.state for task in tasks})
        hint = did_you_mean(state, names)
        waiting = f"waiting: {', '.join(names) or 'none'}"
        raise UsageError(f"no task of the state '{state}' is waiting now; {hint or waiting}")
    result: Success | Failure = (
        Failure(body["error"], body.get("cause")) if "error" in body else Success(body["result"])
    )
    world.simulation.settle(task.token, result)


def _came_before(world: World, step: Step) -> bool:
    """Is this the same answer, delivered again?"""
    steps = world.scenario.steps
    said = {key: value for key, value in step.body.items() if key != "at"}
    return any(
        said == {key: value for key, value in before.body.items() if key != "at"}
        for before in steps[: steps.index(step)]
    )


def _start(world: World, body: Mapping[str, Any], vocabulary: Vocabulary) -> None:
    word = body.get("workflow") or world.scenario.workflow
    name = scenario_workflow(vocabulary, word)
    if name is None:
        raise UsageError("the step 'start' and its scenario name no workflow; name one of them")
    workflow = world.simulation.project.workflow(name)
    payload: Json = body.get("input", {})
    try:
        world.simulation.start_from_api(workflow.arn, payload, body.get("name"), None)
    except ServiceError as error:
        raise UsageError(f"the step 'start' is refused: {error.code}: {error.message}") from None


_KINDS: Mapping[str, Callable[[World, Mapping[str, Any], Step], None]] = {
    "http": _http,
    "eventbridge": _eventbridge,
    "sqs": _sqs,
    "schedule": _schedule,
    "callback": _callback,
}
