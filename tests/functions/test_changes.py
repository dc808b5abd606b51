"""Plans and their undoing, as plain values."""

from __future__ import annotations

import pytest

from tests.functions.samples import FINDING

ALICE = {"AWS": "arn:aws:iam::999988887777:user/Alice"}
ALLOW = {"Sid": "a", "Effect": "Allow", "Principal": ALICE, "Action": "sts:AssumeRole"}
BOTH = {
    **ALLOW,
    "Sid": "b",
    "Principal": {"AWS": [ALICE["AWS"], "arn:aws:iam::111122223333:root"]},
}
OWN = {**BOTH, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}
DENY = {"Sid": "AADeny1", "Effect": "Deny", "Principal": ALICE, "Action": ["sts:AssumeRole"]}
BOB = {"AWS": "arn:aws:iam::999988887777:user/Bob"}
OTHERS = {**DENY, "Sid": "AADeny0", "Principal": BOB}
MERGED = {**OTHERS, "Principal": {"AWS": [BOB["AWS"], ALICE["AWS"]]}}
LATER = {
    "Effect": "Allow",
    "Principal": {"Service": "ec2.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
ADD = {"strategy": "add_deny", "sid": "AADeny1", "statement": DENY}
MERGE = {"strategy": "merge_deny", "sid": "AADeny0", "statement": DENY}
REMOVE = {"strategy": "remove_allow", "sid": "AADeny1"}
GRANT = {"GrantId": "g1", "GranteePrincipal": "x", "Operations": ["Decrypt"]}
OTHER = {"GrantId": "g2", "GranteePrincipal": "y", "Operations": ["Decrypt"]}
REVOKE = {"strategy": "revoke_grant", "sid": "AADeny1", "grants": ["g1"]}


@pytest.fixture
def changes(functions):
    return functions("remediation.changes")


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize(
    ("plan", "before", "then"),
    [
        (ADD, policy(ALLOW), policy(ALLOW, DENY)),
        (ADD, None, policy(DENY)),
        (MERGE, policy(ALLOW, OTHERS), policy(ALLOW, MERGED)),
        (REMOVE, policy(ALLOW, BOTH, OTHERS), policy(OWN, OTHERS)),
        (REMOVE, policy(ALLOW), None),
    ],
    ids=["add", "first policy", "merge", "remove", "remove all"],
)
def test_a_plan_is_carried_out_once_and_taken_back(changes, plan, before, then):
    original = changes.State(before)
    made = changes.after(original, plan, FINDING)
    assert made.policy == then
    assert changes.is_done(made, plan, FINDING)
    assert changes.after(made, plan, FINDING) == made
    assert not changes.is_done(original, plan, FINDING)
    assert changes.undone(made, plan, FINDING, original) == original


@pytest.mark.parametrize(
    ("plan", "before", "now", "then"),
    [
        (ADD, policy(ALLOW), policy(ALLOW, DENY, LATER), policy(ALLOW, LATER)),
        (MERGE, policy(ALLOW, OTHERS), policy(ALLOW, MERGED, LATER), policy(ALLOW, OTHERS, LATER)),
        (REMOVE, policy(ALLOW, BOTH), policy(OWN, LATER), policy(BOTH, LATER, ALLOW)),
        (ADD, policy(ALLOW), policy(ALLOW), policy(ALLOW)),
    ],
    ids=["add", "merge", "remove", "gone already"],
)
def test_what_others_changed_meanwhile_stays(changes, plan, before, now, then):
    state = changes.State
    assert changes.undone(state(now), plan, FINDING, state(before)).policy == then


def test_a_deny_that_others_joined_loses_our_principal_only(changes):
    joined = {**DENY, "Principal": {"AWS": [ALICE["AWS"], BOB["AWS"]]}}
    state = changes.State
    made = state(policy(ALLOW, joined))
    assert changes.is_done(made, ADD, FINDING)
    back = changes.undone(made, ADD, FINDING, state(policy(ALLOW)))
    assert back.policy == policy(ALLOW, {**DENY, "Principal": BOB})


def test_a_statement_that_somebody_changed_is_left_to_a_person(changes, functions):
    state, errors = changes.State, functions("remediation.errors")
    tampered = {**OWN, "Action": "sts:TagSession"}
    with pytest.raises(errors.CannotUndo, match="somebody changed the statement"):
        changes.undone(state(policy(tampered)), REMOVE, FINDING, state(policy(BOTH)))


def test_a_merged_deny_without_its_statement_is_not_done(changes):
    assert not changes.is_done(changes.State(policy(ALLOW)), MERGE, FINDING)


def test_a_grant_that_was_given_again_is_not_given_twice(changes):
    original = changes.State(None, grants=(GRANT, OTHER))
    made = changes.after(original, REVOKE, FINDING)
    assert made.grants == (OTHER,)
    assert changes.undone(made, REVOKE, FINDING, original).grants == (GRANT, OTHER)
    again = changes.State(None, grants=(OTHER, {**GRANT, "GrantId": "g3"}))
    assert changes.undone(again, REVOKE, FINDING, original) == again


def test_switches_that_somebody_else_set_stay(changes):
    plan = {"strategy": "block_public_access", "sid": "AADeny1"}
    original = changes.State(None)
    made = changes.after(original, plan, FINDING)
    assert changes.undone(made, plan, FINDING, original) == original
    theirs = changes.State(None, public_access_block={**changes.BLOCKED, "BlockPublicAcls": False})
    assert changes.undone(theirs, plan, FINDING, original) == theirs


def test_older_sessions_end_once_and_live_again_with_the_last_deny(changes):
    plan = {**ADD, "end_sessions_after": "2026-01-15T10:00:00Z"}
    original = changes.State(policy(ALLOW))
    made = changes.after(original, plan, FINDING, "2026-01-15T10:00:05Z")
    assert made.older_sessions == "2026-01-15T10:00:05Z"
    assert changes.is_done(made, plan, FINDING)
    assert changes.undone(made, plan, FINDING, original).older_sessions == ""
    both = changes.State(policy(ALLOW, OTHERS, DENY), older_sessions="2026-01-15T10:00:05Z")
    back = changes.undone(both, plan, FINDING, original)
    assert back.policy == policy(ALLOW, OTHERS)
    assert back.older_sessions == "2026-01-15T10:00:05Z"
