"""The pytest plugin: scenario files are tests; fixtures `project` and `simulation`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from simulator.project.project import Project
    from simulator.scenarios.scenario import Scenario
    from simulator.scenarios.vocabulary import Vocabulary
    from simulator.simulation.world import Simulation

SUFFIXES = frozenset({".json", ".yaml", ".yml"})
SCHEMA = b"scenario/1"
_KEY = "simulator_loaded"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("simulator_project", "the folder of the SAM project", default=".")
    group = parser.getgroup("simulator")
    group.addoption(
        "--simulator-seed", type=int, help="seed of the scenarios, instead of their own"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "simulation(**options): options of the `simulation` fixture: start, seed, mocks, faults, ...",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix not in SUFFIXES or SCHEMA not in file_path.read_bytes():
        return None
    collected: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)
    return collected


def _loaded(config: pytest.Config) -> tuple[Project, Vocabulary]:
    """The project and its vocabulary, once a session. Raises SourceError."""
    stash = config.__dict__.setdefault(_KEY, {})
    if "project" not in stash:
        from simulator.project.project import Project
        from simulator.scenarios.vocabulary import vocabulary_of

        project = Project.load(config.rootpath / str(config.getini("simulator_project")))
        stash["project"] = project
        stash["vocabulary"] = vocabulary_of(project)
    return stash["project"], stash["vocabulary"]


def _told(error: Exception) -> str:
    """Without a traceback, and with the places of problems as seen from the current folder."""
    from simulator.errors import SourceError
    from simulator.scenarios.places import from_here

    if not isinstance(error, SourceError):
        return str(error)
    places = [replace(item.location, path=from_here(item.location.path)) for item in error.problems]
    seen = zip(error.problems, places, strict=True)
    return "\n".join(str(replace(problem, location=place)) for problem, place in seen)


class ScenarioFile(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        from simulator.errors import SimulatorError, SourceError
        from simulator.scenarios.names import unknown_names
        from simulator.scenarios.places import from_here
        from simulator.scenarios.reading import load

        try:
            project, vocabulary = _loaded(self.config)
            scenarios = load([from_here(self.path)], vocabulary)
            if problems := unknown_names(project, scenarios, vocabulary):
                raise SourceError(problems)
        except SimulatorError as error:
            raise self.CollectError(_told(error)) from None
        for scenario in scenarios:
            yield ScenarioItem.from_parent(self, name=scenario.id, scenario=scenario)


class ScenarioItem(pytest.Item):
    def __init__(self, *, scenario: Scenario, **options: Any) -> None:
        super().__init__(**options)
        self.scenario = scenario

    def runtest(self) -> None:
        from simulator.report.text import failure_text
        from simulator.scenarios.places import from_here
        from simulator.scenarios.replay import replay_one

        project, vocabulary = _loaded(self.config)
        seed = self.config.getoption("--simulator-seed")
        verdict = replay_one(project, self.scenario, vocabulary, seed=seed)
        if verdict.status != "passed":
            where = from_here(project.root).as_posix()
            options = () if where == "." else ("--project", where)
            raise ScenarioFailed(failure_text(replace(verdict, options=options)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any) -> Any:
        from simulator.errors import SimulatorError

        if isinstance(excinfo.value, ScenarioFailed | SimulatorError):
            return _told(excinfo.value)
        return super().repr_failure(excinfo, *args)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, max(self.scenario.location.line - 1, 0), f"scenario {self.scenario.id}"


class ScenarioFailed(Exception):
    """Its text is the report of one scenario."""


@pytest.fixture(scope="session")
def project(request: pytest.FixtureRequest) -> Project:
    """The SAM project of the rootdir, or of the ini option `simulator_project`."""
    return _loaded(request.config)[0]


@pytest.fixture
def simulation(request: pytest.FixtureRequest) -> Iterator[Simulation]:
    """A fresh world of the project; `@pytest.mark.simulation(seed=1, mocks={...})` sets it up."""
    from simulator.scenarios.scenario import DEFAULT_CLOCK
    from simulator.simulation.world import Simulation

    options: dict[str, Any] = {"start": DEFAULT_CLOCK}
    for marker in reversed(list(request.node.iter_markers("simulation"))):
        options.update(marker.kwargs)
    with Simulation(_loaded(request.config)[0], **options) as world:
        yield world
