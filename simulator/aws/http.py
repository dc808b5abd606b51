"""Stand-ins for outside HTTP services, and the wall around everything else."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import urllib3

from simulator.errors import UsageError

if TYPE_CHECKING:
    from simulator.aws.cloud import Cloud


@dataclass(frozen=True, slots=True)
class HttpCall:
    """A request that code of the project makes. `headers` have lower-case names."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    caller: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """`delay` is virtual time; when it is over the caller's timeout the caller sees that."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call with its answer, None when it came too late, and the virtual time the caller spent."""

    call: HttpCall
    answer: HttpAnswer | None = None
    took: timedelta = timedelta(0)


Endpoint = Callable[[HttpCall], HttpAnswer]
_original = urllib3.connectionpool.HTTPConnectionPool.urlopen


def install(active: Callable[[], Cloud | None]) -> None:
    """Put the wall up, once a process; `active` gives the world that is running, if any."""

    def urlopen(pool: Any, method: str, url: str, *args: Any, **options: Any) -> Any:
        cloud = active()
        if cloud is None:
            return _original(pool, method, url, *args, **options)
        return _answer(cloud, pool, method, url, args, options)

    urllib3.connectionpool.HTTPConnectionPool.urlopen = urlopen  # type: ignore[method-assign,assignment]  # the wall


def _answer(
    cloud: Cloud, pool: Any, method: str, url: str, args: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    body = args[0] if args else options.get("body")
    headers = args[1] if len(args) > 1 else options.get("headers")
    full = url if urlsplit(url).scheme else _full(pool, url)
    limit = _read_timeout(pool, options.get("timeout"))
    try:
        answer = exchange(cloud, method, full, headers, body, limit)
    except TooLate:
        raise urllib3.exceptions.ReadTimeoutError(
            pool, url, f"Read timed out. (read timeout={limit:g})"
        ) from None
    return urllib3.HTTPResponse(
        body=io.BytesIO(answer.body),
        headers={"content-length": str(len(answer.body)), **answer.headers},
        status=answer.status,
        preload_content=bool(options.get("preload_content", True)),
        decode_content=bool(options.get("decode_content", True)),
        request_method=method,
        request_url=full,
    )


class TooLate(Exception):
    """The answer comes after the caller's timeout, which it has waited for."""


def exchange(
    cloud: Cloud, method: str, url: str, headers: Any, body: Any, limit: float | None
) -> HttpAnswer:
    """The stand-in's answer, its delay spent. `limit` is the caller's patience in seconds.

    Raises TooLate, and UsageError when nothing stands for the host.
    """
    endpoint = cloud.endpoint_of(url)
    if endpoint is None:
        error = UsageError(
            f"{cloud.caller} asks {method} {url}, and nothing stands for that host;"
            " a vocabulary can: world.simulation.cloud.endpoint(prefix, handler)"
        )
        cloud.unsupported.append(error)
        raise error
    cloud.will_ask()
    named = {str(name).lower(): str(value) for name, value in dict(headers or {}).items()}
    call = HttpCall(method, url, named, _bytes(body), cloud.caller, cloud.now)
    at = len(cloud.asked)  # what the stand-in itself asks comes after it
    cloud.asked.append(Asked(call))
    answer = endpoint(call)
    if not isinstance(answer, HttpAnswer):
        raise UsageError(
            f"the stand-in for {url} gives {type(answer).__name__}, and an endpoint gives an"
            " HttpAnswer(status, headers, body)"
        )
    if limit is not None and answer.delay.total_seconds() > limit:
        cloud.asked[at] = Asked(call, None, timedelta(seconds=limit))
        cloud.spend(timedelta(seconds=limit))
        raise TooLate
    cloud.asked[at] = Asked(call, answer, answer.delay)
    cloud.spend(answer.delay)
    cloud.got_answer()
    return answer


def _full(pool: Any, url: str) -> str:
    usual = {"http": 80, "https": 443}.get(pool.scheme)
    port = "" if pool.port in (None, usual) else f":{pool.port}"
    return f"{pool.scheme}://{pool.host}{port}{url}"


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    if isinstance(body, str):
        return body.encode()
    return bytes(body.read()) if hasattr(body, "read") else b"".join(body)


def _read_timeout(pool: Any, given: Any) -> float | None:
    """The read timeout in seconds; None when the caller waits for ever."""
    timeout = (
        pool.timeout if given is None or given is urllib3.util.Timeout.DEFAULT_TIMEOUT else given
    )
    if isinstance(timeout, int | float):
        return float(timeout)
    if isinstance(timeout, urllib3.util.Timeout):
        read = timeout._read  # noqa: SLF001 - read_timeout wants a started clock
        if isinstance(read, int | float):
            return float(read)
        return float(timeout.total) if isinstance(timeout.total, int | float) else None
    return None
