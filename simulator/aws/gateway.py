"""The hook through which every boto3 call of a world passes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.client
import botocore.exceptions
import moto
import moto.core.base_backend
import moto.moto_api._internal

from simulator.aws import corrections, http, network, visibility
from simulator.aws.calls import ApiCall, ServiceError
from simulator.aws.environment import ACCESS_KEY
from simulator.aws.virtual_time import install_sleep, travel
from simulator.errors import SimulatorError, UsageError

if TYPE_CHECKING:
    from simulator.aws.cloud import Cloud

_make_api_call = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 - the one seam botocore has
# How moto says that it lacks an operation.
_NOT_IMPLEMENTED = ("ot yet implemented", "not been implemented", "method is not implemented")
_active: list[Cloud] = []
_mock: list[Any] = []


def active() -> Cloud | None:
    return _active[-1] if _active else None


def enter(cloud: Cloud, seed: int) -> None:
    """Empty stand-ins for this world. One world at a time: a second one is a UsageError."""
    if _active:
        raise UsageError("a simulation is running already; leave its `with` block first")
    if not _mock:
        # moto stays on for the life of the process: clients made in one world work in the next.
        _mock.append(
            moto.mock_aws(
                # Jobs of Batch end by themselves: there are no containers here.
                config={"core": {"mock_credentials": False}, "batch": {"use_docker": False}}
            )
        )
        _mock[0].start()
        botocore.client.BaseClient._make_api_call = _hook  # type: ignore[attr-defined]  # noqa: SLF001 - as above
        http.install(active)
        network.install(active)
        install_sleep(active)
    moto.core.base_backend.BackendDict.reset()
    moto.moto_api._internal.mock_random.seed(seed)  # noqa: SLF001 - moto's own way to be repeatable
    _active.append(cloud)


def leave() -> None:
    _active.clear()


def _hook(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
    cloud = active()
    if cloud is None:
        return _make_api_call(client, operation, parameters)
    return answer(cloud, client, operation, parameters)


def answer(cloud: Cloud, client: Any, operation: str, parameters: dict[str, Any]) -> Any:
    """Record, fault, guard, emulation, moto: in this order."""
    service = client.meta.service_model.service_name
    call = ApiCall(service, operation, _copied(parameters), cloud.caller, cloud.now)
    call.account, call.role = _whose(cloud, client)
    call.principal, call.region = cloud.principal, client.meta.region_name
    cloud.calls.append(call)
    try:
        with cloud.inside(call.account):
            result = _result(cloud, client, call, parameters)
    except ServiceError as error:
        call.error = error.code
        raise _client_error(client, call, error) from None
    except botocore.exceptions.ClientError as error:
        call.error = error.response.get("Error", {}).get("Code", "Unknown")
        raise
    except SimulatorError as error:
        # Handlers often catch Exception: remember what must not be swallowed.
        cloud.unsupported.append(error)
        raise
    finally:
        call.took = cloud.now - call.at
    call.result = _copied(result)
    if call.name == "sts:AssumeRole":
        cloud.sessions[result["Credentials"]["AccessKeyId"]] = str(call.parameters["RoleArn"])
    cloud.tell(call)
    return result


def _result(cloud: Cloud, client: Any, call: ApiCall, parameters: dict[str, Any]) -> dict[str, Any]:
    fault = cloud.fault_for(call)
    if fault is not None and fault.effect == "ignored":
        return _with_metadata(cloud, {})
    if fault is not None and fault.effect != "after":
        raise ServiceError(fault.error or "InternalServerError", fault.message or "")
    for check in cloud.guards_of(call):
        check(call)
    emulation = cloud.emulation_of(call)
    if emulation is not None:
        result = _with_metadata(cloud, emulation(call))
    else:
        result = _moto(cloud, client, call, parameters)
    if fault is not None:
        raise ServiceError(fault.error or "InternalServerError", fault.message or "")
    return result


def _moto(cloud: Cloud, client: Any, call: ApiCall, parameters: dict[str, Any]) -> dict[str, Any]:
    cloud.prepare(call.service)
    if call.name == "kms:CreateKey":
        _make_no_needless_keys()
    elif call.name == "sqs:ChangeMessageVisibility":
        done = visibility.change(cloud.account, cloud.region, parameters, call.at)
        return _with_metadata(cloud, done)
    elif call.name == "lambda:RemovePermission":
        corrections.removed_permissions()
    elif call.service == "dynamodb" and call.operation.endswith("ResourcePolicy"):
        corrections.policies_of_streams()
    try:
        if cloud.is_running:
            found: dict[str, Any] = _make_api_call(client, call.operation, parameters)
        else:
            with travel(call.at):
                found = _make_api_call(client, call.operation, parameters)
    except NotImplementedError as error:
        raise _lacking(call, str(error)) from None
    except (
        botocore.exceptions.ProxyConnectionError,
        botocore.exceptions.EndpointConnectionError,
    ):
        raise _lacking(call, "") from None
    except botocore.exceptions.ClientError as error:
        if any(text in str(error) for text in _NOT_IMPLEMENTED):
            raise _lacking(call, "") from None
        raise
    except (botocore.exceptions.BotoCoreError, SimulatorError):
        raise
    except Exception as error:
        raise SimulatorError(
            f"{call.caller} calls {call.name}, and the stand-in breaks down on it:"
            f" {type(error).__name__}: {error}; {_way_out(call)}"
        ) from error
    if "ReturnConsumedCapacity" not in call.parameters:
        found.pop("ConsumedCapacity", None)  # moto: UpdateItem tells it unasked, AWS does not
    return found


def _whose(cloud: Cloud, client: Any) -> tuple[str, str]:
    """The account that a client's calls reach, and the role it was assumed for: by its keys."""
    credentials = client._request_signer._credentials  # noqa: SLF001 - no other way to ask
    key = getattr(credentials, "access_key", ACCESS_KEY)
    if key == ACCESS_KEY:
        return cloud.account, ""
    role = cloud.sessions.get(key, "")
    if role:
        return role.split(":")[4], role
    from moto.iam.models import iam_backends

    owner = (
        account
        for account, partitions in list(iam_backends.items())
        if any(key in backend.access_keys for backend in partitions.values())
    )
    return next(owner, cloud.account), ""


def _lacking(call: ApiCall, detail: str) -> UsageError:
    why = f" ({detail.strip()})" if detail.strip() else ""
    return UsageError(
        f"{call.caller} calls {call.name}, which the stand-ins do not have{why}; {_way_out(call)}"
    )


def _way_out(call: ApiCall) -> str:
    return (
        "a vocabulary can answer it:"
        f" world.simulation.cloud.emulate('{call.service}', '{call.operation}', handler)"
    )


def _with_metadata(cloud: Cloud, result: dict[str, Any]) -> dict[str, Any]:
    metadata = {
        "RequestId": cloud.request_id(),
        "HTTPStatusCode": 200,
        "HTTPHeaders": {},
        "RetryAttempts": 0,
    }
    return {**result, "ResponseMetadata": metadata}


def _client_error(client: Any, call: ApiCall, error: ServiceError) -> Exception:
    response: dict[str, Any] = {
        "Error": {"Code": error.code, "Message": error.message},
        "ResponseMetadata": {
            "HTTPStatusCode": error.status,
            "RequestId": f"{len(call.operation):08x}-0000-4000-8000-000000000000",
            "HTTPHeaders": {},
            "RetryAttempts": 0,
        },
    }
    kind: Callable[..., Exception] = client.exceptions.from_code(error.code)
    return kind(response, call.operation)


def _copied(value: Any) -> Any:
    """Later changes by the caller do not change the record; streams stay as they are."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list | set):
        return type(value)(map(_copied, value))
    return bytes(value) if isinstance(value, bytearray) else value


@cache
def _make_no_needless_keys() -> None:
    """Moto makes an RSA key, which takes 50 ms, for every key of KMS; symmetric ones have none."""
    from moto.kms import models

    make = models.generate_private_key  # type: ignore[attr-defined]  # imported there, used there

    def generate(key_spec: str) -> Any:
        return make(key_spec) if key_spec.startswith(("RSA_", "ECC_")) else None

    models.generate_private_key = generate  # type: ignore[attr-defined]  # as above


def rename_key(account: str, region: str, created: str, wanted: str) -> None:
    """Moto gives keys ids of its own; everything that names the key must name the wanted one."""
    import moto.kms.models

    backend = moto.kms.models.kms_backends[account][region]
    key = backend.keys.pop(created)
    key.id = wanted
    key.arn = f"{key.arn.rpartition('/')[0]}/{wanted}"
    backend.keys[wanted] = key
    tags = backend.tagger.tags
    if created in tags:
        tags[wanted] = tags.pop(created)


def policies_of(role: str) -> list[str]:
    """The role's inline policies, as JSON texts, in whichever account."""
    from moto.iam.models import iam_backends

    parts = role.split(":", 5)
    if len(parts) < 6 or parts[4] not in iam_backends:
        return []
    return [
        str(document)
        for found in iam_backends[parts[4]]["aws"].roles.values()
        if found.arn == role
        for document in found.policies.values()
    ]


def trust_of(role: str) -> str | None:
    """The trust policy of the role with this ARN, in whichever account; None: no such role."""
    from moto.iam.models import iam_backends

    parts = role.split(":", 5)
    if len(parts) < 6 or parts[4] not in iam_backends:
        return None
    for found in iam_backends[parts[4]]["aws"].roles.values():
        if found.arn == role:
            return str(found.assume_role_policy_document)
    return None
