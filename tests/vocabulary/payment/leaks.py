"""The search for card data in everything that comes out of a run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from simulator.scenarios.scanner import Secrets, scan
from simulator.scenarios.vocabulary import Vocabulary, World


def register(vocabulary: Vocabulary) -> None:
    @vocabulary.prepare
    def _mark(world: World) -> None:
        """A marker of this run in the holder's name, so that a copy of it is found anywhere."""
        digest = hashlib.sha256(f"{world.simulation.seed}/{world.scenario.id}".encode()).digest()
        marker = "MARK " + "".join(chr(65 + byte % 26) for byte in digest[:10])
        secrets = set()
        for card in _cards(world):
            card["holder"] = f"{str(card.get('holder', '')).partition(' MARK ')[0]} {marker}"
            secrets.add(str(card.get("number", "")))
            world.notes.setdefault("codes", set()).add(str(card.get("cvv", "")))
        world.notes["secrets"] = {secret for secret in secrets if len(secret) >= 12} | {marker}

    @vocabulary.always
    def _search(world: World) -> Iterator[str]:
        return leaks(world)


def _cards(world: World) -> Iterator[dict[str, Any]]:
    for step in world.scenario.steps:
        body = step.body.get("body")
        card = body.get("card") if isinstance(body, dict) else None
        if isinstance(card, dict):
            yield card


def leaks(world: World) -> Iterator[str]:
    """Where the run's numbers, marker or codes are found, in clear or encoded."""
    codes = frozenset(code for code in world.notes.get("codes", ()) if code)
    secrets = Secrets(frozenset(world.notes["secrets"]), codes)
    return (str(leak) for leak in scan(world.channels(), secrets))
