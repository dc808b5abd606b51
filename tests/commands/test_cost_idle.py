"""`simulator cost --idle`: what the template costs by the month while nothing happens."""

from __future__ import annotations

import json
from typing import Any

PAID = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Live: {Type: String, Default: "no"}
Conditions:
  IsLive: !Equals [!Ref Live, "yes"]
Resources:
  Key: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Version: "2012-10-17", Statement: []}}}
  LiveKey:
    Type: AWS::KMS::Key
    Condition: IsLive
    Properties: {KeyPolicy: {Version: "2012-10-17", Statement: []}}
  Single:
    Type: AWS::CloudWatch::Alarm
    Properties: {ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, MetricName: m, Namespace: n}
  Ratio:
    Type: AWS::CloudWatch::Alarm
    Properties:
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 1
      Metrics:
        - {Id: r, Expression: a / b}
        - {Id: a, MetricStat: {Metric: {MetricName: a, Namespace: n}, Period: 60, Stat: Sum}}
        - {Id: b, MetricStat: {Metric: {MetricName: b, Namespace: n}, Period: 60, Stat: Sum}}
  Provisioned:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      ProvisionedThroughput: {ReadCapacityUnits: 10, WriteCapacityUnits: 2}
  OnDemand:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
  Queue: {Type: AWS::SQS::Queue}
"""
END = (
    "\n\nDollars a month of 730 hours: us-east-1, 2025, from the public price pages, without free"
    " allowances.\nStorage and use are not counted.\n"
)


def test_what_is_paid_by_the_month_is_counted_and_the_rest_is_not(
    small: Any, simulator: Any
) -> None:
    small({"template.yaml": PAID})
    ran = simulator("cost", "--idle")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "template.yaml        units  $ each  $ a month\n"
        "key                      1    1.00       1.00\n"
        "read capacity unit      10    0.09       0.95\n"
        "write capacity unit      2    0.47       0.95\n"
        "alarm metric             3    0.10       0.30\n"
        "all                                      3.20" + END
    )


def test_conditions_and_parameters_decide_what_is_there(small: Any, simulator: Any) -> None:
    small({"template.yaml": PAID})
    ran = simulator("cost", "--idle", "--format", "json", "--parameter", "Live=yes")
    found = json.loads(ran.out)["templates"]["template.yaml"]
    assert found["resources"][0] == {
        "type": "AWS::KMS::Key", "unit": "key", "units": 2, "dollars": 1.0, "total": 2.0,
    }  # fmt: skip
    assert (found["total"], found["not_priced"]) == (4.198, [])


def test_what_the_table_does_not_know_is_named_and_never_free(small: Any, simulator: Any) -> None:
    more = """\
  Cluster: {Type: AWS::ECS::Cluster}
  Watch:
    Type: AWS::AccessAnalyzer::Analyzer
    Properties: {Type: ACCOUNT_UNUSED_ACCESS}
  Blocked:
    Type: AWS::AccessAnalyzer::Analyzer
    Properties: {Type: ACCOUNT}
  Fleet:
    Type: AWS::CloudWatch::Alarm
    Properties:
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 1
      Metrics: [{Id: q, Expression: 'SELECT MAX(CPU) FROM "n"', Period: 60}]
"""
    small({"template.yaml": PAID + more})
    ran = simulator("cost", "--idle")
    assert [line for line in ran.out.splitlines() if line.startswith("not priced")] == [
        "not priced: AWS::AccessAnalyzer::Analyzer Watch: paid by the role and user it looks at",
        "not priced: AWS::CloudWatch::Alarm Fleet: its alarm metrics are not known",
        "not priced: AWS::ECS::Cluster: not in the price table",
    ]


def test_each_template_has_its_table_and_all_a_sum(small: Any, simulator: Any) -> None:
    small(
        {
            "template.yaml": PAID,
            "stacks/other.yaml": PAID,
            "pyproject.toml": '[tool.simulator]\n[[tool.simulator.stacks]]\ntemplate = "stacks/other.yaml"\n'
            'account = "444455556666"\n',
        }
    )
    lines = simulator("cost", "--idle").out.splitlines()
    heads = [line.split()[0] for line in lines if line.endswith("$ a month")]
    assert heads == ["template.yaml", "stacks/other.yaml"]
    assert "together: 6.40" in lines


def test_it_takes_no_scenarios(small: Any, simulator: Any) -> None:
    small()
    ran = simulator("cost", "--idle", "tests/scenarios")
    assert ran.code == 2
    assert "--idle counts the template's resources; it takes no scenarios" in ran.err
