"""What runs did: which flows something passed, and on which of them card data was found.

Card data is what `simulator.scenarios.scanner` finds, and what a card table keeps of it: encrypted
values, which are recognised when they come out again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from simulator.asl.graph import all_states
from simulator.asl.model import Task
from simulator.aws.cloud import OURSELVES
from simulator.dataflow.actions import action_of, prefix_of, verbs_of
from simulator.dataflow.permissions import is_known
from simulator.dataflow.places import CALLERS, Places
from simulator.dataflow.reading import targets_of
from simulator.diagrams.flows import DataFlow
from simulator.scenarios.channels import Channel
from simulator.scenarios.compare import jsonable
from simulator.scenarios.scanner import Leak, Secrets, scan
from simulator.scenarios.world import OBSERVER, World
from simulator.values import Json, canonical, parse_json

Pair: TypeAlias = "tuple[str, str]"
_SCHEDULED: Final = {
    "TaskScheduled": "taskScheduledEventDetails",
    "LambdaFunctionScheduled": "lambdaFunctionScheduledEventDetails",
}
_SHORTEST: Final = 12  # bytes of an encrypted value; nonces have that many
_ENCODED: Final = re.compile(r"[A-Za-z0-9+/_=-]{40,}")


@dataclass(frozen=True, slots=True)
class Observed:
    """By the ids of both ends. `seen` names a scenario, `card` says what was found, and in which.

    `strayed` are functions that got card data by a way that no flow is.
    """

    seen: Mapping[Pair, str] = field(default_factory=dict)
    card: Mapping[Pair, str] = field(default_factory=dict)
    strayed: Mapping[str, str] = field(default_factory=dict)

    def __add__(self, other: Observed) -> Observed:
        """The first one wins."""
        return Observed(
            {**other.seen, **self.seen},
            {**other.card, **self.card},
            {**other.strayed, **self.strayed},
        )


def observe(world: World, flows: DataFlow) -> Observed:
    """One scenario at its end."""
    watcher = _Watcher(world, flows)
    watcher.calls()
    watcher.requests()
    watcher.histories()
    watcher.invocations()
    watcher.events()
    return watcher.found()


class _Watcher:
    def __init__(self, world: World, flows: DataFlow) -> None:
        self._world = world
        self._project = world.simulation.project
        self._places = Places.of(self._project)
        self._flows = {(flow.source, flow.target) for flow in flows.flows}
        self._cards = {node.id for node in flows.nodes if node.card}
        self._states = {
            state.name
            for part in self._project.parts
            for workflow in part.workflows.values()
            for state in all_states(workflow.machine)
            if isinstance(state, Task) and "lambda" not in state.resource
        }
        # The pair, what passed, and whether it came from the target.
        self._passed: list[tuple[Pair, str, bool]] = []
        self._unknown: list[tuple[str, str]] = []

    def _pass(self, pair: Pair, sent: Any, answered: Any = None) -> None:
        self._passed.append((pair, canonical(_plain(sent)), False))
        if answered is not None:
            self._passed.append((pair, canonical(_plain(answered)), True))

    # -- what functions do -----------------------------------------------------------------------

    def calls(self) -> None:
        for call in self._world.calls:
            action = action_of(call.service, call.operation)
            source = None if call.caller in OURSELVES else self._function(call.caller)
            if source is None or not verbs_of(action):
                continue
            for aim in self._reached(
                source, call.service, call.parameters, call.account, call.role
            ):
                # A state may have the name of a function: its calls are in the history.
                if call.caller not in self._states or (source, aim) in self._flows:
                    self._pass((source, aim), call.parameters, call.result)

    def _function(self, name: str) -> str | None:
        found = (self._places.named("lambda", name, part.account) for part in self._project.parts)
        return next((one for one in found if one is not None), None)

    def _reached(
        self, source: str, service: str, parameters: Json, account: str, role: str
    ) -> Iterable[str]:
        """What a call is about; when it names nothing known, whatever flow may be meant."""
        if role and not is_known(self._project, role):
            return [self._places.make("role", role.rpartition("/")[2], "")]
        prefix = prefix_of(service)
        named = list(self._places.inside(prefix, parameters, account))
        if named:
            return named
        itself = self._places.service(prefix, account)
        meant = [
            aim for aim in sorted(self._places.of_service(prefix)) if (source, aim) in self._flows
        ]
        return [itself] if (source, itself) in self._flows or not meant else meant

    def requests(self) -> None:
        for asked in self._world.simulation.cloud.asked:
            request = asked.call
            source, host = self._function(request.caller), self._places.host(request.url)
            if source is not None and host is not None:
                sent = [request.url, dict(request.headers), _text(request.body)]
                got = b"" if asked.answer is None else asked.answer.body
                self._pass((source, host), sent, _text(got))

    # -- what workflows do -----------------------------------------------------------------------

    def histories(self) -> None:
        for run in self._world.executions:
            part = next((one for one in self._project.parts if run.workflow in one.workflows), None)
            if part is None:
                continue  # made by a call while the scenario ran
            source = self._places.named("states", run.workflow, part.account)
            reached: dict[int, list[str]] = {}
            for event in run.history:
                told: dict[str, Any] = event.to_aws()
                if event.type in _SCHEDULED:
                    details = told[_SCHEDULED[event.type]]
                    reached[event.id] = list(self._scheduled(details, part.account))
                elif event.type.startswith(("Task", "LambdaFunction")):
                    reached[event.id] = reached.get(told.get("previousEventId", 0), [])
                for aim in reached.get(event.id, ()):
                    if source is not None:
                        self._pass((source, aim), {**told, "timestamp": ""})

    def _scheduled(self, details: Mapping[str, Any], account: str) -> Iterator[str]:
        kind = details.get("resourceType")
        resource = details["resource"] if kind is None else f":::{kind}:{details['resource']}"
        given = parse_json(details.get("parameters", "null"))
        for aim, _, _ in targets_of(self._places, resource, given, account):
            yield aim

    # -- what starts functions -------------------------------------------------------------------

    def invocations(self) -> None:
        for one in self._world.simulation.lambdas.invocations:
            aim = self._function(one.function)
            if aim is None:
                continue
            sources = list(self._started_by(one.payload, aim))
            # What is refused at the door is what somebody typed, and no flow of the project.
            asked = None if _is_refusal(one.result) else one.payload
            for source in sources:
                self._pass((source, aim), asked, one.result)
                if (CALLERS, source) in self._flows:
                    self._pass((CALLERS, source), asked, one.result)
            if not sources and aim not in self._cards:
                self._unknown.append((aim, canonical(_plain(one.payload))))

    def _started_by(self, payload: Any, aim: str) -> Iterator[str]:
        """The route, queue or topic that an event tells of; others have no such mark."""
        event = payload if isinstance(payload, dict) else {}
        account = self._places.node(aim).account
        if "httpMethod" in event or "routeKey" in event:
            path = event.get("resource") or str(event.get("routeKey")).rpartition(" ")[2]
            method = event.get("httpMethod") or str(event.get("routeKey")).partition(" ")[0]
            for name in (f"{method} {path}", f"ANY {path}"):
                node = self._places.make("route", name, account)
                if (node, aim) in self._flows:
                    yield node
            return
        records = event.get("Records")
        for record in records[:1] if isinstance(records, list) else ():
            queue = self._places.named("sqs", str(record.get("eventSourceARN")), account)
            arn = record.get("Sns", {}).get("TopicArn", "")
            topic = self._places.named("sns", arn, account)
            yield from (node for node in (queue, topic) if node is not None)

    def events(self) -> None:
        for routed in self._world.simulation.routed:
            for part in self._project.parts:
                for rule in part.rules:
                    if rule.name in routed.matched and rule.bus == routed.bus:
                        node = self._places.rule(part, rule)
                        for pair in sorted(pair for pair in self._flows if node in pair):
                            self._pass(pair, routed.event)

    # -- card data -------------------------------------------------------------------------------

    def found(self) -> Observed:
        scenario = self._world.scenario.id
        planted = set(self._planted())
        texts = [
            (pair, text)
            for pair, text, is_answer in self._passed
            if pair[1 if is_answer else 0] not in planted
        ]
        texts += [((aim, ""), text) for aim, text in self._unknown]
        card: dict[Pair, str] = {}
        for at, leak in self._leaks(text for _, text in texts):
            card.setdefault(texts[at][0], f"{scenario}: {leak.kind} {leak.masked}")
        kept = self._kept()
        for pair, text in texts:
            if pair not in card and any(value in text for value in kept):
                card[pair] = f"{scenario}: an encrypted value of a card table"
        return Observed(
            {pair: scenario for pair, _, _ in self._passed},
            {pair: said for pair, said in card.items() if pair[1]},
            {pair[0]: said for pair, said in card.items() if not pair[1]},
        )

    def _leaks(self, texts: Iterable[str]) -> Iterator[tuple[int, Leak]]:
        """What the scanner finds, with the number of the text."""
        sent = Secrets.sent([dict(step.body) for step in self._world.scenario.steps])
        channels = (Channel(str(at), text) for at, text in enumerate(texts))
        for leak in scan(channels, sent):
            yield int(leak.channel), leak

    def _planted(self) -> Iterator[str]:
        """Where the scenario itself has put card data: what comes from there is not the project's,
        what the project does with it is.
        """
        calls = [call for call in self._world.simulation.cloud.calls if call.caller == OBSERVER]
        for at, _ in self._leaks(canonical(_plain(call.parameters)) for call in calls):
            call = calls[at]
            yield from self._places.inside(prefix_of(call.service), call.parameters, call.account)

    def _kept(self) -> set[str]:
        """Encrypted values that were written to card tables, as texts; not what the key service gave."""
        given: set[str] = set()
        found: dict[str, None] = {}
        for call in self._world.calls:
            if call.service == "kms":
                given |= set(_binaries(call.result))
            elif call.service == "dynamodb":
                aims = set(self._places.inside("dynamodb", call.parameters, call.account))
                if aims & self._cards and "writes" in verbs_of(f"dynamodb:{call.operation}"):
                    found |= dict.fromkeys(_binaries(call.parameters))
        return set(found) - given


def _is_refusal(answer: Any) -> bool:
    """An HTTP answer that says no to what was asked: 4xx."""
    status = answer.get("statusCode") if isinstance(answer, dict) else None
    return isinstance(status, int) and 400 <= status < 500


def _plain(value: Any) -> Json:
    """Without the answer's metadata, and without bodies that are streams: their texts are events."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return "" if hasattr(value, "read") else jsonable(value)


def _text(body: bytes) -> str:
    return body.decode("utf-8", errors="replace")


def _binaries(value: Any) -> Iterator[str]:
    """Binary values and long encoded texts, as `_plain` writes them."""
    if isinstance(value, bytes | bytearray):
        if len(value) >= _SHORTEST:
            yield str(jsonable(value))
    elif isinstance(value, str):
        if _ENCODED.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _binaries(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _binaries(item)
