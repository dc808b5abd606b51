"""The step `provider_webhook`: the provider speaks on its own, or somebody who pretends to be it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from simulator.errors import UsageError
from simulator.scenarios.durations import parse_duration
from simulator.scenarios.vocabulary import Vocabulary, World
from tests.vocabulary.payment.records import payments, provider

PATH = "/webhooks/provider"
_SENT = ("reference", "refund_id", "amount", "authentication")
KEYS = ("type", "payment_ref", "event_id", "signature", "signed_at", *_SENT)


def register(vocabulary: Vocabulary) -> None:
    @vocabulary.step("provider_webhook", keys=KEYS)
    def _webhook(world: World, step: Mapping[str, Any]) -> None:
        signature = step.get("signature", "valid")
        if signature not in ("valid", "invalid", "absent"):
            raise UsageError(f"'signature' is valid, invalid or absent, not {signature!r}")
        body = {
            "id": step["event_id"],
            "type": step["type"],
            "payment_ref": step["payment_ref"],
            **{name: step[name] for name in _SENT if name in step},
        }
        age = parse_duration(step["signed_at"]) if "signed_at" in step else timedelta()
        text = json.dumps(body, separators=(",", ":"), sort_keys=True)
        signed_at = str(int((world.now + age).timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Webhook-Id": str(step["event_id"]),
            "Webhook-Timestamp": signed_at,
        }
        if signature != "absent":
            key = _secret(world) if signature == "valid" else "somebody else's"
            headers["Webhook-Signature"] = sign(key, str(step["event_id"]), signed_at, text)
        happened = signature == "valid" and abs(age) <= timedelta(minutes=5)
        if happened and step["type"] == "payment.refunded":
            _refunded(world, step)
        answer = world.simulation.request("POST", PATH, headers=headers, body=text)
        world.notes.setdefault("webhooks", []).append(answer.status)


def sign(secret: str, event_id: str, signed_at: str, body: str) -> str:
    signed = f"{event_id}.{signed_at}.{body}".encode()
    made = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


def _secret(world: World) -> str:
    with world.simulation.cloud.calling("scenario"):
        found = world.client("secretsmanager").get_secret_value(
            SecretId=world.resource("WebhookSecret")
        )
    return str(found["SecretString"])


def _refunded(world: World, step: Mapping[str, Any]) -> None:
    """What the provider says in its own name is in its own books, once."""
    payment = next((p for p in payments(world) if p["payment_id"] == step["payment_ref"]), None)
    known = [effect for effect in provider(world).effects if effect.operation == "refund"]
    if payment is None or payment["status"] != "COMPLETED":
        return
    left = payment["captured"] - sum(effect.amount for effect in known)
    identity = str(step.get("refund_id") or step["event_id"])
    if left > 0 and not any(effect.key.endswith(f":{identity}") for effect in known):
        amount = step.get("amount") or {"value": left}
        provider(world).report("refund", payment["payment_id"], amount["value"], identity)
