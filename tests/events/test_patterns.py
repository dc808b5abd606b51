"""Event patterns: what they match, and the texts people read. More answers: tests/oracles."""

from __future__ import annotations

import pytest

from simulator.events.patterns import Mismatch, Pattern, PatternError
from simulator.values import Json


@pytest.mark.parametrize(
    ("test", "yes", "no"),
    [
        ("x", ["x", ["y", "x"], [["x"]]], ["X", "", None, ["y"]]),
        ("", [""], ["x", None]),
        (None, [None, [None]], ["", 0, False, []]),
        (1, [1, 1.0], [True, "1", 2]),
        (True, [True], [1, "true"]),
        ({"prefix": "ab"}, ["ab", "abc"], ["AB", 12]),
        ({"prefix": {"equals-ignore-case": "aB"}}, ["ABc"], ["xab"]),
        ({"suffix": ".png"}, ["a.png"], ["a.PNG"]),
        ({"suffix": {"equals-ignore-case": ".png"}}, ["a.PNG"], ["a.pn"]),
        ({"equals-ignore-case": "Ä"}, ["ä"], ["a"]),
        ({"wildcard": "a*b\\*"}, ["ab*", "a\nb*"], ["abx"]),
        ({"anything-but": "x"}, ["y", None, 1, ["x", "y"]], ["x", [], {}]),
        ({"anything-but": [1, 2]}, [3, "1"], [1, 2.0]),
        ({"anything-but": {"prefix": ["a", "b"]}}, ["c", 1], ["ab", "b"]),
        ({"anything-but": {"suffix": "a"}}, ["b"], ["ba"]),
        ({"anything-but": {"wildcard": "a*"}}, ["b"], ["ab"]),
        ({"anything-but": {"equals-ignore-case": ["A"]}}, ["b"], ["a"]),
        ({"numeric": [">", 0, "<=", 5]}, [5, 0.1], [0, 6, "1", True]),
        ({"numeric": ["=", 300]}, [300, 3e2], [301]),
        ({"cidr": "10.0.0.0/24"}, ["10.0.0.255"], ["10.0.1.0", "x", "fe80::1%a", 10]),
        ({"cidr": "2001:db8::/32"}, ["2001:db8::1"], ["2001:db9::1", "10.0.0.1"]),
        ({"exists": True}, ["", None, [1]], [[], {}]),
        ({"exists": False}, [[], {}], ["", None]),
    ],
)
def test_an_operator_holds_for_these_values_and_not_for_those(
    test: Json, yes: list[Json], no: list[Json]
) -> None:
    pattern = Pattern.parse({"detail": {"a": [test]}})
    assert [value for value in yes if not pattern.matches({"detail": {"a": value}})] == []
    assert [value for value in no if pattern.matches({"detail": {"a": value}})] == []


def test_fields_of_objects_in_an_array_match_within_one_element() -> None:
    event: Json = {"findings": [{"level": "HIGH", "new": False}, {"level": "LOW", "new": True}]}
    assert Pattern.parse({"findings": {"level": ["HIGH"], "new": [False]}}).matches(event)
    mixed = Pattern.parse({"findings": {"level": ["HIGH"], "new": [True]}})
    assert mixed.explain(event) == Mismatch(
        "findings.new", "true, in the same array element as the fields before it", [False, True]
    )
    absent = Pattern.parse({"findings": {"level": ["HIGH"], "owner": [{"exists": False}]}})
    assert absent.matches(event)


def test_alternatives_are_multiplied_out() -> None:
    pattern = Pattern.parse({"source": ["s"], "$or": [{"a": [1]}, {"b": {"c": [2]}}]})
    events: list[Json] = [
        {"source": "s", "a": 1},
        {"source": "s", "b": {"c": 2}},
        {"source": "s", "b": 2},
        {"source": "t", "a": 1},
    ]
    assert [pattern.matches(event) for event in events] == [True, True, False, False]


def test_a_mismatch_names_the_first_field_of_the_nearest_alternative() -> None:
    pattern = Pattern.parse(
        {"source": ["aws.x"], "detail": {"severity": [{"numeric": [">=", 7]}], "b": ["y", "z"]}}
    )
    near: Json = {"source": "aws.x", "detail": {"severity": 2, "b": "y"}}
    found = pattern.explain(near)
    assert found == Mismatch("detail.severity", "a number >= 7", 2)
    assert str(found) == "detail.severity is 2, the pattern wants a number >= 7"
    gone = pattern.explain({"source": "aws.x", "detail": {"severity": 8}})
    assert gone == Mismatch("detail.b", '"y" or "z"', None, present=False)
    assert str(gone) == 'detail.b is not there, the pattern wants "y" or "z"'
    assert pattern.explain("no event") == Mismatch("source", '"aws.x"', None, present=False)


@pytest.mark.parametrize(
    ("pattern", "reason", "path"),
    [
        (["x"], "Filter is not an object", ""),
        ({}, "Empty objects are not allowed", ""),
        ({"a": {"b": {}}}, "Empty objects are not allowed", "a.b"),
        ({"a": []}, "Empty arrays are not allowed", "a"),
        ({"a": "x"}, '"a" must be an object or an array', "a"),
        ({"a": [["x"]]}, "Match value must be String, number, true, false, or null", "a"),
        ({"a": [{}]}, "Empty objects are not allowed", "a"),
        ({"a": [{"prefix": 1}]}, "prefix match pattern must be a string", "a.prefix"),
        ({"a": [{"wildcard": "a**b"}]}, "Consecutive wildcard characters at pos 1", "a.wildcard"),
        ({"a": [{"numeric": "x"}]}, "Value of numeric must be an array.", "a.numeric"),
        ({"a": [{"numeric": [1]}]}, "Invalid member in numeric match: 1", "a.numeric"),
        ({"a": [{"numeric": ["~", 1]}]}, "Unrecognized numeric range operator: ~", "a.numeric"),
        ({"a": [{"cidr": "10.0.0.1/32"}]}, "IPv4 mask bits must be < 32", "a.cidr"),
        (
            {"a": [{"anything-but": {"prefix": ""}}]},
            "Null prefix/suffix not allowed",
            "a.anything-but",
        ),
    ],
)
def test_a_wrong_pattern_is_refused_with_reason_and_path(
    pattern: Json, reason: str, path: str
) -> None:
    with pytest.raises(PatternError) as caught:
        Pattern.parse(pattern)
    assert (caught.value.reason, caught.value.path) == (reason, path)


def test_an_unknown_operator_is_refused_with_the_known_ones() -> None:
    with pytest.raises(PatternError, match="Unrecognized match type sufix, known: exists, "):
        Pattern.parse({"a": [{"sufix": "x"}]})


def test_too_complex_patterns_are_refused() -> None:
    with pytest.raises(PatternError, match="Rule is too complex"):
        Pattern.parse({"a": [{"wildcard": "*:*:*:*:*:event-bus/*"}]})
    many: list[Json] = [{"a": [number]} for number in range(11)]
    with pytest.raises(PatternError, match="Rule is too complex"):
        Pattern.parse({key: {"$or": many} for key in "xyz"})
