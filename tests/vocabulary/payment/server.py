"""The fake provider as a server on this machine: `python -m tests.vocabulary.payment.server`.

For trying the payment functions without a provider's account. It listens on 127.0.0.1 only and keeps
nothing; what cannot be said over HTTP (a reply that is lost) is a connection that closes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any

from simulator.aws.http import HttpCall
from tests.vocabulary.payment.provider import PROFILES, URL, FakeProvider

HOST = "127.0.0.1"


class ProviderServer(ThreadingHTTPServer):
    """`url` is where it listens; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, fake: FakeProvider, port: int = 0) -> None:
        super().__init__((HOST, port), _Handler)
        self.fake = fake
        self.lock = Lock()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: ProviderServer
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.lock:
            call = HttpCall(
                self.command, URL + self.path, headers, body, "a client", datetime.now(UTC)
            )
            answer = self.server.fake.answer(call)
        if answer.status == 504:
            self.close_connection = True  # the reply is lost on its way
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = _answer  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Nothing: a request's line could name a payment, its body holds a card."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=8181)
    parser.add_argument("--profile", choices=PROFILES, default=PROFILES[0])
    parser.add_argument("--script", type=Path, help="a scenario whose provider_script is played")
    given = parser.parse_args(arguments)
    script = None
    if given.script is not None:
        script = json.loads(given.script.read_text(encoding="utf-8"))["given"]["provider_script"]
    with ProviderServer(FakeProvider(script=script, profile=given.profile), given.port) as server:
        print(f"fake provider ({given.profile}) on {server.url}")
        server.serve_forever()


if __name__ == "__main__":
    main()
