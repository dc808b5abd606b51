"""R1 to R4: what must hold after every report run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from simulator.scenarios.vocabulary import Vocabulary, World
from simulator.sources.http import claims
from tests.vocabulary.payment.leaks import leaks
from tests.vocabulary.reporting.fixtures import CAPTURED
from tests.vocabulary.tables import items

ROW: Final = frozenset({"date", "currency", "status", "count", "gross", "fees"})
_ANSWER: Final = frozenset({"from", "to", "rows", "totals", "code", "message"})
_FACT: Final = frozenset({"day", "currency_status", "count", "gross", "fees"})
_DAY: Final = frozenset({"day", "as_of"})
_EVENT: Final = frozenset({"as_of", "days", "rows"})
INVOKER: Final = "ReportExportInvoker"
GROUP: Final = "reporting-analyst"


def register(vocabulary: Vocabulary) -> None:
    for name, check in CHECKS.items():
        vocabulary.invariant(name)(check)


def _accounts(world: World) -> tuple[str, str]:
    project = world.simulation.project
    return project.account_of("Payments"), project.account_of("ReportFacts")


def only_allowed_fields(world: World) -> Iterator[str]:
    """R1: every item, message and answer there is made of allowed fields; no card data anywhere."""
    for table, allowed in (("ReportFacts", _FACT), ("ReportDays", _DAY)):
        for item in items(world, table):
            if stray := sorted(set(item) - allowed):
                yield f"{table} has {', '.join(stray)}"
    for answer in world.answers.values():
        body = answer.body
        if not isinstance(body, dict) or set(body) - _ANSWER:
            yield f"an answer has other fields: {sorted(body) if isinstance(body, dict) else body}"
        elif isinstance(body.get("rows"), list):
            yield from _rows("an answer", body["rows"])
    for routed in world.simulation.routed:
        event: Any = routed.event
        if event.get("source") == "payments.reports":
            if stray := sorted(set(event["detail"]) - _EVENT):
                yield f"an event has {', '.join(stray)}"
            yield from _rows("an event", event["detail"]["rows"])
    yield from leaks(world)
    yield from _hidden(world)


def _rows(where: str, rows: Any) -> Iterator[str]:
    for row in rows:
        if set(row) != ROW:
            yield f"a row of {where} has the fields {sorted(row)}"


def _hidden(world: World) -> Iterator[str]:
    """The digits of cards that the payments' account knows are nowhere in the other one."""
    _, there = _accounts(world)
    texts = [json.dumps(answer.body) for answer in world.answers.values()]
    texts += [json.dumps(items(world, table)) for table in ("ReportFacts", "ReportDays")]
    texts += [
        done.logs
        for done in world.simulation.lambdas.invocations
        if world.simulation.project.function(done.function).arn.split(":")[4] == there
    ]
    for digits in sorted(world.notes.get("hidden", ())):
        if any(f'"{digits}"' in text for text in texts):
            yield f"digits of a card are in the reporting account: {digits[0]}***"


def one_identity(world: World) -> Iterator[str]:
    """R2: what the reporting account's functions do in the other one is one action by one role."""
    here, there = _accounts(world)
    project = world.simulation.project
    own = {
        function.logical_id
        for part in project.parts
        if part.account == there
        for function in part.functions.values()
    }
    role = f"arn:aws:iam::{here}:role/{INVOKER}"
    for call in world.calls:
        if call.caller not in own:
            continue
        if call.name == "sts:AssumeRole" and call.parameters["RoleArn"] != role:
            yield f"{call.caller} assumes {call.parameters['RoleArn']}"
        if call.account != there and (call.role, call.name) != (role, "lambda:Invoke"):
            yield f"{call.caller} calls {call.name} in {call.account} as {call.role or 'itself'}"
        if call.account != there and "-ReportExport:" not in str(call.parameters["FunctionName"]):
            yield f"{call.caller} invokes {call.parameters['FunctionName']}"


def same_as_the_ledger(world: World) -> Iterator[str]:
    """R3: what was captured and what it cost, by currency, over the days that are in the table."""
    days = {item["day"] for item in items(world, "ReportDays")}
    payments = {item["payment_id"]: item for item in items(world, "Payments")}
    booked: Counter[tuple[str, str]] = Counter()
    for entry in items(world, "Ledger"):
        payment, _, kind = entry["transaction_id"].partition(":")
        if kind == "capture" and payments[payment].get("accepted_on") in days:
            booked[entry["currency"], entry["account"]] += entry["amount"]
    reported: Counter[tuple[str, str]] = Counter()
    for item in items(world, "ReportFacts"):
        currency, _, status = item["currency_status"].partition("#")
        if status in CAPTURED:
            reported[currency, "sales"] -= item["gross"]
            reported[currency, "fee_expense"] += item["fees"]
    for key in sorted({*booked, *reported}):
        if key[1] != "psp_receivable" and booked[key] != reported[key]:
            yield f"{key[1]} in {key[0]}: the report says {reported[key]}, the ledger {booked[key]}"


def analysts_only(world: World) -> Iterator[str]:
    """R4: rows only for callers in the group; a refusal leaves no trace in the table."""
    allowed = False
    for step in world.scenario.steps:
        answer = world.answers.get(step.where)
        if answer is None:
            continue
        headers: Any = step.body.get("headers") or {}
        tokens = [value for name, value in headers.items() if name.lower() == "authorization"]
        found = claims(tokens[0]) if tokens else None
        groups = (found or {}).get("groups", [])
        if GROUP in (groups if isinstance(groups, list) else [groups]):
            allowed = True
        elif isinstance(answer.body, dict) and "rows" in answer.body:
            yield f"{step.where} got rows and is not in {GROUP}"
    if not allowed and not _pushed(world) and items(world, "ReportFacts"):
        yield "there are rows in ReportFacts, and nobody asked who may"


def _pushed(world: World) -> bool:
    return any(event.event.get("source") == "payments.reports" for event in world.simulation.routed)  # type: ignore[union-attr]  # an envelope


CHECKS: Final = {
    "R1": only_allowed_fields,
    "R2": one_identity,
    "R3": same_as_the_ledger,
    "R4": analysts_only,
}
