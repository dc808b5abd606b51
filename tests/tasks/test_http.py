"""HTTP Tasks through connections, and API Gateway: what goes out and what comes back."""

from __future__ import annotations

import http.server
import json
import threading
from datetime import timedelta

import pytest

from simulator.aws.http import HttpAnswer
from simulator.errors import UsageError
from simulator.tasks.http import form
from tests.tasks.conftest import ACCOUNT, START, states, task

URL = "https://api.example.com/orders"


def run(world, payload=None):
    execution = world.start("Main", payload or {})
    world.run()
    return execution


def connect(world, kind="API_KEY", **parameters):
    """A connection's ARN."""
    given = parameters or {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "k"}}
    client = world.cloud.client("events")
    return client.create_connection(Name="Con", AuthorizationType=kind, AuthParameters=given)[
        "ConnectionArn"
    ]


class Site:
    """A stand-in that keeps what it is asked."""

    def __init__(self, world, *answers, prefix="https://api.example.com/"):
        self.calls = []
        self.answers = answers or (HttpAnswer(body=b'{"ok":true}'),)
        world.cloud.endpoint(prefix, self)

    def __call__(self, call):
        self.calls.append(call)
        return self.answers[min(len(self.calls), len(self.answers)) - 1]


ASK = task(
    "http:invoke",
    {
        "ApiEndpoint": URL,
        "Method": "GET",
        "InvocationConfig": {"ConnectionArn.$": "$.arn"},
    },
)


def asked(lab, *answers, kind="API_KEY", auth=None, **parameters):
    state = {**ASK, "Parameters": {**ASK["Parameters"], **parameters}}
    world = lab(Main=states(Ask=state))
    arn = connect(world, kind, **(auth or {}))
    site = Site(world, *answers)
    return world, run(world, {"arn": arn}), site


def test_an_http_task_sends_and_gives_what_comes_back(lab):
    answer = HttpAnswer(201, {"content-type": "application/json", "a": "b"}, b'{"id":1}')
    world, done, site = asked(
        lab, answer, Method="POST", RequestBody={"n.$": "$.arn"}, Headers={"X-Own": "1"},
        QueryParameters={"page": 2, "tag": ["a b", "c"]},
    )  # fmt: skip
    assert done.output == {
        "Headers": {"a": ["b"], "content-type": ["application/json"]},
        "ResponseBody": {"id": 1},
        "StatusCode": 201,
        "StatusText": "Created",
    }
    (call,) = site.calls
    assert (call.method, call.url, call.caller) == (
        "POST", f"{URL}?page=2&tag=a%20b&tag=c", "Ask",
    )  # fmt: skip
    assert call.headers == {
        "x-own": "1",
        "x-key": "k",
        "content-type": "application/json",
        "user-agent": "Amazon|StepFunctions|HttpInvoke|us-east-1",
        "range": "bytes=0-262144",
        "host": "api.example.com",
    }
    assert json.loads(call.body) == {"n": world.executions[0].input["arn"]}


@pytest.mark.parametrize(("body", "given"), [(b"plain", "plain"), (b"", ""), (b"[1,2]", [1, 2])])
def test_a_body_that_is_no_json_is_a_text(lab, body, given):
    _, done, _ = asked(lab, HttpAnswer(body=body))
    assert done.output["ResponseBody"] == given


def test_basic_authentication(lab):
    auth = {"BasicAuthParameters": {"Username": "u", "Password": "p"}}
    _, _, site = asked(lab, kind="BASIC", auth=auth)
    assert site.calls[0].headers["authorization"] == "Basic dTpw"


OAUTH = {
    "OAuthParameters": {
        "ClientParameters": {"ClientID": "id", "ClientSecret": "secret"},
        "AuthorizationEndpoint": "https://login.example.com/token",
        "HttpMethod": "POST",
        "OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "all"}]},
    }
}


def oauth(lab, *tokens, answers=()):
    world = lab(Main=states(Ask={**ASK, "ResultPath": "$.a"}, Again={**ASK, "ResultPath": "$.b"}))
    arn = connect(world, "OAUTH_CLIENT_CREDENTIALS", **OAUTH)
    login = Site(world, *tokens, prefix="https://login.example.com/")
    site = Site(world, *answers)
    return run(world, {"arn": arn}), login, site


def token(text):
    return HttpAnswer(body=json.dumps({"access_token": text}).encode())


def test_client_credentials_fetch_one_token_and_keep_it(lab):
    done, login, site = oauth(lab, token("t"))
    assert done.status == "SUCCEEDED"
    assert [call.headers["authorization"] for call in site.calls] == ["Bearer t"] * 2
    (call,) = login.calls
    assert (call.method, call.headers["content-type"], call.body) == (
        "POST", "application/x-www-form-urlencoded",
        b"grant_type=client_credentials&client_id=id&client_secret=secret&scope=all",
    )  # fmt: skip


def test_a_token_that_is_refused_is_fetched_anew(lab):
    done, login, site = oauth(
        lab, token("old"), token("new"), answers=(HttpAnswer(401), HttpAnswer(body=b"{}"))
    )
    assert (done.status, len(login.calls)) == ("SUCCEEDED", 2)
    bearers = [call.headers["authorization"] for call in site.calls]
    assert bearers == ["Bearer old", "Bearer new", "Bearer new"]


def test_an_authorization_endpoint_without_a_token_fails_the_task(lab):
    done, _, site = oauth(lab, HttpAnswer(500, body=b"no"))
    assert done.error == "Events.ConnectionResource.InvalidConnectionState"
    assert site.calls == []


def test_what_the_connection_sends_wins(lab):
    auth = {
        "ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "k"},
        "InvocationHttpParameters": {
            "HeaderParameters": [{"Key": "X-Own", "Value": "theirs"}],
            "QueryStringParameters": [{"Key": "page", "Value": "9"}],
            "BodyParameters": [{"Key": "n", "Value": "theirs"}],
        },
    }
    _, _, site = asked(
        lab, auth=auth, Method="POST", Headers={"x-own": "ours"}, QueryParameters={"page": "1"},
        RequestBody={"n": "ours", "m": 1},
    )  # fmt: skip
    (call,) = site.calls
    assert (call.headers["x-own"], call.url) == ("theirs", f"{URL}?page=9")
    assert json.loads(call.body) == {"n": "theirs", "m": 1}


@pytest.mark.parametrize(
    ("arrays", "text"),
    [
        ("INDICES", "a%5B0%5D=1&a%5B1%5D=2&b%5Bc%5D=x%20y&d=true"),
        ("REPEAT", "a=1&a=2&b%5Bc%5D=x%20y&d=true"),
        ("COMMAS", "a=1%2C2&b%5Bc%5D=x%20y&d=true"),
        ("BRACKETS", "a%5B%5D=1&a%5B%5D=2&b%5Bc%5D=x%20y&d=true"),
    ],
)
def test_bodies_as_forms(lab, arrays, text):
    body = {"a": [1, 2], "b": {"c": "x y"}, "d": True}
    assert form(body, arrays) == text
    _, _, site = asked(
        lab, Method="POST", RequestBody=body, Headers={"Content-Type": "application/x-www-form-urlencoded"},
        Transform={
            "RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": {"ArrayFormat": arrays}
        },
    )  # fmt: skip
    assert site.calls[0].body.decode() == text


@pytest.mark.parametrize("status", [301, 404, 503])
def test_another_status_than_2xx_fails_the_task(lab, status):
    _, done, _ = asked(lab, HttpAnswer(status, body=b'{"why":"so"}'))
    assert (done.error, done.cause) == (f"States.Http.StatusCode.{status}", '{"why":"so"}')


def test_an_answer_takes_its_time_and_after_a_minute_it_is_too_late(lab):
    _, done, _ = asked(lab, HttpAnswer(body=b"1", delay=timedelta(seconds=59)))
    assert (done.status, done.stopped_at) == ("SUCCEEDED", START + timedelta(seconds=59))


def test_after_a_minute_it_is_too_late(lab):
    _, done, _ = asked(lab, HttpAnswer(body=b"1", delay=timedelta(seconds=61)))
    assert (done.error, done.stopped_at) == ("States.Http.Socket", START + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"Headers": {"Authorization": "x"}}, "The header 'Authorization' is not supported"),
        ({"Headers": {"X-Amz-Date": "x"}}, "The header 'X-Amz-Date' is not supported"),
        ({"ApiEndpoint": "http://api.example.com"}, "field 'ApiEndpoint' has an invalid format"),
        ({"Method": "FETCH"}, "field 'Method' has an invalid format"),
    ],
)
def test_requests_that_step_functions_does_not_send(lab, parameters, words):
    _, done, site = asked(lab, **parameters)
    assert (done.error, site.calls) == ("States.Runtime", [])
    assert words in done.cause


@pytest.mark.parametrize("kind", ["image/png", "application/octet-stream"])
def test_binary_answers_cannot_be_read(lab, kind):
    _, done, _ = asked(lab, HttpAnswer(headers={"content-type": kind}, body=b"\x00"))
    assert done.error == "States.Runtime"


def test_a_connection_that_does_not_exist_fails_the_task(lab):
    world = lab(Main=states(Ask=ASK))
    arn = f"arn:aws:events:us-east-1:{ACCOUNT}:connection/None/1"
    done = run(world, {"arn": arn})
    assert (done.error, done.cause) == (
        "Events.ConnectionResource.ResourceNotFound", f"Connection '{arn}' does not exist.",
    )  # fmt: skip


def test_a_host_that_nothing_stands_for_is_said_to_the_developer(lab):
    world = lab(Main=states(Ask=ASK))
    arn = connect(world)
    world.start("Main", {"arn": arn})
    with pytest.raises(
        UsageError, match=r"Ask asks GET https://api\.example\.com/orders, and nothing"
    ):
        world.run()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        answer = json.dumps({"path": self.path, "key": self.headers["x-key"], "got": body.decode()})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_args):
        pass


def test_a_server_on_this_machine_may_answer(lab):
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        state = {
            **ASK, "Parameters": {**ASK["Parameters"], "Method": "POST", "RequestBody": {"a": 1}}
        }  # fmt: skip
        world = lab(Main=states(Ask=state))
        world.cloud.forward("https://api.example.com/", f"http://127.0.0.1:{server.server_port}")
        done = run(world, {"arn": connect(world)})
        assert done.output["ResponseBody"] == {"path": "/orders", "key": "k", "got": '{"a":1}'}
        assert done.stopped_at == START
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_no_other_machine_may_be_asked(lab):
    world = lab(Main=states(Ask=ASK))
    with pytest.raises(UsageError, match=r"only http://127\.0\.0\.1"):
        world.cloud.forward("https://api.example.com/", "http://192.0.2.1")


def test_a_server_that_does_not_answer_is_said_to_the_developer(lab):
    world = lab(Main=states(Ask=ASK))
    world.cloud.forward("https://api.example.com/", "http://127.0.0.1:9")
    world.start("Main", {"arn": connect(world)})
    with pytest.raises(UsageError, match=r"the server at http://127\.0\.0\.1:9 does not answer"):
        world.run()


# -- API Gateway -------------------------------------------------------------------------------------

INVOKE = task(
    "apigateway:invoke",
    {
        "ApiEndpoint": "abc.execute-api.us-east-1.amazonaws.com",
        "Method": "POST",
        "Stage": "prod",
        "Path": "orders/1",
        "Headers": {"custom": ["a", "b"]},
        "QueryParameters": {"q": ["1"]},
        "RequestBody": {"n": 1},
    },
)
HOST = "https://abc.execute-api.us-east-1.amazonaws.com/"


def test_an_api_is_invoked(lab):
    world = lab(Main=states(Call=INVOKE))
    site = Site(
        world, HttpAnswer(200, {"content-type": "application/json"}, b'{"a":1}'), prefix=HOST
    )
    done = run(world)
    assert done.output == {
        "Headers": {"content-type": ["application/json"]},
        "ResponseBody": {"a": 1},
        "StatusCode": 200,
        "StatusText": "OK",
    }
    (call,) = site.calls
    assert (call.method, call.url, json.loads(call.body)) == (
        "POST", f"{HOST}prod/orders/1?q=1", {"n": 1},
    )  # fmt: skip
    assert call.headers["custom"] == "a,b"


def test_an_api_that_refuses_fails_the_task_with_its_answer(lab):
    world = lab(Main=states(Call=INVOKE))
    body = b'{"message":"Missing Authentication Token"}'
    Site(world, HttpAnswer(403, body=body), prefix=HOST)
    done = run(world)
    assert (done.error, done.cause) == ("ApiGateway.403", body.decode())


def test_a_callback_through_an_api_waits_for_its_token(lab):
    state = task(
        "apigateway:invoke.waitForTaskToken",
        {**INVOKE["Parameters"], "Headers": {"token.$": "States.Array($$.Task.Token)"}},
    )
    world = lab(Main=states(Call=state))
    site = Site(world, prefix=HOST)
    execution = world.start("Main", {})
    world.run(until=timedelta(seconds=1))
    assert execution.status == "RUNNING"
    assert site.calls[0].headers["token"] == world.open_tasks()[0].token
