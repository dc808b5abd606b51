"""`simulator draw`: workflows, or the flows of data, as Mermaid text, Graphviz DOT or SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from simulator.commands.common import load_project, project_options
from simulator.errors import FAILED
from simulator.values import parse_json

if TYPE_CHECKING:
    from simulator.asl.model import StateMachine
    from simulator.diagrams.overlay import Overlay
    from simulator.project.project import Project

_SUFFIXES: Final = {"mermaid": ".mmd", "dot": ".dot", "svg": ".svg"}
_FORMATS: Final = {
    ".mmd": "mermaid", ".md": "mermaid", ".dot": "dot", ".gv": "dot", ".svg": "svg"
}  # fmt: skip


_NO_PIXELS: Final = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf"}


class _Style(click.Choice[str]):
    """The formats; a picture of pixels is refused with the way to make one."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if f".{value.lower()}" in _NO_PIXELS:
            self.fail(_no_pixels(value), param, ctx)
        return super().convert(value, param, ctx)


def _no_pixels(form: str) -> str:
    return (
        f"there is no {form.lstrip('.').upper()}: what renders one takes the fonts of its machine,"
        " so no two are the same; draw an SVG, which opens anywhere, and let a browser make it:"
        " chromium --headless --screenshot=FILE.png FILE.svg"
    )


@click.command(name="draw")
@click.argument("workflow", required=False)
@project_options
@click.option(
    "--format",
    "style",
    type=_Style(list(_SUFFIXES)),
    help="What to draw; without it the output file's suffix says so, or it is mermaid.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Write to this file; for all workflows of the project, to this folder.",
)
@click.option(
    "--check", is_flag=True, help="Write nothing; exit code 1 when what --output holds is not this."
)
@click.option(
    "--execution",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Lay one execution of WORKFLOW over its SVG: the output of `aws stepfunctions"
    " get-execution-history` or of `simulator run --history`.",
)
@click.option(
    "--data-flow",
    is_flag=True,
    help="Draw where the project's data goes instead, with the flows of card data marked.",
)
@click.option(
    "--confirm",
    "scenarios",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Run these scenarios and hold the data-flow diagram against them; may be given several times.",
)
def command(
    workflow: str | None,
    root: Path,
    template: str | None,
    parameters: tuple[str, ...],
    stage: str | None,
    style: str | None,
    output: Path | None,
    execution: Path | None,
    scenarios: tuple[Path, ...],
    *,
    check: bool,
    data_flow: bool,
) -> int:
    """Draw WORKFLOW, a state machine of the project or the path of a definition.

    Without WORKFLOW, all of the project. Pictures follow the reader's light or dark theme.
    Exit code 1: --check found another drawing, or a run contradicts the data-flow diagram.
    """
    if check and output is None:
        raise click.UsageError("--check wants --output: what to compare with")
    if execution is not None and (workflow is None or style not in {None, "svg"}):
        raise click.UsageError("--execution wants one WORKFLOW, and draws an SVG")
    if data_flow and (workflow is not None or execution is not None):
        raise click.UsageError(
            "--data-flow draws the whole project, without WORKFLOW or --execution"
        )
    if scenarios and not data_flow:
        raise click.UsageError("--confirm goes with --data-flow")
    one_file = output is not None and (workflow is not None or data_flow)
    suffix = output.suffix if output is not None and one_file else ""
    if style is None and suffix.lower() in _NO_PIXELS:
        raise click.UsageError(_no_pixels(suffix))
    plain = "mermaid" if execution is None else "svg"
    style = style or _FORMATS.get(suffix, plain)
    if data_flow:
        project = load_project(root, template, parameters, stage)
        return _data_flow(project, style, output, scenarios, check=check)
    machines = list(_machines(workflow, root, template, parameters, stage))
    drawing = _drawing(style)
    if execution is not None:
        if style != "svg":
            raise click.UsageError("--execution draws an SVG; name the output so")
        drawing = partial(drawing, overlay=_overlay(machines[0][2], execution))
    texts = {
        _file(output, workflow, stem, style): drawing(machine, title=title)
        for stem, title, machine in machines
    }
    return _written(texts, output, check=check, folder=workflow is None)


def _data_flow(
    project: Project, style: str, output: Path | None, scenarios: tuple[Path, ...], *, check: bool
) -> int:
    from simulator.commands.data_flow import confirmed
    from simulator.dataflow.drawing import drawn
    from simulator.dataflow.reading import data_flow

    flows = data_flow(project)
    text = drawn(project, flows, style)
    code = _written({output or Path(): text}, output, check=check, folder=False)
    return code if not scenarios or confirmed(project, flows, scenarios) else FAILED


def _written(texts: dict[Path, str], output: Path | None, *, check: bool, folder: bool) -> int:
    """Print them, write them, or compare them with what is there."""
    if output is None:
        click.echo("\n".join(texts.values()), nl=False)
        return 0
    if check:
        return _compare(texts)
    if folder:
        output.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return 0


def _machines(
    workflow: str | None,
    root: Path,
    template: str | None,
    parameters: tuple[str, ...],
    stage: str | None,
) -> Iterator[tuple[str, str, StateMachine]]:
    """File stems, titles, machines."""
    path = Path(workflow or "")
    if path.suffix in {".json", ".yaml", ".yml", ".asl"}:
        from simulator.commands.definitions import read_definition

        stem = path.name.partition(".")[0]
        yield stem, stem, read_definition(path)
        return
    project = load_project(root, template, parameters, stage)
    found = project.workflows.values() if workflow is None else (project.workflow(workflow),)
    yield from ((one.stem, one.name, one.machine) for one in found)


def _drawing(style: str) -> Callable[..., str]:
    if style == "svg":
        from simulator.diagrams.svg import draw_svg

        return draw_svg
    if style == "dot":
        from simulator.diagrams.dot import draw_dot

        return draw_dot
    from simulator.diagrams.mermaid import draw

    return draw


def _overlay(machine: StateMachine, path: Path) -> Overlay:
    from simulator.commands.definitions import read_text
    from simulator.coverage.exported import overlay_of_export

    try:
        return overlay_of_export(machine, _events(read_text(path, "SCN001")))
    except ValueError as error:
        raise click.UsageError(f"--execution {path}: {error}") from None


def _events(text: str) -> list[Any]:
    """One answer of GetExecutionHistory, a list of events, or one event a line. ValueError."""
    try:
        value = parse_json(text)
    except ValueError:
        return [parse_json(line) for line in text.splitlines() if line.strip()]
    events: Any = value.get("events") if isinstance(value, dict) else value
    if not isinstance(events, list):
        raise ValueError("it has no `events`")  # noqa: TRY004 - the file's fault, told by _overlay
    return events


def _file(output: Path | None, workflow: str | None, name: str, style: str) -> Path:
    if output is None or workflow is None:
        return (output or Path()) / f"{name}{_SUFFIXES[style]}"
    return output


def _compare(texts: dict[Path, str]) -> int:
    """Every file that is absent or other is named."""
    code = 0
    for path, text in texts.items():
        now = path.read_text(encoding="utf-8") if path.is_file() else None
        if now != text:
            what = "is missing" if now is None else "is out of date"
            click.echo(f"{path.as_posix()} {what}; draw it again without --check", err=True)
            code = 1
    return code
