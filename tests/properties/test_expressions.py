"""Any JSON is survived by every kind of expression: a value of JSON, or an error of the workflow."""

import json
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from simulator.asl.choices import compile_condition, compile_rule
from simulator.asl.expressions import CompileError, EvaluationError, Scope
from simulator.asl.intrinsics import compile_intrinsic
from simulator.asl.jsonata import compile_jsonata, compile_jsonata_template, expecting
from simulator.asl.paths import compile_path, reference_path
from simulator.asl.payloads import compile_template
from simulator.events.patterns import Pattern, PatternError
from simulator.events.transform import Transform, TransformError
from simulator.values import parse_json
from tests.properties.strategies import (
    CALM,
    INTRINSICS,
    JSONATA,
    REFERENCES,
    dynamic,
    inputs,
    jsonata_texts,
    jsonata_values,
    paths,
    rules,
    templates,
    texts,
    values,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KNOWN = (
    "States.Runtime: ", "States.IntrinsicFailure: ", "States.ResultPathMatchFailure: ",
    "States.QueryEvaluationError: ",
)  # fmt: skip


def scope(value):
    return Scope(
        value, context={"Execution": {"Name": "one"}, "State": value},
        variables={"v0": value, "v1": {"a": value}}, now=1_700_000_000_000, seed="s",
    )  # fmt: skip


def outcome(expression, value):
    """What came out, as text; evaluated twice, the same."""
    found = []
    for _ in range(2):
        try:
            found.append(json.dumps(expression.evaluate(value, scope(value))))
        except EvaluationError as error:
            found.append(f"{error.error}: {error.cause}")
    first, second = found
    assert first == second
    return first


@given(paths, inputs)
def test_a_path_survives_any_json(path, value):
    outcome(compile_path(path), value)


@given(st.sampled_from(INTRINSICS), inputs)
def test_an_intrinsic_function_survives_any_json(text, value):
    outcome(compile_intrinsic(text), value)


@given(templates(), inputs)
def test_a_payload_template_survives_any_json(template, value):
    outcome(compile_template(template), value)


@given(rules(), inputs)
def test_a_choice_rule_survives_any_json(rule, value):
    said = outcome(compile_rule(rule), value)
    assert said in ("true", "false") or said.startswith("States.Runtime: ")


@given(
    st.sampled_from([path for path in REFERENCES if path.startswith("$.") or path == "$"]),
    inputs,
    values,
)
def test_a_result_path_survives_any_json(path, document, value):
    before = json.dumps(document)
    place = reference_path(path)
    try:
        written = place.write(document, value)
    except EvaluationError as error:
        said = str(error)
    else:
        said = f"{KNOWN[0]}"
        assert compile_path(path).evaluate(written, scope(None)) == value
    assert said.startswith(KNOWN)
    assert json.dumps(document) == before


@given(st.sampled_from(JSONATA + CALM) | jsonata_texts(), inputs)
def test_jsonata_survives_any_json(text, value):
    try:
        made = compile_jsonata(f"{{% {text} %}}", location="Output")
    except CompileError:
        return
    outcome(made, value)
    outcome(expecting(made, {"boolean", "array"}, "Items"), value)


@given(jsonata_values(), inputs)
def test_a_jsonata_template_survives_any_json(template, value):
    outcome(compile_jsonata_template(template, location="Arguments"), value)


@given(inputs, inputs)
def test_a_text_that_is_no_expression_is_refused_or_works(first, second):
    for compile_text in (compile_path, compile_intrinsic, reference_path):
        for text in (first, second):
            if isinstance(text, str):
                try:
                    compile_text(text)
                except CompileError:
                    continue


@given(st.text(alphabet="$.@[]()'\"?*:,=<>!&|ab01 \\/~^{}%-", max_size=20), inputs)
@example("$[?(@.a =~ /(/)]", {"a": 1})
@example("$[?(@ in [1)]", [1])
@example("$.a[99999999999999999999]", {"a": [1]})
def test_odd_texts_are_refused_or_evaluated(text, value):
    for compile_text in (
        compile_path,
        compile_intrinsic,
        lambda text: compile_jsonata(f"{{% {text} %}}", location="Output"),
        lambda text: compile_condition(f"{{% {text} %}}", "Choices/0/Condition"),
    ):
        try:
            made = compile_text(text)
        except CompileError:
            continue
        outcome(made, value)


@given(values | st.dictionaries(st.sampled_from(["k", "k.$"]), dynamic | texts), inputs)
def test_a_template_of_any_json_is_refused_or_evaluated(template, value):
    for compile_it in (
        compile_template,
        lambda made: compile_jsonata_template(made, location="Output"),
        compile_rule,
    ):
        try:
            made = compile_it(template)
        except CompileError:
            continue
        outcome(made, value)


@given(values, values)
def test_a_pattern_of_any_json_is_refused_or_decides(pattern, event):
    if not isinstance(event, dict):
        event = {"detail": event}
    try:
        parsed = Pattern.parse(pattern)
    except PatternError:
        return
    assert parsed.matches(event) is (parsed.explain(event) is None)


MATCHERS = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 5), texts,
    st.fixed_dictionaries({"prefix": texts}), st.fixed_dictionaries({"suffix": texts}),
    st.fixed_dictionaries({"wildcard": texts}), st.fixed_dictionaries({"exists": st.booleans()}),
    st.fixed_dictionaries({"equals-ignore-case": texts}),
    st.fixed_dictionaries({"anything-but": texts | st.lists(texts, min_size=1, max_size=2)}),
    st.fixed_dictionaries({"anything-but": st.fixed_dictionaries({"prefix": texts})}),
    st.fixed_dictionaries({"numeric": st.sampled_from([["=", 1], [">", 0, "<=", 5], ["<", 2]])}),
    st.fixed_dictionaries({"cidr": st.sampled_from(["10.0.0.0/8", "::/0", "0.0.0.0/0"])}),
)  # fmt: skip
FIELDS = st.sampled_from(["a", "b", "n"])
PATTERNS = st.recursive(
    st.dictionaries(FIELDS, st.lists(MATCHERS, min_size=1, max_size=2), min_size=1, max_size=2),
    lambda inner: st.dictionaries(FIELDS, inner, min_size=1, max_size=2),
    max_leaves=4,
)


@given(PATTERNS, inputs)
def test_a_pattern_decides_about_any_event(pattern, event):
    try:
        parsed = Pattern.parse(pattern)
    except PatternError:  # wildcards have rules of their own
        return
    made = {"a": event, "b": event, "n": event}
    assert parsed.matches(made) is (parsed.explain(made) is None)


EVENT_PATHS = st.sampled_from(["$", "$.detail", "$.detail.a", "$.detail.list[0]", "$.*", "$.none"])
TEMPLATES = st.sampled_from(
    [
        '{"k": <a>}',
        '"text <a> and <b>"',
        '"one"\n"two <n>"',
        "<a>",
        '{"<a>": "<aws.events.rule-name>"}',
    ]
)


@given(
    st.dictionaries(FIELDS, EVENT_PATHS, max_size=3),
    TEMPLATES | st.text(alphabet='<>abn"{}:, ', max_size=20),
    inputs,
)
def test_an_input_transformer_survives_any_event(names, template, event):
    made = Transform(None, None, template, names)
    refused = made.problem()
    try:
        payload = made.apply({"detail": event}, rule_arn="arn", rule_name="rule", now=NOW)
    except TransformError:
        return
    assert json.loads(json.dumps(payload)) == payload
    assert refused is None


@given(texts | st.text(max_size=20))
def test_json_text_is_read_strictly(text):
    try:
        value = parse_json(text)
    except (ValueError, RecursionError):
        return
    assert json.loads(json.dumps(value)) == value
