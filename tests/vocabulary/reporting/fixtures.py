"""`given` of report scenarios: whose accounts they are, and what was paid."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

from simulator.aws.calls import ApiCall
from simulator.errors import UsageError
from simulator.scenarios.durations import parse_duration
from simulator.scenarios.vocabulary import Vocabulary, World

EXPORT = "ReportExport"
# Statuses in which money was captured: the ledger knows of it.
CAPTURED = frozenset({"COMPLETED", "REFUNDED"})


def register(vocabulary: Vocabulary) -> None:
    @vocabulary.fixture("pci_account")
    def _pci(world: World, value: Any) -> None:
        _check_account(world, "pci_account", value, "Payments")

    @vocabulary.fixture("reporting_account")
    def _reporting(world: World, value: Any) -> None:
        _check_account(world, "reporting_account", value, "ReportFacts")

    @vocabulary.fixture("payments")
    def _payments(world: World, value: Any) -> None:
        with world.simulation.cloud.calling("scenario"):
            for payment in value:
                pay(world, payment)

    @vocabulary.fixture("freshness")
    def _freshness(world: World, value: Any) -> None:
        seconds = int(parse_duration(value).total_seconds())
        world.environment("FRESHNESS_SECONDS", str(seconds))

    @vocabulary.fixture("export_override")
    def _override(world: World, value: Any) -> None:
        """A defect of the exporting side: a list is its rows, `rows` and other keys of its answer
        replace these, and whatever else is put into every row.
        """
        override(world, value)


def _check_account(world: World, key: str, account: Any, table: str) -> None:
    owner = world.simulation.project.account_of(table)
    if account != owner:
        raise UsageError(f"{key} is {account}, and the stack with {table} is in {owner}")


def pay(world: World, payment: dict[str, Any]) -> None:
    """A payment as the application has it in the end, and the entries of its capture.

    Everything that the scenario says of it is kept beside: card data that must not come out.
    """
    amount, fee, currency = payment["amount"], payment.get("fee", 0), payment["currency"]
    more = {key: value for key, value in payment.items() if key in ("brand", "last4", "bin")}
    world.client("dynamodb").put_item(
        TableName=world.resource("Payments"),
        Item={
            "payment_id": {"S": payment["payment_id"]},
            "status": {"S": payment["status"]},
            "amount": {"N": str(amount)},
            "currency": {"S": currency},
            "fee": {"N": str(fee)},
            "accepted_on": {"S": payment["date"]},
            "contact": {"M": {"email": {"S": f"{payment['payment_id']}@example.com"}}},
            **{key: {"S": str(value)} for key, value in more.items()},
        },
    )
    world.notes.setdefault("hidden", set()).update(
        str(value) for key, value in more.items() if key in ("last4", "bin")
    )
    if payment["status"] not in CAPTURED:
        return
    entries = (("psp_receivable", amount - fee), ("fee_expense", fee), ("sales", -amount))
    for line, (account, value) in enumerate(entries):
        world.client("dynamodb").put_item(
            TableName=world.resource("Ledger"),
            Item={
                "transaction_id": {"S": f"{payment['payment_id']}:capture"},
                "line": {"N": str(line)},
                "account": {"S": account},
                "amount": {"N": str(value)},
                "currency": {"S": currency},
            },
        )


def override(world: World, value: Any) -> None:
    """The export answers what it should not."""
    world.notes["overridden"] = True
    invoke = world.simulation.lambdas.answer_invoke

    def answer(call: ApiCall) -> dict[str, Any]:
        answered = invoke(call)
        if f"-{EXPORT}" not in str(call.parameters["FunctionName"]):
            return answered
        table = _changed(json.loads(answered["Payload"].read()), value)
        return {**answered, "Payload": BytesIO(json.dumps(table).encode())}

    world.simulation.cloud.emulate("lambda", "Invoke", answer)


def _changed(table: dict[str, Any], value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {**table, "rows": value}
    if not isinstance(value, dict):
        raise UsageError("export_override is a list of rows, or a mapping")
    if set(value) & set(table):
        return {**table, **value}
    nested = [item for item in value.values() if isinstance(item, dict)]
    extra = nested[0] if len(value) == len(nested) == 1 else value
    return {**table, "rows": [{**row, **extra} for row in table["rows"]]}
