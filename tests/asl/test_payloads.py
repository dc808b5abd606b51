"""Payload templates."""

import pytest

from simulator.asl.expressions import CompileError, EvaluationError, Scope
from simulator.asl.payloads import compile_template


def build(template, data, **scope):
    return compile_template(template).evaluate(data, Scope(None, **scope))


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ({"a.$": "$.n"}, {"a": 1}),
        ({"a": "$.n"}, {"a": "$.n"}),  # without .$ a path is a text
        ({"a": {"b": [{"c.$": "$.n"}, 2]}}, {"a": {"b": [{"c": 1}, 2]}}),
        ({"all.$": "$"}, {"all": {"n": 1, "list": [1, 2]}}),
        ({"many.$": "$.list[*]"}, {"many": [1, 2]}),
        ({"x.$": "States.Format('{}!', $.n)"}, {"x": "1!"}),
        ({"ctx.$": "$$.Execution.Name", "var.$": "$v.w"}, {"ctx": "e", "var": 9}),
        ([{"a.$": "$.n"}, "b"], [{"a": 1}, "b"]),
        ("text", "text"),
        (None, None),
        ({}, {}),
        ({".$": "$.n"}, {"": 1}),
    ],
)
def test_keys_that_end_in_a_dot_and_a_dollar_are_computed(template, value):
    scope = {"context": {"Execution": {"Name": "e"}}, "variables": {"v": {"w": 9}}}
    assert build(template, {"n": 1, "list": [1, 2]}, **scope) == value


def test_keys_keep_their_order():
    assert list(build({"z": 1, "a.$": "$.n", "m": {}}, {"n": 1})) == ["z", "a", "m"]


def test_constant_parts_are_shared_and_results_are_not():
    template = {"fixed": {"deep": [1, 2]}, "n.$": "$.n"}
    compiled = compile_template(template)
    one, two = (compiled.evaluate({"n": n}, Scope(None)) for n in (1, 2))
    assert (one["n"], two["n"]) == (1, 2)
    assert one["fixed"] is two["fixed"] is template["fixed"]
    assert compile_template({"a": [1, {"b": 2}]}).is_constant


def test_a_template_knows_what_it_reads():
    made = compile_template({"a": [{"b.$": "$x"}], "t.$": "$$.Task.Token", "c": 1})
    assert made.variables == {"x"}
    assert made.reads_context
    assert made.reads_token


@pytest.mark.parametrize(
    ("template", "cause"),
    [
        (
            {"k.$": "$.no.such"},
            "The JSONPath '$.no.such' specified for the field 'k.$' could not be found in the input"
            " '{\"n\":1}'",
        ),
        (
            {"deep": {"k.$": "$$.Execution.Nothing"}},
            "The JSONPath '$$.Execution.Nothing' specified for the field 'k.$' could not be found in"
            " the input '{\"n\":1}'",
        ),
    ],
)
def test_a_path_that_finds_nothing_names_path_field_and_input(template, cause):
    with pytest.raises(EvaluationError) as caught:
        build(template, {"n": 1}, context={"Execution": {}})
    assert (caught.value.error, caught.value.cause) == ("States.Runtime", cause)


MUST = "The value for the field '{}' must be a valid JSONPath or a valid intrinsic function call"


@pytest.mark.parametrize(
    ("template", "message", "pointer"),
    [
        ({"a": {"b.$": 5}}, MUST.format("b.$"), "/a/b.$"),
        ({"a": [0, {"b/c.$": "$.["}]}, MUST.format("b/c.$") + ": ", "/a/1/b~1c.$"),
        (
            {"a~b.$": "name"},
            MUST.format("a~b.$") + ": 'name' is neither a path nor an intrinsic function",
            "/a~0b.$",
        ),
        (
            {"a.$": "States.Formt('x')"},
            MUST.format("a.$") + ": there is no intrinsic function 'States.Formt'",
            "/a.$",
        ),
        ({"a": 1, "a.$": "$"}, "the key 'a' stands here twice: with and without '.$'", "/a.$"),
    ],
)
def test_a_template_that_cannot_be_compiled_says_why_and_where(template, message, pointer):
    with pytest.raises(CompileError) as caught:
        compile_template(template)
    assert caught.value.message.startswith(message)
    assert caught.value.pointer == pointer
