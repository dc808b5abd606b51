"""State machine definitions in every form that templates give them, and their mistakes' places."""

from __future__ import annotations

import pytest

from simulator.render.templates import render
from tests.project.conftest import SAM, arn, told

FUNCTION = "{Type: AWS::Serverless::Function, Properties: {Handler: app.handler, Runtime: python3.11, CodeUri: src}}"
WORK = arn("lambda", "function:shop-Work")
TASK = {
    "StartAt": "A",
    "States": {"A": {"Type": "Task", "Resource": "${Work}", "End": True}},
}
FILLED = {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": WORK, "End": True}}}
SUCCEED = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}


def machine(properties, kind="AWS::Serverless::StateMachine", transform=SAM):
    """`properties` are lines of YAML."""
    lines = "".join(f"      {line}\n" for line in properties.strip("\n").split("\n"))
    text = f"{transform}Resources:\n"
    if transform:
        text += f"  Work: {FUNCTION}\n"
    return f"{text}  Flow:\n    Type: {kind}\n    Properties:\n{lines}"


def definition(project):
    return project.workflow("Flow").definition


YAML_FILE = """\
StartAt: A
States:
  A: {Type: Task, Resource: '${Work}', End: true}
"""
INLINE = """\
Definition:
  StartAt: A
  States:
    A: {Type: Task, Resource: %s, End: true}
"""


@pytest.mark.parametrize(
    ("properties", "files"),
    [
        (
            "DefinitionUri: flow.json\nDefinitionSubstitutions: {Work: !GetAtt Work.Arn}",
            {"flow.json": TASK},
        ),
        (
            "DefinitionUri: deep/er/flow.asl.yaml\nDefinitionSubstitutions: {Work: !GetAtt Work.Arn}",
            {"deep/er/flow.asl.yaml": YAML_FILE},
        ),
        (INLINE % "'${Work}'" + "DefinitionSubstitutions: {Work: !GetAtt Work.Arn}", {}),
        (INLINE % "!GetAtt Work.Arn", {}),
        (INLINE % "!Sub '${Work.Arn}'", {}),
        (INLINE % "!Join [':', [!Sub 'arn:aws:lambda:${AWS::Region}', !Ref AWS::AccountId, function, !Ref Work]]", {}),
    ],
)  # fmt: skip
def test_a_definition_is_read_from_a_file_or_inline_with_its_substitutions(load, properties, files):
    assert definition(load(machine(properties), files)) == FILLED


@pytest.mark.parametrize(
    "properties",
    [
        "DefinitionString: '{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Succeed\"}}}'",
        'DefinitionString: !Sub |\n  {"StartAt": "A",\n   "States": {"A": {"Type": "Succeed"}}}',
        "DefinitionString: !Sub ['{\"StartAt\":\"${S}\",\"States\":{\"A\":{\"Type\":\"Succeed\"}}}', {S: A}]",
        "DefinitionString: |\n  StartAt: A\n  States:\n    A: {Type: Succeed}",
        "Definition: {StartAt: A, States: {A: {Type: Succeed}}}",
        "DefinitionS3Location: flow.asl.json",
    ],
)  # fmt: skip
def test_a_plain_state_machine_has_its_definition_in_every_form(load, properties):
    project = load(machine(properties, "AWS::StepFunctions::StateMachine", ""))
    assert definition(project) == SUCCEED
    assert project.workflow("Flow").arn == arn("states", "stateMachine:shop-Flow")


def test_a_definition_string_keeps_literals_of_the_workflow(load):
    text = (
        'DefinitionString: !Sub \'{"StartAt":"A","States":{"A":{"Type":"Pass","Result":'
        '"${!Kept} in ${AWS::Region}","End":true}}}\'\nDefinitionSubstitutions: {Kept: x}'
    )
    project = load(machine(text, "AWS::StepFunctions::StateMachine", ""))
    assert definition(project)["States"]["A"]["Result"] == "x in us-east-1"


def test_a_name_and_a_type_are_taken_over(load):
    text = "Name: own\nType: EXPRESS\nDefinitionUri: flow.asl.json\nRole: arn:aws:iam::1:role/r"
    workflow = load(machine(text)).workflow("own")
    assert (workflow.kind, workflow.logical_id, workflow.role_arn, workflow.stem) == (
        "EXPRESS",
        "Flow",
        "arn:aws:iam::1:role/r",
        "flow",
    )


def test_a_jinja_template_behind_a_rendered_file_is_the_file_to_edit(load, problems, write):
    files = {
        "workflows/flow.asl.json.j2": '{"StartAt": "{{ first }}",\n"States": {"A": {"Type": "Pass"}}}',
        "workflows/parameters.yaml": "default: {first: A}\n",
    }
    root = write(files)
    rendered = render(root / "workflows/flow.asl.json.j2", {"first": "A"}).text
    files["workflows/rendered/flow.asl.json"] = rendered
    text = machine("DefinitionUri: workflows/rendered/flow.asl.json")
    assert told(problems(text, files)) == [
        ("ASL008", "flow.asl.json.j2", 2),
    ]
    files["workflows/flow.asl.json.j2"] = files["workflows/flow.asl.json.j2"].replace(
        "Pass", "Succeed"
    )
    files["workflows/rendered/flow.asl.json"] = rendered.replace("Pass", "Succeed")
    project = load(text, files)
    assert project.workflow("flow").path.name == "flow.asl.json.j2"
    assert project.warnings == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"workflows/rendered/flow.asl.json": "{}"}, "PRJ053"),
        ({"workflows/parameters.yaml": "default: []\n"}, "RND008"),
        ({"workflows/flow.asl.json.j2": "{{ nothing }}"}, "RND003"),
    ],
)
def test_a_rendered_file_that_is_out_of_date_is_refused(problems, changed, expected):
    files = {
        "workflows/flow.asl.json.j2": '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
        "workflows/rendered/flow.asl.json": '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
        **changed,
    }
    found = problems(machine("DefinitionUri: workflows/rendered/flow.asl.json"), files)
    assert expected in [item.code for item in found]


def test_a_stage_that_the_parameters_do_not_know_is_refused(problems):
    files = {
        "workflows/flow.asl.json.j2": '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
        "workflows/parameters.yaml": "stages: {prod: {}}\n",
        "workflows/rendered/prot/flow.asl.json": '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
    }
    found = problems(machine("DefinitionUri: workflows/rendered/prot/flow.asl.json"), files)
    assert [(item.code, "prot" in item.message) for item in found] == [("PRJ054", True)]


BROKEN = "StartAt: A\nStates: {A: {Type: Sucked}}\n"


@pytest.mark.parametrize(
    ("properties", "files", "expected"),
    [
        # line 4 is Flow, 6 its properties, 7 the first of them
        ("DefinitionUri: none.json", {}, [("PRJ052", "template.yaml", 7)]),
        ("DefinitionUri: s3://bucket/key", {}, [("PRJ051", "template.yaml", 7)]),
        ("DefinitionUri: {Bucket: b, Key: k}", {}, [("PRJ051", "template.yaml", 7)]),
        ("Name: x", {}, [("PRJ008", "template.yaml", 4) ]),
        ("Type: FAST\nDefinitionUri: flow.asl.json", {}, [("PRJ055", "template.yaml", 7)]),
        ("DefinitionUri: flow.yaml", {"flow.yaml": BROKEN}, [("ASL009", "flow.yaml", 2)]),
        ("DefinitionUri: flow.json", {"flow.json": '{"StartAt": \n'}, [("ASL001", "flow.json", 2)]),
        ("Definition:\n  StartAt: A\n  States:\n    A: {Type: Sucked}", {}, [("ASL009", "template.yaml", 10)]),
        ("DefinitionUri: flow.json", {"flow.json": TASK}, [("PRJ056", "flow.json", 6)]),
        ("DefinitionUri: flow.asl.json\nDefinitionSubstitutions:\n  Wrok: x", {}, [("PRJ057", "template.yaml", 9)]),
        (INLINE % "'${Wrok}'" + "DefinitionSubstitutions: {Work: x}", {}, [("PRJ057", "template.yaml", 11), ("PRJ056", "template.yaml", 10)]),
    ],
)  # fmt: skip
def test_a_mistake_is_found_where_it_is_written(problems, properties, files, expected):
    found = told(problems(machine(properties), files))
    assert sorted(set(found) & set(expected)) == sorted(expected)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("StateMachineName: x", ("PRJ050", 2)),
        ("Definition: {}\nDefinitionString: '{}'", ("PRJ050", 2)),
        ("DefinitionString: {a: 1}", ("PRJ050", 5)),
        ('DefinitionString: |\n  {\n   "StartAt": "B", "States": {"A": {"Type": "Succeed"}}}', ("ASL007", 7)),
        ("DefinitionString: !Sub |\n  StartAt: B\n  States: {A: {Type: Succeed}}", ("ASL007", 6)),
        ("DefinitionString: '{\"StartAt\":\"B\",\"States\":{\"A\":{\"Type\":\"Succeed\"}}}'", ("ASL007", 5)),
    ],
)  # fmt: skip
def test_a_mistake_of_a_plain_machine_is_found_where_it_is_written(problems, properties, expected):
    text = machine(properties, "AWS::StepFunctions::StateMachine", "")
    assert expected in [(item.code, item.location.line) for item in problems(text)]


def test_an_unknown_definition_file_has_the_nearest_name_as_a_hint(problems):
    (found,) = problems(machine("DefinitionUri: flow.als.json"))
    assert found.hint == "did you mean 'flow.asl.json'?"


def test_an_inline_definition_in_express_keeps_the_rules_of_express(problems):
    text = INLINE % "'arn:aws:states:::states:startExecution.sync'" + "Type: EXPRESS"
    assert "ASL022" in [item.code for item in problems(machine(text))]


def test_columns_are_those_of_the_file_and_not_of_the_filled_in_text(problems):
    line = '{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${Work}", "Wrong": "${Work}", "Next": "B"}}}'
    found = problems(
        machine("DefinitionUri: flow.json\nDefinitionSubstitutions: {Work: !GetAtt Work.Arn}"),
        {"flow.json": line},
    )
    assert [(item.code, item.location.column) for item in found] == [
        ("ASL017", line.index('"States"') + 1),
        ("ASL005", line.index('"Wrong"') + 1),
        ("ASL007", line.index('"Next"') + 1),
    ]


def test_a_reference_without_a_resource_is_one_problem(problems):
    found = problems(
        machine("DefinitionUri: flow.json\nDefinitionSubstitutions: {Work: !GetAtt Wrk.Arn}"),
        {"flow.json": TASK},
    )
    assert [item.code for item in found] == ["PRJ020"]


def test_a_reference_without_a_resource_in_an_inline_definition_is_one_problem(problems):
    found = problems(machine(INLINE % "!GetAtt Wrk.Arn"))
    assert [item.code for item in found] == ["PRJ020"]


def test_a_broken_pattern_is_one_problem(problems):
    events = "Events: {E: {Type: EventBridgeRule, Properties: {Pattern: {source: shop}}}}"
    found = problems(machine(f"DefinitionUri: flow.json\n{events}"), {"flow.json": SUCCEED})
    assert [(item.code, item.message) for item in found] == [
        ("PRJ071", 'the Pattern is not valid: "source" must be an object or an array')
    ]
