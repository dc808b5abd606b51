"""`expect.alarms`: alarms over metrics that functions put, log as embedded metrics, and queues have."""

from __future__ import annotations

import json
from typing import Any

import pytest

ALARM = """\
  {name}:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: {name}
      Namespace: {namespace}
      MetricName: {metric}
      Dimensions: {dimensions}
      Statistic: {statistic}
      Period: 60
      EvaluationPeriods: {periods}
      DatapointsToAlarm: {points}
      Threshold: {threshold}
      ComparisonOperator: {operator}
"""
APP = """\
import json

import boto3


def metric(value, dimensions):
    names = [sorted(dimensions)] if dimensions else []
    about = [{"Namespace": "Shop", "Dimensions": names, "Metrics": [{"Name": "Late"}]}]
    return json.dumps({"_aws": {"CloudWatchMetrics": about}, "Late": value, **dimensions})


def work(event, context):
    print("2026 INFO", metric(event["late"], {"Service": "pay"}))
    print(metric("not a number", {}))
    print(metric(event["late"], {}))
    print('{"_aws": broken')
    print("no metric")
    data = [{"MetricName": "Paid", "Values": [1, 4], "Dimensions": [{"Name": "A", "Value": "b"}]}]
    boto3.client("cloudwatch").put_metric_data(Namespace="Shop", MetricData=data)
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="demo-Dead")["QueueUrl"], MessageBody="x")
"""
LATE = {"metric": "Late", "dimensions": "[{Name: Service, Value: pay}]"}
PAID = {"metric": "Paid", "dimensions": "[{Name: A, Value: b}]"}
DEPTH = {
    "namespace": "AWS/SQS",
    "metric": "ApproximateNumberOfMessagesVisible",
    "dimensions": "[{Name: QueueName, Value: demo-Dead}]",
}


@pytest.mark.parametrize(
    ("properties", "raised"),
    [
        ({**LATE, "threshold": 9}, True),  # 3 + 5 and, a minute later, 9
        ({**LATE, "threshold": 10}, False),
        ({**LATE, "threshold": 10, "dimensions": "[]"}, False),
        ({**LATE, "threshold": 8, "dimensions": "[]"}, True),
        ({**LATE, "threshold": 9, "statistic": "Maximum"}, True),
        (
            {**LATE, "threshold": 8, "statistic": "Minimum", "operator": "GreaterThanThreshold"},
            True,
        ),
        ({**LATE, "threshold": 4, "statistic": "Average", "operator": "LessThanThreshold"}, False),
        ({**LATE, "threshold": 4, "statistic": "Minimum", "operator": "LessThanThreshold"}, True),
        ({**LATE, "threshold": 2, "statistic": "SampleCount"}, True),
        ({**LATE, "threshold": 8, "periods": 2, "points": 2}, True),
        ({**LATE, "threshold": 9, "periods": 2, "points": 2}, False),
        ({**LATE, "threshold": 9, "periods": 2, "points": 1}, True),
        ({**PAID, "threshold": 5}, True),
        ({**PAID, "threshold": 5, "namespace": "Other"}, False),
        ({**DEPTH, "threshold": 2, "statistic": "Maximum"}, True),
        ({**DEPTH, "threshold": 3, "statistic": "Maximum"}, False),
        (
            {
                **LATE,
                "threshold": 1,
                "statistic": "Minimum",
                "operator": "LessThanOrEqualToThreshold",
            },
            False,
        ),
    ],
)
def test_an_alarm_is_raised_by_the_points_of_its_metric(
    properties: dict[str, Any], raised: bool, small: Any, simulator: Any
) -> None:
    defaults = {
        "name": "late",
        "namespace": "Shop",
        "statistic": "Sum",
        "periods": 1,
        "points": 1,
        "operator": "GreaterThanOrEqualToThreshold",
    }
    scenario = {
        "schema": "scenario/1",
        "id": "S1",
        "steps": [
            {"send": "start", "workflow": "Hello", "input": {"late": [3, 5]}},
            {"at": "PT1M", "send": "start", "workflow": "Hello", "input": {"late": 9}},
        ],
        "expect": {"alarms": ["late"]},
    }
    root = small({"src/app.py": APP, "tests/scenarios/S1.json": json.dumps(scenario)})
    template = root / "template.yaml"
    alarm = ALARM.format(**{**defaults, **properties})
    template.write_text(f"{template.read_text()}  Dead: {{Type: AWS::SQS::Queue}}\n{alarm}")
    ran = simulator("replay")
    told = [line for line in ran.out.splitlines() if "expect.alarms" in line]
    assert told == ([] if raised else ["     expect.alarms[0]: 'late' was never in ALARM"])
    assert ran.code == (0 if raised else 1)
