"""Our own application: each role has what its scenarios use, no more and no less."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.permissions.judge import permissions
from simulator.permissions.needs import needs_of
from simulator.permissions.policies import fits, roles_of
from simulator.permissions.settings import declared_by
from simulator.project.project import Project
from simulator.scenarios.discovery import load
from simulator.scenarios.vocabulary import load_vocabulary
from simulator.scenarios.workers import Job, replay_in_order, workers_for

ROOT = Path(__file__).parents[2]


def observed(paths=(), **parameters):
    """The project and its Permissions after these scenarios; those that failed."""
    project = Project.load(ROOT, parameters=parameters)
    vocabulary = load_vocabulary(ROOT, ROOT / project.settings.vocabulary)
    scenarios = load(ROOT, paths, vocabulary)
    job = Job(ROOT, parameters=parameters, observer=needs_of)
    needs, failed = set(), []
    workers = workers_for(len(scenarios), None)
    for verdict in replay_in_order(job, project, vocabulary, scenarios, workers=workers):
        needs.update(*verdict.observed)
        failed += [verdict.scenario.id] if verdict.status != "passed" else []
    return permissions(project, declared_by(project), needs), failed


def lines(found, *names):
    """What is wrong with these roles, or with all of them."""
    roles = [role for role in found.roles if not names or role.name in names]
    return [
        *(f"{role.name} lacks {need.action} {need.resource}" for role in roles for need in role.missing),
        *(f"{role.name} has {right.action} {right.resource}" for role in roles for right in role.unused),
        *(f"{role.name} has {arn}" for role in roles for arn in role.unread),
    ]  # fmt: skip


@pytest.mark.slow
def test_each_role_has_what_its_scenarios_use():
    found, failed = observed()
    assert (lines(found), found.outside, found.stale, failed) == ([], (), (), [])


@pytest.mark.slow
def test_roles_of_the_pushed_reports():
    """They are there with ReportTransfer push alone; a refund changes a day that is there."""
    found, failed = observed(("tests/scenarios/P40-*.json",), ReportTransfer="push")
    names = ("ReportPushRole", "StoreReportRole")
    assert {role.name for role in found.roles} >= set(names)
    assert (lines(found, *names), failed) == ([], [])


def test_the_member_role_may_what_the_functions_of_our_own_account_may():
    """Its rights are kept without scenarios in member accounts: the same code uses them here."""
    project = Project.load(ROOT)
    (member,) = (
        role
        for template in declared_by(project).templates
        for role in roles_of(template)
        if role.name == "FindingRemediator"
    )
    ours = {
        action
        for role in roles_of(project.template)
        for statement in role.statements
        if statement.is_allow and statement.resources != [member.arn]
        for action in statement.actions
        if statement.policy.startswith("FindingResources")
        or "aws:ResourceAccount" in str(statement.body.get("Condition"))
        or fits("iam:*", action)
    }
    theirs = {action for one in member.statements if one.is_allow for action in one.actions}
    assert theirs == ours - {"sts:AssumeRole", "access-analyzer:GetFinding"}
