"""SAM applications in their many shapes: functions, globals, events, sections, and refusals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from simulator.errors import SourceError, UsageError
from simulator.project.checks import check_project
from simulator.project.codes import EXPLANATIONS
from simulator.project.project import Project
from tests.project.conftest import SAM, arn, told

FLOW = "Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: flow.asl.json"


def function(more="", events=""):
    extra = f", {more}" if more else ""
    return (
        "{Type: AWS::Serverless::Function, Properties: {Handler: app.handler, Runtime: python3.11,"
        f" CodeUri: src{extra}{events}}}}}"
    )


def app(*resources, globals_=""):
    head = f"{SAM}Globals: {globals_}\n" if globals_ else SAM
    return head + "Resources:\n" + "".join(f"  {line}\n" for line in resources)


# -- functions --------------------------------------------------------------------------------------


def test_a_function_has_what_its_properties_say(load):
    text = app(
        "T: {Type: AWS::DynamoDB::Table, Properties: {BillingMode: PAY_PER_REQUEST,"
        " KeySchema: [{AttributeName: id, KeyType: HASH}],"
        " AttributeDefinitions: [{AttributeName: id, AttributeType: S}]}}",
        "F: " + function("FunctionName: own, Timeout: 9, MemorySize: 512, Environment: {Variables: {TABLE: !Ref T, N: 1, B: true}}"),
    )  # fmt: skip
    found = load(text).function("F")
    assert (found.name, found.arn, found.timeout, found.memory_mb, found.code.name) == (
        "own",
        arn("lambda", "function:own"),
        timedelta(seconds=9),
        512,
        "src",
    )
    assert found.environment == {"TABLE": "shop-T", "N": "1", "B": "true"}


def test_globals_hold_for_every_function_and_its_own_properties_win(load):
    shared = "{Function: {Runtime: python3.12, CodeUri: src/, Timeout: 7, Environment: {Variables: {A: '1', B: '1'}}}}"
    text = app(
        "F: {Type: AWS::Serverless::Function, Properties: {Handler: app.handler}}",
        "G: {Type: AWS::Serverless::Function, Properties: {Handler: app.handler, Timeout: 1, CodeUri: deep/code, Environment: {Variables: {B: '2'}}}}",
        globals_=shared,
    )  # fmt: skip
    project = load(text, {"deep/code/app.py": "def handler(e, c): pass\n"})
    f, g = project.function("F"), project.function("shop-G")
    assert (f.timeout.seconds, f.runtime, f.environment) == (7, "python3.12", {"A": "1", "B": "1"})
    assert (g.timeout.seconds, g.environment) == (1, {"A": "1", "B": "2"})
    assert g.code.relative_to(project.root).as_posix() == "deep/code"


def test_a_plain_lambda_function_runs_from_a_local_folder(load):
    text = "Resources:\n  F: {Type: AWS::Lambda::Function, Properties: {Handler: app.handler, Runtime: python3.11, Code: src}}\n"
    found = load(text).function(arn("lambda", "function:shop-F"))
    assert (found.timeout.seconds, found.memory_mb, found.code.name) == (3, 128, "src")


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ("Runtime: nodejs22.x, Handler: a.b, CodeUri: src", "its runtime is nodejs22.x"),
        ("Runtime: python3.11, Handler: a.b, InlineCode: 'x'", "its code stands inline in the template"),
        ("Runtime: python3.11, Handler: a.b, CodeUri: s3://b/k", "its code is in S3, not here"),
        ("Runtime: python3.11, Handler: a.b, CodeUri: src.zip", "its code is an archive, not a folder"),
        ("PackageType: Image", "it is a container image"),
    ],
)  # fmt: skip
def test_a_function_that_cannot_run_here_is_a_warning_and_says_why_when_asked_for(
    load, properties, reason
):
    project = load(app(f"F: {{Type: AWS::Serverless::Function, Properties: {{{properties}}}}}"))
    assert [item.code for item in project.warnings] == ["PRJ063"]
    for name in ("F", "shop-F", arn("lambda", "function:shop-F")):
        with pytest.raises(UsageError, match=f"the function 'F' cannot run here: {reason}"):
            project.function(name)
    with pytest.raises(UsageError, match="the template has no function 'X'; there is no function"):
        project.function("X")


@pytest.mark.parametrize(
    ("properties", "code", "message"),
    [
        ("Handler: handler, Runtime: python3.11, CodeUri: src", "PRJ060", "the handler 'handler' is not module.function"),
        ("Handler: a.b, Runtime: python3.11, CodeUri: scr", "PRJ061", "the code folder 'scr' does not exist"),
        ("Handler: a.b, Runtime: python3.11, CodeUri: src, Timeout: 0", "PRJ062", "Timeout is a number above 0, not 0"),
        ("Handler: a.b, Runtime: python3.11, CodeUri: src, MemorySize: big", "PRJ062", "MemorySize is a number above 0, not 'big'"),
        ("Handler: a.b, Runtime: python3.11, CodeUri: src, Environment: {Variables: {A: [1]}}", "PRJ062", "the environment variable 'A' is not a text"),
    ],
)  # fmt: skip
def test_a_wrong_property_of_a_function_is_refused(problems, properties, code, message):
    text = app(f"F: {{Type: AWS::Serverless::Function, Properties: {{{properties}}}}}")
    assert (code, message, 3) in [
        (item.code, item.message, item.location.line) for item in problems(text)
    ]


def test_a_mistake_in_globals_is_found_there(problems):
    text = app(
        "F: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.11}}",
        globals_="{Function: {CodeUri: scr}}",
    )
    (found,) = problems(text)
    assert (found.code, found.location.line, found.hint) == ("PRJ061", 2, "did you mean 'src'?")


def test_a_handler_that_fails_on_import_is_found_by_the_check(write):
    root = write({
        "template.yaml": app("F: " + function(), "G: " + function("FunctionName: g")),
        "src/app.py": "import nowhere\n",
    })  # fmt: skip
    found = check_project(root)
    assert [(item.code, item.location.line) for item in found] == [("PRJ064", 3), ("PRJ064", 4)]
    assert "No module named 'nowhere' (app.py:1)" in found[0].message


def test_the_check_of_a_sound_project_is_silent(write):
    root = write({
        "template.yaml": app("F: " + function()),
        "src/app.py": "def handler(e, c): pass\n",
    })  # fmt: skip
    assert check_project(root) == []


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"workflows/rendered/old.asl.json": "{}"}, [("PRJ053", "old.asl.json", 1)]),
        ({"workflows/new.asl.json.j2": "{}"}, [("PRJ053", "new.asl.json", 0)]),
        (
            {"workflows/new.asl.json.j2": "{}", "workflows/rendered/new.asl.json": "[]"},
            [("PRJ053", "new.asl.json", 1)],
        ),
        ({"workflows/parameters.yaml": "- 1\n"}, [("RND008", "parameters.yaml", 0)]),
    ],
)
def test_rendered_files_that_are_not_up_to_date_are_found_by_the_check(write, files, expected):
    root = write({"template.yaml": "Resources: {Q: {Type: AWS::SQS::Queue}}\n", **files})
    assert told(check_project(root)) == expected


def test_a_template_that_cannot_be_read_does_not_hide_stale_files(write):
    root = write({"template.yaml": "a: [", "workflows/rendered/old.asl.json": "{}"})
    assert [item.code for item in check_project(root)] == ["PRJ002", "PRJ053"]


# -- events -----------------------------------------------------------------------------------------


def test_every_event_of_a_state_machine_starts_it(load):
    machine = (
        f"M: {{{FLOW}, Events: {{"
        "Rule: {Type: EventBridgeRule, Properties: {Pattern: {source: [a]}, InputPath: $.detail}},"
        "Tick: {Type: Schedule, Properties: {Schedule: rate(1 day), Input: '{\"a\": 1}'}},"
        "Tock: {Type: ScheduleV2, Properties: {ScheduleExpression: 'cron(0 8 * * ? *)', ScheduleExpressionTimezone: Europe/Berlin}},"
        "Post: {Type: Api, Properties: {Path: /start, Method: post}}}}}"
    )
    project = load(app(machine))
    flow = project.workflow("M").arn
    assert [(rule.name, rule.targets[0].arn) for rule in project.rules] == [("shop-MRule", flow)]
    assert [
        (item.name, item.expression, item.kind, item.timezone, item.target.arn)
        for item in project.schedules
    ] == [
        ("shop-MTick", "rate(1 day)", "rule", "UTC", flow),
        ("MTock", "cron(0 8 * * ? *)", "scheduler", "Europe/Berlin", flow),
    ]
    assert [(r.method, r.path, r.target_arn, r.action) for r in project.routes] == [
        ("POST", "/start", flow, "StartExecution")
    ]


def test_every_event_of_a_function_invokes_it(load):
    events = (
        ", Events: {"
        "Rule: {Type: EventBridgeRule, Properties: {EventBusName: !Ref Bus, Pattern: {source: [a]}}},"
        "Tick: {Type: Schedule, Properties: {Schedule: rate(1 day), Enabled: false}},"
        "Tock: {Type: ScheduleV2, Properties: {ScheduleExpression: 'at(2026-01-31T08:00:00)'}},"
        "Queue: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn, BatchSize: 3, MaximumBatchingWindowInSeconds: 5}},"
        "Topic: {Type: SNS, Properties: {Topic: !Ref T, FilterPolicy: {kind: [a]}, FilterPolicyScope: MessageBody}},"
        "Rest: {Type: Api, Properties: {Path: '/r/{id}', Method: any}},"
        "Http: {Type: HttpApi, Properties: {Path: /h, Method: GET}},"
        "All: {Type: HttpApi}}"
    )
    project = load(
        app(
            "Bus: {Type: AWS::Events::EventBus, Properties: {Name: orders}}",
            "Q: {Type: AWS::SQS::Queue}",
            "T: {Type: AWS::SNS::Topic}",
            "F: " + function("", events),
        )
    )
    own = arn("lambda", "function:shop-F")
    assert [(rule.bus, rule.targets[0].arn) for rule in project.rules] == [("orders", own)]
    assert [(item.expression, item.enabled) for item in project.schedules] == [
        ("rate(1 day)", False),
        ("at(2026-01-31T08:00:00)", True),
    ]
    (queue,) = project.queue_sources
    assert (queue.queue_arn, queue.function, queue.batch_size, queue.window) == (
        arn("sqs", "shop-Q"),
        "shop-F",
        3,
        5,
    )
    (topic,) = project.topic_sources
    assert (topic.topic_arn, topic.function, topic.by_body) == (
        arn("sns", "shop-T"),
        "shop-F",
        True,
    )
    assert topic.wanted.matches({"kind": "a"})
    assert sorted((r.kind, r.method, r.path, r.target_arn) for r in project.routes) == [
        ("HTTP", "ANY", "$default", own),
        ("HTTP", "GET", "/h", own),
        ("REST", "ANY", "/r/{id}", own),
    ]


# -- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Resources:\n  F: {Type: AWS::Serverless::Function}\n", ("PRJ006", 2)),
        ("Transform: AWS::Other\nResources: {Q: {Type: AWS::SQS::Queue}}\n", ("PRJ006", 1)),
        ("Resources:\n  Q: {Typ: AWS::SQS::Queue}\n", ("PRJ005", 2)),
        ("Resurces: {}\nResources: {Q: {Type: AWS::SQS::Queue}}\n", ("PRJ005", 1)),
        ("Description: empty\n", ("PRJ005", 1)),
        ("Resources:\n  Q: {Type: AWS::SQS::Queu}\n", ("PRJ027", 2)),
        (app("F: {Type: AWS::Serverless::Function, Properties: {CodeUri: src}}"), ("PRJ008", 3)),
        (app("F: " + function("Evnts: {}")), ("PRJ008", 3)),
        (app("F: " + function("", ", Events: {A: {Type: Nope}}")), ("PRJ008", 3)),
        ("Resources:\n  'Fn::ForEach::Qs': [N, [a, b], {'Q${N}': {Type: AWS::SQS::Queue}}]\n", ("PRJ005", 2)),
        ("Transform: AWS::LanguageExtensions\nResources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Wrong x}}}\n", ("PRJ003", 2)),
    ],
)  # fmt: skip
def test_what_a_template_must_not_have_is_refused_at_its_place(problems, text, expected):
    assert expected in [(item.code, item.location.line) for item in problems(text)]


def test_language_extensions_are_known(load):
    text = "Transform: AWS::LanguageExtensions\nResources: {Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: !Length [1, 2]}}}\n"
    assert load(text).template.resource("Q").properties == {"VisibilityTimeout": 2}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Resources: {a: [", ("PRJ002", 1)),
        ("", ("PRJ002", 0)),
        ("- 1\n", ("PRJ002", 1)),
        ("\tResources: {}\n", ("PRJ002", 1)),
        ("Resources: &a {b: *a}\n", ("PRJ002", 1)),
        ("Resources:\n  [1]: 2\n", ("PRJ002", 2)),
        ("Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: .inf}}\n", ("PRJ002", 2)),
    ],
)  # fmt: skip
def test_a_document_that_is_broken_is_refused_at_its_place(problems, text, expected):
    assert expected in [(item.code, item.location.line) for item in problems(text)]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [('{"Resources": {}', 1, 17), ('{\n\t"Resources": {"a": NaN}}', 0, 0), ('{"a" 1}', 1, 6)],
)
def test_a_json_template_is_strict_json(problems, text, line, column):
    found = problems(": unused", {"other.json": text}, template="other.json")
    assert [(item.code, item.location.line, item.location.column) for item in found][-1] == (
        "PRJ002",
        line,
        column,
    )


def test_a_json_template_may_be_indented_with_tabs(load):
    text = '{\n\t"Resources": {\n\t\t"Q": {"Type": "AWS::SQS::Queue"}\n\t}\n}'
    project = load(": unused", {"t.json": text}, template="t.json")
    place = project.template.resource("Q").location
    assert (place.line, place.column) == (3, 3)


def test_dates_and_booleans_are_read_as_cloudformation_reads_them(load):
    text = (
        "Resources:\n  B:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n"
        "      PolicyDocument: {Version: 2012-10-17, Flag: yes, None: ~, N: 010}\n      Bucket: b\n"
    )
    document = load(text).template.resource("B").properties["PolicyDocument"]
    assert document == {"Version": "2012-10-17", "Flag": True, "None": None, "N": 8}


def test_a_template_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "template.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match="PRJ001: the template cannot be read"):
        Project.load(tmp_path)


def test_unknown_names_of_a_project_have_hints(load):
    project = load(app(f"Flow: {{{FLOW}}}}}", "F: " + function()))
    assert project.physical_id("F") == "shop-F"
    for ask, message in (
        (project.workflow, "the template has no workflow 'Flw'; did you mean 'Flow'?"),
        (project.physical_id, "has no resource 'Flw'; did you mean 'Flow'?"),
    ):
        with pytest.raises(UsageError) as caught:
            ask("Flw")
        assert message in str(caught.value)
    with pytest.raises(UsageError, match="no function 'xyz'; known: F"):
        project.function("xyz")


def test_every_code_of_a_project_is_explained():
    import re
    from pathlib import Path

    import simulator.project

    folder = Path(simulator.project.__file__).parent.parent
    texts = [path.read_text() for path in folder.rglob("*.py") if path.name != "codes.py"]
    used = set(re.findall(r'"(PRJ\d{3})"', "".join(texts)))
    assert used == set(EXPLANATIONS)
