"""Intrinsic functions and conditions: what each gives, and what is said when it cannot."""

from __future__ import annotations

import pytest

from tests.project.conftest import arn

HEAD = """\
Parameters:
  Stage: {Type: String, Default: dev}
  Names: {Type: CommaDelimitedList, Default: 'a, b'}
  Count: {Type: Number, Default: 2}
Mappings:
  Sizes: {dev: {size: small, list: [1, 2]}}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsProd: !Not [!Condition IsDev]
  Both: !And [!Condition IsDev, !Equals [!Ref Count, 2]]
  Either: !Or [!Condition IsProd, {Condition: IsDev}]
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Fifo: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub '${AWS::StackName}-files'}}
  Role: {Type: AWS::IAM::Role, Properties: {Path: /app/}}
  Key: {Type: AWS::KMS::Key}
  Off: {Type: AWS::SQS::Queue, Condition: IsProd}
"""
VALUE = """\
  Value: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: {0}}}}}
"""


def value(load, text):
    project = load(HEAD + VALUE.format(text))
    return project.template.resource("Value").properties.get("Value")


def refusal(problems, text):
    return [(item.code, item.message, item.hint) for item in problems(HEAD + VALUE.format(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!Ref Stage", "dev"),
        ("!Ref Names", ["a", "b"]),
        ("!Ref AWS::Region", "us-east-1"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!Ref Queue", "https://sqs.us-east-1.amazonaws.com/123456789012/shop-Queue"),
        ("!GetAtt Queue.Arn", arn("sqs", "shop-Queue")),
        ("!GetAtt [Queue, QueueName]", "shop-Queue"),
        ("{'Fn::GetAtt': Fifo.QueueName}", "shop-Fifo.fifo"),
        ("!GetAtt Bucket.Arn", "arn:aws:s3:::shop-files"),
        ("!GetAtt Role.Arn", "arn:aws:iam::123456789012:role/app/shop-Role"),
        ("!Sub '${Queue} ${!Literal} ${Queue.Arn}'", None),
        ("!Sub ['${A}-${Stage}', {A: !Ref Count}]", "2-dev"),
        ("!Join ['-', [a, !Ref Stage, 1, true]]", "a-dev-1-true"),
        ("!Join ['', !Ref Names]", "ab"),
        ("!Select [1, !Ref Names]", "b"),
        ("!Select ['0', [x, y]]", "x"),
        ("!Split [',', 'a,b']", ["a", "b"]),
        ("!If [IsDev, yes-it-is, no]", "yes-it-is"),
        ("!If [Both, 1, 2]", 1),
        ("!If [Either, 1, 2]", 1),
        ("!If [IsProd, 1, 2]", 2),
        ("!FindInMap [Sizes, !Ref Stage, size]", "small"),
        ("!FindInMap [Sizes, prod, size, {DefaultValue: huge}]", "huge"),
        ("!Base64 text", "dGV4dA=="),
        ("!Select [0, !GetAZs '']", "us-east-1a"),
        ("!Select [2, !GetAZs us-west-2]", "us-west-2c"),
        ("!Cidr ['10.0.0.0/16', 2, 8]", ["10.0.0.0/24", "10.0.1.0/24"]),
        ("!Cidr ['10.0.0.0/24', '1']", ["10.0.0.0/24"]),
        ("!Length [1, 2]", 2),
        ("!ToJsonString {a: [1, !Ref Stage]}", '{"a":[1,"dev"]}'),
        ("!Join [',', [a, !Ref AWS::NoValue]]", "a"),
        ("!Ref AWS::NoValue", None),
    ],
)
def test_a_function_gives_its_value(load, text, expected):
    found = value(load, text)
    if text.startswith("!Sub '${Queue}"):
        url = "https://sqs.us-east-1.amazonaws.com/123456789012/shop-Queue"
        expected = f"{url} ${{Literal}} {arn('sqs', 'shop-Queue')}"
    assert found == expected


@pytest.mark.parametrize(
    ("text", "code", "message", "hint"),
    [
        ("!Ref Queu", "PRJ020", "'Queu' is referred to, and no parameter or resource has that name", "did you mean 'Queue'?"),
        ("!GetAtt Queu.Arn", "PRJ020", "'Queu' is referred to, and no parameter or resource has that name", "did you mean 'Queue'?"),
        ("!GetAtt Queue.Arm", "PRJ021", "GetAtt: AWS::SQS::Queue 'Queue' has no attribute 'Arm'", "did you mean 'Arn'?"),
        ("!Ref [a]", "PRJ020", "Ref takes one name", None),
        ("!GetAtt [a, b, c]", "PRJ020", "Fn::GetAtt takes a logical id and an attribute", None),
        ("!Sub [a]", "PRJ020", "Fn::Sub takes a text, or a list of a text and its variables", None),
        ("!Sub '${Names}'", "PRJ020", "Fn::Sub: ${Names} is a list, not a text", None),
        ("!Join ['-']", "PRJ020", "Fn::Join takes a delimiter and a list", None),
        ("!Join ['-', text]", "PRJ020", 'Fn::Join needs a list here, and this is "text"', None),
        ("!Join ['-', [[1]]]", "PRJ020", "Fn::Join needs a text here, and this is [1]", None),
        ("!Select [0]", "PRJ020", "Fn::Select takes an index and a list", None),
        ("!Select [2, !Ref Names]", "PRJ020", "Fn::Select: the list has 2 items and no index 2", None),
        ("!Split ['', a]", "PRJ020", "Fn::Split takes a delimiter and a text", None),
        ("!If [IsDev, 1]", "PRJ020", "Fn::If takes a condition and two values", None),
        ("!If [IsDew, 1, 2]", "PRJ022", "no condition is called 'IsDew'", "did you mean 'IsDev'?"),
        ("!FindInMap [Sizes]", "PRJ020", "Fn::FindInMap takes a map name and two keys", None),
        ("!FindInMap [Size, dev, size]", "PRJ020", "Fn::FindInMap: there is no map 'Size'", "did you mean 'Sizes'?"),
        ("!FindInMap [Sizes, deb, size]", "PRJ020", "Fn::FindInMap: there is no first key 'deb'", "did you mean 'dev'?"),
        ("!FindInMap [Sizes, dev, x]", "PRJ020", "Fn::FindInMap: there is no second key 'x'", None),
        ("!Cidr [a]", "PRJ020", "Fn::Cidr takes an address block, a count and the bits of each", None),
        ("!Cidr [a, 1, 1]", "PRJ020", "Fn::Cidr: 'a' does not appear to be an IPv4 or IPv6 network", None),
        ("!Length text", "PRJ020", 'Fn::Length needs a list here, and this is "text"', None),
        ("!ImportValue x", "PRJ024", "Fn::ImportValue reads another stack, and there is only this one here", "make it a parameter, with its value below [tool.simulator.parameters]"),
        ("!Transform {Name: x}", "PRJ024", "Fn::Transform: the macro x is not known here", "write the content out"),
        ("{'Fn::ForEach::X': [a]}", "PRJ024", "Fn::ForEach is not supported", "write the resources out, or render the template"),
        ("{'Fn::Joi': [a]}", "PRJ024", "Fn::Joi is no intrinsic function", "did you mean 'Fn::Join'?"),
        ("!Ref Off", "PRJ022", "'Off' is not created: its condition 'IsProd' is false", "choose with Fn::If, or drop the condition"),
    ],
)  # fmt: skip
def test_what_cannot_be_resolved_is_said_once_with_a_hint(problems, text, code, message, hint):
    assert refusal(problems, text) == [(code, message, hint)]


def test_what_cannot_be_resolved_is_found_at_its_line(problems):
    (found,) = problems(HEAD + VALUE.format("!Sub '${Queu.Arn}'"))
    assert found.location.line == HEAD.count("\n") + 1


def test_dynamic_references_are_kept_with_a_warning(problems, load):
    text = "'{{resolve:ssm:/card/key}}'"
    assert [(item.code, item.severity) for item in problems(HEAD + VALUE.format(text))] == [
        ("PRJ025", "warning")
    ]
    assert value(load, text) == "{{resolve:ssm:/card/key}}"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("x", "a condition is one of Fn::Equals, Fn::And, Fn::Or, Fn::Not"),
        ("!Equals [1]", "Fn::Equals compares two values"),
        ("!Not [!Equals [1, 1], !Equals [1, 1]]", "Fn::Not takes one condition"),
        ("!Not text", "Fn::Not takes a list"),
        ("!Condition Odd", "conditions refer to each other in a circle: Odd -> Odd"),
        ("{'Fn::Join': [a, b]}", "Fn::Join is no condition function"),
    ],
)
def test_a_condition_that_cannot_be_decided_is_refused(problems, body, message):
    text = HEAD.replace("Conditions:\n", f"Conditions:\n  Odd: {body}\n")
    text += "  Last: {Type: AWS::SQS::Queue, Condition: Odd}\n"
    assert ("PRJ022", message) in [(item.code, item.message) for item in problems(text)]


def test_an_unknown_condition_of_a_resource_is_refused_at_its_place(problems):
    text = HEAD + "  Last: {Type: AWS::SQS::Queue, Condition: IsDew}\n"
    codes = {(item.code, item.hint) for item in problems(text)}
    assert ("PRJ022", "did you mean 'IsDev'?") in codes


def test_conditions_compare_texts_as_cloudformation_does(load):
    text = HEAD.replace("dev]\n  IsProd", "dev]\n  Flag: !Equals [true, 'true']\n  IsProd")
    project = load(text + VALUE.format("!If [Flag, same, other]"))
    assert project.template.resource("Value").properties["Value"] == "same"


def test_outputs_are_resolved_when_their_condition_holds(load):
    text = HEAD + (
        "Outputs:\n  Url: {Value: !Ref Queue}\n  Gone: {Condition: IsProd, Value: !Ref Off}\n"
    )
    assert load(text).template.outputs == {
        "Url": "https://sqs.us-east-1.amazonaws.com/123456789012/shop-Queue"
    }


def test_attributes_of_unknown_types_are_made_up_unless_the_settings_give_them(load, problems):
    text = HEAD + "  Odd: {Type: Custom::Thing}\n" + VALUE.format("!GetAtt Odd.Some.Value")
    assert [item.code for item in problems(text)] == ["PRJ027", "PRJ026"]
    assert value_of(load(text)) == "shop-Odd.Some.Value"
    toml = '[attributes]\n"Odd.Some.Value" = "given"\n'
    assert value_of(load(text, {"simulator.toml": toml})) == "given"


def value_of(project):
    return project.template.resource("Value").properties["Value"]


@pytest.mark.parametrize(
    ("region", "partition"),
    [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")],
)
def test_arns_have_the_partition_of_the_region(load, region, partition):
    text = HEAD + VALUE.format("!GetAtt Queue.Arn")
    project = load(text, {"simulator.toml": f'region = "{region}"\naccount = "444455556666"\n'})
    assert value_of(project) == f"arn:{partition}:sqs:{region}:444455556666:shop-Queue"


def test_resources_that_need_each_other_are_refused(problems):
    text = HEAD + (
        "  One: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt Two.QueueName}}\n"
        "  Two: {Type: AWS::SQS::Queue, DependsOn: One}\n"
    )
    found = problems(text)
    assert [item.code for item in found] == ["PRJ023"]
    assert found[0].message == "resources need each other in a circle: One -> Two -> One"


def test_a_dependency_that_does_not_exist_is_refused(problems):
    text = HEAD + "  One: {Type: AWS::SQS::Queue, DependsOn: [Queu]}\n"
    assert [(item.code, item.hint) for item in problems(text)] == [
        ("PRJ020", "did you mean 'Queue'?")
    ]


def test_resources_come_after_what_they_need(load):
    project = load(HEAD + "  Afirst: {Type: AWS::SQS::Queue, DependsOn: Zlast}\n  Zlast: {Type: AWS::SQS::Queue}\n")  # fmt: skip
    order = list(project.template.resources)
    assert order.index("Zlast") < order.index("Afirst")
    assert project.template.resource("Zlast").arn == arn("sqs", "shop-Zlast")


def test_a_name_over_the_services_limit_is_cut_and_stays_unique(load):
    long = "Q" * 90
    project = load(
        HEAD + f"  {long}A: {{Type: AWS::SQS::Queue}}\n  {long}B: {{Type: AWS::SQS::Queue}}\n"
    )
    names = [project.template.resource(f"{long}{end}").name for end in "AB"]
    assert [len(name) for name in names] == [80, 80]
    assert names[0] != names[1]
