"""HTTP Tasks and API Gateway: http:invoke and apigateway:invoke."""

from __future__ import annotations

import base64
import http
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from simulator.aws.connections import Connection, connection_of
from simulator.aws.http import HttpAnswer, TooLate, exchange
from simulator.engine.ports import Failure, Pending, Success, TaskCall, TaskResult
from simulator.tasks.refusals import not_startable
from simulator.tasks.world import World
from simulator.values import Json, compact, parse_json

LIMIT: Final = timedelta(seconds=60)  # AWS: an HTTP Task waits no longer (docs)
METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"})
_FORM: Final = "application/x-www-form-urlencoded"
# AWS: headers that an HTTP Task may not set (docs).
RESERVED: Final = frozenset(
    {
        "a-im", "accept-charset", "accept-datetime", "accept-encoding", "authorization",
        "cache-control", "connection", "content-encoding", "content-md5", "date", "expect",
        "forwarded", "from", "host", "http2-settings", "if-match", "if-modified-since",
        "if-none-match", "if-range", "if-unmodified-since", "max-forwards", "origin", "pragma",
        "proxy-authorization", "referer", "server", "te", "trailer", "transfer-encoding",
        "upgrade", "via", "warning",
    }
)  # fmt: skip
_RESERVED_BEGINNINGS: Final = ("x-forwarded", "x-amz", "x-amzn")
_BINARY: Final = ("application/octet-stream", "image/", "video/", "audio/")
_DENIED: Final = frozenset({401, 407})


@dataclass(slots=True)
class Request:
    """What goes out; header names as they were written."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    query: list[tuple[str, str]] = field(default_factory=list)
    body: Json = None
    text: str | None = None

    @property
    def full_url(self) -> str:
        if not self.query:
            return self.url
        return (
            f"{self.url}{'&' if '?' in self.url else '?'}{urlencode(self.query, quote_via=quote)}"
        )

    def set_header(self, name: str, value: str) -> None:
        """Names are the same whatever their case; the later one wins."""
        for known in [key for key in self.headers if key.lower() == name.lower()]:
            del self.headers[known]
        self.headers[name] = value


class Refused(Exception):
    """The task fails before anything is sent."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.cause)
        self.failure = failure


class HttpTasks:
    """http:invoke, through a connection of EventBridge; the host is a stand-in or the project's API."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tokens: dict[str, str] = {}

    def run(self, call: TaskCall) -> TaskResult:
        """UsageError when nothing stands for the host."""
        try:
            connection = self._connection(call)
            answer = self._send(call, connection, fresh=False)
            if answer.status in _DENIED and connection.kind.startswith("OAUTH"):
                answer = self._send(call, connection, fresh=True)
        except Refused as error:
            return error.failure
        except TooLate:
            return Failure("States.Http.Socket", "Read timed out", LIMIT)
        return self._result(call, answer)

    def _connection(self, call: TaskCall) -> Connection:
        payload = _object(call.payload)
        arn = None
        for name in ("InvocationConfig", "Authentication"):
            arn = arn or _object(payload.get(name)).get("ConnectionArn")
        if not isinstance(arn, str):
            missing = "The field 'Authentication' is required but was missing"
            raise Refused(not_startable(call, missing))
        self._world.cloud.prepare("events")
        found = connection_of(arn)
        if found is None:
            raise _connection_error("ResourceNotFound", f"Connection '{arn}' does not exist.")
        if found.state != "AUTHORIZED":
            raise _connection_error(
                "InvalidConnectionState", f"The connection {arn} is in the state {found.state}."
            )
        return found

    def _send(self, call: TaskCall, connection: Connection, *, fresh: bool) -> HttpAnswer:
        request = self._request(call)
        _add_parameters(request, connection.parameters.get("InvocationHttpParameters"))
        self._authorize(call, request, connection, fresh=fresh)
        _encode(call, request)
        return send(self._world, call, request)

    def _request(self, call: TaskCall) -> Request:
        payload = _object(call.payload)
        url, method = str(payload.get("ApiEndpoint")), str(payload.get("Method")).upper()
        if urlsplit(url).scheme != "https":
            words = "The value of the field 'ApiEndpoint' has an invalid format"
            raise Refused(not_startable(call, words))
        if method not in METHODS:
            words = "The value of the field 'Method' has an invalid format"
            raise Refused(not_startable(call, words))
        request = Request(method, url, body=payload.get("RequestBody"))
        for name, value in _object(payload.get("Headers")).items():
            lowered = name.lower()
            if lowered in RESERVED or lowered.startswith(_RESERVED_BEGINNINGS):
                words = f"The header '{name}' is not supported by Step Functions"
                raise Refused(not_startable(call, words))
            request.set_header(name, ",".join(_texts(value)))
        for name, value in _object(payload.get("QueryParameters")).items():
            request.query += [(name, text) for text in _texts(value)]
        region = self._world.cloud.region
        request.set_header("User-Agent", f"Amazon|StepFunctions|HttpInvoke|{region}")
        request.set_header("Range", "bytes=0-262144")
        request.set_header("Host", urlsplit(url).netloc)
        return request

    def _authorize(
        self, call: TaskCall, request: Request, connection: Connection, *, fresh: bool
    ) -> None:
        parameters = connection.parameters
        if connection.kind == "API_KEY":
            key = parameters["ApiKeyAuthParameters"]
            request.set_header(key["ApiKeyName"], key["ApiKeyValue"])
        elif connection.kind == "BASIC":
            basic = parameters["BasicAuthParameters"]
            pair = f"{basic['Username']}:{basic['Password']}".encode()
            request.set_header("Authorization", f"Basic {base64.b64encode(pair).decode()}")
        else:
            if fresh or connection.arn not in self._tokens:
                self._tokens[connection.arn] = self._token(call, connection)
            request.set_header("Authorization", f"Bearer {self._tokens[connection.arn]}")

    def _token(self, call: TaskCall, connection: Connection) -> str:
        """OAuth's client credentials: a token from the authorization endpoint."""
        given = connection.parameters["OAuthParameters"]
        client = given["ClientParameters"]
        request = Request(
            given["HttpMethod"],
            given["AuthorizationEndpoint"],
            {"Content-Type": _FORM},
            body={
                "grant_type": "client_credentials",
                "client_id": client["ClientID"],
                "client_secret": client["ClientSecret"],
            },
        )
        _add_parameters(request, given.get("OAuthHttpParameters"))
        if request.method == "GET":
            request.query += [(name, str(item)) for name, item in _object(request.body).items()]
            request.body = None
        _encode(call, request)
        answer = send(self._world, call, request)
        body = _parsed(answer)
        token = body.get("access_token") if isinstance(body, dict) else None
        if not 200 <= answer.status < 300 or not isinstance(token, str):
            raise _connection_error(
                "InvalidConnectionState",
                f"The authorization endpoint {given['AuthorizationEndpoint']} gave no access token"
                f" (status {answer.status}).",
            )
        return token

    @staticmethod
    def _result(call: TaskCall, answer: HttpAnswer) -> TaskResult:
        kind = _header(answer.headers, "content-type")
        if answer.body and kind.startswith(_BINARY):
            words = f"The response of the content type '{kind}' cannot be read"
            return Failure("States.Runtime", words, answer.delay)
        output = output_of(answer)
        if not 200 <= answer.status < 300:
            error = f"States.Http.StatusCode.{answer.status}"
            return Failure(error, _text(output["ResponseBody"]), answer.delay)
        return answered(call, output, answer.delay)


class ApiGatewayTasks:
    """apigateway:invoke: the project's own API, or a stand-in for the host."""

    def __init__(self, world: World) -> None:
        self._world = world

    def run(self, call: TaskCall) -> TaskResult:
        """UsageError when nothing stands for the host."""
        payload = _object(call.payload)
        stage, path = str(payload.get("Stage") or ""), str(payload.get("Path") or "")
        parts = [part.strip("/") for part in (stage, path) if part.strip("/")]
        host = str(payload.get("ApiEndpoint"))
        request = Request(
            str(payload.get("Method")).upper(),
            "/".join([f"https://{host}", *parts]),
            body=payload.get("RequestBody"),
        )
        for name, value in _object(payload.get("Headers")).items():
            request.set_header(name, ",".join(_texts(value)))
        for name, value in _object(payload.get("QueryParameters")).items():
            request.query += [(name, text) for text in _texts(value)]
        region = self._world.cloud.region
        request.set_header("User-Agent", f"Amazon|StepFunctions|ApiGateway|{region}")
        _encode(call, request)
        try:
            answer = send(self._world, call, request)
        except TooLate:
            return Failure("ApiGateway.SdkClientException", "Read timed out", LIMIT)
        output = output_of(answer)
        if not 200 <= answer.status < 300:
            # AWS: the cause is the answer's body (recorded).
            body = _text(output["ResponseBody"])
            return Failure(f"ApiGateway.{answer.status}", body, answer.delay)
        return answered(call, output, answer.delay)


def answered(call: TaskCall, output: Json, took: timedelta) -> TaskResult:
    return Success(output, took) if call.token is None else Pending(output, took)


def send(world: World, call: TaskCall, request: Request) -> HttpAnswer:
    """The project's own API answers for its host, a stand-in for any other. Raises TooLate."""
    parts = urlsplit(request.full_url)
    query: dict[str, str | list[str]] = {}
    for name, value in request.query:
        known = query.get(name)
        query[name] = (
            value if known is None else [*([known] if isinstance(known, str) else known), value]
        )
    with world.cloud.calling(call.state):
        reply = world.ask_api(
            parts.netloc, request.method, parts.path, request.headers, query,
            request.body if request.text is None else request.text,
        )  # fmt: skip
        if reply is None:
            limit = LIMIT.total_seconds()
            return exchange(
                world.cloud, request.method, request.full_url, request.headers, request.text, limit
            )
    body = "" if reply.body is None else _text(reply.body)
    return HttpAnswer(reply.status, reply.headers, body.encode())


def output_of(answer: HttpAnswer) -> dict[str, Json]:
    """Headers with arrays, the body as JSON where it is (recorded for API Gateway)."""
    try:
        status = http.HTTPStatus(answer.status).phrase
    except ValueError:
        status = ""
    return {
        "Headers": {name: [value] for name, value in sorted(answer.headers.items())},
        "ResponseBody": _parsed(answer),
        "StatusCode": answer.status,
        "StatusText": status,
    }


def _connection_error(kind: str, cause: str) -> Refused:
    return Refused(Failure(f"Events.ConnectionResource.{kind}", cause))


def _add_parameters(request: Request, given: Any) -> None:
    """What a connection always sends; it wins over the task's own (docs)."""
    more = given if isinstance(given, dict) else {}
    for item in more.get("HeaderParameters") or ():
        request.set_header(item["Key"], item["Value"])
    for item in more.get("QueryStringParameters") or ():
        request.query = [pair for pair in request.query if pair[0] != item["Key"]]
        request.query.append((item["Key"], item["Value"]))
    body = {item["Key"]: item["Value"] for item in more.get("BodyParameters") or ()}
    if body:
        request.body = {**_object(request.body), **body}


def _encode(call: TaskCall, request: Request) -> None:
    """The body as text, and its content type."""
    if request.body is None:
        return
    transform = _object(_object(call.payload).get("Transform"))
    options = _object(transform.get("RequestEncodingOptions"))
    kind = _header(request.headers, "content-type")
    as_form = transform.get("RequestBodyEncoding") == "URL_ENCODED" or kind == _FORM
    if as_form and isinstance(request.body, dict):
        request.text = form(request.body, str(options.get("ArrayFormat", "INDICES")))
        request.set_header("Content-Type", kind or _FORM)
        return
    if isinstance(request.body, str):
        request.text = request.body
        request.set_header("Content-Type", kind or "text/plain")
        return
    request.text = compact(request.body)
    request.set_header("Content-Type", kind or "application/json")


def form(value: dict[str, Json], arrays: str) -> str:
    """URL-encoded pairs; `arrays` is INDICES, REPEAT, COMMAS or BRACKETS (docs)."""
    pairs: list[tuple[str, str]] = []
    for name, item in value.items():
        _pairs(name, item, arrays, pairs)
    return "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in pairs)


def _pairs(name: str, value: Json, arrays: str, out: list[tuple[str, str]]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _pairs(f"{name}[{key}]", item, arrays, out)
    elif not isinstance(value, list):
        out.append((name, _text(value)))
    elif arrays == "COMMAS":
        out.append((name, ",".join(map(_text, value))))
    else:
        for index, item in enumerate(value):
            inner = {"REPEAT": name, "BRACKETS": f"{name}[]"}.get(arrays, f"{name}[{index}]")
            _pairs(inner, item, arrays, out)


def _parsed(answer: HttpAnswer) -> Json:
    text = answer.body.decode("utf-8", "replace")
    if not text:
        return ""
    try:
        return parse_json(text)
    except ValueError:
        return text


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _texts(value: Json) -> list[str]:
    return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]


def _text(value: Json) -> str:
    return value if isinstance(value, str) else compact(value)
