"""The functions' own check of a policy, against the evaluator of the tests."""

from __future__ import annotations

import itertools

import pytest

from tests.vocabulary.remediation.evaluator import allows

ORGANIZATION = {"id": "o-exampleorgid", "accounts": ["111122223333", "444455556666"]}
ALICE = "arn:aws:iam::999988887777:user/Alice"
GUARD = {
    "StringNotEqualsIfExists": {
        "aws:PrincipalAccount": "111122223333",
        "aws:PrincipalOrgID": "o-exampleorgid",
    },
    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
}


@pytest.fixture
def access(functions, monkeypatch):
    for name, value in {
        "OWN_ACCOUNT": "111122223333",
        "ORGANIZATION_ID": ORGANIZATION["id"],
        "ORGANIZATION_ACCOUNTS": ",".join(ORGANIZATION["accounts"]),
        "TRUSTED_ACCOUNTS": "",
    }.items():
        monkeypatch.setenv(name, value)
    return functions("remediation.access")


def statement(effect, principal, action="sts:AssumeRole", condition=None):
    found = {"Effect": effect, "Principal": principal, "Action": action}
    return found if condition is None else {**found, "Condition": condition}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def finding(principal, *actions):
    return {
        "finding_id": "0",
        "partition": "aws",
        "resource_account": "111122223333",
        "principal": principal,
        "actions": list(actions or ["sts:AssumeRole"]),
    }


POLICIES = [
    policy(statement(*first), statement(*second))
    for first, second in itertools.product(
        [
            ("Allow", {"AWS": "*"}),
            (
                "Allow",
                {"AWS": "arn:aws:iam::999988887777:root"},
                ["sts:AssumeRole", "sts:TagSession"],
            ),
            ("Allow", {"AWS": ["999988887777", "arn:aws:iam::111122223333:root"]}, "sts:*"),
            ("Allow", {"AWS": ALICE}, "sts:AssumeRole", {"StringEquals": {"sts:ExternalId": "x"}}),
            ("Allow", {"Service": "lambda.amazonaws.com"}),
            (
                "Allow",
                {"AWS": "*"},
                "sts:AssumeRole",
                {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}},
            ),
            (
                "Allow",
                {"AWS": "*"},
                "sts:AssumeRole",
                {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}},
            ),
        ],
        [
            ("Deny", {"AWS": ALICE}),
            ("Deny", {"AWS": "arn:aws:iam::999988887777:root"}),
            ("Deny", {"AWS": "*"}, "sts:AssumeRole", GUARD),
            ("Deny", {"AWS": "*"}, "sts:AssumeRole", {"ArnEquals": {"aws:PrincipalArn": ALICE}}),
            (
                "Deny",
                {"AWS": "*"},
                "sts:AssumeRole",
                {"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::1*"}},
            ),
            ("Allow", {"Federated": "accounts.google.com"}, "sts:AssumeRoleWithWebIdentity"),
        ],
    )
]
CALLERS = [
    ALICE,
    "arn:aws:iam::999988887777:role/Any",
    "arn:aws:iam::111122223333:role/App",
    "arn:aws:iam::444455556666:role/App",
]


@pytest.mark.parametrize("number", range(len(POLICIES)))
def test_two_evaluators_agree(access, number):
    wanted, got = {}, {}
    for who, action in itertools.product(CALLERS, ["sts:AssumeRole", "sts:TagSession"]):
        wanted[who, action] = allows(POLICIES[number], who, action, organization=ORGANIZATION)
        request = access._request(who, who.split(":")[4], action)
        got[who, action] = access.allowed(POLICIES[number], request)
    service = access.Request(
        "lambda.amazonaws.com", "sts:AssumeRole", "Service", {"aws:PrincipalIsAWSService": "true"}
    )
    wanted["service", ""] = allows(POLICIES[number], "lambda.amazonaws.com", "sts:AssumeRole")
    got["service", ""] = access.allowed(POLICIES[number], service)
    assert got == wanted


BEFORE = policy(
    statement("Allow", {"AWS": "999988887777"}, ["sts:AssumeRole", "sts:TagSession"]),
    statement("Allow", {"AWS": "arn:aws:iam::111122223333:root"}),
    statement("Allow", {"Service": "ec2.amazonaws.com"}),
)
ACCOUNT = finding(
    {"kind": "aws_account", "value": "999988887777"}, "sts:AssumeRole", "sts:TagSession"
)


def after(*more):
    return policy(*BEFORE["Statement"], *more)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (
            after(statement("Deny", {"AWS": "arn:aws:iam::999988887777:root"}, ["sts:AssumeRole", "sts:TagSession"])),
            [],
        ),
        (BEFORE, [
            "arn:aws:iam::999988887777:role/Any may still sts:AssumeRole",
            "arn:aws:iam::999988887777:role/Any may still sts:TagSession",
        ]),
        (
            after(statement("Deny", {"AWS": "arn:aws:iam::999988887777:root"})),
            ["arn:aws:iam::999988887777:role/Any may still sts:TagSession"],
        ),
        (
            after(statement("Deny", {"AWS": "*"}, "sts:*")),
            [
                f"{who} would lose {action}"
                for who, action in (
                    ("arn:aws:iam::111122223333:role/Any", "sts:AssumeRole"),
                    ("arn:aws:iam::444455556666:role/Any", "sts:AssumeRole"),
                    ("arn:aws:iam::111122223333:role/Any", "sts:TagSession"),
                    ("arn:aws:iam::444455556666:role/Any", "sts:TagSession"),
                    ("ec2.amazonaws.com", "sts:AssumeRole"),
                )
            ],
        ),
        (
            policy(statement("Allow", {"AWS": "arn:aws:iam::111122223333:root"})),
            ["ec2.amazonaws.com would lose sts:AssumeRole"],
        ),
        (
            policy(
                BEFORE["Statement"][1],
                BEFORE["Statement"][2],
                statement("Allow", {"AWS": "arn:aws:iam::444455556666:root"}),
            ),
            ["arn:aws:iam::444455556666:role/Any would gain sts:AssumeRole"],
        ),
    ],
    ids=["exact", "nothing", "one action left", "own account too", "service too", "somebody gains"],
)  # fmt: skip
def test_only_the_finding_s_side_may_lose(access, change, wrong):
    state = access.State
    assert access.differences(ACCOUNT, state(BEFORE), state(change)) == wrong


def test_anyone_means_everybody_outside_the_zone_of_trust(access):
    open_to_all = policy(statement("Allow", {"AWS": "*"}))
    anyone = finding({"kind": "anyone", "value": "*"})
    guarded = policy(
        *open_to_all["Statement"], statement("Deny", {"AWS": "*"}, "sts:AssumeRole", GUARD)
    )
    state = access.State
    assert access.differences(anyone, state(open_to_all), state(guarded)) == []
    naive = policy(*open_to_all["Statement"], statement("Deny", {"AWS": "*"}))
    assert access.differences(anyone, state(open_to_all), state(naive)) == [
        "arn:aws:iam::111122223333:role/Any would lose sts:AssumeRole",
        "arn:aws:iam::444455556666:role/Any would lose sts:AssumeRole",
    ]
