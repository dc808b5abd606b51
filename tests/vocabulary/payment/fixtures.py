"""`given` of payment scenarios: the provider, the merchant, the world around them."""

from __future__ import annotations

from typing import Any

from simulator.errors import UsageError
from simulator.scenarios.durations import parse_duration
from simulator.scenarios.vocabulary import Vocabulary, World
from tests.vocabulary.payment.provider import PROFILES, URL, FakeProvider


def register(vocabulary: Vocabulary) -> None:
    @vocabulary.prepare
    def _world(world: World) -> None:
        fake = world.notes["provider"] = FakeProvider()
        world.simulation.cloud.endpoint(f"{URL}/", fake.answer)
        # Browsers that listen: the frame is in the call's parameters.
        world.simulation.cloud.emulate(
            "apigatewaymanagementapi", "PostToConnection", lambda _call: {}
        )

    @vocabulary.fixture("provider_profile")
    def _profile(world: World, value: Any) -> None:
        if value not in PROFILES:
            raise UsageError(f"provider_profile is one of {', '.join(PROFILES)}, not {value!r}")
        world.notes["provider"].profile = value

    @vocabulary.fixture("provider_script")
    def _script(world: World, value: Any) -> None:
        world.notes["provider"].script = value

    @vocabulary.fixture("merchant_country")
    def _country(world: World, value: Any) -> None:
        world.environment("MERCHANT_COUNTRY", value)

    @vocabulary.fixture("settlement_currency")
    def _currency(world: World, value: Any) -> None:
        world.environment("SETTLEMENT_CURRENCY", value)

    @vocabulary.fixture("card_cache_ttl")
    def _life(world: World, value: Any) -> None:
        seconds = int(parse_duration(value).total_seconds())
        world.environment("CARD_CACHE_SECONDS", str(seconds))
