"""`simulator build`: templates into committed files, or one message at the template's line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FLOW = "workflows/flow.asl.json.j2"
MACROS = "workflows/macros/steps.j2"
PARAMETERS = "workflows/parameters.yaml"
RENDERED = "workflows/rendered/flow.asl.json"
TEMPLATE = """\
{% import "macros/steps.j2" as steps %}
{
  "StartAt": "Rest",
  "States": {"Rest": {{ steps.rest(seconds) }}}
}
"""
REST = """\
{% macro rest(seconds) %}
{"Type": "Wait", "Seconds": {{ seconds }}, "End": true}
{% endmacro %}
"""
WRITTEN = """\
{
  "StartAt": "Rest",
  "States": {
    "Rest": {
      "Type": "Wait",
      "Seconds": 60,
      "End": true
    }
  }
}
"""
DIFF = """\
--- workflows/rendered/flow.asl.json
+++ workflows/rendered/flow.asl.json
@@ -3,7 +3,7 @@
   "States": {
     "Rest": {
       "Type": "Wait",
-      "Seconds": 60,
+      "Seconds": 61,
       "End": true
     }
   }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """folder({name: text}): a folder with one template, one macro file and its parameters."""

    def make(files: dict[str, str] | None = None) -> Path:
        texts = {FLOW: TEMPLATE, MACROS: REST, PARAMETERS: "default: {seconds: 60}\n"}
        for name, text in (texts | (files or {})).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return make


def test_a_template_is_rendered_and_then_up_to_date(folder: Any, simulator: Any) -> None:
    root = folder()
    ran = simulator("build", "--check")
    assert (ran.code, ran.err) == (1, "1 rendered file not up to date; run: simulator build\n")
    assert not (root / RENDERED).exists()
    ran = simulator("build")
    assert (ran.code, ran.out, ran.err) == (0, f"wrote {RENDERED}\n", "")
    assert (root / RENDERED).read_text(encoding="utf-8") == WRITTEN
    ran = simulator("build", "--check")
    assert (ran.code, ran.out, ran.err) == (0, "all rendered definitions are up to date\n", "")
    ran = simulator("build")
    assert ran.out == "nothing to do: all rendered definitions are up to date\n"


def test_a_stale_file_fails_the_check_with_a_diff(folder: Any, simulator: Any) -> None:
    root = folder()
    simulator("build")
    (root / PARAMETERS).write_text("default: {seconds: 61}\n")
    ran = simulator("build", "--check")
    assert (ran.code, ran.out) == (1, DIFF)
    assert ran.err == "1 rendered file not up to date; run: simulator build\n"
    assert (root / RENDERED).read_text(encoding="utf-8") == WRITTEN


def test_files_without_a_template_are_stale_and_others_are_left_alone(
    folder: Any, simulator: Any
) -> None:
    root = folder()
    simulator("build")
    kept = [root / "workflows/rendered/README.md", root / "workflows/other.asl.json"]
    extra = [root / "workflows/rendered/gone.asl.json", root / "workflows/rendered/old/a.asl.json"]
    for path in (*kept, *extra):
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}\n")
    ran = simulator("build", "--check")
    assert (ran.code, ran.out) == (
        1,
        "--- workflows/rendered/gone.asl.json\n+++ /dev/null\n@@ -1 +0,0 @@\n-{}\n"
        "--- workflows/rendered/old/a.asl.json\n+++ /dev/null\n@@ -1 +0,0 @@\n-{}\n",
    )
    ran = simulator("build")
    assert ran.out == (
        "removed workflows/rendered/gone.asl.json\nremoved workflows/rendered/old/a.asl.json\n"
    )
    assert [path.exists() for path in (*kept, *extra)] == [True, True, False, False]


def test_a_stage_has_parameters_and_files_of_its_own(folder: Any, simulator: Any) -> None:
    root = folder({PARAMETERS: "default: {seconds: 60}\nstages:\n  prod: {seconds: 600}\n"})
    ran = simulator("build", "--stage", "prod")
    assert (ran.code, ran.out) == (0, "wrote workflows/rendered/prod/flow.asl.json\n")
    assert not (root / RENDERED).exists()
    assert simulator("build").out == f"wrote {RENDERED}\n"
    texts = [
        (root / "workflows/rendered" / name / "flow.asl.json").read_text() for name in ("", "prod")
    ]
    assert texts == [WRITTEN, WRITTEN.replace("60", "600")]
    ran = simulator("build", "--stage", "prd")
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        "error: no stage is named 'prd' in parameters.yaml; did you mean 'prod'?\n",
    )


COMMA = "is there a comma before a closing bracket, or a value without | tojson?"
FLAWS = {
    "an undefined name": (
        {FLOW: '{\n  "a": {{ secnds }}\n}'},
        f"{FLOW}:2: RND003: 'secnds' is undefined; did you mean 'seconds'?",
    ),
    "an undefined name inside a macro": (
        {MACROS: "\n{% macro rest(seconds) %}\n{{ nobody }}\n{% endmacro %}"},
        f"{MACROS}:3: RND003: 'nobody' is undefined; name it in parameters.yaml",
    ),
    "an undefined field": (
        {FLOW: '{"a":\n {{ seconds.half }}}'},
        f"{FLOW}:2: RND003: 'int object' has no attribute 'half'",
    ),
    "a macro that the file does not have": (
        {MACROS: "\n{% macro wait(seconds) %}{% endmacro %}"},
        f"{FLOW}:4: RND003: the imported file has no 'rest'",
    ),
    "a macro file that is not there": (
        {FLOW: TEMPLATE.replace("steps.j2", "step.j2")},
        f"{FLOW}:1: RND004: there is no 'macros/step.j2' to import or include; did you mean"
        " 'macros/steps.j2'?",
    ),
    "a syntax error": (
        {FLOW: '{"a":\n {% if %}}'},
        f"{FLOW}:2: RND002: template syntax: Expected an expression, got 'end of statement block'",
    ),
    "a syntax error inside a macro file": (
        {MACROS: REST.replace("{{ seconds }}", "{{ seconds | }}")},
        f"{MACROS}:2: RND002: template syntax: expected token 'name', got 'end of print statement'",
    ),
    "JSON that does not parse": (
        {FLOW: '{\n  "a": 1,\n  "b" 2\n}\n'},
        f"{FLOW}:3: RND006: what it renders is not JSON: Expecting ':' delimiter, at 2 }}",
    ),
    "JSON that does not parse, from a macro": (
        {MACROS: REST.replace("true", "yes")},
        f"{MACROS}:2: RND006: what it renders is not JSON: Expecting value, at yes}} }} }}; {COMMA}",
    ),
    "a key twice, from a macro": (
        {MACROS: REST.replace('"End"', '\n"Type"')},
        f'{MACROS}:3: RND007: the key "Type" is there twice in one object',
    ),
    "wrong arguments of a macro": (
        {FLOW: TEMPLATE.replace("(seconds)", "(seconds, 1)")},
        f"{FLOW}:4: RND005: the template fails: TypeError: macro 'rest' takes not more than 1"
        " argument(s)",
    ),
    "parameters that are not YAML": (
        {PARAMETERS: "default: {seconds: 60\n"},
        f"{PARAMETERS}:2:1: RND008: not YAML: expected ',' or '}}', but got '<stream end>'",
    ),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_is_told_at_its_line_and_nothing_is_written(
    flaw: str, folder: Any, simulator: Any
) -> None:
    files, message = FLAWS[flaw]
    root = folder({"workflows/sound.asl.json.j2": "{}", **files})
    for options in ((), ("--check",)):
        ran = simulator("build", *options)
        assert (ran.code, ran.out, ran.err) == (2, "", f"{message}\n")
    assert not (root / "workflows/rendered").exists()


def test_parameters_that_are_not_text_are_told(folder: Any, simulator: Any) -> None:
    root = folder()
    (root / PARAMETERS).write_bytes(b"default: {a: '\xe9'}")
    ran = simulator("build")
    assert (ran.code, ran.err) == (
        2,
        f"{PARAMETERS}: RND008: not UTF-8: 'utf-8' codec can't decode byte 0xe9 in position 14:"
        " invalid continuation byte\n",
    )


UNSAFE = "RND005: the template fails: SecurityError: access to attribute"
MISSING = "to import or include; names count from the template's folder"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("{{ ().__class__.__mro__ }}", f"{UNSAFE} '__class__' of 'tuple' object is unsafe."),
        ("{{ seconds|attr('__class__') }}", f"{UNSAFE} '__class__' of 'int' object is unsafe."),
        (
            "{{ cycler.__init__.__globals__.os.system('x') }}",
            f"{UNSAFE} '__init__' of 'type' object is unsafe.",
        ),
        (
            "{{ self.__init__.__globals__ }}",
            f"{UNSAFE} '__init__' of 'TemplateReference' object is unsafe.",
        ),
        (
            "{{ '{0.__class__.__mro__}'.format(seconds) }}",
            f"{UNSAFE} '__class__' of 'int' object is unsafe.",
        ),
        ("{% set x = [] %}{{ x.append(1) }}", f"{UNSAFE} 'append' of 'list' object is unsafe."),
        (
            "{{ range(1000000)|list|length }}",
            "RND005: the template fails: OverflowError: Range too big. The sandbox blocks ranges"
            " larger than MAX_RANGE (100000).",
        ),
        ("{{ [1, 2]|random }}", "RND002: template syntax: No filter named 'random'."),
        ("{{ lipsum() }}", "RND003: 'lipsum' is undefined; name it in parameters.yaml"),
        ("{% include '/etc/hostname' %}", f"RND004: there is no '/etc/hostname' {MISSING}"),
        ("{% include '../secret.txt' %}", f"RND004: there is no '../secret.txt' {MISSING}"),
    ],
)
def test_a_template_cannot_leave_its_sandbox(
    expression: str, message: str, folder: Any, simulator: Any
) -> None:
    folder({"secret.txt": '"secret"', FLOW: f'{{"a":\n {expression}}}'})
    ran = simulator("build")
    assert (ran.code, ran.out, ran.err) == (2, "", f"{FLOW}:2: {message}\n")


def test_a_file_that_cannot_be_written_leaves_all_as_it_was(folder: Any, simulator: Any) -> None:
    root = folder({PARAMETERS: "default: {seconds: 60}\nstages:\n  prod: {seconds: 600}\n"})
    blocked = root / "workflows/rendered/prod"
    blocked.parent.mkdir()
    (root / RENDERED).write_text("old")
    blocked.write_text("a file where a folder should be")
    ran = simulator("build")
    assert (ran.code, ran.out, ran.err) == (2, "", "error: workflows/rendered/prod: File exists\n")
    assert sorted(path.name for path in blocked.parent.iterdir()) == ["flow.asl.json", "prod"]
    assert (root / RENDERED).read_text() == "old"


def test_without_templates_there_is_nothing_to_do(
    tmp_path: Path, simulator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = simulator("build")
    assert ran.code == 2
    assert "Directory 'workflows' does not exist" in ran.err
    (tmp_path / "workflows").mkdir()
    ran = simulator("build", "--workflows", "workflows")
    assert ran.out == "nothing to do: all rendered definitions are up to date\n"
