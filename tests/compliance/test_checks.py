"""Each check is shown a template, a definition or a run that breaks it, and names exactly that."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from simulator.asl.parse import parse
from simulator.asl.source import Source
from simulator.compliance.assessment import assess
from simulator.compliance.evidence import Evidence, Life, Run
from simulator.compliance.settings import Declared, Excepted, declared
from simulator.errors import SourceError
from simulator.problems import Location
from simulator.project.definitions import Workflow
from simulator.project.template import Template
from simulator.scenarios.scanner import Leak

TODAY = date(2026, 1, 15)
ACCOUNT = "111122223333"
TEMPLATE = yaml.safe_load((Path(__file__).parent / "good.yaml").read_text())
DEFINITION = {
    "StartAt": "Check",
    "States": {
        "Check": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "check"},
            "Catch": [{"ErrorEquals": ["Refused"], "Next": "Clear"}],
            "Next": "Pay",
        },
        "Pay": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "pay"},
            "TimeoutSeconds": 20,
            "Retry": [{"ErrorEquals": ["NotProcessed"]}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Clear"}],
            "Next": "Clear",
        },
        "Clear": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "clear"},
            "Next": "Done",
        },
        "Done": {"Type": "Succeed"},
    },
}
DECLARED = Declared(
    card_tables=("Cards",),
    record_tables=("Payments",),
    card_functions=("Pay",),
    card_keys={"CardKey": ("Pay",)},
    card_workflows=("Machine",),
    provider_states=("Pay",),
    clearing_states=("Clear",),
    unknown_outcomes=("OutcomeUnknown",),
    outside_hosts=("provider.example.com",),
    invariants={"C-SFN-5": ("I1",), "C-10.2.1.1": ("I2",)},
    scenarios={"C-12.10.7": ("S1",), "C-10.2.1.4": ("S1",)},
)
RUN = Run(
    scenario="S1",
    title="a payment",
    passed=True,
    held={"Cards": 0},
    lives=(Life("Cards", "expires_at", 3600),),
    outside=(("Pay", "provider.example.com"),),
    invariants=("I1", "I2"),
    refused=(422,),
)


@pytest.fixture
def results(tmp_path):
    """results(template=…, definition=…, runs=…) → the status of every check by its id."""

    def run(template=TEMPLATE, definition=DEFINITION, runs=(RUN,), known=DECLARED, **more):
        path = tmp_path / "template.yaml"
        path.write_text(yaml.safe_dump(template))
        read = Template.read(path, {}, ACCOUNT, "us-east-1")
        assert [problem for problem in read.problems if problem.severity == "error"] == []
        workflow = _workflow(definition)
        evidence = Evidence(tmp_path, (read,), (workflow,), known, tuple(runs))
        return assess(evidence, TODAY, **more)

    return run


def _workflow(definition):
    path = Path("machine.asl.json")
    machine, problems = parse(Source.read(json.dumps(definition), path))
    assert not [problem for problem in problems if problem.severity == "error"]
    arn = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:machine"
    return Workflow(
        name="machine", logical_id="Machine", arn=arn, kind="STANDARD", machine=machine,
        definition=definition, path=path, role_arn="arn:role", location=Location(path),
    )  # fmt: skip


def failed(assessed):
    return [result.id for result in assessed.results if result.status == "fail"]


def changed(value, path, new):
    """A copy with another value at "A/B/0/C"; None takes it away."""
    made = copy.deepcopy(value)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    place = made
    for part in parents:
        place = place[part]
    if new is None:
        del place[last]
    else:
        place[last] = new
    return made


def test_the_good_project_passes_every_check(results):
    assessed = results()
    assert failed(assessed) == []
    passed = {result.id for result in assessed.results if result.status == "pass"}
    others = {
        result.id
        for result in assessed.results
        if result.id.startswith("C-") and result.id not in passed
    }
    assert others == {"C-6.4.3", "C-6.5.5"}, "files have tests of their own"


EVERYBODY = {
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]
}
DECRYPT = {
    "Effect": "Allow",
    "Action": "kms:Decrypt",
    "Resource": {"Fn::GetAtt": ["CardKey", "Arn"]},
}
READ = {
    "Effect": "Allow",
    "Action": "dynamodb:GetItem",
    "Resource": {"Fn::GetAtt": ["Cards", "Arn"]},
}
STATEMENTS = "PersonRole/Properties/Policies/0/PolicyDocument/Statement/0"
TEMPLATES = {
    "C-1.4.4": ("Bucket/Properties/PublicAccessBlockConfiguration/BlockPublicAcls", False),
    "C-1.4.4 policy": ("BucketPolicy/Properties/PolicyDocument/Statement/1", EVERYBODY["Statement"][0]),
    "C-2.2.6": ("Pay/Properties/Runtime", "python3.8"),
    "C-2.2.6 stage": ("Stage/Properties/MethodSettings/0/ThrottlingRateLimit", None),
    "C-2.2.7": ("QueuePolicy", None),
    "C-2.2.7 bucket": ("BucketPolicy/Properties/PolicyDocument/Statement/0/Condition", None),
    "C-3.2.1a": ("Cards/Properties/TimeToLiveSpecification", None),
    "C-3.2.1a off": ("Cards/Properties/TimeToLiveSpecification/Enabled", False),
    "C-3.2.1d": ("Cards/Properties/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", True),
    "C-3.2.1d stream": ("Cards/Properties/StreamSpecification", {"StreamViewType": "NEW_IMAGE"}),
    "C-3.2.1d ledger": ("Payments/Properties/PointInTimeRecoverySpecification", None),
    "C-3.3.2": ("Cards/Properties/SSESpecification", None),
    "C-3.6.1": (STATEMENTS, DECRYPT),
    "C-3.6.1 context": ("CardKey/Properties/KeyPolicy/Statement/0/Condition/StringEquals/kms:EncryptionContext:purpose", None),
    "C-3.7.4": ("CardKey/Properties/EnableKeyRotation", None),
    "C-3.7.5": ("CardKey/DeletionPolicy", None),
    "C-6.4.2": ("Acl/Properties/Rules", []),
    "C-6.4.2 logs": ("AclLogs/Properties/RedactedFields", None),
    "C-6.4.2 unbound": ("AclOfStage", None),
    "C-7.2.5": ("PayRole/Properties/Policies/0/PolicyDocument/Statement/0/Action", "dynamodb:*"),
    "C-7.2.5 resource": ("PayRole/Properties/Policies/0/PolicyDocument/Statement/0/Resource", "*"),
    "C-7.2.6": (STATEMENTS, READ),
    "C-8.4.2": ("StaffPool/Properties/MfaConfiguration", "OPTIONAL"),
    "C-8.6.2": ("Pay/Properties/Environment/Variables/PROVIDER_SECRET", "hunter2-hunter2"),
    "C-10.2.1": ("Trail/Properties/AdvancedEventSelectors", None),
    "C-10.2.1 gone": ("Trail", None),
    "C-10.3": ("Logs/Properties/KmsKeyId", None),
    "C-10.4.1.1": ("Alarm/Properties/AlarmActions", None),
    "C-10.5.1": ("Logs/Properties/RetentionInDays", 90),
    "C-10.7.2": ("Alarm/Properties/Dimensions/0/Value", "another"),
    "C-11.5.1": ("Detector", None),
    "C-11.5.2": ("Recorder", None),
    "C-SFN-2": ("Machine/Properties/EncryptionConfiguration/Type", "AWS_OWNED_KEY"),
    "C-SFN-3": ("Machine/Properties/LoggingConfiguration/IncludeExecutionData", True),
    "C-SFN-3 level": ("Machine/Properties/LoggingConfiguration/Level", "ERROR"),
    "C-API-1": ("Stage/Properties/MethodSettings/0/DataTraceEnabled", True),
    "C-API-1 format": ("Stage/Properties/AccessLogSetting/Format", "$context.authorizer $input.body"),
    "C-LMB-1": ("Pay/Properties/Environment/Variables/POWERTOOLS_LOGGER_LOG_EVENT", "true"),
    "C-AA-1": ("Rule/Properties/EventPattern/detail/resourceType/0", "AWS::IAM:Role"),
    "C-AA-1 lost": ("Rule/Properties/Targets/0/DeadLetterConfig", None),
}  # fmt: skip


@pytest.mark.parametrize("case", TEMPLATES)
def test_a_template_that_breaks_a_check(results, case):
    path, new = TEMPLATES[case]
    template = {**TEMPLATE, "Resources": changed(TEMPLATE["Resources"], path, new)}
    assert failed(results(template=template)) == [case.partition(" ")[0]]


DEFINITIONS = {
    "C-SFN-4": ("States/Pay/Retry/0/ErrorEquals", ["States.ALL"]),
    "C-SFN-4 unknown": ("States/Pay/Retry/0/ErrorEquals", ["OutcomeUnknown"]),
    "C-SFN-4 catch": ("States/Pay/Catch", None),
    "C-SFN-4 timeout": ("States/Pay/TimeoutSeconds", None),
    "C-3.2.1c": ("States/Check/Catch/0/Next", "Done"),
    "C-8.6.2": ("States/Check/Parameters/Payload", {"password": "x password=hunter2x"}),
}


@pytest.mark.parametrize("case", DEFINITIONS)
def test_a_definition_that_breaks_a_check(results, case):
    path, new = DEFINITIONS[case]
    assert failed(results(definition=changed(DEFINITION, path, new))) == [case.partition(" ")[0]]


def leak(kind, channel):
    return replace(RUN, leaks=(Leak(kind, channel, "41…11"),))


RUNS = {
    "C-1.3.2": replace(RUN, outside=(("Pay", "elsewhere.example.net"),)),
    "C-3.2.1b": replace(RUN, lives=(Life("Cards", "expires_at", None),)),
    "C-3.2.1b milliseconds": replace(RUN, lives=(Life("Cards", "expires_at", 10**12),)),
    "C-3.2.1c-runs": replace(RUN, held={"Cards": 1}),
    "C-3.3.1": leak("code", "table Payments"),
    "C-3.4.1": leak("number", "http answer[0]"),
    "C-3.4.1 log": leak("secret", "log Pay[0]"),
    "C-3.5.1": leak("secret", "table Payments"),
    "C-3.5.1 queue": leak("track", "queue retry"),
    "C-3.5.1.1": leak("hash", "log Pay[0]"),
    "C-SFN-1": leak("secret", "history machine run-1"),
    "C-SFN-5": replace(RUN, broken={"I1": ("taken twice",)}),
    "C-10.2.1.1": replace(RUN, broken={"I2": ("no record",)}),
}


@pytest.mark.parametrize("case", RUNS)
def test_a_run_that_breaks_a_check(results, case):
    wanted = {case.partition(" ")[0]}
    if case == "C-3.5.1.1":
        wanted.add("C-3.4.1")  # a hash in a log is shown to people too
    assert set(failed(results(runs=(RUNS[case],)))) == wanted


def test_a_number_in_a_mail_breaks_masking_and_messages(results):
    assert failed(results(runs=(leak("number", "call ses:SendEmail[4]"),))) == [
        "C-3.4.1",
        "C-4.2.2",
    ]


def test_a_scenario_that_fails_or_is_missing_is_no_evidence(results):
    assert failed(results(runs=(replace(RUN, passed=False),))) == [
        "C-6.2.4",
        "C-10.2.1.4",
        "C-12.10.7",
    ]
    gone = failed(results(runs=(replace(RUN, scenario="S2"),)))
    assert gone == ["C-10.2.1.4", "C-12.10.7"]


def test_without_runs_their_checks_stay_open_and_visible(results):
    assessed = results(runs=(), with_runs=False)
    open_ = {result.id for result in assessed.results if result.status == "manual"}
    assert {"C-3.3.1", "C-SFN-1", "C-3.5.1"} <= open_
    assert failed(assessed) == []


def test_what_is_not_there_does_not_apply_and_says_why(results):
    assessed = results(known=Declared())
    rows = {result.id: result for result in assessed.results}
    assert rows["C-3.2.1a"].status == "not-applicable"
    assert rows["C-3.2.1a"].said == "no card tables are declared"


def test_an_exception_holds_until_its_day(results):
    template = {**TEMPLATE, "Resources": changed(TEMPLATE["Resources"], "Detector", None)}
    exception = Excepted("C-11.5.1", "Security", TODAY, "the organisation has one")
    held = results(template=template, known=replace(DECLARED, exceptions=(exception,)))
    assert failed(held) == []
    row = next(result for result in held.results if result.id == "C-11.5.1")
    assert row.status == "excepted"
    assert row.said.startswith("the organisation has one (Security, until 2026-01-15); ")
    over = replace(exception, expires=date(2026, 1, 14))
    ended = results(template=template, known=replace(DECLARED, exceptions=(over,)))
    assert failed(ended) == ["C-11.5.1"]


def test_settings_are_read_and_wrong_ones_told_of():
    known = declared(
        {"card_tables": ["Cards"], "card_keys": {"Key": ["Pay"]}}, Path("pyproject.toml")
    )
    assert known == Declared(card_tables=("Cards",), card_keys={"Key": ("Pay",)})
    with pytest.raises(SourceError) as raised:
        declared({"card_table": ["Cards"], "searched": "all", "exceptions": [{}]}, Path("p.toml"))
    told = [problem.message for problem in raised.value.problems]
    assert told == [
        "compliance knows no 'card_table'; did you mean 'card_tables'?",
        "compliance.searched: a list of texts is wanted",
        "compliance.exceptions: an exception has check, owner, expires and reason",
    ]
