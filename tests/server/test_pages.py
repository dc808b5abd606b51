"""The pages in a real browser, against the simulated API: paid, declined, a report, a refusal."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from simulator.compliance.evidence import Evidence
from simulator.compliance.files import scripts
from simulator.compliance.settings import Declared

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")


def test_the_inventory_of_scripts_is_current_and_the_pages_are_strict():
    found = list(scripts(Evidence(ROOT, (), (), Declared(pages="pages"))))
    assert [str(item) for item in found if not item.is_good] == []
    assert {item.subject for item in found} >= {"index.html", "report.html", "pay.js"}


@pytest.fixture(scope="module")
def address():
    """The project, served by the command on a free port; it starts at a fixed instant."""
    served = subprocess.Popen(
        [sys.executable, "-m", "simulator", "serve", "--port", "0", "--speed", "5",
         "--clock", "2026-01-15T10:00:00Z"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    line = served.stdout.readline()
    found = re.match(r"http://127\.0\.0\.1:\d+/", line)
    assert found is not None, line + served.stdout.read()
    yield found[0]
    served.send_signal(signal.SIGINT)
    try:
        assert served.wait(timeout=30) == 0, served.stdout.read()
    finally:
        served.kill()
        served.stdout.close()


@pytest.fixture
def page():
    """A page of a real browser. What it says on its console, and whom it asks, is kept."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no browser at {CHROMIUM}")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        made = browser.new_page()
        made.set_default_timeout(60_000)
        made.said, made.asked = [], []
        made.on("console", lambda message: made.said.append((message.type, message.text)))
        made.on("pageerror", lambda error: made.said.append(("pageerror", str(error))))
        made.on("request", lambda request: made.asked.append((request.method, request.url)))
        yield made
        browser.close()


def pay(page, address, number):
    page.goto(address)
    fill(page, number)


def fill(page, number):
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Valid until").fill("12/30")
    page.get_by_label("Code").fill("737")
    page.get_by_label("Name on the card").fill("TEST CARDHOLDER")
    page.get_by_role("button", name="Pay").click()


def says(page, text):
    page.get_by_role("status").get_by_text(text).wait_for()


@pytest.mark.slow
def test_a_test_card_is_accepted_and_leaves_the_page(page, address):
    pay(page, address, "4111 1111 1111 1111")
    says(page, "Your payment is complete.")
    assert page.get_by_label("Card number").input_value() == ""
    assert page.get_by_label("Code").input_value() == ""
    assert page.said == []
    posts = [url for method, url in page.asked if method == "POST"]
    assert posts == [f"{address}api/payments"], "the card is sent once"
    assert all(url.startswith(address) for _, url in page.asked), "nobody else is asked"
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


@pytest.mark.slow
def test_a_card_that_the_issuer_declines(page, address):
    pay(page, address, "4000000000000002")
    says(page, "Your bank declined this payment.")
    assert page.said == []


@pytest.mark.slow
def test_a_mistyped_card_is_refused_before_anything_is_stored(page, address):
    pay(page, address, "4111111111111112")
    says(page, "Please check the card number.")
    assert page.get_by_label("Card number").input_value() == "4111111111111112"


@pytest.mark.slow
def test_a_report_for_an_analyst_and_a_refusal_for_anybody_else(page, address):
    pay(page, address, "4111111111111111")
    says(page, "Your payment is complete.")
    page.goto(f"{address}report.html")
    page.get_by_label("From").fill("2026-01-15")
    page.get_by_label("To").fill("2026-01-15")
    page.get_by_role("button", name="Show").click()
    says(page, "You may not see reports.")
    page.get_by_label("Signed in as").select_option("Analyst")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("cell", name="COMPLETED").first.wait_for()
    row = page.get_by_role("row").filter(has_text="COMPLETED").first.inner_text()
    assert row.split()[:3] == ["2026-01-15", "USD", "COMPLETED"]


@pytest.mark.slow
def test_a_script_that_was_changed_does_not_run(page, address):
    page.route("**/pay.js", lambda route: route.fulfill(body="document.title = 'stolen'"))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert page.title() == "Pay by card"
    assert any("integrity" in text for _, text in page.said)


@pytest.mark.slow
def test_an_injected_script_does_not_run(page, address):
    page.goto(address)
    page.evaluate(
        """() => { const made = document.createElement('script');
        made.textContent = "document.title = 'stolen'"; document.body.append(made); }"""
    )
    assert page.title() == "Pay by card"
    assert any("Content Security Policy" in text for _, text in page.said)


def jwt(**claims):
    """A token as Cognito gives it, but for its signature: only the API's authoriser looks at that."""
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256"}, claims)]
    return ".".join([base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts] + ["s"])


class SignIn:
    """Cognito's sign-in pages at the page's own address: they answer `state` and a code at once."""

    def __init__(self, page, address, state=None):
        self.token = jwt(sub="cus-demo", email="shopper@example.com")
        self.address, self.state = address, state
        self.asked, self.sent, self.authorizations = {}, {}, []
        config = {"api": "/api", "sign_in": {"host": address.rstrip("/"), "client": "c-1"}}
        page.route("**/config.json", lambda route: route.fulfill(json=config))
        page.route("**/oauth2/authorize?*", self.authorize)
        page.route("**/oauth2/token", self.exchange)
        page.route("**/api/**", self.api)

    def authorize(self, route):
        self.asked = dict(parse_qsl(urlsplit(route.request.url).query))
        back = urlencode({"code": "one-time", "state": self.state or self.asked["state"]})
        route.fulfill(status=302, headers={"Location": f"{self.asked['redirect_uri']}?{back}"})

    def exchange(self, route):
        self.sent = dict(parse_qsl(route.request.post_data))
        route.fulfill(json={"id_token": self.token, "token_type": "Bearer"})

    def api(self, route):
        headers = route.request.headers
        self.authorizations.append(headers["authorization"])
        # The simulated authoriser takes its claims from this word, the real one from the token.
        route.continue_(headers={**headers, "authorization": "Bearer <test-jwt sub=cus-demo>"})


@pytest.mark.slow
def test_a_deployed_page_signs_in_and_keeps_the_token_in_memory(page, address):
    cognito = SignIn(page, address)
    page.goto(address)
    page.get_by_role("button", name="Sign in").wait_for()
    assert not page.get_by_label("Card number").is_visible()
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Card number").wait_for()
    assert page.get_by_label("Signed in as").input_value() == "cus-demo"
    assert page.url == address, "the code is not left in the address"
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0

    asked, sent = cognito.asked, cognito.sent
    digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert asked == {
        "response_type": "code", "client_id": "c-1", "redirect_uri": address,
        "scope": "openid email", "state": asked["state"],
        "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    assert sent == {
        "grant_type": "authorization_code", "client_id": "c-1", "code": "one-time",
        "redirect_uri": address, "code_verifier": sent["code_verifier"],
    }  # fmt: skip

    fill(page, "4111111111111111")
    says(page, "Your payment is complete.")
    assert set(cognito.authorizations) == {f"Bearer {cognito.token}"}
    assert page.said == []


@pytest.mark.slow
def test_an_answer_that_nobody_asked_for_signs_nobody_in(page, address):
    cognito = SignIn(page, address, state="of-somebody-else")
    page.goto(address)
    page.get_by_role("button", name="Sign in").click()
    says(page, "You are not signed in.")
    assert cognito.sent == {}
    assert not page.get_by_label("Card number").is_visible()
