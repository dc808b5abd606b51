"""http.client and urllib.request meet the stand-ins; nothing else leaves the process."""

import http.client
import json
import socket
import urllib.request
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError

import pytest

from simulator.aws.cloud import Cloud
from simulator.aws.faults import Fault, FunctionKilled
from simulator.aws.http import HttpAnswer
from simulator.errors import UsageError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BANK = "https://bank.example"


@pytest.fixture
def cloud():
    with Cloud("111122223333", "us-east-1", lambda: NOW) as made:
        yield made


def echo(call):
    told = {
        "method": call.method,
        "url": call.url,
        "body": call.body.decode(),
        "key": call.headers.get("idempotency-key"),
        "caller": call.caller,
    }
    return HttpAnswer(201, {"content-type": "application/json"}, json.dumps(told).encode())


def slow(seconds):
    return lambda _call: HttpAnswer(200, {}, b"late", timedelta(seconds=seconds))


@pytest.mark.parametrize("origin", [BANK, "http://bank.example", "https://bank.example:8443"])
def test_urllib_request_is_answered_by_the_stand_in(cloud, origin):
    cloud.endpoint(origin, echo)
    asked = urllib.request.Request(
        f"{origin}/v1/charges?dry=1", b"{}", {"Idempotency-Key": "k"}, method="PUT"
    )
    with cloud.calling("Settle"), urllib.request.urlopen(asked) as got:
        answer = json.loads(got.read())

    assert (got.status, got.reason, got.headers["content-type"]) == (
        201,
        "Created",
        "application/json",
    )
    assert answer == {
        "method": "PUT",
        "url": f"{origin}/v1/charges?dry=1",
        "body": "{}",
        "key": "k",
        "caller": "Settle",
    }


def test_http_client_is_answered_by_the_stand_in(cloud):
    cloud.endpoint(BANK, echo)
    connection = http.client.HTTPSConnection("bank.example")
    answers = []
    for path in ("/a", "/b"):
        connection.request("GET", path)
        answers.append(json.loads(connection.getresponse().read())["url"])
    connection.close()

    assert answers == [f"{BANK}/a", f"{BANK}/b"]


def test_a_refusal_of_the_provider_is_urllibs_own_error(cloud):
    cloud.endpoint(BANK, lambda _call: HttpAnswer(402, {}, b"declined"))

    with pytest.raises(HTTPError) as caught:
        urllib.request.urlopen(BANK)

    assert (caught.value.code, caught.value.read()) == (402, b"declined")
    caught.value.close()


def test_an_answer_without_a_body_ends(cloud):
    cloud.endpoint(BANK, lambda _call: HttpAnswer(204))

    with urllib.request.urlopen(BANK) as got:
        assert (got.status, got.read()) == (204, b"")


def test_the_delay_of_an_answer_is_virtual_time_of_the_function(cloud):
    cloud.endpoint(BANK, slow(3))

    with cloud.running("Authorize") as running, urllib.request.urlopen(BANK, timeout=5):
        assert datetime.now(UTC) == NOW + timedelta(seconds=3)

    assert running.took == timedelta(seconds=3)


def test_an_answer_later_than_the_timeout_is_a_timeout_after_that_time(cloud):
    cloud.endpoint(BANK, slow(30))

    with cloud.running("Authorize") as running:
        with pytest.raises(TimeoutError, match="timed out"):
            urllib.request.urlopen(BANK, timeout=2)
        assert running.took == timedelta(seconds=2)


def test_a_function_can_die_right_after_the_provider_has_answered(cloud):
    cloud.endpoint(BANK, echo)
    cloud.inject(Fault(function="Authorize", kill="after_provider_reply"))

    with cloud.running("Authorize"), pytest.raises(FunctionKilled):
        urllib.request.urlopen(BANK)


def test_a_host_without_stand_in_is_refused_and_the_refusal_is_remembered(cloud):
    with cloud.calling("Authorize"), pytest.raises(UsageError) as caught:
        urllib.request.urlopen("https://elsewhere.example/a?b=1")

    assert str(caught.value).startswith(
        "Authorize asks GET https://elsewhere.example/a?b=1, and nothing stands for that host"
    )
    assert cloud.unsupported == [caught.value]


@pytest.mark.parametrize(
    ("leave", "place"),
    [
        (lambda: socket.create_connection(("db.example", 5432)), "db.example:5432"),
        (lambda: socket.getaddrinfo("db.example", 80), "db.example:80"),
        (lambda: http.client.HTTPConnection("db.example").connect(), "db.example:80"),
    ],
)
def test_nothing_else_leaves_the_process(cloud, leave, place):
    with cloud.calling("Authorize"), pytest.raises(UsageError) as caught:
        leave()

    assert str(caught.value).startswith(f"Authorize opens a connection to {place}; nothing outside")
    assert cloud.unsupported == [caught.value]


@pytest.mark.usefixtures("cloud")
def test_a_socket_that_knows_its_address_is_stopped_too():
    with socket.socket() as made, pytest.raises(UsageError, match=r"203\.0\.113\.1:80"):
        made.connect(("203.0.113.1", 80))


def test_sockets_within_the_machine_are_left_alone(cloud, tmp_path):
    with socket.socket(socket.AF_UNIX) as made, pytest.raises(FileNotFoundError):
        made.connect(str(tmp_path / "none"))

    assert cloud.unsupported == []


def test_after_the_world_the_network_is_as_before():
    with Cloud("111122223333", "us-east-1", lambda: NOW):
        pass
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = http.client.HTTPConnection(*server.getsockname())
        connection.request("GET", "/")
        with server.accept()[0] as asked:
            assert asked.recv(5) == b"GET /"
            asked.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            assert connection.getresponse().status == 204
        connection.close()
