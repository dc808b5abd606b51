"""`simulator check`: every problem of a project at its place, at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

TEMPLATE, WORKFLOW = "template.yaml", "workflows/hello.asl.json"
LOST = """\
  Lost:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop]}
      Targets:
        - Id: gone
          Arn: !Sub arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:gone
"""
RENDERED = "workflows/rendered/hello.asl.json"


def changed(root: Path, name: str, before: str, after: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_a_sound_project_has_nothing_to_say(small: Any, simulator: Any) -> None:
    small()
    ran = simulator("check")
    assert (ran.code, ran.out, ran.err) == (0, "0 errors, 0 warnings\n", "")


CASES = {
    "a missing and an unused substitution": (
        ("{WorkArn: ", "{WorkArm: "),
        "template.yaml:15:42: PRJ057: warning: the definition has no ${WorkArm}; did you mean"
        " 'WorkArn'?\n"
        "workflows/hello.asl.json:5:43: PRJ056: DefinitionSubstitutions has no 'WorkArn'; did you"
        " mean 'WorkArm'?\n",
        "1 error, 1 warning\n",
    ),
    "a rule whose target does not exist": (
        ("  Hello:\n", f"{LOST}  Hello:\n"),
        "template.yaml:11:3: PRJ076: 'demo-Lost': its target"
        " 'arn:aws:lambda:us-east-1:123456789012:function:gone' does not exist in the template; did"
        " you mean 'arn:aws:lambda:us-east-1:123456789012:function:demo-Work'?\n",
        "1 error, 0 warnings\n",
    ),
    "a handler that does not import": (
        ("app.work", "app.wrok"),
        "template.yaml:4:3: PRJ064: the handler app.wrok of Work cannot be imported: app has no"
        " function 'wrok'; handlers are imported from src/; are its requirements installed here?\n",
        "1 error, 0 warnings\n",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_problem_of_the_template_is_an_error_at_its_place(
    case: str, small: Any, simulator: Any
) -> None:
    (before, after), out, err = CASES[case]
    changed(small(), TEMPLATE, before, after)
    ran = simulator("check")
    assert (ran.code, ran.out, ran.err) == (1, out, err)


def test_a_flaw_of_a_definition_is_an_error_at_its_place(small: Any, simulator: Any) -> None:
    changed(small(), WORKFLOW, '"Next": "Work"', '"Next": "Work", "Retri": []')
    ran = simulator("check")
    assert (ran.code, ran.err) == (1, "1 error, 0 warnings\n")
    assert ran.out == (
        "workflows/hello.asl.json:4:47: ASL005: the state 'Greet', of type Pass, has no field"
        " 'Retri'\n"
    )


def test_warnings_fail_only_when_strict(small: Any, simulator: Any) -> None:
    changed(small(), TEMPLATE, "Work.Arn}", "Work.Arn, Extra: x}")
    told = "template.yaml:15:67: PRJ057: warning: the definition has no ${Extra}; delete the"
    for options, code in (((), 0), (("--strict",), 1)):
        ran = simulator("check", *options)
        assert (ran.code, ran.out, ran.err) == (
            code,
            f"{told} substitution\n",
            "0 errors, 1 warning\n",
        )


@pytest.mark.parametrize(
    ("options", "err"),
    [
        (("--parameter", "Name"), "Error: --parameter wants NAME=VALUE, not 'Name'"),
        (("--parameter", "=x"), "Error: --parameter wants NAME=VALUE, not '=x'"),
        (
            ("--project", "nowhere"),
            "Error: Invalid value for '--project': Directory 'nowhere' does",
        ),
    ],
)
def test_wrong_options_are_refused(
    options: tuple[str, ...], err: str, small: Any, simulator: Any
) -> None:
    small()
    ran = simulator("check", *options)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith(err)


@pytest.mark.parametrize(
    ("options", "out"),
    [
        (
            ("--template", "temlate.yaml"),
            "temlate.yaml: PRJ001: there is no template; did you mean 'template.yaml'?\n",
        ),
        (
            ("--stage", "prod"),
            "samconfig.toml: PRJ042: there is no samconfig.toml to read the stage 'prod' from\n",
        ),
    ],
)
def test_what_cannot_be_read_at_all_is_a_problem_too(
    options: tuple[str, ...], out: str, small: Any, simulator: Any
) -> None:
    small()
    ran = simulator("check", *options)
    assert (ran.code, ran.out, ran.err) == (1, out, "1 error, 0 warnings\n")


def rendered(root: Path) -> None:
    """The definition comes from a template with one parameter."""
    changed(root, TEMPLATE, WORKFLOW, RENDERED)
    text = (root / WORKFLOW).read_text(encoding="utf-8")
    (root / WORKFLOW).unlink()
    (root / "workflows/hello.asl.json.j2").write_text(text.replace('"Greet"', '"{{ greet }}"'))
    (root / "workflows/parameters.yaml").write_text("default: {greet: Greet}\n")


def test_stale_rendering_is_an_error(small: Any, simulator: Any) -> None:
    root = small()
    rendered(root)
    assert simulator("check").out.splitlines()[-1] == (
        f"{RENDERED}: PRJ053: it has not been rendered yet; run `simulator build`"
    )
    assert simulator("build").code == 0
    assert simulator("check").out == "0 errors, 0 warnings\n"
    changed(root, "workflows/parameters.yaml", "Greet", "Welcome")
    ran = simulator("check")
    assert (ran.code, ran.out) == (
        1,
        f"{RENDERED}:1:1: PRJ053: it is not what hello.asl.json.j2 renders to; run"
        " `simulator build`\n",
    )
    (root / "workflows/rendered/old.asl.json").write_text("{}")
    assert simulator("build").out == (
        "wrote workflows/rendered/hello.asl.json\nremoved workflows/rendered/old.asl.json\n"
    )


@pytest.mark.parametrize(
    ("parameters", "out"),
    [
        (
            "default: {gret: Greet}\n",
            "workflows/hello.asl.json.j2:2: RND003: 'greet' is undefined; did you mean 'gret'?\n",
        ),
        (
            "default: {greet: Greet\n",
            "workflows/parameters.yaml:2:1: RND008: not YAML: expected ',' or '}', but got '<stream"
            " end>'\n",
        ),
        (
            "default: [greet]\n",
            "workflows/parameters.yaml: RND008: 'default' must be an object\n",
        ),
    ],
)
def test_wrong_parameters_are_told_once(
    parameters: str, out: str, small: Any, simulator: Any
) -> None:
    root = small()
    rendered(root)
    simulator("build")
    (root / "workflows/parameters.yaml").write_text(parameters)
    ran = simulator("check")
    assert (ran.code, ran.out, ran.err) == (1, out, "1 error, 0 warnings\n")
    assert (simulator("replay").code, simulator("replay").err) == (2, out)


def test_a_stage_that_the_parameters_do_not_have_is_told(small: Any, simulator: Any) -> None:
    root = small()
    rendered(root)
    simulator("build")
    old = root / "workflows/rendered/prd/hello.asl.json"
    old.parent.mkdir()
    old.write_bytes((root / RENDERED).read_bytes())
    (root / "workflows/parameters.yaml").write_text("default: {greet: Greet}\nstages: {prod: {}}\n")
    changed(root, TEMPLATE, RENDERED, "workflows/rendered/prd/hello.asl.json")
    ran = simulator("replay")
    assert (ran.code, ran.err) == (
        2,
        "workflows/rendered/prd/hello.asl.json: PRJ054: no stage is named 'prd' in"
        " parameters.yaml; did you mean 'prod'?\n",
    )


IMPORTS = """\
import boto3

CLIENT = boto3.client("sns")
TABLES = boto3.client("dynamodb").list_tables()["TableNames"]


def work(event, context):
    return event
"""
REACHES_OUT = """\
import urllib.request

urllib.request.urlopen("https://example.com/rates")


def work(event, context):
    return event
"""


def test_a_handler_may_use_aws_while_it_is_imported(small: Any, simulator: Any) -> None:
    small({"src/app.py": IMPORTS})
    ran = simulator("check")
    assert (ran.code, ran.out, ran.err) == (0, "0 errors, 0 warnings\n", "")


def test_an_import_reaches_no_network(small: Any, simulator: Any) -> None:
    small({"src/app.py": REACHES_OUT})
    ran = simulator("check")
    assert ran.code == 0
    assert (ran.out + ran.err).startswith(
        "template.yaml:4:3: PRJ064: warning: the handler app.work of Work cannot be imported: Work"
        " asks GET https://example.com/rates, and nothing stands for that host;"
    )
