"""Reports: two accounts, the payments that one of them knows, and what the other may see."""

from __future__ import annotations

from simulator.scenarios.vocabulary import Vocabulary


def register(vocabulary: Vocabulary) -> None:
    from tests.vocabulary.reporting import fixtures, invariants, probes

    vocabulary.workflow("report", None)
    fixtures.register(vocabulary)
    probes.register(vocabulary)
    invariants.register(vocabulary)
