"""The scanner finds planted card data in every form, and leaves alone what only looks like some."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta
from random import Random
from urllib.parse import quote

import pytest

from simulator.scenarios.channels import Channel
from simulator.scenarios.scanner import (
    Leak,
    Secrets,
    card_numbers,
    scan,
)

VISA = "4111111111111111"
KNOWN = Secrets(frozenset({VISA, "MARK ABCDEFGHIJ"}), frozenset({"737"}))
PLANTED = {
    "as it is": VISA,
    "inside a longer word": f"card{VISA}x",
    "in fours": "4111 1111 1111 1111",
    "in fours with hyphens": "4111-1111-1111-1111",
    "reversed": VISA[::-1],
    "in hexadecimal": VISA.encode().hex(),
    "in base64": base64.b64encode(VISA.encode()).decode(),
    "in base64, one byte later": base64.b64encode(b"x" + VISA.encode() + b"yz").decode(),
    "in base64, two bytes later": base64.b64encode(b"xy" + VISA.encode() + b"z").decode(),
    "in base64 of JSON": base64.b64encode(json.dumps({"number": VISA}).encode()).decode(),
}


def found(text, secrets=KNOWN, channel="table Payments"):
    return list(scan([Channel(channel, text)], secrets))


@pytest.mark.parametrize("form", PLANTED)
def test_a_known_number_is_found_in_every_form(form):
    assert Leak("secret", "table Payments", "41…11") in found(f'{{"note": "{PLANTED[form]}"}}')


@pytest.mark.parametrize("form", [quote("MARK ABCDEFGHIJ"), "MARK ABCDEFGHIJ"])
def test_a_marker_is_found_escaped(form):
    assert found(f"name={form}&") == [Leak("secret", "table Payments", "MA…IJ")]


NUMBERS = {
    "Visa": VISA,
    "Visa of thirteen digits": "4222222222222",
    "Mastercard": "5555555555554444",
    "Mastercard of the second range": "2223003122003222",
    "American Express": "378282246310005",
    "Discover": "6011111111111117",
    "Diners Club": "30569309025904",
    "JCB": "3530111333300000",
    "UnionPay": "6200000000000005",
}


@pytest.mark.parametrize("network", NUMBERS)
def test_an_unknown_number_is_found_by_its_network_length_and_check_digit(network):
    number = NUMBERS[network]
    assert list(card_numbers(f"paid with {number}.")) == [number]
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert list(card_numbers(f"paid with {wrong}.")) == []


def test_a_number_is_found_behind_an_escaped_line_end_and_beside_other_digits():
    assert list(card_numbers(json.dumps(f"card\n{VISA}"))) == [VISA]
    assert list(card_numbers("3782 822463 10005 12/30")) == ["378282246310005"]
    assert list(card_numbers("4111 1111 1111 1111 12 2030")) == [VISA]


HARMLESS = {
    "masked": "411111******1111",
    "first six and last four": '{"bin": "411111", "last4": "1111"}',
    "a decimal": f"0.{VISA}",
    "part of a word": f"pay_{VISA}",
    "zeros": "0" * 16,
    "an ARN": "arn:aws:states:us-east-1:111122223333:execution:orchestra:4111",
}


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_is_no_card_number_is_left_alone(kind):
    assert list(card_numbers(HARMLESS[kind])) == []


def test_times_and_ids_are_no_card_numbers():
    chance = Random(7)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    times = [start + timedelta(seconds=chance.random() * 1e8) for _ in range(5000)]
    texts = [at.isoformat() for at in times] + [str(int(at.timestamp() * 1000)) for at in times]
    texts += [str(chance.randrange(10**11, 10**12)) for _ in range(5000)]
    assert [text for text in texts if any(card_numbers(text))] == []
    ids = [str(uuid.UUID(int=chance.getrandbits(128))) for _ in range(5000)]
    assert sum(any(card_numbers(text)) for text in ids) <= 3


CODES = {
    "as JSON": '{"cvv": "737"}',
    "as JSON in JSON": json.dumps(json.dumps({"cvc": "737"})),
    "in a log line": "refused card, cvv2=737",
    "as an item of DynamoDB": '{"security_code": {"S": "737"}}',
}


@pytest.mark.parametrize("form", CODES)
def test_a_code_is_found_beside_its_name(form):
    assert found(CODES[form]) == [Leak("code", "table Payments", "***")]


def test_digits_that_are_a_code_by_chance_are_none_elsewhere():
    assert found('{"amount": 737, "cvv": "***", "cvv_result": "M"}') == []
    assert found('{"cvv": "17371"}') == []


def test_track_data_is_found():
    two = f";{VISA}=30121010000012345678?"
    one = f"%B{VISA}^CARDHOLDER/TEST^30121010000000000?"
    for text in (one, two):
        assert Leak("track", "log Pay[0]", "41…11") in found(text, Secrets(), "log Pay[0]")


def test_the_message_of_a_keyed_hash_is_not_recorded_by_anybody():
    assert found(VISA, channel="call kms:GenerateMac[3]") == []
    assert found(VISA, channel="call kms:Encrypt[3]") != []


def test_secrets_are_read_from_what_a_scenario_sends():
    body = {"card": {"number": VISA, "cvv": "737", "exp_year": 2030}, "amount": 2599}
    assert Secrets.sent([body]) == Secrets(frozenset({VISA}), frozenset({"737"}))
    assert Secrets.sent(json.loads('{"n": 4111111111111111}')).texts == {VISA}


def test_a_leak_says_where_and_not_what():
    for leak in found(f'{{"cvv": "737", "n": "{VISA}"}}'):
        assert VISA not in str(leak)
        assert "737" not in str(leak)


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256"])
def test_a_hash_without_a_key_is_found(name):
    digest = hashlib.new(name, VISA.encode()).hexdigest()
    assert found(f"fingerprint={digest}") == [Leak("hash", "table Payments", "41…11")]
