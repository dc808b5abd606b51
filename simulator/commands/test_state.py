"""`simulator test-state`: one state, one input, its outcome and what its data was on the way."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from simulator.commands.common import load_project, project_options, read_clock
from simulator.commands.definitions import read_text
from simulator.errors import FAILED
from simulator.values import Json, compact, parse_json

if TYPE_CHECKING:
    from simulator.engine.ports import TaskRunner
    from simulator.project.project import Project

_ENDINGS: Final = frozenset({".json", ".yaml", ".yml", ".asl"})  # of files that hold definitions
_DATA: Final = "a JSON text, a file, or - for standard input"
# Members of the answer that are texts; all other texts in it hold JSON.
_PLAIN: Final = frozenset({"error", "cause", "nextState", "status"})
_OPTIONS: Final = (
    click.option("--state", help="The state to test, at any depth; DEFINITION is then a machine."),
    click.option("--input", "payload", metavar="JSON", help=f"The state's input: {_DATA}; none is {{}}."),
    click.option("--mock", metavar="JSON", help=f"What the state's service answers: {_DATA}."),
    click.option("--mock-error", metavar="NAME", help="The error that the service raises instead."),
    click.option("--mock-cause", metavar="TEXT", help="The cause of that error."),
    click.option(
        "--validation",
        type=click.Choice(["STRICT", "PRESENT", "NONE"]),
        help="How the mock is compared with the API's model; STRICT when not given.",
    ),
    click.option(
        "--inspection",
        type=click.Choice(["INFO", "DEBUG", "TRACE"]),
        help="DEBUG and TRACE show the data after every step.",
    ),
    click.option("--context", metavar="JSON", help=f"The context object: {_DATA}."),
    click.option("--variables", metavar="JSON", help=f"The workflow's variables: {_DATA}."),
    click.option("--retries", type=int, help="How often the state has been retried already."),
    click.option("--failures", type=int, help="How many iterations of the Map have failed."),
    click.option("--caused-by", metavar="STATE", help="The inner state that the error comes from."),
    click.option("--items", metavar="FILE", help="What ItemReader has read, or - for standard input."),
    click.option("--role", metavar="ARN", help="The execution role."),
    click.option(
        "--seed", type=int, default=0, show_default=True, help="Makes all that looks like chance."
    ),
    click.option(
        "--clock", default="2026-01-01T00:00:00Z", show_default=True, help="When it is entered."
    ),
)  # fmt: skip


def _with_options(function: Any) -> Any:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.command(name="test-state")
@click.argument("definition")
@project_options
@_with_options
def command(
    definition: str,
    root: Path,
    template: str | None,
    parameters: tuple[str, ...],
    stage: str | None,
    seed: int,
    clock: str,
    **given: Any,
) -> int:
    """Test one state as the TestState API does, and print its answer as JSON.

    DEFINITION is a file with one state, or with --state a whole state machine; or a workflow of the
    project, whose handlers then run and whose AWS services are stand-ins, unless a mock answers for
    them. Exit code 1 when the state's status is FAILED, 2 when the test itself is refused.
    """
    request, start, path = _request(given), read_clock(clock), Path(definition)
    if path.suffix in _ENDINGS:
        answer = _test({"definition": _definition(path), **request}, start, seed)
    else:
        project = load_project(root, template, parameters, stage)
        answer = _test_in_project(project, definition, request, start, seed)
    shown = {key: _readable(key, answer[key]) for key in sorted(answer)}
    click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    return FAILED if answer["status"] == "FAILED" else 0


def _test(
    request: dict[str, Json], start: datetime, seed: int, tasks: TaskRunner | None = None
) -> dict[str, Json]:
    from simulator.aws.models import Models
    from simulator.engine import state_test

    return state_test.test_state(request, apis=Models(), tasks=tasks, now=start, seed=seed)


def _test_in_project(
    project: Project, name: str, request: dict[str, Json], start: datetime, seed: int
) -> dict[str, Json]:
    from simulator.simulation.world import Simulation

    workflow = project.workflow(name)
    whole: dict[str, Json] = {
        "definition": compact(workflow.definition),
        "roleArn": workflow.role_arn,
        **request,
    }
    if "mock" in request:
        return _test(whole, start, seed)
    with Simulation(project, start=start, seed=seed) as simulation:
        return _test(whole, start, seed, simulation.engine.runtime.tasks)


def _request(given: dict[str, Any]) -> dict[str, Json]:
    """The API's request without the definition; options that are not given are left out."""
    mock: dict[str, Json] = _given(
        result=_text(given["mock"]), fieldValidationMode=given["validation"]
    )
    if given["mock_error"] is not None or given["mock_cause"] is not None:
        mock["errorOutput"] = _given(error=given["mock_error"], cause=given["mock_cause"])
    configuration = _given(
        retrierRetryCount=given["retries"],
        mapIterationFailureCount=given["failures"],
        errorCausedByState=given["caused_by"],
        mapItemReaderData=_text(given["items"]),
    )
    return _given(
        stateName=given["state"],
        input=_text(given["payload"]),
        inspectionLevel=given["inspection"],
        roleArn=given["role"],
        variables=_text(given["variables"]),
        context=_text(given["context"]),
        mock=mock or None,
        stateConfiguration=configuration or None,
    )


def _given(**members: Any) -> dict[str, Json]:
    return {name: value for name, value in members.items() if value is not None}


def _definition(path: Path) -> str:
    from simulator.asl.source import YAML_ENDINGS, Source

    text = read_text(path)
    return compact(Source.read(text, path).value) if path.suffix in YAML_ENDINGS else text


def _text(value: str | None) -> str | None:
    """An option's JSON text: itself, or what it names."""
    if value is None:
        return None
    if value == "-":
        return sys.stdin.read()
    try:
        parse_json(value)
    except ValueError:
        if value.lstrip().startswith(("{", "[", '"')):
            return value  # meant as JSON: the answer says what is wrong with it
        return read_text(Path(value), "SCN001")
    return value


def _readable(name: str, value: Json) -> Json:
    """Texts that hold JSON as what they hold."""
    if name == "inspectionData" and isinstance(value, dict):
        return {key: _readable(key, item) for key, item in value.items()}
    if name in _PLAIN or not isinstance(value, str):
        return value
    return parse_json(value)
