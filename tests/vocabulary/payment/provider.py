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
_STATES = {
    "approve": "approved",
    "capture": "captured",
    "void": "voided",
    "refund": "refunded",
    "decline": "declined",
}
_FRIENDLY: Mapping[str, Mapping[str, Any]] = {
    "authorize": {"op": "authorize", "effect": "approve", "reply": "approved"},
    "capture": {"op": "capture", "effect": "capture", "reply": "captured"},
    "void": {"op": "void", "effect": "void", "reply": "voided"},
    "refund": {"op": "refund", "effect": "refund", "reply": "refunded"},
}

# The test number that providers decline, also without a script: `simulator serve` shows it.
DECLINED = "4000000000000002"
_DECLINED: Mapping[str, Any] = {
    "op": "authorize", "effect": "decline", "reply": "declined", "response_code": "43", "retry": "never",
}  # fmt: skip


@dataclass(slots=True)
class Effect:
    """Something that really happened at the provider."""

    operation: str
    effect: str
    key: str
    amount: int

    @property
    def payment(self) -> str:
        return self.key.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request; `line` is the script's for it, None when a stored answer was repeated."""

    operation: str
    key: str
    body: Mapping[str, Any]
    line: Mapping[str, Any] | None


@dataclass(slots=True)
class FakeProvider:
    """Answers the HTTP calls of the payment functions, line by line.

    `wrong` collects what the script did not foresee: too many calls, another operation, a request
    that does not look as the line says.
    """

    # None: a friendly provider that says yes and remembers, for events without a scenario
    script: Sequence[Mapping[str, Any]] | None = None
    profile: str = PROFILES[0]
    calls: list[Call] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    stored: dict[str, HttpAnswer] = field(default_factory=dict)
    used: int = 0

    def answer(self, call: HttpCall) -> HttpAnswer:
        operation = _operation(call)
        key = call.headers.get("idempotency-key", "")
        body = _body(call)
        if key in self.stored:
            self.calls.append(Call(operation, key, body, None))
            return self.stored[key]  # the same key never acts twice, under any profile
        line = self._line(operation, call)
        if line is None:
            self.wrong.append(f"{operation} was called, and the script has no line left for it")
            return HttpAnswer(500)
        self.calls.append(Call(operation, key, body, line))
        if line["op"] != operation:
            self.wrong.append(
                f"line {self.used} of the script is for {line['op']}, not {operation}"
            )
        self._check(line, self.calls[-1])
        effect = line.get("effect", "none")
        if effect != "none":
            amount = line.get("amount") or body.get("amount") or {}
            value = amount.get("value", 0) if isinstance(amount, dict) else int(amount)
            self.effects.append(Effect(_EFFECTS[effect], effect, key, value))
        answer = self._reply(line, call)
        if key and self._stores(line, answer):
            self.stored[key] = answer
        return answer

    def _line(self, operation: str, call: HttpCall) -> Mapping[str, Any] | None:
        if self.script is None:
            if operation == "authorize" and _request_value(_body(call), "number") == DECLINED:
                return _DECLINED
            if operation != "inquire":
                return _FRIENDLY[operation]
            return {"op": "inquire", "reply": self._known(call.url.rpartition("/")[2])}
        if self.used >= len(self.script):
            return None
        self.used += 1
        return self.script[self.used - 1]

    def _known(self, payment: str) -> str:
        """What became of a payment, from what really happened."""
        done = [effect.effect for effect in self.effects if effect.payment == payment]
        return _STATES[done[-1]] if done else "not_found"

    def report(self, operation: str, payment: str, amount: int, identity: str) -> None:
        """Something that happened at the provider without a call of ours."""
        self.effects.append(
            Effect(operation, operation, f"{payment}:{operation}:{identity}", amount)
        )

    def _stores(self, line: Mapping[str, Any], answer: HttpAnswer) -> bool:
        if line.get("reply") in ("http_503_not_processed", "timeout"):
            return bool(line.get("effect", "none") != "none")
        return answer.status < 500 or self.profile == PROFILES[0]

    def _check(self, line: Mapping[str, Any], call: Call) -> None:
        before = [known.key for known in self.calls[:-1] if known.operation == call.operation]
        for name, want in (line.get("assert_request") or {}).items():
            where = f"call {len(self.calls)} ({call.operation})"
            if name == "idempotency_key":
                if (call.key in before) != (want == "same"):
                    self.wrong.append(f"{where}: the idempotency key should be {want}")
                continue
            got = _request_value(call.body, name)
            if (want == "absent" and got is not None) or (want == "present" and got is None):
                self.wrong.append(f"{where}: '{name}' should be {want}")
            elif want not in ("absent", "present") and got != want:
                self.wrong.append(f"{where}: '{name}' is not what the script asserts")

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
        for name in ("auth_code", "response_code", "retry", "action_url"):
            if name in line:
                body[name] = line[name]
        return _json(200, body, delay)

    def counts(self) -> dict[str, int]:
        """Effects by operation; a decline is an effect on the authorisation too."""
        return dict(Counter(effect.operation for effect in self.effects))

    def call_counts(self) -> dict[str, int]:
        return dict(Counter(call.operation for call in self.calls))

    def left_over(self) -> Sequence[Mapping[str, Any]]:
        return (self.script or ())[self.used :]


def _body(call: HttpCall) -> Any:
    return json.loads(call.body or b"{}")


def _request_value(body: Mapping[str, Any], name: str) -> Any:
    """A field of the request, by its path; a bare name may also be one of the card's."""
    found: Any = body
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if found is None and "." not in name:
        found = (body.get("card") or {}).get(name)
    return found


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
