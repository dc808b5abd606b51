"""The rest of the wall: http.client (and so urllib.request), and bare sockets."""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from simulator.aws.http import HttpAnswer, TooLate, exchange
from simulator.errors import UsageError

if TYPE_CHECKING:
    from simulator.aws.cloud import Cloud

Active = Callable[[], "Cloud | None"]
_USUAL = {"http": 80, "https": 443}


_openings: list[None] = []


@contextmanager
def open_wall() -> Iterator[None]:
    """Inside, http.client and sockets are real: for aws/local_server.py alone."""
    _openings.append(None)
    try:
        yield
    finally:
        _openings.pop()


def install(active: Active) -> None:
    """Put the wall up, once a process; `active` gives the world that is running, if any."""

    def walled() -> Cloud | None:
        return None if _openings else active()

    _install_client(walled)
    _install_sockets(walled)


def _install_client(active: Active) -> None:
    """Requests of http.client meet the same stand-ins as those of urllib3."""
    kind: Any = http.client.HTTPConnection
    request, response = kind.request, kind.getresponse

    def request_here(
        connection: Any, method: str, url: str, body: Any = None, headers: Any = None, **more: Any
    ) -> None:
        cloud = active()
        if cloud is None:
            request(connection, method, url, body, headers or {}, **more)
        else:
            connection.simulated = (method, url, body, headers)

    def response_here(connection: Any) -> Any:
        cloud, asked = active(), connection.__dict__.pop("simulated", None)
        if cloud is None or asked is None:
            return response(connection)
        return _answered(cloud, connection, *asked)

    kind.request, kind.getresponse = request_here, response_here


def _answered(
    cloud: Cloud, connection: Any, method: str, url: str, body: Any, headers: Any
) -> http.client.HTTPResponse:
    """Raises TimeoutError, as a socket does, when the answer comes too late."""
    limit = connection.timeout if isinstance(connection.timeout, int | float) else None
    try:
        answer = exchange(cloud, method, _full(connection, url), headers, body, limit)
    except TooLate:
        raise TimeoutError("timed out") from None
    return _response(method, answer)


def _full(connection: Any, url: str) -> str:
    """The URL that is meant: whole behind a proxy, and a tunnel names its own host."""
    if urlsplit(url).scheme:
        return url
    scheme = "https" if isinstance(connection, http.client.HTTPSConnection) else "http"
    host, port = connection.host, connection.port
    if connection._tunnel_host:  # noqa: SLF001 - no other way to ask
        host, port = connection._tunnel_host, connection._tunnel_port  # noqa: SLF001 - as above
    return f"{scheme}://{host}{'' if port in (None, _USUAL[scheme]) else f':{port}'}{url}"


class _Socket:
    """All that an HTTPResponse asks of a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


def _response(method: str, answer: HttpAnswer) -> http.client.HTTPResponse:
    headers = {"content-length": str(len(answer.body)), **answer.headers}
    reason = http.client.responses.get(answer.status, "")
    lines = [f"HTTP/1.1 {answer.status} {reason}", *(f"{k}: {v}" for k, v in headers.items())]
    text = "\r\n".join([*lines, "", ""]).encode("latin-1")
    made: Any = _Socket(text + answer.body)
    response = http.client.HTTPResponse(made, method=method)
    response.begin()
    return response


def _install_sockets(active: Active) -> None:
    """Whatever else would leave the process: name look-ups and connections."""
    kind: Any = socket.socket
    module: Any = socket
    connect, look_up = kind.connect, module.getaddrinfo

    def connect_here(made: Any, address: Any) -> None:
        _refuse(active(), made.family, address)
        connect(made, address)

    def look_up_here(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        _refuse(active(), socket.AF_INET, (host, port))
        return look_up(host, port, *args, **options)

    kind.connect, module.getaddrinfo = connect_here, look_up_here


def _refuse(cloud: Cloud | None, family: int, address: Any) -> None:
    if cloud is None or family not in (socket.AF_INET, socket.AF_INET6):
        return
    host, port = address[:2]
    error = UsageError(
        f"{cloud.caller} opens a connection to {host}:{port}; nothing outside the simulation can be"
        " reached, and HTTP stand-ins answer urllib3, requests, urllib.request and http.client"
    )
    cloud.unsupported.append(error)
    raise error
