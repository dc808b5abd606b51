"""Card caches: field-level envelope encryption, hard expiry, one key a purpose."""

from __future__ import annotations

import base64
import json
import os
from datetime import datetime, timedelta
from typing import Any

from common.aws import error_code, setting
from common.logs import log
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from payment.aws import client
from payment.cards import Card, Secret
from payment.errors import CardDataUnavailable, CardKeyDenied

CODE_LIFE = timedelta(minutes=30)
LONGEST_LIFE = timedelta(days=7)
_REFUSED = frozenset({"AccessDeniedException", "KMSInvalidStateException", "DisabledException"})


def _context(payment_id: str, purpose: str) -> dict[str, str]:
    # Ties a ciphertext to its payment and purpose: moved to another item it does not decrypt.
    return {"payment_id": payment_id, "purpose": purpose, "v": "1"}


def _seal(payment_id: str, purpose: str, key_id: str, content: dict[str, Any]) -> dict[str, Any]:
    data_key = client("kms").generate_data_key(
        KeyId=key_id, KeySpec="AES_256", EncryptionContext=_context(payment_id, purpose)
    )
    nonce = os.urandom(12)
    sealed = AESGCM(data_key["Plaintext"]).encrypt(
        nonce, json.dumps(content).encode(), f"{payment_id}/{purpose}".encode()
    )
    return {
        "key": {"B": data_key["CiphertextBlob"]},
        "nonce": {"B": nonce},
        "sealed": {"B": sealed},
    }


def _open(payment_id: str, purpose: str, item: dict[str, Any]) -> dict[str, Any]:
    try:
        key = client("kms").decrypt(
            CiphertextBlob=item["key"]["B"], EncryptionContext=_context(payment_id, purpose)
        )["Plaintext"]
    except Exception as error:
        if error_code(error) in _REFUSED:
            raise CardKeyDenied("the key service refused") from None
        raise
    try:
        plain = AESGCM(key).decrypt(
            item["nonce"]["B"], item["sealed"]["B"], f"{payment_id}/{purpose}".encode()
        )
    except InvalidTag:
        raise CardDataUnavailable("the cached card does not belong to this payment") from None
    found: dict[str, Any] = json.loads(plain)
    return found


def put(payment_id: str, card: Card, now: datetime, life: timedelta) -> None:
    """Store the card and, apart from it and for a short time, its verification code."""
    dynamodb = client("dynamodb")
    content = {
        "number": card.number.reveal(),
        "holder": card.holder.reveal(),
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
    }
    dynamodb.put_item(
        TableName=setting("CARD_CACHE"),
        Item={
            "payment_id": {"S": payment_id},
            "expires_at": {"N": _epoch(now + min(life, LONGEST_LIFE))},
            **_seal(payment_id, "pan", setting("CARD_KEY"), content),
        },
    )
    dynamodb.put_item(
        TableName=setting("SAD_CACHE"),
        Item={
            "payment_id": {"S": payment_id},
            "expires_at": {"N": _epoch(now + CODE_LIFE)},
            **_seal(payment_id, "sad", setting("SAD_KEY"), {"code": card.code.reveal()}),
        },
    )


def get(payment_id: str, now: datetime) -> Card:
    """The card; without its code, `code` is empty. Raises CardDataUnavailable, CardKeyDenied.

    One log line a call says who read it and how it went (PCI DSS 10.2.1.1).
    """
    item = _item(setting("CARD_CACHE"), payment_id, now)
    if item is None:
        raise CardDataUnavailable("the card is no longer cached")
    try:
        content = _open(payment_id, "pan", item)
        code_item = _item(setting("SAD_CACHE"), payment_id, now)
        code = "" if code_item is None else str(_open(payment_id, "sad", code_item)["code"])
    except Exception as error:
        log("card_decrypted", payment_id=payment_id, outcome=type(error).__name__)
        raise
    log("card_decrypted", payment_id=payment_id, outcome="success")
    return Card(
        number=Secret(content["number"]),
        code=Secret(code),
        holder=Secret(content["holder"]),
        exp_month=int(content["exp_month"]),
        exp_year=int(content["exp_year"]),
    )


def _item(
    table: str, payment_id: str, now: datetime, *, only: str | None = None
) -> dict[str, Any] | None:
    """`only` names the one attribute that is wanted."""
    wanted = {} if only is None else {"ProjectionExpression": only}
    found = client("dynamodb").get_item(
        TableName=table, Key={"payment_id": {"S": payment_id}}, ConsistentRead=True, **wanted
    )
    item: dict[str, Any] | None = found.get("Item")
    # The table removes expired items days late: over age counts as absent.
    if item is None or int(item["expires_at"]["N"]) <= int(now.timestamp()):
        return None
    return item


def has_card(payment_id: str, now: datetime) -> bool:
    """Is there still a card to try again with? What is encrypted is not even read."""
    return _item(setting("CARD_CACHE"), payment_id, now, only="expires_at") is not None


def delete(payment_id: str) -> None:
    """Both caches: after this nothing of the card is left.

    One that cannot be cleared does not save the other; its error is raised in the end.
    """
    failed: Exception | None = None
    for table in (setting("SAD_CACHE"), setting("CARD_CACHE")):
        try:
            client("dynamodb").delete_item(TableName=table, Key={"payment_id": {"S": payment_id}})
        except Exception as error:  # noqa: BLE001 - raised below
            failed = error
    if failed is not None:
        raise failed


def fingerprint(number: Secret) -> str:
    """A keyed hash: equal cards are recognised, numbers cannot be tried out (PCI DSS 3.5.1.1)."""
    answer = client("kms").generate_mac(
        KeyId=setting("FINGERPRINT_KEY"),
        MacAlgorithm="HMAC_SHA_256",
        Message=number.reveal().encode(),
    )
    return base64.b64encode(answer["Mac"]).decode()


def _epoch(moment: datetime) -> str:
    return str(int(moment.timestamp()))
