"""What AWS's APIs look like: operations and the shapes of what they take and give.

The language knows no AWS library: whoever checks parameters or mocked results is given an `Apis`
(simulator/aws/models.py implements it over botocore's models).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, TypeAlias

# How the service's own models call the types. A "document" is any JSON.
Kind: TypeAlias = Literal[
    "structure",
    "list",
    "map",
    "string",
    "integer",
    "long",
    "float",
    "double",
    "boolean",
    "timestamp",
    "blob",
    "document",
]
NUMBERS: Final[frozenset[Kind]] = frozenset({"integer", "long", "float", "double"})


def _nothing() -> Mapping[str, Shape]:
    return {}


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One type of an API. Shapes recurse, so what is inside is found when it is asked for.

    `required` names members in the model's order, in Step Functions' spelling. `minimum` and
    `maximum` bound a number's value, a text's length or a list's and map's size. Texts whose values
    are closed have `enum`. Timestamps are ISO-8601 texts in a workflow, blobs are texts.
    """

    name: str
    kind: Kind
    required: tuple[str, ...] = ()
    enum: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    inside: Callable[[], Mapping[str, Shape]] = field(default=_nothing, repr=False)

    @property
    def members(self) -> Mapping[str, Shape]:
        """A structure's members by the names that Step Functions uses; {} for other kinds."""
        return self.inside() if self.kind == "structure" else {}

    @property
    def element(self) -> Shape | None:
        """A list's items or a map's values; None for other kinds."""
        return self.inside().get("element") if self.kind in ("list", "map") else None


EMPTY: Final = Shape("Empty", "structure")


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One call. `name` is the API's (PutItem), `title` the service as in error names (DynamoDb).

    `errors` are the exceptions that the model lists, without the title.
    """

    client: str
    title: str
    name: str
    input: Shape = EMPTY
    output: Shape = EMPTY
    errors: tuple[str, ...] = ()


class Apis(Protocol):
    """Read once, asked often: implementations keep what they have found."""

    def services(self) -> Sequence[str]:
        """Every name that may follow `aws-sdk:` in a Resource, sorted."""
        ...

    def actions(self, service: str) -> Sequence[str]:
        """Every action of a service in camel case, sorted; () for an unknown service."""
        ...

    def operation(self, service: str, action: str) -> Operation | None:
        """`dynamodb`, `putItem`; optimised and aws-sdk names alike.

        None when there is no such API: also for the few optimised integrations that are not one
        API call (http:invoke, apigateway:invoke, eks:call, elasticmapreduce:...).
        """
        ...
