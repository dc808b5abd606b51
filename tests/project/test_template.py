"""Templates: values resolved, and every mistake at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import SourceError
from simulator.project.template import Template


def read(folder: Path, text: str, **parameters: str) -> Template:
    path = folder / "template.yaml"
    path.write_text(text, encoding="utf-8")
    return Template.read(path, parameters, "111122223333", "us-east-1", stack="shop")


def found(template: Template) -> list[tuple[str, int, str]]:
    return [(item.code, item.location.line, item.severity) for item in template.problems]


VALUES = """\
Parameters:
  Stage: {Type: String, Default: dev}
Mappings:
  Sizes: {dev: {size: small}, prod: {size: big}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Values:
    Type: AWS::SSM::Parameter
    Properties:
      Name: !Join ['/', ['', !Ref Stage, values]]
      Type: String
      Value: !Sub '${Queue.Arn} in ${AWS::Region}'
      Description: !If [IsProd, !Select [1, !Split ['-', 'a-b']], !Ref 'AWS::NoValue']
      AllowedPattern: !FindInMap [Sizes, !Ref Stage, size]
"""


def test_values_are_resolved_with_the_defaults_of_parameters(tmp_path: Path) -> None:
    template = read(tmp_path, VALUES)
    assert found(template) == []
    assert template.resource("Values").properties == {
        "Name": "/dev/values",
        "Type": "String",
        "Value": "arn:aws:sqs:us-east-1:111122223333:shop-Queue in us-east-1",
        "AllowedPattern": "small",
    }


def test_an_override_changes_conditions_and_mappings(tmp_path: Path) -> None:
    template = read(tmp_path, VALUES, Stage="prod")
    assert template.resource("Values").properties["Description"] == "b"
    assert template.resource("Values").properties["AllowedPattern"] == "big"


def test_an_unknown_parameter_is_refused(tmp_path: Path) -> None:
    assert found(read(tmp_path, VALUES, Stag="prod")) == [("PRJ014", 1, "error")]


def test_a_reference_to_nothing_is_found_where_it_stands(tmp_path: Path) -> None:
    text = VALUES.replace("${Queue.Arn}", "${Queu.Arn}")
    template = read(tmp_path, text)
    assert [(item.code, item.hint) for item in template.problems] == [
        ("PRJ020", "did you mean 'Queue'?")
    ]


def test_an_import_of_another_stack_is_refused(tmp_path: Path) -> None:
    text = VALUES.replace("!Sub '${Queue.Arn} in ${AWS::Region}'", "!ImportValue other")
    assert [item.code for item in read(tmp_path, text).problems] == ["PRJ024"]


def test_broken_yaml_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as error:
        read(tmp_path, "Resources: {a: [")
    assert [problem.code for problem in error.value.problems] == ["PRJ002"]
