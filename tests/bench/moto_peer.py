"""Measures moto's Step Functions, in process: `moto_peer.py DEFINITION SECONDS`.

Its Lambda backend without Docker echoes the payload; here it calls the workload's functions. An
execution is started, awaited by DescribeExecution and read by nobody, as a test does it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from pathlib import Path
from time import perf_counter, sleep

STARTED = perf_counter()
os.environ |= {
    "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1",
}  # fmt: skip

import boto3  # noqa: E402
from moto import mock_aws  # noqa: E402
from moto.awslambda_simple.models import LambdaSimpleBackend  # noqa: E402

from tests.bench.measure import FUNCTIONS, measure, read_workload  # noqa: E402

ROLE = "arn:aws:iam::123456789012:role/Bench"
CONFIG = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}


def invoke(_self, function_name, *_more):
    return json.dumps(FUNCTIONS[function_name.rpartition(":")[2]]).encode()


def main() -> None:
    logging.disable(logging.CRITICAL)
    threading.excepthook = lambda _args: None
    definition, seconds = Path(sys.argv[1]), float(sys.argv[2])
    payload, expected = read_workload(definition)
    LambdaSimpleBackend.invoke = invoke  # type: ignore[method-assign]
    with mock_aws(config=CONFIG):  # type: ignore[call-overload]  # a TypedDict
        client = boto3.client("stepfunctions")
        arn = client.create_state_machine(
            name="Bench", roleArn=ROLE, definition=definition.read_text()
        )["stateMachineArn"]
        text, count = json.dumps(payload), 0

        def once() -> object:
            nonlocal count
            count += 1
            run = client.start_execution(stateMachineArn=arn, name=f"run-{count}", input=text)
            while True:
                seen = client.describe_execution(executionArn=run["executionArn"])
                if seen["status"] != "RUNNING":
                    return json.loads(seen["output"]) if "output" in seen else seen
                sleep(0.0005)

        measure(once, expected, seconds, STARTED)


main()
