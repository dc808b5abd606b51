"""I1 to I10: what must hold after every payment run, whatever went wrong on the way."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from simulator.engine.execution import Execution
from simulator.scenarios.vocabulary import Vocabulary, World
from tests.vocabulary.payment.leaks import leaks
from tests.vocabulary.payment.records import (
    FINAL,
    WAITING,
    messages_in,
    payments,
    provider,
)
from tests.vocabulary.tables import items

LONGEST_CARD: Final = 7 * 24 * 3600
LONGEST_CODE: Final = 30 * 60
DEFAULT_ATTEMPTS: Final = 4
_NEXT: Final[dict[str, frozenset[str]]] = {
    "ACCEPTED": frozenset({"RECEIVED", "PARKED"}),
    "RECEIVED": FINAL | WAITING,
    "RETRY_SCHEDULED": FINAL | WAITING | {"RECEIVED"},
    "AWAITING_CUSTOMER": FINAL | WAITING,
    "AWAITING_RECONCILIATION": FINAL | WAITING,
    "PARKED": FINAL,
    "COMPLETED": frozenset({"REFUNDED", "PARKED", "AWAITING_RECONCILIATION"}),
    "REJECTED": frozenset({"PARKED"}),
    "DECLINED": frozenset({"PARKED"}),
    "CANCELLED": frozenset({"PARKED"}),
    "EXPIRED": frozenset({"PARKED"}),
    "REFUNDED": frozenset({"PARKED"}),
}
# What is said of a final status begins with one of these; every other message is about the way.
_SAID: Final = {
    "COMPLETED": {"payment_completed", "payment_receipt"},
    "REJECTED": {"payment_invalid"},
    "DECLINED": {"payment_declined", "payment_declined_check_details"},
    "CANCELLED": {"payment_cancelled"},
    "EXPIRED": {"payment_card_needed_again", "payment_expired"},
    "REFUNDED": {"payment_refunded"},
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
    effects = provider(world).effects
    by_key = Counter((effect.operation, effect.key) for effect in effects)
    for (operation, key), count in by_key.items():
        if count > 1:
            yield f"{operation} took effect {count} times under the key {key}"
    # An attempt is one "yes" or "no", also when a challenge lies between two calls.
    attempts = {(e.payment, e.key.split(":")[2], e.key) for e in effects if ":auth:" in e.key}
    for (payment, attempt), count in Counter((p, n) for p, n, _ in attempts).items():
        if count > 1:
            yield f"attempt {attempt} of payment {payment} took effect under {count} keys"
    captures = Counter(effect.payment for effect in effects if effect.operation == "capture")
    for payment, count in captures.items():
        if count > 1:
            yield f"payment {payment} was captured {count} times"


def _no_card_data(world: World) -> Iterator[str]:
    yield from leaks(world)


def _decided(world: World) -> set[str]:
    """Payments whose last authorisation has an answer that is a yes or a no."""
    last: dict[str, dict[str, Any]] = {}
    for row in sorted(items(world, "Attempts"), key=lambda row: row["idempotency_key"]):
        if ":auth:" in row["idempotency_key"]:
            last[row["payment_id"]] = row
    return {
        payment
        for payment, row in last.items()
        if row["state"] == "ANSWERED" and json.loads(row["answer"])["outcome"] != "action_required"
    }


def _codes_gone(world: World) -> Iterator[str]:
    statuses = {payment["payment_id"]: payment["status"] for payment in payments(world)}
    known = _decided(world) | {name for name, status in statuses.items() if status in FINAL}
    excused = _unpurged(world)
    now = int(world.now.timestamp())
    for item in items(world, "SadCache"):
        if item["payment_id"] in known - excused:
            yield f"the verification code of {item['payment_id']} is still there"
        if item["expires_at"] - now > LONGEST_CODE:
            yield f"the verification code of {item['payment_id']} may live too long"
    for item in world.notes["codes_at_capture"]:
        yield f"the verification code of {item['payment_id']} was there at the capture"


def _unpurged(world: World) -> set[str]:
    """Payments that an alarm and a cleanup record tell of."""
    return {message["payment_id"] for message in messages_in(world, "CleanupQueue")}


def _cards_expire(world: World) -> Iterator[str]:
    statuses = {payment["payment_id"]: payment["status"] for payment in payments(world)}
    excused = _unpurged(world)
    now = int(world.now.timestamp())
    for item in items(world, "CardCache"):
        expires = item.get("expires_at")
        if not isinstance(expires, int) or expires - now > LONGEST_CARD:
            yield f"the cached card of {item['payment_id']} has no proper expiry: {expires!r}"
        if statuses.get(item["payment_id"]) in FINAL and item["payment_id"] not in excused:
            yield f"the card of {item['payment_id']} is still cached in its final status"


def _books_balance(world: World) -> Iterator[str]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    rows = items(world, "Ledger")
    for row in rows:
        sums[row["transaction_id"], row["currency"]] += row["amount"]
    for (transaction, currency), total in sums.items():
        if total:
            yield f"ledger transaction {transaction} is off by {total} {currency}"
    open_ones = {"PARKED", "AWAITING_RECONCILIATION"}
    if any(payment["status"] in open_ones for payment in payments(world)):
        return  # an alarm tells that somebody has to compare the books
    effects = provider(world).effects
    taken = sum(effect.amount for effect in effects if effect.operation == "capture")
    returned = sum(effect.amount for effect in effects if effect.operation == "refund")
    sales = -sum(row["amount"] for row in rows if row["account"] == "sales")
    refunds = sum(row["amount"] for row in rows if row["account"] == "refunds")
    if sales != taken:
        yield f"the ledger has sales of {sales}, the provider captured {taken}"
    if refunds != returned:
        yield f"the ledger has refunds of {refunds}, the provider refunded {returned}"


def _nothing_lost(world: World) -> Iterator[str]:
    accepted = {
        str(response.body["payment_id"])
        for response in world.responses
        if response.status == 202 and isinstance(response.body, dict)
    }
    known = {payment["payment_id"]: payment for payment in payments(world)}
    for payment in sorted(accepted):
        status = known.get(payment, {}).get("status")
        if status not in FINAL | WAITING:
            yield f"payment {payment} is lost in the status {status}"
        elif status in WAITING:
            yield from _waits_for_somebody(world, known[payment])


def _waits_for_somebody(world: World, payment: dict[str, Any]) -> Iterator[str]:
    name, status = payment["payment_id"], payment["status"]
    if status == "PARKED":
        told = {message["payment_id"] for message in messages_in(world, "ParkedQueue")}
        # The alarm payment-failed tells of a run that failed, also when no queue takes a message.
        failed = [run for run in world.executions if run.status == "FAILED"]
        if name not in told | {_payment_of(run) for run in failed}:
            yield f"payment {name} is parked, and no operator is told"
    elif status == "RETRY_SCHEDULED":
        if name not in {message["payment_id"] for message in messages_in(world, "RetryQueue")}:
            yield f"payment {name} waits for another try, and nothing in the queue will make it"
    elif not payment.get("due_at"):
        yield f"payment {name} waits in the status {status} without a due time"


def _payment_of(run: Execution) -> str:
    return str(run.input.get("payment_id")) if isinstance(run.input, dict) else ""


def _told_once(world: World) -> Iterator[str]:
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in items(world, "Outbox"):
        channel, _, template = row["message"].partition("#")
        rows[row["payment_id"], channel].append(template)
    final = {template for templates in _SAID.values() for template in templates}
    for record in payments(world):
        name = record["payment_id"]
        reached = [status for status in record["statuses"] if status in FINAL]
        for channel in ("web", "email"):
            templates = sorted(set(rows.get((name, channel), ())) & final)
            for status in dict.fromkeys(reached):
                said = [template for template in templates if template in _SAID[status]]
                if not said:
                    yield f"payment {name} has no final message by {channel}"
                elif len(said) > 1:
                    yield f"payment {name} has several final messages by {channel}: {said}"
            allowed = {template for status in reached for template in _SAID[status]}
            if wrong := [template for template in templates if template not in allowed]:
                yield f"payment {name} was told by {channel} what did not happen: {wrong}"


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
            sums[effect.payment, effect.operation] += effect.amount
    for payment, amount in asked.items():
        authorized, captured = sums[payment, "authorize"], sums[payment, "capture"]
        if not sums[payment, "refund"] <= captured <= authorized <= amount:
            yield f"payment {payment}: asked {amount}, authorised {authorized}, captured {captured}"


def _no_more_attempts(world: World) -> Iterator[str]:
    never: set[str] = set()
    for call in provider(world).calls:
        payment = call.key.partition(":")[0]
        if call.operation == "authorize" and payment in never:
            yield "the card was tried again after the issuer said never"
        if call.line is not None and call.line.get("retry") == "never":
            never.add(payment)
    policy: Any = world.scenario.given.get("retry_policy") or {}
    most = policy.get("max_attempts", DEFAULT_ATTEMPTS)
    tried = {
        (row["payment_id"], row["idempotency_key"].split(":")[2])
        for row in items(world, "Attempts")
        if ":auth:" in row["idempotency_key"]
    }
    for payment, count in Counter(payment for payment, _ in tried).items():
        if count > most:
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
