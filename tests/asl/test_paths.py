"""Paths: errors in the service's words, writing. The dialect itself: tests/oracles."""

import json

import pytest

from simulator.asl.expressions import CompileError, EvaluationError, Scope
from simulator.asl.paths import compile_path, compile_reference, parse_path, reference_path


def test_definite_means_one_value_at_most():
    assert [
        parse_path(text).definite
        for text in (
            "$",
            "$.a",
            "$['a'][0]",
            "$.a[*]",
            "$..a",
            "$.a[0,1]",
            "$.a[:1]",
            "$.a[?(@.b)]",
        )
    ] == [True, True, True, False, False, False, False, False]


def test_an_indefinite_path_without_a_match_is_an_empty_list():
    for text in ("$[*]", "$.items[*]", "$.items[1:]", "$.item.items[:1]", "$.items[*].v"):
        assert compile_path(text).evaluate({}, Scope(None)) == []


def test_the_roots_are_input_context_and_variables():
    scope = Scope({"a": 1}, context={"Execution": {"Id": "arn"}}, variables={"x": {"y": [5]}})
    assert compile_path("$.a").evaluate({"a": 1}, scope) == 1
    assert compile_path("$$.Execution.Id").evaluate(None, scope) == "arn"
    assert compile_path("$x.y[0]").evaluate(None, scope) == 5
    assert compile_path("$x.y[0]").variables == {"x"}
    assert compile_path("$$.Task.Token").reads_token
    assert compile_path("$$").reads_token
    assert not compile_path("$$.State.Name").reads_token


def test_a_variable_that_was_never_assigned_is_an_error():
    with pytest.raises(EvaluationError, match="the variable 'x' has not been assigned"):
        compile_path("$x.y").evaluate(None, Scope(None))


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("$.X", "Invalid path '$.X' : No results for path: $['X']"),
        ("$.no.such", "Invalid path '$.no.such' : Missing property in path $['no']"),
    ],
)
def test_a_missing_value_is_reported_in_recorded_words(path, cause):
    with pytest.raises(EvaluationError) as caught:
        compile_path(path).evaluate({}, Scope(None))
    assert (caught.value.error, caught.value.cause) == ("States.Runtime", cause)


def test_texts_are_not_indexed():
    with pytest.raises(EvaluationError, match="can only be applied to arrays"):
        compile_path("$.s[0]").evaluate({"s": "text"}, Scope(None))


def test_an_escaped_name_keeps_its_special_character():
    assert compile_path(r"$.a\.b").evaluate({"a.b": 1}, Scope(None)) == 1


@pytest.mark.parametrize("text", ["$.a[*]", "$..a", "$.a[0,1]", "$.a[?(@.b)]", "$.a.length()"])
def test_a_reference_path_names_one_place(text):
    with pytest.raises(CompileError, match="not a reference path"):
        compile_reference(text)


@pytest.mark.parametrize("text", ["$$.a", "$x.y"])
def test_results_are_not_written_to_the_context_or_to_variables(text):
    with pytest.raises(CompileError, match="would write to"):
        reference_path(text)


@pytest.mark.parametrize(
    ("path", "document", "written"),
    [
        ("$", {"a": 1}, "new"),
        ("$.b", {"a": 1}, {"a": 1, "b": "new"}),
        ("$.b.c", {"a": 1}, {"a": 1, "b": {"c": "new"}}),
        ("$.b.c", {"b": None}, {"b": {"c": "new"}}),
        ("$.b[1]", {"b": [1, 2]}, {"b": [1, "new"]}),
        ("$['b']['c d']", {"b": {"e": 2}}, {"b": {"e": 2, "c d": "new"}}),
    ],
)
def test_writing_copies_only_what_it_changes(path, document, written):
    before = json.dumps(document)
    assert reference_path(path).write(document, "new") == written
    assert json.dumps(document) == before


@pytest.mark.parametrize(
    ("path", "document"), [("$.a", "foo"), ("$.a.b", {"a": 1}), ("$.a[3]", {"a": [1]})]
)
def test_a_place_that_cannot_be_made_is_an_error(path, document):
    with pytest.raises(EvaluationError) as caught:
        reference_path(path).write(document, 1)
    assert caught.value.error == "States.ResultPathMatchFailure"
    assert caught.value.cause == (
        f"Unable to apply ReferencePath {path} to input "
        + json.dumps(document, separators=(",", ":"))
    )


def test_an_unknown_function_has_a_hint():
    with pytest.raises(CompileError) as caught:
        compile_path("$.a.lenght()")
    assert caught.value.hint == "did you mean 'length'?"
