"""The fake payment provider: each line of its script has an effect and a reply."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from simulator.aws.http import HttpAnswer, HttpCall

URL = "https://provider.example.com"
PROFILES = ("replays-everything", "replays-success-only", "transient-header")
_OPERATIONS = {"captures": "capture", "voids": "void", "refunds": "refund"}
_EFFECTS = {
    "approve": "authorize",
    "capture": "capture",
    "void": "void",
    "refund": "refund",
    "decline": "authorize",
}
_FRIENDLY: Mapping[str, Mapping[str, Any]] = {
    "authorize": {"op": "authorize", "effect": "approve", "reply": "approved"},
    "capture": {"op": "capture", "effect": "capture", "reply": "captured"},
    "void": {"op": "void", "effect": "void", "reply": "voided"},
    "refund": {"op": "refund", "effect": "refund", "reply": "refunded"},
    "inquire": {"op": "inquire", "reply": "not_found"},
}


@dataclass(slots=True)
class Effect:
    """Something that really happened at the provider."""

    operation: str
    effect: str
    key: str
    amount: int


@dataclass(slots=True)
class FakeProvider:
    """Answers the HTTP calls of the payment functions, line by line.

    `wrong` collects what the script did not foresee: too many calls, another operation, a request
    that does not look as the line says.
    """

    # None: a friendly provider, for events without a scenario
    script: Sequence[Mapping[str, Any]] | None = None
    profile: str = PROFILES[0]
    calls: list[tuple[str, str]] = field(default_factory=list)  # (operation, key)
    effects: list[Effect] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    stored: dict[str, HttpAnswer] = field(default_factory=dict)
    used: int = 0

    def answer(self, call: HttpCall) -> HttpAnswer:
        operation = _operation(call)
        key = call.headers.get("idempotency-key", "")
        self.calls.append((operation, key))
        if key in self.stored:
            return self.stored[key]  # the same key never acts twice, under any profile
        if self.script is None:
            line = _FRIENDLY[operation]
        elif self.used < len(self.script):
            line = self.script[self.used]
        else:
            self.wrong.append(f"{operation} was called, and the script has no line left for it")
            return HttpAnswer(500)
        self.used += 1
        if line["op"] != operation:
            self.wrong.append(
                f"line {self.used} of the script is for {line['op']}, not {operation}"
            )
        self._check(line, operation, key)
        body = json.loads(call.body or b"{}")
        effect = line.get("effect", "none")
        if effect != "none":
            amount = (body.get("amount") or {}).get("value", 0)
            self.effects.append(Effect(_EFFECTS[effect], effect, key, amount))
        answer = self._reply(line, call)
        if key and self._stores(line, answer):
            self.stored[key] = answer
        return answer

    def _stores(self, line: Mapping[str, Any], answer: HttpAnswer) -> bool:
        if line.get("reply") in ("http_503_not_processed", "timeout"):
            return bool(line.get("effect", "none") != "none")
        return answer.status < 500 or self.profile == PROFILES[0]

    def _check(self, line: Mapping[str, Any], operation: str, key: str) -> None:
        for name, want in (line.get("assert_request") or {}).items():
            if name != "idempotency_key" or want not in ("same", "new"):
                self.wrong.append(f"the script asserts '{name}': {want!r}, which nobody can check")
                continue
            before = [other for kind, other in self.calls[:-1] if kind == operation]
            if (key in before) != (want == "same"):
                self.wrong.append(f"call {self.used}: the idempotency key should be {want}")

    def _reply(self, line: Mapping[str, Any], call: HttpCall) -> HttpAnswer:
        reply = line["reply"]
        delay = timedelta(milliseconds=line.get("latency_ms", 0))
        if reply == "timeout":
            return HttpAnswer(504, delay=timedelta(minutes=2))
        if reply.startswith("http_"):
            return _error(reply, line, self.profile, delay)
        if reply == "not_found":
            return _json(404, {"code": "not_found"}, delay)
        body = {"status": reply, "reference": _reference(call)}
        for name in ("auth_code", "response_code", "retry"):
            if name in line:
                body[name] = line[name]
        return _json(200, body, delay)

    def counts(self) -> dict[str, int]:
        """Effects by operation; a decline is an effect on the authorisation too."""
        return dict(Counter(effect.operation for effect in self.effects))

    def call_counts(self) -> dict[str, int]:
        return dict(Counter(operation for operation, _ in self.calls))

    def left_over(self) -> Sequence[Mapping[str, Any]]:
        return (self.script or ())[self.used :]


def _error(reply: str, line: Mapping[str, Any], profile: str, delay: timedelta) -> HttpAnswer:
    status = int(reply.removeprefix("http_")[:3])
    body: dict[str, Any] = {"code": line.get("code", reply)}
    headers = {}
    if reply == "http_503_not_processed":
        body["processed"] = False
        if profile == "transient-header":
            headers["Transient-Error"] = "true"
    return HttpAnswer(status, headers, json.dumps(body).encode(), delay)


def _json(status: int, body: Mapping[str, Any], delay: timedelta) -> HttpAnswer:
    return HttpAnswer(
        status, {"Content-Type": "application/json"}, json.dumps(body).encode(), delay
    )


def _operation(call: HttpCall) -> str:
    if call.method == "GET":
        return "inquire"
    return _OPERATIONS.get(call.url.rpartition("/")[2], "authorize")


def _reference(call: HttpCall) -> str:
    """The provider's own name of the payment."""
    path = call.url.removeprefix(URL).split("/")
    if call.method == "GET":
        return f"psp-{path[2]}"
    if len(path) > 2:
        return path[2]
    return f"psp-{json.loads(call.body)['merchant_reference']}"
