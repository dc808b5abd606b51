"""Choice rules: every operator, mismatched types, missing values, what cannot be compiled."""

import pytest

from simulator.asl.choices import COMPARISONS, OPERATORS, compile_condition, compile_rule, wildcards
from simulator.asl.expressions import CompileError, EvaluationError, Scope


def holds(rule, data, **scope):
    return compile_rule(rule).evaluate(data, Scope(data, **scope))


def test_there_are_39_operators():
    assert len(OPERATORS) == 39


ORDERS = {
    "Equals": (False, True, False),
    "LessThan": (True, False, False),
    "GreaterThan": (False, False, True),
    "LessThanEquals": (True, True, False),
    "GreaterThanEquals": (False, True, True),
}
# Type → a smaller value, the one compared with, a larger one.
ORDERED = {
    "String": ("Abc", "abc", "abd"),
    "Numeric": (-1.5, 0, 0.001),
    "Timestamp": ("2026-01-01T00:59:59Z", "2026-01-01T01:00:00Z", "2026-01-01T00:30:00-01:00"),
}


@pytest.mark.parametrize("kind", ORDERED)
@pytest.mark.parametrize("order", ORDERS)
def test_orders_compare_by_type_with_a_literal_and_with_a_path(kind, order):
    wanted = ORDERED[kind][1]
    for value, expected in zip(ORDERED[kind], ORDERS[order], strict=True):
        literal = {"Variable": "$.v", f"{kind}{order}": wanted}
        path = {"Variable": "$.v", f"{kind}{order}Path": "$.w"}
        assert holds(literal, {"v": value}) is expected
        assert holds(path, {"v": value, "w": wanted}) is expected


@pytest.mark.parametrize(
    ("value", "wanted", "expected"),
    [
        (True, True, True),
        (False, False, True),
        (True, False, False),
        (1, True, False),
        (None, False, False),
    ],
)
def test_booleans_are_equal_or_not(value, wanted, expected):
    assert holds({"Variable": "$", "BooleanEquals": wanted}, value) is expected
    path = {"Variable": "$.v", "BooleanEqualsPath": "$.w"}
    assert holds(path, {"v": value, "w": wanted}) is expected


LITERALS = {"String": "1", "Numeric": 1, "Boolean": True, "Timestamp": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize("operator", sorted(COMPARISONS))
def test_a_value_of_another_type_never_matches_and_is_no_error(operator):
    kind = COMPARISONS[operator][0]
    others = [None, 0.5, "text", True, [], {}, [1], "2026-01-01"]
    for value in others:
        same = {"String": str, "Numeric": float, "Boolean": bool}.get(kind)
        if same is None or type(value) is not same:
            rule = {"Variable": "$.v", operator: LITERALS[kind]}
            assert holds(rule, {"v": value}) is False
            both = {"Variable": "$.w", f"{operator}Path": "$.v"}
            assert holds(both, {"v": value, "w": LITERALS[kind]}) is False


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ({"NumericEquals": 0}, 0.0, True),
        ({"NumericEquals": 1.0}, 1, True),
        ({"NumericEquals": 1}, True, False),
        ({"NumericEquals": 1}, "1", False),
        ({"StringEquals": "a"}, " a", False),
        ({"StringEquals": "a"}, "A", False),
        ({"StringEquals": ""}, "", True),
        # by UTF-16 code units: a surrogate pair stands before U+FFFD
        ({"StringLessThan": "\ufffd"}, "😀", True),
        ({"TimestampEquals": "2026-01-01T00:00:00Z"}, "2026-01-01T01:00:00+01:00", True),
        ({"TimestampEquals": "2026-01-01T00:00:00Z"}, "soon", False),
    ],
)
def test_what_is_equal(rule, value, expected):
    assert holds({"Variable": "$", **rule}, value) is expected


TYPE_TESTS = {
    "IsNull": [None],
    "IsString": ["", "text", "2026-01-01T00:00:00Z"],
    "IsNumeric": [0, -1, 2.5],
    "IsBoolean": [True, False],
    "IsTimestamp": ["2026-01-01T00:00:00Z"],
}
VALUES: list[object] = [None, "", "text", "2026-01-01T00:00:00Z", 0, -1, 2.5, True, False, [], {}]


@pytest.mark.parametrize("operator", TYPE_TESTS)
def test_type_tests_look_at_the_json_type_alone(operator):
    for value in VALUES:
        expected = any(
            value is other or (type(value) is type(other) and value == other)
            for other in TYPE_TESTS[operator]
        )
        assert holds({"Variable": "$", operator: True}, value) is expected
        assert holds({"Variable": "$", operator: False}, value) is not expected


@pytest.mark.parametrize(
    ("path", "present"), [("$.a", True), ("$.null", True), ("$.no", False), ("$.no.such", False)]
)
def test_is_present_asks_for_the_place_and_not_for_the_value(path, present):
    data = {"a": 1, "null": None}
    assert holds({"Variable": path, "IsPresent": True}, data) is present
    assert holds({"Variable": path, "IsPresent": False}, data) is not present


@pytest.mark.parametrize(
    "rule",
    [
        {"Variable": "$.no", "StringEquals": "a"},
        {"Variable": "$.no", "IsNull": True},
        {"Variable": "$.no", "StringMatches": "*"},
        {"Variable": "$.a", "NumericEqualsPath": "$.no"},
    ],
)
def test_any_other_operator_on_a_missing_value_is_an_error(rule):
    with pytest.raises(EvaluationError) as caught:
        holds(rule, {"a": 1})
    assert (caught.value.error, caught.value.cause) == (
        "States.Runtime",
        "Invalid path '$.no': The choice state's condition path references an invalid value.",
    )


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*.log", "zebra.log", True),
        ("log-*.txt", "log-2026.txt", True),
        ("log-*.txt", "log-.txt", True),
        ("log-*.txt", "xlog-1.txt", False),
        ("*", "", True),
        ("", "", True),
        ("", "a", False),
        ("a.c", "abc", False),
        ("a*b*c", "a1\n2b3c", True),
        (r"\*", "*", True),
        (r"\*", "x", False),
        (r"a\\b", r"a\b", True),
        (r"\\*", r"\anything", True),
        ("[a]?", "[a]?", True),
        ("[a]?", "a", False),
    ],
)
def test_string_matches_knows_the_star_alone(pattern, text, expected):
    assert holds({"Variable": "$", "StringMatches": pattern}, text) is expected


def test_string_matches_is_false_for_what_is_no_text():
    assert holds({"Variable": "$", "StringMatches": "*"}, 5) is False


@pytest.mark.parametrize("pattern", ["\\", "a\\b", "\\\\\\"])
def test_a_backslash_that_escapes_nothing_fails_when_it_is_used(pattern):
    assert wildcards(pattern) is None
    rule = compile_rule({"Variable": "$.v", "StringMatches": pattern})
    with pytest.raises(EvaluationError) as caught:
        rule.evaluate({"v": "a"}, Scope(None))
    assert (caught.value.error, caught.value.cause) == (
        "States.Runtime",
        f"The pattern '{pattern}' has a backslash that escapes nothing.",
    )


def test_and_or_and_not_combine_rules():
    yes = {"Variable": "$.t", "BooleanEquals": True}
    no = {"Variable": "$.f", "BooleanEquals": True}
    data = {"t": True, "f": False}
    assert holds({"And": [yes, yes]}, data)
    assert not holds({"And": [yes, no]}, data)
    assert holds({"Or": [no, yes]}, data)
    assert not holds({"Or": [no, no]}, data)
    assert holds({"Not": no, "Comment": "said"}, data)
    assert holds({"Not": {"Or": [no, {"And": [yes, no]}]}}, data)


def test_and_and_or_stop_at_the_first_answer():
    missing = {"Variable": "$.no", "StringEquals": "a"}
    yes = {"Variable": "$", "IsPresent": True}
    assert holds({"Or": [yes, missing]}, {})
    assert not holds({"And": [{"Not": yes}, missing]}, {})
    with pytest.raises(EvaluationError):
        holds({"And": [yes, missing]}, {})


def test_rules_read_the_context_and_variables():
    rule = compile_rule(
        {
            "Or": [
                {"Variable": "$$.Execution.Name", "StringEqualsPath": "$wanted.name"},
                {"Variable": "$$.Task.Token", "IsPresent": True},
            ]
        }
    )
    scope = Scope({}, context={"Execution": {"Name": "n"}}, variables={"wanted": {"name": "n"}})
    assert rule.evaluate({}, scope) is True
    assert rule.variables == {"wanted"}
    assert rule.reads_context
    assert rule.reads_token


@pytest.mark.parametrize(
    ("rule", "message", "pointer", "hint"),
    [
        ("text", "a rule must be an object", "", None),
        ({}, "the rule has no operator", "", "add one such as 'StringEquals'"),
        ({"Variable": "$"}, "the rule has no operator", "", "add one such as 'StringEquals'"),
        ({"StringEquals": "a"}, "the rule needs the field 'Variable'", "", None),
        (
            {"Variable": "$", "StringEqual": "a"},
            "there is no operator 'StringEqual'",
            "/StringEqual",
            "did you mean 'StringEquals'?",
        ),
        (
            {"Variable": "$", "StringEquals": "a", "IsNull": True},
            "a rule has one operator, and this one has StringEquals and IsNull",
            "/IsNull",
            "combine rules with 'And'",
        ),
        (
            {"And": [{"Variable": "$", "IsNull": True}], "Variable": "$"},
            "'And' and 'Variable' exclude each other",
            "/Variable",
            None,
        ),
        ({"And": []}, "'And' needs an array of at least one rule", "/And", None),
        ({"Or": {}}, "'Or' needs an array of at least one rule", "/Or", None),
        ({"Not": []}, "a rule must be an object", "/Not", None),
        (
            {"Or": [{"Variable": "$", "IsNull": True, "Next": "A"}]},
            "a rule inside another cannot have 'Next'",
            "/Or/0/Next",
            "only the outermost rule leads on",
        ),
        ({"Variable": 1, "IsNull": True}, "a path must be a text", "/Variable", None),
        ({"Variable": "$", "IsNull": "yes"}, "'IsNull' is true or false", "/IsNull", None),
        (
            {"Variable": "$", "StringMatches": 1},
            "'StringMatches' must be a text",
            "/StringMatches",
            None,
        ),
        (
            {"Variable": "$", "StringEquals": 1},
            "'StringEquals' must be a text, not 1",
            "/StringEquals",
            None,
        ),
        (
            {"Variable": "$", "NumericLessThan": True},
            "'NumericLessThan' must be a number, not true",
            "/NumericLessThan",
            None,
        ),
        (
            {"Variable": "$", "BooleanEquals": 1},
            "'BooleanEquals' must be true or false, not 1",
            "/BooleanEquals",
            None,
        ),
        (
            {"Variable": "$", "TimestampEquals": "soon"},
            "'TimestampEquals' must be an RFC 3339 timestamp such as 2026-01-31T12:00:00Z, not"
            ' "soon"',
            "/TimestampEquals",
            None,
        ),
    ],
)
def test_a_rule_that_cannot_be_compiled_says_why_and_where(rule, message, pointer, hint):
    with pytest.raises(CompileError) as caught:
        compile_rule(rule)
    assert (caught.value.message, caught.value.pointer, caught.value.hint) == (
        message,
        pointer,
        hint,
    )


def test_a_path_that_cannot_be_read_is_reported_at_its_field():
    with pytest.raises(CompileError) as caught:
        compile_rule({"Not": {"Variable": "$.a", "StringEqualsPath": "$.["}})
    assert caught.value.pointer == "/Not/StringEqualsPath"


@pytest.mark.parametrize("value", ["$states.input.a", 1, None, "true"])
def test_a_condition_is_a_boolean_or_jsonata(value):
    with pytest.raises(CompileError, match="must be a boolean or a JSONata expression"):
        compile_condition(value, "Condition")


def test_a_condition_that_gives_no_boolean_is_an_error():
    with pytest.raises(EvaluationError, match="Expected 'boolean', but was 'number' for value: 1"):
        compile_condition("{% 1 %}", "Condition").evaluate(None, Scope({}))
