"""The toolkit's words under `given`: faults, mocks, quotas and the time-to-live sweeper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import timedelta
from typing import Any

from simulator.aws.calls import ApiCall, ServiceError
from simulator.aws.faults import Fault
from simulator.aws.holdings import Table
from simulator.engine.limits import Limits
from simulator.errors import UsageError
from simulator.problems import did_you_mean
from simulator.project.project import Project
from simulator.scenarios.durations import parse_duration
from simulator.scenarios.names import table_named
from simulator.scenarios.scenario import Scenario
from simulator.scenarios.world import World

# The quota that is not the engine's: IAM refuses longer trust policies.
_TRUST_POLICY = "role_trust_policy_length"
_BATCH = 25  # AWS: BatchWriteItem takes so many requests (docs)


def faults(scenario: Scenario, project: Project) -> list[Fault]:
    return [_fault(dict(written), project) for written in scenario.faults]


def _fault(written: dict[str, Any], project: Project) -> Fault:
    if "kill" in written:
        written.setdefault("service", "lambda")
        written.setdefault("operation", "Invoke")
    if "table" in written:
        written["table"] = table_named(project, str(written["table"])) or written["table"]
    return Fault(**written)


def unused(scenario: Scenario, project: Project, injected: Sequence[Fault]) -> Iterator[str]:
    """The faults that were to happen a number of times and never did: a typing error, often."""
    pairs = zip(injected, faults(scenario, project), strict=True)
    for index, (fault, fresh) in enumerate(pairs):
        if 0 < fresh.times == fault.times:
            yield f"given.faults[{index}] never happened"


def limits(scenario: Scenario) -> Limits:
    """The engine's quotas with the scenario's changes. UsageError for an unknown quota."""
    quotas = _quotas(scenario)
    own = {field.name for field in fields(Limits)}
    for name in quotas:
        if name not in own | {_TRUST_POLICY}:
            hint = did_you_mean(name, own | {_TRUST_POLICY})
            known = f"known: {', '.join(sorted(own | {_TRUST_POLICY}))}"
            raise UsageError(f"given.quotas: no quota is called '{name}'; {hint or known}")
    return Limits(**{name: value for name, value in quotas.items() if name in own})


def _quotas(scenario: Scenario) -> Mapping[str, Any]:
    quotas = scenario.given.get("quotas")
    return quotas if isinstance(quotas, dict) else {}


def prepare(world: World) -> None:
    """What needs the AWS stand-ins; before the application's own fixtures."""
    quota = _quotas(world.scenario).get(_TRUST_POLICY)
    if quota is not None:

        def check(call: ApiCall) -> None:
            if len(call.parameters.get("PolicyDocument", "")) > quota:
                # AWS: the name of the quota is ACLSizePerRole (docs).
                message = f"Cannot exceed quota for ACLSizePerRole: {quota}"
                raise ServiceError("LimitExceeded", message, 409)

        world.simulation.cloud.guard("iam", "UpdateAssumeRolePolicy", check)


def sweep(world: World) -> None:
    """Remove items whose time to live passed at least `ttl_sweeper_lag` ago, in every table.

    BatchWriteItem and not DeleteItem: faults of the scenario on DeleteItem are not the sweeper's.
    """
    written = world.scenario.given.get("ttl_sweeper_lag")
    lag = parse_duration(written) if isinstance(written, str) else timedelta(0)
    latest = (world.now - lag).timestamp()
    for _ in world.in_accounts():
        for table in world.simulation.cloud.tables():
            _sweep(world.client("dynamodb"), table, latest)


def _sweep(client: Any, table: Table, latest: float) -> None:
    gone = [
        {"DeleteRequest": {"Key": {key: item[key] for key in table.keys}}}
        for item in table.items
        if table.expiry and _expired(item.get(table.expiry), latest)
    ]
    for start in range(0, len(gone), _BATCH):
        client.batch_write_item(RequestItems={table.name: gone[start : start + _BATCH]})


def _expired(attribute: Any, latest: float) -> bool:
    """AWS: only a Number counts as an expiry (docs)."""
    return isinstance(attribute, dict) and "N" in attribute and float(attribute["N"]) <= latest
