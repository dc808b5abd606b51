"""Every message can be written with every kind of finding."""

from __future__ import annotations

import pytest

FACTS = {
    "change": "the statement AADeny0 is in its policy",
    "decision_id": "d-1",
    "stack": "",
    "creator": "",
    "reason": "because",
}
FINDING = {
    "finding_id": "f-1",
    "resource_name": "R" * 64,
    "resource_arn": "arn:aws:iam::111122223333:role/" + "R" * 64,
    "resource_type": "AWS::IAM::Role",
    "actions": ["sts:AssumeRole"],
    "principal": {"kind": "aws_arn", "value": "arn:aws:iam::999988887777:user/Alice"},
}
TEMPLATES = [
    "analysis_error",
    "decision_expired",
    "decision_reminder",
    "decision_requested",
    "flapping",
    "follow_up_failed",
    "manual_action_required",
    "notified",
    "planned",
    "remediation_failed",
]


@pytest.fixture
def messages(functions):
    return functions("remediation.messages")


@pytest.mark.parametrize(
    "principal", [None, {"kind": "anyone", "value": "*"}, FINDING["principal"]]
)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_message_has_no_gap_and_its_subject_fits(messages, template, principal):
    subject, text = messages.render(template, {**FINDING, "principal": principal}, FACTS)
    assert len(subject) <= 99
    assert subject.isascii()
    assert "\n" not in subject
    assert "{" not in text
    assert text.endswith("\nFinding: f-1")


def test_all_templates_are_tried(messages):
    assert sorted(messages.SUBJECTS) == sorted(messages._BODIES) == TEMPLATES


def test_a_name_in_another_script_does_not_break_the_subject(messages):
    subject, _ = messages.render("notified", {**FINDING, "resource_name": "Prüfer"}, FACTS)
    assert subject == "External access to Pr?fer was found"


@pytest.mark.parametrize("template", [name for name in TEMPLATES if name != "decision_requested"])
def test_only_messages_after_read_back_say_that_access_is_blocked(messages, template):
    _, text = messages.render(template, FINDING, FACTS)
    assert "has been blocked" not in text


PLAN = {"strategy": "add_deny", "sid": "AADeny0", "end_sessions_after": "2026-01-15T10:00:30Z"}


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (None, "no change"),
        (
            PLAN,
            "the statement AADeny0 is in its policy, and sessions from before 2026-01-15T10:00:30Z are ended",
        ),
        (
            {"strategy": "merge_deny", "sid": "AADeny1"},
            "the principal is in the statement AADeny1 of its policy",
        ),
        (
            {"strategy": "remove_allow", "sid": "AADeny0"},
            "no statement of its policy names the principal",
        ),
        (
            {"strategy": "remove_permission", "sid": "AADeny0", "sids": ["a", "b"]},
            "the permission a, b is not in its policy",
        ),
        ({"strategy": "block_public_access", "sid": "AADeny0"}, "Block Public Access is on"),
        (
            {"strategy": "revoke_grant", "sid": "AADeny0", "grants": ["g"]},
            "the grant g is revoked",
        ),
    ],
)
def test_every_strategy_has_its_words(messages, plan, text):
    assert messages.change_text(plan) == text


def test_a_secret_s_owner_is_told_to_rotate_it(messages):
    secret = {**FINDING, "resource_type": "AWS::SecretsManager::Secret"}
    _, text = messages.render("decision_requested", secret, FACTS)
    assert "Please rotate the secret: it may have been read." in text


def test_the_stack_that_would_undo_the_block_is_named(messages):
    _, text = messages.render("decision_requested", FINDING, {**FACTS, "stack": "partners"})
    assert "The stack partners has made the resource: its next update would undo the block." in text


def test_the_creator_is_named_as_one_who_may_not_decide(messages):
    _, text = messages.render(
        "decision_requested", FINDING, {**FACTS, "creator": "maker@example.com"}
    )
    assert "maker@example.com has made the resource, and may not decide." in text
