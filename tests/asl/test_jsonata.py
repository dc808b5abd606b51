"""JSONata: the port, what the service adds, and what it refuses."""

import pytest

from simulator.asl.expressions import CompileError, EvaluationError, Scope
from simulator.asl.jsonata import compile_jsonata, compile_jsonata_template, is_jsonata

EVERYTHING = frozenset({"result", "errorOutput"})


def test_only_exact_delimiters_make_an_expression():
    assert is_jsonata("{% 1 %}")
    assert not is_jsonata(" {% 1 %} ")
    assert not is_jsonata("{%}")
    with pytest.raises(CompileError, match="only one of the delimiters"):
        compile_jsonata_template({"a": ["{% 1"]}, location="Output")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("a ?: b", "The operator '?:' is not supported", "conditional"),
        ("$x ?? 1", "The operator '??' is not supported", "conditional"),
        ("$eval('1')", "The function $eval is not supported", "$parse"),
        ("$states.result.x", "$states.result does not exist in this field", "$states.input"),
        ("$states.inptu", "$states.inptu does not exist", "did you mean 'input'?"),
        ("amount > 1", "'amount' means nothing at the top level", "$states.input.amount"),
        ("$", "$ and $$ mean nothing", "$states.input"),
        ("1 +", "has a syntax error. S0207", ""),
    ],
)
def test_what_the_service_refuses_is_refused_with_a_hint(text, message, hint):
    with pytest.raises(CompileError) as caught:
        compile_jsonata(f"{{% {text} %}}", location="Output")
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def test_operators_of_later_versions_inside_texts_and_patterns_are_nothing_special():
    text = "{% $contains('a ?: b', /xyz??/) ? '??' : $states.input.n / 2 %}"
    assert compile_jsonata(text, location="Output").evaluate(None, Scope({"n": 4})) == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$partition([1,2,3], 2)", [[1, 2], [3]]),
        ("$partition([0], 5)", [[0]]),
        ("$range(0, 9, 3)", [0, 3, 6, 9]),
        ("$range(9, 0, -4)", [9, 5, 1]),
        ("$range(1, 9, 9)", 1),
        ("$hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("$parse('-0')", 0),
        ("$parse('true')", True),
        ("$parse('{\"a\":[1]}').a[0]", 1),
        ("$random(5) = $random(5)", True),
        ("$now()", "2023-11-14T22:13:20.000Z"),
        ("$millis()", 1_700_000_000_000),
    ],
)
def test_functions_of_the_service(text, value):
    compiled = compile_jsonata(f"{{% {text} %}}", location="Output")
    assert compiled.evaluate(None, Scope(None, now=1_700_000_000_000)) == value


def test_chance_depends_on_the_seed_and_the_draw_alone():
    compiled = compile_jsonata("{% [$random(), $uuid(), $uuid()] %}", location="Output")
    first = compiled.evaluate(None, Scope(None, seed="one"))
    assert first == compiled.evaluate(None, Scope(None, seed="one"))
    assert first != compiled.evaluate(None, Scope(None, seed="two"))
    number, one, two = first
    assert 0 <= number < 1
    assert one != two
    assert one[14] == "4"


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("$states.input.missing", "returned nothing (undefined)."),
        ("$unknown(1)", "threw an error during evaluation. T1006: "),
        ("$error('no')", "threw an error during evaluation. D3137: no"),
        ("$hash('a', 'CRC')", "threw an error during evaluation. D3137: $hash does not know 'CRC'"),
        ("function($x){$x}", "returned an unsupported result type."),
    ],
)
def test_errors_name_the_expression_and_the_field(text, tail):
    compiled = compile_jsonata(f"{{%  {text} %}}", location="Output/a")
    with pytest.raises(EvaluationError) as caught:
        compiled.evaluate(None, Scope({}))
    assert caught.value.error == "States.QueryEvaluationError"
    assert caught.value.location == "Output/a"
    assert caught.value.cause.startswith(
        f"The JSONata expression '{text}' specified for the field 'Output/a' {tail}"
    )


def test_null_is_a_value_and_not_nothing():
    compiled = compile_jsonata("{% $states.input.a.b[0] %}", location="Output")
    assert compiled.evaluate(None, Scope({"a": {"b": [None]}})) is None


def test_plain_names_walk_over_arrays_as_jsonata_does():
    compiled = compile_jsonata("{% $states.input.items.id %}", location="Output")
    assert compiled.evaluate(None, Scope({"items": [{"id": 1}, {"id": 2}]})) == [1, 2]
    assert compiled.evaluate(None, Scope({"items": [{"id": 1}]})) == 1


def test_a_template_evaluates_texts_and_shares_what_is_constant():
    template = {"a": "{% $states.input.n + 1 %}", "b": [1, "{% $x %}"], "c": {"d": [1, 2]}}
    compiled = compile_jsonata_template(template, location="Output")
    made = compiled.evaluate(None, Scope({"n": 1}, variables={"x": "y"}))
    assert made == {"a": 2, "b": [1, "y"], "c": {"d": [1, 2]}}
    assert list(made) == ["a", "b", "c"]
    assert made["c"] is template["c"]
    assert compiled.variables == {"x"}


def test_a_template_says_where_it_is_wrong():
    with pytest.raises(CompileError) as caught:
        compile_jsonata_template({"a": [0, {"b/c": "{% 1 + %}"}]}, location="Output")
    assert caught.value.pointer == "/a/1/b~1c"


def test_a_read_of_the_task_token_is_known():
    def reads(text):
        return compile_jsonata(f"{{% {text} %}}", location="Arguments").reads_token

    assert reads("$states.context.Task.Token")
    assert reads("$states.context")
    assert not reads("$states.context.Execution.Id")
    assert not reads("$states.input")


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        (
            "$partition([1], 0)",
            "D3137: The second argument of $partition must be a positive integer",
        ),
        ("$range(1, 2, 0)", "D3137: The third argument of $range must not be zero"),
        ("$range(1, 1001, 1)", "D3137: $range gives at most 1000 items"),
        ("$parse('{')", "D3137: $parse cannot read the text as JSON: "),
        ("$hash(1, 'MD5')", "T0410: "),
    ],
)
def test_functions_of_the_service_refuse(text, tail):
    compiled = compile_jsonata(f"{{% {text} %}}", location="Output")
    with pytest.raises(EvaluationError) as caught:
        compiled.evaluate(None, Scope({}))
    assert caught.value.cause.partition("during evaluation. ")[2].startswith(tail)


@pytest.mark.parametrize(
    "text",
    [
        "$partition($states.input.no, 2)",
        "$partition([1], $states.input.no)",
        "$range($states.input.no, 2, 1)",
        "$range(1, $states.input.no, 1)",
        "$range(1, 2, $states.input.no)",
        "$hash('a', $states.input.no)",
        "$hash($states.input.no, 'MD5')",
        "$parse($states.input.no)",
    ],
)
def test_functions_of_nothing_give_nothing(text):
    compiled = compile_jsonata(f"{{% {text} %}}", location="Output")
    with pytest.raises(EvaluationError, match="returned nothing"):
        compiled.evaluate(None, Scope({}))


def test_a_regular_expression_after_an_operand_is_a_division():
    text = "{% $states.input.a / $states.input.b / 2 %}"
    assert compile_jsonata(text, location="Output").evaluate(None, Scope({"a": 8, "b": 2})) == 2


@pytest.mark.parametrize(
    ("text", "scope", "value"),
    [
        ("$states.context.Execution.Name", {"context": {"Execution": {"Name": "n"}}}, "n"),
        ("$states.result.a", {"result": {"a": 1}}, 1),
        ("$states.errorOutput.Error", {"error_output": {"Error": "E"}}, "E"),
        ("$x", {"variables": {"x": [1]}}, [1]),
        ("$x.a.b", {"variables": {"x": {"a": {"b": 2}}}}, 2),
        ("$states", {"result": 5}, {"input": {}, "context": None, "result": 5}),
    ],
)
def test_names_lead_to_the_scope(text, scope, value):
    compiled = compile_jsonata(f"{{% {text} %}}", location="Output", allow=EVERYTHING)
    assert compiled.evaluate(None, Scope({}, **scope)) == value


def test_a_member_that_does_not_exist_yet_is_nothing():
    compiled = compile_jsonata("{% $states.result %}", location="Output", allow=EVERYTHING)
    with pytest.raises(EvaluationError, match="returned nothing"):
        compiled.evaluate(None, Scope({}))


def test_the_context_is_built_only_when_it_is_read_and_once():
    built = []
    scope = Scope({}, context=lambda: built.append(1) or {"a": 1})
    compile_jsonata("{% $states.input %}", location="Output").evaluate(None, scope)
    assert built == []
    for _ in range(2):
        assert compile_jsonata("{% $states.context.a %}", location="O").evaluate(None, scope) == 1
    assert built == [1]


def test_constants_are_known_and_chance_and_time_are_none():
    def is_constant(text):
        return compile_jsonata(f"{{% {text} %}}", location="Output").is_constant

    assert is_constant("1 + 1")
    assert not is_constant("$now()")
    assert not is_constant("$uuid()")
    assert not is_constant("$states.input")


def test_a_template_of_literals_is_the_value_itself():
    template = {"a": [1, "text", {"b": None}]}
    compiled = compile_jsonata_template(template, location="Output")
    assert compiled.is_constant
    assert compiled.evaluate(None, Scope({})) is template


@pytest.mark.parametrize(
    "text",
    ["NaN", "1e999", "1" * 5000, "[" * 5000],
    ids=["no number", "too large a number", "too many digits", "too deep"],
)
def test_a_text_that_cannot_become_a_value_is_an_error_of_the_workflow(text):
    compiled = compile_jsonata("{% $parse($states.input) %}", location="Output")
    with pytest.raises(EvaluationError, match=r"D3137: \$parse cannot read the text as JSON"):
        compiled.evaluate(None, Scope(text))


def test_a_range_without_end_is_an_error_of_the_workflow():
    compiled = compile_jsonata("{% $range(0, 1e300, 1) %}", location="Output")
    with pytest.raises(EvaluationError, match="gives at most 1000 items"):
        compiled.evaluate(None, Scope({}))


@pytest.mark.parametrize(
    "text",
    [
        "function($x)<n?:n>{$x}(1)",
        "function($a, $b)<s?s?:s>{$a}('x')",
        "'$eval(' & \"??\"",
        "$states.input.`a ?: b`",
        "$contains('$eval', /\\$eval/)",
    ],
)
def test_what_only_looks_like_a_later_version_is_accepted(text):
    compile_jsonata(f"{{% {text} %}}", location="Output")


@pytest.mark.parametrize("text", ["$map(['1'], $eval)", "($f := $eval; $f('1'))", "$eval ( '1')"])
def test_eval_is_refused_also_when_it_is_only_named(text):
    with pytest.raises(CompileError, match=r"\$eval is not supported"):
        compile_jsonata(f"{{% {text} %}}", location="Output")


@pytest.mark.parametrize("text", ["$sum", "$map", "$uuid", "$states.input.a ~> $f"])
def test_a_function_is_no_result(text):
    if text.endswith("$f"):
        text = "($f := function($x) { $x }; $f)"
    compiled = compile_jsonata(f"{{% {text} %}}", location="Output")
    with pytest.raises(EvaluationError, match="returned an unsupported result type"):
        compiled.evaluate(None, Scope({"a": 1}))


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("($f := function($n) { 1 + $f($n) }; $f(1))", "U1001: Stack overflow error: "),
        ("[1..20000000]", "D2014: The size of the sequence allocated by the range operator (..)"),
        ("$power(0, -1)", "D3061: The power function has resulted in a value that cannot be"),
        ("$sum($x)", "D1001: Number out of range: null"),
        ("$x & ''", "D1001: Number out of range: null"),
        ("$string($deep)", "U1001: Stack overflow error: "),
        ("[$deep]", "U1001: Stack overflow error: "),
    ],
)
def test_limits_are_errors_of_the_workflow(text, tail):
    deep = []
    for _ in range(1200):
        deep = [deep]
    compiled = compile_jsonata(f"{{% {text} %}}", location="Output")
    with pytest.raises(EvaluationError) as caught:
        compiled.evaluate(None, Scope({}, variables={"x": [10**400], "deep": deep}))
    assert caught.value.cause.partition("during evaluation. ")[2].startswith(tail)


@pytest.mark.slow
def test_a_loop_without_end_is_a_timeout():
    compiled = compile_jsonata(
        "{% ($f := function($n) { $f($n + 1) }; $f(1)) %}", location="Output"
    )
    with pytest.raises(EvaluationError, match="U1001: Expression evaluation timeout"):
        compiled.evaluate(None, Scope({}))
