"""The pytest plugin: scenario files are tests, and tests get the project and a world of it."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.commands.conftest import FILES, write_files

pytest_plugins = ["pytester"]

FAILING = """\
{
  "schema": "scenario/1",
  "id": "S2",
  "workflow": "Hello",
  "steps": [{"send": "start", "input": {"n": 1}}],
  "expect": {"path": ["Greet", "Done"]}
}
"""
# The file's line is 1 because a scenario is one JSON object.
DIFFERENCE = """\
FAIL S2  Greet → Work  (virtual 0 s)
     expect.path[1]: wanted "Done", got "Work"
     left the expected path after Greet: expected Done, got Work
     demo-Hello {name}: SUCCEEDED
     again: simulator replay tests/scenarios/S2.json --seed {seed}"""
# Other plugins take their time.
ALONE = ("-p", "no:randomly", "-p", "no:cacheprovider")
NAMES = {0: "ba60ab2f-9d84-4972-9054-edf4e92f7c21"}


@pytest.fixture(scope="module", autouse=True)
def loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Everything a run imports is imported once: pytester forgets what an inner run imports."""
    from simulator.project.project import Project
    from simulator.scenarios.reading import load
    from simulator.scenarios.replay import replay_one
    from simulator.scenarios.vocabulary import Vocabulary

    root = write_files(tmp_path_factory.mktemp("warm"), FILES)
    (scenario,) = load(root / "tests")
    assert replay_one(Project.load(root), scenario, Vocabulary()).status == "passed"


@pytest.fixture
def run(pytester: pytest.Pytester, project_in: Any) -> Any:
    """run(files, *options) → pytest's result on the small project with these files."""

    def start(files: dict[str, str | None], *options: str) -> pytest.RunResult:
        root = project_in(pytester.path, files)
        assert root == pytester.path
        return pytester.runpytest_inprocess(*ALONE, *options)

    return start


def test_a_scenario_is_a_test(run: Any) -> None:
    result = run({}, "-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["tests/scenarios/S1.json::S1 PASSED*"])
    assert result.ret == 0


def test_a_failing_scenario_shows_the_difference_and_the_command(run: Any) -> None:
    result = run({"tests/scenarios/S2.json": FAILING})
    result.assert_outcomes(passed=1, failed=1)
    text = result.stdout.str()
    assert DIFFERENCE.format(name=NAMES[0], seed=0) in text
    assert "Traceback" not in text
    assert "scenario S2" in text


def test_the_seed_may_be_given(run: Any) -> None:
    own = FAILING.replace('"steps"', '"given": {"seed": 3}, "steps"')
    for options, seed in (((), 3), (("--simulator-seed", "0"), 0)):
        result = run({"tests/scenarios/S2.json": own}, *options)
        assert f"again: simulator replay tests/scenarios/S2.json --seed {seed}\n" in (
            result.stdout.str()
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            FAILING.replace('"expect"', '"expct"'),
            "tests/scenarios/S2.json:6:3: SCN004: unknown key 'expct' in a scenario; did you mean"
            " 'expect'?",
        ),
        (
            FAILING.replace('"id": "S2",', '"id": "S2"'),
            "tests/scenarios/S2.json:4:3: ASL001: not JSON: Expecting ',' delimiter",
        ),
        (
            FAILING.replace("Hello", "Helo"),
            "tests/scenarios/S2.json:4:3: SCN013: the template has no workflow 'Helo'; did you mean"
            " 'Hello'?",
        ),
    ],
)
def test_a_broken_scenario_is_a_collection_error_without_a_traceback(
    text: str, message: str, run: Any
) -> None:
    result = run({"tests/scenarios/S2.json": text})
    result.assert_outcomes(errors=1)
    lines = result.stdout.lines
    start = next(number for number, line in enumerate(lines) if "ERROR collecting" in line)
    assert lines[start + 1] == message
    assert lines[start + 2].startswith("====")


def test_a_broken_project_is_a_collection_error_too(run: Any) -> None:
    result = run({"template.yaml": "Resources: [\n"})
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["template.yaml:2:1: PRJ002: not YAML: *"])


def test_a_handler_that_does_not_import_fails_without_a_traceback(run: Any) -> None:
    result = run({"src/app.py": "import nothing_there\n"})
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["template.yaml:4:3: PRJ064: the handler app.work of Work *"])
    assert "Traceback" not in result.stdout.str()


def test_other_data_files_are_no_tests(run: Any) -> None:
    result = run({"tests/data.json": '{"a": 1}', "tests/scenarios/S1.json": None})
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_the_fixtures_give_the_project_and_a_fresh_world(run: Any) -> None:
    text = """\
from datetime import UTC, datetime

import pytest

from simulator.engine.ports import Success

def test_project(project):
    assert project.workflow("hello").name == "demo-Hello"

def test_world(simulation, project):
    assert simulation.project is project
    run = simulation.start("Hello", {"n": 1})
    simulation.run(until=run)
    assert run.output == {"done": {"n": 1}}

@pytest.mark.simulation(start=datetime(2027, 1, 1, tzinfo=UTC), mocks={"Work": [Success(5)]})
class TestMarked:
    @pytest.mark.simulation(seed=4)
    def test_options(self, simulation):
        assert (simulation.now.year, simulation.seed) == (2027, 4)
        run = simulation.start("Hello", {})
        simulation.run()
        assert run.output == 5

    def test_another_world(self, simulation):
        assert (simulation.executions, simulation.seed) == ([], 0)
"""
    run({"tests/test_it.py": text}, "-o", "markers=").assert_outcomes(passed=5)


def test_a_test_may_change_its_folder_and_still_run_the_project(run: Any) -> None:
    text = """\
def test_elsewhere(simulation, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = simulation.start("Hello", {"n": 1})
    simulation.run()
    assert run.output == {"done": {"n": 1}}
"""
    run({"tests/test_it.py": text}, "-k", "elsewhere").assert_outcomes(passed=1, deselected=1)


def test_the_project_may_lie_in_another_folder(pytester: pytest.Pytester, project_in: Any) -> None:
    project_in(pytester.path / "app", {"tests/scenarios/S2.json": FAILING})
    pytester.makeini("[pytest]\nsimulator_project = app\n")
    result = pytester.runpytest_inprocess(*ALONE)
    result.assert_outcomes(passed=1, failed=1)
    assert (
        "again: simulator replay app/tests/scenarios/S2.json --seed 0 --project app\n"
        in result.stdout.str()
    )


def test_an_error_of_our_own_keeps_its_traceback(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not a verdict is a bug, and a bug needs its place."""
    import simulator.scenarios.replay

    def broken(*_arguments: Any, **_options: Any) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(simulator.scenarios.replay, "replay_one", broken)
    result = run({})
    result.assert_outcomes(failed=1)
    assert "RuntimeError: ours" in result.stdout.str()
    assert sys.modules["simulator.scenarios.replay"] is simulator.scenarios.replay
