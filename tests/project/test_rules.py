"""Rules, schedules, queues, streams and topics: read, and refused where they are wrong."""

from __future__ import annotations

import pytest

from tests.project.conftest import SAM, arn

FUNCTION = (
    "  F: {Type: AWS::Serverless::Function, Properties: {Handler: app.handler, Runtime: python3.11,"
    " CodeUri: src}}\n"
)
BASE = f"{SAM}Resources:\n{FUNCTION}  Q: {{Type: AWS::SQS::Queue}}\n"
TARGET = "{Id: a, Arn: !GetAtt Q.Arn%s}"


def rule(properties):
    return f"{BASE}  R:\n    Type: AWS::Events::Rule\n    Properties:\n" + "".join(
        f"      {line}\n" for line in properties.split("\n")
    )


def schedule(properties):
    return rule(properties).replace("AWS::Events::Rule", "AWS::Scheduler::Schedule")


def told(found):
    return [(item.code, item.message, item.location.line) for item in found]


# the first property of R stands on line 8
PATTERN = "EventPattern: {source: [a]}\nTargets:\n  - " + TARGET


@pytest.mark.parametrize(
    ("text", "code", "message", "line"),
    [
        (rule("Targets: []"), "PRJ070", "a rule needs EventPattern or ScheduleExpression", 5),
        (rule("EventPattern: {source: a}"), "PRJ071", "the EventPattern is not valid: ", 8),
        (rule("EventPattern: '{'"), "PRJ071", "the EventPattern is not valid: Expecting property", 8),
        (rule(PATTERN % ", KinesisParameters: {}"), "PRJ072", "the target parameter KinesisParameters is not supported and has no effect", 5),
        (rule(PATTERN % ", Input: '{}', InputPath: $.a"), "PRJ073", "a target has one of Input, InputPath, not several", 5),
        (rule(PATTERN % ", Input: 'text'"), "PRJ073", "Input is not JSON: Expecting value", 5),
        (rule(PATTERN % ", InputPath: detail"), "PRJ073", "the path 'detail' must start with '$'", 5),
        (rule(PATTERN % ", InputPath: '$.a[?(@.b)]'"), "PRJ073", "the path '$.a[?(@.b)]' cannot be read from", 5),
        (rule(PATTERN % ", InputTransformer: {InputPathsMap: {a: $.b}, InputTemplate: '{\"x\": <c>}'}"), "PRJ073", "the input template uses <c>, which is no name of the input paths map", 5),
        (rule(PATTERN % ", InputTransformer: {InputPathsMap: {a: $.b}, InputTemplate: '{\"x\": '}"), "PRJ073", "the input template ", 5),
        (rule(PATTERN % ", InputTransformer: {InputPathsMap: {aws.x: $.b}, InputTemplate: '{}'}"), "PRJ073", "the name 'aws.x' of the input paths map is reserved", 5),
        (rule("ScheduleExpression: rate(1 minutes)"), "PRJ074", "the schedule expression 'rate(1 minutes)' is not valid: write rate(1 minute)", 8),
        (rule("ScheduleExpression: cron(0 25 * * ? *)"), "PRJ074", "the schedule expression 'cron(0 25 * * ? *)' is not valid: hours: '25' is no value from 0 to 23", 8),
        (rule("ScheduleExpression: cron(0 8 * * * *)"), "PRJ074", "the schedule expression 'cron(0 8 * * * *)' is not valid: exactly one of day-of-month", 8),
        (rule("ScheduleExpression: at(2026-01-31T08:00:00)"), "PRJ074", "a rule has no instant such as 'at(2026-01-31T08:00:00)'; AWS::Scheduler::Schedule has", 8),
        (schedule("ScheduleExpression: at(2026-13-31T08:00:00)\nTarget: {Arn: !GetAtt Q.Arn}"), "PRJ074", "the schedule expression 'at(2026-13-31T08:00:00)' is not valid: month must be in", 8),
        (schedule("ScheduleExpression: rate(1 day)\nScheduleExpressionTimezone: Mars/Base\nTarget: {Arn: !GetAtt Q.Arn}"), "PRJ074", "'Mars/Base' is no time zone; write one as Europe/Berlin", 9),
        (schedule("ScheduleExpression: rate(1 day)\nTarget: {Arn: !GetAtt Q.Arn, EcsParameters: {}}"), "PRJ072", "the target parameter EcsParameters is not supported and has no effect", 5),
        (schedule("ScheduleExpression: rate(1 day)\nTarget: {Arn: !GetAtt Q.Arn, Input: '{'}"), "PRJ073", "Input is not JSON", 5),
        (rule((PATTERN % "").replace("!GetAtt Q.Arn", arn("sqs", "other"))), "PRJ076", f"'shop-R': its target '{arn('sqs', 'other')}' does not exist in the template", 5),
        (rule(PATTERN % f", DeadLetterConfig: {{Arn: '{arn('sqs', 'shop-Z')}'}}"), "PRJ076", f"'shop-R': its dead letter queue '{arn('sqs', 'shop-Z')}' does not exist in the template", 5),
        (rule((PATTERN % "").replace("!GetAtt Q.Arn", arn("kinesis", "stream/s"))), "PRJ077", f"'shop-R': nothing stands in for the target {arn('kinesis', 'stream/s')}; it receives nothing", 5),
    ],
)  # fmt: skip
def test_a_rule_or_schedule_that_is_wrong_is_said_at_its_place(problems, text, code, message, line):
    found = problems(text)
    assert [(item.code, item.location.line) for item in found if item.code == code] == [
        (code, line)
    ], told(found)
    assert message in next(item.message for item in found if item.code == code)


def sam_event(kind, properties):
    return (
        f"{SAM}Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      Handler: app.handler\n      Runtime: python3.11\n      CodeUri: src\n"
        f"      Events:\n        E:\n          Type: {kind}\n          Properties:\n"
        + "".join(f"            {line}\n" for line in properties.split("\n"))
    )


@pytest.mark.parametrize(
    ("kind", "properties", "code", "line"),
    [
        ("Schedule", "Schedule: rate(0 days)", "PRJ074", 13),
        ("ScheduleV2", "ScheduleExpression: rate(0 days)", "PRJ074", 13),
        ("EventBridgeRule", "Pattern: {source: a}", "PRJ071", 13),
        ("EventBridgeRule", "Pattern: {source: [a]}\nInputPath: detail", "PRJ073", 14),
        ("EventBridgeRule", "Pattern: {source: [a]}\nInput: text", "PRJ073", 14),
        (
            "EventBridgeRule",
            "Pattern: {source: [a]}\nInputTransformer:\n  InputTemplate: <x>",
            "PRJ073",
            14,
        ),
    ],
)
def test_a_wrong_event_of_a_function_is_found_at_its_own_line(
    problems, kind, properties, code, line
):
    found = problems(sam_event(kind, properties))
    assert (code, line) in [(item.code, item.location.line) for item in found], told(found)


def test_rules_carry_their_bus_state_input_and_dead_letters(load):
    text = rule(
        'EventPattern: \'{"source": ["a"]}\'\nState: DISABLED\nEventBusName: orders\nTargets:\n'
        "  - {Id: one, Arn: !GetAtt Q.Arn, Input: '{\"a\": 1}'}\n"
        "  - {Id: two, Arn: !GetAtt F.Arn, InputPath: $.detail, DeadLetterConfig: {Arn: !GetAtt Q.Arn}}\n"
        "  - {Id: three, Arn: !GetAtt Q.Arn, InputTransformer: {InputPathsMap: {s: $.source}, InputTemplate: '\"from <s>\"'}}"
    )
    (found,) = load(text).rules
    event = {"source": "a", "detail": {"b": 2}}
    payloads = [
        target.transform.apply(event, rule_arn="", rule_name="", now=_now())
        for target in found.targets
    ]
    assert (found.name, found.bus, found.enabled) == ("shop-R", "orders", False)
    assert payloads == [{"a": 1}, {"b": 2}, "from a"]
    assert [target.dead_letter_arn for target in found.targets] == [
        None,
        arn("sqs", "shop-Q"),
        None,
    ]


def _now():
    from datetime import UTC, datetime

    return datetime(2026, 1, 1, tzinfo=UTC)


def test_a_rule_may_have_a_pattern_and_a_schedule(load):
    project = load(rule("ScheduleExpression: rate(1 hour)\n" + PATTERN % ""))
    assert ([item.name for item in project.rules], [item.name for item in project.schedules]) == (
        ["shop-R"],
        ["shop-R"],
    )


def test_the_default_bus_and_log_groups_are_targets(load):
    text = rule(
        "EventPattern: {source: [a]}\nTargets:\n"
        "  - {Id: a, Arn: !Sub 'arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/default'}\n"
        "  - {Id: b, Arn: !GetAtt L.Arn}"
    )
    assert load(text + "  L: {Type: AWS::Logs::LogGroup}\n").warnings == []


# -- what is polled ---------------------------------------------------------------------------------


def mapping(properties):
    return f"{BASE}  M: {{Type: AWS::Lambda::EventSourceMapping, Properties: {{{properties}}}}}\n"


def test_a_queue_source_has_its_filters_as_patterns(load):
    text = mapping(
        "EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F, Enabled: false,"
        " FunctionResponseTypes: [ReportBatchItemFailures],"
        ' FilterCriteria: {Filters: [{Pattern: \'{"body": {"kind": ["a"]}}\'}]}'
    )
    (source,) = load(text).queue_sources
    assert (source.function, source.batch_size, source.report_failures, source.enabled) == (
        "shop-F",
        10,
        True,
        False,
    )
    assert [pattern.matches({"body": {"kind": "a"}}) for pattern in source.filters] == [True]


TABLE = (
    "  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      BillingMode: PAY_PER_REQUEST\n"
    "      KeySchema: [{AttributeName: id, KeyType: HASH}]\n"
    "      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]\n"
    "      StreamSpecification: {StreamViewType: NEW_IMAGE}\n"
)


def test_a_stream_source_is_kept_with_a_warning_that_nothing_reads_it(load):
    text = mapping("EventSourceArn: !GetAtt T.StreamArn, FunctionName: !GetAtt F.Arn") + TABLE
    project = load(text)
    (source,) = project.stream_sources
    assert (source.function, source.batch_size) == ("shop-F", 100)
    (warning,) = project.warnings
    assert (warning.code, warning.location.line) == ("PRJ075", 5)
    assert warning.message == (
        f"nothing reads the stream {source.stream_arn}; 'shop-F' is never invoked by it"
    )


@pytest.mark.parametrize(
    ("text", "code", "severity", "message"),
    [
        (mapping(f"EventSourceArn: '{arn('kinesis', 'stream/s')}', FunctionName: !Ref F"), "PRJ075", "warning", f"the event source {arn('kinesis', 'stream/s')} has no stand-in; nothing polls it"),
        (mapping("FunctionName: !Ref F"), "PRJ075", "warning", "the event source without ARN has no stand-in; nothing polls it"),
        (mapping(f"EventSourceArn: '{arn('sqs', 'none')}', FunctionName: !Ref F"), "PRJ076", "error", f"the source '{arn('sqs', 'none')}' of 'shop-F' does not exist in the template"),
        (mapping("EventSourceArn: !GetAtt Q.Arn, FunctionName: none"), "PRJ076", "error", f"'{arn('sqs', 'shop-Q')}' is to invoke the function 'none', which does not exist"),
        (mapping("EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F, FilterCriteria: {Filters: [{Pattern: '{'}]}"), "PRJ071", "error", "the FilterCriteria is not valid: Expecting"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_work_is_said_at_its_place(problems, text, code, severity, message):
    (found,) = problems(text)
    assert (found.code, found.severity, found.location.line) == (code, severity, 5)
    assert found.message.startswith(message)


def test_a_topic_invokes_functions_by_subscription_or_inline(load):
    text = (
        f"{BASE}  T: {{Type: AWS::SNS::Topic, Properties: {{Subscription:"
        " [{Protocol: lambda, Endpoint: !GetAtt F.Arn}, {Protocol: sqs, Endpoint: !GetAtt Q.Arn}]}}\n"
        "  S:\n    Type: AWS::SNS::Subscription\n    Properties:\n      TopicArn: !Ref T\n"
        "      Protocol: lambda\n      Endpoint: !Sub '${F.Arn}:live'\n"
        "      FilterPolicy: {kind: [{prefix: a}]}\n"
    )
    topic = arn("sns", "shop-T")
    found = [
        (item.topic_arn, item.function, item.wanted is None) for item in load(text).topic_sources
    ]
    assert found == [(topic, "shop-F", False), (topic, "shop-F", True)]


def test_a_filter_policy_that_is_wrong_is_refused_at_its_place(problems):
    text = (
        f"{BASE}  T: {{Type: AWS::SNS::Topic}}\n"
        "  S:\n    Type: AWS::SNS::Subscription\n    Properties:\n      TopicArn: !Ref T\n"
        "      Protocol: lambda\n      Endpoint: !GetAtt F.Arn\n"
        "      FilterPolicy: {kind: a}\n"
    )
    (found,) = problems(text)
    assert (found.code, found.location.line) == ("PRJ071", 12)
    assert found.message.startswith("the FilterPolicy is not valid: ")


# -- routes -----------------------------------------------------------------------------------------


def api(body, kind="AWS::Serverless::HttpApi"):
    return (
        f"{BASE}  Api: {{Type: {kind}, Properties: {{StageName: live, DefinitionBody: {body}}}}}\n"
    )


def path(integration, method="get"):
    return (
        "{openapi: '3.0.1', paths: {/a: {" + method + ": {x-amazon-apigateway-integration: "
        + integration + "}}}}"
    )  # fmt: skip


INVOKE = (
    "!Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'"
)
START = "{type: AWS_PROXY, integrationSubtype: StepFunctions-StartExecution, requestParameters: {StateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:m'}}"
STATES = (
    "{type: aws, uri: 'arn:aws:apigateway:us-east-1:states:action/StartSyncExecution',"
    ' requestTemplates: {application/json: \'{"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m"}\'}}'
)


@pytest.mark.parametrize(
    ("integration", "target", "action"),
    [
        (f"{{type: aws_proxy, payloadFormatVersion: '2.0', uri: {INVOKE}}}", arn("lambda", "function:shop-F"), None),
        ("{type: aws_proxy, uri: !GetAtt F.Arn}", arn("lambda", "function:shop-F"), None),
        (START, arn("states", "stateMachine:m"), "StartExecution"),
        (STATES, arn("states", "stateMachine:m"), "StartSyncExecution"),
    ],
)  # fmt: skip
def test_a_route_is_read_from_an_openapi_body(load, integration, target, action):
    (route,) = load(api(path(integration))).routes
    assert (route.method, route.path, route.target_arn, route.action, route.api, route.stage) == (
        "GET", "/a", target, action, "Api", "live",
    )  # fmt: skip


def test_an_authorizer_is_anything_but_a_key_or_a_signature(load):
    text = api(
        "{openapi: '3.0.1', security: [{jwt: []}], paths: {"
        f"/a: {{get: {{x-amazon-apigateway-integration: {{uri: {INVOKE}}}}}}},"
        f"/b: {{get: {{security: [{{api_key: []}}], x-amazon-apigateway-integration: {{uri: {INVOKE}}}}}}},"
        f"/c: {{x-amazon-apigateway-any-method: {{security: [], x-amazon-apigateway-integration: {{uri: {INVOKE}}}}}}},"
        f"/d: {{get: {{security: [{{AWS_IAM: []}}], x-amazon-apigateway-integration: {{uri: {INVOKE}}}}}}}}}}}"
    )
    assert [(r.path, r.method, r.authorizer) for r in load(text).routes] == [
        ("/a", "GET", True),
        ("/b", "GET", False),
        ("/c", "ANY", False),
        ("/d", "GET", False),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (api(path("{type: http, uri: 'https://x.example'}")), "nothing here answers GET /a: its integration is https://x.example"),
        (api(path("{}")), "nothing here answers GET /a: its integration is empty"),
        (api(path("{type: mock}")), "the route get /a is a mock integration"),
        (f"{BASE}  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{BodyS3Location: {{Bucket: b, Key: k}}}}}}\n", "the API's definition is not in the template; its routes are not known"),
        (f"{BASE}  Api: {{Type: AWS::ApiGatewayV2::Api, Properties: {{ProtocolType: HTTP}}}}\n  R: {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref Api}}}}\n", "AWS::ApiGatewayV2::Route is not read as a route"),
    ],
)  # fmt: skip
def test_a_route_that_is_not_read_is_a_warning(problems, text, message):
    assert ("PRJ080", message) in [
        (item.code, item.message) for item in problems(text) if item.severity == "warning"
    ]


def test_cors_pre_flights_and_web_sockets_need_no_stand_in(problems):
    socket = (
        f"{BASE}  Api: {{Type: AWS::ApiGatewayV2::Api, Properties: {{ProtocolType: WEBSOCKET}}}}\n"
        "  R: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api}}\n"
    )
    assert problems(api(path("{type: mock}", "options"))) == []
    assert problems(socket) == []


def test_a_definition_of_an_api_may_lie_in_a_file(load, problems):
    text = f"{BASE}  Api: {{Type: AWS::Serverless::HttpApi, Properties: {{DefinitionUri: api.yaml}}}}\n"
    target = arn("lambda", "function:shop-F")
    body = f"paths: {{/a: {{get: {{x-amazon-apigateway-integration: {{uri: '{target}'}}}}}}}}\n"
    (route,) = load(text, {"api.yaml": body}).routes
    assert (route.path, route.target_arn) == ("/a", target)
    (found,) = problems(text.replace("api.yaml", "none.yaml"))
    assert found.code == "PRJ001"
