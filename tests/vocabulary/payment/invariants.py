"""I1 to I10: what must hold after every payment run, whatever went wrong on the way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from simulator.scenarios.vocabulary import Vocabulary, World
from tests.vocabulary.payment.leaks import leaks
from tests.vocabulary.payment.records import FINAL, WAITING, payments, provider
from tests.vocabulary.tables import items

LONGEST_CARD: Final = 7 * 24 * 3600
LONGEST_CODE: Final = 30 * 60
_NEXT: Final[dict[str, frozenset[str]]] = {
    "ACCEPTED": frozenset({"RECEIVED"}),
    "RECEIVED": FINAL | WAITING,
    "RETRY_SCHEDULED": FINAL | WAITING,
    "AWAITING_CUSTOMER": FINAL | WAITING,
    "AWAITING_RECONCILIATION": FINAL | WAITING,
    "PARKED": FINAL,
    "COMPLETED": frozenset({"REFUNDED", "PARKED"}),
    "REJECTED": frozenset({"PARKED"}),
    "DECLINED": frozenset({"PARKED"}),
    "CANCELLED": frozenset({"PARKED"}),
    "EXPIRED": frozenset({"RECEIVED", "PARKED"}),
    "REFUNDED": frozenset({"PARKED"}),
}


def register(vocabulary: Vocabulary) -> None:
    for name, check in _CHECKS.items():
        vocabulary.invariant(name)(check)

    @vocabulary.always
    def _script(world: World) -> Iterator[str]:
        """A provider script that the run did not follow fails it."""
        fake = provider(world)
        yield from fake.wrong
        for line in fake.left_over():
            yield f"the provider's script has a line left over: {line['op']} ({line['reply']})"


def _once(world: World) -> Iterator[str]:
    by_key = Counter((effect.operation, effect.key) for effect in provider(world).effects)
    for (operation, key), count in by_key.items():
        if count > 1:
            yield f"{operation} took effect {count} times under the key {key}"
    captures = Counter(
        effect.key.partition(":")[0]
        for effect in provider(world).effects
        if effect.operation == "capture"
    )
    for payment, count in captures.items():
        if count > 1:
            yield f"payment {payment} was captured {count} times"


def _no_card_data(world: World) -> Iterator[str]:
    yield from leaks(world)


def _codes_gone(world: World) -> Iterator[str]:
    statuses = {payment["payment_id"]: payment["status"] for payment in payments(world)}
    now = int(world.now.timestamp())
    for item in items(world, "SadCache"):
        if statuses.get(item["payment_id"]) in FINAL:
            yield f"the verification code of {item['payment_id']} is still there"
        if item["expires_at"] - now > LONGEST_CODE:
            yield f"the verification code of {item['payment_id']} may live too long"


def _cards_expire(world: World) -> Iterator[str]:
    statuses = {payment["payment_id"]: payment["status"] for payment in payments(world)}
    now = int(world.now.timestamp())
    for item in items(world, "CardCache"):
        expires = item.get("expires_at")
        if not isinstance(expires, int) or expires - now > LONGEST_CARD:
            yield f"the cached card of {item['payment_id']} has no proper expiry: {expires!r}"
        if statuses.get(item["payment_id"]) in FINAL:
            yield f"the card of {item['payment_id']} is still cached in its final status"


def _books_balance(world: World) -> Iterator[str]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for row in items(world, "Ledger"):
        sums[row["transaction_id"], row["currency"]] += row["amount"]
    for (transaction, currency), total in sums.items():
        if total:
            yield f"ledger transaction {transaction} is off by {total} {currency}"
    booked = -sum(row["amount"] for row in items(world, "Ledger") if row["account"] == "sales")
    taken = sum(
        effect.amount for effect in provider(world).effects if effect.operation == "capture"
    )
    open_ones = any(payment["status"] == "PARKED" for payment in payments(world))
    if booked != taken and not open_ones:
        yield f"the ledger has sales of {booked}, the provider captured {taken}"


def _nothing_lost(world: World) -> Iterator[str]:
    accepted = {
        str(response.body["payment_id"])
        for response in world.responses
        if response.status == 202 and isinstance(response.body, dict)
    }
    statuses = {payment["payment_id"]: payment["status"] for payment in payments(world)}
    for payment in sorted(accepted):
        if statuses.get(payment) not in FINAL | WAITING:
            yield f"payment {payment} is lost in the status {statuses.get(payment)}"


def _told_once(world: World) -> Iterator[str]:
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in items(world, "Outbox"):
        channel, _, template = row["message"].partition("#")
        if template != "payment_delayed":
            rows[row["payment_id"], channel].append(template)
    for (payment, channel), templates in rows.items():
        if len(templates) > 1:
            yield f"payment {payment} has several final messages by {channel}: {sorted(templates)}"
    for record in payments(world):
        if record["status"] in FINAL:
            for channel in ("web", "email"):
                if not rows.get((record["payment_id"], channel)):
                    yield f"payment {record['payment_id']} has no final message by {channel}"


def _transitions(world: World) -> Iterator[str]:
    for payment in payments(world):
        for before, after in pairwise(payment["statuses"]):
            if after not in _NEXT[before]:
                yield f"payment {payment['payment_id']} went from {before} to {after}"


def _amounts(world: World) -> Iterator[str]:
    asked = {payment["payment_id"]: payment["amount"] for payment in payments(world)}
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for effect in provider(world).effects:
        if effect.effect != "decline":
            sums[effect.key.partition(":")[0], effect.operation] += effect.amount
    for payment, amount in asked.items():
        authorized, captured = sums[payment, "authorize"], sums[payment, "capture"]
        if not sums[payment, "refund"] <= captured <= authorized <= amount:
            yield f"payment {payment}: asked {amount}, authorised {authorized}, captured {captured}"


def _no_more_attempts(world: World) -> Iterator[str]:
    never = False
    for call, line in zip(provider(world).calls, provider(world).script or (), strict=False):
        if never and call[0] == "authorize":
            yield "the card was tried again after the issuer said never"
        never = never or line.get("retry") == "never"
    attempts: Counter[str] = Counter(
        row["payment_id"] for row in items(world, "Attempts") if ":auth:" in row["idempotency_key"]
    )
    for payment, count in attempts.items():
        if count > 4:
            yield f"payment {payment} made {count} attempts"


_CHECKS: dict[str, Any] = {
    "I1": _once,
    "I2": _no_card_data,
    "I3": _codes_gone,
    "I4": _cards_expire,
    "I5": _books_balance,
    "I6": _nothing_lost,
    "I7": _told_once,
    "I8": _transitions,
    "I9": _amounts,
    "I10": _no_more_attempts,
}
