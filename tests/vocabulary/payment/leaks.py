"""The search for card data in everything that comes out of a run."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from simulator.scenarios.vocabulary import Vocabulary, World

# The one call that takes a number: the key service makes the keyed hash and records no message.
KEYED_HASH = "call kms:GenerateMac["
_BRANDED = re.compile(r"(?<![\d.])(?:3[47]|3[0689]|35|4|5[1-5]|2[2-7]|6)\d{11,17}(?![\d.])")
# Quotes may be escaped: texts inside texts. A value of DynamoDB stands in one more mapping.
_CODE_FIELD = re.compile(r"\b(?:cvv|cvc|cid|cvv2|security_code)\b[\\\"']*\s*[:=]", re.IGNORECASE)
_CODE_WITHIN = 24
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


def register(vocabulary: Vocabulary) -> None:
    @vocabulary.prepare
    def _mark(world: World) -> None:
        """A marker of this run in the holder's name, so that a copy of it is found anywhere."""
        digest = hashlib.sha256(f"{world.simulation.seed}/{world.scenario.id}".encode()).digest()
        marker = "MARK " + "".join(chr(65 + byte % 26) for byte in digest[:10])
        secrets = set()
        for card in _cards(world):
            card["holder"] = f"{str(card.get('holder', '')).partition(' MARK ')[0]} {marker}"
            secrets.add(str(card.get("number", "")))
            world.notes.setdefault("codes", set()).add(str(card.get("cvv", "")))
        world.notes["secrets"] = {secret for secret in secrets if len(secret) >= 12} | {marker}

    @vocabulary.always
    def _search(world: World) -> Iterator[str]:
        return leaks(world)


def _cards(world: World) -> Iterator[dict[str, Any]]:
    for step in world.scenario.steps:
        body = step.body.get("body")
        card = body.get("card") if isinstance(body, dict) else None
        if isinstance(card, dict):
            yield card


def leaks(world: World) -> Iterator[str]:
    """Where the run's numbers, marker or codes are found, in clear or encoded."""
    forms = {form: secret for secret in world.notes["secrets"] for form in _forms(secret)}
    codes = [code for code in world.notes.get("codes", ()) if code]
    for channel in world.channels():
        if channel.name.startswith(KEYED_HASH):
            continue
        text = channel.text
        for form, secret in forms.items():
            if form in text:
                yield f"card data in {channel.name}: {_masked(secret)}"
        for found in _BRANDED.finditer(text):
            if _luhn(found[0]):
                yield f"something like a card number in {channel.name}: {_masked(found[0])}"
        for found in _CODE_FIELD.finditer(text):
            after = text[found.end() : found.end() + _CODE_WITHIN]
            if any(code in after for code in codes):
                yield f"a verification code in {channel.name}"
        for found in _BASE64.finditer(text):
            plain = _decoded(found[0])
            if any(secret.encode() in plain for secret in world.notes["secrets"]):
                yield f"card data in base64 in {channel.name}"


def _forms(secret: str) -> set[str]:
    grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return {
        secret,
        grouped if secret.isdigit() else secret,
        secret.encode().hex(),
        quote(secret),
        base64.b64encode(secret.encode()).decode().rstrip("="),
    }


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""


def _luhn(number: str) -> bool:
    total = 0
    for index, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _masked(secret: str) -> str:
    return f"{secret[:2]}…{secret[-2:]}"
