"""The search for card data in texts: known secrets in every encoding, and whatever looks like some.

Two layers. Known secrets (the numbers and codes that a scenario sends) are found literally and
encoded, and nothing else is mistaken for them. The general search knows networks, lengths and
check digits; it does not look into encodings.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import quote

from simulator.scenarios.channels import Channel

Kind = Literal["secret", "hash", "number", "code", "track"]

# The one call that takes a number: the key service answers with a keyed hash, and what it records
# of the call has no message in it (docs).
KEYED_HASH: Final = "call kms:GenerateMac["
_CODE_NAMES: Final = frozenset({"cav", "cid", "cvc", "cvc2", "cvv", "cvv2", "security_code"})
# Quotes may be escaped: texts inside texts. A value of DynamoDB stands in one more mapping.
_CODE_FIELD = re.compile(rf"\b(?:{'|'.join(_CODE_NAMES)})\b[\\\"']*\s*[:=]", re.IGNORECASE)
_CODE_WITHIN = 24
_ESCAPED_BLANK = re.compile(r"\\+[nrtbf]")
_DIGITS = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,22}(?![\w])(?!\.\d)")
# Track 1: %B number ^ name ^ expiry; track 2: ; number = expiry and service code (ISO 7813).
_TRACKS = re.compile(
    r"%[Bb](?P<one>\d{13,19})\^[^^\n]{2,26}\^\d{4}|;(?P<two>\d{13,19})=\d{7}", re.ASCII
)
_NETWORKS: Final = (
    (4000, 4999, (13, 16, 19)),  # Visa
    (5100, 5599, (16,)), (2221, 2720, (16,)),  # Mastercard
    (3400, 3499, (15,)), (3700, 3799, (15,)),  # American Express
    (3000, 3059, (14, 16)), (3095, 3095, (14, 16)),  # Diners Club
    (3600, 3699, (14, 15, 16, 17, 18, 19)), (3800, 3999, (14, 16, 19)),
    (3528, 3589, (16, 17, 18, 19)),  # JCB
    (6200, 6299, (16, 17, 18, 19)),  # UnionPay
    (6011, 6011, (16, 19)), (6440, 6599, (16, 17, 18, 19)),  # Discover
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leak:
    """Card data in a channel; `masked` tells it from others and gives nothing away."""

    kind: Kind
    channel: str
    masked: str

    def __str__(self) -> str:
        texts = {
            "secret": f"card data in {self.channel}: {self.masked}",
            "hash": f"a plain hash of card data in {self.channel}: {self.masked}",
            "number": f"something like a card number in {self.channel}: {self.masked}",
            "code": f"a verification code in {self.channel}",
            "track": f"track data in {self.channel}: {self.masked}",
        }
        return texts[self.kind]


@dataclass(frozen=True, slots=True)
class Secrets:
    """What was sent in: `texts` are found anywhere, `codes` (a few digits) beside their name."""

    texts: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()

    @classmethod
    def sent(cls, value: Any) -> Secrets:
        """The card numbers, and the codes in fields that say so, in what a scenario sends."""
        texts: set[str] = set()
        codes: set[str] = set()
        _collect(value, "", texts, codes)
        return cls(frozenset(texts), frozenset(codes))


def _collect(value: Any, name: str, texts: set[str], codes: set[str]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _collect(inner, str(key), texts, codes)
    elif isinstance(value, list | tuple):
        for inner in value:
            _collect(inner, name, texts, codes)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        text = str(value)
        if name.lower() in _CODE_NAMES and text.isdigit():
            codes.add(text)
        texts.update(card_numbers(text))


def scan(channels: Iterable[Channel], secrets: Secrets) -> Iterator[Leak]:
    """Each leak of each channel once."""
    known: dict[str, tuple[Kind, str]] = {}
    for secret in secrets.texts:
        known |= dict.fromkeys(hashes(secret), ("hash", secret))
        known |= dict.fromkeys(forms(secret), ("secret", secret))
    for channel in channels:
        if not channel.name.startswith(KEYED_HASH):
            yield from dict.fromkeys(_leaks(channel, known, secrets.codes))


def _leaks(
    channel: Channel, known: dict[str, tuple[Kind, str]], codes: frozenset[str]
) -> Iterator[Leak]:
    text = channel.text
    for form, (kind, secret) in known.items():
        if form in text:
            yield Leak(kind, channel.name, masked(secret))
    for number in card_numbers(text):
        yield Leak("number", channel.name, masked(number))
    for found in _TRACKS.finditer(text):
        number = found["one"] or found["two"]
        if luhn(number):
            yield Leak("track", channel.name, masked(number))
    for found in _CODE_FIELD.finditer(text):
        after = text[found.end() : found.end() + _CODE_WITHIN]
        if any(re.search(rf"(?<!\d){re.escape(code)}(?!\d)", after) for code in codes):
            yield Leak("code", channel.name, "***")


def forms(secret: str) -> set[str]:
    """A secret as it is, grouped, reversed, escaped, in hexadecimal and in base64.

    Base64 has three alignments: what of them does not depend on the neighbours is looked for.
    """
    data = secret.encode()
    found = {secret, secret[::-1], quote(secret), json.dumps(secret)[1:-1]}
    found |= {data.hex(), data.hex().upper()}
    if secret.isdigit():
        fours = [secret[at : at + 4] for at in range(0, len(secret), 4)]
        found |= {" ".join(fours), "-".join(fours)}
    for before in range(3):
        made = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        first = (before * 8 + 5) // 6
        last = (before + len(data)) * 8 // 6
        found |= {made[first:last], made[first:last].translate({43: 45, 47: 95})}
    return found


def hashes(secret: str) -> set[str]:
    """Hashes without a key: there are few card numbers, so each is found by trying (3.5.1.1)."""
    found = set()
    for name in ("md5", "sha1", "sha256", "sha384", "sha512"):
        digest = hashlib.new(name, secret.encode(), usedforsecurity=False).digest()
        found |= {digest.hex(), digest.hex().upper(), base64.b64encode(digest).decode()}
    return found


def card_numbers(text: str) -> Iterator[str]:
    """Digits, perhaps in groups, that have a network's prefix, its length and the check digit."""
    for run in _DIGITS.finditer(_ESCAPED_BLANK.sub(" ", text)):
        groups = re.split(r"[ -]", run[0])
        if len(groups) == 1:
            if is_card_number(groups[0]):
                yield groups[0]
            continue
        yield from _grouped(groups)


def _grouped(groups: list[str]) -> Iterator[str]:
    """Neighbouring groups that are one number together: none is longer than six digits."""
    cuts = range(len(groups) + 1)
    for start in cuts:
        for end in cuts[start + 1 :]:
            part = groups[start:end]
            number = "".join(part)
            shaped = len(part) == 1 or all(3 <= len(group) <= 6 for group in part)
            if shaped and len(number) <= 19 and is_card_number(number):
                yield number


def is_card_number(digits: str) -> bool:
    """A prefix of a network, a length that it has, and Luhn's check digit."""
    if not digits.isascii() or not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    head, size = int(digits[:4]), len(digits)
    return luhn(digits) and any(
        low <= head <= high and size in sizes for low, high, sizes in _NETWORKS
    )


def luhn(number: str) -> bool:
    total = 0
    for index, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def masked(secret: str) -> str:
    return f"{secret[:2]}…{secret[-2:]}"
