"""All that a report shows of one scenario, as compressed JSON: a world need not stay alive for it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from simulator.coverage.walk import tally_of
from simulator.scenarios.compare import jsonable
from simulator.values import Json, canonical, compact

if TYPE_CHECKING:
    from simulator.aws.calls import ApiCall
    from simulator.aws.http import Asked
    from simulator.engine.execution import Execution
    from simulator.engine.history import HistoryEvent
    from simulator.scenarios.world import World

NOTHING: Final = -1
_MICROSECOND: Final = timedelta(microseconds=1)
# A message's receiver, subject and body in the parameters of the calls that send one.
_SENDING: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "ses:SendEmail": ("mail", ("Destination", "Message")),
    "ses:SendRawEmail": ("mail", ("Destinations", "RawMessage")),
    "ses:SendTemplatedEmail": ("mail", ("Destination", "TemplateData")),
    "sesv2:SendEmail": ("mail", ("Destination", "Content")),
    "sns:Publish": ("notification", ("TopicArn", "Message")),
    "sqs:SendMessage": ("queue message", ("QueueUrl", "MessageBody")),
    "apigatewaymanagementapi:PostToConnection": ("socket message", ("ConnectionId", "Data")),
}


_SECRET_HEADERS: Final = frozenset({"authorization", "cookie", "set-cookie", "x-api-key"})


def described(world: World) -> bytes:
    """JSON, compressed by zlib. Every text stands once in `texts`, all else are numbers; NOTHING
    where there is no text. The executions were audited. Instants and lengths are microseconds,
    instants counted from the scenario's clock.

    - `runs`: executions, children of distributed Maps included: `workflow`, `name`, `kind`,
      `status`, `error`, `cause`, `start`, `end`, `input`, `output`, `redrives`, `child` (of a
      distributed Map, whose execution counts what it did), `parent` (a place in `runs`),
      `states` [name, visits, failed, caught, retried, timed out, length] and `arrows` [state, kind,
      index, count] as diagrams.overlay counts them, and `events` [type, previous, at, state, then
      member and value of the details by turns]; an event's id is its place from 1
    - `calls` [at, length, caller, name, error, parameters, result] of functions and states
    - `http` [at, length, caller, method and URL, status, request, answer] of hosts outside AWS; a
      request and an answer are {"headers", "body"}
    - `functions` [at, length, name, error, payload, result, log]
    - `messages` [at, kind, to, body, caller, error]
    - `arrivals` [at, kind, step] and `answers` [status, body]: what came from outside, what it got
    - `routed` [at, bus, rules, event]
    """
    made = _Details(world).all()
    return zlib.compress(compact(made).encode("utf-8", "backslashreplace"), 6)


def read(details: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(zlib.decompress(details))
    return found


class _Details:
    def __init__(self, world: World) -> None:
        self._world = world
        self._texts: dict[str, int] = {}

    def all(self) -> dict[str, Json]:
        world = self._world
        runs = [*world.executions, *world.simulation.engine.children.values()]
        places = {run.arn: place for place, run in enumerate(runs)}
        found: dict[str, Json] = {
            "runs": [self._run(run, places) for run in runs],
            "calls": [self._call(call) for call in world.calls],
            "http": [self._asked(asked) for asked in world.simulation.cloud.asked],
            "functions": list(self._functions()),
            "messages": list(self._messages()),
            "arrivals": [
                [step.at // _MICROSECOND, self._text(step.kind), self._value(step.body)]
                for step in world.scenario.steps
            ],
            "answers": [[answer.status, self._value(answer.body)] for answer in world.responses],
            "routed": [
                [
                    self._at(routed.at),
                    self._text(routed.bus),
                    self._text(", ".join(routed.matched)),
                    self._value(routed.event),
                ]
                for routed in world.simulation.routed
            ],
        }
        return {"texts": list(self._texts), **found}

    def _text(self, text: str | None) -> int:
        return NOTHING if text is None else self._texts.setdefault(text, len(self._texts))

    def _value(self, value: Any) -> int:
        return NOTHING if value is None else self._text(compact(jsonable(value)))

    def _at(self, moment: datetime) -> int:
        return (moment - self._world.scenario.clock) // _MICROSECOND

    def _run(self, run: Execution, places: Mapping[str, int]) -> Json:
        seen = tally_of(run.root.machine, [run]).overlay()
        parent = run.parent
        stopped = run.stopped_at
        output = None if run.status != "SUCCEEDED" else compact(run.output)
        return {
            "workflow": self._text(run.workflow),
            "name": self._text(run.name),
            "kind": self._text(run.kind),
            "status": self._text(run.status),
            "error": self._text(run.error),
            "cause": self._text(run.cause),
            "start": self._at(run.started_at),
            "end": None if stopped is None else self._at(stopped),
            "input": self._value(run.input),
            "output": self._text(output),
            "redrives": run.redrive_count,
            "child": run.map_run is not None,
            "parent": NOTHING if parent is None else places.get(parent.arn, NOTHING),
            "states": [
                [
                    self._text(name), mark.visits, mark.failed, mark.caught, mark.retried,
                    mark.timed_out, round(mark.seconds * 1_000_000),
                ]
                for name, mark in seen.states.items()
            ],
            "arrows": [
                [self._text(name), self._text(kind), index, count]
                for (name, kind, index), count in seen.arrows.items()
            ],
            "events": [self._event(event) for event in run.history],
        }  # fmt: skip

    def _event(self, event: HistoryEvent) -> Json:
        row: list[Json] = [
            self._text(event.type),
            event.previous,
            self._at(event.at),
            self._text(event.state),
        ]
        for key, value in event.details.items():
            if not key.endswith("Details") and key != "name":
                row += [
                    self._text(key),
                    self._text(value) if isinstance(value, str) else self._value(value),
                ]
        return row

    def _call(self, call: ApiCall) -> Json:
        result = call.result
        if result is not None:
            result = {key: value for key, value in result.items() if key != "ResponseMetadata"}
        return [
            self._at(call.at),
            call.took // _MICROSECOND,
            self._text(call.caller),
            self._text(call.name),
            self._text(call.error),
            self._value(call.parameters),
            self._value(result),
        ]

    def _asked(self, asked: Asked) -> Json:
        call, answer = asked.call, asked.answer
        return [
            self._at(call.at),
            asked.took // _MICROSECOND,
            self._text(call.caller),
            self._text(f"{call.method} {call.url}"),
            NOTHING if answer is None else answer.status,
            self._value(_message(call.headers, call.body)),
            self._value(None if answer is None else _message(answer.headers, answer.body)),
        ]

    def _functions(self) -> Iterator[Json]:
        for done in self._world.simulation.lambdas.invocations:
            yield [
                self._at(done.at),
                done.took // _MICROSECOND,
                self._text(done.function),
                self._text(None if done.error is None else done.error.error),
                self._value(done.payload),
                self._value(done.result),
                self._text(done.logs),
            ]

    def _messages(self) -> Iterator[Json]:
        for call in self._world.calls:
            sending = _SENDING.get(call.name)
            if sending is not None:
                kind, (to, body) = sending
                receiver = jsonable(call.parameters.get(to) or call.parameters.get("PhoneNumber"))
                yield [
                    self._at(call.at),
                    self._text(kind),
                    self._text(receiver if isinstance(receiver, str) else canonical(receiver)),
                    self._value(call.parameters.get(body)),
                    self._text(call.caller),
                    self._text(call.error),
                ]
            elif call.name in {"sqs:SendMessageBatch", "sns:PublishBatch"}:
                yield from self._batch(call)

    def _batch(self, call: ApiCall) -> Iterator[Json]:
        to = call.parameters.get("QueueUrl") or call.parameters.get("TopicArn")
        kind = "queue message" if call.service == "sqs" else "notification"
        entries = call.parameters.get("Entries") or call.parameters.get(
            "PublishBatchRequestEntries", ()
        )
        for entry in entries:
            yield [
                self._at(call.at),
                self._text(kind),
                self._text(str(to)),
                self._value(entry.get("MessageBody", entry.get("Message"))),
                self._text(call.caller),
                self._text(call.error),
            ]


def _message(headers: Mapping[str, str], body: bytes) -> Json:
    """What proves who is asking is left out; a body that is no text is told by its length."""
    try:
        content: Json = body.decode()
    except UnicodeDecodeError:
        content = f"({len(body)} bytes)"
    else:
        with suppress(ValueError):
            content = json.loads(body)
    shown: dict[str, Json] = {
        name: "•••" if name.lower() in _SECRET_HEADERS else value for name, value in headers.items()
    }
    return {"headers": shown, "body": content}
