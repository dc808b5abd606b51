"""Cloud: the AWS services of one world, and everything that can be arranged with them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from simulator.aws.calls import ApiCall
from simulator.aws.chance import seeded
from simulator.aws.environment import ACCOUNT_VARIABLE, variables, world_variables
from simulator.aws.faults import Fault, FunctionKilled
from simulator.errors import SimulatorError

if TYPE_CHECKING:
    from simulator.aws.holdings import Queue, Table
    from simulator.aws.http import Asked, Endpoint
    from simulator.aws.virtual_time import Hands

Emulation = Callable[[ApiCall], dict[str, Any]]
Guard = Callable[[ApiCall], None]
EVERY = "*"
# Whose resources a service looks at.
_KEEPER = {"sts": "iam"}
OURSELVES = frozenset({"simulator", "scenario"})


@dataclass(slots=True)
class Running:
    """A function that runs now; `took` is the virtual time it has spent so far."""

    name: str
    hands: Hands
    limit: timedelta | None = None
    role: str = ""  # its ARN, when it is known
    answered: int = 0  # HTTP answers it has got

    @property
    def took(self) -> timedelta:
        return self.hands.spent


@cache
def _client(service: str, region: str) -> Any:
    """One for all worlds of the process: clients know nothing of a world, and take long to make."""
    import boto3

    return boto3.client(service, region_name=region)


class Cloud:
    """A context manager: inside it, boto3 reaches the stand-ins of this world and nothing else.

    `now` gives the virtual time. `calls` records every AWS call; `unsupported` what the stand-ins
    could not do, which must not be lost in a handler's `except Exception`.
    """

    def __init__(
        self, account: str, region: str, now: Callable[[], datetime], *, seed: int = 0
    ) -> None:
        self.account = account
        self.region = region
        self.calls: list[ApiCall] = []
        self.asked: list[Asked] = []  # of hosts outside AWS
        self.unsupported: list[SimulatorError] = []
        self.faults: list[Fault] = []
        self.organization = ""
        self.sessions: dict[str, str] = {}  # an access key → the role that was assumed
        self._now = now
        self._seed = seed
        self._chance = Random(f"cloud/{seed}")  # noqa: S311 - request ids
        self._clients: dict[str, Any] = {}
        self._emulations: dict[tuple[str, str], Emulation] = {}
        self._guards: list[tuple[str, str, Guard]] = [("sts", "AssumeRole", self._check_trust)]
        self._listeners: list[Callable[[ApiCall], None]] = []
        self._endpoints: list[tuple[str, Endpoint]] = []
        self._deferred: dict[str, list[Callable[[], None]]] = {}
        self._callers: list[str] = []
        self._running: list[Running] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        from simulator.aws import gateway

        self._stack.enter_context(variables(world_variables(self.account, self.region)))
        try:
            gateway.enter(self, self._seed)
            self._stack.enter_context(seeded(self._seed))
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        from simulator.aws import gateway

        gateway.leave()
        self._stack.close()

    # -- using it -------------------------------------------------------------------------------

    def client(self, service: str, role: str | None = None) -> Any:
        """A boto3 client; its calls are made by whoever is the caller.

        With a `role` (its ARN) it is assumed first: the calls reach the role's account.
        """
        if role is None:
            return _client(service, self.region)
        key = f"{service} as {role}"
        if key not in self._clients:
            import boto3

            keys: dict[str, Any] = self._assume(role)
            self._clients[key] = boto3.client(service, region_name=self.region, **keys)
        return self._clients[key]

    def _assume(self, role: str) -> dict[str, str]:
        """Keys of a session; as it is used in virtual time it does not run out."""
        answer = self.client("sts").assume_role(RoleArn=role, RoleSessionName="StepFunctions")
        keys = answer["Credentials"]
        return {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }

    def tables(self) -> list[Table]:
        """What the tables of the account that calls reach now hold; nothing is called."""
        from simulator.aws import holdings

        self.prepare("dynamodb")
        return holdings.tables(self.account, self.region)

    def queues(self) -> list[Queue]:
        """What its queues hold at this instant; nothing is called, and no message is received."""
        from simulator.aws import holdings

        self.prepare("sqs")
        return holdings.queues(self.account, self.region, self.now)

    def trust_of(self, role: str) -> str | None:
        """The trust policy of a role of any account, as JSON text; None: there is no such role."""
        from simulator.aws import gateway

        self.prepare("iam")
        return gateway.trust_of(role)

    def policies_of(self, role: str) -> list[str]:
        """The inline policies of a role of any account, as JSON texts."""
        from simulator.aws import gateway

        self.prepare("iam")
        return gateway.policies_of(role)

    def _check_trust(self, call: ApiCall) -> None:
        """Of the calls that functions make: Credentials of tasks are checked before."""
        own = self._running[-1].role if self._running else ""
        if own:
            from simulator.aws import trust

            role = str(call.parameters["RoleArn"])
            names = {"sts:ExternalId": "ExternalId", "sts:RoleSessionName": "RoleSessionName"}
            keys = {
                key: str(call.parameters[name])
                for key, name in names.items()
                if name in call.parameters
            }
            if self.organization:
                keys["aws:PrincipalOrgID"] = self.organization
            trust.check(role, self.trust_of(role), own, keys)

    @contextmanager
    def inside(self, account: str) -> Iterator[None]:
        """Calls inside reach this account, as if its administrator made them."""
        own, self.account = self.account, account
        before = os.environ.get(ACCOUNT_VARIABLE)
        os.environ[ACCOUNT_VARIABLE] = account
        try:
            yield
        finally:
            self.account = own
            if before is None:
                os.environ.pop(ACCOUNT_VARIABLE, None)
            else:
                os.environ[ACCOUNT_VARIABLE] = before

    @property
    def role(self) -> str:
        """The ARN of the role of the function that runs now; "" when it is not known."""
        return self._running[-1].role if self._running else ""

    @property
    def principal(self) -> str:
        """As `role`, of calls that the function makes itself; "" for all others."""
        if not self._running or self._running[-1].name != self.caller:
            return ""
        return self._running[-1].role

    @property
    def now(self) -> datetime:
        """Virtual time; inside a function it includes what the function has spent."""
        return self._running[-1].hands.now if self._running else self._now()

    @property
    def caller(self) -> str:
        return self._callers[-1] if self._callers else "simulator"

    @contextmanager
    def calling(self, name: str) -> Iterator[None]:
        """Calls inside are made by `name`."""
        self._callers.append(name)
        try:
            yield
        finally:
            self._callers.pop()

    @property
    def is_running(self) -> bool:
        return bool(self._running)

    @contextmanager
    def running(
        self, name: str, limit: timedelta | None = None, role: str = ""
    ) -> Iterator[Running]:
        """The function `name` runs inside: the process's clock shows virtual time.

        With a `role` (its ARN), roles that it assumes must trust that one.

        FunctionKilled is raised inside once it has spent more than `limit`.
        """
        from simulator.aws.virtual_time import travel

        with travel(self.now) as hands, self.calling(name):
            running = Running(name, hands, limit, role)
            self._running.append(running)
            try:
                yield running
            finally:
                self._running.pop()
        if self._running:
            self._running[-1].hands.move(running.took)

    def spend(self, length: timedelta) -> None:
        """The running function takes so much longer; nothing when none runs.

        Raises FunctionKilled when that is more than the function's timeout.
        """
        if not self._running or not length:
            return
        running = self._running[-1]
        limit = running.limit
        if limit is not None and running.took + length > limit:
            running.hands.move(limit - running.took)
            raise FunctionKilled("timeout")
        running.hands.move(length)

    def will_ask(self) -> None:
        """The running function is about to send its first HTTP request: some die before it."""
        running = self._running[-1] if self._running else None
        if running is None or running.answered:
            return
        if self.kill_for(running.name, "before_provider_call"):
            raise FunctionKilled("killed")

    def got_answer(self) -> None:
        """The running function has got an HTTP answer: the moment at which some die."""
        if not self._running:
            return
        running = self._running[-1]
        running.answered += 1
        if running.answered == 1 and self.kill_for(running.name, "after_provider_reply"):
            raise FunctionKilled("killed")

    def request_id(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))

    # -- arranging it ---------------------------------------------------------------------------

    def inject(self, fault: Fault) -> None:
        self.faults.append(fault)

    def emulate(self, service: str, operation: str, handler: Emulation) -> None:
        """Answer calls here instead of in moto; `*` is every operation. The last one wins."""
        self._emulations[service, operation] = handler

    def guard(self, service: str, operation: str, check: Guard) -> None:
        """`check(call)` may raise ServiceError before the call is answered; `*` as in emulate."""
        self._guards.append((service, operation, check))

    def on_call(self, listener: Callable[[ApiCall], None]) -> None:
        """Told of every call that succeeded."""
        self._listeners.append(listener)

    def endpoint(self, prefix: str, handler: Endpoint) -> None:
        """Answer HTTP requests whose URL begins with `prefix`; the longest prefix wins."""
        self._endpoints.append((prefix, handler))
        self._endpoints.sort(key=lambda entry: -len(entry[0]))

    def forward(self, prefix: str, base: str) -> None:
        """As `endpoint`, answered by a server on this machine: "http://127.0.0.1:8080"."""
        from simulator.aws.local_server import forward

        self.endpoint(prefix, forward(base))

    def defer(self, service: str, make: Callable[[], None]) -> None:
        """Make a resource when its service is first called: few worlds ask for their roles."""
        self._deferred.setdefault(service, []).append(make)

    # -- asked by the gateway and by functions --------------------------------------------------

    def prepare(self, service: str) -> None:
        """Make what was deferred; nobody in this world has made these calls."""
        waiting = self._deferred.pop(_KEEPER.get(service, service), None)
        if waiting is None:
            return
        known = len(self.calls)
        with self.calling("simulator"):
            for make in waiting:
                make()
        del self.calls[known:]

    def endpoint_of(self, url: str) -> Endpoint | None:
        return next(
            (handler for prefix, handler in self._endpoints if url.startswith(prefix)), None
        )

    def emulation_of(self, call: ApiCall) -> Emulation | None:
        exact = self._emulations.get((call.service, call.operation))
        return exact or self._emulations.get((call.service, EVERY))

    def guards_of(self, call: ApiCall) -> list[Guard]:
        return [
            check
            for service, operation, check in self._guards
            if service == call.service and operation in (EVERY, call.operation)
        ]

    def tell(self, call: ApiCall) -> None:
        for listener in self._listeners:
            listener(call)

    def fault_for(self, call: ApiCall) -> Fault | None:
        """The first fault that wants this call; one of its times is used.

        Calls of the world itself never fail: only those of functions, states and sources do.
        """
        if call.caller in OURSELVES:
            return None
        for fault in self.faults:
            if fault.wants(call):
                fault.spend()
                return fault
        return None

    def kill_for(self, function: str, moment: str) -> bool:
        """Is the function killed at this moment, one of `faults.KILLS`?"""
        for fault in self.faults:
            if fault.kill == moment and fault.function == function and fault.times:
                fault.spend()
                return True
        return False

    def rename_key(self, created: str, wanted: str) -> None:
        """A KMS key gets the id that the template's references know."""
        from simulator.aws import gateway

        gateway.rename_key(self.account, self.region, created, wanted)
