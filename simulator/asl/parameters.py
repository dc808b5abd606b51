"""Parameters of service integrations: what a definition passes that the service would refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, Literal

from simulator.asl.apis import Apis
from simulator.asl.faults import Fault, faults
from simulator.asl.graph import all_states
from simulator.asl.integrations import (
    LENIENT,
    Integration,
    plain_texts,
    read_integration,
    shape_of,
)
from simulator.asl.model import StateMachine, Task
from simulator.problems import Location, Problem, did_you_mean, in_order

_AUTHENTICATION: Final = ("Authentication", "InvocationConfig")
_CODES: Final = {"unknown": "ASL301", "missing": "ASL302", "type": "ASL303"}


def check_parameters(
    machine: StateMachine, apis: Apis, locate: Callable[[str], Location] | None = None
) -> list[Problem]:
    """Problems ASL301 to ASL304 of every task that calls an API, in the order of their places.

    Only what stands in the definition is judged: a parameter whose value is computed has its name
    checked, and an object that is computed as a whole nothing. `locate` gives the place of a
    pointer; without it problems are told at their state.
    """
    found: list[Problem] = []
    for state in all_states(machine):
        if isinstance(state, Task) and "${" not in state.resource:
            integration = read_integration(state.resource)
            if integration is not None:
                found.extend(_Checked(state, integration, apis, locate).problems())
    return in_order(found)


class _Checked:
    def __init__(
        self,
        state: Task,
        integration: Integration,
        apis: Apis,
        locate: Callable[[str], Location] | None,
    ) -> None:
        self.state = state
        self.integration = integration
        self.apis = apis
        self.locate = locate

    @property
    def title(self) -> str:
        prefix = "aws-sdk:" if self.integration.is_sdk else ""
        return f"{prefix}{self.integration.service}:{self.integration.action}"

    def problems(self) -> Iterator[Problem]:
        shape = shape_of(self.integration, self.apis)
        if shape is None:
            if self.integration.is_sdk:
                yield from self._unknown_api()
            return
        arguments = self.state.data.arguments
        if arguments is None or not isinstance(arguments.source, dict):
            return
        field = "Arguments" if self.state.data.query_language == "JSONata" else "Parameters"
        given = arguments.source
        for fault in faults(shape, given, template=True, plain=plain_texts(self.integration)):
            yield self._problem(fault, field)
        if self.integration.service == "http" and not any(
            name in given or f"{name}.$" in given for name in _AUTHENTICATION
        ):
            hint = "an EventBridge connection: InvocationConfig.ConnectionArn"
            yield self._problem(Fault("missing", "Authentication", "", hint), field)

    def _problem(self, fault: Fault, field: str) -> Problem:
        name = self.state.name
        hint = fault.hint
        certain = fault.certain
        if fault.kind == "unknown":
            message = f"{self.title} has no parameter '{fault.field}', which '{name}' passes"
            # A newer API than our models know may have it: then nothing like it is known.
            certain = certain and hint is not None and self.integration.service not in LENIENT
        elif fault.kind == "missing":
            message = f"{self.title} needs the parameter '{fault.field}', which '{name}' lacks"
        else:
            message = f"the parameter '{fault.field}' of {self.title} must be {fault.wanted_name}"
        place = self._place(f"/{field}{fault.pointer}")
        return Problem(_CODES[fault.kind], message, place, hint, _severity(certain))

    def _unknown_api(self) -> Iterator[Problem]:
        service, action = self.integration.service, self.integration.action
        actions = self.apis.actions(service)
        if actions:
            message = f"the API of {service} has no action '{action}'"
            hint = did_you_mean(action, actions)
        else:
            message = f"the AWS SDK has no service '{service}'"
            hint = did_you_mean(service, self.apis.services())
        yield Problem("ASL304", message, self._place("/Resource"), hint, _severity(bool(hint)))

    def _place(self, pointer: str) -> Location:
        place = self.state.location
        whole = f"{place.pointer}{pointer}"
        return replace(place, pointer=whole) if self.locate is None else self.locate(whole)


def _severity(certain: bool) -> Literal["error", "warning"]:  # noqa: FBT001 - said by its name
    return "error" if certain else "warning"
