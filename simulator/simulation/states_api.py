"""The Step Functions API as handlers and SDK integrations call it inside a world."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simulator.aws.calls import ApiCall, ServiceError
from simulator.engine.execution import Execution
from simulator.engine.ports import Failure, Success
from simulator.engine.runtime import TokenError
from simulator.errors import UsageError
from simulator.values import Json, canonical, compact, parse_json

if TYPE_CHECKING:
    from simulator.simulation.world import Simulation

Answer = dict[str, Any]
_LONGEST_NAME = 80
_FORBIDDEN = re.compile(
    r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff\U0010ffff]"
)


class StatesApi:
    """Answers as the service does; error texts are recorded unless tagged."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._actions: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "StartExecution": self.start_execution,
            "StartSyncExecution": self.start_sync_execution,
            "StopExecution": self.stop_execution,
            "DescribeExecution": self.describe_execution,
            "ListExecutions": self.list_executions,
            "GetExecutionHistory": self.get_execution_history,
            "DescribeStateMachine": self.describe_state_machine,
            "ListStateMachines": self.list_state_machines,
            "SendTaskSuccess": self.send_task_success,
            "SendTaskFailure": self.send_task_failure,
            "SendTaskHeartbeat": self.send_task_heartbeat,
        }

    def call(self, call: ApiCall) -> Answer:
        """Raises ServiceError with AWS's code."""
        action = self._actions.get(call.operation)
        if action is None:
            raise UsageError(
                f"stepfunctions:{call.operation} (called by {call.caller}) is not supported in a"
                f" simulation yet; supported: {', '.join(sorted(self._actions))}"
            )
        return action(dict(call.parameters))

    def start_execution(self, request: dict[str, Any]) -> Answer:
        text = request.get("input", "{}")
        payload = _parse_input(text)
        run = self._simulation.start_from_api(
            request["stateMachineArn"], payload, request.get("name"), text
        )
        return {"executionArn": run.arn, "startDate": run.started_at}

    def start_sync_execution(self, request: dict[str, Any]) -> Answer:
        workflow = self._simulation.workflow_by_arn(request["stateMachineArn"])
        if workflow.kind != "EXPRESS":
            raise ServiceError(
                "StateMachineTypeNotSupported",
                "This operation is not supported by this type of state machine",
            )
        text = request.get("input", "{}")
        run = self._simulation.start_from_api(
            workflow.arn, _parse_input(text), request.get("name"), text, sync=True
        )
        self._simulation.run(until=run)
        described = self.describe(run)
        took = ((run.stopped or run.started) - run.started) // 1000
        described["billingDetails"] = {
            "billedMemoryUsedInMB": 64,
            "billedDurationInMilliseconds": max(100, -(-took // 100) * 100),
        }
        return described

    def stop_execution(self, request: dict[str, Any]) -> Answer:
        run = self._execution(request["executionArn"])
        self._simulation.engine.stop(run, error=request.get("error"), cause=request.get("cause"))
        return {"stopDate": self._simulation.now}

    def describe_execution(self, request: dict[str, Any]) -> Answer:
        return self.describe(self._execution(request["executionArn"]))

    def list_executions(self, request: dict[str, Any]) -> Answer:
        arn = self._simulation.workflow_by_arn(request["stateMachineArn"]).arn
        wanted = request.get("statusFilter")
        found = [
            {
                "executionArn": run.arn,
                "stateMachineArn": run.state_machine_arn,
                "name": run.name,
                "status": run.status,
                "startDate": run.started_at,
                **({} if run.stopped_at is None else {"stopDate": run.stopped_at}),
            }
            for run in reversed(self._simulation.executions)
            if run.state_machine_arn == arn and wanted in (None, run.status)
        ]
        return {"executions": found[: request.get("maxResults") or 100]}

    def get_execution_history(self, request: dict[str, Any]) -> Answer:
        run = self._execution(request["executionArn"])
        events = [{**event.to_aws(), "timestamp": event.at} for event in run.history]
        if request.get("reverseOrder"):
            events.reverse()
        return {"events": events[: request.get("maxResults") or 100]}

    def describe_state_machine(self, request: dict[str, Any]) -> Answer:
        workflow = self._simulation.workflow_by_arn(request["stateMachineArn"])
        return {
            "stateMachineArn": workflow.arn,
            "name": workflow.name,
            "status": "ACTIVE",
            "definition": compact(workflow.definition),
            "roleArn": workflow.role_arn,
            "type": workflow.kind,
            "creationDate": self._simulation.started_at,
        }

    def list_state_machines(self, request: dict[str, Any]) -> Answer:  # noqa: ARG002 - one page
        return {
            "stateMachines": [
                {
                    "stateMachineArn": workflow.arn,
                    "name": workflow.name,
                    "type": workflow.kind,
                    "creationDate": self._simulation.started_at,
                }
                for workflow in self._simulation.project.workflows.values()
            ]
        }

    def send_task_success(self, request: dict[str, Any]) -> Answer:
        try:
            output = parse_json(request["output"])
        except ValueError as error:
            raise ServiceError("InvalidOutput", f"Invalid Output: '{error}'") from None
        return self._settle(request["taskToken"], Success(output))

    def send_task_failure(self, request: dict[str, Any]) -> Answer:
        failure = Failure(request.get("error"), request.get("cause"))
        return self._settle(request["taskToken"], failure)

    def send_task_heartbeat(self, request: dict[str, Any]) -> Answer:
        try:
            self._simulation.engine.heartbeat(request["taskToken"])
        except TokenError as error:
            raise ServiceError(error.code, str(error)) from None
        return {}

    def _settle(self, token: str, result: Success | Failure) -> Answer:
        try:
            self._simulation.engine.settle(token, result)
        except TokenError as error:
            raise ServiceError(error.code, str(error)) from None
        return {}

    def _execution(self, arn: str) -> Execution:
        for run in self._simulation.executions:
            if run.arn == arn:
                return run
        raise ServiceError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")

    @staticmethod
    def describe(run: Execution) -> Answer:
        """DescribeExecution's answer."""
        answer: Answer = {
            "executionArn": run.arn,
            "stateMachineArn": run.state_machine_arn,
            "name": run.name,
            "status": run.status,
            "startDate": run.started_at,
            "input": run.input_text or compact(run.input),
            "inputDetails": {"included": True},
        }
        if run.stopped_at is not None:
            answer["stopDate"] = run.stopped_at
        if run.status == "SUCCEEDED":
            answer["output"] = compact(run.output)
            answer["outputDetails"] = {"included": True}
        if run.error is not None:
            answer["error"] = run.error
        if run.cause is not None:
            answer["cause"] = run.cause
        return answer


def check_start(name: str | None, payload: Json, text: str | None, limit: int) -> None:
    """What StartExecution refuses: names (docs, recorded) and inputs over `limit` bytes (model)."""
    if name is not None and (not 1 <= len(name) <= _LONGEST_NAME or _FORBIDDEN.search(name)):
        raise ServiceError("InvalidName", f"Invalid Name: '{name}'")
    size = len((compact(payload) if text is None else text).encode("utf-8", "surrogatepass"))
    if size > limit:
        raise ServiceError(
            "ValidationException",
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member"
            f" must have length less than or equal to {limit}",
        )


def same_input(run: Execution, payload: Json) -> bool:
    return canonical(run.input) == canonical(payload)


def _parse_input(text: str) -> Json:
    try:
        return parse_json(text)
    except ValueError as error:
        raise ServiceError(
            "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'"
        ) from None


def not_found(arn: str) -> ServiceError:
    return ServiceError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def already_exists(arn: str) -> ServiceError:
    return ServiceError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")


__all__ = ["StatesApi", "already_exists", "check_start", "not_found", "same_input"]
