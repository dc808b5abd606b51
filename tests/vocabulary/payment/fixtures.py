"""`given` of payment scenarios: the provider, the merchant, the world around them."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from simulator.aws.http import HttpAnswer, HttpCall
from simulator.errors import UsageError
from simulator.scenarios.durations import parse_duration
from simulator.scenarios.vocabulary import Vocabulary, World
from tests.vocabulary.payment.provider import PROFILES, URL, FakeProvider
from tests.vocabulary.payment.records import messages_in
from tests.vocabulary.tables import items


def register(vocabulary: Vocabulary) -> None:
    @vocabulary.prepare
    def _world(world: World) -> None:
        fake = world.notes["provider"] = FakeProvider()
        world.notes["codes_at_capture"] = []

        def answer(call: HttpCall) -> HttpAnswer:
            if call.url.endswith("/captures"):
                # Throughout, not only at the end: no code is left once an authorisation is known.
                captured = call.headers.get("idempotency-key", "").partition(":")[0]
                told = {message["payment_id"] for message in messages_in(world, "CleanupQueue")}
                world.notes["codes_at_capture"] += [
                    item
                    for item in items(world, "SadCache")
                    if item["payment_id"] == captured and captured not in told
                ]
            return fake.answer(call)

        world.simulation.cloud.endpoint(f"{URL}/", answer)
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

    @vocabulary.fixture("retry_policy")
    def _policy(world: World, value: Any) -> None:
        if unknown := sorted(set(value) - {"max_attempts", "window_days"}):
            raise UsageError(f"retry_policy knows no {', '.join(unknown)}")
        if "max_attempts" in value:
            world.environment("MAX_ATTEMPTS", str(value["max_attempts"]))
        if "window_days" in value:
            world.environment("RETRY_WINDOW_DAYS", str(value["window_days"]))

    @vocabulary.fixture("await_customer_action_timeout")
    def _patience(world: World, value: Any) -> None:
        seconds = int(parse_duration(value).total_seconds())
        world.environment("ACTION_SECONDS", str(seconds))

    @vocabulary.fixture("velocity_limit_per_hour")
    def _limit(world: World, value: Any) -> None:
        world.environment("VELOCITY_LIMIT", str(value))

    @vocabulary.fixture("prior_attempts_same_fingerprint_last_hour")
    def _earlier(world: World, value: Any) -> None:
        _tried_before(world, int(value))

    @vocabulary.prepare
    def _stock(world: World) -> None:
        """`fulfilment` of a request is what the shop has; the customer cannot send it."""
        for step in world.scenario.steps:
            body = step.body.get("body")
            if isinstance(body, dict) and "fulfilment" in body and "order_id" in body:
                order = {
                    "order_id": {"S": str(body["order_id"])},
                    "fulfilment": {"S": str(body.pop("fulfilment"))},
                }
                with world.simulation.cloud.calling("scenario"):
                    world.client("dynamodb").put_item(
                        TableName=world.resource("Orders"), Item=order
                    )


def _tried_before(world: World, count: int) -> None:
    """Payments with the scenario's card, evenly over the last 55 minutes."""
    bodies: list[Any] = [step.body.get("body") for step in world.scenario.steps]
    cards = [body["card"] for body in bodies if isinstance(body, dict) and "card" in body]
    if not cards:
        raise UsageError("prior_attempts_same_fingerprint_last_hour needs a step that sends a card")
    with world.simulation.cloud.calling("scenario"):
        made = world.client("kms").generate_mac(
            KeyId=world.resource("FingerprintKey"),
            MacAlgorithm="HMAC_SHA_256",
            Message=cards[0]["number"].encode(),
        )["Mac"]
        for number in range(count):
            at = world.now - timedelta(minutes=55) * (number + 1) / (count + 1)
            moment = f"{at.isoformat(timespec='microseconds')}#pay_earlier{number}"
            item = {
                "subject": {"S": base64.b64encode(made).decode()},
                "moment": {"S": moment},
                "expires_at": {"N": str(int((at + timedelta(days=1)).timestamp()))},
            }
            world.client("dynamodb").put_item(TableName=world.resource("Velocity"), Item=item)
