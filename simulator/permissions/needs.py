"""What a run asked of IAM: every call of every function and state, by the role that made it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from simulator.asl.graph import all_states
from simulator.asl.integrations import Integration, read_integration
from simulator.aws import naming
from simulator.errors import UsageError
from simulator.permissions.actions import actions, passed_roles
from simulator.permissions.arns import UNKNOWN, Place, resource_arn
from simulator.tasks.job_table import JOBS
from simulator.tasks.services import client_of

if TYPE_CHECKING:
    from simulator.aws.calls import ApiCall
    from simulator.engine.execution import Execution
    from simulator.engine.history import HistoryEvent
    from simulator.scenarios.world import World

_Actor: TypeAlias = tuple[str, str]  # a role's ARN, and who it is in words
_INVOKE: Final = "lambda:InvokeFunction"
_CONTEXT: Final = "kms:EncryptionContext:"
# What Step Functions itself calls to run a nested execution to its end (docs).
_NESTED: Final = ("states:DescribeExecution", "states:StopExecution")
_NESTED_RULE: Final = ("events:PutTargets", "events:PutRule", "events:DescribeRule")


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """A role's action on a resource: an ARN, or "" when it is not known.

    `by` says who calls ("function Charge", "state Pay of shop-Order"). With a `reason` no run calls:
    the service does, on the role's behalf, and the reason says when. An `optional` one explains a
    grant, but nothing fails without it. `context` are condition keys of the request.
    """

    role: str
    action: str
    resource: str
    by: str
    reason: str = ""
    optional: bool = False
    context: tuple[tuple[str, str], ...] = field(default=())


def needs_of(world: World) -> frozenset[Need]:
    """Of all that ran in this world. What was refused or failed counts: it was asked for."""
    simulation = world.simulation
    found: set[Need] = set()
    runs = [*simulation.executions, *simulation.engine.children.values()]
    for run in runs:
        found.update(_of_execution(run))
    states = _actors(world, runs)
    for call in world.calls:
        found.update(_of_call(call, states))
    return frozenset(found)


# -- calls ----------------------------------------------------------------------------------------


def _of_call(call: ApiCall, states: Mapping[str, _Actor]) -> Iterator[Need]:
    """A call after AssumeRole is the assumed role's; a state's is its state machine's."""
    if call.principal:
        role, by = call.principal, f"function {call.caller}"
    else:
        role, by = states.get(call.caller, ("", f"state {call.caller}"))
    if call.role or role:
        place = Place(call.account, call.region)
        actor = call.role or role
        yield from asked(actor, call.service, call.operation, call.parameters, place, by)


def asked(
    role: str, client: str, operation: str, parameters: Mapping[str, Any], place: Place, by: str
) -> Iterator[Need]:
    """The needs of one call of an API; `client` is boto3's name."""
    for action, given in actions(client, operation, parameters):
        context = given.get("EncryptionContext") if action.startswith("kms:") else None
        keys = tuple(sorted((f"{_CONTEXT}{name}", str(v)) for name, v in (context or {}).items()))
        yield Need(role, action, resource_arn(action, given, place), by, context=keys)
    for passed in passed_roles(client, operation, parameters):
        yield Need(role, "iam:PassRole", passed, by)


def _actors(world: World, runs: list[Execution]) -> dict[str, _Actor]:
    """Who calls behind a state's name; nobody where workflows with different roles share the name.

    Histories have every Task's own call; this finds what states call besides: items of a Map in S3,
    looks at a job.
    """
    roles = {run.workflow: _role_of(run) for run in runs}
    found: dict[str, set[_Actor]] = {}
    for part in world.simulation.project.parts:
        for workflow in part.workflows.values():
            if workflow.name in roles:
                for state in all_states(workflow.machine):
                    actor = (roles[workflow.name], f"state {state.name} of {workflow.name}")
                    found.setdefault(state.name, set()).add(actor)
    return {name: next(iter(actors)) for name, actors in found.items() if len(actors) == 1}


# -- executions -----------------------------------------------------------------------------------


def _role_of(run: Execution) -> str:
    return str(run.history[0].parts[1])


def _of_execution(run: Execution) -> Iterator[Need]:
    role = _role_of(run)
    place = _place(run.state_machine_arn)
    for event in run.history:
        by = f"state {event.state} of {run.workflow}"
        if event.type == "LambdaFunctionScheduled":
            actor = yield from _actor(role, event.parts[4], by)
            yield Need(actor, _INVOKE, str(event.parts[0]), by)
        elif event.type == "TaskScheduled":
            actor = yield from _actor(role, event.parts[6], by)
            yield from _of_task(actor, event, place, by)
        elif event.type == "MapRunStarted":
            yield Need(role, "states:StartExecution", run.state_machine_arn, by)


def _actor(role: str, credentials: Any, by: str) -> Any:
    """Credentials: the task's role is assumed first, and calls."""
    if credentials:
        yield Need(role, "sts:AssumeRole", str(credentials), by)
        return str(credentials)
    return role


def _of_task(role: str, event: HistoryEvent, place: Place, by: str) -> Iterator[Need]:
    kind, action, _region, payload, *_ = event.parts
    integration = read_integration(f"arn:{place.partition}:states:::{kind}:{action}")
    given: dict[str, Any] = payload if isinstance(payload, dict) else {}
    if integration is None:
        return
    if not integration.is_sdk and (kind, integration.action) == ("lambda", "invoke"):
        yield from asked(role, "lambda", "Invoke", given, place, by)
    elif kind == "states":
        yield from _nested(role, integration, given, place, by)
    elif kind == "http":
        yield from _http(role, given, by)
    elif kind == "apigateway":
        yield Need(role, "execute-api:Invoke", UNKNOWN, by)
    else:
        yield from _of_service(role, integration, given, place, by)


def _of_service(
    role: str, integration: Integration, given: dict[str, Any], place: Place, by: str
) -> Iterator[Need]:
    try:
        client, action = client_of(integration)
        model = naming.operation(client, action)
    except UsageError:
        return  # the task could not start: nothing was called
    yield from asked(role, client, model.name, _members(model, given), place, by)
    job = JOBS.get((integration.service, integration.action))
    if integration.is_job and job is not None:
        for more in filter(None, (job.look, job.stop)):
            wanted = f"{client}:{naming.operation(client, more).name}"
            reason = "Step Functions looks at the job and stops it"
            yield Need(role, _action(wanted), UNKNOWN, by, reason, optional=more == job.stop)


def _members(model: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a state by the names of the API: QueueUrl, stateMachineArn."""
    names = {name.lower(): name for name in model.input_shape.members}
    return {names.get(name.lower(), name): value for name, value in given.items()}


def _action(name: str) -> str:
    client, _, operation = name.partition(":")
    return next(actions(client, operation, {}))[0]


def _nested(
    role: str, integration: Integration, given: dict[str, Any], place: Place, by: str
) -> Iterator[Need]:
    machine = str(given.get("StateMachineArn", ""))
    yield Need(role, "states:StartExecution", machine, by)
    if integration.is_job:
        reason = "Step Functions waits for the nested execution"
        for action in _NESTED:
            yield Need(role, action, UNKNOWN, by, reason)
        rule = place.arn("events", "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule")
        for action in _NESTED_RULE:
            yield Need(role, action, rule, by, reason)


def _http(role: str, given: dict[str, Any], by: str) -> Iterator[Need]:
    yield Need(role, "states:InvokeHTTPEndpoint", UNKNOWN, by)
    authentication = given.get("Authentication") or given.get("InvocationConfig")
    if isinstance(authentication, dict):
        reason = "Step Functions reads the connection's credentials"
        connection = str(authentication.get("ConnectionArn", UNKNOWN))
        yield Need(role, "events:RetrieveConnectionCredentials", connection, by, reason)
        for action in ("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"):
            yield Need(role, action, UNKNOWN, by, reason)


def _place(machine: str) -> Place:
    parts = machine.split(":")
    return Place(parts[4], parts[3], parts[1]) if len(parts) > 5 else Place("", "")
