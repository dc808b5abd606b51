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
from simulator.compliance import access, inventories
from simulator.compliance.assessment import assess
from simulator.compliance.catalog import CHECKS, REQUIREMENTS
from simulator.compliance.evidence import Evidence, Kept, KeyUse, Life, Run
from simulator.compliance.settings import Declared, Excepted, declared
from simulator.dataflow.observation import Observed
from simulator.diagrams.flows import DataFlow, Flow, Node, flow_mermaid
from simulator.errors import SourceError
from simulator.permissions.judge import Permissions, Right, RoleReport
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
    page_buckets=("Bucket",),
    staff_pools=("StaffPool",),
    unknown_outcomes=("OutcomeUnknown",),
    outside_hosts=("provider.example.com",),
    invariants={"C-SFN-5": ("I1",)},
    scenarios={"C-12.10.7": ("S1",), "C-10.2.1.4": ("S1",)},
    alarms={"C-10.4.1.1": ("Alarm",), "C-10.7.2": ("SweepMissing",)},
    access_record={"card_decrypted": ("outcome", "payment_id")},
    production={"Stage": ("prod",)},
    test_values={"ProviderUrl": ("https://provider.example.com", "http://127.0.0.1:1")},
    searched=("template.yaml",),
    data_flow="flow.mmd",
    inventory="lists",
)
FLOWS = DataFlow(
    (
        Node("take", "route", "POST /payments", ACCOUNT, card=True),
        Node("pay", "function", "Pay", ACCOUNT, card=True),
        Node("book", "table", "Payments", ACCOUNT),
    ),
    (
        Flow("take", "pay", ("invokes",), ("POST /payments",), card=True),
        Flow("pay", "book", ("writes",), ("dynamodb:PutItem",)),
    ),
)
SEEN = Observed({("take", "pay"): "S1", ("pay", "book"): "S1"}, {("take", "pay"): "S1: 41…11"})
USE = KeyUse("kms:Decrypt", "Pay", "CardKey", has_context=True, recorded=True)
RUN = Run(
    scenario="S1",
    title="a payment",
    lives=(Life("Cards", "expires_at", 3600),),
    outside=(("Pay", "provider.example.com"),),
    key_uses=(USE,),
    records={"Pay": 1},
    invoked=("Pay",),
    invariants=("I1",),
    refused=(422,),
    flow=SEEN,
)


def draw(style):
    assert style == "mermaid"
    return flow_mermaid(FLOWS)


@pytest.fixture
def results(tmp_path):
    """results(template=…, definition=…, runs=…) → the results of every check.

    The inventories that are committed are those of the template, or of `committed`.
    """

    def evidence_of(template, definition, runs, known):
        path = tmp_path / "template.yaml"
        path.write_text(yaml.safe_dump(template))
        read = Template.read(path, {}, ACCOUNT, "us-east-1")
        assert [problem for problem in read.problems if problem.severity == "error"] == []
        return Evidence(
            tmp_path,
            (read,),
            (_workflow(definition),),
            known,
            tuple(runs),
            flows=FLOWS,
            draw=draw,
        )

    def run(
        template=TEMPLATE,
        definition=DEFINITION,
        runs=(RUN,),
        known=DECLARED,
        committed=None,
        **more,
    ):
        (tmp_path / "requirements.txt").write_text(more.pop("lock", LOCK))
        commit(evidence_of(committed or template, definition, (), known))
        return assess(evidence_of(template, definition, runs, known), TODAY, **more)

    return run


LOCK = "pydantic==2.9.0 --hash=sha256:00ff\n"


def commit(evidence):
    """Writes the diagram and the inventories, with a function of each component, as a person would."""
    (evidence.root / "flow.mmd").write_text(flow_mermaid(FLOWS))
    for path, text in inventories.texts(evidence).items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace('"function": ""', '"function": "what it is for"'))


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


def named(case):
    """The checks that a case breaks: what it is about stands behind them."""
    return [word for word in case.split() if word.startswith("C-")]


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
    assert passed == {check.id for check in CHECKS}
    assert [result for result in assessed.results if result.warnings] == []


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
ALARM = "Alarm/Properties"
HEADERS = "PageHeaders/Properties/ResponseHeadersPolicyConfig"
POLICY = f"{HEADERS}/SecurityHeadersConfig/ContentSecurityPolicy/ContentSecurityPolicy"
STATEMENTS = "PersonRole/Properties/Policies/0/PolicyDocument/Statement/0"
TEMPLATES = {
    "C-1.4.4": ("Bucket/Properties/PublicAccessBlockConfiguration/BlockPublicAcls", False),
    "C-1.4.4 C-AA-2 policy": ("BucketPolicy/Properties/PolicyDocument/Statement/1", EVERYBODY["Statement"][0]),
    "C-2.2.4": ("PersonRole/Properties/AssumeRolePolicyDocument/Statement/0/Principal", {"Service": "lambda.amazonaws.com"}),
    "C-2.2.6": ("Pay/Properties/Runtime", "python3.8"),
    "C-2.2.6 stage": ("Stage/Properties/MethodSettings/0/ThrottlingRateLimit", None),
    "C-2.2.7": ("QueuePolicy", None),
    "C-2.2.7 bucket": ("BucketPolicy/Properties/PolicyDocument/Statement/0/Condition", None),
    "C-2.2.7 old": ("Distribution/Properties/DistributionConfig/ViewerCertificate/MinimumProtocolVersion", "TLSv1"),
    "C-2.2.7 viewers": ("Distribution/Properties/DistributionConfig/DefaultCacheBehavior/ViewerProtocolPolicy", "allow-all"),
    "C-2.2.7 origin": ("Distribution/Properties/DistributionConfig/Origins/0/CustomOriginConfig/OriginProtocolPolicy", "match-viewer"),
    "C-3.2.1a": ("Cards/Properties/TimeToLiveSpecification", None),
    "C-3.2.1a off": ("Cards/Properties/TimeToLiveSpecification/Enabled", False),
    "C-3.2.1d": ("Cards/Properties/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", True),
    "C-3.2.1d stream": ("Cards/Properties/StreamSpecification", {"StreamViewType": "NEW_IMAGE"}),
    "C-3.2.1d ledger": ("Payments/Properties/PointInTimeRecoverySpecification", None),
    "C-3.3.2": ("Cards/Properties/SSESpecification", None),
    "C-3.6.1": (STATEMENTS, DECRYPT),
    "C-3.6.1 context": ("CardKey/Properties/KeyPolicy/Statement/0/Condition/StringEquals/kms:EncryptionContext:purpose", None),
    "C-3.6.1 logs": ("Logs/Properties/KmsKeyId", {"Fn::GetAtt": ["CardKey", "Arn"]}),
    "C-3.6.1 histories": ("Machine/Properties/EncryptionConfiguration/KmsKeyId", {"Fn::GetAtt": ["CardKey", "Arn"]}),
    "C-3.7.4": ("CardKey/Properties/EnableKeyRotation", None),
    "C-3.7.5": ("CardKey/DeletionPolicy", None),
    "C-3.7.4 rarely": ("CardKey/Properties/RotationPeriodInDays", 800),
    "C-6.4.2 page": ("Distribution/Properties/DistributionConfig/WebACLId", None),
    "C-6.4.3": (POLICY, "default-src 'none'; script-src 'self' 'unsafe-inline'; report-to violations"),
    "C-6.5.5": ("Alarm/Properties/AlarmDescription", "the card 4532015112830366"),
    "C-6.4.2": ("Acl/Properties/Rules", []),
    "C-6.4.2 logs": ("AclLogs/Properties/RedactedFields", None),
    "C-6.4.2 unbound": ("AclOfStage", None),
    "C-7.2.5": ("PayRole/Properties/Policies/0/PolicyDocument/Statement/0/Action", "dynamodb:*"),
    "C-7.2.5 resource": ("PayRole/Properties/Policies/0/PolicyDocument/Statement/0/Resource", "*"),
    "C-7.2.6": (STATEMENTS, READ),
    "C-7.2.6 people": ("Reader/Properties/InlinePolicy/Statement/0/Resource", "*"),
    "C-8.4.2": ("StaffPool/Properties/MfaConfiguration", "OPTIONAL"),
    "C-8.6.2": ("Pay/Properties/Environment/Variables/PROVIDER_SECRET", "hunter2-hunter2"),
    "C-8.6.2 template": ("Alarm/Properties/AlarmDescription", "AKIAIOSFODNN7EXAMPLE"),
    "C-10.2.1": ("Trail/Properties/AdvancedEventSelectors", None),
    "C-10.2.1 table": ("Trail/Properties/AdvancedEventSelectors/0/FieldSelectors/1/StartsWith", ["arn:aws:dynamodb:us-east-1:111122223333:table/other"]),
    "C-10.2.1 type": (
        "Trail/Properties/AdvancedEventSelectors/1/FieldSelectors/1",
        {"Field": "resources.type", "Equals": ["AWS::DynamoDB::Table"]},
    ),
    "C-10.2.1 Region": ("Trail/Properties/IsMultiRegionTrail", False),
    "C-10.2.1 files": ("Trail/Properties/EnableLogFileValidation", False),
    "C-10.2.1 key": ("Trail/Properties/KMSKeyId", None),
    "C-10.2.1 gone": ("Trail", None),
    "C-10.3": ("Logs/Properties/KmsKeyId", None),
    "C-10.3 lock": ("AuditBucket/Properties/ObjectLockConfiguration", None),
    "C-10.3 versions": ("AuditBucket/Properties/VersioningConfiguration", None),
    "C-10.4.1.1": ("Alarm/Properties/AlarmActions", None),
    "C-10.5.1": ("Logs/Properties/RetentionInDays", 90),
    "C-10.5.1 bucket": ("AuditBucket/Properties/LifecycleConfiguration/Rules/0/ExpirationInDays", 300),
    "C-10.5.1 cold": ("AuditBucket/Properties/LifecycleConfiguration/Rules/0/Transitions/0/TransitionInDays", 30),
    "C-10.7.2 sweeper": ("SweepMissing", None),
    "C-10.7.2": ("Alarm/Properties/Dimensions/0/Value", "another"),
    "C-11.5.1": ("Detector", None),
    "C-11.5.1 features": ("Detector/Properties/Features/1/Status", "DISABLED"),
    "C-11.5.2": ("Recorder", None),
    "C-11.5.2 rules": ("ConfigRule", None),
    "C-11.6.1": (POLICY, "default-src 'none'; script-src 'self'"),
    "C-11.6.1 nowhere": (f"{HEADERS}/CustomHeadersConfig", None),
    "C-SFN-2": ("Machine/Properties/EncryptionConfiguration/Type", "AWS_OWNED_KEY"),
    "C-SFN-3": ("Machine/Properties/LoggingConfiguration/IncludeExecutionData", True),
    "C-SFN-3 level": ("Machine/Properties/LoggingConfiguration/Level", "ERROR"),
    "C-API-1": ("Stage/Properties/MethodSettings/0/DataTraceEnabled", True),
    "C-API-1 format": ("Stage/Properties/AccessLogSetting/Format", "$context.authorizer $input.body"),
    "C-LMB-1": ("Pay/Properties/Environment/Variables/POWERTOOLS_LOGGER_LOG_EVENT", "true"),
    "C-AA-1": ("Rule/Properties/EventPattern/detail/resourceType/0", "AWS::IAM:Role"),
    "C-AA-1 pattern": ("Rule/Properties/EventPattern/detail/status", ["RESOLVED"]),
    "C-AA-1 gone": ("Analyzer", None),
    "C-AA-2": ("LogKey/Properties/KeyPolicy/Statement/0/Principal/AWS", "arn:aws:iam::999988887777:root"),
    "C-AA-2 role": ("PersonRole/Properties/AssumeRolePolicyDocument/Statement/0/Principal/AWS", "arn:aws:iam::999988887777:root"),
    "C-AA-1 lost": ("Rule/Properties/Targets/0/DeadLetterConfig", None),
}  # fmt: skip


@pytest.mark.parametrize("case", TEMPLATES)
def test_a_template_that_breaks_a_check(results, case):
    path, new = TEMPLATES[case]
    template = {**TEMPLATE, "Resources": changed(TEMPLATE["Resources"], path, new)}
    assert failed(results(template=template)) == named(case)


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
    assert failed(results(definition=changed(DEFINITION, path, new))) == named(case)


def leak(kind, channel):
    return replace(RUN, leaks=(Leak(kind, channel, "41…11"),))


RUNS = {
    "C-1.2.4": replace(RUN, flow=replace(SEEN, card={})),
    "C-1.2.4 clean": replace(
        RUN, flow=replace(SEEN, card={**SEEN.card, ("pay", "book"): "S1: 41…11"})
    ),
    "C-1.2.4 missing": replace(RUN, flow=replace(SEEN, seen={**SEEN.seen, ("pay", "mail"): "S1"})),
    "C-1.2.4 strayed": replace(RUN, flow=replace(SEEN, strayed={"Mail": "S1: 41…11"})),
    "C-1.3.2": replace(RUN, outside=(("Pay", "elsewhere.example.net"),)),
    "C-3.2.1b": replace(RUN, lives=(Life("Cards", "expires_at", None),)),
    "C-3.2.1b milliseconds": replace(RUN, lives=(Life("Cards", "expires_at", 10**12),)),
    "C-3.2.1c-runs": replace(RUN, kept=(Kept("Cards", 60, ""),)),
    "C-3.2.1c-runs forever": replace(RUN, kept=(Kept("Cards", None, "run-1 has not ended"),)),
    "C-3.2.1c-runs over": replace(RUN, kept=(Kept("Cards", 0, "run-1 has not ended"),)),
    "C-3.3.2": replace(RUN, key_uses=(replace(USE, has_context=False),)),
    "C-3.3.1": leak("code", "queue retry"),
    "C-3.3.1 C-3.3.2": leak("code", "table Payments"),
    "C-3.4.1": leak("number", "http answer[0]"),
    "C-3.4.1 log": leak("secret", "log Other[0]"),
    "C-3.4.1 C-10.2.1.1 record": leak("secret", "log Pay[0]"),
    "C-3.4.1 C-4.2.2 mail": leak("number", "call ses:SendEmail[4]"),
    "C-3.5.1": leak("secret", "table Payments"),
    "C-3.5.1 queue": leak("track", "queue retry"),
    "C-3.4.1 C-3.5.1.1": leak("hash", "log Other[0]"),  # people read logs
    "C-SFN-1": leak("secret", "history machine run-1"),
    "C-SFN-5": replace(RUN, broken={"I1": ("taken twice",)}),
    "C-10.2.1.1": replace(RUN, key_uses=(replace(USE, recorded=False),)),
    "C-10.2.1.1 refused": replace(
        RUN, key_uses=(USE, replace(USE, error="AccessDenied", recorded=False))
    ),
    "C-10.2.1.1 invented": replace(RUN, records={"Pay": 2}),
}


@pytest.mark.parametrize("case", RUNS)
def test_a_run_that_breaks_a_check(results, case):
    assert failed(results(runs=(RUNS[case],))) == named(case)


def test_a_scenario_that_fails_or_is_missing_is_no_evidence(results):
    assert failed(results(runs=(replace(RUN, passed=False),))) == [
        "C-6.2.4",
        "C-10.2.1.4",
        "C-12.10.7",
    ]
    gone = failed(results(runs=(replace(RUN, scenario="S2"),)))
    assert gone == ["C-10.2.1.4", "C-12.10.7"]


# --- what is generated and committed ---------------------------------------------------------------


def test_a_diagram_that_is_not_as_it_is_drawn(results, monkeypatch):
    monkeypatch.setitem(globals(), "draw", lambda style: style)
    assessed = results()
    assert failed(assessed) == ["C-1.2.4"]
    row = next(result for result in assessed.results if result.id == "C-1.2.4")
    assert row.findings[0].said == (
        "is not as it is drawn: `simulator draw --data-flow --output flow.mmd`"
    )


def test_a_key_that_is_not_listed(results):
    more = {**TEMPLATE["Resources"]["LogKey"]["Properties"], "Description": "another"}
    template = changed(TEMPLATE, "Resources/LogKey/Properties", more)
    assert failed(results(template=template, committed=TEMPLATE)) == ["C-4.2.1.1", "C-12.5.1"]
    fewer = changed(
        TEMPLATE, "Resources/Pay/Properties/KmsKeyArn", {"Fn::GetAtt": ["LogKey", "Arn"]}
    )
    assert failed(results(template=fewer, committed=TEMPLATE)) == ["C-4.2.1.1"]


def test_a_component_that_is_not_listed(results):
    table = TEMPLATE["Resources"]["Payments"]
    more = changed(TEMPLATE, "Resources/Velocity", table)
    more = changed(more, "Resources/Velocity/Properties/TableName", "velocity")
    assert failed(results(template=more, committed=TEMPLATE)) == ["C-12.5.1"]


def test_packages_that_are_not_pinned(results):
    assessed = results(lock="pydantic>=2.9\n")
    assert failed(assessed) == ["C-6.3.2"]
    row = next(result for result in assessed.results if result.id == "C-6.3.2")
    assert row.findings[0].said == "'pydantic>=2.9' is not pinned to one version"
    assert (row.findings[0].location.line, row.findings[0].location.path.name) == (
        1,
        "requirements.txt",
    )


def test_without_a_folder_for_inventories_their_checks_do_not_apply(results):
    assessed = results(known=replace(DECLARED, inventory=None))
    rows = {result.id: result.status for result in assessed.results}
    assert [rows[name] for name in ("C-4.2.1.1", "C-6.3.2", "C-12.5.1")] == ["not-applicable"] * 3


# --- production -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "new", "told"),
    [
        ("Rules", None, "ProviderUrl=https://provider.example.com: can be chosen for Stage prod"),
        (
            "Rules/NoTests/RuleCondition",
            {"Fn::Equals": [{"Ref": "Stage"}, "dev"]},
            "ProviderUrl=https://provider.example.com: can be chosen for Stage prod",
        ),
        (
            "Parameters/ProviderUrl/AllowedPattern",
            "^http.*$",
            "ProviderUrl=http://127.0.0.1:1: can be chosen for Stage prod",
        ),
    ],
)
def test_a_template_that_takes_test_values_for_production(results, path, new, told):
    assessed = results(template=changed(TEMPLATE, path, new))
    assert failed(assessed) == ["C-6.5.6"]
    row = next(result for result in assessed.results if result.id == "C-6.5.6")
    assert [str(item).partition(" (")[0] for item in row.findings if not item.is_good] == [told]


# --- what is told and does not fail -----------------------------------------------------------------

ROUTES = {
    "swagger": "2.0",
    "paths": {
        "/payments": {
            "post": {
                "x-amazon-apigateway-integration": {
                    "type": "aws_proxy",
                    "httpMethod": "POST",
                    "uri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:{ACCOUNT}:function:pay/invocations",
                }
            }
        }
    },
}


def warnings(assessed):
    return [str(one).partition(" (")[0] for result in assessed.results for one in result.warnings]


def test_routes_and_functions_without_a_scenario_are_warnings(results):
    template = changed(TEMPLATE, "Resources/Api/Properties/Body", ROUTES)
    assessed = results(template=template, runs=(replace(RUN, invoked=()),))
    assert failed(assessed) == []
    assert warnings(assessed) == [
        "Pay: no scenario invokes it",
        "POST /payments: no scenario requests it",
    ]
    used = results(template=template, runs=(replace(RUN, routes=("POST /payments",)),))
    assert warnings(used) == []


def test_rights_that_no_scenario_uses_are_warnings():
    """What roles may do beside what they did is simulator.permissions'; here it is told."""
    place = Location(Path("template.yaml"), 7, 3)
    rights = tuple(
        Right(action, "*", "own", place, status)
        for action, status in (("s3:PutObject", "unused"), ("s3:GetObject", "used"))
    )
    roles = (
        RoleReport("PayRole", "arn", place, rights, ()),
        RoleReport("Other", "arn", place, (), ()),
    )
    evidence = Evidence(Path(), (), (), Declared(), (RUN,), permissions=Permissions(roles))
    assert [
        (str(one), one.is_good, one.is_warning) for one in access.least_privilege(evidence)
    ] == [("PayRole: no scenario uses its right to s3:PutObject (template.yaml:7:3)", True, True)]


def test_a_function_that_nothing_refers_to(results):
    template = changed(
        TEMPLATE, "Resources/Rule/Properties/Targets/0/Arn", "arn:aws:sqs:us-east-1:111122223333:x"
    )
    assert failed(results(template=template, runs=(replace(RUN, invoked=()),))) == ["C-2.2.4"]
    assert failed(results(template=template)) == []


# --- an API that starts a workflow ------------------------------------------------------------------


def starting(template):
    return {
        "swagger": "2.0",
        "paths": {
            "/payments": {
                "post": {
                    "x-amazon-apigateway-integration": {
                        "type": "aws",
                        "httpMethod": "POST",
                        "uri": "arn:aws:apigateway:us-east-1:states:action/StartExecution",
                        "requestTemplates": {"application/json": template},
                    }
                }
            }
        },
    }


@pytest.mark.parametrize(
    ("written", "broken"),
    [
        ("$util.escapeJavaScript($input.json('$'))", ["C-SFN-1"]),
        ("$util.escapeJavaScript($input.body)", ["C-SFN-1"]),
        ("$util.escapeJavaScript($input.json('$.order'))", []),
    ],
)
def test_a_raw_request_as_an_executions_input(results, written, broken):
    machine = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:machine"
    body = starting(f'{{"stateMachineArn": "{machine}", "input": "{written}"}}')
    template = changed(TEMPLATE, "Resources/Api/Properties/Body", body)
    routes = (replace(RUN, routes=("POST /payments",)),)
    assert failed(results(template=template, runs=routes)) == broken


# --- all of them ------------------------------------------------------------------------------------


def test_every_check_has_something_that_breaks_it():
    """Those that need more than a changed value have a test of their own above or in test_files."""
    tables = (TEMPLATES, DEFINITIONS, RUNS)
    broken = {name for cases in tables for case in cases for name in named(case)}
    others = {
        "C-4.2.1.1", "C-6.2.4", "C-6.3.2", "C-6.5.6", "C-10.2.1.4", "C-12.5.1", "C-12.8.5",
        "C-12.10.7",
    }  # fmt: skip
    assert {check.id for check in CHECKS} == broken | others


def test_every_requirement_of_a_check_is_told_in_words():
    numbers = {number for check in CHECKS for number in check.requirements}
    assert numbers - set(REQUIREMENTS) == set()


def test_without_card_data_nobody_asks_for_an_accounts_own_controls(results):
    resources = {
        name: body
        for name, body in TEMPLATE["Resources"].items()
        if name not in ("Trail", "Detector", "Recorder", "ConfigRule", "Analyzer", "Acl", "AclLogs",
                        "AclOfStage", "Rule")
    }  # fmt: skip
    assessed = results(template={**TEMPLATE, "Resources": resources}, known=Declared())
    rows = {result.id: result for result in assessed.results}
    for name in ("C-10.2.1", "C-11.5.1", "C-11.5.2", "C-AA-1"):
        assert rows[name].status == "not-applicable"
        assert rows[name].said.endswith("no card data is declared")


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
    exception = Excepted("EX-1", "C-11.5.1", "Security", TODAY, "the organisation has one")
    held = results(template=template, known=replace(DECLARED, exceptions=(exception,)))
    assert failed(held) == []
    row = next(result for result in held.results if result.id == "C-11.5.1")
    assert row.status == "excepted"
    assert row.said == "EX-1: the organisation has one (Security, until 2026-01-15)"
    assert row.exceptions == (exception,)
    over = replace(exception, expires=date(2026, 1, 14))
    ended = results(template=template, known=replace(DECLARED, exceptions=(over,)))
    assert failed(ended) == ["C-11.5.1"]
    row = next(result for result in ended.results if result.id == "C-11.5.1")
    assert row.said.startswith("EX-1 of Security ended on 2026-01-14; templates: there is no ")


def test_an_exception_of_one_subject_leaves_the_others(results):
    left = (Kept("Cards", 60, ""),)
    one, other = replace(RUN, kept=left), replace(RUN, scenario="S2", kept=left)
    exception = Excepted("EX-2", "C-3.2.1c-runs", "Payments", TODAY, "its fault", subject="S1")
    known = replace(DECLARED, exceptions=(exception,))
    assert failed(results(runs=(one, replace(RUN, scenario="S2")), known=known)) == []
    assert failed(results(runs=(one, other), known=known)) == ["C-3.2.1c-runs"]


def test_what_a_run_still_needs_may_be_left_while_it_expires(results):
    kept = (Kept("Cards", 60, "run-1 ended in RetryScheduled"),)
    assessed = results(runs=(replace(RUN, kept=kept),))
    row = next(result for result in assessed.results if result.id == "C-3.2.1c-runs")
    assert [finding.said for finding in row.findings] == [
        "Cards for 60 s: run-1 ended in RetryScheduled"
    ]
    assert row.status == "pass"


def test_settings_are_read_and_wrong_ones_told_of():
    known = declared(
        {"card_tables": ["Cards"], "card_keys": {"Key": ["Pay"]}}, Path("pyproject.toml")
    )
    assert known == Declared(card_tables=("Cards",), card_keys={"Key": ("Pay",)})
    with pytest.raises(SourceError) as raised:
        declared(
            {
                "card_table": ["Cards"], "searched": "all", "exceptions": [{}], "stacks": [],
                "parameters": {"a.yaml": "x"}, "longest_life_seconds": "a week",
            },
            Path("p.toml"),
        )  # fmt: skip
    told = [problem.message for problem in raised.value.problems]
    assert told == [
        "compliance knows no 'card_table'; did you mean 'card_tables'?",
        "compliance.searched: a list of texts is wanted",
        "compliance.exceptions: an exception has id, check, owner, expires and reason, and may have"
        " subject",
        "compliance.stacks: a table is wanted",
        "compliance.parameters: a table is wanted",
        "compliance.longest_life_seconds: invalid literal for int() with base 10: 'a week'",
    ]
