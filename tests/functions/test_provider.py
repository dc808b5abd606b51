"""The provider's HTTP adapter against a server on this machine, under every profile."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.vocabulary.payment.provider import PROFILES, FakeProvider
from tests.vocabulary.payment.server import ProviderServer

AMOUNT = {"value": 2599, "currency": "USD"}


@pytest.fixture(params=PROFILES)
def provider(request, functions, monkeypatch):
    """provider(line, ...) → the adapter, connected to a server that plays these lines."""
    servers = []

    def connect(*script):
        fake = FakeProvider(script=script or None, profile=request.param)
        server = ProviderServer(fake)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        monkeypatch.setenv("PROVIDER_URL", server.url)
        module = functions("payment.provider")
        monkeypatch.setattr(functions("payment.secrets"), "text", lambda _name: "key")
        return module, fake

    yield connect
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def card(functions):
    cards = functions("payment.cards")

    def made(code="737"):
        return cards.Card(
            number=cards.Secret("4111111111111111"),
            code=cards.Secret(code),
            holder=cards.Secret("TEST"),
            exp_month=12,
            exp_year=2030,
        )

    return made


def test_a_payment_from_authorisation_to_refund(provider, card):
    adapter, fake = provider()
    assert adapter.inquire("pay_1") is None
    found = adapter.authorize("pay_1", "pay_1:auth:1", AMOUNT, card())
    assert (found.outcome, found.reference) == ("approved", "psp-pay_1")
    adapter.capture(found.reference, "pay_1:capture", AMOUNT)
    adapter.capture(found.reference, "pay_1:capture", AMOUNT)
    assert adapter.inquire("pay_1").outcome == "captured"
    adapter.refund(found.reference, "pay_1:refund:1", AMOUNT, "1")
    assert fake.counts() == {"authorize": 1, "capture": 1, "refund": 1}
    assert fake.calls[1].body["card"]["cvv"] == "737"


def test_without_its_code_a_card_is_sent_without_one(provider, card):
    adapter, fake = provider()
    adapter.authorize("pay_1", "pay_1:auth:2", AMOUNT, card(""))
    assert "cvv" not in fake.calls[0].body["card"]


MEANINGS = {
    "http_503_not_processed": "ProviderNotProcessed",
    "http_429": "ProviderNotProcessed",
    "http_500": "ProviderOutcomeUnknown",
    "http_503": "ProviderOutcomeUnknown",
    "http_409": "ProviderOutcomeUnknown",
    "http_422": "ProviderOutcomeUnknown",
    "timeout": "ProviderOutcomeUnknown",
    "pending": "ProviderOutcomeUnknown",
    "http_400": "ProviderRejected",
    "http_401": "ProviderRejected",
    "not_found": "ProviderRejected",
}


@pytest.mark.parametrize("reply", MEANINGS)
def test_what_an_answer_means(provider, functions, card, reply):
    adapter, _ = provider({"op": "authorize", "reply": reply})
    with pytest.raises(getattr(functions("payment.errors"), MEANINGS[reply])):
        adapter.authorize("pay_1", "pay_1:auth:1", AMOUNT, card())


@pytest.mark.parametrize("reply", ["http_500", "timeout", "http_400"])
def test_an_inquiry_without_an_answer_is_no_answer(provider, functions, reply):
    adapter, _ = provider({"op": "inquire", "reply": reply})
    with pytest.raises(functions("payment.errors").ProviderOutcomeUnknown):
        adapter.inquire("pay_1")


def test_a_connection_that_was_never_made_has_done_nothing(functions, monkeypatch, card):
    server = ProviderServer(FakeProvider())
    server.server_close()
    monkeypatch.setenv("PROVIDER_URL", server.url)
    adapter = functions("payment.provider")
    monkeypatch.setattr(functions("payment.secrets"), "text", lambda _name: "key")
    with pytest.raises(functions("payment.errors").ProviderNotProcessed):
        adapter.authorize("pay_1", "pay_1:auth:1", AMOUNT, card())


@pytest.fixture
def strange(functions, monkeypatch):
    """strange(status, headers, body) → the adapter, connected to a server that always says this."""
    servers = []

    def connect(status, headers, body):
        class Strange(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Nothing."""

        server = HTTPServer(("127.0.0.1", 0), Strange)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        monkeypatch.setenv("PROVIDER_URL", f"http://127.0.0.1:{server.server_address[1]}")
        module = functions("payment.provider")
        monkeypatch.setattr(functions("payment.secrets"), "text", lambda _name: "key")
        return module

    yield connect
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


STRANGE = {
    "a redirect is not followed": (302, {"Location": "http://127.0.0.1:1/"}, b""),
    "a page": (200, {"Content-Type": "text/html"}, b"<html>gateway</html>"),
    "nothing at all": (200, {}, b""),
    "a list": (200, {}, b"[]"),
    "not text": (200, {}, b"\xff\xfe"),
    "brackets without end": (200, {}, b"[" * 60_000),
    "far too much": (200, {}, b'{"status": "captured", "more": "' + b"x" * 70_000 + b'"}'),
    "not yet": (202, {}, b'{"status": "pending"}'),
    "a proxy's page": (502, {"Content-Type": "text/html"}, b"<html>bad gateway</html>"),
}


@pytest.mark.parametrize("case", STRANGE)
def test_an_answer_that_says_nothing_clear_is_unknown(strange, functions, card, case):
    adapter = strange(*STRANGE[case])
    unknown = functions("payment.errors").ProviderOutcomeUnknown
    with pytest.raises(unknown):
        adapter.authorize("pay_1", "pay_1:auth:1", AMOUNT, card())
    with pytest.raises(unknown):
        adapter.capture("psp-1", "pay_1:capture", AMOUNT)
    with pytest.raises(unknown):
        adapter.void("psp-1", "pay_1:void")
    with pytest.raises(unknown):
        adapter.refund("psp-1", "pay_1:refund:1", AMOUNT, "1")


def test_a_capture_that_is_declined_is_refused(strange):
    adapter = strange(200, {}, b'{"status": "declined", "code": "authorization_expired"}')
    with pytest.raises(adapter.Refused, match=r"^authorization_expired$"):
        adapter.capture("psp-1", "pay_1:capture", AMOUNT)


def test_profiles_differ_in_what_the_same_key_does_again(provider, functions, card):
    """After a 500 one profile says 500 for ever, the others run again: so nobody asks twice."""
    adapter, fake = provider(
        {"op": "authorize", "effect": "none", "reply": "http_500"},
        {"op": "authorize", "effect": "approve", "reply": "approved"},
    )
    unknown = functions("payment.errors").ProviderOutcomeUnknown
    with pytest.raises(unknown):
        adapter.authorize("pay_1", "pay_1:auth:1", AMOUNT, card())
    if fake.profile == "replays-everything":
        with pytest.raises(unknown):
            adapter.authorize("pay_1", "pay_1:auth:1", AMOUNT, card())
    else:
        adapter.authorize("pay_1", "pay_1:auth:1", AMOUNT, card())
