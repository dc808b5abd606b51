"""What a deployed page needs: it may ask its API and nobody else, people can sign in, its host answers."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.project.template import Template
from tests.template.conftest import EDGE, MAIN, PCI, REPORTING, REPORTS, ROOT, read
from tests.template.test_rows import policy_of


@dataclass(frozen=True)
class Deployed:
    """A page and what it asks: the stack with its API, in its account."""

    template: str
    account: str
    api: str
    origin: str
    paths: frozenset[str]


PAGES = pytest.mark.parametrize(
    "page",
    [
        Deployed(
            MAIN, PCI, "PaymentsApi", "https://pay.example.com",
            frozenset({"/payments", "/payments/{payment_id}"}),
        ),
        Deployed(
            REPORTS, REPORTING, "ReportsApi", "https://reports.example.com",
            frozenset({"/reports/daily"}),
        ),
    ],
    ids=lambda page: page.api,
)  # fmt: skip


@PAGES
def test_only_the_page_may_read_what_its_api_answers(page: Deployed):
    body = read(page.template).of("AWS::ApiGateway::RestApi")[page.api]["Body"]
    for path in page.paths:
        preflight = body["paths"][path]["options"]
        assert "security" not in preflight
        (answer,) = preflight["x-amazon-apigateway-integration"]["responses"].values()
        allowed = answer["responseParameters"]
        assert allowed["method.response.header.Access-Control-Allow-Origin"] == f"'{page.origin}'"
    assert {
        name: found["responseParameters"]
        for name, found in body["x-amazon-apigateway-gateway-responses"].items()
        if name.startswith("DEFAULT_")
    } == {
        name: {"gatewayresponse.header.Access-Control-Allow-Origin": f"'{page.origin}'"}
        for name in ("DEFAULT_4XX", "DEFAULT_5XX")
    }


@PAGES
def test_the_functions_that_pages_ask_answer_to_that_page(page: Deployed):
    stack = read(page.template)
    body = stack.of("AWS::ApiGateway::RestApi")[page.api]["Body"]
    asked = [
        operation["x-amazon-apigateway-integration"]["uri"]
        for path in page.paths
        for method, operation in body["paths"][path].items()
        if method in {"get", "post"}
    ]
    told = {
        name: function["Environment"]["Variables"].get("PAGE_ORIGIN")
        for name, function in stack.of("AWS::Lambda::Function").items()
        if any(str(stack.resources[name]["Name"]) in str(uri) for uri in asked)
    }
    assert len(told) == len(page.paths)
    assert set(told.values()) == {page.origin}


def test_an_answer_names_the_page_that_may_read_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "functions"))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    answers = importlib.import_module("common.answers")
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    monkeypatch.delenv("PAGE_ORIGIN", raising=False)
    plain = {"statusCode": 202, "headers": headers, "body": '{"code": "x"}'}
    assert answers.http_answer(202, {"code": "x"}) == plain
    monkeypatch.setenv("PAGE_ORIGIN", "https://pay.example.com")
    origin = {"Access-Control-Allow-Origin": "https://pay.example.com"}
    assert answers.http_answer(202, {"code": "x"})["headers"] == {**headers, **origin}


@PAGES
def test_people_sign_in_with_a_code_and_come_back_to_the_page_only(page: Deployed):
    (client,) = read(page.template).of("AWS::Cognito::UserPoolClient").values()
    assert client["AllowedOAuthFlows"] == ["code"], "tokens never travel in an address"
    assert client["CallbackURLs"] == [f"{page.origin}/"]
    assert client["GenerateSecret"] is False, "a page keeps no secret; PKCE stands in"


@PAGES
def test_the_stack_tells_its_page_what_to_ask(page: Deployed):
    found = Template.read(ROOT / page.template, {}, page.account, "us-east-1", stack="demo")
    body = found.outputs["PageConfig"]
    config = json.loads(str(body["Value"] if isinstance(body, dict) else body))
    stage = found.parameters["Stage"]
    assert config["api"].startswith("https://")
    assert config["api"].endswith(f".execute-api.us-east-1.amazonaws.com/{stage}")
    (client,) = found.of_type("AWS::Cognito::UserPoolClient")
    host = f"https://demo-{page.account}.auth.us-east-1.amazoncognito.com"
    assert config["sign_in"] == {"host": host, "client": client.physical_id}


def test_the_page_may_ask_its_api_where_people_sign_in_and_nobody_else():
    hosts = {
        "ApiHost": "a.example.com",
        "SignInHost": "s.example.com",
        "SocketHost": "w.example.com",
    }
    (headers,) = read(EDGE, **hosts).of("AWS::CloudFront::ResponseHeadersPolicy").values()
    policy = str(headers["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"])
    assert (
        "connect-src 'self' https://a.example.com https://s.example.com wss://w.example.com;"
        in policy
    )
    assert policy_of(EDGE)["default-src"] == ["'none'"]


@pytest.mark.parametrize("root", ["index.html", "report.html"])
def test_the_host_shows_a_page_that_exists(root: str):
    (distribution,) = read(EDGE, RootPage=root).of("AWS::CloudFront::Distribution").values()
    config = distribution["DistributionConfig"]
    (missing,) = config["CustomErrorResponses"]
    for name in (config["DefaultRootObject"], missing["ResponsePagePath"].lstrip("/")):
        assert (ROOT / "pages" / name).is_file()
    assert "<script" not in Path(ROOT / "pages/404.html").read_text()
