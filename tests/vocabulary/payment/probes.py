"""`expect` of payment scenarios."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.scenarios.vocabulary import Difference, Vocabulary, World, differences
from tests.vocabulary.payment.records import payments, provider, sent
from tests.vocabulary.tables import items


def register(vocabulary: Vocabulary) -> None:
    for name, probe in _PROBES.items():
        vocabulary.probe(name)(probe)


def _one(world: World) -> dict[str, Any]:
    """The scenario's payment; {} when none was accepted."""
    found = payments(world)
    return found[0] if found else {}


def _reason(world: World, want: Any) -> Iterable[Difference]:
    return differences("reason", want, _one(world).get("reason"))


def _fee(world: World, want: Any) -> Iterable[Difference]:
    return differences("fee", want, _one(world).get("fee"))


def _error_code(world: World, want: Any) -> Iterable[Difference]:
    refusals = [response for response in world.responses if response.status >= 400]
    body = refusals[-1].body if refusals else None
    return differences("error_code", want, body.get("code") if isinstance(body, dict) else None)


def _same_payment(world: World, want: Any) -> Iterable[Difference]:
    bodies = [response.body for response in world.responses]
    ids = {body.get("payment_id") for body in bodies if isinstance(body, dict)}
    return differences("responses_refer_to_same_payment", want, len(ids) == 1 and None not in ids)


def _ledger(world: World, want: Any) -> Iterable[Difference]:
    rows = sorted(items(world, "Ledger"), key=lambda row: (row["transaction_id"], row["line"]))
    got = [{name: row[name] for name in ("account", "amount", "currency")} for row in rows]
    return differences("ledger", want, got)


def _ledger_sum(world: World, want: Any) -> Iterable[Difference]:
    return differences("ledger_sum", want, sum(row["amount"] for row in items(world, "Ledger")))


def _effects(world: World, want: Any) -> Iterable[Difference]:
    return differences("provider_effects", want, provider(world).counts())


def _calls(world: World, want: Any) -> Iterable[Difference]:
    return differences("provider_calls", want, provider(world).call_counts())


def _calls_max(world: World, want: Any) -> Iterable[Difference]:
    counts = provider(world).call_counts()
    for name, most in want.items():
        if counts.get(name, 0) > most:
            yield Difference(f"provider_calls_max.{name}", most, counts.get(name, 0))


def _cached(world: World, want: Any) -> Iterable[Difference]:
    return differences("chd_cache_items_at_end", want, len(items(world, "CardCache")))


def _codes(world: World, want: Any) -> Iterable[Difference]:
    return differences("sad_items_at_end", want, len(items(world, "SadCache")))


def notifications(world: World, want: Any) -> Iterable[Difference]:
    """Listed ones are checked, others are free unless the list is empty."""
    messages = sent(world)
    if not want and messages:
        yield Difference("notifications", [], [_short(message) for message in messages])
    rows = {row["message"]: row["state"].lower() for row in items(world, "Outbox")}
    for index, wanted in enumerate(want):
        where = f"notifications[{index}]"
        got = [message for message in messages if _matches(message, wanted)]
        if "count" in wanted and len(got) != wanted["count"]:
            yield Difference(f"{where}.count", wanted["count"], len(got))
        if "recorded_as" in wanted:
            row = f"{wanted['channel']}#{wanted['template']}"
            yield from differences(f"{where}.recorded_as", wanted["recorded_as"], rows.get(row))
        unknown = sorted(set(wanted) - {"channel", "template", "count", "recorded_as"})
        if unknown:
            yield Difference(
                where, message=f"nobody checks {', '.join(unknown)} of a payment's message"
            )


def _matches(message: dict[str, str], wanted: dict[str, Any]) -> bool:
    return all(message[name] == wanted[name] for name in ("channel", "template") if name in wanted)


def _short(message: dict[str, str]) -> str:
    return f"{message['channel']} {message['template']}"


_PROBES = {
    "fee": _fee,
    "error_code": _error_code,
    "responses_refer_to_same_payment": _same_payment,
    "ledger": _ledger,
    "ledger_sum": _ledger_sum,
    "provider_effects": _effects,
    "provider_calls": _calls,
    "provider_calls_max": _calls_max,
    "chd_cache_items_at_end": _cached,
    "sad_items_at_end": _codes,
}
payment_reason = _reason
payment_record = _one
