"""What this application adds to the words of scenarios."""

from __future__ import annotations

from simulator.scenarios.vocabulary import Vocabulary


def register(vocabulary: Vocabulary) -> None:
    from tests.vocabulary import payment, remediation, reporting, shared

    payment.register(vocabulary)
    remediation.register(vocabulary)
    reporting.register(vocabulary)
    shared.register(vocabulary)
