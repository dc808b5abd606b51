"""The findings of a scenario's events, as far as an event says something that can be judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.scenarios.vocabulary import World


def events(world: World) -> Iterator[Mapping[str, Any]]:
    """The events of the analyser, in order, malformed ones too."""
    for step in world.scenario.steps:
        event: Any = step.body.get("event") or {}
        if event.get("source") == "aws.access-analyzer":
            yield event


def details(world: World) -> Iterator[dict[str, Any]]:
    """Each event's detail: `id` whatever the family, no blanks around values; `principal` and `action`
    only where both can be read. Without an id or a resource a detail is left out.
    """
    for event in events(world):
        detail = event.get("detail")
        if not isinstance(detail, Mapping):
            continue
        name = detail.get("id") or detail.get("findingId")
        resource = detail.get("resource")
        if not isinstance(name, str) or not isinstance(resource, str):
            continue
        found = {**detail, "id": name, "resource": resource.strip()}
        principal, actions = found.pop("principal", None), found.pop("action", None)
        if _is_principal(principal) and _are_actions(actions):
            found["principal"] = {kind: value.strip() for kind, value in principal.items()}
            found["action"] = actions
        yield found


def latest(world: World) -> Iterator[dict[str, Any]]:
    """One detail a finding: the last one."""
    yield from {detail["id"]: detail for detail in details(world)}.values()


def _is_principal(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and len(value) == 1
        and all(isinstance(entry, str) for entry in value.values())
    )


def _are_actions(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
