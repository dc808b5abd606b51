"""Every call of a function and a state is one that its role may make; the stand-ins ask no role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.permissions.needs import needs_of
from simulator.permissions.policies import ResourcePolicies, allowed, roles_of
from simulator.scenarios.vocabulary import Vocabulary, World


def register(vocabulary: Vocabulary) -> None:
    vocabulary.invariant("permitted")(denied)

    @vocabulary.always
    def _permitted(world: World) -> Iterable[str]:
        return denied(world) if world.scenario.workflow == "finding" else ()


def denied(world: World) -> Iterator[str]:
    """In a member account the member's role decides, which is in no template of a stack."""
    templates = [part.template for part in world.simulation.project.parts]
    roles = {role.arn: role for template in templates for role in roles_of(template)}
    policies = ResourcePolicies.of(templates)
    said: set[tuple[str, str]] = set()
    for need in sorted(needs_of(world)):
        role = roles.get(need.role)
        if role is None or allowed(role, need, policies) or (need.by, need.action) in said:
            continue
        said.add((need.by, need.action))
        yield f"the role of {need.by} may not {need.action}"
