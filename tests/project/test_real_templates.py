"""Templates as people write them for SAM CLI, which reads more than CloudFormation does."""

from __future__ import annotations

import pytest

from tests.project.conftest import SAM, arn, told

FUNCTION = "Type: AWS::Serverless::Function, Properties: {Handler: app.handler, Runtime: python3.11"
MACHINE = "Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: flow.asl.json"


def said(problems):
    """Code, severity and line of each."""
    return [(item.code, item.severity, item.location.line) for item in problems]


# -- what the YAML may have -------------------------------------------------------------------------

MERGED = f"""\
{SAM}Resources:
  F: &function
    Type: AWS::Serverless::Function
    Properties: &shared
      Handler: app.handler
      Runtime: python3.11
      CodeUri: src
      Timeout: 0
  G:
    <<: *function
    Properties:
      <<: [{{Timeout: 9}}, *shared]
      MemorySize: 256
"""


def test_merge_keys_are_written_out_and_what_stands_there_wins(load):
    project = load(MERGED.replace("Timeout: 0", "Timeout: 5"))
    f, g = project.function("F"), project.function("G")
    assert (f.timeout.seconds, f.memory_mb) == (5, 128)
    assert (g.timeout.seconds, g.memory_mb, g.runtime, g.code) == (9, 256, "python3.11", f.code)


def test_a_mistake_that_is_merged_in_is_found_at_its_anchor(problems):
    text = MERGED.replace("[{Timeout: 9}, *shared]", "*shared")
    assert told(problems(text)) == [("PRJ062", "template.yaml", 9)] * 2  # F's and G's


@pytest.mark.parametrize(
    "merge", ["G: {<<: 1}", "G: {<<: [1]}", "G: &g {Properties: {<<: *g}, Type: AWS::SQS::Queue}"]
)
def test_only_another_mapping_can_be_merged_in(problems, merge):
    text = f"Resources:\n  Q: {{Type: AWS::SQS::Queue}}\n  {merge}\n"
    assert ("PRJ002", "error", 3) in said(problems(text))


def test_of_a_key_that_stands_twice_the_last_counts_with_a_warning(load):
    project = load(
        "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 1}}\n"
        "  Q: {Type: AWS::SNS::Topic}\n"
    )
    (found,) = project.warnings
    assert (found.code, found.location.line, found.message) == (
        "PRJ004",
        3,
        "the key 'Q' stands here twice; the last one counts",
    )
    assert project.template.resource("Q").type == "AWS::SNS::Topic"
    assert project.template.locate("Q", "/Properties/DelaySeconds").line == 3


def test_a_function_without_code_has_the_folder_of_the_template(load):
    handler = {"app.py": "def handler(event, context): pass\n"}
    project = load(f"{SAM}Resources:\n  F: {{{FUNCTION}}}}}\n", handler)
    assert project.function("F").code == project.root.resolve()


# -- AWS::Include -----------------------------------------------------------------------------------


def include(location, more=""):
    return f"{{Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: {location}}}}}{more}}}"


API = """\
openapi: 3.0.1
info: {title: shop}
paths:
  /orders:
    post:
      x-amazon-apigateway-integration:
        type: aws_proxy
        uri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations
"""


def api(location, more=""):
    return (
        f"{SAM}Resources:\n  F: {{{FUNCTION}, CodeUri: src}}}}\n  Api:\n"
        "    Type: AWS::Serverless::Api\n    Properties:\n      StageName: live\n"
        f"      DefinitionBody: {include(location, more)}\n"
    )


def test_a_local_file_is_included_before_the_transform(load):
    project = load(api("api/api.yaml"), {"api/api.yaml": API})
    assert project.warnings == []
    assert [(r.method, r.path, r.target_arn, r.stage) for r in project.routes] == [
        ("POST", "/orders", arn("lambda", "function:shop-F"), "live")
    ]


def test_what_stands_beside_an_include_is_merged_and_wins(load):
    project = load(api("api.yaml", ", info: {title: own}"), {"api.yaml": API})
    body = project.template.resource("Api").properties["Body"]
    assert body["info"] == {"title": "own"}
    assert list(body["paths"]) == ["/orders"]


def test_a_definition_may_be_included_and_its_mistakes_are_found_in_its_file(problems):
    machine = "M: {Type: AWS::Serverless::StateMachine, Properties: {Definition: %s}}"
    text = f"{SAM}Resources:\n  {machine % include('flow.json')}\n"
    flow = '{"StartAt": "A",\n "States": {\n  "A": {"Type": "Sucseed"}}}'
    found = problems(text, {"flow.json": flow})
    assert [(item.location.path.name, item.location.line) for item in found] == [("flow.json", 3)]


def test_a_reference_to_nothing_is_found_in_the_included_file(problems):
    found = problems(api("api.yaml"), {"api.yaml": API.replace("F.Arn", "G.Arn")})
    assert told(found) == [("PRJ020", "api.yaml", 8)]


def test_resources_and_sections_may_be_included(load):
    text = (
        "Transform: {Name: AWS::Include, Parameters: {Location: params.yaml}}\n"
        "Resources:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}\n"
        "  Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay}}\n"
    )
    project = load(
        text,
        {
            "more.yaml": "T: {Type: AWS::SNS::Topic}\n",
            "params.yaml": "Parameters: {Delay: {Type: Number, Default: 3}}\n"
            "Resources: {U: {Type: AWS::SNS::Topic}}\n",
        },
    )
    resources = project.template.resources
    assert sorted(resources) == ["Q", "T", "U"]
    assert resources["Q"].properties == {"DelaySeconds": "3"}
    assert {name: item.location.path.name for name, item in resources.items()} == {
        "Q": "template.yaml",
        "T": "more.yaml",
        "U": "params.yaml",
    }


def test_a_file_that_is_not_there_is_found_where_it_is_named(problems):
    (found,) = problems(api("apy.yaml"), {"api.yaml": API})
    assert (found.code, found.location.line, found.location.column) == ("PRJ009", 8, 83)
    assert found.message == "the included file 'apy.yaml' cannot be read: No such file or directory"
    assert found.hint == "did you mean 'api.yaml'?"


def test_an_included_file_that_is_broken_is_told_once_in_it(problems):
    assert told(problems(api("api.yaml"), {"api.yaml": "- 1\n"})) == [("PRJ002", "api.yaml", 1)]


@pytest.mark.parametrize(
    ("transform", "message", "hint"),
    [
        (include("s3://bucket/api.yaml"), "AWS::Include of a file in S3 is not supported", "name a local file in Location, or write the content out"),
        (include("!Sub 's3://${AWS::AccountId}/api.yaml'"), "AWS::Include of a file in S3 is not supported", "name a local file in Location, or write the content out"),
        ("{Fn::Transform: {Name: Macro}}", "Fn::Transform: the macro Macro is not known here", "write the content out"),
        ("!Transform {Name: Macro}", "Fn::Transform: the macro Macro is not known here", "write the content out"),
    ],
)  # fmt: skip
def test_other_transforms_are_refused_with_a_hint(problems, transform, message, hint):
    text = api("x").replace(include("x"), transform)
    (found,) = problems(text)
    assert (found.code, found.severity, found.location.line) == ("PRJ024", "error", 8)
    assert (found.message, found.hint) == (message, hint)


# -- what the transform generates -------------------------------------------------------------------

ALIASED = f"""\
{SAM}Resources:
  F: {{{FUNCTION}, CodeUri: src, AutoPublishAlias: live}}}}
  M:
    Type: AWS::Serverless::StateMachine
    Properties:
"""
INLINE = """\
      Definition:
        StartAt: A
        States: {A: {Type: Task, Resource: REFERENCE, End: true}}
"""
NAMED = """\
      DefinitionSubstitutions: {F: REFERENCE}
      Definition:
        StartAt: A
        States: {A: {Type: Task, Resource: '${F}', End: true}}
"""
QUALIFIED = arn("lambda", "function:shop-F")


@pytest.mark.parametrize("form", [INLINE, NAMED])
@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("!Ref F.Alias", f"{QUALIFIED}:live"),
        ("!Sub '${F.Alias}'", f"{QUALIFIED}:live"),
        ("!Ref F.Version", f"{QUALIFIED}:1"),
        ("!Join [':', [!GetAtt F.Arn, !GetAtt F.Version.Version]]", f"{QUALIFIED}:1"),
    ],
)
def test_what_the_transform_generates_for_a_function_can_be_referred_to(
    load, form, reference, value
):
    project = load(f"{ALIASED}{form.replace('REFERENCE', reference)}")
    assert project.warnings == []
    assert project.workflow("M").definition["States"]["A"]["Resource"] == value


def test_outputs_may_name_what_the_transform_generates(load):
    text = (
        f"{ALIASED}{INLINE.replace('REFERENCE', '!Ref F.Alias')}"
        "Outputs:\n  Alias: {Value: !Ref F.Alias}\n  Version: {Value: !Sub 'v${F.Version.Version}'}\n"
    )
    assert load(text).template.outputs == {"Alias": f"{QUALIFIED}:live", "Version": "v1"}


def test_an_alias_that_is_not_published_is_refused_where_it_is_referred_to(problems):
    text = f"{ALIASED}{INLINE}".replace("REFERENCE", "!Ref F.Alias")
    found = problems(text.replace(", AutoPublishAlias: live", ""))
    assert ("PRJ020", "error", 9) in said(found)


# -- what the transform says ------------------------------------------------------------------------


def test_a_refusal_of_the_transform_draws_no_other_errors(problems):
    text = (
        f"{SAM}Resources:\n  Q: {{Type: AWS::SQS::Queue, Properties: {{QueueName: !Sub '${{F.Arn}}'}}}}\n"
        f"  F: {{{FUNCTION}, CodeUri: src, Evnts: {{}}}}}}\n  M: {{{MACHINE},"
        " DefinitionSubstitutions: {A: !Ref F.Version, B: !GetAtt FRole.Arn, C: !Ref Live}}}\n"
        "Outputs: {F: {Value: !GetAtt FRole.Arn}}\n"
    )
    assert said(problems(text)) == [("PRJ008", "error", 4)]


def test_what_globals_cannot_have_is_found_there(problems):
    text = (
        f"{SAM}Globals:\n  Function: {{Timeout: 3}}\n  StateMachine:\n    Tracing: {{Enabled: true}}\n"
        f"Resources:\n  M: {{{MACHINE}}}}}\n"
    )
    assert said(problems(text)) == [("PRJ008", "error", 5)]


def test_the_transform_does_not_speak_to_the_log(load, caplog):
    load(api("api.yaml"), {"api.yaml": API})
    assert [record.getMessage() for record in caplog.records] == []


# -- what is left out -------------------------------------------------------------------------------

NESTED = f"""\
{SAM}Resources:
  Child: {{Type: AWS::Serverless::Application, Properties: {{Location: child.yaml}}}}
  Plain: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: plain.yaml}}}}
  P: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: VALUE}}}}
"""


def test_nested_applications_are_left_out_with_a_warning(load):
    project = load(NESTED.replace("VALUE", "!Ref Child"))
    assert said(project.warnings) == [("PRJ090", "warning", 3), ("PRJ090", "warning", 4)]
    assert project.warnings[0].message == "the nested application 'Child' is left out"
    value = project.template.resource("P").properties["Value"]
    assert value.startswith(arn("cloudformation", "stack/shop-Child/"))


@pytest.mark.parametrize("name", ["Child", "Plain"])
@pytest.mark.parametrize("form", ["!GetAtt %s.Outputs.X", "!Sub '${%s.Outputs.X}'"])
def test_an_output_of_a_nested_application_needs_a_value_of_the_settings(
    load, problems, name, form
):
    text = NESTED.replace("VALUE", form % name)
    (found,) = [item for item in problems(text) if item.severity == "error"]
    assert (found.code, found.location.line) == ("PRJ021", 5)
    assert found.message == f"the output 'X' of the nested application '{name}' is not known here"
    assert found.hint == (
        f'give it a value: [tool.simulator.attributes] "{name}.Outputs.X" = "..."'
    )
    toml = f'[attributes]\n"{name}.Outputs.X" = "given"\n'
    project = load(text, {"simulator.toml": toml})
    assert project.template.resource("P").properties["Value"] == "given"


def test_other_attributes_of_a_nested_application_do_not_exist(problems):
    (found,) = [
        item
        for item in problems(NESTED.replace("VALUE", "!GetAtt Child.Arn"))
        if item.severity == "error"
    ]
    assert found.message == "GetAtt: AWS::CloudFormation::Stack 'Child' has no attribute 'Arn'"
    assert found.hint == "its outputs are read as Child.Outputs.Name"


@pytest.mark.parametrize(
    ("value", "code"), [("!ImportValue other", "PRJ024"), ("!GetAtt Child.Outputs.X", "PRJ021")]
)
def test_what_only_outputs_want_of_other_stacks_stops_nothing(load, value, code):
    text = NESTED.replace("VALUE", "a")
    project = load(f"{text}Outputs:\n  X: {{Value: {value}}}\n")
    assert (code, "warning", 7) in said(project.warnings)


def test_a_parameter_without_value_says_where_values_stand(problems):
    (found,) = problems(
        "Parameters: {P: {Type: String}}\nResources: {Q: {Type: AWS::SQS::Queue}}\n"
    )
    assert (found.code, found.hint) == (
        "PRJ012",
        "write Default, or give it a value: --parameter P=VALUE, parameter_overrides of"
        " samconfig.toml, or [tool.simulator.parameters]",
    )


# -- what nothing stands in for ---------------------------------------------------------------------


def shown(problems):
    """Code, line, message and hint of each."""
    return [(item.code, item.location.line, item.message, item.hint) for item in problems]


def test_what_a_bucket_tells_nobody_is_a_warning_where_it_is_written(load):
    text = (
        f"{SAM}Resources:\n  B: {{Type: AWS::S3::Bucket}}\n"
        f"  F: {{{FUNCTION}, CodeUri: src, Events: {{\n    New: {{Type: S3, Properties:"
        " {Bucket: !Ref B, Events: 's3:ObjectCreated:*'}}}}}\n"
        "  C:\n    Type: AWS::S3::Bucket\n    Properties:\n      NotificationConfiguration:\n"
        "        LambdaConfigurations: [{Event: 's3:ObjectCreated:*', Function: !GetAtt F.Arn}]\n"
        "        QueueConfigurations: [{Event: 's3:ObjectCreated:*', Queue: !GetAtt Q.Arn}]\n"
        "        TopicConfigurations: [{Event: 's3:ObjectCreated:*', Topic: !Ref T}]\n"
        "        EventBridgeConfiguration: {EventBridgeEnabled: true}\n"
        "  D: {Type: AWS::S3::Bucket, Properties: {NotificationConfiguration:"
        " {EventBridgeConfiguration: {EventBridgeEnabled: false}}}}\n"
        "  E: {Type: AWS::S3::Bucket, Properties: {NotificationConfiguration: !If [Sure,"
        " {EventBridgeConfiguration: {}}, !Ref AWS::NoValue]}}\n"
        "  Q: {Type: AWS::SQS::Queue}\n  T: {Type: AWS::SNS::Topic}\n"
        "Conditions: {Sure: !Equals [a, a]}\n"
    )
    assert shown(load(text).warnings) == [
        ("PRJ075", line, f"nothing delivers the events of the bucket '{bucket}' to {target}", hint)
        for line, bucket, target, hint in (
            (5, "B", "'F'", "let the scenario invoke the function"),
            (10, "C", "functions", "let the scenario invoke the function"),
            (11, "C", "queues", "let the scenario send the message"),
            (12, "C", "topics", "let the scenario publish the message"),
            (13, "C", "EventBridge", "let the scenario put the event on the bus"),
            (15, "E", "EventBridge", "let the scenario put the event on the bus"),
        )
    ]


def test_a_pipe_passes_nothing_on(load):
    text = "Resources:\n  P: {Type: AWS::Pipes::Pipe, Properties: {Source: a, Target: b}}\n"
    assert shown(load(text).warnings) == [
        (
            "PRJ091",
            2,
            "no message passes through the pipe 'P'",
            "let the scenario send to its target what the pipe would",
        )
    ]


def test_a_property_that_a_type_does_not_have_is_a_warning_and_has_no_effect(load):
    text = (
        "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {\n    Name: other,\n"
        "    VisibilityTimout: 9}}\n  T: {Type: AWS::SNS::Topic, Properties: {Xyz: 1}}\n"
        "  A: {Type: AWS::CloudWatch::Alarm, Properties: {Metric: m}}\n"
    )
    project = load(text)
    assert shown(project.warnings) == [
        ("PRJ092", 3, "AWS::SQS::Queue has no property 'Name'", "did you mean 'QueueName'?"),
        ("PRJ092", 4, "AWS::SQS::Queue has no property 'VisibilityTimout'", "did you mean 'VisibilityTimeout'?"),
        ("PRJ092", 5, "AWS::SNS::Topic has no property 'Xyz'", None),
        ("PRJ092", 6, "AWS::CloudWatch::Alarm has no property 'Metric'", "did you mean 'Metrics'?"),
    ]  # fmt: skip


PLAIN_API = """\
Resources:
  Api: {Type: AWS::ApiGateway::RestApi}
  Orders: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, PathPart: orders, ParentId: !GetAtt Api.RootResourceId}}
  Post: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Api, ResourceId: !Ref Orders, HttpMethod: POST, AuthorizerId: !Ref Auth}}
  Auth: {Type: AWS::ApiGateway::Authorizer, Properties: {RestApiId: !Ref Api}}
  Model: {Type: AWS::ApiGateway::Model, Properties: {RestApiId: !Ref Api, Name: order}}
  Valid: {Type: AWS::ApiGateway::RequestValidator, Properties: {RestApiId: !Ref Api}}
  Http: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP}}
  Shape: {Type: AWS::ApiGatewayV2::Model, Properties: {ApiId: !Ref Http}}
  Reply: {Type: AWS::ApiGatewayV2::IntegrationResponse, Properties: {ApiId: !Ref Http}}
  Answer: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref Http}}
"""


def test_the_parts_of_a_plain_api_are_known_and_only_its_methods_are_told(load):
    assert said(load(PLAIN_API).warnings) == [("PRJ080", "warning", 4)]


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("AWS::SQS::Queu", "did you mean 'AWS::SQS::Queue'?"),
        ("AWS::DynamoDb::Table", "did you mean 'AWS::DynamoDB::Table'?"),
        ("AWS::ApiGateway::Methode", "did you mean 'AWS::ApiGateway::Method'?"),
        ("AWS::IAM::UserPolicy", None),
        ("AWS::EC2::EIP", None),
        ("Custom::Thing", None),
    ],
)
def test_an_unknown_type_is_told_once_and_only_a_slip_of_the_pen_has_a_hint(load, kind, hint):
    message = (
        f"the type {kind} is not known: nothing stands in for it, and Ref gives a made-up name"
    )
    project = load(f"Resources:\n  R: {{Type: '{kind}'}}\n")
    assert shown(project.warnings) == [("PRJ027", 2, message, hint)]
