"""`sam local invoke` of every function with its event file: where a container engine can be started.

What AWS and the provider would answer comes from the simulated world in which the function's scenario
calls it; the container must answer, and call AWS, as the handler in this process does. The exit code
says nothing: it is 0 when a handler raised.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from simulator.aws.cloud import Cloud
from simulator.aws.environment import DEAD_PROXY
from tests.template.invocations import ROOT, Case, Raised, Reached, cases, elsewhere, here
from tests.template.wire import Wire

SAM: Final = ROOT / ".venv-sam/bin/sam"
ENGINE: Final = ROOT.parent / "shared/tools/lambda-container-engine"
IMAGE: Final = "public.ecr.aws/lambda/python:3.11-x86_64"
# Where `sam build` puts what it builds of a template, and its environment of samconfig.toml.
BUILT: Final = {
    "template.yaml": (ROOT / ".aws-sam/build", []),
    "stacks/reporting.yaml": (ROOT / ".aws-sam/reporting", ["--config-env", "reporting"]),
}
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
PATIENCE: Final = 300  # seconds of real time for one call; it takes three to five

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment for `sam`, with an engine that has the base image; skips without one."""
    if not SAM.exists():
        pytest.skip("there is no SAM CLI: make sam")
    own = {
        **os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
        "ENGINE_HOME": str(tmp_path_factory.mktemp("engine")),
        # SAM asks whose account it is and waits long where nobody answers: here nobody does, at once.
        "AWS_ENDPOINT_URL_STS": DEAD_PROXY, "AWS_MAX_ATTEMPTS": "1",
    }  # fmt: skip
    if _has_image(own):
        yield own
        return
    needed = {
        "dockerd": shutil.which("dockerd") is not None,
        "root's rights": os.geteuid() == 0,
        "../shared": ENGINE.exists(),
    }
    if missing := [name for name, there in needed.items() if not there]:
        pytest.skip(f"no container engine runs, and none starts without {', '.join(missing)}")
    own["DOCKER_HOST"] = f"unix://{own['ENGINE_HOME']}/docker.sock"
    try:
        for step in ("start", "image"):
            done = _run([str(ENGINE), step], own)
            if done.returncode:
                pytest.skip(f"the container engine does not {step}: {done.stderr[-200:]}")
        yield own
    finally:
        _run([str(ENGINE), "stop"], own)


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600
    )


def _has_image(environment: dict[str, str]) -> bool:
    if shutil.which("docker") is None:
        return False
    return _run(["docker", "image", "inspect", IMAGE], environment).returncode == 0


@pytest.fixture(scope="session")
def wire(engine: dict[str, str]) -> Iterator[Wire]:
    """The world as containers reach it: on this machine's end of their bridge."""
    form = "{{(index .IPAM.Config 0).Gateway}}"
    bridge = _run(["docker", "network", "inspect", "bridge", "--format", form], engine)
    assert bridge.returncode == 0, bridge.stderr
    made = Wire(bridge.stdout.strip())
    yield made
    made.close()


@pytest.fixture(scope="session")
def built(engine: dict[str, str]) -> Callable[[str], dict[str, Any]]:
    """built(template) → the built template; built anew when its sources are younger."""
    known: dict[str, dict[str, Any]] = {}

    def template(name: str) -> dict[str, Any]:
        if name not in known:
            folder, options = BUILT[name]
            code = ROOT / "functions"
            sources = [ROOT / name, code / "requirements.txt", *code.rglob("*.py")]
            file = folder / "template.yaml"
            if not file.exists() or file.stat().st_mtime < max(map(_changed, sources)):
                done = _run([str(SAM), "build", *options], engine)
                assert done.returncode == 0, done.stderr[-2000:]
            found = yaml.safe_load(file.read_text())
            for resource in found["Resources"].values():
                if resource["Type"] == "AWS::Serverless::Function":
                    properties = resource["Properties"]
                    properties["CodeUri"] = str(folder / properties["CodeUri"])
            known[name] = found
        return known[name]

    return template


def _changed(file: Path) -> float:
    return file.stat().st_mtime


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.event)
def test_a_function_answers_its_event_in_a_container(case: Case, engine, built, wire, tmp_path):
    def run(reached: Reached) -> Any:
        template = built((ROOT / reached.function.location.path).relative_to(ROOT).as_posix())
        # SAM knows neither the resources nor their names, and passes only variables that it knows.
        values = {
            name: value
            if name == "PAGE_ORIGIN"
            or not value.startswith("https://")  # who asks, not whom to ask
            else wire.instead_of(value)
            for name, value in reached.environment.items()
        }
        properties = template["Resources"][case.function]["Properties"]
        properties["Environment"] = {"Variables": {**values, "AWS_ENDPOINT_URL": wire.url}}
        file = tmp_path / "template.json"
        file.write_text(json.dumps(template))
        command = [str(SAM), "local", "invoke", case.function, "--skip-pull-image"]
        command += ["--template", str(file), "--event", str(case.file)]
        return _answer(command, engine, tmp_path, wire, reached.cloud)

    wanted = here(case)
    # Containers have the machine's clock: the world is moved there.
    done = elsewhere(case, run, datetime.now(UTC).replace(microsecond=0))

    assert (timeless(done.answer), done.error) == (timeless(case.answer), case.error)
    assert asked(done.calls) == asked(wanted.calls)


def asked(calls: tuple[str, ...]) -> list[str]:
    """What was asked for: on a slow machine a client's patience may end, and it asks once more."""
    return [name for name, _ in groupby(calls)]


def timeless(answer: Any) -> Any:
    return json.loads(_MOMENT.sub("<moment>", json.dumps(answer)))


def _answer(
    command: list[str], environment: dict[str, str], folder: Path, wire: Wire, cloud: Cloud
) -> Any:
    out, log = folder / "out", folder / "log"
    with out.open("w") as stdout, log.open("w") as stderr:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=stdout, stderr=stderr, text=True
        )
        until = time.monotonic() + PATIENCE
        wire.serve(cloud, lambda: process.poll() is not None or time.monotonic() > until)
        process.kill()
    lines = out.read_text().splitlines()
    assert lines, f"no answer:\n{log.read_text()[-4000:]}"
    answer = json.loads(lines[-1])
    if isinstance(answer, dict) and {"errorType", "errorMessage", "stackTrace"} <= set(answer):
        raise Raised(answer["errorType"], answer["errorMessage"])
    return answer
