"""Words that payments and findings both have; each half answers for its own scenarios."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from simulator.scenarios.vocabulary import Difference, Vocabulary, World, differences
from tests.vocabulary.payment.probes import notifications as payment_notifications
from tests.vocabulary.payment.probes import payment_record
from tests.vocabulary.payment.records import sent
from tests.vocabulary.remediation.probes import finding_record, finding_texts
from tests.vocabulary.remediation.probes import notifications as finding_notifications


def _is_payment(world: World) -> bool:
    return world.scenario.workflow == "payment"


def _texts(world: World) -> list[str]:
    if _is_payment(world):
        return [message["text"] for message in sent(world)]
    return finding_texts(world)


def _holds(text: str, word: str) -> bool:
    """An issuer's two-letter code only as a word: ids hold any two letters by chance."""
    if len(word) <= 2:
        return re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) is not None
    return word.lower() in text.lower()


def register(vocabulary: Vocabulary) -> None:
    @vocabulary.probe("final_status")
    def _status(world: World, want: Any) -> Iterable[Difference]:
        record = payment_record(world) if _is_payment(world) else finding_record(world)
        return differences("final_status", want, record.get("status"))

    @vocabulary.probe("reason")
    def _reason(world: World, want: Any) -> Iterable[Difference]:
        record = payment_record(world) if _is_payment(world) else finding_record(world)
        return differences("reason", want, record.get("reason"))

    @vocabulary.probe("notifications")
    def _notifications(world: World, want: Any) -> Iterable[Difference]:
        if _is_payment(world):
            return payment_notifications(world, want)
        return finding_notifications(world, want)

    @vocabulary.probe("messages_must_not_contain")
    def _must_not(world: World, want: Any) -> Iterable[Difference]:
        for word in want:
            for text in _texts(world):
                if _holds(text, str(word)):
                    yield Difference(
                        "messages_must_not_contain", message=f"'{word}' is in the message {text!r}"
                    )

    @vocabulary.probe("notification_mentions")
    def _mentions(world: World, want: Any) -> Iterable[Difference]:
        texts = _texts(world)
        for word in want:
            if not any(str(word) in text for text in texts):
                yield Difference("notification_mentions", word, "\n".join(texts))

    @vocabulary.probe("claims_success")
    def _claims(world: World, want: Any) -> Iterable[Difference]:
        claimed = any("has been blocked" in text for text in finding_texts(world))
        return differences("claims_success", want, claimed)
