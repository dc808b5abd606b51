"""`simulator preview`: external access, found in the template."""

from __future__ import annotations

import pytest

HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\nResources:\n"


def role(statement):
    return (
        f"{HEAD}  Open:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n"
        f"        Version: '2012-10-17'\n        Statement: [{statement}]\n"
    )


ALLOW = "Effect: Allow, Action: sts:AssumeRole"


@pytest.mark.parametrize(
    ("statement", "options", "who"),
    [
        (f"{{{ALLOW}, Principal: {{AWS: '999988887777'}}}}", [], "999988887777"),
        (f"{{{ALLOW}, Principal: {{AWS: '999988887777'}}}}", ["--trust", "999988887777"], None),
        (
            f"{{{ALLOW}, Principal: {{AWS: 'arn:aws:iam::999988887777:root'}}}}",
            [],
            "arn:aws:iam::999988887777:root",
        ),
        (f"{{{ALLOW}, Principal: {{AWS: !Ref AWS::AccountId}}}}", [], None),
        (f"{{{ALLOW}, Principal: {{Service: lambda.amazonaws.com}}}}", [], None),
        (f"{{{ALLOW}, Principal: '*'}}", [], "everybody"),
        (f"{{{ALLOW}, Principal: {{Federated: accounts.google.com}}}}", [], "Federated accounts.google.com"),
        (f"{{{ALLOW}, NotPrincipal: {{AWS: '1'}}}}", [], "everybody but its NotPrincipal"),
        (
            f"{{{ALLOW}, Principal: '*', Condition: {{StringEquals: {{aws:PrincipalOrgID: o-1}}}}}}",
            ["--organization", "o-1"],
            None,
        ),
        (
            f"{{{ALLOW}, Principal: '*', Condition: {{StringEquals: {{aws:PrincipalOrgID: o-2}}}}}}",
            ["--organization", "o-1"],
            "everybody",
        ),
        ("{Effect: Deny, Action: '*', Principal: '*'}", [], None),
    ],
)  # fmt: skip
def test_who_is_outside(small, simulator, statement, options, who):
    small({"template.yaml": role(statement)})
    ran = simulator("preview", *options)
    if who is None:
        assert (ran.code, ran.out) == (0, "0 statements for somebody outside\n")
        return
    assert (ran.code, ran.err) == (1, "1 statement for somebody outside\n")
    assert ran.out == (
        f"template.yaml:7:7: PRJ120: Open lets {who} do sts:AssumeRole;"
        " if that is intended: --trust ACCOUNT, or a condition on who calls\n"
    )


OTHERS = f"""{HEAD}
  Bucket: {{Type: AWS::S3::Bucket}}
  BucketPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument: &open
        Version: '2012-10-17'
        Statement: {{Effect: Allow, Principal: '*', Action: ['s3:GetObject', 's3:ListBucket'], Resource: '*'}}
  Report:
    Type: AWS::Serverless::Function
    Properties: {{Runtime: python3.11, Handler: app.work, CodeUri: src/}}
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {{FunctionName: !Ref Report, Principal: '999988887777', Action: lambda:InvokeFunction}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      ResourcePolicy:
        PolicyDocument:
          Statement: [{{Effect: Allow, Principal: {{AWS: '999988887777'}}, Action: dynamodb:GetItem, Resource: '*'}}]
"""


def test_other_types_have_their_policies_elsewhere(small, simulator):
    small({"template.yaml": OTHERS})
    told = simulator("preview").out.splitlines()
    assert [line.split(": PRJ120: ")[1].split(";")[0] for line in sorted(told)] == [
        "BucketPolicy lets everybody do s3:GetObject, s3:ListBucket",
        "Permission lets 999988887777 do lambda:InvokeFunction",
        "Table lets 999988887777 do dynamodb:GetItem",
    ]


def test_our_own_template_lets_only_the_reporting_account_in(simulator):
    ran = simulator("preview", "--trust", "444455556666")
    assert (ran.code, ran.out) == (0, "0 statements for somebody outside\n")


LISTS = f"""{HEAD}
  Open: {{Type: AWS::S3::Bucket, Properties: {{AccessControl: PublicRead}}}}
  Ignored:
    Type: AWS::S3::Bucket
    Properties:
      AccessControl: PublicRead
      PublicAccessBlockConfiguration: {{IgnorePublicAcls: true, RestrictPublicBuckets: true}}
  IgnoredPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Ignored
      PolicyDocument: {{Statement: [{{Effect: Allow, Principal: '*', Action: 's3:*', Resource: '*'}}]}}
"""


def test_what_is_public_without_a_policy_is_found_too(small, simulator):
    small({"template.yaml": LISTS})
    ran = simulator("preview")
    told = [line.split("PRJ120: ")[1].split(";")[0] for line in ran.out.splitlines()]
    assert told == ["Open lets everybody read by its AccessControl"]
    assert ran.code == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--trust", "partner"], "'partner' is no account: it has twelve digits"),
        (["--organization", "us"], "'us' is no organisation: its id is like o-exampleorgid"),
    ],
)
def test_what_nobody_could_be_is_refused(small, simulator, options, said):
    small({"template.yaml": OTHERS})
    ran = simulator("preview", *options)
    assert (ran.code, said in ran.err) == (2, True)
