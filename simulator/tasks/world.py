"""What the runners of service integrations ask of the world that they live in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from simulator.aws.cloud import Cloud
from simulator.engine.ports import Failure, Success
from simulator.values import Json


class Reply(Protocol):
    """What an API of the project answers (simulator/sources/http.py)."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> Json: ...


class World(Protocol):
    """One Simulation; tests may have less."""

    cloud: Cloud

    @property
    def now(self) -> datetime: ...

    def at(self, when: datetime, action: Callable[[], Any]) -> None:
        """Do something at a virtual instant; the past means now."""
        ...

    def settle(self, token: str, result: Success | Failure) -> None:
        """Raises TokenError when nobody waits for the token."""
        ...

    def when_closed(self, token: str, action: Callable[[bool], None]) -> None:
        """`action` is called when the task stops waiting without having been settled.

        With True when it was aborted, with False when it timed out.
        """
        ...

    def role_of(self, state_machine_arn: str) -> str:
        """The execution role's ARN; "" when it has none."""
        ...

    def ask_api(
        self,
        host: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        query: Mapping[str, str | list[str]],
        body: Json,
    ) -> Reply | None:
        """What the project's own API behind this host answers; None: no API of the project."""
        ...
