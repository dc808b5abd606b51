"""`sam local invoke` of built functions: where a container engine can be started.

What a function answers without AWS at its side is compared; one that needs AWS must get as far as the
call: its code and its packages are complete. The exit code says nothing: it is 0 when a handler raised.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SAM = ROOT / ".venv-sam/bin/sam"
ENGINE = ROOT.parent / "shared/tools/lambda-container-engine"
IMAGE = "public.ecr.aws/lambda/python:3.11-x86_64"
MAIN, REPORTS = "", "reporting"
# Function, its environment of samconfig.toml, event file → what it answers (None: it needs AWS).
EVENTS = [
    ("CalculateFees", MAIN, "payment-fees", {"fee": 105}),
    ("TokenizeCard", MAIN, "payment-request", None),
    ("ValidateTransaction", MAIN, "payment-validate", None),
    ("StartRemediation", MAIN, "finding-active", None),
    ("StartRemediation", MAIN, "finding-error", None),
    ("StartRemediation", MAIN, "finding-unused", None),
    ("FindingClosed", MAIN, "finding-resolved", None),
    ("ReportExport", MAIN, "report-export", None),
    ("BuildReport", REPORTS, "report-refused", {"statusCode": 403}),
    ("BuildReport", REPORTS, "report-request", None),
]
# What Lambda's runtime says of code that cannot even be loaded.
BROKEN = ("Runtime.ImportModuleError", "Runtime.HandlerNotFound", "Runtime.UserCodeSyntaxError")

pytestmark = pytest.mark.sweep


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment for `sam`, with an engine that has the base image; skips without one."""
    if not SAM.exists():
        pytest.skip("there is no SAM CLI: make sam")
    own = {
        **os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none", "ENGINE_HOME": str(tmp_path_factory.mktemp("engine")),
    }  # fmt: skip
    if _has_image(own):
        yield own
        return
    if shutil.which("dockerd") is None or not ENGINE.exists() or os.geteuid() != 0:
        pytest.skip("no container engine runs, and none can be started here")
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
def built(engine: dict[str, str]) -> Callable[[str], Path]:
    """built(environment) → the built template; built once, and only what is asked for."""
    folders = {MAIN: ROOT / ".aws-sam/build", REPORTS: ROOT / ".aws-sam/reporting"}
    known: set[str] = set()

    def template(name: str) -> Path:
        if name not in known:
            done = _run([str(SAM), "build", *(["--config-env", name] if name else [])], engine)
            assert done.returncode == 0, done.stderr[-2000:]
            known.add(name)
        return folders[name] / "template.yaml"

    return template


@pytest.mark.parametrize(
    ("function", "stack", "event", "answer"),
    EVENTS,
    ids=[f"{function}-{event}" for function, _, event, _ in EVENTS],
)
def test_a_function_runs_in_its_container(engine, built, function, stack, event, answer):
    command = [str(SAM), "local", "invoke", function, "--skip-pull-image"]
    command += ["--template", str(built(stack))]
    command += ["--event", str(ROOT / f"tests/events/{event}.json")]
    done = _run(command, engine)
    lines = [line for line in done.stdout.splitlines() if line.startswith(("{", '"', "[", "null"))]
    if answer is None:
        assert not [word for word in BROKEN if word in done.stdout + done.stderr]
        # Without a network, a call of AWS lasts until the function's own time is over.
        assert lines or "timed out after" in done.stderr, done.stderr[-2000:]
        return
    assert lines, done.stderr[-2000:]
    got: Any = json.loads(lines[-1])
    assert {key: got.get(key) for key in answer} == answer
