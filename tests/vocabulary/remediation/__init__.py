"""Findings: the fake analyser, fixtures, probes, invariants."""

from __future__ import annotations

from simulator.scenarios.vocabulary import Vocabulary


def register(vocabulary: Vocabulary) -> None:
    pass
