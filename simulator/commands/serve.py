"""`simulator serve`: the project's pages and its simulated API on 127.0.0.1."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from simulator.commands.common import load_project, project_options, read_clock


@click.command(name="serve")
@project_options
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
@click.option(
    "--pages", help="The folder of static pages; none means the setting compliance.pages."
)
@click.option("--clock", help="The virtual time at the start; now, when it is not given.")
@click.option(
    "--speed",
    type=click.FloatRange(0, 86400),
    default=1.0,
    show_default=True,
    help="Virtual seconds that pass in a second.",
)
def command(
    root: Path,
    template: str | None,
    parameters: tuple[str, ...],
    stage: str | None,
    port: int,
    pages: str | None,
    clock: str | None,
    speed: float,
) -> int:
    """Show the project: its pages at /, its API at /api, AWS and the world outside simulated.

    Only this machine can reach it. It is for looking at; stop it with Ctrl-C.
    """
    project = load_project(root, template, parameters, stage)
    from simulator.problems import Location
    from simulator.scenarios.scenario import Scenario
    from simulator.scenarios.vocabulary import vocabulary_of
    from simulator.scenarios.world import World
    from simulator.server.demonstration import Demonstration
    from simulator.server.loopback import ADDRESS, Loopback
    from simulator.simulation.world import Simulation

    vocabulary = vocabulary_of(project)
    start = datetime.now(UTC).replace(microsecond=0) if clock is None else read_clock(clock)
    shown = pages or project.settings.compliance.get("pages")
    loopback = Loopback(port)
    place = Location(project.template.path)
    scenario = Scenario("serve", "a demonstration", place.path, place, clock=start)
    with Simulation(project, start=start, schedules="automatic") as simulation:
        world = World(simulation, scenario)
        for preparation in vocabulary.preparations:
            preparation(world)
        began = time.monotonic()

        def elapsed() -> timedelta:
            return timedelta(seconds=time.monotonic() - began)

        demonstration = Demonstration(
            simulation, project.root / str(shown) if shown else None, elapsed, speed
        )
        click.echo(f"http://{ADDRESS}:{loopback.port}/  (API below /api; Ctrl-C stops it)")
        try:
            loopback.serve(demonstration)
        except KeyboardInterrupt:
            click.echo("stopped")
    return 0
