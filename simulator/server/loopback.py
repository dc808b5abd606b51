"""HTTP on 127.0.0.1, one request after another: a simulation is one thread's."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Final

from simulator.server.demonstration import HEADERS, LARGEST_BODY, Demonstration

ADDRESS: Final = "127.0.0.1"
_TICK_SECONDS: Final = 0.2


class Loopback:
    """Bound when it is made; port 0 takes a free one. Raises OSError when the port is taken."""

    def __init__(self, port: int) -> None:
        self._server = HTTPServer((ADDRESS, port), BaseHTTPRequestHandler)
        self.port = self._server.server_port
        self._stopping = False

    def serve(self, demonstration: Demonstration) -> None:
        """Until `stop`; between requests virtual time catches up."""
        self._server.RequestHandlerClass = _handler(demonstration, self.port)
        self._server.timeout = _TICK_SECONDS
        try:
            while not self._stopping:
                self._server.handle_request()
                demonstration.catch_up()
        finally:
            self._server.server_close()

    def stop(self) -> None:
        """From another thread, or from a signal."""
        self._stopping = True


def _handler(demonstration: Demonstration, port: int) -> type[BaseHTTPRequestHandler]:
    known = {f"{ADDRESS}:{port}", f"localhost:{port}"}

    class Handler(BaseHTTPRequestHandler):
        timeout = 5  # a connection that says nothing must not stop the world

        def _answer(self) -> None:
            if self.headers.get("Host", "") not in known:
                # Another site's name that was made to point here (DNS rebinding).
                self.send_error(421, "Misdirected Request")
                return
            length = self.headers.get("Content-Length", "0")
            if not length.isdigit():
                self.send_error(400, "Bad Request")
                return
            body = self.rfile.read(min(int(length), LARGEST_BODY + 1))
            found = demonstration.answer(self.command, self.path, dict(self.headers), body)
            self.send_response(found.status)
            for name, value in {**HEADERS, **found.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(found.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(found.body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - their names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Nothing: a query could hold what nobody should log."""

    return Handler
