"""Routes, both payload formats, tokens, and what a function's answer becomes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from simulator.sources.http import (
    ApiContext,
    HttpRequest,
    HttpResponse,
    Kind,
    claims,
    from_lambda,
    http_event,
    internal_error,
    match_route,
    not_found,
    rest_event,
    unauthorized,
)
from simulator.values import Json

NOW = datetime(2026, 3, 4, 10, 7, 30, tzinfo=UTC)
REQUEST = HttpRequest(
    "post",
    "/payments/p%201",
    {"Authorization": "Bearer x"},
    {"a": ["1", "2"], "b": "x y"},
    {"amount": 5},
)
CONTEXT = ApiContext(
    resource="/payments/{id}",
    path_parameters={"id": "p 1"},
    account="111122223333",
    region="us-east-1",
    api_id="api",
    stage="prod",
    now=NOW,
    request_id="r-1",
    claims={"sub": "c-1", "groups": ["a", "b"]},
    method="POST",
)
ERROR: Json = {"message": "Internal server error"}
JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str


ROUTES = [
    Route("ANY", "$default"),
    Route("GET", "/{proxy+}"),
    Route("GET", "/payments/{id}"),
    Route("GET", "/payments/open"),
    Route("ANY", "/payments/open"),
    Route("POST", "/payments/{id}/refunds"),
    Route("GET", "/"),
]


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/payments/open", (ROUTES[3], {})),
        ("PUT", "/payments/open", (ROUTES[4], {})),
        ("get", "/payments/a%2Fb?x=1", (ROUTES[2], {"id": "a/b"})),
        ("GET", "/payments/", (ROUTES[1], {"proxy": "payments"})),
        ("GET", "/a/b/c", (ROUTES[1], {"proxy": "a/b/c"})),
        ("POST", "/payments/7/refunds", (ROUTES[5], {"id": "7"})),
        ("DELETE", "/payments/7", (ROUTES[0], {})),
        ("GET", "/", (ROUTES[6], {})),
    ],
)
def test_the_most_specific_route_wins(
    method: str, path: str, found: tuple[Route, dict[str, str]]
) -> None:
    assert match_route(ROUTES, method, path) == found


def test_without_a_default_route_a_path_may_lead_nowhere() -> None:
    assert match_route(ROUTES[2:], "GET", "/refunds") is None
    assert match_route(ROUTES[1:2], "GET", "/") is None


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Bearer <test-jwt sub=x groups=a,b>", {"sub": "x", "groups": ["a", "b"]}),
        ("bearer <test-jwt>", {}),
        ("Bearer eyJhbGciOiJub25lIn0", None),
        ("Bearer <test-jwt sub>", None),
        ("", None),
        (None, None),
    ],
)
def test_a_test_token_carries_claims(header: str | None, found: dict[str, Json] | None) -> None:
    assert claims(header) == found


def test_the_event_of_a_rest_api() -> None:
    assert rest_event(REQUEST, CONTEXT) == {
        "resource": "/payments/{id}",
        "path": "/payments/p%201",
        "httpMethod": "POST",
        "headers": {"Authorization": "Bearer x", "content-type": "application/json"},
        "multiValueHeaders": {"Authorization": ["Bearer x"], "content-type": ["application/json"]},
        "queryStringParameters": {"a": "2", "b": "x y"},
        "multiValueQueryStringParameters": {"a": ["1", "2"], "b": ["x y"]},
        "pathParameters": {"id": "p 1"},
        "stageVariables": None,
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "api",
            "domainName": "api.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "api",
            "extendedRequestId": "r-1",
            "httpMethod": "POST",
            "identity": {"sourceIp": "203.0.113.10", "userAgent": "simulator"},
            "path": "/prod/payments/p%201",
            "protocol": "HTTP/1.1",
            "requestId": "r-1",
            "requestTime": "04/Mar/2026:10:07:30 +0000",
            "requestTimeEpoch": 1772618850000,
            "resourcePath": "/payments/{id}",
            "stage": "prod",
            "authorizer": {"claims": {"sub": "c-1", "groups": "a,b"}},
        },
        "body": '{"amount":5}',
        "isBase64Encoded": False,
    }


def test_what_is_not_there_is_null_in_format_1_and_absent_in_format_2() -> None:
    bare = HttpRequest("GET", "/")
    context = replace(CONTEXT, resource="/", path_parameters={}, claims=None, method="GET")
    rest, http = rest_event(bare, context), http_event(bare, context)
    assert isinstance(rest, dict)
    assert isinstance(http, dict)
    assert [name for name, value in rest.items() if value is None] == [
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "body",
    ]
    assert list(http) == [
        "version",
        "routeKey",
        "rawPath",
        "rawQueryString",
        "headers",
        "requestContext",
        "isBase64Encoded",
    ]


def test_the_event_of_an_http_api() -> None:
    request = replace(REQUEST, headers={**REQUEST.headers, "Cookie": "a=1; b=2"})
    assert http_event(request, CONTEXT) == {
        "version": "2.0",
        "routeKey": "POST /payments/{id}",
        "rawPath": "/prod/payments/p%201",
        "rawQueryString": "a=1&a=2&b=x%20y",
        "cookies": ["a=1", "b=2"],
        "headers": {"authorization": "Bearer x", "content-type": "application/json"},
        "queryStringParameters": {"a": "1,2", "b": "x y"},
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "api",
            "authorizer": {
                "jwt": {"claims": {"sub": "c-1", "groups": "[a b]"}, "scopes": None}
            },
            "domainName": "api.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "api",
            "http": {
                "method": "POST",
                "path": "/prod/payments/p%201",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.10",
                "userAgent": "simulator",
            },
            "requestId": "r-1",
            "routeKey": "POST /payments/{id}",
            "stage": "prod",
            "time": "04/Mar/2026:10:07:30 +0000",
            "timeEpoch": 1772618850000,
        },
        "pathParameters": {"id": "p 1"},
        "body": '{"amount":5}',
        "isBase64Encoded": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("result", "kind", "response"),
    [
        ({"statusCode": 201, "body": '{"id":1}'}, "REST", HttpResponse(201, JSON, {"id": 1})),
        (
            {"statusCode": "204", "headers": {"X-A": 1, "x-no": None}, "multiValueHeaders": {"x-a": ["1", "2"]}},
            "REST",
            HttpResponse(204, {"x-a": "1, 2", **JSON}, ""),
        ),
        (
            {"statusCode": 200, "body": "aGk=", "isBase64Encoded": True, "cookies": ["a=1"]},
            "HTTP",
            HttpResponse(200, {"set-cookie": "a=1", "content-type": "text/plain"}, "hi"),
        ),
        ({"id": 1}, "HTTP", HttpResponse(200, JSON, {"id": 1})),
        ("hello", "HTTP", HttpResponse(200, JSON, "hello")),
        ({"id": 1}, "REST", HttpResponse(502, JSON, ERROR)),
        (None, "REST", HttpResponse(502, JSON, ERROR)),
        ({"statusCode": 200, "body": {"id": 1}}, "REST", HttpResponse(502, JSON, ERROR)),
        ({"statusCode": "ok"}, "HTTP", HttpResponse(500, JSON, ERROR)),
        ({"statusCode": 7}, "HTTP", HttpResponse(500, JSON, ERROR)),
        ({"statusCode": 200, "headers": []}, "REST", HttpResponse(502, JSON, ERROR)),
        ({"statusCode": 200, "headers": {"a": [1]}}, "REST", HttpResponse(502, JSON, ERROR)),
        ({"statusCode": 200, "multiValueHeaders": {"a": "1"}}, "REST", HttpResponse(502, JSON, ERROR)),
        (
            {"statusCode": 200, "body": "?", "isBase64Encoded": True},
            "REST",
            HttpResponse(502, JSON, ERROR),
        ),
    ],
)  # fmt: skip
def test_an_answer_becomes_a_response(result: Json, kind: Kind, response: HttpResponse) -> None:
    assert from_lambda(result, kind) == response


def test_a_failed_function_is_never_a_success() -> None:
    error: Json = {"errorMessage": "no", "errorType": "ValueError"}
    assert from_lambda(error, "HTTP", failed=True) == internal_error("HTTP")
    assert from_lambda(error, "HTTP", payload_version="1.0") == internal_error("HTTP")


def test_the_apis_own_refusals() -> None:
    assert unauthorized() == HttpResponse(401, JSON, {"message": "Unauthorized"})
    assert not_found("REST") == HttpResponse(403, JSON, {"message": "Missing Authentication Token"})
    assert not_found("HTTP") == HttpResponse(404, JSON, {"message": "Not Found"})


def test_headers_are_found_in_any_case() -> None:
    assert REQUEST.header("authorization") == "Bearer x"
    assert unauthorized().header("Content-Type") == "application/json"
    assert unauthorized().header("x-none") is None
