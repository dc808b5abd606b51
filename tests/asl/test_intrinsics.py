"""Intrinsic functions: what each gives, what each refuses, and how calls are read."""

import pytest

from simulator.asl.expressions import CompileError, EvaluationError, Scope
from simulator.asl.intrinsics import compile_intrinsic

DATA = {
    "name": "Ann", "n": 3, "half": 1.5, "null": None, "yes": True, "list": [1, "a", None],
    "object": {"Arg1": 1, "Arg2": []}, "text": "a,b.c", "json": '{"a":[1]}', "quote": "it's {}",
    "long": "x" * 10_001,
}  # fmt: skip


def call(text, data=None, **scope):
    return compile_intrinsic(text).evaluate(DATA if data is None else data, Scope(None, **scope))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("States.Format('Hello, {}', $.name)", "Hello, Ann"),
        ("States.Format('plain')", "plain"),
        ("States.Format('{} {} {}', $.n, $.half, $.null)", "3 1.5 null"),
        ("States.Format('{}', $.yes)", "true"),
        ("States.Format('{}', $.json)", '{"a":[1]}'),
        ("States.Format('{}', $.object)", "{Arg1=1, Arg2=[]}"),
        ("States.Format('{}', $.list)", "[1, a, null]"),
        (r"States.Format('it\'s \{\} {} \\', 1)", "it's {} 1 \\"),
        ("States.Format($.quote, 'x')", "it's x"),
        (r"States.Format('{}', 'a\{b\}\\c')", r"a{b}\c"),
        ("States.Format('a\nb')", "a\nb"),
        ("States.StringToJson($.json)", {"a": [1]}),
        ("States.StringToJson('')", None),
        ("States.StringToJson(' ')", None),
        ("States.StringToJson('-0')", 0),
        ("States.StringToJson('0.0')", 0.0),
        ("States.StringToJson('false')", False),
        ("States.JsonToString($.object)", '{"Arg1":1,"Arg2":[]}'),
        ("States.JsonToString('x')", '"x"'),
        ("States.Array()", []),
        ("States.Array( )", []),
        ("States.Array(1, 'a', $.n, null, true, -2.5e1)", [1, "a", 3, None, True, -25.0]),
        ("States.ArrayPartition($.list, 2)", [[1, "a"], [None]]),
        ("States.ArrayPartition(States.Array(), 2)", []),
        ("States.ArrayContains($.list, 'a')", True),
        ("States.ArrayContains($.list, 'b')", False),
        ("States.ArrayContains($.list, null)", True),
        ("States.ArrayContains(States.Array(true), 1)", False),
        ("States.ArrayContains(States.Array($.object), $.object)", True),
        ("States.ArrayContains(States.Array($.list), $.list)", True),
        ("States.ArrayContains(States.Array(1), 1.0)", True),
        ("States.ArrayRange(0, 9, 3)", [0, 3, 6, 9]),
        ("States.ArrayRange(0, 10, 3)", [0, 3, 6, 9]),
        ("States.ArrayRange(9, 0, -4)", [9, 5, 1]),
        ("States.ArrayRange(1, 9, 9)", [1]),
        ("States.ArrayRange(0.5, 2.4, 1)", [1, 2]),
        ("States.ArrayGetItem($.list, 1)", "a"),
        ("States.ArrayLength($.list)", 3),
        ("States.ArrayUnique(States.Array(1, 1.0, true, 'a', 'a', true))", [1, True, "a"]),
        ("States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Encode('')", ""),
        ("States.Base64Decode('w6k=')", "é"),
        ("States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("States.Hash($.object, 'MD5')", "d363f405018d47b782e29dc1e6861a5d"),
        ("States.JsonMerge($.object, States.StringToJson($.json), false)", {"Arg1": 1, "Arg2": [], "a": [1]}),
        ("States.MathAdd(1.49, 1.5)", 3),
        ("States.MathAdd(1.5, 1.51)", 4),
        ("States.MathAdd(-1.5, 0)", -1),
        ("States.MathAdd(-1.51, 0)", -2),
        ("States.MathAdd(-0.5, 0)", 0),
        ("States.MathAdd(2147483646, 1)", 2147483647),
        ("States.StringSplit('1,2,3', ',')", ["1", "2", "3"]),
        ("States.StringSplit(',,,,', ',')", []),
        ("States.StringSplit(', , ,', ',')", [" ", " "]),
        ("States.StringSplit('a.b+c,d=e', '.+,=')", ["a", "b", "c", "d", "e"]),
        ("States.StringSplit('a\nb', ',')", ["a\nb"]),
        ("States.StringSplit('a', '')", ["a"]),
        ("States.StringSplit('', '')", []),
        ("States.ArrayGetItem(States.StringSplit($.text, ',.'), States.MathAdd($.n, -1))", "c"),
    ],
)  # fmt: skip
def test_what_functions_give(text, value):
    got = call(text)
    assert got == value
    assert type(got) is type(value)


def test_escaped_braces_stay_escaped_only_for_format():
    assert call(r"States.Array('\{\}')") == ["{}"]


FAILS = "The function '{}' had the following error: {}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("States.Format('{}{}', 1)", "the template has 2 places for 1 arguments"),
        ("States.Format($.n)", "the template must be a string"),
        ("States.StringToJson($.n)", "the argument must be a string"),
        ("States.ArrayPartition($.n, 2)", "the first argument must be an array"),
        ("States.ArrayPartition($.list, 0)", "the chunk size must be a positive integer"),
        ("States.ArrayPartition($.list, 'a')", "the chunk size must be a number"),
        ("States.ArrayContains($.name, 'A')", "the first argument must be an array"),
        ("States.ArrayRange(0, 1, 0)", "the step must not be zero"),
        ("States.ArrayRange(0, 1000, 1)", "the array would have more than 1000 items"),
        ("States.ArrayGetItem($.list, 3)", "the index 3 is out of range for an array of 3 items"),
        ("States.ArrayGetItem($.list, -1)", "the index -1 is out of range for an array of 3 items"),
        ("States.ArrayLength($.name)", "the first argument must be an array"),
        ("States.Base64Encode($.n)", "the argument must be a string"),
        ("States.Base64Encode($.long)", "the argument has more than 10000 characters"),
        ("States.Hash('a', 'CRC')", "the algorithm must be one of MD5, SHA-1, SHA-256, SHA-384, SHA-512"),
        ("States.Hash('a', 1)", "the algorithm must be one of MD5, SHA-1, SHA-256, SHA-384, SHA-512"),
        ("States.JsonMerge($.object, $.list, false)", "the first two arguments must be objects"),
        (
            "States.JsonMerge($.object, $.object, true)",
            "only shallow merging is supported: the third argument must be false",
        ),
        ("States.MathRandom(2, 2)", "the end must be greater than the start"),
        ("States.MathAdd($.yes, 1)", "the first argument must be a number"),
        ("States.MathAdd(2147483647, 1)", "the sum is not between -2147483648 and 2147483647"),
        ("States.StringSplit(1, ',')", "the string must be a string"),
    ],
)  # fmt: skip
def test_what_functions_refuse(text, message):
    with pytest.raises(EvaluationError) as caught:
        call(text)
    assert caught.value.error == "States.IntrinsicFailure"
    assert caught.value.cause == FAILS.format(text, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("States.StringToJson('{')", "the argument is not JSON: "),
        ("States.StringToJson('NaN')", "the argument is not JSON: NaN is not JSON"),
        ("States.Base64Decode('w6')", "the argument is not Base64 of UTF-8 text: "),
        ("States.Base64Decode('/w==')", "the argument is not Base64 of UTF-8 text: "),
    ],
)
def test_what_cannot_be_decoded(text, message):
    with pytest.raises(EvaluationError) as caught:
        call(text)
    assert caught.value.cause.startswith(FAILS.format(text, message))


def test_a_path_that_finds_nothing_is_reported_with_the_whole_call():
    with pytest.raises(EvaluationError) as caught:
        call("States.Array(States.Format('{}', $.no.such))", {"a": 1})
    assert (caught.value.error, caught.value.cause) == (
        "States.Runtime",
        "The function 'States.Array(States.Format('{}', $.no.such))' had the following error: The"
        " JsonPath argument for the field '$.no.such' could not be found in the input '{\"a\":1}'",
    )


def test_a_variable_without_a_value_is_reported_as_such():
    with pytest.raises(EvaluationError, match="the variable 'x' has not been assigned"):
        call("States.Array($x)")


def test_chance_comes_from_the_scope_or_from_the_seed_that_is_given():
    text = "States.MathRandom(10, 20)"
    drawn = [call(text, seed=str(number)) for number in range(50)]
    assert set(drawn) <= set(range(10, 20))
    assert len(set(drawn)) > 5
    assert drawn == [call(text, seed=str(number)) for number in range(50)]
    seeded = "States.MathRandom(0, 1000000, 5)"
    assert call(seeded, seed="a") == call(seeded, seed="b")
    assert call("States.MathRandom(0, 1000000, 6)") != call(seeded)
    one = call("States.UUID()", seed="a")
    assert one == call("States.UUID()", seed="a")
    assert one != call("States.UUID()", seed="b")
    assert (len(one), one[14], one[19] in "89ab") == (36, "4", True)


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("States.Formt('a')", "there is no intrinsic function 'States.Formt'", 0),
        ("Format('a')", "'Format('a')' is neither a path nor an intrinsic function", 0),
        (
            "States.Format ('a')",
            "'States.Format' needs its arguments in brackets right after the name",
            13,
        ),
        ("States.Format('a'", "arguments are separated by commas and closed by ')'", 17),
        ("States.Format('a' 'b')", "arguments are separated by commas and closed by ')'", 18),
        ("States.Format('a)", "a text is not closed by a single quote", 17),
        (r"States.Format('a\n')", r"'\n' is not an escape", 17),
        ("States.Format()", "'States.Format' takes at least 1 arguments, not 0", 15),
        ("States.UUID(1)", "'States.UUID' takes 0 arguments, not 1", 14),
        ("States.MathRandom(1)", "'States.MathRandom' takes 2 to 3 arguments, not 1", 20),
        ("States.UUID() x", "text after the call's closing bracket", 14),
        ("States.Array(1e999)", "the number 1e999 is too large", 13),
        ("States.Array(,)", "'States.Array(,)' is neither a path nor an intrinsic function", 13),
        ("States.Array(" * 11 + ")" * 11, "more than 10 intrinsic functions in one field", 130),
    ],
)
def test_calls_that_cannot_be_read_say_where(text, message, offset):
    with pytest.raises(CompileError) as caught:
        compile_intrinsic(text)
    assert (caught.value.message, caught.value.offset) == (message, offset)


def test_a_misspelt_function_has_a_hint():
    with pytest.raises(CompileError) as caught:
        compile_intrinsic("States.ArrayLenght($)")
    assert caught.value.hint == "did you mean 'States.ArrayLength'?"
    with pytest.raises(CompileError) as caught:
        compile_intrinsic("States.QqqqqqqqqqQqqqqq()")
    assert caught.value.hint.startswith("it may be States.Array, ")


def test_a_path_inside_a_call_ends_where_its_brackets_end():
    data = {"a, b": {"c)": 1}, "list": [{"n": 1, "v": "x"}, {"n": 2, "v": "y"}], "q'": 2}
    assert call("States.Array($['a, b']['c)'], $.list[?(@.n == 2)].v)", data) == [1, ["y"]]
    assert call(r"States.Array($['q\''])", data) == [2]
    assert call("States.Array($.list[0].v , 1)", data) == ["x", 1]


def test_a_wrong_path_inside_a_call_says_where_it_is():
    with pytest.raises(CompileError) as caught:
        compile_intrinsic("States.Array(1, $.[)")
    assert caught.value.offset >= len("States.Array(1, ")


def test_a_call_knows_what_it_reads():
    made = compile_intrinsic("States.Array($x, $$.Task.Token, States.Format('{}', $y.z))")
    assert made.variables == {"x", "y"}
    assert made.reads_context
    assert made.reads_token


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("NaN", "NaN is not JSON"),
        ("[1e999]", "1e999 is too large a number"),
        ("1" * 5000, "the argument is not JSON: "),
        ("[" * 5000, "the argument is not JSON: "),
    ],
    ids=["no number", "too large a number", "too many digits", "too deep"],
)
def test_a_text_that_cannot_become_a_value_is_an_error_of_the_workflow(text, message):
    with pytest.raises(EvaluationError) as caught:
        call("States.StringToJson($.t)", {"t": text})
    assert caught.value.error == "States.IntrinsicFailure"
    assert message in caught.value.cause


def test_a_range_without_end_is_an_error_of_the_workflow():
    with pytest.raises(EvaluationError, match="the array would have more than 1000 items"):
        call("States.ArrayRange(0, 1e300, 1)")


def test_a_number_of_too_many_digits_is_refused():
    with pytest.raises(CompileError, match="is too large"):
        compile_intrinsic(f"States.Array({'1' * 5000})")
