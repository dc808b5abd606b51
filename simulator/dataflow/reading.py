"""A project's template, definitions and policies → the flows of its data.

Flows are what is declared and what roles allow; `simulator.dataflow.confirmation` holds them
against runs. Telemetry (logs, metrics, traces) and encryption at rest by services are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from simulator.asl.expressions import Expression
from simulator.asl.graph import all_states
from simulator.asl.model import Map, Task
from simulator.dataflow.actions import action_of, prefix_of, verbs_of
from simulator.dataflow.permissions import ASSUME, permissions
from simulator.dataflow.places import CALLERS, Places, service_of, texts
from simulator.diagrams.flows import DataFlow, Flow, Verb
from simulator.errors import SourceError
from simulator.problems import Location, Problem, did_you_mean
from simulator.project.project import Project, Workflow
from simulator.project.template import Resource

_MAPPING: Final = "event source mapping"
_VERBS: Final[tuple[Verb, ...]] = ("calls", "invokes", "triggers", "reads", "writes")


def data_flow(project: Project, places: Places | None = None) -> DataFlow:
    """Nodes that have a flow, and flows; those between two nodes of `card_data` carry card data.

    SourceError: the setting names something that has no flow.
    """
    places = places or Places.of(project)
    found = _Flows(places)
    for part in project.parts:
        _sources(part, places, found)
        for function in part.template.of_type("AWS::Lambda::Function"):
            _function(part, function, found)
        for workflow in part.workflows.values():
            _workflow(part, workflow, found)
        _given_up(part, places, found)
    return _marked(project, places, found)


class _Flows:
    """Flows as they are found: verbs and ways of each pair of nodes."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.pairs: dict[tuple[str, str], tuple[set[Verb], dict[str, None]]] = {}

    def add(self, source: str | None, target: str | None, verb: Verb, way: str) -> None:
        if source is not None and target is not None and source != target:
            verbs, ways = self.pairs.setdefault((source, target), (set(), {}))
            verbs.add(verb)
            ways[way] = None


def _marked(project: Project, places: Places, found: _Flows) -> DataFlow:
    used = {end for pair in found.pairs for end in pair}
    nodes = [node for node in places.all() if node.id in used]
    known = {node.name for node in nodes}
    wrong = [name for name in project.settings.card_data if name not in known]
    if wrong:
        place = Location(project.settings.path)
        raise SourceError([
            Problem(
                "PRJ041", f"card_data names '{name}', and no data flows there", place,
                did_you_mean(name, known),
            )
            for name in wrong
        ])  # fmt: skip
    cards = {node.id for node in nodes if node.name in project.settings.card_data}
    carrying = {*cards, CALLERS}
    flows = tuple(
        Flow(
            source, target, tuple(verb for verb in _VERBS if verb in verbs), tuple(ways),
            card=source in carrying and target in carrying and bool({source, target} & cards),
        )
        for (source, target), (verbs, ways) in sorted(found.pairs.items())
    )  # fmt: skip
    return DataFlow(tuple(node.with_card(node.id in cards) for node in nodes), flows)


# -- what starts things ------------------------------------------------------------------------------


def _sources(part: Project, places: Places, found: _Flows) -> None:
    def target(arn: str) -> str | None:
        return places.named(service_of(arn), arn.removesuffix(":*"), part.account)

    callers = places.make("callers", "callers", "")
    for route in part.routes:
        node = places.make("route", f"{route.method} {route.path}", part.account)
        found.add(callers, node, "calls", f"API {route.api}")
        found.add(node, target(route.target_arn), "invokes", f"API {route.api}")
    for socket in sorted(places.of_service("execute-api")):
        if places.node(socket).account == part.account:
            found.add(callers, socket, "reads", "WebSocket")
    for rule in part.rules:
        node = places.rule(part, rule)
        bus = places.named("events", rule.bus, part.account)
        bus = bus or places.make("bus", f"{rule.bus} bus", part.account)
        found.add(bus, node, "triggers", "event pattern")
        for aim in rule.targets:
            found.add(node, target(aim.arn), "triggers", "target")
            found.add(node, target(aim.dead_letter_arn or ""), "writes", "DeadLetterConfig")
    for schedule in part.schedules:
        node = places.make("schedule", _logical(part, schedule.arn, schedule.name), part.account)
        found.add(node, target(schedule.target.arn), "triggers", schedule.expression)
    for queue in part.queue_sources:
        found.add(target(queue.queue_arn), target(queue.function), "triggers", _MAPPING)
    for stream in part.stream_sources:
        found.add(target(stream.stream_arn), target(stream.function), "triggers", _MAPPING)
    for topic in part.topic_sources:
        found.add(target(topic.topic_arn), target(topic.function), "triggers", "subscription")
    for resource in part.template.of_type("AWS::SNS::Subscription"):
        if resource.properties.get("Protocol") == "sqs":
            topic_arn, queue_arn = (
                str(resource.properties.get(name)) for name in ("TopicArn", "Endpoint")
            )
            found.add(target(topic_arn), target(queue_arn), "writes", "subscription")


def _logical(part: Project, arn: str, name: str) -> str:
    """The logical id: the same in every stage."""
    return next(
        (item.logical_id for item in part.template.resources.values() if item.arn == arn), name
    )


def _given_up(part: Project, places: Places, found: _Flows) -> None:
    """What queues and asynchronous functions hand on when they give up, and on success."""
    for resource in part.template.of_type("AWS::SQS::Queue"):
        arn = str(_table(resource.properties.get("RedrivePolicy")).get("deadLetterTargetArn", ""))
        source = places.named("sqs", str(resource.arn), part.account)
        found.add(source, places.named("sqs", arn, part.account), "writes", "RedrivePolicy")
    for function in part.functions.values():
        source = places.named("lambda", function.arn, part.account)
        settings = function.asynchronous
        for destination in (settings.on_failure, settings.on_success, settings.dead_letter):
            if destination is not None:
                aim = places.named(service_of(destination), destination, part.account)
                found.add(source, aim, "writes", "destination")


# -- functions ---------------------------------------------------------------------------------------


def _function(part: Project, function: Resource, found: _Flows) -> None:
    """Hosts of URLs in its environment, and what its role may do: read, write, invoke."""
    places = found.places
    node = places.named("lambda", str(function.arn), part.account)
    settings = function.properties.get("Environment")
    for name, value in _table(_table(settings).get("Variables")).items():
        found.add(node, places.host(str(value)), "calls", f"environment {name}")
    role = str(function.properties.get("Role"))
    for permission in permissions(places.project, role):
        if permission.action == ASSUME:
            other = places.make("role", permission.resource.rpartition("/")[2], "")
            found.add(node, other, "reads", ASSUME)
            found.add(node, other, "writes", ASSUME)
            continue
        if permission.resource in places.hidden:
            continue
        service = permission.action.partition(":")[0]
        aims = places.matching(service, permission.resource)
        aims = aims or [places.service(service, permission.account)]
        for verb in verbs_of(permission.action):
            for aim in aims:
                found.add(node, aim, verb, permission.action)


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


# -- workflows ---------------------------------------------------------------------------------------


def _workflow(part: Project, workflow: Workflow, found: _Flows) -> None:
    node = found.places.named("states", workflow.arn, part.account)
    for state in all_states(workflow.machine):
        reached: list[tuple[str, Expression | None]] = []
        if isinstance(state, Task):
            reached = [(state.resource, state.data.arguments)]
        elif isinstance(state, Map):
            reached = [
                (item.resource, item.arguments)
                for item in (state.reader, state.writer)
                if item is not None and item.resource is not None
            ]
        for resource, arguments in reached:
            given = None if arguments is None else arguments.source
            for aim, verb, action in targets_of(found.places, resource, given, part.account):
                found.add(node, aim, verb, action)


def targets_of(
    places: Places, resource: str, arguments: Any, account: str
) -> Iterator[tuple[str, Verb, str]]:
    """What a task reaches: node, verb and action. The service itself when it names no resource."""
    head, separator, rest = resource.partition(":::")
    if not separator:
        if (function := places.named("lambda", head, account)) is not None:
            yield function, "invokes", "lambda:InvokeFunction"
        return
    name = rest.removeprefix("aws-sdk:")
    service, _, operation = name.partition(":")
    operation = operation.partition(".")[0]
    if service == "http":
        for text in texts(arguments):
            if (host := places.host(text)) is not None:
                yield host, "calls", "http:invoke"
        return
    action = action_of(service, operation)
    prefix = prefix_of(service)
    for aim in list(places.inside(prefix, arguments, account)) or [places.service(prefix, account)]:
        for verb in verbs_of(action):
            yield aim, verb, action
