"""Layers of the template: what they have is imported, after the function's own code."""

from __future__ import annotations

import pytest

from simulator.tasks.functions import Handlers

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Built:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: built/}
    Metadata: {BuildMethod: python3.11}
  Native: {Type: AWS::Lambda::LayerVersion, Properties: {LayerName: native, Content: native}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      CodeUri: src
      Handler: app.handler
      Layers: [%s]
"""
APP = "import one, two\ndef handler(event, context): return [one.NAME, two.NAME]\n"
FILES = {
    "src/app.py": APP,
    "built/one.py": "NAME = 'built one'\n",
    "built/two.py": "NAME = 'built two'\n",
    "native/python/two.py": "NAME = 'native two'\n",
    "native/three.py": "NAME = 'Lambda looks below python/ only'\n",
}


def answer(project):
    function = project.function("F")
    handlers = Handlers()
    with handlers.inside(function, {}):
        return handlers.handler(function)({}, None)


@pytest.mark.parametrize(
    ("layers", "files", "wanted"),
    [
        ("!Ref Built", {}, ["built one", "built two"]),
        ("!Ref Built, !Ref Native", {}, ["built one", "native two"]),
        ("!Ref Native, !Ref Built", {}, ["built one", "built two"]),
        ("!Ref Built", {"src/two.py": "NAME = 'own two'\n"}, ["built one", "own two"]),
    ],
)
def test_code_comes_first_and_then_the_last_layer(load, layers, files, wanted):
    project = load(TEMPLATE % layers, {**FILES, **files})
    assert answer(project) == wanted
    assert project.warnings == []


def test_a_layer_of_somebody_else_is_a_warning(load):
    arn = "arn:aws:lambda:us-east-1:017000801446:layer:Powertools:40"
    project = load(TEMPLATE % f"!Ref Built, '{arn}'", FILES)
    (warning,) = project.warnings
    assert (warning.code, warning.location.line, warning.message) == (
        "PRJ065",
        14,
        f"the layer {arn} is not in the template; what it has is not imported here",
    )


def test_a_layer_s_folder_that_is_not_there_is_an_error(problems):
    files = {name: text for name, text in FILES.items() if not name.startswith("native/")}
    found = problems(TEMPLATE % "!Ref Built, !Ref Native", files)
    assert [(item.code, item.message) for item in found] == [
        ("PRJ061", "the layer's folder 'native' does not exist")
    ]
