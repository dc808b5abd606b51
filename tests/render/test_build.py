"""Plans of the folder of rendered files."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import SourceError, UsageError
from simulator.render.build import Change, Parameters, apply, diff, plan

PARAMETERS = """\
default: {wait: 60, name: flow}
stages:
  prod: {wait: 600}
  test:
"""
PLAIN, PROD = '{\n  "wait": 60\n}\n', '{\n  "wait": 600\n}\n'
FIXED = "[]\n"


@pytest.fixture
def workflows(tmp_path: Path) -> Path:
    folder = tmp_path / "workflows"
    folder.mkdir()
    (folder / "parameters.yaml").write_text(PARAMETERS)
    (folder / "flow.asl.json.j2").write_text('{"wait": {{ wait }}}')
    (folder / "fixed.asl.json.j2").write_text("[]")
    return folder


def test_a_stage_has_files_of_its_own_only_where_they_differ(workflows: Path) -> None:
    rendered = workflows / "rendered"
    default = [
        Change(rendered / "fixed.asl.json", None, FIXED),
        Change(rendered / "flow.asl.json", None, PLAIN),
    ]
    prod = [Change(rendered / "prod" / "flow.asl.json", None, PROD)]
    assert plan(workflows, stage="default") == default
    assert plan(workflows, stage="prod") == prod
    assert plan(workflows, stage="test") == []
    assert plan(workflows) == default + prod


def test_applying_a_plan_leaves_nothing_to_do(workflows: Path) -> None:
    apply(plan(workflows))
    rendered = workflows / "rendered"
    assert plan(workflows) == []
    assert sorted(str(path.relative_to(rendered)) for path in rendered.rglob("*")) == [
        "fixed.asl.json",
        "flow.asl.json",
        "prod",
        "prod/flow.asl.json",
    ]
    assert (rendered / "flow.asl.json").read_bytes() == PLAIN.encode()


def test_files_whose_template_or_stage_is_gone_are_removed(workflows: Path) -> None:
    apply(plan(workflows))
    (workflows / "fixed.asl.json.j2").unlink()
    old = workflows / "rendered/old/flow.asl.json"
    old.parent.mkdir()
    old.write_text("{}")
    changes = plan(workflows)
    assert changes == [
        Change(workflows / "rendered/fixed.asl.json", FIXED, None),
        Change(old, "{}", None),
    ]
    apply(changes)
    assert plan(workflows) == []


def test_a_diff_shows_new_changed_and_removed_files() -> None:
    changes = [
        Change(Path("a"), None, "x\n"),
        Change(Path("b"), "x\ny", "x\nz\n"),
        Change(Path("c"), "x\n", None),
    ]
    assert diff(changes) == (
        "--- /dev/null\n+++ a\n@@ -0,0 +1 @@\n+x\n"
        "--- b\n+++ b\n@@ -1,2 +1,2 @@\n x\n-y\n\\ No newline at end of file\n+z\n"
        "--- c\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    )
    assert diff([]) == ""


def test_nothing_is_half_written(workflows: Path) -> None:
    rendered = workflows / "rendered"
    rendered.mkdir()
    (rendered / "flow.asl.json").write_text("old")
    blocked = rendered / "z"
    blocked.write_text("a file where a folder should be")
    with pytest.raises(OSError, match="z"):
        apply(
            [
                Change(rendered / "flow.asl.json", "old", "new"),
                Change(blocked / "flow.asl.json", None, "new"),
            ]
        )
    assert sorted(path.name for path in rendered.iterdir()) == ["flow.asl.json", "z"]
    assert (rendered / "flow.asl.json").read_text() == "old"


def test_all_templates_problems_come_together(workflows: Path) -> None:
    (workflows / "flow.asl.json.j2").write_text("{{ a }}")
    (workflows / "fixed.asl.json.j2").write_text("[")
    with pytest.raises(SourceError) as caught:
        plan(workflows)
    assert [problem.code for problem in caught.value.problems] == ["RND006", "RND003"]


def test_an_unknown_stage_is_refused(workflows: Path) -> None:
    with pytest.raises(UsageError, match=r"no stage is named 'prd'.*did you mean 'prod'\?"):
        plan(workflows, stage="prd")
    with pytest.raises(UsageError, match="known: default, prod, test"):
        plan(workflows, stage="xyz")


def test_a_stage_changes_only_what_it_names() -> None:
    parameters = Parameters({"a": 1, "b": 2}, {"prod": {"b": 3}})
    assert parameters.of(None) == {"a": 1, "b": 2}
    assert parameters.of("prod") == {"a": 1, "b": 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "it must be an object with the keys default and stages"),
        ("defaults: {}", "unknown key 'defaults'; it may have default and stages"),
        ("default: 1", "'default' must be an object"),
        ("stages: {prod: [1]}", "'prod' must be an object"),
        ("stages: {1: {}}", "the names in 'stages' must be texts; put quotes around them"),
        ("default: {", "not YAML: "),
    ],
)
def test_wrong_parameters_are_refused(workflows: Path, text: str, message: str) -> None:
    path = workflows / "parameters.yaml"
    path.write_text(text)
    with pytest.raises(SourceError) as caught:
        Parameters.read(workflows)
    (problem,) = caught.value.problems
    assert (problem.code, problem.location.path) == ("RND008", path)
    assert problem.message.startswith(message)


def test_without_parameters_templates_see_nothing(workflows: Path) -> None:
    (workflows / "parameters.yaml").unlink()
    assert Parameters.read(workflows) == Parameters({}, {})
    (workflows / "parameters.yaml").write_text("# nothing yet")
    assert Parameters.read(workflows) == Parameters({}, {})
    with pytest.raises(UsageError, match="there is no folder"):
        plan(workflows / "none")
