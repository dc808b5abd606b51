"""Payments: the fake provider, fixtures, probes, invariants, and the search for card data."""

from __future__ import annotations

from simulator.scenarios.vocabulary import Vocabulary


def register(vocabulary: Vocabulary) -> None:
    from tests.vocabulary.payment import fixtures, invariants, leaks, probes, webhooks

    vocabulary.workflow("payment", "PaymentWorkflow")
    fixtures.register(vocabulary)
    probes.register(vocabulary)
    invariants.register(vocabulary)
    leaks.register(vocabulary)
    webhooks.register(vocabulary)
