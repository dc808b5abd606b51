"""API Gateway: routes, the events of both payload formats, and what an answer becomes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol, TypeVar
from urllib.parse import quote, unquote, urlencode

from simulator.values import Json, compact, parse_json

Kind = Literal["REST", "HTTP"]

_TOKEN = re.compile(r"(?i:bearer) <test-jwt(?P<claims>(?: [^ =>]+=[^ >]*)*)>")
_STATUSES = range(100, 600)
SOURCE_IP = "203.0.113.10"  # RFC 5737: addresses for examples
USER_AGENT = "simulator"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """`query` values are texts, or lists of texts for a name that is given several times."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str | list[str]] = field(default_factory=dict)
    body: Json = None  # a text is sent as it is, anything else as JSON

    @property
    def text(self) -> str | None:
        return self.body if self.body is None or isinstance(self.body, str) else compact(self.body)

    def header(self, name: str) -> str | None:
        return _find(self.headers, name)

    @property
    def all_headers(self) -> dict[str, str]:
        """The given ones, and the content type a client adds to JSON."""
        headers = dict(self.headers)
        if self.body is not None and _find(headers, "content-type") is None:
            headers["content-type"] = "application/json"
        return headers

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [
            (name, value)
            for name, given in self.query.items()
            for value in (given if isinstance(given, list) else [given])
        ]


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """`body` is the value when it is JSON, otherwise the text."""

    status: int
    headers: Mapping[str, str]
    body: Json

    def header(self, name: str) -> str | None:
        return _find(self.headers, name)


@dataclass(frozen=True, slots=True)
class ApiContext:
    """What the API itself adds to a request: who it is, when, and as which route."""

    method: str  # the route's, which may be ANY
    resource: str  # the route's path: "/payments/{id}"
    path_parameters: Mapping[str, str]
    account: str
    region: str
    api_id: str
    stage: str
    now: datetime
    request_id: str
    claims: Mapping[str, Json] | None  # None where the route has no authorizer

    @property
    def domain(self) -> str:
        return f"{self.api_id}.execute-api.{self.region}.amazonaws.com"


class _HasPath(Protocol):
    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...


RouteT = TypeVar("RouteT", bound=_HasPath)


def _find(headers: Mapping[str, str], name: str) -> str | None:
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), None)


# --- routes ---------------------------------------------------------------------------------------


def match_route(
    routes: Iterable[RouteT], method: str, path: str
) -> tuple[RouteT, dict[str, str]] | None:
    """The most specific route for a request, and its path parameters.

    AWS: literal segments win over parameters, those over greedy ones, and $default comes last; a
    method wins over ANY (docs).
    """
    best: tuple[tuple[tuple[int, ...], bool], RouteT, dict[str, str]] | None = None
    for route in routes:
        if route.method not in ("ANY", method.upper()):
            continue
        found = _match_path(route.path, path)
        if found is None:
            continue
        rank = (found[0], route.method == "ANY")
        if best is None or rank < best[0]:
            best = (rank, route, found[1])
    return (best[1], best[2]) if best else None


def _match_path(template: str, path: str) -> tuple[tuple[int, ...], dict[str, str]] | None:
    if template == "$default":
        return (3,), {}
    wanted = template.strip("/").split("/")
    given = path.partition("?")[0].strip("/").split("/")
    ranks: list[int] = []
    parameters: dict[str, str] = {}
    for index, segment in enumerate(wanted):
        if segment.startswith("{") and segment.endswith("+}"):
            rest = "/".join(given[index:])
            if not rest:
                return None
            parameters[segment[1:-2]] = unquote(rest)
            return (*ranks, 2), parameters
        if index >= len(given):
            return None
        if segment.startswith("{") and segment.endswith("}"):
            if not given[index]:
                return None
            parameters[segment[1:-1]] = unquote(given[index])
            ranks.append(1)
        elif segment == given[index]:
            ranks.append(0)
        else:
            return None
    return (tuple(ranks), parameters) if len(wanted) == len(given) else None


def claims(header: str | None) -> dict[str, Json] | None:
    """The claims of `Bearer <test-jwt sub=cus-1 groups=a,b>`, or None when it is no such token.

    A value with commas is a list.
    """
    match = _TOKEN.fullmatch(header.strip()) if header else None
    if match is None:
        return None
    found: dict[str, Json] = {}
    for item in match["claims"].split():
        name, _, value = item.partition("=")
        found[name] = list(value.split(",")) if "," in value else value
    return found


# --- events ---------------------------------------------------------------------------------------


def rest_event(request: HttpRequest, call: ApiContext) -> Json:
    """Payload format 1.0: REST APIs, and HTTP APIs that ask for it. null where there is nothing."""
    headers = request.all_headers
    query = dict(request.pairs)
    several: dict[str, list[Json]] = {}
    for name, value in request.pairs:
        several.setdefault(name, []).append(value)
    context: dict[str, Json] = {
        "accountId": call.account,
        "apiId": call.api_id,
        "domainName": call.domain,
        "domainPrefix": call.api_id,
        "extendedRequestId": call.request_id,
        "httpMethod": request.method.upper(),
        "identity": {
            "sourceIp": SOURCE_IP,
            "userAgent": request.header("user-agent") or USER_AGENT,
        },
        "path": f"/{call.stage}{request.path}" if call.stage else request.path,
        "protocol": "HTTP/1.1",
        "requestId": call.request_id,
        "requestTime": _common_log_time(call.now),
        "requestTimeEpoch": _milliseconds(call.now),
        "resourcePath": call.resource,
        "stage": call.stage,
    }
    if call.claims is not None:
        context["authorizer"] = {"claims": _as_texts(call.claims, "{}", ",")}
    return {
        "resource": call.resource,
        "path": request.path,
        "httpMethod": request.method.upper(),
        "headers": dict(headers) or None,
        "multiValueHeaders": {name: [value] for name, value in headers.items()} or None,
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": dict(several) or None,
        "pathParameters": dict(call.path_parameters) or None,
        "stageVariables": None,
        "requestContext": context,
        "body": request.text,
        "isBase64Encoded": False,
    }


def http_event(request: HttpRequest, call: ApiContext) -> Json:
    """Payload format 2.0: what is not there has no key; names of headers are in lower case."""
    method = request.method.upper()
    key = "$default" if call.resource == "$default" else f"{call.method} {call.resource}"
    staged = call.stage not in ("", "$default")
    raw_path = f"/{call.stage}{request.path}" if staged else request.path
    headers = {name.lower(): value for name, value in request.all_headers.items()}
    cookies = headers.pop("cookie", None)
    context: dict[str, Json] = {"accountId": call.account, "apiId": call.api_id}
    if call.claims is not None:
        texts = _as_texts(call.claims, "[{}]", " ")
        context["authorizer"] = {"jwt": {"claims": texts, "scopes": None}}
    context |= {
        "domainName": call.domain,
        "domainPrefix": call.api_id,
        "http": {
            "method": method,
            "path": raw_path,
            "protocol": "HTTP/1.1",
            "sourceIp": SOURCE_IP,
            "userAgent": headers.get("user-agent", USER_AGENT),
        },
        "requestId": call.request_id,
        "routeKey": key,
        "stage": call.stage or "$default",
        "time": _common_log_time(call.now),
        "timeEpoch": _milliseconds(call.now),
    }
    event: dict[str, Json] = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": raw_path,
        "rawQueryString": urlencode(request.pairs, quote_via=quote),
    }
    if cookies is not None:
        event["cookies"] = [item.strip() for item in cookies.split(";")]
    event["headers"] = dict(headers)
    if request.pairs:
        joined: dict[str, Json] = {}
        for name, value in request.pairs:
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        event["queryStringParameters"] = joined
    event["requestContext"] = context
    if call.path_parameters:
        event["pathParameters"] = dict(call.path_parameters)
    if request.text is not None:
        event["body"] = request.text
    event["isBase64Encoded"] = False
    return event


def _as_texts(given: Mapping[str, Json], form: str, separator: str) -> Json:
    """AWS: claims are texts; a list is "a,b" in format 1.0 and "[a b]" in 2.0 (docs)."""
    texts: dict[str, Json] = {}
    for name, value in given.items():
        if isinstance(value, list):
            texts[name] = form.replace("{}", separator.join(str(item) for item in value))
        else:
            texts[name] = value if isinstance(value, str) else compact(value)
    return texts


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _common_log_time(now: datetime) -> str:
    moment = now.astimezone(UTC)
    return f"{moment:%d}/{_MONTHS[moment.month - 1]}/{moment:%Y:%H:%M:%S} +0000"


def _milliseconds(now: datetime) -> int:
    return round(now.timestamp() * 1000)


# --- answers --------------------------------------------------------------------------------------


def internal_error(kind: Kind) -> HttpResponse:
    """AWS: a function that fails or answers nonsense is 502 in REST APIs, 500 in HTTP APIs."""
    status = 502 if kind == "REST" else 500
    return HttpResponse(status, _JSON_HEADERS, {"message": "Internal server error"})


def unauthorized() -> HttpResponse:
    """AWS: no token, or none that can be verified."""
    return HttpResponse(401, _JSON_HEADERS, {"message": "Unauthorized"})


def not_found(kind: Kind) -> HttpResponse:
    """AWS: no route. A REST API answers as if the credentials were missing (docs)."""
    if kind == "REST":
        return HttpResponse(403, _JSON_HEADERS, {"message": "Missing Authentication Token"})
    return HttpResponse(404, _JSON_HEADERS, {"message": "Not Found"})


_JSON_HEADERS = {"content-type": "application/json"}


def from_lambda(
    result: Json, kind: Kind, *, payload_version: str = "2.0", failed: bool = False
) -> HttpResponse:
    """The answer a client sees. `failed`: the function raised, and `result` is its error.

    AWS: format 2.0 of HTTP APIs takes any value without statusCode for the body of a 200 (docs).
    """
    if failed:
        return internal_error(kind)
    infers = kind == "HTTP" and payload_version == "2.0"
    if not isinstance(result, dict) or "statusCode" not in result:
        if not infers:
            return internal_error(kind)
        plain = result if isinstance(result, str) else compact(result)
        return HttpResponse(200, _JSON_HEADERS, _value(plain))
    status = _status(result["statusCode"])
    headers = _headers(result)
    text = _body(result)
    if status is None or headers is None or text is None:
        return internal_error(kind)
    if _find(headers, "content-type") is None:
        # AWS: a REST API says JSON, an HTTP API says text (docs).
        headers["content-type"] = "application/json" if kind == "REST" else "text/plain"
    return HttpResponse(status, headers, _value(text))


def _status(value: Json) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    right = isinstance(value, int) and not isinstance(value, bool) and value in _STATUSES
    return value if right and isinstance(value, int) else None


def _headers(result: Mapping[str, Json]) -> dict[str, str] | None:
    """Both kinds of headers and cookies together, or None when they are malformed."""
    found: dict[str, str] = {}
    single = result.get("headers")
    several = result.get("multiValueHeaders")
    if not isinstance(single, dict | None) or not isinstance(several, dict | None):
        return None
    for name, value in (single or {}).items():
        if isinstance(value, dict | list):
            return None
        if value is not None:
            found[name] = value if isinstance(value, str) else compact(value)
    for name, values in (several or {}).items():
        if not isinstance(values, list):
            return None
        # AWS: the header of several values wins over its namesake (docs).
        found = {key: value for key, value in found.items() if key.lower() != name.lower()}
        found[name] = ", ".join(str(value) for value in values)
    cookies = result.get("cookies")
    if isinstance(cookies, list):
        found["set-cookie"] = ", ".join(str(cookie) for cookie in cookies)
    return found


def _body(result: Mapping[str, Json]) -> str | None:
    """The text, or None when it is malformed: an object is no body, it must be written out."""
    body = result.get("body")
    if body is None:
        return ""
    if not isinstance(body, str):
        return None if isinstance(body, dict | list) else compact(body)
    if result.get("isBase64Encoded") is True:
        try:
            return base64.b64decode(body, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return None
    return body


def _value(text: str) -> Json:
    try:
        return parse_json(text)
    except ValueError:
        return text
