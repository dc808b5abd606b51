"""What the service's own API answered, call by call, against what a simulation answers.

The recordings are data of another project and lie beside this one; without them the tests skip.
"""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from simulator.engine.ports import Success
from simulator.project.project import Project
from simulator.simulation import Simulation

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"

if not RECORDINGS.exists():
    pytest.skip("the recordings do not lie beside the project", allow_module_level=True)

START = datetime(2025, 1, 1, tzinfo=UTC)
TEMPLATE = "Resources: {Topic: {Type: AWS::SNS::Topic}}\n"
# Others set up what the machines do not need to be started.
SERVICES = {"logs", "sqs", "stepfunctions"}
# Recorded before the service told these, or where nothing of the kind existed.
NEWER = {"encryptionConfiguration", "redriveCount", "variableReferences"}
# Names that the recordings lost: whatever stands there is right.
LOST = re.compile(r"state_machine_alias|log_group_name")
SYMBOL = re.compile(r"<[^<>]*>")
# What a task of theirs gets is of no interest here.
MOCKS = {"Add Pet to Store": [Success({})] * 2}


def load():
    for path in sorted(RECORDINGS.glob("cases/*/*.json")):
        recording = json.loads(path.read_text(encoding="utf-8"))
        if recording["kind"] == "api":
            yield pytest.param(recording, id=recording["id"])


class Replay:
    """Makes the recorded calls in one world and checks every answer that was recorded."""

    def __init__(self, world):
        self.world = world
        self.names = {}  # recorded ARNs of executions → ours
        self.token = None

    def call(self, step):
        operation, params = step["operation"], self.translated(step["params"])
        if operation == "start_execution" and "execution_arn" in step:
            recorded = step["execution_arn"]
            params.setdefault("name", recorded.split(":")[7 if ":express:" in recorded else -1])
        if str(params.get("nextToken", "")).startswith("next-token"):
            params |= {"nextToken": self.token}
            if self.token is None:
                del params["nextToken"]
        client = self.world.cloud.client(step["service"])
        try:
            answer = getattr(client, operation)(**params)
        except ClientError as error:
            return {"error": error.response["Error"], "text": str(error)}
        except ParamValidationError as error:
            return {"error": {}, "text": str(error)}
        if "execution_arn" in step and "executionArn" in answer:
            self.names[step["execution_arn"]] = answer["executionArn"]
        self.token = answer.get("nextToken", self.token)
        self.world.run()
        return answer

    def pages(self, answer, wanted):
        """The recording joined some pages of ListStateMachines."""
        items = list(answer["stateMachines"])
        client = self.world.cloud.client("stepfunctions")
        while len(items) < wanted:
            answer = client.list_state_machines(maxResults=5, nextToken=self.token)
            items += answer["stateMachines"]
            self.token = answer.get("nextToken")
        return items

    def translated(self, params):
        text = json.dumps(params)
        for recorded, ours in self.names.items():
            text = text.replace(recorded, ours)
        return json.loads(text)

    def check(self, expected, answer):
        for recorded in expected.values():
            if isinstance(recorded, str):
                assert answer["text"] == Shown(recorded)
            elif isinstance(recorded, dict) and "exception_value" in recorded:
                assert answer["text"] == Shown(recorded["exception_value"])
            elif isinstance(recorded, dict) and "Error" in recorded:
                same(recorded["Error"], answer["error"], "Error")
            elif isinstance(recorded, list):
                same(recorded, self.pages(answer, len(recorded)), "")
            else:
                same(recorded, answer, "")


class Shown(str):
    """Text with symbols for what differs from run to run."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other):
        parts = map(re.escape, SYMBOL.split(str(self)))
        return re.fullmatch(".*".join(parts), str(other), re.DOTALL) is not None


def same(recorded, ours, where):
    if recorded == "datetime":
        assert isinstance(ours, datetime), where
    elif isinstance(recorded, dict) and isinstance(ours, str):
        same(recorded, json.loads(ours), where)
    elif isinstance(recorded, dict):
        wanted = {key: item for key, item in recorded.items() if key != "ResponseMetadata"}
        extra = set(ours) - set(wanted) - {"ResponseMetadata"} - NEWER
        assert not extra, f"{where}: {extra}"
        for key, item in wanted.items():
            assert key in ours, f"{where}.{key}"
            same(item, ours[key], f"{where}.{key}")
    elif isinstance(recorded, list):
        assert len(recorded) == len(ours), where
        for index, (one, other) in enumerate(zip(recorded, ours, strict=True)):
            same(one, other, f"{where}[{index}]")
    elif recorded in {"date", "timestamp"}:
        assert isinstance(ours, str), where
    elif isinstance(recorded, str):
        assert LOST.search(recorded) or ours == Shown(recorded), where
    else:
        assert ours == recorded, where


@pytest.mark.parametrize("recording", list(load()))
def test_the_api_answers_as_the_services_does(recording, tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    project = Project.load(tmp_path)
    with Simulation(project, start=START, mocks=MOCKS) as world, world.cloud.calling("client"):
        replay = Replay(world)
        for step in recording["steps"]:
            if step.get("service") in SERVICES:
                answer = replay.call(step)
                replay.check(step.get("expected", {}), answer)
