"""A check that cannot fail proves nothing: each invariant is shown a run that breaks it."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import pytest

from simulator.scenarios.discovery import load
from simulator.scenarios.replay import replay_one
from simulator.scenarios.vocabulary import load_vocabulary

ROOT = Path(__file__).parents[2]


@pytest.fixture
def broken(project):
    """broken("F01", "F1", change) → what the invariant says of that run after change(world)."""

    def run(scenario, name, change=lambda _world: None):
        vocabulary = load_vocabulary(project.root, project.root / project.settings.vocabulary)
        (path,) = (ROOT / "tests" / "scenarios").glob(f"{scenario}-*.json")
        said = []

        @vocabulary.always
        def _tampered(world):
            change(world)
            said.extend(vocabulary.invariants[name](world))
            return ()

        found = load(ROOT, [str(path.relative_to(ROOT))], vocabulary)[0]
        verdict = replay_one(project, found, vocabulary)
        assert verdict.status == "passed", verdict.differences
        return said

    return run


def without(*operations, caller=""):
    """Leaves these calls out of the record."""

    def change(world):
        calls = world.simulation.cloud.calls
        calls[:] = [c for c in calls if c.name not in operations or not c.caller.endswith(caller)]

    return change


def edited(table, key, **fields):
    """Changes an item behind the application's back; None removes a field."""

    def change(world):
        with world.simulation.cloud.calling("scenario"):
            for name, value in fields.items():
                world.client("dynamodb").update_item(
                    TableName=world.resource(table),
                    Key=key(world),
                    UpdateExpression="SET #f = :v" if value is not None else "REMOVE #f",
                    ExpressionAttributeNames={"#f": name},
                    **({"ExpressionAttributeValues": {":v": value}} if value is not None else {}),
                )

    return change


def finding(world):
    return {"finding_id": {"S": world.scenario.steps[0].body["event"]["detail"]["id"]}}


def payment(world):
    return {"payment_id": {"S": world.responses[0].body["payment_id"]}}


def put(table, item):
    def change(world):
        with world.simulation.cloud.calling("scenario"):
            world.client("dynamodb").put_item(TableName=world.resource(table), Item=item(world))

    return change


def restored(world):
    from tests.vocabulary.remediation.resources import originals, restore

    for arn in originals(world):
        restore(world, arn)


def written_policy(change):
    """As if the application had written another policy."""

    def act(world):
        from tests.vocabulary.remediation.resources import timeline

        for entry in timeline(world):
            for arn, state in entry.states.items():
                if entry.call:
                    policy = copy.deepcopy(state.policy)
                    change(policy["Statement"])
                    entry.states[arn] = replace(state, policy=policy)

    return act


def elsewhere(world):
    """As if a resource had been changed that no finding is about."""
    for call in world.simulation.cloud.calls:
        if call.name == "iam:UpdateAssumeRolePolicy":
            call.parameters["RoleName"] = "Bystander"


def deny_everybody(statements):
    statements.append({"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:*"})


def lock_again(world):
    """As if the lock had been taken before the owner was asked."""
    calls = world.simulation.cloud.calls
    lock = next(call for call in calls if call.caller == "AcquireResourceLock")
    asked = next(index for index, call in enumerate(calls) if call.caller == "RequestDecision")
    calls.insert(asked, lock)


def written_twice(world):
    from tests.vocabulary.remediation.resources import timeline

    timeline(world).extend(copy.deepcopy(timeline(world)))


def other_call(world):
    """As if the application had called something else."""
    for call in world.simulation.cloud.calls:
        if call.name == "iam:UpdateAssumeRolePolicy":
            call.operation = "DeleteRole"


def added_twice(statements):
    statements.append(copy.deepcopy(statements[-1]))


ROLE = "arn:aws:iam::111122223333:role/Audit_CrossAccountRole"
FINDINGS = {
    "the access is back": (
        "F01",
        "F1",
        restored,
        [
            f"arn:aws:iam::999988887777:user/Alice may sts:AssumeRole on {ROLE}, which is CLOSED_BLOCKED"
        ],
    ),
    "our own account lost access": (
        "F02",
        "F2",
        written_policy(deny_everybody),
        [
            f"arn:aws:iam::{account}:{who} lost sts:{action} on PartnerRole"
            for account in ("111122223333", "123456789012", "444455556666")
            for who in ("role/Any", "root", "user/Any")
            for action in ("AssumeRole", "TagSession")
        ],
    ),
    "written without a snapshot": (
        "F01",
        "F3",
        without("dynamodb:UpdateItem", caller="CaptureOriginal"),
        ["ApplyRemediation wrote a policy before a snapshot existed"],
    ),
    "the snapshot is another policy": (
        "F01",
        "F3",
        edited(
            "Findings",
            finding,
            snapshot={"M": {"policy": {"S": '{"Version": "2012-10-17", "Statement": []}'}}},
        ),
        ["the snapshot of 8f76cdb3-ee60-42d6-a855-d7041235e1ef is not the original policy"],
    ),
    "changed twice": (
        "F01",
        "F4",
        written_twice,
        ["the access of 8f76cdb3-ee60-42d6-a855-d7041235e1ef was blocked 2 times"],
    ),
    "one statement twice": (
        "F01",
        "F4",
        written_policy(added_twice),
        [
            "ApplyRemediation wrote the statement AADeny8f76cdb3ee6042d6a855d7041235e1ef 2 times"
            " into one policy"
        ],
    ),
    "something else changed": (
        "F01",
        "F2",
        elsewhere,
        [
            "ApplyRemediation changed something by iam:UpdateAssumeRolePolicy, and no finding is about it"
        ],
    ),
    "the switches before are not in the snapshot": (
        "F17",
        "F3",
        edited(
            "Findings",
            finding,
            snapshot={
                "M": {
                    "policy": {"S": "null"},
                    "public_access_block": {"S": '{"BlockPublicAcls": true}'},
                }
            },
        ),
        [
            "the snapshot of 87924d81-1741-4f69-a57d-6e7964eca3d8 is not the original Block Public Access"
        ],
    ),
    "claimed without read-back": (
        "F01",
        "F5",
        without("iam:GetRole", caller="VerifyApplied"),
        ["the message 'decision_requested' claims a block that nobody has read back"],
    ),
    "a call that the role may not make": (
        "F01",
        "permitted",
        other_call,
        ["the role of function ApplyRemediation may not iam:DeleteRole"],
    ),
    "locked while a person decides": (
        "F01",
        "F6",
        lock_again,
        [f"the lock of {ROLE} is held while a person decides"],
    ),
    "locked at the end": (
        "F01",
        "F6",
        put(
            "Locks",
            lambda _world: {
                "resource_arn": {"S": ROLE},
                "owner": {"S": "x"},
                "leased_until": {"N": "9999999999"},
            },
        ),
        [f"the lock of {ROLE} is still held at the end"],
    ),
    "lost": (
        "F01",
        "F7",
        edited("Findings", finding, status={"S": "CLAIMED"}),
        ["the finding 8f76cdb3-ee60-42d6-a855-d7041235e1ef is lost in the status CLAIMED"],
    ),
    "waiting without a due time": (
        "F01",
        "F7",
        edited("Findings", finding, status={"S": "AWAITING_DECISION"}),
        [
            "the finding 8f76cdb3-ee60-42d6-a855-d7041235e1ef is lost in the status AWAITING_DECISION"
        ],
    ),
    "lost without an id": (
        "A51",
        "F7",
        without("sqs:SendMessage"),
        ["the event ce1b7acb-dfa5-5922-906b-2d6449d66f3d is lost"],
    ),
    "an access point that nothing denies": (
        "A35",
        "F5",
        written_policy(lambda policy: policy.pop()),
        ["the message 'decision_requested' claims a block that nobody has read back"],
    ),
}


@pytest.mark.parametrize("case", FINDINGS)
def test_a_finding_invariant_sees_what_breaks_it(broken, case):
    scenario, name, change, wanted = FINDINGS[case]
    assert broken(scenario, name) == []
    assert broken(scenario, name, change) == wanted


def captured_again(world):
    fake = world.notes["provider"]
    fake.effects.append(next(effect for effect in fake.effects if effect.operation == "capture"))


def authorized_again(world):
    fake = world.notes["provider"]
    again = copy.copy(fake.effects[0])
    again.key += ":sca"
    fake.effects.append(again)


def payment_id(world):
    return payment(world)["payment_id"]["S"]


PAYMENTS = {
    "captured twice": (
        "P01",
        "I1",
        captured_again,
        lambda p: [
            f"capture took effect 2 times under the key {p}:capture",
            f"payment {p} was captured 2 times",
        ],
    ),
    "the code outlives the payment": (
        "P01",
        "I3",
        put("SadCache", lambda w: {**payment(w), "expires_at": {"N": "9999999999"}}),
        lambda p: [
            f"the verification code of {p} is still there",
            f"the verification code of {p} may live too long",
        ],
    ),
    "the card outlives the payment": (
        "P01",
        "I4",
        put("CardCache", lambda w: {**payment(w), "expires_at": {"N": "9999999999"}}),
        lambda p: [
            f"the cached card of {p} has no proper expiry: 9999999999",
            f"the card of {p} is still cached in its final status",
        ],
    ),
    "the books do not balance": (
        "P01",
        "I5",
        put(
            "Ledger",
            lambda w: {
                "transaction_id": {"S": f"{payment_id(w)}:capture"},
                "line": {"N": "9"},
                "account": {"S": "sales"},
                "amount": {"N": "-1"},
                "currency": {"S": "USD"},
            },
        ),
        lambda p: [
            f"ledger transaction {p}:capture is off by -1 USD",
            "the ledger has sales of 2600, the provider captured 2599",
        ],
    ),
    "lost": (
        "P01",
        "I6",
        edited("Payments", payment, status={"S": "RECEIVED"}),
        lambda p: [f"payment {p} is lost in the status RECEIVED"],
    ),
    "told twice in other words": (
        "P08",
        "I7",
        put(
            "Outbox",
            lambda w: {
                **payment(w),
                "message": {"S": "email#payment_declined_check_details"},
                "state": {"S": "SENT"},
            },
        ),
        lambda p: [
            f"payment {p} has several final messages by email:"
            " ['payment_declined', 'payment_declined_check_details']"
        ],
    ),
    "not told": (
        "P01",
        "I7",
        edited("Payments", payment, statuses={"L": [{"S": "REFUNDED"}]}),
        lambda p: [
            f"payment {p} has no final message by web",
            f"payment {p} was told by web what did not happen: ['payment_completed']",
            f"payment {p} has no final message by email",
            f"payment {p} was told by email what did not happen: ['payment_receipt']",
        ],
    ),
    "parked, and nobody is told": (
        "P01",
        "I6",
        edited("Payments", payment, status={"S": "PARKED"}),
        lambda p: [f"payment {p} is parked, and no operator is told"],
    ),
    "waiting for a try that never comes": (
        "P01",
        "I6",
        edited("Payments", payment, status={"S": "RETRY_SCHEDULED"}),
        lambda p: [f"payment {p} waits for another try, and nothing in the queue will make it"],
    ),
    "waiting without a due time": (
        "P01",
        "I6",
        edited("Payments", payment, status={"S": "AWAITING_CUSTOMER"}),
        lambda p: [f"payment {p} waits in the status AWAITING_CUSTOMER without a due time"],
    ),
    "the code is there at the capture": (
        "P01",
        "I3",
        lambda world: world.notes["codes_at_capture"].append({"payment_id": payment_id(world)}),
        lambda p: [f"the verification code of {p} was there at the capture"],
    ),
    "one attempt under two keys": (
        "P01",
        "I1",
        authorized_again,
        lambda p: [f"attempt 1 of payment {p} took effect under 2 keys"],
    ),
    "refunded without an entry": (
        "P01",
        "I5",
        lambda world: world.notes["provider"].report("refund", payment_id(world), 5, "x"),
        lambda _p: ["the ledger has refunds of 0, the provider refunded 5"],
    ),
    "told twice": (
        "P01",
        "I7",
        put(
            "Outbox",
            lambda w: {
                **payment(w),
                "message": {"S": "email#payment_declined"},
                "state": {"S": "SENT"},
            },
        ),
        lambda p: [f"payment {p} was told by email what did not happen: ['payment_declined']"],
    ),
    "a step back": (
        "P01",
        "I8",
        edited(
            "Payments",
            payment,
            statuses={"L": [{"S": "ACCEPTED"}, {"S": "COMPLETED"}, {"S": "RECEIVED"}]},
        ),
        lambda p: [
            f"payment {p} went from ACCEPTED to COMPLETED",
            f"payment {p} went from COMPLETED to RECEIVED",
        ],
    ),
    "more captured than authorised": (
        "P01",
        "I9",
        captured_again,
        lambda p: [f"payment {p}: asked 2599, authorised 2599, captured 5198"],
    ),
    "tried again after never": (
        "P08",
        "I10",
        lambda world: (world.notes["provider"].calls.append(world.notes["provider"].calls[0]),),
        lambda _p: ["the card was tried again after the issuer said never"],
    ),
}


@pytest.mark.parametrize("case", PAYMENTS)
def test_a_payment_invariant_sees_what_breaks_it(broken, case):
    scenario, name, change, wanted = PAYMENTS[case]
    known = []

    def noted(world):
        known.append(payment_id(world))
        change(world)

    assert broken(scenario, name) == []
    said = broken(scenario, name, noted)
    assert said == wanted(known[0])


LEAKS = {
    "as it is": ("4111111111111111", "card data in {}: 41…11"),
    "in groups": ("card 4111 1111 1111 1111.", "card data in {}: 41…11"),
    "in hexadecimal": (b"4111111111111111".hex(), "card data in {}: 41…11"),
    "in base64": ("NDExMTExMTExMTExMTExMQ==", "card data in {}: 41…11"),
    "another card": ("5555555555554444", "something like a card number in {}: 55…44"),
    "a code by its field": ('{"cvv": "737"}', "a verification code in {}"),
}


@pytest.mark.parametrize("case", LEAKS)
def test_card_data_is_found_wherever_it_is(broken, case):
    text, wanted = LEAKS[case]
    said = broken("P01", "I2", edited("Payments", payment, note={"S": text}))
    assert wanted.format("table orchestra-dev-Payments") in said
    assert not any("4111111111111111" in line for line in said), "a report must not leak either"


def test_a_clean_run_has_no_card_data(broken):
    assert broken("P01", "I2") == []
