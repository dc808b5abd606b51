"""The coverage of a replay: options, and what they print and write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from simulator.errors import FAILED

if TYPE_CHECKING:
    from simulator.coverage.coverage import Suite
    from simulator.project.project import Project
    from simulator.scenarios.verdict import Verdict

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
_SUFFIXES: Final = {".json", ".xml", ".info", ".txt"}
_NAMED: Final = 12  # missing points of one workflow on a terminal
# Words of --fail-under for the kinds of simulator.coverage.points.
_KINDS: Final = {
    "states": "state",
    "transitions": "transition",
    "rules": "rule",
    "retriers": "retrier",
    "catchers": "catcher",
    "failures": "failure",
    "decisions": "decision",
}


def coverage_options(function: Decorated) -> Decorated:
    """--coverage, --fail-under, --coverage-report and --diagrams."""
    for option in reversed(
        (
            click.option(
                "--coverage",
                "show_coverage",
                is_flag=True,
                help="Print what the scenarios took of each workflow, and what they never took.",
            ),
            click.option(
                "--fail-under",
                "fail_under",
                multiple=True,
                metavar="[KIND=]PERCENT",
                help="Exit code 1 when less is taken of states or of transitions; of one kind with"
                f" KIND=: {', '.join(_KINDS)}. May be given several times.",
            ),
            click.option(
                "--coverage-report",
                "coverage_reports",
                multiple=True,
                type=click.Path(dir_okay=False, path_type=Path),
                help="Write the coverage on the lines of templates and definitions: .json, .xml for"
                " Cobertura, .info for LCOV, .txt for what --coverage prints. May be given several times.",
            ),
            click.option(
                "--diagrams",
                type=click.Path(file_okay=False, path_type=Path),
                help="Draw each workflow with all its executions laid over it into this folder.",
            ),
        )
    ):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class CoverageWishes:
    """What the options ask for. `least` has percents by the words of --fail-under."""

    shown: bool
    least: Mapping[str, float]
    reports: tuple[Path, ...]
    diagrams: Path | None

    @classmethod
    def of(
        cls,
        shown: bool,  # noqa: FBT001 - as click gives it
        fail_under: Sequence[str],
        reports: tuple[Path, ...],
        diagrams: Path | None,
    ) -> CoverageWishes:
        """Raises click.UsageError."""
        least: dict[str, float] = {}
        for text in fail_under:
            least |= _least(text)
        for report in reports:
            if report.suffix not in _SUFFIXES:
                message = (
                    f"--coverage-report {report}: the ending must be .json, .xml, .info or .txt"
                )
                raise click.UsageError(message)
            _must_be_writable("--coverage-report", report)
        if diagrams is not None:
            _must_be_writable("--diagrams", diagrams / "x.svg")
        return cls(shown, least, reports, diagrams)

    def __bool__(self) -> bool:
        return self.shown or bool(self.least or self.reports) or self.diagrams is not None

    @property
    def written(self) -> tuple[Path, ...]:
        """The files and the folder that `meet` writes."""
        return self.reports if self.diagrams is None else (*self.reports, self.diagrams)

    def meet(self, project: Project, verdicts: Sequence[Verdict]) -> int:
        """Print and write all of it. 1 when less was taken than --fail-under says."""
        from simulator.coverage.table import terminal_text
        from simulator.report.text import writable

        suite = suite_of(project, verdicts)
        if self.shown or self.least:
            click.echo()
            click.echo(writable(terminal_text(suite, _NAMED)), nl=False)
        for report in self.reports:
            _write(report, writable(_report(suite, report.suffix)))
        if self.diagrams is not None:
            _draw(project, suite, self.diagrams)
        return self._judge(suite)

    def _judge(self, suite: Suite) -> int:
        code = 0
        if self.least and not suite.executions:
            click.echo("--fail-under: nothing is covered", err=True)
            return FAILED
        for word, percent in self.least.items():
            figure = suite.figure(_KINDS[word])  # type: ignore[arg-type]  # a Kind, by the table
            if figure.percent < percent:
                message = f"{word}: {figure.taken} of {figure.total} are taken, under {percent:g} %"
                click.echo(message, err=True)
                code = FAILED
        return code


def suite_of(project: Project, verdicts: Sequence[Verdict]) -> Suite:
    """The coverage of verdicts that were replayed with `audit`."""
    from simulator.coverage.coverage import Suite, Taken

    taken = Taken()
    for verdict in verdicts:
        if verdict.coverage is not None:
            taken = taken + verdict.coverage
    workflows = project.workflows.values()
    return Suite.of(((one.name, one.machine, one.path) for one in workflows), taken)


def _least(text: str) -> dict[str, float]:
    word, equals, number = text.rpartition("=")
    try:
        percent = float(number)
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:
        raise click.UsageError(f"--fail-under wants a percentage from 0 to 100, not '{text}'")
    if not equals:
        return {"states": percent, "transitions": percent}
    if word not in _KINDS:
        raise click.UsageError(f"--fail-under knows {', '.join(_KINDS)}, not '{word}'")
    return {word: percent}


def _must_be_writable(option: str, path: Path) -> None:
    above = next(folder for folder in path.parents if folder.exists())
    if not above.is_dir():
        raise click.UsageError(f"{option} {path}: {above} is not a folder")


def _report(suite: Suite, suffix: str) -> str:
    if suffix == ".xml":
        from simulator.coverage.cobertura import cobertura_xml

        return cobertura_xml(suite)
    if suffix == ".info":
        from simulator.coverage.lcov import lcov_info

        return lcov_info(suite)
    if suffix == ".txt":
        from simulator.coverage.table import coverage_text

        return coverage_text(suite)
    import json

    return json.dumps(suite.to_json(), indent=2, ensure_ascii=False) + "\n"


def _draw(project: Project, suite: Suite, folder: Path) -> None:
    from simulator.diagrams.svg import draw_svg

    for workflow in project.workflows.values():
        overlay = suite.workflows[workflow.name].overlay()
        svg = draw_svg(workflow.machine, title=workflow.name, overlay=overlay)
        _write(folder / f"{workflow.stem}.svg", svg)


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
