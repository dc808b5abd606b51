"""The variables of a world, and how cheap its names are to import."""

import os
import subprocess
import sys

import pytest

from simulator.aws.environment import DEAD_PROXY, variables, world_variables


def test_inside_a_world_nothing_of_the_callers_aws_set_up_is_left(monkeypatch):
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "NO_PROXY"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    before = dict(os.environ)

    with variables(world_variables("111122223333", "eu-west-1")):
        inside = dict(os.environ)

    assert dict(os.environ) == before
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "NO_PROXY"} & set(inside)
    assert inside["AWS_ACCESS_KEY_ID"] == "testing"
    assert inside["AWS_DEFAULT_REGION"] == inside["AWS_REGION"] == "eu-west-1"
    assert inside["MOTO_ACCOUNT_ID"] == "111122223333"
    assert inside["AWS_EC2_METADATA_DISABLED"] == "true"
    assert inside["HTTPS_PROXY"] == inside["http_proxy"] == DEAD_PROXY


def test_a_functions_environment_can_have_no_other_aws_variables(monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "another")

    with variables({"TABLE": "Payments"}, only=True):
        assert "AWS_LAMBDA_FUNCTION_NAME" not in os.environ
        assert os.environ["TABLE"] == "Payments"

    assert os.environ["AWS_LAMBDA_FUNCTION_NAME"] == "another"
    assert "TABLE" not in os.environ


def test_variables_come_back_after_an_error_and_after_changes_inside(monkeypatch):
    monkeypatch.setenv("KEPT", "before")
    before = dict(os.environ)

    def spoil():
        os.environ["NEW"] = "x"
        del os.environ["KEPT"]
        raise LookupError

    with pytest.raises(LookupError), variables({"KEPT": "inside"}):
        spoil()

    assert dict(os.environ) == before


def test_importing_the_names_of_this_package_loads_neither_boto3_nor_moto():
    code = (
        "import sys, simulator.aws.calls, simulator.aws.faults, simulator.aws.cloud;"
        "print(sorted({'boto3', 'botocore', 'moto', 'urllib3', 'time_machine'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
