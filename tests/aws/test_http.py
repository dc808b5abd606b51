"""HTTP stand-ins, and the wall around everything else."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import urllib3

from simulator.aws.cloud import Cloud
from simulator.aws.faults import Fault, FunctionKilled
from simulator.aws.http import HttpAnswer, HttpCall
from simulator.errors import UsageError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BANK = "https://bank.example"


@pytest.fixture
def cloud():
    with Cloud("111122223333", "us-east-1", lambda: NOW) as made:
        yield made


def slow(seconds):
    return lambda _call: HttpAnswer(200, {}, b"late", timedelta(seconds=seconds))


def test_a_stand_in_sees_the_request_and_the_caller_its_answer(cloud):
    seen = []

    def answer(call):
        seen.append(call)
        return HttpAnswer(201, {"content-type": "application/json", "x-id": "7"}, b'{"ok": true}')

    cloud.endpoint(BANK, answer)
    with cloud.calling("Authorize"):
        got = urllib3.PoolManager().request(
            "POST", f"{BANK}/v1/charges?dry=1", body=b'{"a":1}', headers={"Idempotency-Key": "k"}
        )

    assert (got.status, json.loads(got.data), got.headers["x-id"]) == (201, {"ok": True}, "7")
    assert [(call.method, call.url, call.body, call.caller, call.at) for call in seen] == [
        ("POST", f"{BANK}/v1/charges?dry=1", b'{"a":1}', "Authorize", NOW)
    ]
    assert seen[0].headers["idempotency-key"] == "k"
    assert [(asked.call, asked.answer, asked.took) for asked in cloud.asked] == [
        (seen[0], answer(seen[0]), timedelta(0))
    ]


@pytest.mark.parametrize("url", [f"{BANK}:8443/x", "http://bank.example/x", "http://localhost/x"])
def test_scheme_and_port_belong_to_the_prefix(cloud, url):
    prefix = url.removesuffix("/x")
    cloud.endpoint(prefix, lambda call: HttpAnswer(body=call.url.encode()))

    assert urllib3.PoolManager().request("GET", url).data == url.encode()


def test_the_longest_prefix_answers(cloud):
    cloud.endpoint(BANK, lambda _call: HttpAnswer(body=b"bank"))
    cloud.endpoint(f"{BANK}/v2", lambda _call: HttpAnswer(body=b"second"))
    pool = urllib3.PoolManager()

    assert [pool.request("GET", f"{BANK}{path}").data for path in ("/v1", "/v2/a")] == [
        b"bank",
        b"second",
    ]


@pytest.mark.parametrize("body", ["text", bytearray(b"text"), [b"te", b"xt"]])
def test_a_body_arrives_as_bytes_however_it_was_given(cloud, body):
    cloud.endpoint(BANK, lambda call: HttpAnswer(body=call.body))

    assert urllib3.PoolManager().request("PUT", BANK, body=body).data == b"text"


def test_another_host_is_refused_and_the_refusal_is_remembered(cloud):
    with cloud.calling("Authorize"), pytest.raises(UsageError) as caught:
        urllib3.PoolManager().request("GET", "https://elsewhere.example/a?b=1")

    assert str(caught.value) == (
        "Authorize asks GET https://elsewhere.example/a?b=1, and nothing stands for that host;"
        " a vocabulary can: world.simulation.cloud.endpoint(prefix, handler)"
    )
    assert cloud.unsupported == [caught.value]


def test_the_delay_of_an_answer_is_virtual_time_of_the_function(cloud):
    cloud.endpoint(BANK, slow(3))

    with cloud.running("Authorize") as running:
        urllib3.PoolManager().request("GET", BANK, timeout=5)
        assert datetime.now(UTC) == cloud.now == NOW + timedelta(seconds=3)

    assert running.took == timedelta(seconds=3)
    assert cloud.now == NOW


@pytest.mark.parametrize(
    "timeout", [2, 2.0, urllib3.Timeout(read=2), urllib3.Timeout(connect=1, read=2)]
)
def test_an_answer_later_than_the_timeout_is_a_timeout_after_that_time(cloud, timeout):
    cloud.endpoint(BANK, slow(30))

    with cloud.running("Authorize") as running:
        with pytest.raises(urllib3.exceptions.ReadTimeoutError, match=r"read timeout=2"):
            urllib3.PoolManager().request("POST", BANK, timeout=timeout)
        assert running.took == timedelta(seconds=2)
    assert [(asked.answer, asked.took) for asked in cloud.asked] == [(None, timedelta(seconds=2))]


def test_the_pools_own_timeout_counts_when_the_request_gives_none(cloud):
    cloud.endpoint(BANK, slow(30))

    with cloud.running("Authorize") as running, pytest.raises(urllib3.exceptions.ReadTimeoutError):
        urllib3.PoolManager(timeout=urllib3.Timeout(total=4)).request("POST", BANK)

    assert running.took == timedelta(seconds=4)


def test_without_a_timeout_the_caller_waits_as_long_as_it_takes(cloud):
    cloud.endpoint(BANK, slow(600))

    with cloud.running("Authorize") as running:
        assert urllib3.PoolManager().request("GET", BANK).data == b"late"

    assert running.took == timedelta(minutes=10)


def test_a_function_that_waits_past_its_own_limit_is_stopped_there(cloud):
    cloud.endpoint(BANK, slow(600))

    with cloud.running("Authorize", timedelta(seconds=10)) as running:
        with pytest.raises(FunctionKilled) as caught:
            urllib3.PoolManager().request("GET", BANK)
        assert caught.value.reason == "timeout"

    assert running.took == timedelta(seconds=10)


def test_a_function_can_die_right_after_the_provider_has_answered(cloud):
    asked = []
    cloud.endpoint(BANK, lambda call: asked.append(call.method) or HttpAnswer())
    cloud.inject(Fault(function="Authorize", kill="after_provider_reply"))

    with cloud.running("Refund"):
        urllib3.PoolManager().request("GET", BANK)
    with cloud.running("Authorize"), pytest.raises(FunctionKilled) as caught:
        urllib3.PoolManager().request("POST", BANK)
    with cloud.running("Authorize"):
        urllib3.PoolManager().request("PUT", BANK)

    assert caught.value.reason == "killed"
    assert asked == ["GET", "POST", "PUT"]


def test_a_function_can_die_right_before_it_asks_the_provider(cloud):
    asked = []
    cloud.endpoint(BANK, lambda call: asked.append(call.method) or HttpAnswer())
    cloud.inject(Fault(function="Authorize", kill="before_provider_call"))

    with cloud.running("Refund"):
        urllib3.PoolManager().request("GET", BANK)
    with cloud.running("Authorize"), pytest.raises(FunctionKilled) as caught:
        urllib3.PoolManager().request("POST", BANK)
    with cloud.running("Authorize"):
        urllib3.PoolManager().request("PUT", BANK)

    assert caught.value.reason == "killed"
    assert asked == ["GET", "PUT"]


def test_requests_goes_through_the_same_door(cloud):
    requests = pytest.importorskip("requests")
    cloud.endpoint(BANK, lambda call: HttpAnswer(402, {}, call.method.encode()))

    got = requests.post(f"{BANK}/pay", json={"a": 1}, timeout=(1, 2))

    assert (got.status_code, got.text) == (402, "POST")


def test_requests_sees_its_own_timeout_exception(cloud):
    requests = pytest.importorskip("requests")
    cloud.endpoint(BANK, slow(30))

    with cloud.running("Authorize") as running:
        with pytest.raises(requests.ReadTimeout):
            requests.get(BANK, timeout=(1, 2))
        assert running.took == timedelta(seconds=2)


def test_a_call_is_a_value():
    made = HttpCall("GET", BANK, {}, b"", "A", NOW)

    assert made == HttpCall("GET", BANK, {}, b"", "A", NOW)
    assert HttpAnswer() == HttpAnswer(200, {}, b"", timedelta(0))
