"""`simulator compliance` on a small project: its first line, its forms, its exit code."""

from __future__ import annotations

import json

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
