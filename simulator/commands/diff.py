"""`simulator diff`: what changed between two versions of a workflow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.changes.changes import Change


@click.command(name="diff")
@click.argument("old", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("new", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to tell.",
)
@click.option("--comments", is_flag=True, help="Changed comments count too.")
@click.option(
    "--svg",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw both versions in one: added green, removed red, changed amber.",
)
def command(old: Path, new: Path, style: str, svg: Path | None, *, comments: bool) -> int:
    """Tell what changed from the definition OLD to the definition NEW, state by state.

    Formatting, the order of fields and defaults that are written out are no changes. Exit code 0:
    the same; 1: not the same; 2: one cannot be read.
    """
    before, after = _read(old), _read(new)
    from simulator.changes.changes import changes
    from simulator.changes.text import changes_json, changes_text
    from simulator.report.text import writable

    found = changes(before, after, comments=comments)
    if svg is not None:
        svg.write_text(_drawn(before, after, found, new), encoding="utf-8")
    text = changes_text(found) if style == "text" else changes_json(found)
    click.echo(writable(text), nl=False)
    return 1 if found else 0


def _read(path: Path) -> dict[str, Any]:
    """A definition that the service would take. Raises SourceError."""
    from simulator.asl.parse import parse
    from simulator.asl.source import Source
    from simulator.commands.definitions import read_text
    from simulator.errors import SourceError

    if path.suffix == ".j2":
        raise click.UsageError(
            f"{path} is a template; compare what `simulator build` renders of it"
        )
    source = Source.read(read_text(path), path)
    machine, problems = parse(source)
    if machine is None or not isinstance(source.value, dict):
        raise SourceError(problems)
    return source.value


def _drawn(
    before: dict[str, Any], after: dict[str, Any], found: Sequence[Change], path: Path
) -> str:
    from simulator.asl.parse import parse
    from simulator.asl.source import Source
    from simulator.changes.changes import with_new_names
    from simulator.changes.drawing import both, tints
    from simulator.diagrams.svg import draw_svg

    old, new = (
        parse(Source.of(value, path))[0] for value in (with_new_names(before, after), after)
    )
    assert old is not None and new is not None  # noqa: S101, PT018 - both have been parsed once
    machine = both(old, new)
    title = path.name.partition(".")[0]
    return draw_svg(machine, title=title, tints=tints(found, after, machine))
