"""What the demonstration answers: pages, the API at its virtual time, and refusals."""

from __future__ import annotations

import http.client
import json
import threading
from datetime import timedelta

import pytest

from simulator.server.demonstration import POLICY, Answer, Demonstration
from simulator.server.loopback import Loopback


class Wall:
    """The wall's time, as a test moves it."""

    def __init__(self):
        self.passed = timedelta(0)

    def __call__(self):
        return self.passed


@pytest.fixture
def wall():
    return Wall()


@pytest.fixture
def shown(world, tmp_path, wall):
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "index.html").write_text("<!doctype html>hello")
    (pages / ".secret.json").write_text("{}")
    (pages / "notes.txt").write_text("no page")
    (tmp_path / "outside.json").write_text("{}")
    return Demonstration(world, pages, wall)


def ask(shown, method, target, body=None, **headers):
    sent = b"" if body is None else json.dumps(body).encode()
    return shown.answer(method, target, headers, sent)


def test_a_page_is_served_as_it_lies_there(shown):
    found = ask(shown, "GET", "/")
    assert (found.status, found.body) == (200, b"<!doctype html>hello")
    assert found.headers == {"Content-Type": "text/html; charset=utf-8"}


@pytest.mark.parametrize(
    "path",
    [
        "/gone.html",
        "/../outside.json",
        "/%2e%2e/outside.json",
        "/.secret.json",
        "/notes.txt",
        "/api",
    ],
)
def test_nothing_else_is_served(shown, path):
    assert ask(shown, "GET", path).status == 404


def test_pages_are_only_read(shown):
    assert ask(shown, "POST", "/index.html").status == 405


def test_the_api_answers_below_api(shown):
    assert ask(shown, "GET", "/api/me").status == 401
    assert ask(shown, "GET", "/api/nowhere").status == 404


def test_a_body_that_is_too_large_is_refused(shown):
    assert shown.answer("POST", "/api/orders", {}, b"x" * 65_537).status == 413


def test_virtual_time_follows_the_wall(shown, world, wall):
    seen = []
    start = world.now
    world.at(start + timedelta(seconds=30), lambda: seen.append(world.now))
    shown.catch_up()
    assert seen == []
    wall.passed = timedelta(seconds=29)
    shown.catch_up()
    assert seen == []
    wall.passed = timedelta(seconds=31)
    shown.catch_up()
    assert seen == [start + timedelta(seconds=30)]


class Fixed:
    """Says the same to everybody: no world is active, so that a test may connect."""

    def answer(self, method, target, _headers, body):
        return Answer(200, f"{method} {target} {len(body)}".encode())

    def catch_up(self):
        pass


def test_loopback_answers_this_machine_only_and_with_a_strict_policy():
    loopback = Loopback(0)
    thread = threading.Thread(target=_asked, args=(loopback.port, found := {}, loopback))
    thread.start()
    loopback.serve(Fixed())
    thread.join()
    assert found["page"] == (200, POLICY, b"GET / 0")
    assert found["other host"] == 421
    assert found["length"] == 400


def _asked(port, found, loopback):
    try:
        page = _request(port, "GET", "/")
        found["page"] = (page.status, page.headers["Content-Security-Policy"], page.read())
        found["other host"] = _request(port, "GET", "/", {"Host": "evil.example.com"}).status
        found["length"] = _request(port, "POST", "/api/orders", {"Content-Length": "x"}).status
    finally:
        loopback.stop()


def _request(port, method, path, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, headers=headers or {})
    return connection.getresponse()
