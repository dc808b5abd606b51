"""Settings, samconfig and template parameters: where values come from, and wrong ones."""

from __future__ import annotations

from datetime import timedelta

import pytest

from simulator.errors import SourceError
from simulator.project.settings import duration
from tests.project.conftest import SAM, told

PARAMETERS = """\
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
Resources:
  Value: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Ref Stage}}
"""


def value(project):
    return project.template.resource("Value").properties["Value"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (0, timedelta()),
        (1.5, timedelta(seconds=1.5)),
        ("PT0.2S", timedelta(milliseconds=200)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        (-1, None),
        (True, None),
        ("P", None),
        ("PT", None),
        ("1s", None),
        (None, None),
        ([1], None),
    ],
)
def test_a_duration_is_seconds_or_iso_8601(given, expected):
    assert duration(given) == expected


def test_settings_of_simulator_toml_win_over_pyprojects(load):
    project = load(
        PARAMETERS,
        {
            "simulator.toml": 'account = "111122223333"\nregion = "eu-west-1"\nstack = "own"\n',
            "pyproject.toml": '[tool.simulator]\nregion = "us-west-2"\n',
        },
    )
    assert (project.account, project.region, project.name) == ("111122223333", "eu-west-1", "own")


def test_settings_stand_in_pyproject_too(load):
    project = load(PARAMETERS, {"pyproject.toml": '[tool.simulator]\naccount = "111122223333"\n'})
    assert project.account == "111122223333"


def test_another_template_is_named_in_the_settings_or_by_the_caller(load):
    files = {"simulator.toml": 'template = "other.yaml"\n', "other.yaml": PARAMETERS}
    assert load(": broken", files).template.path.name == "other.yaml"
    again = load(": broken", {**files, "third.yaml": PARAMETERS}, template="third.yaml")
    assert again.template.path.name == "third.yaml"


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ('regoin = "x"\n', 1, "unknown setting 'regoin'", "did you mean 'region'?"),
        ("\nregion = 5\n", 2, "the setting 'region' is a text", None),
        ('stack = ""\n', 1, "the setting 'stack' is a text", None),
        ('account = "1"\n', 1, "the setting 'account' is a text of twelve digits, not '1'", None),
        ("parameters = 1\n", 1, "the setting 'parameters' is a table", None),
        ('card_data = "Cards"\n', 1, "the setting 'card_data' is a list of texts", None),
        ("card_data = [1]\n", 1, "the setting 'card_data' is a list of texts", None),
        (
            '[latency]\nWork = "soon"\n',
            2,
            "the latency of 'Work' is no duration: 'soon'",
            'seconds, or a text such as "PT0.2S"',
        ),
        (
            "latency = false\n",
            0,
            "the latency of 'default' is no duration: False",
            'seconds, or a text such as "PT0.2S"',
        ),
        ("[latency]\nWrok = 1\n", 0, "a latency is given for 'Wrok', and no function has that name", None),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_at_its_line(problems, text, line, message, hint):
    (found,) = problems(PARAMETERS, {"simulator.toml": text})
    assert (found.code, found.location.line, found.message, found.hint) == (
        "PRJ041",
        line,
        message,
        hint,
    )


def test_a_settings_file_that_is_not_toml_is_refused_at_its_place(problems):
    (found,) = problems(PARAMETERS, {"simulator.toml": 'region = "x"\nstack = \n'})
    assert (found.code, found.location.line, found.location.column) == ("PRJ040", 2, 9)


def test_latencies_are_declared_for_all_or_by_logical_id_or_name(load):
    function = "{Type: AWS::Serverless::Function, Properties: {Handler: app.handler, Runtime: python3.11, CodeUri: src}}"
    template = f"{SAM}Resources:\n  A: {function}\n  B: {function}\n  C: {function}\n"
    toml = '[latency]\ndefault = 1\nA = "PT2S"\nshop-B = 3\n'
    project = load(template, {"simulator.toml": toml})
    took = {item.logical_id: item.latency.total_seconds() for item in project.functions.values()}
    assert took == {"A": 2, "B": 3, "C": 1}
    (only,) = {
        item.latency
        for item in load(template, {"simulator.toml": "latency = 5\n"}).functions.values()
    }
    assert only == timedelta(seconds=5)


# -- samconfig --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "overrides",
    [
        '"Stage=prod"',
        '["Stage=prod"]',
        '"ParameterKey=Stage,ParameterValue=prod"',
        "\"Stage='prod'\"",
    ],
)
def test_samconfig_gives_parameters_as_sam_reads_them(load, overrides):
    toml = f"[default.deploy.parameters]\nstack_name = 'live'\nparameter_overrides = {overrides}\n"
    project = load(PARAMETERS, {"samconfig.toml": toml})
    assert (value(project), project.name) == ("prod", "live")


def test_samconfig_may_be_yaml_and_a_stage_chooses_its_environment(load):
    yaml = (
        "default: {global: {parameters: {stack_name: shared}}}\n"
        "prod: {deploy: {parameters: {parameter_overrides: {Stage: prod}}}}\n"
    )
    files = {"samconfig.yaml": yaml}
    assert (value(load(PARAMETERS, files)), load(PARAMETERS, files).name) == ("dev", "shared")
    assert value(load(PARAMETERS, files, stage="prod")) == "prod"


def test_the_callers_parameters_win_over_samconfig_and_that_over_the_settings(load):
    files = {
        "simulator.toml": '[parameters]\nStage = "prod"\n',
        "samconfig.toml": '[default.deploy.parameters]\nparameter_overrides = "Stage=dev"\n',
    }
    assert value(load(PARAMETERS, {"simulator.toml": files["simulator.toml"]})) == "prod"
    assert value(load(PARAMETERS, files)) == "dev"
    assert value(load(PARAMETERS, files, parameters={"Stage": "prod"})) == "prod"


@pytest.mark.parametrize(
    ("files", "stage", "code", "message"),
    [
        ({"samconfig.toml": "none = 1\n"}, "prod", "PRJ042", "samconfig has no environment 'prod'"),
        (
            {"samconfig.toml": '[default.deploy.parameters]\nparameter_overrides = "A"\n'},
            None,
            "PRJ042",
            "parameter_overrides: 'A' is not Name=Value",
        ),
        (
            {"samconfig.toml": "[default.deploy.parameters]\nparameter_overrides = \"A='\"\n"},
            None,
            "PRJ042",
            "parameter_overrides: No closing quotation",
        ),
        ({"samconfig.toml": "= 1\n"}, None, "PRJ040", "not TOML: Invalid statement (at line 1, column 1)"),
    ],
)  # fmt: skip
def test_a_samconfig_that_cannot_be_used_is_refused(problems, files, stage, code, message):
    found = problems(PARAMETERS, files, stage=stage)
    assert [(item.code, item.message) for item in found] == [(code, message)]


def test_a_samconfig_that_is_not_yaml_is_refused(problems):
    found = problems(PARAMETERS, {"samconfig.yaml": "a: [\n"})
    assert told(found) == [("PRJ040", "samconfig.yaml", 0)]


def test_a_stage_without_samconfig_is_refused(problems):
    found = problems(PARAMETERS, stage="prod")
    assert [item.message for item in found] == [
        "there is no samconfig.toml to read the stage 'prod' from"
    ]


def test_an_environment_that_is_no_table_is_as_good_as_none(load):
    assert value(load(PARAMETERS, {"samconfig.toml": "default = 1\n"})) == "dev"
    assert value(load(PARAMETERS, {"samconfig.yaml": "- 1\n"})) == "dev"


# -- template parameters ----------------------------------------------------------------------------


def declared(body):
    return (
        f"Parameters:\n  P: {body}\n"
        "Resources:\n  Value: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Ref P}}\n"
    )


@pytest.mark.parametrize(
    ("body", "given", "expected"),
    [
        ("{Type: String, Default: true}", None, "true"),
        ("{Type: Number, Default: 1}", 2.5, "2.5"),
        ("{Type: CommaDelimitedList, Default: 'a, b'}", None, ["a", "b"]),
        ("{Type: 'List<Number>', Default: '1'}", [1, 2], ["1", "2"]),
        ("{Type: 'AWS::SSM::Parameter::Value<String>', Default: /x}", "given", "given"),
    ],
)
def test_a_parameter_has_the_value_of_its_type(load, body, given, expected):
    parameters = {} if given is None else {"P": given}
    assert value(load(declared(body), parameters=parameters)) == expected


@pytest.mark.parametrize(
    ("body", "code", "message", "severity"),
    [
        ("{Type: String}", "PRJ012", "the parameter 'P' has no value", "error"),
        ("{Type: CommaDelimitedList}", "PRJ012", "the parameter 'P' has no value", "error"),
        ("text", "PRJ013", "the parameter 'P' is not a mapping", "error"),
        ("{Type: String, Default: c, AllowedValues: [a, b]}", "PRJ013", "the parameter 'P': 'c' is not among its AllowedValues (a, b)", "error"),
        ("{Type: String, Default: c, AllowedPattern: '[ab]'}", "PRJ013", "the parameter 'P': 'c' does not match its AllowedPattern [ab]", "error"),
        ("{Type: String, Default: c, AllowedPattern: '('}", "PRJ013", "the parameter 'P': its AllowedPattern ( is no regular expression: missing ), unterminated subpattern at position 0", "error"),
        ("{Type: Number, Default: c}", "PRJ013", "the parameter 'P': 'c' is not a number", "error"),
        ("{Type: Number, Default: 1, MinValue: 2}", "PRJ013", "the parameter 'P': 1 is outside MinValue 2", "error"),
        ("{Type: Number, Default: 3, MaxValue: 2}", "PRJ013", "the parameter 'P': 3 is outside MaxValue 2", "error"),
        ("{Type: String, Default: c, MinLength: 2}", "PRJ013", "the parameter 'P': 'c' has 1 characters; MinLength is 2", "error"),
        ("{Type: String, Default: ccc, MaxLength: 2}", "PRJ013", "the parameter 'P': 'ccc' has 3 characters; MaxLength is 2", "error"),
        ("{Type: 'AWS::SSM::Parameter::Value<String>', Default: /x}", "PRJ015", "the value of the parameter 'P' is kept in Parameter Store under '/x'", "warning"),
    ],
)  # fmt: skip
def test_a_parameter_without_a_right_value_is_said_at_its_place(
    problems, body, code, message, severity
):
    found = problems(declared(body))[0]
    assert (found.code, found.message, found.severity, found.location.line) == (
        code,
        message,
        severity,
        2,
    )


@pytest.mark.parametrize(("kind", "made"), [("String", "ssm:/x"), ("List<String>", ["ssm:/x"])])
def test_a_placeholder_stands_in_for_a_value_of_parameter_store(load, kind, made):
    project = load(declared(f"{{Type: 'AWS::SSM::Parameter::Value<{kind}>', Default: /x}}"))
    assert value(project) == made
    assert [item.code for item in project.warnings] == ["PRJ015"]


def test_a_value_for_a_parameter_that_does_not_exist_is_refused(problems):
    found = problems(PARAMETERS, parameters={"Stag": "prod"})
    assert [(item.code, item.hint) for item in found] == [("PRJ014", "did you mean 'Stage'?")]


def test_a_project_without_any_template_names_the_nearest_file(write):
    from simulator.project.project import Project

    root = write({"templates.yaml": PARAMETERS})
    with pytest.raises(SourceError, match=r"PRJ001: there is no template; did you mean 'templates"):
        Project.load(root)
