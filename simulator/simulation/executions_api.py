"""Executions: start, stop, describe, list, redrive, history. Texts recorded unless tagged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from simulator.aws.calls import ServiceError
from simulator.engine.clock import moment_of
from simulator.engine.execution import Execution
from simulator.engine.logs import without_data
from simulator.engine.redrive import NotRedrivable, not_redrivable
from simulator.simulation.machines_api import described
from simulator.simulation.requests import (
    Action,
    Answer,
    Request,
    check_kind,
    check_name,
    invalid,
    not_json,
    page,
)
from simulator.values import Json, canonical, compact, parse_json

if TYPE_CHECKING:
    from simulator.simulation.world import Simulation

TOKEN_LIFE: Final = timedelta(minutes=15)  # docs: of RedriveExecution's clientToken
KEPT_TOKENS: Final = 10  # docs


class ExecutionsApi:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        # execution → clientToken → when it was used
        self._tokens: dict[str, dict[str, datetime]] = {}

    def actions(self) -> Mapping[str, Action]:
        return {
            "StartExecution": self.start,
            "StartSyncExecution": self.start_sync,
            "StopExecution": self.stop,
            "RedriveExecution": self.redrive,
            "DescribeExecution": self.describe,
            "DescribeStateMachineForExecution": self.describe_machine,
            "ListExecutions": self.list_executions,
            "GetExecutionHistory": self.history,
        }

    def start(self, request: Request) -> Answer:
        text = request.get("input", "{}")
        run = self._simulation.start_from_api(
            request["stateMachineArn"], parse_input(text), request.get("name"), text
        )
        return {"executionArn": run.arn, "startDate": run.started_at}

    def start_sync(self, request: Request) -> Answer:
        simulation = self._simulation
        machine, _ = simulation.machines.split(request["stateMachineArn"])
        if machine.kind != "EXPRESS":
            raise _wrong_type()
        text = request.get("input", "{}")
        run = simulation.start_from_api(
            request["stateMachineArn"], parse_input(text), request.get("name"), text, sync=True
        )
        simulation.run(until=run)
        answer = _ended(run, data=request.get("includedData") != "METADATA_ONLY")
        took = ((run.stopped or run.started) - run.started) // 1000
        answer["billingDetails"] = {
            "billedMemoryUsedInMB": 64,
            "billedDurationInMilliseconds": max(100, -(-took // 100) * 100),
        }
        return answer

    def stop(self, request: Request) -> Answer:
        """AWS: an execution that has ended stays as it is. Children end with their Map Run (model)."""
        run = self._execution(request["executionArn"])
        if run.map_run is not None:
            raise invalid(f"StopExecution does not support labeled ARNs: {run.arn}")  # guess
        self._simulation.engine.stop(run, error=request.get("error"), cause=request.get("cause"))
        return {"stopDate": run.stopped_at}

    def redrive(self, request: Request) -> Answer:
        """AWS: the last 10 client tokens are known for 15 minutes: a repetition changes nothing."""
        run, now = self._execution(request["executionArn"]), self._simulation.now
        token = request.get("clientToken")
        tokens = self._tokens.setdefault(run.arn, {})
        if token is not None and token in tokens and now - tokens[token] <= TOKEN_LIFE:
            return {"redriveDate": tokens[token]}
        try:
            self._simulation.redrive(run)
        except NotRedrivable as refusal:
            raise ServiceError(
                "ExecutionNotRedrivable",
                f"Execution is not redrivable: '{run.arn}'. {refusal.reason}",  # guess
            ) from None
        if token is not None:
            tokens[token] = now
            for old in [*tokens][:-KEPT_TOKENS]:
                del tokens[old]
        return {"redriveDate": now}

    def describe(self, request: Request) -> Answer:
        run = self._execution(request["executionArn"])
        answer = _ended(run, data=request.get("includedData") != "METADATA_ONLY")
        answer |= _names(run)
        answer["redriveCount"] = run.redrive_count
        if run.redriven is not None:
            answer["redriveDate"] = moment_of(run.redriven)
        reason = not_redrivable(run)
        if reason is not None:
            answer |= {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
        elif run.map_run is not None:
            answer["redriveStatus"] = "REDRIVABLE_BY_MAP_RUN"
        else:
            answer["redriveStatus"] = "REDRIVABLE"
        return answer

    def describe_machine(self, request: Request) -> Answer:
        """The machine as it was when the execution began; of a Map's child, its parent's."""
        run = self._execution(request["executionArn"])
        revision = self._simulation.revision_of(run.root)
        answer: Answer = {
            "stateMachineArn": run.state_machine_arn,
            "name": revision.workflow.name,
            "updateDate": revision.made,
            **described(revision, request.get("includedData")),
        }
        if run.map_run is not None:
            answer |= {"mapRunArn": run.map_run.arn, "label": run.map_run.label}
        return answer

    def list_executions(self, request: Request) -> Answer:
        """The newest first: of a machine, a version, an alias or a Map Run."""
        found = self._wanted(request)
        status = request.get("statusFilter")
        redriven = request.get("redriveFilter")
        if (status == "PENDING_REDRIVE" or redriven) and "mapRunArn" not in request:
            raise invalid("statusFilter PENDING_REDRIVE and redriveFilter need mapRunArn")  # guess
        items = [
            _listed(run, count)
            for run, count in found
            if status in (None, run.status)
            and (redriven is None or (redriven == "REDRIVEN") == (run.redrive_count > 0))
        ]
        return page("executions", items, request)

    def _wanted(self, request: Request) -> list[tuple[Execution, int | None]]:
        """The executions, those of a Map Run with the count of their items."""
        simulation = self._simulation
        arn, map_run = request.get("stateMachineArn"), request.get("mapRunArn")
        if (arn is None) == (map_run is None):
            raise invalid(
                "Exactly one of stateMachineArn and mapRunArn must be specified"  # guess
            )
        if map_run is not None:
            children = simulation.map_run(map_run).children
            return [
                (child.run, child.items) for child in reversed(children) if child.run is not None
            ]
        machine, qualifier = simulation.machines.split(str(arn))
        if machine.kind == "EXPRESS":
            raise _wrong_type()
        if qualifier and qualifier not in machine.aliases:
            simulation.machines.version(str(arn))
        return [
            (run, None)
            for run in reversed(simulation.executions)
            if run.state_machine_arn == machine.arn
            and (not qualifier or arn in (run.version_arn, run.alias_arn))
        ]

    def history(self, request: Request) -> Answer:
        run = self._execution(request["executionArn"])
        included = request.get("includeExecutionData", True)
        events = []
        for event in run.history:
            shown = {**event.to_aws(), "timestamp": event.at}
            if not included and event.member is not None:
                shown[event.member] = without_data(event.details)
            events.append(shown)
        if request.get("reverseOrder"):
            events.reverse()
        return page("events", events, request)

    def _execution(self, arn: str) -> Execution:
        """AWS: EXPRESS executions are in the logs, not here."""
        check_kind(arn, "execution")
        run = self._simulation.execution(arn)
        if run is None:
            raise ServiceError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return run


def _wrong_type() -> ServiceError:
    return ServiceError(
        "StateMachineTypeNotSupported",
        "This operation is not supported by this type of state machine",
    )


def _names(run: Execution) -> Answer:
    """Through which version and alias it was started, and for which Map Run."""
    answer: Answer = {}
    if run.version_arn is not None:
        answer["stateMachineVersionArn"] = run.version_arn
    if run.alias_arn is not None:
        answer["stateMachineAliasArn"] = run.alias_arn
    if run.map_run is not None:
        answer["mapRunArn"] = run.map_run.arn
    return answer


def _listed(run: Execution, items: int | None) -> Answer:
    answer: Answer = {
        "executionArn": run.arn,
        "stateMachineArn": run.state_machine_arn,
        "name": run.name,
        "status": run.status,
        "startDate": run.started_at,
        "redriveCount": run.redrive_count,
        **_names(run),
    }
    if run.stopped_at is not None:
        answer["stopDate"] = run.stopped_at
    if run.redriven is not None:
        answer["redriveDate"] = moment_of(run.redriven)
    if items is not None:
        answer["itemCount"] = items
    return answer


def _ended(run: Execution, *, data: bool = True) -> Answer:
    """What DescribeExecution and StartSyncExecution have in common."""
    details: dict[str, Json] = {"included": data}
    answer: Answer = {
        "executionArn": run.arn,
        "stateMachineArn": run.state_machine_arn,
        "name": run.name,
        "status": run.status,
        "startDate": run.started_at,
        "inputDetails": details,
    }
    if data:
        answer["input"] = run.input_text or compact(run.input)
    if run.stopped_at is not None:
        answer["stopDate"] = run.stopped_at
    if run.status == "SUCCEEDED":
        answer["outputDetails"] = details
        if data:
            answer["output"] = compact(run.output)
    if run.error is not None:
        answer["error"] = run.error
    if run.cause is not None:
        answer["cause"] = run.cause
    return answer


def check_start(name: str | None, payload: Json, text: str | None, limit: int) -> None:
    """What StartExecution refuses: names (docs, recorded) and inputs over `limit` bytes (model)."""
    if name is not None:
        check_name(name)
    size = len((compact(payload) if text is None else text).encode("utf-8", "surrogatepass"))
    if size > limit:
        raise invalid(
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member"
            f" must have length less than or equal to {limit}"
        )


def same_input(run: Execution, payload: Json) -> bool:
    return canonical(run.input) == canonical(payload)


def parse_input(text: str) -> Json:
    """Raises InvalidExecutionInput in the words of the service's JSON reader."""
    try:
        return parse_json(text)
    except ValueError as error:
        why = "Invalid execution input." if not text.strip() else not_json(text, error)
        raise ServiceError(
            "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{why}'"
        ) from None


def already_exists(arn: str) -> ServiceError:
    return ServiceError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
