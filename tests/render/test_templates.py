"""Rendering: one form, a place for every line, and errors at the template's line."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import SourceError
from simulator.render.templates import Rendered, render
from simulator.values import Json

MACROS = """\
{% macro retry(attempts) %}
[
  {"ErrorEquals": ["States.ALL"],
   "MaxAttempts": {{ attempts }}}
]
{%- endmacro %}
"""
FLOW = """\
{% from "macros/retry.j2" import retry %}
{# a comment
   of two lines #}
{
  "Comment": {{ comment | tojson }}, "StartAt": "A",
  "States": {
{% for name in names %}
    "{{ name }}": {"Type": "Task",
      "Retry": {{ retry(3) }},
      "Extra": {},
      "End": true
    }{{ "," if not loop.last }}
{% endfor %}
  }
}
"""


def write(folder: Path, text: str, **others: str) -> Path:
    for name, content in others.items():
        path = folder / "macros" / f"{name}.j2"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    template = folder / "flow.asl.json.j2"
    template.write_text(text, encoding="utf-8")
    return template


def problem(template: Path, parameters: dict[str, Json]) -> tuple[str, str, str, str | None]:
    with pytest.raises(SourceError) as caught:
        render(template, parameters)
    (found,) = caught.value.problems
    place = str(found.location).replace(f"{template.parent}/", "")
    return found.code, place, found.message, found.hint


def origins(rendered: Rendered) -> list[tuple[str, int, str]]:
    lines = enumerate(rendered.text.splitlines(), 1)
    placed = [(rendered.origin(number), line) for number, line in lines]
    return [(place.path.name, place.line, line.strip()) for place, line in placed]


def test_every_line_knows_the_line_that_wrote_it_macros_too(tmp_path: Path) -> None:
    template = write(tmp_path, FLOW, retry=MACROS)
    rendered = render(template, {"comment": 'a "b" <ü>', "names": ["A"]})
    flow, retry = "flow.asl.json.j2", "retry.j2"
    assert origins(rendered) == [
        (flow, 4, "{"),
        (flow, 5, '"Comment": "a \\"b\\" <ü>",'),
        (flow, 5, '"StartAt": "A",'),
        (flow, 6, '"States": {'),
        (flow, 8, '"A": {'),
        (flow, 8, '"Type": "Task",'),
        (flow, 9, '"Retry": ['),
        (retry, 3, "{"),
        (retry, 3, '"ErrorEquals": ['),
        (retry, 3, '"States.ALL"'),
        (retry, 3, "],"),
        (retry, 4, '"MaxAttempts": 3'),
        (retry, 4, "}"),
        (retry, 5, "],"),
        (flow, 10, '"Extra": {},'),
        (flow, 11, '"End": true'),
        (flow, 12, "}"),
        (flow, 14, "}"),
        (flow, 15, "}"),
    ]
    assert rendered.origin(99).line == 0


def test_the_text_has_one_form(tmp_path: Path) -> None:
    template = write(tmp_path, '{"b":[1,   2.50],\n\n"a":"\\u00fc\u2028x"}')
    text = '{\n  "b": [\n    1,\n    2.5\n  ],\n  "a": "ü\u2028x"\n}\n'
    rendered = render(template, {})
    assert rendered.text == text
    assert rendered.origin(6).line == 3
    assert rendered.template == template


def test_captured_text_keeps_its_place(tmp_path: Path) -> None:
    template = write(tmp_path, "{% set inner %}\n[1,\n2]\n{% endset %}\n{{ inner }}\n")
    assert [line for _, line, _ in origins(render(template, {}))] == [2, 2, 3, 3]


def test_a_template_that_measures_what_it_writes_has_only_its_file_as_place(tmp_path: Path) -> None:
    template = write(tmp_path, "{% set inner %}ab{% endset %}\n[{{ inner | length }}]\n")
    rendered = render(template, {})
    assert rendered.text == "[\n  2\n]\n"
    assert {line for _, line, _ in origins(rendered)} == {0}


def test_what_is_wrong_is_reported_at_its_line(tmp_path: Path) -> None:
    template = tmp_path / "flow.asl.json.j2"
    assert problem(template, {}) == ("RND001", template.name, "there is no such template", None)
    write(tmp_path, '{\n"a": {{ 1 + }}\n}')
    assert problem(template, {})[:2] == ("RND002", "flow.asl.json.j2:2")
    write(tmp_path, '{\n"a": {{ retrys }}\n}')
    assert problem(template, {"retries": 3}) == (
        "RND003",
        "flow.asl.json.j2:2",
        "'retrys' is undefined",
        "did you mean 'retries'?",
    )
    assert problem(template, {})[3] == "name it in parameters.yaml"
    write(tmp_path, '{\n"a": {{ it.b | tojson }}\n}')
    assert problem(template, {"it": {}})[:2] == ("RND003", "flow.asl.json.j2:2")
    write(tmp_path, '{}\n{% include "macros/retri.j2" %}', retry=MACROS)
    assert problem(template, {}) == (
        "RND004",
        "flow.asl.json.j2:2",
        "there is no 'macros/retri.j2' to import or include",
        "did you mean 'macros/retry.j2'?",
    )
    write(tmp_path, '{\n\n"a": {{ 1 / 0 }}}')
    assert problem(template, {})[:3] == (
        "RND005",
        "flow.asl.json.j2:3",
        "the template fails: ZeroDivisionError: division by zero",
    )


def test_errors_in_macros_point_at_the_macro_file(tmp_path: Path) -> None:
    broken = "{% macro one() %}\n{{ nothing }}\n{% endmacro %}"
    template = write(tmp_path, '{% import "macros/m.j2" as m %}\n{{ m.one() }}', m=broken)
    assert problem(template, {})[:2] == ("RND003", "macros/m.j2:2")
    write(tmp_path, '{% import "macros/m.j2" as m %}\n{{ m.one() }}', m="{% macro %}")
    assert problem(template, {})[:2] == ("RND002", "macros/m.j2:1")
    write(
        tmp_path,
        '{% import "macros/m.j2" as m %}\n{{ m.one() }}',
        m='{% macro one() %}\n{"a":\n1,}\n{% endmacro %}',
    )
    assert problem(template, {})[:2] == ("RND006", "macros/m.j2:3")


def test_text_that_is_no_json_is_refused_where_it_breaks(tmp_path: Path) -> None:
    template = write(tmp_path, '{\n"a": 1,\n}')
    code, place, message, hint = problem(template, {})
    assert (code, place) in {("RND006", "flow.asl.json.j2:3"), ("RND006", "flow.asl.json.j2:2")}
    assert message.startswith("what it renders is not JSON: ")
    assert hint is not None
    write(tmp_path, '{\n"a":\n[1')
    assert problem(template, {})[:2] == ("RND006", "flow.asl.json.j2:3")
    write(tmp_path, "")
    assert problem(template, {})[:2] == ("RND006", "flow.asl.json.j2")
    write(tmp_path, '{\n"a": NaN}')
    assert problem(template, {})[:3] == (
        "RND006",
        "flow.asl.json.j2:2",
        "what it renders is not JSON: NaN is not JSON",
    )


def test_a_key_twice_is_refused(tmp_path: Path) -> None:
    template = write(tmp_path, '{"a": {"b": 1},\n"c": [{"b": 1}, {"b": 2}],\n"\\u0061": 2}')
    assert problem(template, {})[:3] == (
        "RND007",
        "flow.asl.json.j2:3",
        'the key "\\u0061" is there twice in one object',
    )


def test_chance_and_unsafe_things_have_no_place_in_templates(tmp_path: Path) -> None:
    template = write(tmp_path, "{{ [1, 2] | random }}")
    assert problem(template, {})[0] == "RND002"
    write(tmp_path, "{{ ''.__class__.__mro__ }}")
    assert problem(template, {})[0] == "RND005"
