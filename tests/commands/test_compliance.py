"""`simulator compliance` on a small project: its first line, its forms, its exit code."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from simulator.commands.compliance import command

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /app, RetentionInDays: DAYS}
"""
SETTINGS = """\
[tool.simulator.compliance]
searched = ["template.yaml"]
"""
EVIDENCE = "This is evidence, not an assessment (PCI DSS v4.0.1)."


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(SETTINGS)

    def start(*args, days=400):
        (tmp_path / "template.yaml").write_text(TEMPLATE.replace("DAYS", str(days)))
        return CliRunner().invoke(command, list(args), standalone_mode=False)

    return start


@pytest.mark.parametrize("kind", ["text", "markdown"])
def test_the_first_line_says_what_it_is(run, kind):
    result = run("--format", kind)
    assert result.output.splitlines()[0] == EVIDENCE
    assert "manual" in result.output


def test_a_check_that_fails_is_told_with_its_place(run):
    result = run(days=30)
    assert result.return_value == 1
    assert "fail           C-10.5.1      Logs are kept for a year" in result.output
    assert "Logs: kept for 30 days only (template.yaml:3:3)" in result.output


def test_json_has_every_row_and_the_counts(run, tmp_path):
    result = run("--format", "json", "--output", "out.json", days=30)
    made = json.loads((tmp_path / "out.json").read_text())
    assert made["note"] == EVIDENCE
    assert sum(made["counts"].values()) == len(made["results"])
    row = next(item for item in made["results"] if item["id"] == "C-10.5.1")
    assert row["evidence"] == [
        {
            "subject": "Logs",
            "good": False,
            "said": "kept for 30 days only",
            "at": "template.yaml:3:3",
        }
    ]
    assert result.output.startswith(f"{made['counts']['pass']} pass, ")


def test_one_requirement_is_explained(run):
    lines = run("--explain", "10.5.1").output.splitlines()
    assert lines[2] == "10.5.1  Logs are kept for a year, three months of it at hand."
    assert "    Logs: kept for 400 days (template.yaml:3:3)" in lines


def test_the_responsibility_table_has_computed_sums(run):
    lines = run("--responsibility").output.splitlines()
    assert lines[-2].split() == ["Total", "464", "243", "198", "23"]
    assert lines[-1].split() == ["Share", "52", "%", "43", "%", "5", "%"]


def test_a_setting_that_nobody_knows_is_refused(run, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.simulator.compliance]\ncards = []\n")
    assert "compliance knows no 'cards'" in str(run().exception)


def test_a_pattern_of_templates_that_names_nothing_is_refused(run, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.simulator.compliance]\ntemplates = ["s/*"]\n')
    assert "no file is s/*" in str(run().exception)


def test_an_unknown_requirement_is_refused(run):
    assert "no check and no question is about requirement 10.5.9; " in str(
        run("--explain", "10.5.9").exception
    )


def test_settings_for_a_check_that_there_is_not_are_refused(run, tmp_path):
    more = "[tool.simulator.compliance.alarms]\n'C-10.7.3' = ['Alarm']\n"
    (tmp_path / "pyproject.toml").write_text(SETTINGS + more)
    told = str(run().exception)
    assert "compliance.alarms: there is no check 'C-10.7.3'; did you mean 'C-10.7.2'?" in told


def test_sarif_has_what_is_wrong_at_its_place(run):
    made = json.loads(run("--format", "sarif", days=30).output)
    assert made["version"] == "2.1.0"
    (done,) = made["runs"]
    driver = done["tool"]["driver"]
    assert driver["fullDescription"] == {"text": EVIDENCE}
    (found,) = [item for item in done["results"] if item["ruleId"] == "C-10.5.1"]
    rule = driver["rules"][found["ruleIndex"]]
    assert (rule["id"], rule["properties"]["tags"]) == ("C-10.5.1", ["PCI DSS v4.0.1 10.5.1"])
    assert found == {
        "ruleId": "C-10.5.1",
        "ruleIndex": found["ruleIndex"],
        "level": "error",
        "message": {"text": "Logs: kept for 30 days only"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "template.yaml"},
                    "region": {"startLine": 3},
                }
            }
        ],
        "partialFingerprints": {"subject/v1": "C-10.5.1/Logs"},
    }


def test_rules_of_other_scanners_are_listed_with_their_reasons(run, tmp_path):
    more = '[tool.simulator.compliance.scanner_rules]\nCKV_AWS_28 = "would keep cards"\n'
    (tmp_path / "pyproject.toml").write_text(SETTINGS + more)
    assert run("--format", "markdown").output.endswith(
        "\n## Rules of other scanners that are wrong for this design\n\n"
        "- CKV_AWS_28: would keep cards\n"
    )
    made = json.loads(run("--format", "json").output)
    assert made["scanner_rules"] == {"CKV_AWS_28": "would keep cards"}


EXCEPTION = """\
[[tool.simulator.compliance.exceptions]]
id = "EX-7"
check = "C-10.5.1"
subject = "Logs"
owner = "Operations"
expires = 2026-06-30
reason = "a copy is kept elsewhere"
"""


def test_what_is_excepted_is_told_with_its_id_owner_and_end_in_every_form(run, tmp_path):
    (tmp_path / "pyproject.toml").write_text(SETTINGS + EXCEPTION)
    on = ("--on", "2026-06-30")
    told = "EX-7: a copy is kept elsewhere (Operations, until 2026-06-30)"
    assert f"    {told}\n" in run(*on, days=30).output
    made = json.loads(run(*on, "--format", "json", days=30).output)
    row = next(item for item in made["results"] if item["id"] == "C-10.5.1")
    assert row["status"] == "excepted"
    assert row["exceptions"] == [{"id": "EX-7", "owner": "Operations", "expires": "2026-06-30"}]
    sarif = json.loads(run(*on, "--format", "sarif", days=30).output)
    (found,) = [one for one in sarif["runs"][0]["results"] if one["ruleId"] == "C-10.5.1"]
    assert found["suppressions"] == [
        {"kind": "external", "justification": "EX-7: a copy is kept elsewhere (Operations)"}
    ]
    case = junit(run(*on, "--format", "junit", days=30).output)["C-10.5.1"]
    assert case.find("skipped").get("message") == f"excepted: {told}"


def test_an_exception_that_has_ended_fails(run, tmp_path):
    (tmp_path / "pyproject.toml").write_text(SETTINGS + EXCEPTION)
    ended = run("--on", "2026-07-01", days=30)
    assert ended.return_value == 1
    assert "EX-7 of Operations ended on 2026-06-30; Logs: kept for 30 days only" in ended.output


def junit(written):
    assert written.splitlines()[1] == f"<!-- {EVIDENCE} -->"
    suite = ET.fromstring(written).find("testsuite")
    cases = suite.findall("testcase")
    counted = {kind: len(suite.findall(f"testcase/{kind}")) for kind in ("failure", "skipped")}
    assert suite.get("tests") == str(len(cases))
    assert suite.get("failures") == str(counted["failure"])
    assert suite.get("skipped") == str(counted["skipped"])
    return {case.get("name").partition(" ")[0]: case for case in cases}


def test_junit_has_a_test_for_every_row(run):
    cases = junit(run("--format", "junit", days=30).output)
    assert cases["C-10.5.1"].get("classname") == "PCI DSS 10.5.1"
    assert (
        cases["C-10.5.1"].find("failure").text == "Logs: kept for 30 days only (template.yaml:3:3)"
    )
    assert cases["C-12.8.5"].find("failure") is None
    assert cases["C-3.2.1a"].find("skipped").get("message") == (
        "not-applicable: no card tables are declared"
    )


def test_what_changed_between_two_reports(run, tmp_path):
    for name, days in (("good.json", 400), ("bad.json", 30), ("worse.json", 20)):
        run("--format", "json", "--output", name, days=days)
    worse = run("--diff", "good.json", "bad.json")
    assert worse.return_value == 1
    assert worse.output.splitlines() == [
        EVIDENCE,
        "",
        "C-10.5.1       pass → fail",
        "    + Logs: kept for 30 days only",
        "1 check changed",
    ]
    better = run("--diff", "bad.json", "good.json")
    assert better.return_value == 0
    assert "    - Logs: kept for 30 days only" in better.output
    assert run("--diff", "good.json", "good.json").output.splitlines()[-1] == "no check changed"
    other = run("--diff", "bad.json", "worse.json")
    assert other.return_value == 1
    (tmp_path / "odd.json").write_text('{"schema": "replay/1"}')
    refused = str(run("--diff", "odd.json", "good.json").exception)
    assert "odd.json: PRJ041: this is no report with the schema 'compliance/1'" in refused
    (tmp_path / "odd.json").write_text("<x/>")
    assert "odd.json: PRJ040: not JSON: " in str(run("--diff", "odd.json", "good.json").exception)


@pytest.mark.parametrize("option", ["--check", "--write-inventory"])
def test_without_a_folder_there_is_nothing_to_generate(run, option):
    assert str(run(option).exception).startswith("nothing is generated: neither ")


@pytest.mark.usefixtures("run")
def test_inventories_are_written_checked_and_keep_what_people_wrote(tmp_path):
    (tmp_path / "pyproject.toml").write_text(f'{SETTINGS}inventory = "lists"\n')
    template = TEMPLATE + "  Lost:\n    Type: AWS::SQS::Queue\n"
    components = tmp_path / "lists" / "components.json"

    def start(*args):
        (tmp_path / "template.yaml").write_text(template.replace("DAYS", "400"))
        return CliRunner().invoke(command, list(args), standalone_mode=False)

    stale = start("--check")
    assert (stale.return_value, components.exists()) == (1, False)
    assert stale.output.splitlines()[:2] == [
        "stale: lists/keys.json",
        "stale: lists/components.json",
    ]
    assert start("--write-inventory").output.splitlines() == [
        "wrote lists/keys.json",
        "wrote lists/components.json",
    ]
    written = json.loads(components.read_text())
    assert written["components"] == [
        {
            "template": "template.yaml",
            "resource": "Lost",
            "type": "AWS::SQS::Queue",
            "scope": "connected",
            "function": "",
        }
    ]
    assert "template.yaml/Lost: has no function: write it into lists/components.json" in (
        start("--no-runs").output
    )
    filled = components.read_text().replace('"function": ""', '"function": "what was given up"')
    components.write_text(filled)
    assert start("--check").output == "all inventories are up to date\n"
    assert start("--write-inventory").output == "all inventories are up to date\n"
    assert "pass           C-12.5.1" in start("--no-runs").output
    components.write_text("{")
    assert "lists/components.json: PRJ040: not JSON: " in str(start("--write-inventory").exception)
    assert components.read_text() == "{"


SCENARIO = """\
schema: scenario/1
id: ID
title: an order
steps:
  - {at: PT0S, send: start, workflow: Order, input: {number: "4111111111111111"}}
"""
WORKFLOW = """\
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: sts:AssumeRole}]
  Order:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: {"Fn::GetAtt": [Role, Arn]}
      DefinitionString: '{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}'
"""


@pytest.mark.slow
@pytest.mark.usefixtures("run")
def test_several_processes_see_what_one_sees(tmp_path):
    folder = tmp_path / "tests" / "scenarios"
    folder.mkdir(parents=True)
    for name in ("A1", "A2", "A3"):
        (folder / f"{name}.yaml").write_text(SCENARIO.replace("ID", name))
    (tmp_path / "template.yaml").write_text(TEMPLATE.replace("DAYS", "400") + WORKFLOW)

    def start(*args):
        return CliRunner().invoke(command, [*args, "--format", "json"], standalone_mode=False)

    one, two = start("--workers", "1"), start("--workers", "2")
    assert one.output == two.output
    rows = {item["id"]: item for item in json.loads(one.output)["results"]}
    assert rows["C-SFN-1"]["status"] == "fail"
    assert [item["subject"] for item in rows["C-SFN-1"]["evidence"]] == ["A1", "A2", "A3"]
    assert rows["C-SFN-1"]["evidence"][0]["at"] == "tests/scenarios/A1.yaml"
