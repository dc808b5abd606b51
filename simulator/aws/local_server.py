"""The one way out of a world: to a server on this machine that a test has started."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from simulator.aws.http import Endpoint, HttpAnswer, HttpCall
from simulator.aws.network import open_wall
from simulator.errors import UsageError

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_PATIENCE = 10  # seconds of real time: a test's server answers at once


def forward(base: str) -> Endpoint:
    """An endpoint for `Cloud.endpoint` that asks the server at `base`: "http://127.0.0.1:8080".

    Its answers take no virtual time. UsageError when `base` is not on this machine, and when the
    server does not answer.
    """
    parts = urlsplit(base)
    if parts.scheme != "http" or parts.hostname not in _HERE:
        raise UsageError(f"only http://127.0.0.1:<port> can be asked for answers, not {base}")
    host, port = parts.hostname or "", parts.port or 80

    def ask(call: HttpCall) -> HttpAnswer:
        wanted = urlsplit(call.url)
        path = f"{parts.path}{wanted.path or '/'}" + (f"?{wanted.query}" if wanted.query else "")
        with open_wall():
            connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE)
            try:
                connection.request(call.method, path, call.body or None, dict(call.headers))
                answer = connection.getresponse()
                headers = {name.lower(): value for name, value in answer.getheaders()}
                return HttpAnswer(answer.status, headers, answer.read())
            except OSError as error:
                raise UsageError(f"the server at {base} does not answer: {error}") from error
            finally:
                connection.close()

    return ask
