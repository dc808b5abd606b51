"""Rules of a payment that need no world: fees, declines, cards, what is said."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "cross", "other", "fee"),
    [
        (2599, "USD", False, False, 105),
        (2599, "EUR", True, True, 170),
        (5000, "JPY", False, False, 180),
        (1, "USD", False, False, 1),
        (50, "KWD", True, True, 50),
        (999_999_999_999, "USD", False, False, 29_000_000_030),
        (100, "SEK", False, False, 33),
    ],
)
def test_fees(functions, amount, currency, cross, other, fee):
    found = functions("payment.fees").fee(amount, currency, cross_border=cross, conversion=other)
    assert found["fee"] == fee


def test_a_half_is_rounded_up_once(functions):
    fees = functions("payment.fees")
    # 2.9 % of 50 is 1.45, of 500 it is 14.5
    assert fees.fee(500, "JPY", cross_border=False, conversion=False)["fee"] == 18
    assert fees.fee(500, "USD", cross_border=False, conversion=False)["fee"] == 15 + 30


@pytest.fixture
def fee(functions):
    return functions("payment.fees").fee


def test_a_fee_is_within_the_amount_and_grows_with_it(fee):
    amounts = st.integers(min_value=1, max_value=999_999_999_998)

    @given(amounts, st.sampled_from(["USD", "EUR", "JPY", "KWD", "CHF"]), st.booleans())
    def check(amount, currency, abroad):
        options = {"cross_border": abroad, "conversion": abroad}
        this, next_one = (fee(n, currency, **options)["fee"] for n in (amount, amount + 1))
        assert 0 <= this <= amount
        assert this <= next_one

    check()


def test_a_ledger_transaction_sums_to_zero(functions):
    ledger = functions("payment.ledger")
    for entries in (ledger.capture_entries(2599, 105, "USD"), ledger.refund_entries(2599, "USD")):
        assert sum(entry["amount"] for entry in entries) == 0


@pytest.mark.parametrize(
    ("code", "advice", "attempt", "wanted"),
    [
        ("51", "later", 1, "later"),
        ("51", "later", 4, "exhausted"),
        ("51", "never", 1, "never"),
        ("51", "", 1, "later"),
        ("43", "later", 1, "never"),
        ("N7", "later", 1, "revalidate"),
        ("", "later", 3, "later"),
        ("", "", 1, "never"),
        ("ZZ", "whenever", 1, "never"),
        ("1A", "later", 1, "authenticate"),
    ],
)
def test_what_a_decline_means(functions, code, advice, attempt, wanted):
    category = functions("payment.declines").category
    assert category(code, advice, attempt=attempt, most=4) == wanted


def test_card_data_cannot_be_printed_or_written(functions):
    cards = functions("payment.cards")
    secret = cards.Secret("4111111111111111")
    assert "4111" not in f"{secret} {secret!r} {[secret]}"
    with pytest.raises(TypeError):
        json.dumps(secret)
    with pytest.raises(TypeError):
        pickle.dumps(secret)


@pytest.mark.parametrize(
    ("number", "code", "brand"),
    [
        ("4111111111111111", "737", "visa"),
        ("5555555555554444", "737", "mastercard"),
        ("2223003122003222", "737", "mastercard"),
        ("378282246310005", "7373", "amex"),
        ("6011111111111117", "737", "discover"),
        ("30569309025904", "737", "diners"),
        ("3530111333300000", "737", "jcb"),
        ("6200000000000005", "737", "unionpay"),
    ],
)
def test_published_test_cards_are_good(functions, number, code, brand):
    cards = functions("payment.cards")
    secret = cards.Secret
    card = cards.Card(secret(number), secret(code), secret("TEST"), 12, 2030)
    assert (cards.problem(card, NOW), card.brand) == (None, brand)
    assert cards.has_card_number(f"paid with {number[:4]} {number[4:]}.")
    assert not cards.has_card_number(f"{number[:6]}******{number[-4:]}")


def test_every_status_has_its_words_and_none_gives_a_reason_away(functions):
    notices = functions("payment.notices")
    for status in ("COMPLETED", "REJECTED", "DECLINED", "CANCELLED", "REFUNDED", "EXPIRED"):
        assert notices.templates(status, "").keys() == {"web", "email", "topic", "bus"}
    for text in notices.TEXTS.values():
        assert not {"stolen", "lost", "fraud", "insufficient", "limit"} & set(text.lower().split())


def test_a_log_line_is_powertools_own_with_nothing_that_is_not_on_the_list(simulation):
    headers = {"Idempotency-Key": "x", "Authorization": "Bearer <test-jwt sub=c>"}
    assert simulation.request("POST", "/payments", headers=headers, body={}).status == 400
    (done,) = simulation.lambdas.invocations
    assert json.loads(done.logs) == {
        "level": "INFO",
        "message": "request_refused",
        "timestamp": f"{done.at:%Y-%m-%d %H:%M:%S},000+0000",
        "service": "orchestra-dev-TokenizeCard",
        "code": "idempotency_key_invalid",
        "status": 400,
    }


def test_a_field_that_is_not_on_the_list_cannot_be_logged(functions):
    with pytest.raises(ValueError, match=r"^these fields may not be logged: number$"):
        functions("common.logs").log("card", number="4242", status=1)
