"""AWS's names for services, actions, parameters and errors, from botocore's models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from simulator.errors import UsageError
from simulator.problems import did_you_mean
from simulator.values import Json, compact

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

# The SDK's client names, lower-cased without punctuation, where boto3 calls the service otherwise.
_OTHER_NAMES: Final = {
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "configservice": "config",
    "costexplorer": "ce",
    "databasemigrationservice": "dms",
    "directoryservice": "ds",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "eventbridge": "events",
    "migrationhub": "mgh",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}


@cache
def _services() -> dict[str, str]:
    """SDK name → boto3's name, for every service botocore knows."""
    import botocore.session

    known = {
        name.replace("-", ""): name
        for name in botocore.session.get_session().get_available_services()
    }
    return {**known, **_OTHER_NAMES}


def client_name(sdk_name: str) -> str:
    """boto3's name of `dynamodb`, `sfn`, `cloudwatchlogs`. UsageError with a hint."""
    found = _services().get(sdk_name)
    if found is None:
        hint = did_you_mean(sdk_name, _services())
        raise UsageError(
            f"no AWS SDK client is called '{sdk_name}'" + (f"; {hint}" if hint else "")
        )
    return found


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


def method_name(model: OperationModel) -> str:
    """The client's Python method: put_item."""
    from botocore import xform_name

    return str(xform_name(model.name))


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


class BadParameters(Exception):
    """Parameters that the API does not have, or that have the wrong form."""


def to_parameters(model: OperationModel, payload: Json) -> dict[str, Any]:
    """PascalCase parameters → the members of the operation's input. Raises BadParameters."""
    if not isinstance(payload, dict):
        raise BadParameters("the parameters must be an object")
    shape = model.input_shape
    if shape is None:
        return {}
    found = _into(shape, payload, "")
    return dict(found)


def _into(shape: Shape, value: Any, where: str) -> Any:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        members = {_key(name): name for name in shape.members}  # type: ignore[attr-defined]  # a structure
        made = {}
        for name, item in value.items():
            member = members.get(_key(name))
            if member is None:
                hint = did_you_mean(name, shape.members)  # type: ignore[attr-defined]  # a structure
                raise BadParameters(
                    f"The field '{where}{name}' is not supported" + (f"; {hint}" if hint else "")
                )
            made[member] = _into(shape.members[member], item, f"{where}{name}.")  # type: ignore[attr-defined]  # a structure
        return made
    if kind == "list" and isinstance(value, list):
        return [_into(shape.member, item, where) for item in value]  # type: ignore[attr-defined]  # a list
    if kind == "map" and isinstance(value, Mapping):
        return {name: _into(shape.value, item, where) for name, item in value.items()}  # type: ignore[attr-defined]  # a map
    if kind == "blob" and isinstance(value, str):
        return value.encode()
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


def output_of(model: OperationModel, answer: Mapping[str, Any]) -> Json:
    """As `to_output`, leaving the keys of maps as they are: they are data, not members."""
    shape = model.output_shape
    if shape is None:
        return {}
    return _out(shape, {name: item for name, item in answer.items() if name != "ResponseMetadata"})


def _out(shape: Shape, value: Any) -> Json:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        members = shape.members  # type: ignore[attr-defined]  # a structure
        return {
            _pascal(name): _out(members[name], item) if name in members else to_output(item)
            for name, item in value.items()
        }
    if kind == "list" and isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [_out(shape.member, item) for item in value]  # type: ignore[attr-defined]  # a list
    if kind == "map" and isinstance(value, Mapping):
        return {name: _out(shape.value, item) for name, item in value.items()}  # type: ignore[attr-defined]  # a map
    return to_output(value)


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]


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


def is_modelled(client: str, code: str) -> bool:
    """Has the service an exception of this name of its own?"""
    import botocore.session

    model = botocore.session.get_session().get_service_model(client)
    codes = {
        shape.metadata.get("error", {}).get("code", shape.name) for shape in model.error_shapes
    }
    return code in codes or code in {shape.name for shape in model.error_shapes}
