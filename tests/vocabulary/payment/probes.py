"""`expect` of payment scenarios."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from simulator.scenarios.vocabulary import Difference, Vocabulary, World, differences
from tests.vocabulary.payment.invariants import LONGEST_CARD
from tests.vocabulary.payment.records import messages_in, payments, provider, published, sent
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


def _tallies(where: str, want: Any, got: Mapping[str, int]) -> Iterable[Difference]:
    """Numbers by name: one that is zero may be written or left out."""
    if not isinstance(want, Mapping):
        return differences(where, want, got)
    return differences(
        where,
        {name: number for name, number in want.items() if number != 0},
        {name: number for name, number in got.items() if number != 0},
    )


def _fee_components(world: World, want: Any) -> Iterable[Difference]:
    return _tallies("fee_components", want, _one(world).get("fee_components", {}))


def _attempts(world: World, want: Any) -> Iterable[Difference]:
    return differences("attempts", want, _one(world).get("attempts"))


def _redrives(world: World, want: Any) -> Iterable[Difference]:
    return differences("redrives_started", want, _one(world).get("redrives_started"))


def _error_code(world: World, want: Any) -> Iterable[Difference]:
    refusals = [response for response in world.responses if response.status >= 400]
    body = refusals[-1].body if refusals else None
    return differences("error_code", want, body.get("code") if isinstance(body, dict) else None)


def _same_payment(world: World, want: Any) -> Iterable[Difference]:
    bodies = [answer.body for answer in world.answers.values()]
    ids = {body.get("payment_id") for body in bodies if isinstance(body, dict)}
    return differences("responses_refer_to_same_payment", want, len(ids) == 1 and None not in ids)


def _ledger(world: World, want: Any) -> Iterable[Difference]:
    rows = sorted(items(world, "Ledger"), key=lambda row: (row["transaction_id"], row["line"]))
    got = [{name: row[name] for name in ("account", "amount", "currency")} for row in rows]
    return differences("ledger", want, got)


def _ledger_sum(world: World, want: Any) -> Iterable[Difference]:
    return differences("ledger_sum", want, sum(row["amount"] for row in items(world, "Ledger")))


def _ledger_net(world: World, want: Any) -> Iterable[Difference]:
    net: Counter[str] = Counter()
    for row in items(world, "Ledger"):
        net[row["account"]] += row["amount"]
    return _tallies("ledger_accounts_net", want, net)


def _ledger_transactions(world: World, want: Any) -> Iterable[Difference]:
    got = len({row["transaction_id"] for row in items(world, "Ledger")})
    return differences("ledger_transactions", want, got)


def _webhooks(world: World, want: Any) -> Iterable[Difference]:
    return differences("webhook_statuses", want, world.notes.get("webhooks", []))


def _quarantine(world: World, want: Any) -> Iterable[Difference]:
    got = [record["reason"] for record in messages_in(world, "QuarantineQueue")]
    return differences("quarantine_reasons", want, got)


def _alerts(world: World, want: Any) -> Iterable[Difference]:
    got = sorted({alert["reason"] for alert in published(world, "SecurityTopic")})
    return differences("security_alerts", sorted(set(want)), got)


def _cached_after_sweep(world: World, want: Any) -> Iterable[Difference]:
    """As if the table had removed everything whose expiry is behind its longest life."""
    latest = world.now.timestamp() + LONGEST_CARD
    got = [item for item in items(world, "CardCache") if item["expires_at"] > latest]
    return differences("chd_cache_items_after_ttl_sweep", want, len(got))


def _effects(world: World, want: Any) -> Iterable[Difference]:
    return _tallies("provider_effects", want, provider(world).counts())


def _calls(world: World, want: Any) -> Iterable[Difference]:
    return _tallies("provider_calls", want, provider(world).call_counts())


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
    "attempts": _attempts,
    "chd_cache_items_after_ttl_sweep": _cached_after_sweep,
    "fee": _fee,
    "fee_components": _fee_components,
    "ledger_accounts_net": _ledger_net,
    "ledger_transactions": _ledger_transactions,
    "quarantine_reasons": _quarantine,
    "redrives_started": _redrives,
    "security_alerts": _alerts,
    "webhook_statuses": _webhooks,
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
