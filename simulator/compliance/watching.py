"""What there is to see of a world at its end: the evidence of one run, as it travels between processes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from simulator.aws.calls import ApiCall
from simulator.compliance.evidence import Kept, KeyUse, Life, Run, table
from simulator.compliance.settings import Declared
from simulator.dataflow.observation import observe
from simulator.diagrams.flows import DataFlow
from simulator.engine.execution import Execution
from simulator.permissions.needs import needs_of
from simulator.project.template import Resource
from simulator.scenarios.scanner import Secrets, scan
from simulator.scenarios.vocabulary import World
from simulator.scenarios.world import OBSERVER
from simulator.sources.http import match_route
from simulator.tasks.lambdas import Invocation
from simulator.values import Json, canonical

_REFUSED: Final = range(400, 500)


def watched(declared: Declared, flows: DataFlow | None, world: World) -> Run:
    secrets = Secrets.sent([dict(step.body) for step in world.scenario.steps])
    tables = {
        resource.name: resource
        for name in declared.card_tables
        if (resource := _resource(world, name)) is not None
    }
    uses = tuple(_key_uses(world, declared))
    asked = (
        (one.call.caller, urlsplit(one.call.url).hostname or one.call.url)
        for one in world.simulation.cloud.asked
    )
    return Run(
        scenario=world.scenario.id,
        title=world.scenario.title or world.scenario.id,
        leaks=tuple(scan(world.channels(), secrets)),
        kept=tuple(_kept(world, tables, declared)),
        lives=tuple(_lives(world, tables)),
        outside=tuple(dict.fromkeys(asked)),
        key_uses=uses,
        records=_records(world, declared),
        invoked=tuple(dict.fromkeys(one.function for one in world.simulation.lambdas.invocations)),
        routes=tuple(dict.fromkeys(_routes(world))),
        refused=tuple(answer.status for answer in world.responses if answer.status in _REFUSED),
        flow=None if flows is None else observe(world, flows),
        needs=tuple(sorted(needs_of(world))),
    )


def _resource(world: World, logical_id: str) -> Resource | None:
    found = (part.template.resources.get(logical_id) for part in world.simulation.project.parts)
    return next((resource for resource in found if resource is not None), None)


# --- card items -------------------------------------------------------------------------------------


def _kept(world: World, tables: Mapping[str, Resource], declared: Declared) -> Iterator[Kept]:
    runs = [run for run in world.executions if run.workflow in _workflows(world, declared)]
    for physical, resource in tables.items():
        for item in _items(world, physical):
            key = table(item.get(_hash_key(resource)))
            needing = (why for run in runs if (why := _needed(run, key, declared)))
            left = _seconds(item, resource, world.now)
            yield Kept(resource.logical_id, left, next(needing, ""))


def _items(world: World, physical: str) -> Iterator[dict[str, Any]]:
    with world.simulation.cloud.calling(OBSERVER):
        for page in world.client("dynamodb").get_paginator("scan").paginate(TableName=physical):
            yield from page["Items"]


def _hash_key(resource: Resource) -> str:
    schema = resource.properties.get("KeySchema")
    keys = [table(item) for item in schema] if isinstance(schema, list) else []
    return next((str(key["AttributeName"]) for key in keys if key.get("KeyType") == "HASH"), "")


def _workflows(world: World, declared: Declared) -> set[str]:
    flows = (flow for part in world.simulation.project.parts for flow in part.workflows.values())
    return {flow.name for flow in flows if flow.logical_id in declared.card_workflows}


def _needed(run: Execution, key: Mapping[str, Any], declared: Declared) -> str:
    """Why this run still needs the item: it has not ended, or it ended where the card is kept."""
    if not key or canonical(next(iter(key.values()))) not in canonical(run.input):
        return ""
    if run.status == "RUNNING":
        return f"{run.name} has not ended"
    visited = run.visited()
    last = visited[-1] if visited else ""
    return f"{run.name} ended in {last}" if last in declared.keeping_states else ""


def _expiry(resource: Resource) -> str:
    return str(table(resource.properties.get("TimeToLiveSpecification")).get("AttributeName"))


def _seconds(item: Mapping[str, Any], resource: Resource, at: datetime) -> int | None:
    number = table(item.get(_expiry(resource))).get("N")
    return None if number is None else int(float(number) - at.timestamp())


def _lives(world: World, tables: Mapping[str, Resource]) -> Iterator[Life]:
    for call in world.calls:
        if call.service != "dynamodb" or call.error is not None:
            continue
        for written in _puts(call.parameters):
            resource = tables.get(str(written.get("TableName")))
            if resource is not None:
                left = _seconds(table(written.get("Item")), resource, call.at)
                yield Life(resource.logical_id, _expiry(resource), left)


def _puts(parameters: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "Item" in parameters:
        yield parameters
    for item in parameters.get("TransactItems") or ():
        if "Put" in item:
            yield item["Put"]


# --- card keys --------------------------------------------------------------------------------------


def _key_uses(world: World, declared: Declared) -> Iterator[KeyUse]:
    """Calls that make or open data keys. A refused one names no key: its caller tells that it is ours."""
    arns = {
        resource.arn: name
        for name in declared.card_keys
        if (resource := _resource(world, name)) is not None
    }
    users = {name for names in declared.card_keys.values() for name in names}
    for call in world.calls:
        if call.service != "kms" or call.operation not in ("Decrypt", "GenerateDataKey"):
            continue
        key = arns.get(str(table(call.result).get("KeyId")), "")
        if key or (call.error is not None and call.caller in users):
            context = table(call.parameters.get("EncryptionContext"))
            yield KeyUse(
                f"kms:{call.operation}", call.caller, key or "a card key", bool(context),
                recorded=any(_is_record(entry, context, declared) for entry in _log(world, call)),
                error=call.error,
            )  # fmt: skip


def _log(world: World, call: ApiCall) -> Iterator[Json]:
    """The log entries of the invocations that may have made the call."""
    for made in world.simulation.lambdas.invocations:
        if made.function == call.caller and made.at <= call.at <= made.at + made.took:
            yield from _entries(made)


def _entries(made: Invocation) -> Iterator[Json]:
    for line in made.logs.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def _is_named(entry: Json, declared: Declared) -> str:
    """The declared name that the entry has: powertools' Logger calls it `message`."""
    names = (table(entry).get(key) for key in ("event", "message"))
    return next((str(name) for name in names if name in declared.access_record), "")


def _is_record(entry: Json, context: Mapping[str, Any], declared: Declared) -> bool:
    """One with all its fields, about the same thing as the call: a value of its context."""
    name = _is_named(entry, declared)
    fields = [table(entry).get(key) for key in declared.access_record.get(name, ())]
    return bool(name) and all(fields) and bool({*map(str, fields)} & {*map(str, context.values())})


def _records(world: World, declared: Declared) -> dict[str, int]:
    found: dict[str, int] = {}
    for made in world.simulation.lambdas.invocations:
        number = sum(bool(_is_named(entry, declared)) for entry in _entries(made))
        if number:
            found[made.function] = found.get(made.function, 0) + number
    return found


# --- what had part ----------------------------------------------------------------------------------


def _routes(world: World) -> Iterator[str]:
    """From the scenario's requests, and from what functions behind an API were given."""
    routes = [route for part in world.simulation.project.parts for route in part.routes]
    for step in world.scenario.steps:
        method, path = step.body.get("method"), step.body.get("path")
        if isinstance(method, str) and isinstance(path, str):
            found = match_route(routes, method, path.partition("?")[0])
            if found is not None:
                yield f"{found[0].method} {found[0].path}"
    for made in world.simulation.lambdas.invocations:
        given = table(made.payload)
        if "requestContext" in given:
            yield str(given.get("routeKey") or f"{given.get('httpMethod')} {given.get('resource')}")
