"""Calls the real handlers in this process, as Lambda and Step Functions would."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from simulator.asl.integrations import parameter_check
from simulator.aws.calls import ApiCall, ServiceError
from simulator.aws.cloud import Cloud, Running
from simulator.aws.faults import FunctionKilled
from simulator.engine.ports import Failure, Pending, Success, TaskCall, TaskResult
from simulator.errors import SimulatorError, UsageError
from simulator.problems import did_you_mean
from simulator.tasks.functions import Function, Handlers
from simulator.tasks.logs import captured
from simulator.tasks.metadata import request_id, sdk_metadata
from simulator.tasks.refusals import not_startable
from simulator.values import Json, compact, parse_json

INVOKE: Final = ":::lambda:invoke"
LARGEST: Final = 6 * 1024 * 1024  # AWS: payload of a synchronous invocation (docs)
# AWS: what each type takes in, in bytes; an asynchronous one 1 MB since October 2025 (docs).
_LARGEST_REQUEST: Final = {"RequestResponse": LARGEST, "DryRun": LARGEST, "Event": 1024 * 1024}
_NAME: Final = re.compile(
    r"(arn:[\w-]+:lambda:(?P<region>[\w-]+):)?((?P<account>\d{12}):)?(function:)?"
    r"(?P<name>[\w-]+)(:(?P<qualifier>[\w$-]+))?"
)  # AWS: FunctionName's pattern (model): a name, an ARN or a part of one
_TAIL: Final = 4096  # bytes of the log that an invocation may give back (docs)
_UNQUALIFIED: Final = 6  # colons in a function's ARN without a version
_NO_NAME: Final = "The field 'FunctionName' is required but was missing"
_CHECK: Final = parameter_check("arn:aws:states:::lambda:invoke")


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a function. With an `error`, `result` is Lambda's error object."""

    function: str
    payload: Json
    result: Json
    error: Failure | None
    logs: str
    at: datetime
    took: timedelta
    request_id: str = ""


@dataclass(slots=True)
class LambdaContext:
    """The context object that handlers get."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: str
    aws_request_id: str
    log_group_name: str
    _running: Running
    _timeout: timedelta
    function_version: str = "$LATEST"
    log_stream_name: str = "simulator"
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        left = self._timeout - self._running.took
        return max(0, left // timedelta(milliseconds=1))


class Lambdas:
    """Runs functions by name, ARN or Task state. `environment` is set for every function.

    `refused` says of functions, by physical name, why they cannot run. `later(name, payload)`
    arranges an asynchronous invocation; without it such an invocation happens at once.
    """

    def __init__(
        self,
        functions: Mapping[str, Function],
        cloud: Cloud,
        handlers: Handlers,
        refused: Mapping[str, str] | None = None,
    ) -> None:
        # By account: two stacks of a project may use one name.
        self._by_name = {(_account(item), item.name): item for item in functions.values()}
        self._by_logical_id = {
            (_account(item), item.logical_id): item for item in functions.values()
        }
        self._accounts = {account for account, _ in self._by_name}
        self._cloud = cloud
        self._home = cloud.account
        self._handlers = handlers
        self._refused = refused or {}
        self.environment: dict[str, str] = {}
        self.invocations: list[Invocation] = []
        self.later: Callable[[str, Json], None] = self._at_once

    # -- Task states ----------------------------------------------------------------------------

    def run(self, call: TaskCall) -> TaskResult:
        with self._cloud.calling(call.state):
            return self._direct(call) if INVOKE not in call.resource else self._service(call)

    def _direct(self, call: TaskCall) -> TaskResult:
        function = self._find(call.resource)
        if function is None:
            return _no_function(call.resource, call)
        done = self._invoke(function, call.payload, request_id(call))
        if done.error is None:
            return Success(done.result, done.took)
        # AWS: the cause of a direct task is Lambda's own text, with blanks (recorded).
        cause = json.dumps(done.result, ensure_ascii=False)
        return Failure(done.error.error, cause, done.took)

    def _service(self, call: TaskCall) -> TaskResult:
        payload = call.payload
        words = _CHECK(payload) if _CHECK is not None and isinstance(payload, dict) else _NO_NAME
        if words is not None or not isinstance(payload, dict):
            return not_startable(call, words or _NO_NAME)
        name = str(payload["FunctionName"])
        function = self._find(name)
        if function is None:
            arn = self._arn(name)
            latest = "" if arn.count(":") > _UNQUALIFIED else ":$LATEST"  # AWS: recorded
            return _no_function(f"{arn}{latest}", call)
        kind = payload.get("InvocationType") or "RequestResponse"
        if kind not in _LARGEST_REQUEST:
            return Failure("Lambda.ValidationException", _not_a_type(kind))
        try:
            event = _event(payload.get("Payload"))
        except ValueError as error:
            return Failure(
                "Lambda.InvalidRequestContentException",
                _cause(f"Could not parse request body into json: {error}", 400, call),
            )
        if kind != "RequestResponse":
            status = self._accepted(function, event, str(kind))
            short: dict[str, Json] = {"Payload": "", "StatusCode": status, **sdk_metadata(call)}
            return _answered(call, dict(sorted(short.items())))
        done = self._invoke(function, event, request_id(call))
        if done.error is not None:
            return Failure(done.error.error, compact(done.result), done.took)
        metadata = sdk_metadata(call, len(compact(done.result)), "lambda", self._cloud.now)
        answer: dict[str, Json] = {
            "ExecutedVersion": "$LATEST",
            "Payload": done.result,
            **metadata,
            "StatusCode": 200,
        }
        if payload.get("LogType") == "Tail":
            tail = done.logs.encode()[-_TAIL:]
            answer["LogResult"] = base64.b64encode(tail).decode()
        return _answered(call, dict(sorted(answer.items())), done.took)

    # -- everybody else -------------------------------------------------------------------------

    def invoke(
        self, name: str, payload: Json, *, invocation_type: str = "RequestResponse"
    ) -> Invocation:
        """By name, logical id or ARN. UsageError with a hint when there is no such function."""
        function = self._find(name) or self._anywhere(name)
        if function is None:
            known = {word for _, word in (*self._by_logical_id, *self._by_name)}
            hint = did_you_mean(name.rpartition(":")[2], known)
            raise UsageError(f"there is no function '{name}'" + (f"; {hint}" if hint else ""))
        number = len(self.invocations)
        digest = hashlib.sha256(f"{function.name}/{invocation_type}/{number}".encode()).digest()
        return self._invoke(function, payload, str(uuid.UUID(bytes=digest[:16], version=4)))

    def answer_invoke(self, call: ApiCall) -> dict[str, Any]:
        """boto3's Lambda Invoke, made by a handler of this world. Raises ServiceError."""
        name = str(call.parameters["FunctionName"])
        function = self._find(name)
        if function is None:
            raise ServiceError(
                "ResourceNotFoundException", f"Function not found: {self._arn(name)}", 404
            )
        self._check_session(call, function)
        kind = str(call.parameters.get("InvocationType", "RequestResponse"))
        if kind not in _LARGEST_REQUEST:
            raise ServiceError("ValidationException", _not_a_type(kind))
        payload = _payload(call.parameters.get("Payload") or b"{}", kind)
        if kind != "RequestResponse":
            status = self._accepted(function, payload, kind)
            return {"StatusCode": status, "Payload": io.BytesIO(b"")}
        done = self.invoke(function.name, payload)
        answer: dict[str, Any] = {
            "StatusCode": 200,
            "ExecutedVersion": "$LATEST",
            "Payload": io.BytesIO(compact(done.result).encode()),
        }
        if done.error is not None:
            answer["FunctionError"] = "Unhandled"
        return answer

    def _check_session(self, call: ApiCall, function: Function) -> None:
        """An assumed role may invoke what its own policies allow. Raises ServiceError."""
        if not call.role:
            return
        from simulator.aws.trust import allows

        # AWS: the policy is asked about what was named: the function, a version or an alias (docs).
        name = str(call.parameters["FunctionName"])
        found = _NAME.fullmatch(name)
        qualifier = call.parameters.get("Qualifier") or (found and found["qualifier"])
        resource = f"{function.arn}:{qualifier}" if qualifier else function.arn
        policies = self._cloud.policies_of(call.role)
        if not allows(policies, "lambda:InvokeFunction", resource):
            # AWS: in these words (recorded by others).
            message = (
                f"User: {call.role} is not authorized to perform: lambda:InvokeFunction on"
                f" resource: {resource} because no identity-based policy allows the"
                " lambda:InvokeFunction action"
            )
            raise ServiceError("AccessDeniedException", message, 403)

    def _accepted(self, function: Function, payload: Json, kind: str) -> int:
        """The status of an invocation that nobody waits for."""
        if kind == "DryRun":
            return 204
        own = _account(function) in ("", self._home)
        self.later(function.name if own else function.arn, payload)
        return 202

    def _at_once(self, name: str, payload: Json) -> None:
        self.invoke(name, payload, invocation_type="Event")

    def function(self, logical_id: str) -> Function:
        """Of the account that is at work, or of any. KeyError: none of that logical id."""
        own = self._by_logical_id.get((self._cloud.account, logical_id))
        named = (item for (_, word), item in self._by_logical_id.items() if word == logical_id)
        found = own or next(named, None)
        if found is None:
            raise KeyError(logical_id)
        return found

    def _anywhere(self, name: str) -> Function | None:
        """By logical id, of whichever account: for those outside that look at all of them."""
        try:
            return self.function(name)
        except KeyError:
            return None

    def _find(self, name: str) -> Function | None:
        """UsageError for a function that exists and cannot run here."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        account = found["account"] or self._cloud.account
        here = {"region": self._cloud.region, "account": self._cloud.account}
        for what, ours in here.items():
            if found[what] not in (None, ours) and found[what] not in self._accounts:
                raise UsageError(
                    f"{self._cloud.caller} invokes {name}, a function of the {what} {found[what]},"
                    f" and only functions of {ours} run here; script the state's result or emulate"
                    " lambda:Invoke"
                )
        plain = found["name"]
        if plain in self._refused:
            raise UsageError(self._refused[plain])
        return self._by_name.get((account, plain)) or self._by_logical_id.get((account, plain))

    def _arn(self, name: str) -> str:
        if name.startswith("arn:"):
            return name
        return f"arn:aws:lambda:{self._cloud.region}:{self._cloud.account}:function:{name}"

    # -- one run --------------------------------------------------------------------------------

    def _invoke(self, function: Function, payload: Json, identity: str) -> Invocation:
        cloud, at = self._cloud, self._cloud.now
        environment = {**function.environment, **self.environment}
        event = parse_json(compact(payload))  # as JSON comes in: the function's own copy
        problems = len(cloud.unsupported)
        with (
            cloud.inside(_account(function) or cloud.account),
            cloud.running(function.logical_id, function.timeout, function.role) as running,
            captured(identity) as logs,
            self._handlers.inside(function, environment),
        ):
            context = LambdaContext(
                function.name,
                function.arn,
                str(function.memory_mb),
                identity,
                f"/aws/lambda/{function.name}",
                running,
                function.timeout,
            )
            killed = cloud.kill_for(function.logical_id, "before")
            result, error = _died(identity) if killed else self._call(function, event, context)
        if len(cloud.unsupported) > problems:
            raise cloud.unsupported[problems]  # a handler's `except Exception` must not hide it
        took = function.latency + running.took
        if took > function.timeout and not killed:
            # AWS: Lambda stops the function there, whatever it was about to return or raise.
            took = function.timeout
            result, error = _timed_out(function, identity)
        done = Invocation(
            function.logical_id, payload, result, error, logs.text(), at, took, identity
        )
        self.invocations.append(done)
        return done

    def _call(
        self, function: Function, event: Json, context: LambdaContext
    ) -> tuple[Json, Failure | None]:
        identity = context.aws_request_id
        try:
            value = self._handlers.handler(function)(event, context)
        except FunctionKilled as death:
            if death.reason == "timeout":
                return _timed_out(function, identity)
            return _died(identity)
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
            message = (
                f"RequestId: {identity} Error: Runtime exited with error: exit status {status}"
            )
            return _failed("Runtime.ExitError", message)
        except SimulatorError:
            raise
        except Exception as error:  # noqa: BLE001 - the workflow's error, whatever it is
            return _raised(error, function, identity)
        if self._cloud.kill_for(function.logical_id, "after"):
            return _died(identity)
        return _marshalled(value, identity)


def _account(function: Function) -> str:
    return function.arn.split(":")[4] if function.arn.count(":") >= 5 else ""


def _answered(call: TaskCall, answer: Json, took: timedelta = timedelta(0)) -> TaskResult:
    """The API call has succeeded: with a token, the task goes on waiting."""
    return Success(answer, took) if call.token is None else Pending(answer, took)


def _not_a_type(kind: Json) -> str:
    return (
        f"1 validation error detected: Value '{kind}' at 'invocationType' failed to satisfy"
        " constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]"
    )


def _payload(given: Any, kind: str) -> Json:
    """The body of an Invoke request. Raises ServiceError."""
    text = given.read() if hasattr(given, "read") else given
    size = len(text.encode() if isinstance(text, str) else text)
    if size > (limit := _LARGEST_REQUEST[kind]):
        # AWS: recorded by others, for both types.
        message = (
            f"{size} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
        )
        raise ServiceError("RequestEntityTooLargeException", message, 413)
    try:
        return parse_json(text)
    except ValueError as error:
        raise ServiceError(
            "InvalidRequestContentException", f"Could not parse request body into json: {error}"
        ) from None


def _marshalled(value: Any, identity: str) -> tuple[Json, Failure | None]:
    """The result as JSON goes out of Lambda."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        body: Json = {
            "errorMessage": f"Unable to marshal response: {error}",
            "errorType": "Runtime.MarshalError",
            "requestId": identity,
            "stackTrace": [],
        }
        return body, Failure("Runtime.MarshalError", compact(body))
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        return _failed(
            "Function.ResponseSizeTooLarge",
            f"Response payload size exceeded maximum allowed payload size ({LARGEST} bytes).",
        )
    return parse_json(text), None


def _raised(error: Exception, function: Function, identity: str) -> tuple[Json, Failure]:
    name = type(error).__name__
    body: Json = {
        "errorMessage": str(error),
        "errorType": name,
        "requestId": identity,
        "stackTrace": _stack(error, function),
    }
    return body, Failure(name, compact(body))


def _stack(error: Exception, function: Function) -> list[Json]:
    """The frames of the function's own code, at the place where Lambda has it."""
    frames = []
    code = function.code.absolute()
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(code):
            place = f"/var/task/{path.relative_to(code).as_posix()}"
            line = f"    {frame.line}\n" if frame.line else ""
            frames.append(f'  File "{place}", line {frame.lineno}, in {frame.name}\n{line}')
    return list(frames)


def _failed(kind: str, message: str) -> tuple[Json, Failure]:
    body: Json = {"errorType": kind, "errorMessage": message}
    return body, Failure(kind, compact(body))


def _timed_out(function: Function, identity: str) -> tuple[Json, Failure]:
    seconds = function.timeout.total_seconds()
    message = f"RequestId: {identity} Error: Task timed out after {seconds:.2f} seconds"
    return _failed("Sandbox.Timedout", message)


def _died(identity: str) -> tuple[Json, Failure]:
    """AWS: a sandbox that dies returns no error type; Step Functions says Lambda.Unknown (docs)."""
    body: Json = {"errorMessage": f"RequestId: {identity} Process exited before completing request"}
    return body, Failure(
        "Lambda.Unknown",
        "The cause could not be determined because Lambda did not return an error type."
        f" Returned payload: {compact(body)}",
    )


def _event(payload: Json) -> Json:
    """What the function gets: a text is the JSON itself, nothing is {} (recorded). ValueError."""
    if payload is None:
        return {}
    return parse_json(payload) if isinstance(payload, str) else payload


def _no_function(arn: str, call: TaskCall) -> Failure:
    cause = _cause(f"Function not found: {arn}", 404, call, "ResourceNotFoundException")
    return Failure("Lambda.ResourceNotFoundException", cause)


def _cause(
    message: str, status: int, call: TaskCall, code: str = "InvalidRequestContentException"
) -> str:
    return (
        f"{message} (Service: AWSLambda; Status Code: {status}; Error Code: {code};"
        f" Request ID: {request_id(call)}; Proxy: null)"
    )
