"""What arrives at a world — events, requests, messages, schedules — reaches what it should."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from simulator.errors import UsageError
from simulator.simulation import Simulation

START = datetime(2026, 1, 1, tzinfo=UTC)


def event(kind, detail):
    return {"source": "shop", "detail-type": kind, "detail": detail}


def bodies(world, queue):
    client = world.cloud.client("sqs")
    url = client.get_queue_url(QueueName=queue)["QueueUrl"]
    found = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in found.get("Messages", [])]


def worked(world):
    return [
        [record["body"] for record in call.payload["Records"]]
        for call in world.lambdas.invocations
        if call.function == "Worker"
    ]


def test_an_event_starts_the_execution_of_the_rule_that_wants_it(world):
    world.publish(event("placed", {"id": "o1", "amount": 5}))
    world.run()
    run = world.executions[0]
    assert (run.workflow, run.status, run.output) == (
        "shop-Order",
        "SUCCEEDED",
        {"id": "o1", "amount": 5, "charged": 5},
    )
    assert world.routed[0].matched == ("shop-OrderPlaced",)


def test_an_event_invokes_a_function_with_the_whole_envelope(world):
    world.publish(event("noted", {"fail": False}))
    world.run()
    (call,) = world.lambdas.invocations
    assert (call.function, call.logs) == ("Note", "noted {'fail': False}\n")
    assert call.payload["source"] == "shop"


def test_an_event_lands_in_a_queue_cut_to_its_input_path(world):
    world.publish(event("parked", {"id": "p1"}))
    world.run()
    assert bodies(world, "shop-Parked") == ['{"id":"p1"}']


def test_an_event_no_rule_wants_tells_the_nearest_miss(world):
    world.publish(event("placed", {"id": "o1", "amount": 0}))
    (routed,) = world.routed
    rule, miss = routed.nearest
    assert (routed.matched, rule, miss.field, miss.actual) == (
        (),
        "shop-OrderPlaced",
        "detail.amount",
        0,
    )


def test_an_asynchronous_invocation_is_tried_three_times(world):
    world.publish(event("noted", {"fail": True}))
    world.run()
    at = [(call.at - world.started_at).total_seconds() for call in world.lambdas.invocations]
    assert at == [0, 60, 180]


def test_without_a_destination_the_event_is_undelivered_and_says_why(world):
    world.publish(event("unkept", {"fail": True}))
    world.run()
    (lost,) = world.targets.undelivered
    assert (lost.source, lost.payload["detail"]) == ("rule shop-NoteUnkept", {"fail": True})
    assert lost.why.startswith("RuntimeError: ")
    assert "note failed" in lost.why


def test_a_request_goes_to_its_function_and_no_route_is_404(world):
    answer = world.request("POST", "/orders", body={"id": "o1", "amount": 5})
    assert (answer.status, answer.body) == (202, {"order_id": "o1"})
    world.run()
    missing = world.request("GET", "/nowhere")
    assert (missing.status, missing.body) == (404, {"message": "Not Found"})
    assert world.responses == [answer, missing]


def test_an_authorizer_refuses_without_a_token_and_hands_over_the_claims_with_one(world):
    assert world.request("GET", "/me").status == 401
    assert world.request("GET", "/me", headers={"Authorization": "Bearer x"}).status == 401
    token = "Bearer <test-jwt sub=cus-1>"
    answer = world.request("GET", "/me", headers={"Authorization": token})
    assert (answer.status, answer.body) == (200, {"sub": "cus-1"})


def test_a_function_that_raises_answers_500(world):
    assert world.request("POST", "/orders", body={"no": "id"}).status == 500


def test_a_name_is_idempotent_while_it_runs_and_taken_afterwards(world):
    def order(amount):
        return world.request("POST", "/orders", body={"id": "o1", "amount": amount}).status

    assert (order(5), order(5), len(world.executions)) == (202, 202, 1)
    assert order(6) == 409  # the same name with another input
    world.run()
    assert (order(5), len(world.executions)) == (409, 1)


def test_a_synchronous_express_execution_answers_with_its_output(world):
    answer = world.request("POST", "/quick", body={"n": 21})
    assert answer.body == {"twice": 42}


def test_a_queue_hands_messages_to_its_function_and_deletes_them(world):
    for text in ("a", "b"):
        world.send_message("shop-Jobs", text)
    world.run()
    assert worked(world) == [["a", "b"]]
    assert bodies(world, "shop-Jobs") == bodies(world, "shop-Dead") == []


def test_only_the_failed_messages_of_a_batch_come_back_and_end_in_the_dead_letter_queue(world):
    for text in ("a", "bad", "c"):
        world.send_message("shop-Jobs", text)
    world.run()
    assert worked(world) == [["a", "bad", "c"], ["bad"]]
    assert (bodies(world, "shop-Jobs"), bodies(world, "shop-Dead")) == ([], ["bad"])
    assert world.now == world.started_at + timedelta(seconds=60, milliseconds=2)


def test_a_function_that_raises_gets_the_whole_batch_again(world):
    for text in ("a", "boom"):
        world.send_message("shop-Jobs", text)
    world.run()
    assert worked(world) == [["a", "boom"], ["a", "boom"]]
    assert sorted(bodies(world, "shop-Dead")) == ["a", "boom"]


def test_a_schedule_fires_by_hand(world):
    world.fire("nightly")
    world.run()
    assert [call.logs for call in world.lambdas.invocations] == ["tick 2026-01-01T00:00:00Z\n"]


def test_an_unknown_schedule_is_refused_with_a_hint(world):
    with pytest.raises(
        UsageError, match=r"no schedule is named 'nightli'; did you mean 'nightly'\?"
    ):
        world.fire("nightli")


def test_automatic_schedules_fire_as_long_as_other_work_lies_ahead(shop):
    with Simulation(shop, start=START, schedules="automatic") as world:
        world.at(START + timedelta(days=2, hours=1), lambda: None)
        world.run()
        days = [(call.at - START).days for call in world.lambdas.invocations]
    assert days in ([0, 1, 2], [1, 2])
