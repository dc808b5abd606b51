"""`simulator replay`: what it prints, writes and answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

FAILING = """\
{
  "schema": "scenario/1",
  "id": "S1",
  "title": "one greeting",
  "workflow": "Hello",
  "given": {"seed": 7},
  "steps": [{"send": "start", "input": {"n": 1}}],
  "expect": {"path": ["Greet"], "executions_started": 2}
}
"""
FAILED_TEXT = """\
FAIL S1  Greet → Work  (virtual 0 s)
     one greeting ({file}:1:1)
     expect.path[1]: wanted nothing, got "Work"
     expect.executions_started: wanted 2, got 1
     left the expected path after Greet: expected the end, got Work
     demo-Hello {name}: SUCCEEDED
     again: simulator replay {file} --seed 7{options}
1 scenario: 1 failed
"""
FILE = "tests/scenarios/S1.json"


def told(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_passing_scenario_is_one_line(small: Any, simulator: Any) -> None:
    small()
    ran = simulator("replay")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "PASS S1  Greet → Work  (virtual 0 s)\n1 scenario: 1 passed\n"


@pytest.mark.parametrize(
    "paths", [(), (FILE,), ("tests/scenarios",), ("tests/*/S*.json",), (FILE, "tests")]
)
def test_paths_in_reports_start_at_the_current_folder(
    paths: tuple[str, ...], small: Any, simulator: Any
) -> None:
    root = small({FILE: FAILING})
    for given in (paths, [root / path for path in paths if "*" not in path]):
        ran = simulator("replay", *given, "--report", "r.json", "--report", "r.xml")
        name = told(root / "r.json")["scenarios"][0]["executions"][0]["name"]
        failed = FAILED_TEXT.format(file=FILE, name=name, options="")
        assert ran.out == failed + "written: r.json r.xml\n"
        written = (root / "r.json").read_text() + (root / "r.xml").read_text()
        assert str(root) not in written


def test_a_project_elsewhere_has_its_vocabulary(
    small: Any, simulator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "def register(vocabulary):\n    vocabulary.probe('calm')(lambda world, want: ())\n"
    settings = '[tool.simulator]\nvocabulary = "words"\n'
    root = small({"pyproject.toml": settings, "words/__init__.py": words})
    scenario = json.loads((root / "tests/scenarios/S1.json").read_text())
    scenario["expect"]["calm"] = True
    (root / "tests/scenarios/S1.json").write_text(json.dumps(scenario))
    monkeypatch.chdir(root / "src")
    ran = simulator("replay", "--project", "..")
    assert (ran.code, ran.err) == (0, "")


def test_a_path_outside_the_current_folder_stays_as_given(
    small: Any, simulator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = small({FILE: FAILING})
    monkeypatch.chdir(root / "src")
    ran = simulator("replay", f"../{FILE}", "--project", "..")
    assert ran.out.splitlines()[-2:] == [
        f"     again: simulator replay ../{FILE} --seed 7 --project ..",
        "1 scenario: 1 failed",
    ]
    ran = simulator("replay", root / FILE, "--project", root)
    again = f"simulator replay {root / FILE} --seed 7 --project {root}"
    assert ran.out.splitlines()[-2] == f"     again: {again}"


def test_the_printed_command_repeats_the_run_with_its_project(small: Any, simulator: Any) -> None:
    config = "version = 0.1\n[prod.global.parameters]\nstack_name = 'demo'\n"
    root = small({FILE: FAILING, "samconfig.toml": config})
    template = root / "template.yaml"
    template.write_text(
        template.read_text().replace("Resources:", "Parameters: {Who: {Type: String}}\nResources:")
    )
    options = ("--template", "template.yaml", "--parameter", "Who=a b", "--stage", "prod")
    ran = simulator("replay", "--seed", "3", *options)
    again = ran.out.splitlines()[-2].strip()
    assert again == (
        f"again: simulator replay {FILE} --seed 3 --template template.yaml --parameter 'Who=a b'"
        " --stage prod"
    )


def test_reports_are_the_same_bytes_from_two_clones_and_two_runs(
    tmp_path: Path, project_in: Any, simulator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = """\
def register(vocabulary):
    @vocabulary.probe("broken")
    def broken(world, want):
        raise RuntimeError("the probe is broken")
"""
    texts = []
    for folder in ("one", "two/deeper", "one"):
        root = project_in(
            tmp_path / folder,
            {
                FILE: FAILING,
                "tests/scenarios/S2.json": FAILING.replace('"S1"', '"S2"').replace(
                    '"path": ["Greet"]', '"broken": 1'
                ),
                "words/__init__.py": words,
                "pyproject.toml": "[tool.simulator]\nstack = 'demo'\nvocabulary = 'words'\n",
            },
        )
        monkeypatch.chdir(root)
        ran = simulator("replay", root / "tests", "--report", "r.json", "--report", "r.xml")
        assert ran.code == 1
        texts.append((ran.out, (root / "r.json").read_bytes(), (root / "r.xml").read_bytes()))
    assert texts[0] == texts[1] == texts[2]
    assert "     run: RuntimeError: the probe is broken (words/__init__.py:4)\n" in texts[0][0]


def test_seed_0_is_a_seed_and_none_is_the_scenarios_own(small: Any, simulator: Any) -> None:
    root = small({FILE: FAILING})
    seeds = []
    for options in ((), ("--seed", "0"), ("--seed", "5")):
        simulator("replay", *options, "--report", "r.json")
        seeds.append(told(root / "r.json")["scenarios"][0]["seed"])
    assert seeds == [7, 0, 5]


def test_the_json_report_tells_everything(small: Any, simulator: Any) -> None:
    root = small({FILE: FAILING})
    simulator("replay", "--report", "out/deep/r.json")
    report = told(root / "out/deep/r.json")
    name = report["scenarios"][0]["executions"][0]["name"]
    assert report == {
        "schema": "report/1",
        "counts": {"passed": 0, "failed": 1, "error": 0},
        "scenarios": [
            {
                "id": "S1",
                "title": "one greeting",
                "file": FILE,
                "status": "failed",
                "seed": 7,
                "interleavings": 1,
                "virtual_time": "PT0S",
                "path": ["Greet", "Work"],
                "notes": [],
                "differences": [
                    {
                        "where": "expect.path[1]",
                        "got": "Work",
                        "text": 'expect.path[1]: wanted nothing, got "Work"; the path was Greet →'
                        " Work",
                    },
                    {
                        "where": "expect.executions_started",
                        "want": 2,
                        "got": 1,
                        "text": "expect.executions_started: wanted 2, got 1",
                    },
                ],
                "executions": [
                    {
                        "workflow": "demo-Hello",
                        "name": name,
                        "status": "SUCCEEDED",
                        "error": None,
                    }
                ],
            }
        ],
    }


def test_the_junit_report_has_the_text_of_a_failure(small: Any, simulator: Any) -> None:
    root = small({FILE: FAILING})
    ran = simulator("replay", "--report", "r.xml")
    suite = ET.fromstring((root / "r.xml").read_text(encoding="utf-8"))[0]
    assert suite.attrib == {
        "name": "simulator",
        "tests": "1",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
        "time": "0.000000",
    }
    (case,) = suite
    assert case.attrib == {"classname": "tests/scenarios/S1", "name": "S1", "time": "0.000000"}
    (failure,) = case
    assert failure.tag == "failure"
    assert failure.get("message") == (
        'expect.path[1]: wanted nothing, got "Work"; the path was Greet → Work'
    )
    assert f"{failure.text}\n1 scenario: 1 failed\nwritten: r.xml\n" == ran.out


def test_scenarios_of_several_files_are_summed_up(small: Any, simulator: Any) -> None:
    broken = FAILING.replace('"S1"', '"S3"').replace('"seed": 7', '"quotas": {"no": 1}')
    root = small({"tests/scenarios/S2.json": FAILING.replace('"S1"', '"S2"')})
    (root / "tests/scenarios/S3.json").write_text(broken)
    ran = simulator("replay")
    assert ran.code == 1
    assert [line for line in ran.out.splitlines() if not line.startswith(" ")] == [
        "PASS S1  Greet → Work  (virtual 0 s)",
        "FAIL S2  Greet → Work  (virtual 0 s)",
        "ERROR S3  one greeting  (virtual 0 s)",
        "3 scenarios: 1 passed, 1 failed, 1 could not be judged",
    ]


def test_an_id_in_two_files_is_refused(small: Any, simulator: Any) -> None:
    small({"tests/scenarios/S2.json": FAILING})
    ran = simulator("replay")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"tests/scenarios/S2.json:1:1: SCN010: the id 'S1' is taken already by {FILE}; give one of"
        " them another id\n"
    )


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ((), ".: SCN001: no scenarios here; looked in tests/scenarios, scenarios, events"),
        (("src",), "src: SCN001: src holds no scenario; name a file or a folder"),
        (
            ("nowhere",),
            "nowhere: SCN001: nothing matches 'nowhere'; name a file, a folder or a glob",
        ),
        (
            ("x*.json",),
            "x*.json: SCN001: nothing matches 'x*.json'; name a file, a folder or a glob",
        ),
        (
            ("samples/other.json",),
            "samples/other.json:1:1: SCN012: neither a scenario nor an event; a scenario has"
            ' "schema": "scenario/1"; an event has "detail-type", "source" and "detail", or'
            ' "workflow" and "input", or "method" and "path"',
        ),
        (
            ("samples/list.json",),
            "samples/list.json: SCN001: the list holds no scenario",
        ),
        (
            ("samples/latin.json",),
            "samples/latin.json: SCN001: cannot read the file: not UTF-8",
        ),
    ],
)
def test_no_scenario_found_is_exit_code_2(
    paths: tuple[str, ...], message: str, small: Any, simulator: Any
) -> None:
    root = small({FILE: None, "samples/other.json": '{"a": 1}', "samples/list.json": "[]"})
    (root / "samples/latin.json").write_bytes(b'"\xe9"')
    ran = simulator("replay", *paths)
    assert (ran.code, ran.out, ran.err) == (2, "", f"{message}\n")


def test_a_folder_of_events_holds_bare_events(small: Any, simulator: Any) -> None:
    """One file, and everything in the folder; from inside the folder too."""
    start = '{"workflow": "Hello", "input": {"n": 1}}'
    files = {
        FILE: None,
        "events/start.json": start,
        "events/more/start.yaml": "- {workflow: Hello, input: {}, name: two}\n",
        "samples/start.json": start,
    }
    root = small(files)
    one = "PASS start  Greet → Work  (virtual 0 s)"
    two = "PASS start[0]  Greet → Work  (virtual 0 s)"
    assert simulator("replay", "samples/start.json").out.splitlines()[0] == one
    assert simulator("replay", "samples").code == 2  # data that does not say it is a scenario
    for paths in ((), ("events",), (root / "events",)):
        assert simulator("replay", *paths).out.splitlines()[:-1] == [two, one]


def test_inside_the_events_folder_it_is_one_too(
    small: Any, simulator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = small({"events/start.json": '{"workflow": "Hello", "input": {}}'})
    monkeypatch.chdir(root / "events")
    ran = simulator("replay", ".", "--project", "..")
    assert ran.out.splitlines()[0] == "PASS start  Greet → Work  (virtual 0 s)"


def test_a_folder_that_is_another_project_is_left_alone(small: Any, simulator: Any) -> None:
    small({"tests/other/template.yaml": "{}", "tests/other/S2.json": FAILING})
    assert simulator("replay", "tests").out.splitlines()[-1] == "1 scenario: 1 passed"


def test_verbose_shows_every_event_on_virtual_time(small: Any, simulator: Any) -> None:
    root = small()
    wait = {"Type": "Wait", "Seconds": 90, "Next": "Work"}
    hello = json.loads((root / "workflows/hello.asl.json").read_text())
    hello["States"]["Greet"] = wait
    (root / "workflows/hello.asl.json").write_text(json.dumps(hello))
    first, run, *events, summary = simulator("replay", "--verbose").out.splitlines()
    assert (first, summary) == ("PASS S1  Greet → Work  (virtual 90 s)", "1 scenario: 1 passed")
    assert run.endswith(": SUCCEEDED")
    assert events == [
        "        +0 s  1 ExecutionStarted",
        "        +0 s  2 WaitStateEntered Greet",
        "       +90 s  3 WaitStateExited Greet",
        "       +90 s  4 TaskStateEntered Work",
        "       +90 s  5 LambdaFunctionScheduled Work",
        "       +90 s  6 LambdaFunctionStarted Work",
        "       +90 s  7 LambdaFunctionSucceeded Work",
        "       +90 s  8 TaskStateExited Work",
        "       +90 s  9 ExecutionSucceeded",
    ]
