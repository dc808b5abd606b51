"""Card data never gets into a report, in whatever form it comes."""

from __future__ import annotations

import base64

import pytest

from simulator.report.masking import masked

PAN = "4111111111111111"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (PAN, "411111…1111"),
        (f'{{"number":"{PAN}"}}', '{"number":"411111…1111"}'),
        (f'{{"number":{PAN}}}', '{"number":411111…1111}'),
        ("4111 1111 1111 1111", "411111…1111"),
        ("4111-1111-1111-1111", "411111…1111"),
        ("card=4111+1111+1111+1111&x=1", "card=411111…1111&x=1"),
        ("card=4111%201111%201111%201111", "card=411111…1111"),
        ("378282246310005 and 5555555555554444.", "378282…0005 and 555555…4444."),
        (PAN.encode().hex(), "411111…1111"),
        (base64.b64encode(f"pan {PAN}".encode()).decode(), "(base64 with card data)"),
        (base64.urlsafe_b64encode(f"pan {PAN}?>".encode()).decode(), "(base64 with card data)"),
        (f'{{"a":"{{\\"number\\":\\"{PAN}\\"}}"}}', '{"a":"{\\"number\\":\\"411111…1111\\"}"}'),
        ('{"cvv":"123"}', '{"cvv":"•••"}'),
        ('{"cvv": 1234, "b": 5}', '{"cvv": •••, "b": 5}'),
        ('{\\"security_code\\":\\"123\\"}', '{\\"security_code\\":\\"•••\\"}'),
        ('{"cvv":{"S":"123"}}', '{"cvv":{"S":"•••"}}'),
        ("{'cvc': '987'}", "{'cvc': '•••'}"),
        ('{"holder":"A \\"B\\" C","x":1}', '{"holder":"•••","x":1}'),
        ('{\\"card_holder\\":\\"Ada\\",\\"x\\":1}', '{\\"card_holder\\":\\"•••\\",\\"x\\":1}'),
    ],
)
def test_card_data_is_masked(text: str, wanted: str) -> None:
    assert masked(text) == wanted
    assert masked(wanted) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",  # the check digit is wrong
        "1111111111111117",  # no brand begins like this
        "0.4111111111111111",  # a fraction
        "arn:aws:states:us-east-1:111122223333:execution:pay:8b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
        "1767225600000",
        "2ed145f4-7998-1798-8302-0cf694b19e9f",  # some of its digits are a card's, by chance
        "2026-01-15T10:00:00.000000+00:00",
        '{"last4":"1111","bin":"411111","expiry":"12/30"}',
        '{"cvv_purged":true,"pin":"no"}',
        "YWxsIGlzIHdlbGwgaGVyZQ==",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert masked(text) == text
