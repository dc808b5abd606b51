"""What a plan makes of a state, and what taking it back makes of it. Nothing here calls a service.

A plan is JSON: {strategy, sid, statement, ...}. Strategies: add_deny, merge_deny, remove_allow,
remove_permission, block_public_access, revoke_grant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from remediation import policies
from remediation.errors import CannotUndo
from remediation.policies import find, rebuilt, statements
from remediation.state import State

Plan = dict[str, Any]
BLOCKED: Final = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def after(state: State, plan: Plan, finding: Mapping[str, Any], now: str = "") -> State:
    """The state that the plan makes; the same state when it has been carried out already.

    `now` is when older sessions end, if the plan says so.
    """
    strategy = plan["strategy"]
    if strategy == "block_public_access":
        made = replace(state, public_access_block=BLOCKED)
    elif strategy == "revoke_grant":
        kept = [grant for grant in state.grants if grant["GrantId"] not in plan["grants"]]
        made = replace(state, grants=tuple(kept))
    elif strategy == "remove_permission":
        rest = [entry for entry in statements(state.policy) if entry.get("Sid") not in plan["sids"]]
        made = replace(state, policy=rebuilt(state.policy, rest))
    elif strategy == "remove_allow":
        made = replace(state, policy=policies.without_allows(state.policy, finding))
    elif strategy == "merge_deny" and state.policy:
        merged = policies.merged(state.policy, plan["sid"], plan["statement"])
        made = replace(state, policy=merged)
    else:
        made = replace(state, policy=policies.with_statement(state.policy, plan["statement"]))
    if plan.get("end_sessions_after", "") > state.older_sessions:
        made = replace(made, older_sessions=now or plan["end_sessions_after"])
    return made


def is_done(state: State, plan: Plan, finding: Mapping[str, Any]) -> bool:
    """A merged deny whose statement is gone is not done, although nothing would change."""
    if plan["strategy"] == "merge_deny" and find(state.policy, plan["sid"]) is None:
        return False
    return after(state, plan, finding) == state


def undone(state: State, plan: Plan, finding: Mapping[str, Any], original: State) -> State:
    """`state` without what the plan did; what others changed meanwhile stays. Raises CannotUndo.

    `original` is the snapshot: all of it comes back when nothing but our change differs from it.
    """
    if is_done(state, plan, finding):
        planned = after(original, plan, finding, state.older_sessions)
        if _same(planned, state):
            return replace(original, revision=state.revision)
    strategy = plan["strategy"]
    back = state
    if strategy == "block_public_access":
        if state.public_access_block == BLOCKED:
            back = replace(state, public_access_block=original.public_access_block)
    elif strategy == "revoke_grant":
        lost = [grant for grant in original.grants if grant["GrantId"] in plan["grants"]]
        fresh = [grant for grant in lost if not any(_like(grant, known) for known in state.grants)]
        back = replace(state, grants=(*state.grants, *fresh))
    elif strategy in ("remove_allow", "remove_permission"):
        back = replace(state, policy=_given_back(state, plan, finding, original))
    else:
        policy = policies.without_principal(state.policy, plan["sid"], plan["statement"])
        back = replace(state, policy=policy)
    if back.older_sessions and not _other_denials(back):
        back = replace(back, older_sessions=original.older_sessions)
    return back


def _same(one: State, other: State) -> bool:
    """A grant that was made anew has another id."""
    return replace(one, grants=()) == replace(other, grants=()) and {
        grant["GrantId"] for grant in one.grants
    } == {grant["GrantId"] for grant in other.grants}


def _like(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(
        one.get(name) == other.get(name)
        for name in ("GranteePrincipal", "Operations", "Constraints", "RetiringPrincipal")
    )


def _other_denials(state: State) -> bool:
    return any(str(entry.get("Sid")).startswith("AADeny") for entry in statements(state.policy))


def _given_back(
    state: State, plan: Plan, finding: Mapping[str, Any], original: State
) -> policies.Policy | None:
    """Each statement that lost its principal, or went, is as it was; CannotUndo in doubt."""
    entries = statements(state.policy)
    for wanted in statements(original.policy):
        alone = replace(original, policy=rebuilt(original.policy, [wanted]))
        left = statements(after(alone, {**plan, "end_sessions_after": ""}, finding).policy)
        if left == [wanted] or wanted in entries:
            continue
        if left and left[0] in entries:
            entries[entries.index(left[0])] = wanted
        elif left or (wanted.get("Sid") and find(state.policy, wanted["Sid"])):
            raise CannotUndo("somebody changed the statement that we took the access from")
        else:
            entries.append(wanted)
    return rebuilt(state.policy or original.policy, entries)
