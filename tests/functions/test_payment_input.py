"""Bad input to the payment API: a clear refusal, nothing stored, nothing started, nothing repeated."""

from __future__ import annotations

import copy
import json

import pytest

from tests.vocabulary.payment.provider import URL, FakeProvider
from tests.vocabulary.payment.webhooks import sign

KEY = "0b6f3aa3-216c-4e1e-a093-619c320507b0"
HEADERS = {
    "Content-Type": "application/json",
    "Idempotency-Key": KEY,
    "Authorization": "Bearer <test-jwt sub=cus-1>",
}
GOOD = {
    "merchant_id": "m-001",
    "order_id": "ord-1",
    "amount": {"value": 2599, "currency": "USD"},
    "card": {
        "number": "4111111111111111",
        "exp_month": 12,
        "exp_year": 2030,
        "cvv": "737",
        "holder": "TEST CARDHOLDER",
    },
    "billing_country": "US",
    "customer": {"id": "cus-1", "email": "shopper@example.com", "connection_id": "conn-1"},
}
STORED = ("CardCache", "SadCache", "Payments", "IdempotencyKeys", "Velocity", "Ledger", "Outbox")


def changed(path, value=None):
    """The good request with one field changed; without a value, the field is missing."""
    body = copy.deepcopy(GOOD)
    *parents, name = path.split(".")
    place = body
    for parent in parents:
        place = place[parent]
    if value is None:
        del place[name]
    else:
        place[name] = value
    return body


@pytest.fixture
def shop(simulation):
    """The application with a friendly provider; shop.count("Payments") is how many items there are."""
    fake = FakeProvider()
    simulation.cloud.endpoint(f"{URL}/", fake.answer)
    simulation.cloud.emulate("apigatewaymanagementapi", "PostToConnection", lambda _call: {})
    return simulation


def count(simulation, table):
    return simulation.cloud.client("dynamodb").scan(TableName=simulation.resource(table))["Count"]


def refused(simulation, answer):
    """The refusal's status and code, when nothing else came of the request."""
    assert [count(simulation, table) for table in STORED] == [0] * len(STORED)
    assert simulation.executions == []
    text = json.dumps(answer.body)
    assert "4111" not in text
    assert "737" not in text
    return answer.status, answer.body["code"]


NOT_JSON = {
    "empty": "",
    "no JSON": "{",
    "not a number": '{"amount": NaN}',
    "nested without end": "[" * 5000 + "]" * 5000,
    "a byte that is no text": "\udc80",
}


@pytest.mark.parametrize("case", NOT_JSON)
def test_a_body_that_is_no_json(shop, case):
    answer = shop.request("POST", "/payments", headers=HEADERS, body=NOT_JSON[case])
    assert refused(shop, answer) == (400, "body_not_json")


SHAPES = {
    "a list": [{}],
    "a text": json.dumps("text"),
    "nothing in it": {},
    "unknown field": {**GOOD, "colour": "red"},
    "unknown field of the card": changed("card.track", "x"),
    "unknown field of the customer": changed("customer.vip", True),
    "no amount": changed("amount"),
    "amount of nothing": changed("amount.value", 0),
    "amount below nothing": changed("amount.value", -1),
    "amount with a fraction": changed("amount.value", 25.99),
    "amount as a text": changed("amount.value", "2599"),
    "amount as a truth": changed("amount.value", True),
    "amount too large": changed("amount.value", 1_000_000_000_000),
    "currency in small letters": changed("amount.currency", "usd"),
    "currency of four letters": changed("amount.currency", "USDT"),
    "currency that is empty": changed("amount.currency", ""),
    "no card": changed("card"),
    "card as a text": changed("card", "card"),
    "month 0": changed("card.exp_month", 0),
    "month 13": changed("card.exp_month", 13),
    "month as a text": changed("card.exp_month", "12"),
    "year of two digits": changed("card.exp_year", 30),
    "code of letters": changed("card.cvv", "abc"),
    "code of two digits": changed("card.cvv", "73"),
    "no holder": changed("card.holder", ""),
    "holder too long": changed("card.holder", "x" * 101),
    "country as a word": changed("billing_country", "Germany"),
    "mail without a sign": changed("customer.email", "shopper"),
    "mail with a line break": changed("customer.email", "a@example.com\nBcc: b@example.com"),
    "order with a query in it": changed("order_id", "1' OR '1'='1"),
    "order that is a path": changed("order_id", "../../etc/passwd"),
    "note too long": {**GOOD, "note": "x" * 501},
}


@pytest.mark.parametrize("case", SHAPES)
def test_json_of_the_wrong_shape(shop, case):
    answer = shop.request("POST", "/payments", headers=HEADERS, body=SHAPES[case])
    assert refused(shop, answer) == (422, "request_invalid")


def test_a_refusal_names_the_fields_and_not_what_was_in_them(shop):
    body = {**changed("amount.value", -7), "4000-sensitive": "secret"}
    answer = shop.request("POST", "/payments", headers=HEADERS, body=body)
    assert answer.body == {"code": "request_invalid", "fields": ["(unknown)", "amount.value"]}


CARDS = {
    "fails Luhn": ("card.number", "4111111111111112", "card_number_invalid"),
    "letters": ("card.number", "4111x11111111111", "card_number_invalid"),
    "with blanks": ("card.number", "4111 1111 1111 1111", "card_number_invalid"),
    "digits of another script": ("card.number", "٤١١١١١١١١١١١١١١١", "card_number_invalid"),
    "too short": ("card.number", "41111111111", "card_number_invalid"),
    "too long": ("card.number", "4" * 20, "card_number_invalid"),
    "length of no brand": ("card.number", "37828224631000", "card_number_invalid"),
    "code too long for the brand": ("card.cvv", "7371", "card_code_invalid"),
    "expired": ("card.exp_year", 2025, "card_expired"),
}


@pytest.mark.parametrize("case", CARDS)
def test_cards_that_no_provider_would_take(shop, case):
    path, value, code = CARDS[case]
    answer = shop.request("POST", "/payments", headers=HEADERS, body=changed(path, value))
    assert refused(shop, answer) == (422, code)


STRAY = {
    "in the note": {**GOOD, "note": "my card is 4111-1111-1111-1111"},
    "in the order": changed("order_id", "4111111111111111"),
    "as a number": changed("amount.value", 4111111111111111),
    "as the name of a field": {**GOOD, "4111111111111111": 1},
    "in the mail": changed("customer.email", "4111111111111111@example.com"),
    "in a list": {**GOOD, "tags": ["a", {"b": "4111 1111 1111 1111"}]},
}


@pytest.mark.parametrize("case", STRAY)
def test_a_card_number_outside_the_card(shop, case):
    answer = shop.request("POST", "/payments", headers=HEADERS, body=STRAY[case])
    assert refused(shop, answer) == (422, "card_data_in_free_text")


def test_a_body_that_is_too_large(shop):
    answer = shop.request("POST", "/payments", headers=HEADERS, body={**GOOD, "note": "x" * 20_000})
    assert refused(shop, answer) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Idempotency-Key": ""}, 400, "idempotency_key_missing"),
        ({"Idempotency-Key": "1"}, 400, "idempotency_key_invalid"),
        ({"Idempotency-Key": "x" * 200}, 400, "idempotency_key_invalid"),
        ({"Authorization": "Bearer <test-jwt sub=cus-2>"}, 403, "customer_mismatch"),
    ],
)
def test_headers_that_do_not_belong_to_the_request(shop, headers, status, code):
    answer = shop.request("POST", "/payments", headers={**HEADERS, **headers}, body=GOOD)
    assert refused(shop, answer) == (status, code)


def test_nobody_pays_without_a_token(shop):
    headers = {name: value for name, value in HEADERS.items() if name != "Authorization"}
    assert shop.request("POST", "/payments", headers=headers, body=GOOD).status == 401


def paid(simulation):
    answer = simulation.request("POST", "/payments", headers=HEADERS, body=GOOD)
    simulation.run()
    return answer.body["payment_id"]


def test_a_customer_sees_the_own_payment_and_no_other(shop):
    payment = paid(shop)
    mine = shop.request("GET", f"/payments/{payment}", headers=HEADERS)
    assert (mine.status, mine.body) == (
        200,
        {
            "payment_id": payment,
            "status": "COMPLETED",
            "amount": {"value": 2599, "currency": "USD"},
        },
    )
    other = {**HEADERS, "Authorization": "Bearer <test-jwt sub=cus-2>"}
    for path, headers in ((payment, other), ("pay_nobody", HEADERS)):
        answer = shop.request("GET", f"/payments/{path}", headers=headers)
        assert (answer.status, answer.body) == (404, {"code": "payment_not_found"})


REFUNDS = {
    "nothing": {},
    "of nothing": {"amount": {"value": 0, "currency": "USD"}, "reason": "customer_return"},
    "unknown field": {
        "amount": {"value": 1, "currency": "USD"},
        "reason": "customer_return",
        "to": "another account",
    },
    "free text": {"amount": {"value": 1, "currency": "USD"}, "reason": "The customer called."},
}


@pytest.mark.parametrize("case", REFUNDS)
def test_refund_requests_of_the_wrong_shape(shop, case):
    payment = paid(shop)
    before = len(shop.executions)
    answer = shop.request(
        "POST",
        f"/payments/{payment}/refunds",
        headers={"Idempotency-Key": KEY},
        body=REFUNDS[case],
    )
    assert (answer.status, answer.body["code"]) == (422, "request_invalid")
    assert len(shop.executions) == before


@pytest.mark.parametrize(
    ("value", "currency", "status"),
    [("2599", "USD", "COMPLETED"), ("2598", "USD", "REJECTED"), ("2599", "EUR", "REJECTED")],
)
def test_the_shops_own_amount_counts_when_it_has_one(shop, value, currency, status):
    amount = {"value": {"N": value}, "currency": {"S": currency}}
    shop.cloud.client("dynamodb").put_item(
        TableName=shop.resource("Orders"),
        Item={"order_id": {"S": "ord-1"}, "amount": {"M": amount}},
    )
    paid(shop)
    (item,) = shop.cloud.client("dynamodb").scan(TableName=shop.resource("Payments"))["Items"]
    assert item["status"] == {"S": status}
    if status == "REJECTED":
        assert item["reason"] == {"S": "amount_mismatch"}


def webhook(simulation, body, *, secret=None, timestamp=None, event="evt-1", signature=None):
    stored = simulation.cloud.client("secretsmanager").get_secret_value(
        SecretId=simulation.resource("WebhookSecret")
    )["SecretString"]
    sent = str(int(simulation.now.timestamp())) if timestamp is None else timestamp
    headers = {
        "Webhook-Id": event,
        "Webhook-Timestamp": sent,
        "Webhook-Signature": signature or sign(secret or stored, event, sent, body),
    }
    answer = simulation.request("POST", "/webhooks/provider", headers=headers, body=body)
    return answer.status, answer.body.get("code")


EVENT = json.dumps({"id": "evt-1", "type": "payment.captured", "payment_ref": "pay_x"})
FORGED = {
    "another secret": {"secret": "guessed"},
    "no version": {"signature": "c2lnbmF0dXJl"},
    "no base64": {"signature": "v1,***"},
    "another version": {"signature": "v2,c2lnbmF0dXJl"},
    "empty": {"signature": "v1,"},
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_webhook(shop, case):
    assert webhook(shop, EVENT, **FORGED[case]) == (401, "webhook_signature_invalid")
    assert count(shop, "IdempotencyKeys") == 0


@pytest.mark.parametrize("timestamp", ["", "soon", "-1", "1", "99999999999", "9" * 40])
def test_a_webhook_signed_at_another_time(shop, timestamp):
    assert webhook(shop, EVENT, timestamp=timestamp) == (401, "webhook_timestamp_outside_tolerance")


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("{", (400, "body_not_json")),
        ("[]", (422, "request_invalid")),
        ('{"id": "evt-1", "type": "payment.captured"}', (422, "request_invalid")),
        (EVENT[:-1] + ', "card": "x"}', (422, "request_invalid")),
        (EVENT[:-1] + ', "reference": "4111111111111111"}', (422, "card_data_in_free_text")),
        (EVENT, (200, None)),
    ],
)
def test_a_signed_webhook_is_still_read_strictly(shop, body, wanted):
    assert webhook(shop, body) == wanted


def test_a_signature_covers_every_byte(shop):
    sent = str(int(shop.now.timestamp()))
    secret = shop.cloud.client("secretsmanager").get_secret_value(
        SecretId=shop.resource("WebhookSecret")
    )["SecretString"]
    signature = sign(secret, "evt-1", sent, EVENT)
    for changes in ({"event": "evt-2"}, {"timestamp": str(int(sent) + 1)}):
        assert webhook(shop, EVENT, signature=signature, **changes)[0] == 401
    assert webhook(shop, EVENT + " ", signature=signature)[0] == 401
    assert webhook(shop, EVENT, signature=f"v1,AAAA {signature}") == (200, None)


def test_a_secret_may_be_replaced_while_webhooks_come(shop):
    secrets, name = shop.cloud.client("secretsmanager"), shop.resource("WebhookSecret")
    old = secrets.get_secret_value(SecretId=name)["SecretString"]
    assert webhook(shop, EVENT) == (200, None)

    def sent(number, secret):
        event = f"evt-{number}"
        body = EVENT.replace("evt-1", event)
        return webhook(shop, body, event=event, secret=secret)[0]

    secrets.put_secret_value(SecretId=name, SecretString="new")
    assert [sent(2, "new"), sent(3, old), sent(4, "newer")] == [200, 200, 401]
    secrets.put_secret_value(SecretId=name, SecretString="newer")
    assert [sent(5, "newer"), sent(6, "new"), sent(7, old)] == [200, 200, 401]


def test_one_event_id_has_one_content(shop):
    assert webhook(shop, EVENT) == (200, None)
    assert webhook(shop, EVENT) == (200, None)
    assert webhook(shop, EVENT.replace("captured", "refunded")) == (422, "event_id_reused")


MESSAGES = {
    "a list": ("[]", "unsupported_schema"),
    "nothing": ("", "invalid_json"),
    "deep": ("[" * 3000, "invalid_json"),
    "no schema": ('{"payment_id": "pay_x", "reason": "x"}', "unsupported_schema"),
    "unknown field": (
        '{"schema_version": 1, "payment_id": "pay_x", "reason": "x", "amount": 1}',
        "unsupported_schema",
    ),
    "no instant": (
        '{"schema_version": 1, "payment_id": "pay_x", "reason": "x", "not_before": "soon"}',
        "unsupported_schema",
    ),
    "card number in clear text": ("card 4111 1111 1111 1111", "card_data_in_message"),
    "code by its name": (
        '{"schema_version": 1, "payment_id": "pay_x", "reason": "x", "more": [{"CVV": 1}]}',
        "card_data_in_message",
    ),
    "another's payment": (
        '{"schema_version": 1, "payment_id": "pay_nobody", "reason": "x"}',
        "payment_not_found",
    ),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_poison_goes_into_quarantine_without_its_body(shop, case):
    body, reason = MESSAGES[case]
    shop.cloud.client("sqs").send_message(QueueUrl=shop.resource("RetryQueue"), MessageBody=body)
    shop.fire("orchestra-dev-payments-redrive")
    shop.run()
    (run,) = shop.executions
    assert (run.status, run.output) == ("SUCCEEDED", {"done": 0, "left": 0, "failed": 0})
    (found,) = shop.cloud.client("sqs").receive_message(QueueUrl=shop.resource("QuarantineQueue"))[
        "Messages"
    ]
    record = json.loads(found["Body"])
    assert record.keys() == {"schema_version", "message_id", "reason", "quarantined_at"}
    assert record["reason"] == reason
