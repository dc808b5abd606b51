"""JSONata as closures: the same answers as the library, and the library where they know nothing."""

import pytest

from simulator.asl import jsonata
from simulator.asl.expressions import EvaluationError, Scope
from simulator.asl.jsonata import compile_jsonata
from simulator.asl.jsonata_closures import compile_closure
from simulator.asl.jsonata_syntax import (
    Array,
    Binary,
    Block,
    Call,
    Condition,
    Literal,
    Negation,
    Object,
    Path,
    Step,
    Unsupported,
    Variable,
    parse_jsonata,
)
from simulator.asl.jsonata_values import MISSING, number_text
from tests.oracles.jsonata_generator import Generator
from tests.oracles.test_jsonata import SCOPE

STATES = Variable("states")
INPUT = {
    "n": 2,
    "f": 2.5,
    "text": "abc",
    "list": [1, 2, 3],
    "one": [{"a": [5]}],
    "items": [{"a": 1, "b": [1, 2]}, {"a": 2, "b": [3]}, {"c": 0}],
    "nested": [[{"a": 1}], [{"a": [2, 3]}]],
    "nothing": None,
    "yes": True,
    "empty": {},
}


def quick(text, **scope):
    """The value, or "undefined"; fails when there is no closure."""
    get = compile_closure(text)
    assert get is not None, text
    value = get(Scope(INPUT, **scope))
    return "undefined" if value is MISSING else value


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1 + 2 * 3", Binary("+", Literal(1), Binary("*", Literal(2), Literal(3)))),
        ("1 - 2 - 3", Binary("-", Binary("-", Literal(1), Literal(2)), Literal(3))),
        ("$a = 1 and $b", Binary("and", Binary("=", Variable("a"), Literal(1)), Variable("b"))),
        ("-$a.b", Negation(Path(Variable("a"), (), (Step("b"),)))),
        ("-1.50", Literal(-1.5)),
        ("$a[0].b[-1]", Path(Variable("a"), (0,), (Step("b", (-1,)),))),
        ("$f($a, 1)[0]", Path(Call("f", (Variable("a"), Literal(1))), (0,), ())),
        ("$a ~> $f(1)", Call("f", (Variable("a"), Literal(1)))),
        ("$a ? 1", Condition(Variable("a"), Literal(1), None)),
        (
            "$a ? 1 : $b ? 2 : 3",
            Condition(Variable("a"), Literal(1), Condition(Variable("b"), Literal(2), Literal(3))),
        ),
        ("[1, [2]]", Array((Literal(1), Array((Literal(2),))))),
        ("{'a': ($b)}", Object((("a", Block(Variable("b"))),))),
        (r'"\u0041\n\/"', Literal("A\n/")),
        ("$a.`odd key` /* why */ .'b c'", Path(Variable("a"), (), (Step("odd key"), Step("b c")))),
    ],
)
def test_a_text_becomes_a_tree(text, tree):
    assert parse_jsonata(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "a", "$", "$$.a", "*", "**.a", "%", "$a.*", "$a[b]", "$a[$b]", "$a[]", "$a@$b", "$a#$i",
        "$a^(b)", "$a{'k': b}", "$a.{'k': b}", "$a.(b)", "$a.$f()", "[1..2]", "/x/", "$a := 1",
        "($a; $b)", "function($x){$x}", "$a ~> $f", "$f(?)", "$a ?: 1", "{$a: 1}", "{'a': 1, 'a': 2}",
        "{'a': 1,}", "1.a", "'a'.b", "[1][0]", "'\\ud800'", "$map", "$random()", "$now()", "$sum",
        "$states", "$states.unknown", "([1]).a", "1e400", "~", "$a b", "()",
        "(" * 200 + "1" + ")" * 200,
    ],
)  # fmt: skip
def test_what_the_closures_do_not_know_is_the_library_s(text):
    assert compile_closure(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$states.input.n + 1", 3),
        ("$states.input.f * 2", 5),
        ("$states.input.n / 4", 0.5),
        ("-7 % 3", -1),
        ("5.5 % 2", 1.5),
        ("$states.input.missing + 1", "undefined"),
        ("-$states.input.missing", "undefined"),
        ("$states.input.items.a", [1, 2]),
        ("$states.input.items.b", [1, 2, 3]),
        ("$states.input.items.c", 0),
        ("$states.input.items.d", "undefined"),
        ("$states.input.one.a", [5]),
        ("$states.input.nested.a", [1, 2, 3]),
        ("$states.input.list[-1]", 3),
        ("$states.input.list[3]", "undefined"),
        ("$states.input.text[0]", "abc"),
        ("$states.input.text.a", "undefined"),
        ("$states.input.missing[0]", "undefined"),
        ("$states.input.nothing.a", "undefined"),
        ("$states.result", "undefined"),
        ("$states.errorOutput.Error", "undefined"),
        ("$x.y", 1),
        ("$z", "undefined"),
        ("$states.context.Name", "me"),
        ("$states.input.n < 3 and $states.input.text = 'abc'", True),
        ("$states.input.text < 'b'", True),
        ("$states.input.missing < 1", "undefined"),
        ("$states.input.missing = 1", False),
        ("$states.input.missing != 1", False),
        ("$states.input.yes = 1", False),
        ("$states.input.nothing = null", True),
        ("1 = 1.0", True),
        ("[1, {'a': [2]}] = [1, {'a': [2]}]", True),
        ("{'a': 1} != {'a': true}", True),
        ("2 in $states.input.list", True),
        ("2 in 2", True),
        ("'a' in $states.input.missing", False),
        ("$states.input.empty or [0] or [[]] or '' or 0 or null", False),
        ("[0, 1] and 'a' and {'a': 0}", True),
        ("'a' & 1 & 2.50 & null & true & $states.input.missing & [1, {'b': 0.5}]",
         'a12.5nulltrue[1,{"b":0.5}]'),
        ("0.1 + 0.2 & ''", "0.3"),
        ("$states.input.yes ? 1 : 2", 1),
        ("$states.input.empty ? 1", "undefined"),
        ("[$states.input.list, 4, [5], $states.input.missing, ([6])]", [1, 2, 3, 4, [5], 6]),
        ("{'a': $states.input.missing, 'b': null}", {"b": None}),
        ("$merge([{'a': 1, 'b': 1}, {'b': 2}, $states.input.missing])", {"a": 1, "b": 2}),
        ("1 / 0", float("inf")),
        ("$count($states.input.list)", 3),
        ("$count($states.input.missing)", 0),
        ("$count(5)", 1),
        ("$sum([1, 0.5, 0.5])", 2),
        ("$sum($states.input.missing)", "undefined"),
        ("$sum([])", 0),
        ("$average([1, 2])", 1.5),
        ("$average([])", "undefined"),
        ("$max([1, 3.0, 2])", 3),
        ("$min($states.input.f)", 2.5),
        ("$exists($states.input.nothing)", True),
        ("$exists($states.input.missing)", False),
        ("$not('')", True),
        ("$not($states.input.missing)", "undefined"),
        ("$boolean([0])", False),
        ("$string(10.0)", "10"),
        ("$string('a')", "a"),
        ("$string($states.input.missing)", "undefined"),
        ("$number('012')", 12),
        ("$number(true)", 1),
        ("$type($states.input.empty)", "object"),
        ("$type(null)", "null"),
        ("$type(1)", "number"),
        ("$length('abc')", 3),
        ("$uppercase('a') & $lowercase('B')", "Ab"),
        ("$abs(-1.5)", 1.5),
        ("$floor(-1.5) + $ceil(1.2)", 0),
        ("$contains('abc', 'b')", True),
        ("$join(['a', 'b'], '-') & $join(['c'])", "a-bc"),
        ("$append(1, [2])", [1, 2]),
        ("$append($states.input.missing, 2)", 2),
        ("$append(2, $states.input.missing)", 2),
        ("$keys({'a': 1, 'b': 2})", ["a", "b"]),
        ("$keys({'a': 1})", "a"),
        ("$keys({})", "undefined"),
        ("$lookup({'a': 1}, 'a')", 1),
    ],
)  # fmt: skip
def test_the_closures_answer(text, value):
    context = {"Name": "me"}
    assert quick(text, context=context, variables={"x": {"y": 1}}) == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1 + 'a'", "T2002"),
        ("true + 1", "T2001"),
        ("-'a'", "D1002"),
        ("1 < 'a'", "T2009"),
        ("true < 1", "T2010"),
        ("$sum(['a'])", "T0412"),
        ("$length(1)", "T0410"),
        ("$number('x')", "D3030"),
        ("$merge([1])", "T0412"),
        ("'' & (1 / 0)", "D1001"),
        ("1 / 0 + 1", "D1001"),
        ("$unknown(1)", "T1006"),
    ],
)
def test_errors_are_the_library_s(text, code):
    compiled = compile_jsonata(f"{{% {text} %}}", location="Output")
    with pytest.raises(EvaluationError, match=f"during evaluation. {code}: "):
        compiled.evaluate(None, Scope(INPUT))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9007199254740993", 9007199254740992),
        ("12345678901234567890", 12345678901234567000),
        ("$states.input.big", 9007199254740992),
        ("[$states.input]", [{"big": 9007199254740992, "f": 10.0}]),
        ("$states.input.big + 1", 9007199254740992),
        ("$states.input.big & ''", "9007199254740990"),
        ("$states.input ~> |$|{'a': 1}|", {"big": 9007199254740990, "f": 10, "a": 1}),
        ("[1 / 0, -1 / 0, 0 / 0, 1 % 0]", [None] * 4),
        ("$power(10, 20)", 10**20),
    ],
)
def test_every_number_is_a_double(text, value):
    compiled = compile_jsonata(f"{{% {text} %}}", location="Output")
    assert compiled.evaluate(None, Scope({"big": 9007199254740993, "f": 10.0})) == value


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (10.0, "10"),
        (1 / 3, "0.333333333333333"),
        (-2.5, "-2.5"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (0.000001, "0.000001"),
        (-0.0000015, "-0.0000015"),
        (1e-7, "1e-7"),
        (1.5e-10, "1.5e-10"),
        (123456789012345678, "123456789012346000"),
    ],
)
def test_numbers_are_written_as_javascript_writes_them(number, text):
    assert number_text(number) == text


def test_closures_and_library_give_the_same(monkeypatch):
    """What differs is where the library follows JSONata 2.2: 1 / 0, and more than 15 digits."""
    made, wrong, compared = Generator(seed=4), [], 0

    def outcome(text):
        compiled = compile_jsonata(f"{{% {text} %}}", location="O", allow={"result", "errorOutput"})
        try:
            return compiled.evaluate(None, SCOPE)
        except EvaluationError as error:
            return error.cause

    for _ in range(1500):
        text = made.expression()
        odd = any(part in text for part in ("/", "%", "big", "9007", "1e21", "$states.input,"))
        if odd or "$states.input)" in text or compile_closure(text) is None:
            continue
        compared += 1
        with monkeypatch.context() as patched:
            closures = outcome(text)
            patched.setattr(jsonata, "compile_closure", lambda _source: None)
            library = outcome(text)
        if closures != library:
            wrong.append((text, closures, library))
    assert wrong == []
    assert compared > 300


def test_a_closure_that_gives_up_does_not_spoil_the_next_evaluation():
    compiled = compile_jsonata("{% $states.input.a + 1 %}", location="Output")
    with pytest.raises(EvaluationError, match="T2001"):
        compiled.evaluate(None, Scope({"a": "x"}))
    assert compiled.evaluate(None, Scope({"a": 1})) == 2


def test_values_are_shared_and_not_copied():
    data = {"a": {"b": [1]}}
    compiled = compile_jsonata("{% {'made': $states.input.a} %}", location="Output")
    assert compiled.evaluate(None, Scope(data))["made"] is data["a"]


def test_an_unknown_character_is_unsupported():
    with pytest.raises(Unsupported):
        parse_jsonata("`open")
