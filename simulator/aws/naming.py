"""AWS's names for services, actions, parameters and errors, from botocore's models."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simulator.errors import UsageError
from simulator.problems import did_you_mean
from simulator.values import Json, compact

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

# How a service id begins in every model; one file read whole would take longer than all beginnings.
_SERVICE_ID: Final = re.compile(rb'"serviceId"\s*:\s*"([^"]+)"')
_BEGINNING: Final = 4000  # bytes


@cache
def _short_names() -> dict[str, str]:
    """boto3's own names without hyphens, which most SDK names are too."""
    import botocore.session

    names = botocore.session.get_session().get_available_services()
    return {**{name.replace("-", ""): name for name in names}, "sfn": "stepfunctions"}


@cache
def _service_ids() -> dict[str, str]:
    """SDK name → boto3's name, from the service ids in botocore's models (0.2 s).

    AWS: the Java SDK leaves out a trailing "Service", older tables of names do not: both are known.
    """
    found: dict[str, str] = {}
    for client, path in _models():
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            match = _SERVICE_ID.search(file.read(_BEGINNING))
        if match is not None:
            key = _key(match[1].decode())
            found.setdefault(key, client)
            found.setdefault(key.removesuffix("service"), client)
    return found


def _models() -> Iterator[tuple[str, Path]]:
    """The newest model file of every service."""
    import botocore.session

    loader = botocore.session.get_session().get_component("data_loader")
    folders = [Path(folder) for folder in loader.search_paths]
    for client in _short_names().values():
        version = loader.determine_latest_version(client, "service-2")
        for folder in folders:
            yield from (
                (client, path) for path in (folder / client / version).glob("service-2.json*")
            )


def client_name(sdk_name: str) -> str:
    """boto3's name of `dynamodb`, `sfn`, `cloudwatchlogs`. UsageError with a hint."""
    found = _short_names().get(sdk_name) or _service_ids().get(sdk_name)
    if found is None:
        hint = did_you_mean(sdk_name, {*_short_names(), *_service_ids()})
        raise UsageError(
            f"no AWS SDK client is called '{sdk_name}'" + (f"; {hint}" if hint else "")
        )
    return found


@cache
def sdk_names() -> tuple[str, ...]:
    """Every service as a Resource may name it after `aws-sdk:`."""
    return tuple(sorted(_service_ids()))


@cache
def operation(client: str, action: str) -> OperationModel:
    """The operation that a task calls in camel case. UsageError with a hint."""
    import botocore.session
    from botocore import xform_name

    model = botocore.session.get_session().get_service_model(client)
    wanted = xform_name(action).replace("_", "")
    for name in model.operation_names:
        if name.lower() == wanted:
            return model.operation_model(name)
    known = [name[0].lower() + name[1:] for name in model.operation_names]
    hint = did_you_mean(action, known)
    raise UsageError(f"{client} has no action '{action}'" + (f"; {hint}" if hint else ""))


def check_call(client: str, name: str) -> None:
    """A call as it is recorded: boto3's client and the API's operation. UsageError with a hint."""
    known = set(_short_names().values())
    if client not in known:
        hint = did_you_mean(client, known)
        raise UsageError(f"boto3 has no client '{client}'" + (f"; {hint}" if hint else ""))
    names = _operations(client)
    if name not in names:
        hint = did_you_mean(name, names)
        raise UsageError(f"{client} has no operation '{name}'" + (f"; {hint}" if hint else ""))


@cache
def _operations(client: str) -> frozenset[str]:
    import botocore.session

    return frozenset(botocore.session.get_session().get_service_model(client).operation_names)


def method_name(model: OperationModel) -> str:
    """The client's Python method: put_item."""
    from botocore import xform_name

    return str(xform_name(model.name))


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


class BadParameters(Exception):
    """Parameters that the API does not have, or that have the wrong form."""


def is_bad_parameters(error: Exception) -> bool:
    """Does botocore refuse to send the call at all?"""
    from botocore.exceptions import EndpointResolutionError, ParamValidationError

    return isinstance(error, EndpointResolutionError | ParamValidationError)


def to_parameters(
    model: OperationModel, payload: Json, *, plain: str | None = None
) -> dict[str, Any]:
    """PascalCase parameters → the members of the operation's input. Raises BadParameters.

    A text where a structure of the name `plain` is wanted becomes its member S.
    """
    if not isinstance(payload, dict):
        raise BadParameters("the parameters must be an object")
    shape = model.input_shape
    if shape is None:
        return {}
    found = _into(shape, payload, "", plain)
    return dict(found)


def missing(model: OperationModel, parameters: Mapping[str, Any]) -> list[str]:
    """Members of the operation's input that it requires and the parameters lack."""
    shape: Any = model.input_shape
    if shape is None:
        return []
    return [
        name
        for name in shape.required_members
        if name not in parameters and not shape.members[name].metadata.get("idempotencyToken")
    ]


def _into(shape: Shape, value: Any, where: str, plain: str | None) -> Any:
    kind = shape.type_name
    if isinstance(value, str) and shape.name == plain:
        return {"S": value}
    if kind == "structure" and isinstance(value, Mapping):
        members = {_key(name): name for name in shape.members}  # type: ignore[attr-defined]  # a structure
        made = {}
        for name, item in value.items():
            if item is None:
                continue  # AWS: what is null is not sent (recorded)
            member = members.get(_key(name))
            if member is None:
                hint = did_you_mean(name, shape.members)  # type: ignore[attr-defined]  # a structure
                raise BadParameters(
                    f"The field '{where}{name}' is not supported" + (f"; {hint}" if hint else "")
                )
            made[member] = _into(shape.members[member], item, f"{where}{name}.", plain)  # type: ignore[attr-defined]  # a structure
        return made
    if kind == "list" and isinstance(value, list):
        return [_into(shape.member, item, where, plain) for item in value]  # type: ignore[attr-defined]  # a list
    if kind == "map" and isinstance(value, Mapping):
        return {name: _into(shape.value, item, where, plain) for name, item in value.items()}  # type: ignore[attr-defined]  # a map
    if kind == "blob":
        # AWS: a body is written as JSON, a text with its quotation marks too (recorded for S3).
        as_it_is = isinstance(value, str) and not shape.serialization.get("streaming")
        return (value if as_it_is else compact(value)).encode()
    if kind == "string" and isinstance(value, dict | list):
        return compact(
            value
        )  # AWS: an object where a JSON text is wanted is written as one (recorded)
    return value


def to_output(value: Any) -> Json:
    """An SDK answer as a task sees it: PascalCase, ISO-8601 times, bytes as text, no metadata."""
    if isinstance(value, dict):
        return {
            _pascal(name): to_output(item)
            for name, item in value.items()
            if name != "ResponseMetadata"
        }
    if isinstance(value, list | tuple | set):
        return [to_output(item) for item in value]
    if isinstance(value, datetime):
        text = value.astimezone(UTC).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z").replace(".000Z", "Z")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "read"):
        return to_output(value.read())
    return value  # type: ignore[no-any-return]  # what is left is JSON


def output_of(
    model: OperationModel, answer: Mapping[str, Any], *, optimised: bool = False, fill: bool = False
) -> Json:
    """As `to_output`, leaving the keys of maps as they are: they are data, not members.

    Optimised integrations have an older SDK: names keep their capitals (MD5OfMessageBody, recorded)
    and times are milliseconds. With `fill` lists that are not there are empty ones.
    """
    shape = model.output_shape
    if shape is None:
        return {}
    found = {name: item for name, item in answer.items() if name != "ResponseMetadata"}
    return _Out(optimised, fill).of(shape, found)


class _Out:
    def __init__(self, optimised: bool, fill: bool) -> None:  # noqa: FBT001 - of output_of()
        self.optimised = optimised
        self.spelled = _pascal if optimised else spelling
        self.fill = fill

    def of(self, shape: Any, value: Any) -> Json:
        kind = shape.type_name
        if kind == "structure" and isinstance(value, Mapping):
            return self._structure(shape, value)
        if kind == "list" and isinstance(value, Iterable) and not isinstance(value, str | bytes):
            return [self.of(shape.member, item) for item in value]
        if kind == "map" and isinstance(value, Mapping):
            return {name: self.of(shape.value, item) for name, item in value.items()}
        if self.optimised and isinstance(value, datetime):
            return round(value.timestamp() * 1000)
        return to_output(value)

    def _structure(self, shape: Any, value: Mapping[str, Any]) -> Json:
        members = shape.members
        made: dict[str, Json] = {
            self.spelled(name): self.of(members[name], item) if name in members else to_output(item)
            for name, item in value.items()
        }
        if self.fill:
            for name, member in members.items():
                if member.type_name == "list":
                    made.setdefault(self.spelled(name), [])
        return made


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]


def spelling(name: str) -> str:
    """A member as Step Functions spells it: DBInstances → DbInstances, executionArn → ExecutionArn.

    AWS: the names are those of the Java SDK in Pascal case (docs); it writes the capitals that begin
    a name as one word.
    """
    first = action_spelling(name)
    return first[:1].upper() + first[1:]


def action_spelling(name: str) -> str:
    """An operation in camel case: PutItem → putItem, ListVPCs → listVPCs."""
    end = 1
    while end < len(name) and name[end].isupper():
        if end + 1 < len(name) and name[end + 1].islower():
            break
        end += 1
    return name[:end].lower() + name[end:]


@cache
def sdk_title(client: str) -> str:
    """The service as aws-sdk errors name it: DynamoDb, Sfn, SecretsManager."""
    import botocore.session

    model = botocore.session.get_session().get_service_model(client)
    words = re.findall(r"[A-Za-z0-9]+", str(model.service_id))
    return "".join(_word(word) for word in words)


def _word(word: str) -> str:
    """One word of a service id in the SDK's style: DynamoDB → DynamoDb, SFN → Sfn."""
    return re.sub(
        r"[A-Z]{2,}", lambda found: found[0][0] + found[0][1:].lower(), word[:1].upper() + word[1:]
    )


def exception_name(client: str, code: str) -> str | None:
    """The service's own exception for an error code; None when the SDK has no class for it."""
    import botocore.session

    model = botocore.session.get_session().get_service_model(client)
    for shape in model.error_shapes:
        if code in (shape.metadata.get("error", {}).get("code"), shape.name):
            return str(shape.name)
    return None
