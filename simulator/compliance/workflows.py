"""Checks of definitions: what a workflow does with an unknown outcome, and with the card at its end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simulator.asl.graph import all_states, leaving
from simulator.asl.model import Fail, Graph, State, Succeed, Task
from simulator.compliance.evidence import Evidence, Finding
from simulator.problems import Location
from simulator.project.definitions import Workflow
from simulator.project.routes import Routes

_BROAD = ("States.ALL", "States.TaskFailed", "States.Timeout")


def _card_workflows(evidence: Evidence) -> Iterator[Workflow]:
    for workflow in evidence.workflows:
        if workflow.logical_id in evidence.declared.card_workflows:
            yield workflow


def unknown_outcomes(evidence: Evidence) -> Iterator[Finding]:
    """No provider state is tried again when nobody knows whether it took effect."""
    never = {*_BROAD, *evidence.declared.unknown_outcomes}
    for workflow in _card_workflows(evidence):
        for state in all_states(workflow.machine):
            if not isinstance(state, Task) or state.name not in evidence.declared.provider_states:
                continue
            wrong = [
                f"retries {name}"
                for retrier in state.retriers
                for name in retrier.error_equals
                if name in never and retrier.max_attempts > 0
            ]
            if not state.catchers:
                wrong.append("has no Catch")
            if state.timeout is None:
                wrong.append("has no TimeoutSeconds")
            said = "; ".join(wrong) or "an unknown outcome is not retried"
            subject = f"{workflow.logical_id}/{state.name}"
            yield Finding(subject, not wrong, said, state.location)


def cleared_on_every_path(evidence: Evidence) -> Iterator[Finding]:
    """No way from the start to an end goes round the clearing states, Catch edges included.

    Ends in `keeping_states` keep the card by design; expiry and the sweeper answer for those.
    """
    clearing = set(evidence.declared.clearing_states)
    for workflow in _card_workflows(evidence):
        graph = workflow.machine.graph
        around = _around(graph, clearing)
        for state in graph.states.values():
            if not _is_end(state):
                continue
            subject = f"{workflow.logical_id}/{state.name}"
            if state.name in evidence.declared.keeping_states:
                yield Finding(
                    subject, is_good=True, said="keeps the card by design", location=state.location
                )
                continue
            way = around.get(state.name)
            said = (
                "the card is cleared before" if way is None else f"not cleared by {' → '.join(way)}"
            )
            place: Location = state.location
            yield Finding(subject, way is None, said, place)


def _is_end(state: State) -> bool:
    return isinstance(state, Succeed | Fail) or not any(leaving(state))


def _around(graph: Graph, clearing: set[str]) -> dict[str, list[str]]:
    """The states that can be reached without passing a clearing one, and a shortest way to each."""
    if graph.start_at in clearing:
        return {}
    ways = {graph.start_at: [graph.start_at]}
    waiting = [graph.start_at]
    for name in waiting:
        for move in leaving(graph.states[name]):
            if move.target not in clearing and move.target not in ways:
                ways[move.target] = [*ways[name], move.target]
                waiting.append(move.target)
    return ways


# An API's request as it is: the whole body, under one of its names (docs).
_RAW = re.compile(r"\$input\.body|\$input\.json\(\s*(\\?[\"'])\$\1\s*\)")


def no_raw_request(evidence: Evidence) -> Iterator[Finding]:
    """No API starts a card workflow with the body that it got: that would be its first event."""
    machines = {workflow.arn: workflow for workflow in _card_workflows(evidence)}
    for template in evidence.templates:
        for route in Routes(template).read():
            if route.action is None or route.target_arn not in machines:
                continue
            raw = route.template is None or _RAW.search(route.template) is not None
            name = machines[route.target_arn].logical_id
            said = f"starts {name} with " + (
                "the raw request" if raw else "what its template takes"
            )
            yield Finding(f"{route.method} {route.path}", not raw, said, route.location)
