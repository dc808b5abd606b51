"""Trust policies: may a role be assumed by another one? The stand-ins themselves let everybody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from simulator.aws.calls import ServiceError
from simulator.errors import UsageError

_ASSUME: Final = "sts:AssumeRole"
_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "StringEquals": lambda got, want: got == want,
    "StringEqualsIgnoreCase": lambda got, want: got.lower() == want.lower(),
    "StringLike": fnmatchcase,
    "ArnEquals": fnmatchcase,
    "ArnLike": fnmatchcase,
    "Bool": lambda got, want: got.lower() == want.lower(),
}


def check(role: str, policy: str | None, caller: str, keys: Mapping[str, str]) -> None:
    """ServiceError unless the trust policy lets `caller`, a role's ARN, assume `role`.

    `policy` None: there is no such role, which the service does not tell apart. `keys` are the
    request's own condition keys, such as sts:ExternalId.
    """
    if policy is None or not trusts(policy, caller, keys):
        # AWS: in these words (recorded by others).
        name, account = caller.rpartition("/")[2], _account(caller)
        user = f"arn:aws:sts::{account}:assumed-role/{name}/{name}"
        message = f"User: {user} is not authorized to perform: {_ASSUME} on resource: {role}"
        raise ServiceError("AccessDenied", message, 403)


def allows(policies: Iterable[str], action: str, resource: str) -> bool:
    """Do these policies of one identity allow it? A Deny wins. Conditions count as met."""
    effects: set[Any] = set()
    for policy in policies:
        statements: Any = json.loads(policy).get("Statement", [])
        effects |= {
            statement.get("Effect")
            for statement in _list(statements)
            if any(
                fnmatchcase(action.lower(), str(item).lower())
                for item in _list(statement.get("Action"))
            )
            and any(fnmatchcase(resource, str(item)) for item in _list(statement.get("Resource")))
        }
    return effects == {"Allow"}


def trusts(
    policy: str, role: str, keys: Mapping[str, str] | None = None, action: str = _ASSUME
) -> bool:
    """Does this trust policy let a role be assumed by another one, whose ARN this is?

    With an `action`, a resource's policy is asked whether the role may do that. A Deny wins. A policy that is no JSON lets nobody. UsageError for a condition operator that is
    not known here.
    """
    try:
        statements: Any = json.loads(policy).get("Statement", [])
    except (ValueError, AttributeError):
        return False
    known = {
        "aws:principalarn": role,
        "aws:principalaccount": _account(role),
        "aws:principalisawsservice": "false",
        **{name.lower(): value for name, value in (keys or {}).items()},
    }
    effects = {
        statement.get("Effect")
        for statement in _list(statements)
        if isinstance(statement, dict)
        and any(fnmatchcase(action, str(item)) for item in _list(statement.get("Action")))
        and _names(statement.get("Principal"), role)
        and _met(statement.get("Condition") or {}, known)
    }
    return effects == {"Allow"}


def _met(conditions: Mapping[str, Any], keys: Mapping[str, str]) -> bool:
    return all(
        _holds(operator, keys.get(key.lower()), [str(value) for value in _list(wanted)])
        for operator, line in conditions.items()
        for key, wanted in line.items()
    )


def _holds(operator: str, got: str | None, wanted: list[str]) -> bool:
    if operator == "Null":
        return (got is None) == (wanted == ["true"])
    name = operator.removesuffix("IfExists")
    positive = name.replace("Not", "")
    test = _OPERATORS.get(positive)
    if test is None:
        raise UsageError(f"a trust policy's condition '{operator}' is not evaluated here")
    if got is None:
        # AWS: a negated operator is met by an absent key, as the ...IfExists forms are (docs).
        return name != operator or positive != name
    return any(_text(value) and test(got, _text(value)) for value in wanted) != (positive != name)


def _text(value: str) -> str:
    return {"True": "true", "False": "false"}.get(value, value)


def _names(principal: Any, role: str) -> bool:
    if principal == "*":
        return True
    account = _account(role)
    partition = role.split(":")[1] if account else "aws"
    wanted = _list(principal.get("AWS")) if isinstance(principal, dict) else []
    return any(
        name in {"*", role, account, f"arn:{partition}:iam::{account}:root"} for name in wanted
    )


def _account(role: str) -> str:
    return role.split(":")[4] if role.count(":") >= 5 else ""


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
