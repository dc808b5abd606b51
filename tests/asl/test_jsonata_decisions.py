"""Which `test ? this : other` a JSONata text has, and that the library knows them by their starts."""

import json
from pathlib import Path

import jlens
import pytest

from simulator.asl.jsonata_decisions import decisions_of

ORACLES = Path(__file__).parent.parent / "oracles"


@pytest.mark.parametrize(
    ("text", "tests"),
    [
        ("$a", []),
        ("$a > 1 ? 'x' : 'y'", ["$a > 1"]),
        ("$a ? 1", ["$a"]),
        ("1 ? 2 ? 3 : 4 : 5", ["1", "2"]),
        ("$a = 1 ? 2 : $a = 2 ? 3 : 4", ["$a = 1", "$a = 2"]),
        ("($a ? 1 : 2) ? 3 : 4", ["$a", "($a ? 1 : 2)"]),
        ("$x := 5 ? 1 : 2", ["5"]),
        ("[1, $a ? 2 : 3, {'k': $b ? 4 : 5}]", ["$a", "$b"]),
        ("$f($a ? 1 : 2, $b ? 3 : 4)", ["$a", "$b"]),
        ("$substringBefore(?, '-')('a-b')", []),
        ("$f(1, ?) ? 2 : 3", ["$f(1, ?)"]),
        ("'a ? b : c' & `x?y`", []),
        ("/* a ? b */ $a /* c ? d */ ? 1 : 2", ["$a /* c ? d */"]),
        ("$match('a', /x?[?\\/]/) ? 1 : 2", ["$match('a', /x?[?\\/]/)"]),
        ("6 / 2 ? 6 / 3 : 1", ["6 / 2"]),
        ("function($x, $y)<an?:n>{ $x ? 1 : 2 }", ["$x"]),
        ("$a ~> |$|{'b': $c ? 1 : 2}| ? 7 : 8", ["$c", "$a ~> |$|{'b': $c ? 1 : 2}|"]),
        ("$a^(>b ? 1 : 2)", ["b"]),
        ("{'or': 1}.or ? 1 : 2", ["{'or': 1}.or"]),
        ("$a and $b or $c ? 1 : 2", ["$a and $b or $c"]),
        ("($a;\n $b ? 1 : 2)", ["$b"]),
    ],
)
def test_the_tests_of_a_text(text, tests):
    jlens.Expression(text)  # it is JSONata
    found = decisions_of(text)
    assert [one.test for one in found] == tests
    assert all(one.measured for one in found)
    assert all(text.startswith(one.test, one.start) for one in found)


@pytest.mark.parametrize(
    "text",
    ["$a[$ > 1 ? true : false]", "$a.b[$f(c ? 1 : 2)]", "$a[[b ? 1 : 2][0] = 1]", "f()[x ? 0 : 1]"],
)
def test_what_is_inside_a_filter_is_not_measured(text):
    assert [one.measured for one in decisions_of(text)] == [False]


def test_a_filter_does_not_hide_what_is_beside_it():
    found = decisions_of("[$a ? 1 : 2][0] ? $a[b ? 0 : 1] : 3")
    assert [(one.test, one.measured) for one in found] == [
        ("$a", True),
        ("[$a ? 1 : 2][0]", True),
        ("b", False),
    ]


def conditions(node):
    if node["kind"] == "condition":
        yield node["span"]["start"]
    for child in node.get("children", ()):
        yield from conditions(child)


MORE = [
    "$map([1,2,3], function($v)<n-n?:n>{ $v > 1 and $v < 3 ? 'a' : 'b' })",
    "($f := function($n){ $n = 0 ? 0 : $f($n-1) }; $f(3))",
    "{'a': $x ? 1 : 2, ($y ? 'k' : 'j'): 3}",
    "[{'x':0},{'x':1}]^(<x=1 ? 1 : 2, >x)",
    "-5 ? 1 : 2",
    "$reduce([1,2], function($i,$j){$i>$j?$i:$j}) ? 'a' : 'b'",
    "[1,2]{ $string($): $ ? 1 : 2 }",
    "5 % 2 ? 1 : 2",
    "[1,2].*[0] ? 1 : 2",
    "'é' & '😀' ? (1 ? 'é' : 'ü') : 2",
    "{'a': 1} ~> |$|{'b': 1 ? 1 : 2}, 'c'| ? 7 : 8",
    "(1 ? 2 : 3)[0 ? 1 : 0]",
    "$sum([1,2].($ ? 1 : 2))",
]


def test_every_condition_that_the_library_tells_of_is_one_of_ours():
    table = json.loads((ORACLES / "jsonata_step_functions.json").read_text(encoding="utf-8"))
    texts = [case["expr"] for case in table["cases"]] + MORE
    lines = (ORACLES / "jsonata_2.0.6_fuzz.jsonl").read_text(encoding="utf-8").splitlines()
    texts += [json.loads(line)["expr"] for line in lines]
    told = 0
    for text in texts:
        try:
            expression = jlens.Expression(text) if "?" in text else None
        except jlens.JlensError:
            continue
        if expression is None:
            continue
        starts = {one.start for one in decisions_of(text) if one.measured}
        audit = expression.evaluate_with_audit(None, table["bindings"])["audit"]
        seen = list(conditions(audit["root"]))
        assert starts >= set(seen), text
        told += len(seen)
    assert told > 200
