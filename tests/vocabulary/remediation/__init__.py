"""Findings: the fake analyser, fixtures, probes, invariants."""

from __future__ import annotations

from simulator.scenarios.vocabulary import Vocabulary


def register(vocabulary: Vocabulary) -> None:
    from tests.vocabulary.remediation import fixtures, invariants, permissions, probes

    vocabulary.workflow("finding", "RemediationWorkflow")
    vocabulary.workflow("FindingRemediation", "RemediationWorkflow")
    fixtures.register(vocabulary)
    probes.register(vocabulary)
    invariants.register(vocabulary)
    permissions.register(vocabulary)
