"""What this application adds to the words of scenarios."""

from __future__ import annotations

from simulator.scenarios.vocabulary import Vocabulary


def register(vocabulary: Vocabulary) -> None:
    from tests.vocabulary import payment, remediation, shared

    payment.register(vocabulary)
    remediation.register(vocabulary)
    shared.register(vocabulary)
