"""Demonstration: pages and the simulated API behind one address, virtual time after the wall's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from simulator.errors import SimulatorError
from simulator.simulation.world import Simulation
from simulator.sources.http import match_route
from simulator.values import Json, compact

API: Final = "/api"
LARGEST_BODY: Final = 65_536
# Nothing from elsewhere, nothing inline (PCI DSS 6.4.3); pages say the same themselves.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Demonstration:
    """`elapsed` gives the wall's time since the start; `speed` virtual seconds pass in each."""

    def __init__(
        self,
        simulation: Simulation,
        pages: Path | None,
        elapsed: Callable[[], timedelta],
        speed: float = 1,
    ) -> None:
        self._simulation = simulation
        self._pages = None if pages is None else pages.resolve()
        self._elapsed = elapsed
        self._speed = speed

    def catch_up(self) -> None:
        """Everything that is due by now happens, at its own virtual time."""
        due = self._simulation.started_at + self._elapsed() * self._speed
        if due > self._simulation.now:
            self._simulation.run(until=due)

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """A page, or what the project's API says. A SimulatorError is a 500 with its text."""
        parts = urlsplit(target)
        path = unquote(parts.path)
        if not path.startswith(f"{API}/"):
            return self._page(method, path)
        if len(body) > LARGEST_BODY:
            return _json(413, {"message": "Request Entity Too Large"})
        query: dict[str, str | list[str]] = {
            name: values[0] if len(values) == 1 else values
            for name, values in parse_qs(parts.query, keep_blank_values=True).items()
        }
        try:
            self.catch_up()
            found = self._ask(method, path.removeprefix(API), headers, query, body)
            self.catch_up()
        except SimulatorError as error:
            return _json(500, {"message": str(error)})
        return found

    def _ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        query: Mapping[str, str | list[str]],
        body: bytes,
    ) -> Answer:
        simulation = self._simulation
        account = next(
            (
                part.account
                for part in simulation.project.parts
                if match_route(part.routes, method, path) is not None
            ),
            None,
        )
        text = body.decode("utf-8", "replace") if body else None
        answer = simulation.request(
            method, path, headers=headers, query=query, body=text, account=account
        )
        kind = answer.header("content-type") or "application/json"
        made = answer.body if isinstance(answer.body, str) else compact(answer.body)
        return Answer(answer.status, made.encode(), {"Content-Type": kind})

    def _page(self, method: str, path: str) -> Answer:
        if method not in ("GET", "HEAD"):
            return _json(405, {"message": "Method Not Allowed"})
        name = "index.html" if path == "/" else path.lstrip("/")
        kind = _TYPES.get(Path(name).suffix)
        file = None if self._pages is None else (self._pages / name).resolve()
        hidden = any(part.startswith(".") for part in Path(name).parts)
        if (
            file is None or kind is None or hidden or self._pages is None
            or not file.is_relative_to(self._pages) or not file.is_file()
        ):  # fmt: skip
            return _json(404, {"message": "Not Found"})
        return Answer(200, file.read_bytes(), {"Content-Type": kind})


def _json(status: int, value: Json) -> Answer:
    return Answer(status, compact(value).encode(), {"Content-Type": "application/json"})
