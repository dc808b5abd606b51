"""`given` of finding scenarios: configuration, resources, the analyser; and what others do to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.aws.calls import ApiCall
from simulator.aws.cloud import OURSELVES
from simulator.errors import UsageError
from simulator.scenarios.vocabulary import Vocabulary, World
from tests.vocabulary.remediation import guards, members
from tests.vocabulary.remediation.analyzer import FakeAnalyzer
from tests.vocabulary.remediation.resources import (
    READS,
    WRITES,
    create,
    originals,
    remember,
    restore,
    timeline,
)

# config key → the environment variable of the functions
_SETTINGS = {
    "primary_region": "PRIMARY_REGION",
    "decision_timeout": "DECISION_TIMEOUT",
    "exempt_tag": "EXEMPT_TAG",
    "creator_tag": "CREATOR_TAG",
}
_LISTS = {"trusted_accounts": "TRUSTED_ACCOUNTS", "auto_remediate": "AUTO_REMEDIATE"}
_OTHERS = {"own_account", "organization", "revoke_sessions", "mode"}


def register(vocabulary: Vocabulary) -> None:
    @vocabulary.prepare
    def _analyzer(world: World) -> None:
        world.notes["analyzer"] = FakeAnalyzer(world)
        world.notes["analyzer"].install()
        guards.install(world)
        watch(world)
        quotas: Any = world.scenario.given.get("quotas") or {}
        if "role_trust_policy_length" in quotas:
            world.environment("TRUST_POLICY_LENGTH", str(quotas["role_trust_policy_length"]))
        world.environment("REMINDERS_AFTER", "")  # a scenario that wants reminders says so

    @vocabulary.fixture("config")
    def _config(world: World, config: Any) -> None:
        unknown = sorted(set(config) - {*_SETTINGS, *_LISTS, *_OTHERS})
        if unknown:
            raise UsageError(f"nobody knows the configuration {', '.join(unknown)}")
        if (
            config.get("own_account", world.simulation.project.account)
            != world.simulation.project.account
        ):
            raise UsageError("config.own_account is not the project's account")
        world.environment("REVOKE_SESSIONS", str(config.get("revoke_sessions", False)).lower())
        for key, name in _SETTINGS.items():
            if key in config:
                world.environment(name, config[key])
        world.environment("MODE", _mode(config.get("mode", "enforce")))
        for key, name in _LISTS.items():
            if key in config:
                world.environment(name, ",".join(config[key]))
        organization = config.get("organization") or {"id": "", "accounts": []}
        world.notes["organization"] = organization
        world.notes["trusted"] = [*organization["accounts"], *config.get("trusted_accounts", [])]
        world.environment("ORGANIZATION_ID", organization["id"])
        world.environment("ORGANIZATION_ACCOUNTS", ",".join(organization["accounts"]))
        members.prepare(world, organization["accounts"])

    @vocabulary.fixture("resources")
    def _resources(world: World, resources: Any) -> None:
        for resource in resources:
            create(world, resource)

    @vocabulary.fixture("reminders_after")
    def _reminders(world: World, value: Any) -> None:
        world.environment("REMINDERS_AFTER", ",".join(value))

    @vocabulary.fixture("max_reapply")
    def _reapply(world: World, value: Any) -> None:
        world.environment("MAX_REAPPLY", str(value))

    @vocabulary.step("mutate")
    def _mutate(world: World, step: Mapping[str, Any]) -> None:
        change = step["mutate"]
        if set(change) != {"resource", "restore"} or change["restore"] != "original":
            raise UsageError("a mutate step is {resource: ARN, restore: original}")
        if change["resource"] not in originals(world):
            raise UsageError(f"the scenario has no resource {change['resource']}")
        restore(world, change["resource"])


def _mode(mode: str | Mapping[str, str]) -> str:
    """One mode, or one a resource type; `default` is for the others."""
    if isinstance(mode, str):
        return mode
    rest = [f"{kind}={wanted}" for kind, wanted in mode.items() if kind != "default"]
    return ",".join([mode.get("default", "enforce"), *rest])


def watch(world: World) -> None:
    """Keeps the state of every resource after each change that the application makes."""

    def see(call: ApiCall) -> None:
        if call.name in WRITES | READS and call.caller not in OURSELVES and timeline(world):
            remember(world, call)

    world.simulation.cloud.on_call(see)
