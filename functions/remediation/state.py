"""State: all that decides who can use a resource, as one value; snapshots keep it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from remediation.policies import Policy, fingerprint


@dataclass(frozen=True, slots=True)
class State:
    """`policy` is None when there is none. `revision` is the service's own, empty if it has none.

    `public_access_block` and `acl` are a bucket's, `grants` a key's, `older_sessions` the moment
    before which a role's sessions were ended.
    """

    policy: Policy | None
    revision: str = field(default="", compare=False)
    public_access_block: Mapping[str, bool] | None = None
    acl: tuple[Mapping[str, Any], ...] = ()
    grants: tuple[Mapping[str, Any], ...] = ()
    older_sessions: str = ""


_MORE = ("public_access_block", "acl", "grants", "older_sessions")


def to_snapshot(state: State, taken_at: str, parts: tuple[str, ...] = ()) -> dict[str, str]:
    """Texts for the findings table. `parts` are kept whatever they say: that there was no Block Public
    Access is part of the original, too; others are left out when there are none.
    """
    kept = {name: getattr(state, name) for name in _MORE}
    return {
        "policy": json.dumps(state.policy, sort_keys=True),
        "sha256": fingerprint(state.policy),
        "taken_at": taken_at,
        **({"revision_id": state.revision} if state.revision else {}),
        **{
            name: json.dumps(value, sort_keys=True)
            for name, value in kept.items()
            if value or name in parts
        },
    }


def from_snapshot(snapshot: Mapping[str, str]) -> State:
    more = {name: json.loads(snapshot[name]) for name in _MORE if name in snapshot}
    for name in ("acl", "grants"):
        more[name] = tuple(more.get(name, ()))
    return State(json.loads(snapshot["policy"]), snapshot.get("revision_id", ""), **more)
