"""AWS's APIs as the language asks for them (asl/apis.py), from botocore's models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from simulator.asl.apis import EMPTY, Kind, Operation, Shape
from simulator.aws.naming import (
    action_spelling,
    client_name,
    sdk_names,
    sdk_title,
    spelling,
)
from simulator.errors import UsageError

if TYPE_CHECKING:
    from botocore.model import Shape as Model

# Optimised integrations whose name is neither the SDK's nor the client's.
_CLIENTS: Final = {"states": "stepfunctions"}
# Optimised actions that live in another API than the integration's name says.
_MOVED: Final = {("bedrock", "invokeModel"): "bedrock-runtime"}
# Optimised integrations that are not one call of one API: they have parameters of their own.
_NO_API: Final = frozenset({"apigateway", "http", "elasticmapreduce"})
_KINDS: Final[dict[str, Kind]] = {
    "character": "string",
    "biginteger": "long",
    "bigdecimal": "double",
    "byte": "integer",
    "short": "integer",
}


class Models:
    """Apis over botocore. Reading a service's model takes up to 0.3 s, once."""

    def services(self) -> Sequence[str]:
        return sdk_names()

    def actions(self, service: str) -> Sequence[str]:
        client = _client(service)
        return () if client is None else tuple(sorted(_operations(client)))

    def operation(self, service: str, action: str) -> Operation | None:
        client = _MOVED.get((service, action)) or _client(service)
        if client is None or action not in (known := _operations(client)):
            return None
        return _operation(client, known[action])


@cache
def _client(service: str) -> str | None:
    if service in _NO_API:
        return None
    try:
        return _CLIENTS.get(service) or client_name(service.replace("-", ""))
    except UsageError:
        return None


@cache
def _service_model(client: str) -> Any:
    import botocore.session

    return botocore.session.get_session().get_service_model(client)


@cache
def _operations(client: str) -> Mapping[str, str]:
    return {action_spelling(name): name for name in _service_model(client).operation_names}


@cache
def _operation(client: str, name: str) -> Operation:
    model = _service_model(client).operation_model(name)
    return Operation(
        client=client,
        title=sdk_title(client),
        name=name,
        input=EMPTY if model.input_shape is None else _shape(client, model.input_shape),
        output=EMPTY if model.output_shape is None else _shape(client, model.output_shape),
        errors=tuple(shape.name for shape in model.error_shapes),
    )


_shapes: Final[dict[tuple[str, str], Shape]] = {}


def _shape(client: str, model: Model) -> Shape:
    """One Shape per shape of a service, so recursive ones end."""
    key = (client, model.name)
    if key not in _shapes:
        _shapes[key] = _new_shape(client, model)
    return _shapes[key]


def _new_shape(client: str, model: Any) -> Shape:
    limits = model.metadata
    kind = cast("Kind", _KINDS.get(model.type_name, model.type_name))
    required: tuple[str, ...] = ()
    if kind == "structure":
        if getattr(model, "is_document_type", False):
            kind = "document"
        # The SDK fills in tokens of idempotency by itself.
        required = tuple(
            spelling(name)
            for name in model.required_members
            if not model.members[name].metadata.get("idempotencyToken")
        )

    @cache
    def inside() -> Mapping[str, Shape]:
        if kind == "structure":
            return {
                spelling(name): _shape(client, member) for name, member in model.members.items()
            }
        element = model.member if kind == "list" else model.value
        return {"element": _shape(client, element)}

    return Shape(
        name=model.name,
        kind=kind,
        required=required,
        enum=tuple(limits.get("enum", ())),
        minimum=limits.get("min"),
        maximum=limits.get("max"),
        pattern=limits.get("pattern"),
        inside=inside,
    )
