"""Findings in one form; what cannot be trusted is refused and never repaired."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

EVENT = json.loads(
    (Path(__file__).parents[1] / "events" / "StartRemediation.json").read_text(encoding="utf-8")
)


def changed(**detail):
    event = copy.deepcopy(EVENT)
    for name, value in detail.items():
        if value is None:
            event["detail"].pop(name)
        else:
            event["detail"][name] = value
    return event


@pytest.fixture
def findings(functions):
    return functions("remediation.findings")


@pytest.mark.parametrize(
    ("principal", "wanted", "account"),
    [
        ({"AWS": "999988887777"}, {"kind": "aws_account", "value": "999988887777"}, "999988887777"),
        (
            {"AWS": "arn:aws:iam::999988887777:root"},
            {"kind": "aws_account", "value": "999988887777"},
            "999988887777",
        ),
        (
            {"AWS": " arn:aws:iam::999988887777:user/Alice "},
            {"kind": "aws_arn", "value": "arn:aws:iam::999988887777:user/Alice"},
            "999988887777",
        ),
        ({"AWS": "*"}, {"kind": "anyone", "value": "*"}, ""),
        (
            {"Federated": "accounts.google.com"},
            {"kind": "federated", "value": "accounts.google.com"},
            "",
        ),
        (
            {"Federated": "arn:aws:iam::111122223333:saml-provider/Partner"},
            {"kind": "federated", "value": "arn:aws:iam::111122223333:saml-provider/Partner"},
            "111122223333",
        ),
        (
            {"CanonicalUser": "79a59df900b949e5"},
            {"kind": "canonical", "value": "79a59df900b949e5"},
            "",
        ),
    ],
)
def test_principals_have_one_form(findings, principal, wanted, account):
    finding = findings.normalize(changed(principal=principal))
    assert finding["principal"] == wanted
    assert findings.account_of(finding["principal"]) == account


@pytest.mark.parametrize(
    ("detail", "message"),
    [
        ({"id": None}, "'id' is missing or malformed"),
        ({"id": "../x"}, "the finding's id is malformed"),
        ({"resource": "Audit_CrossAccountRole"}, "'resource' is no ARN"),
        (
            {"resource": "arn:aws:iam::111122223333:role/ Audit"},
            "'resource' is missing or malformed",
        ),
        ({"principal": {"AWS": "aws:arn:iam::999988887777:user/Alice"}}, "'principal' is no ARN"),
        ({"principal": {"AWS": "1", "Federated": "x"}}, "'principal' has not exactly one entry"),
        ({"principal": {"Service": "x"}}, "'principal' has the unknown kind Service"),
        ({"principal": None}, "'principal' has not exactly one entry"),
        ({"action": []}, "'action' is missing or malformed"),
        ({"updatedAt": ""}, "'updatedAt' is missing or malformed"),
        ({"updatedAt": "yesterday"}, "'updatedAt' is no time in UTC"),
        ({"updatedAt": "2026-01-15T10:00:00+01:00"}, "'updatedAt' is no time in UTC"),
    ],
)
def test_what_is_malformed_is_refused_by_name(findings, detail, message):
    with pytest.raises(findings.FindingMalformed, match=message):
        findings.normalize(changed(**detail))


def test_updates_are_ordered_whatever_their_precision(findings):
    times = [
        "2026-01-15T10:00:00Z",
        "2026-01-15T10:00:00.123456789Z",
        "2026-01-15T10:00:00.2Z",
        "2026-01-15T10:00:01.000Z",
    ]
    found = [findings.normalize(changed(updatedAt=time))["updated_at"] for time in times]
    assert found == sorted(found)
    assert found[0] == "2026-01-15T10:00:00"
    assert found[3] == "2026-01-15T10:00:01"


def test_an_event_without_an_analyser_is_refused(findings):
    with pytest.raises(findings.FindingMalformed, match="the event names no analyser"):
        findings.normalize({**EVENT, "resources": []})


def test_other_events_are_no_findings(findings):
    with pytest.raises(findings.FindingMalformed, match="this is no finding"):
        findings.normalize({**EVENT, "detail-type": "Access Preview State Change"})


def test_the_role_s_name_follows_its_path(findings):
    arn = "arn:aws-us-gov:iam::111122223333:role/teams/audit/Reader"
    finding = findings.normalize(changed(resource=arn))
    assert (finding["resource_name"], finding["partition"]) == ("Reader", "aws-us-gov")


def test_an_error_finding_has_no_principal(findings):
    event = changed(
        principal=None, action=None, condition=None, isPublic=None, error="ACCESS_DENIED"
    )
    finding = findings.normalize(event)
    assert (finding["error"], finding["principal"], finding["actions"]) == (
        "ACCESS_DENIED",
        None,
        [],
    )


def test_a_sid_has_letters_and_digits_only(findings):
    name = findings.sid("8f76cdb3-ee60-42d6-a855-d7041235e1ef")
    assert (name, len(name), name.isalnum()) == ("AADeny8f76cdb3ee6042d6a855d7041235e1ef", 38, True)


@pytest.mark.parametrize(
    ("reminders", "timeout", "waits"),
    [
        ("", "P7D", [604800]),
        ("P1D,P3D", "P7D", [86400, 172800, 345600]),
        ("P3D, P1D", "P7D", [86400, 172800, 345600]),
        ("P1D,P8D", "P7D", [86400, 518400]),
        ("P1D,P1D,PT0S", "P7D", [86400, 518400]),
        ("PT1H30M", "PT2H10S", [5400, 1810]),
    ],
)
def test_waits_add_up_to_the_decision_s_timeout(functions, monkeypatch, reminders, timeout, waits):
    monkeypatch.setenv("DECISION_TIMEOUT", timeout)
    monkeypatch.setenv("REMINDERS_AFTER", reminders)
    assert functions("remediation.settings").decision_waits() == waits


@pytest.mark.parametrize("text", ["", "P", "7D", "P1W", "PT", "P1DT"])
def test_a_duration_that_is_none_is_refused(functions, text):
    with pytest.raises(ValueError, match="is no duration such as P7D"):
        functions("remediation.settings").duration(text)
