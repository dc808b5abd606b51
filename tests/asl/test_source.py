"""Places of values in JSON and YAML, and what cannot be read."""

from pathlib import Path

import pytest

from simulator.asl.source import Source
from simulator.errors import SourceError
from simulator.problems import Location

JSON = Path("flow.asl.json")
YAML = Path("flow.asl.yaml")


def place(source, pointer):
    found = source.locate(pointer)
    return found.line, found.column


def test_json_places_are_those_of_the_keys():
    source = Source.read('{\n  "a": {"b/c": [1,\n    {"d": 2}]}\n}', JSON)
    assert source.value == {"a": {"b/c": [1, {"d": 2}]}}
    assert place(source, "") == (1, 1)
    assert place(source, "/a") == (2, 3)
    assert place(source, "/a/b~1c") == (2, 9)
    assert place(source, "/a/b~1c/1") == (3, 5)
    assert place(source, "/a/b~1c/1/d") == (3, 6)
    assert place(source, "/a/b~1c/1/x/y") == (3, 5)


def test_yaml_places_are_those_of_the_keys():
    source = Source.read("a:\n  b: [1, x]\n  when: 2026-01-01\n  yes: no\n", YAML)
    assert source.value == {"a": {"b": [1, "x"], "when": "2026-01-01", "yes": False}}
    assert place(source, "/a/b") == (2, 3)
    assert place(source, "/a/b/1") == (2, 10)


@pytest.mark.parametrize(("text", "path"), [('{"a": 1, "a": 2}', JSON), ("a: 1\na: 2\n", YAML)])
def test_a_key_that_stands_twice_is_a_problem(text, path):
    source = Source.read(text, path)
    assert [(p.code, p.message) for p in source.problems] == [
        ("ASL002", "the key 'a' stands here twice")
    ]


@pytest.mark.parametrize(
    ("text", "path", "line", "column"),
    [
        ('{\n  "a": \n}', JSON, 3, 1),
        ('{"a": NaN}', JSON, 0, 0),
        ("a: [1\n", YAML, 2, 1),
        ("", YAML, 0, 0),
    ],
)
def test_text_that_cannot_be_read_is_an_error_at_its_place(text, path, line, column):
    with pytest.raises(SourceError) as caught:
        Source.read(text, path)
    [problem] = caught.value.problems
    assert (problem.code, problem.location.line, problem.location.column) == (
        "ASL001",
        line,
        column,
    )


def test_an_origin_moves_places_to_the_file_that_is_edited():
    template = Path("flow.asl.json.j2")
    source = Source.read(
        '{\n"a": 1,\n"a": 2}', JSON, origin=lambda line: Location(template, line + 10, 1)
    )
    assert source.locate("/a") == Location(template, 13, 1, "/a")
    assert source.problems[0].location.path == template


def test_a_yaml_alias_that_contains_itself_is_a_problem():
    source = Source.read("a: &x\n  b: *x\n", YAML)
    assert [problem.message for problem in source.problems] == ["a YAML alias contains itself"]


def test_yaml_that_is_no_definition_says_where():
    text = "a: !Ref b\n? [x]\n: 1\n"
    source = Source.read(text, YAML)
    assert [(problem.location.line, problem.message) for problem in source.problems] == [
        (1, "the tag !Ref means nothing in a definition"),
        (2, "a key must be a text"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [("\x00", "not YAML: "), ("a: *nobody", "not YAML: "), ("[" * 3000, "not YAML: ")],
)
def test_yaml_that_the_library_cannot_read_is_one_problem(text, message):
    with pytest.raises(SourceError) as caught:
        Source.read(text, YAML)
    assert caught.value.problems[0].message.startswith(message)


def test_json_that_is_nested_too_deep_is_one_problem():
    with pytest.raises(SourceError) as caught:
        Source.read("[" * 100_000, JSON)
    assert caught.value.problems[0].message.startswith("not JSON: ")


def test_scalars_of_yaml_are_those_of_json():
    text = "n: 1\nf: 1.5\nt: true\nz: ~\ns: '1'\nd: 2026-01-01T00:00:00Z\nb: !!binary aGk=\n"
    value = Source.read(text, YAML).value
    assert value == {
        "n": 1, "f": 1.5, "t": True, "z": None, "s": "1",
        "d": "2026-01-01T00:00:00Z", "b": "aGk=",
    }  # fmt: skip


def test_a_definition_without_a_text_has_pointers_for_places():
    source = Source.of({"a": 1}, JSON)
    assert source.locate("/a") == Location(JSON, 0, 0, "/a")


@pytest.mark.parametrize("text", [".inf", "-.inf", ".nan"])
def test_numbers_of_yaml_that_json_does_not_have_are_problems(text):
    source = Source.read(f"a:\n  - {text}\n", YAML)
    assert source.value == {"a": [None]}
    assert [str(problem) for problem in source.problems] == [
        f"flow.asl.yaml:2:5: ASL001: {text} is not a number of JSON"
    ]
