"""The corners of the path dialect that the table of reference answers does not reach."""

import pytest

from simulator.asl.expressions import CompileError, EvaluationError, Scope
from simulator.asl.paths import compile_path, reference_path

ITEMS = [
    {"id": 1, "name": "it's", "tags": ["a", "b"], "n": None, "on": True, "o": {}},
    {"id": 2.5, "name": "Two", "tags": [], "on": False},
    {"id": "3", "name": "", "tags": "ab"},
]


def find(path, document):
    return compile_path(path).evaluate(document, Scope(None))


def ids(filter_text):
    return [item["id"] for item in find(f"$[?({filter_text})]", ITEMS)]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("@.id", [1, 2.5, "3"]),
        ("!(@.on)", ["3"]),
        ("!@.on", ["3"]),
        ("@.on == true", [1]),
        ("@.on != true", [2.5, "3"]),
        ("@.n == null", [1]),
        ("@.missing == @.other", []),  # what does not exist is not even the same as itself
        ("@.missing != @.other", [1, 2.5, "3"]),
        ("!@.id == 1", [1]),  # a mark before the path of a comparison means nothing
        ("@.id > .5", [1, 2.5]),
        ("@.missing == null", []),
        ("@.id == '3'", ["3"]),
        ("3 == @.id", ["3"]),  # a number and a text meet
        ("@.id == 3", ["3"]),
        ("1 == @.name", []),
        ("@.id === 3", []),
        ("@.id === 2.5", [2.5]),
        ("@.id !== 2.5", [1, "3"]),
        ("@.on == 1", []),
        ("@.id < 2", [1]),
        ("@.id <= 2.5", [1, 2.5]),
        ("@.id > 1", [2.5]),
        ("@.id >= 1", [1, 2.5]),
        ("@.name >= 'Two'", [1, 2.5]),
        ("@.missing < 1", []),
        ("@.on < 1", []),
        ("@.name =~ /t.*/i", [2.5]),
        ("/T.*/ =~ @.name", [2.5]),
        ("@.name =~ 'Two'", []),
        ("@.tags =~ /a/", [1]),  # any of an array
        ("@.o =~ /.*/", [1, 2.5, "3"]),
        ("@.name =~ /a\\/b/", []),
        ("@.name == 'it\\'s'", [1]),
        ('@.name == "it\'s"', [1]),
        ("@.id in [1, '3']", [1, "3"]),
        ("@.id nin [1]", [2.5, "3"]),
        ("@.id in 1", []),
        ("@.tags subsetof ['a', 'b', 'c']", [1, 2.5]),
        ("@.tags anyof ['b']", [1]),
        ("@.tags noneof ['b']", [2.5]),
        ("@.tags size 2", [1, "3"]),
        ("@.tags size 'a'", []),
        ("@.missing size 0", []),
        ("@.o size 0", []),
        ("@.tags all ['a', 'b']", []),
        ("@.name type 'string'", []),
        ("@.name matches 'Two'", []),
        ("@.on exists true", [1]),
        ("@.tags empty true", [2.5]),
        ("@.name empty true", ["3"]),
        ("@.missing empty true", []),
        ("@.on empty true", []),
        ("@.tags contains 'a'", [1, "3"]),
        ("@.missing contains 'a'", []),
        ("@.tags contains @.missing", []),
        ("@.on contains 'a'", []),
        ("@.o == {}", [1]),
        ("@.id == 1 && @.on == true", [1]),
        ("@.id == 1 || @.name == ''", [1, "3"]),
        ("(@.id == 1 || @.id == 2.5) && !(@.on == true)", [2.5]),
        ("@.id == $[1].id", [2.5]),
        ("@['id'] == 1", [1]),
        ("@.tags[0] == 'a'", [1]),
        ("@.tags[*] == ['a', 'b']", [1]),
        ("@.tags.length() == 2", [1]),
        ("@.tags.min() == 1", []),  # a function that fails finds nothing
    ],
)
def test_filters(test, expected):
    assert ids(test) == expected


@pytest.mark.parametrize("end", ["&&", "|| ", "== ", "@.a", ") (", "== [1", "== /(/", "== #"])
def test_filters_that_cannot_be_read(end):
    with pytest.raises(CompileError):
        compile_path(f"$[?(@.a {end})]")


@pytest.mark.parametrize("path", ["$[?(1)]", "$[?((@.a)]", "$[?@.a]", "$[?(@.a =~ /[/)]"])
def test_filters_that_are_none(path):
    with pytest.raises(CompileError):
        compile_path(path)


NUMBERS = {
    "n": [1, 2, 3, "x"],
    "none": [],
    "deep": {"n": [4]},
    "text": "abc",
    "o": {"a": 1, "b": 2},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.n.min()", 1.0),
        ("$.n.max()", 3.0),
        ("$.n.avg()", 2.0),
        ("$.n.sum()", 6.0),
        ("$.n.stddev()", 0.8164965809277263),
        ("$.n.length()", 4),
        ("$.n.size()", 4),
        ("$.o.length()", 2),
        ("$.text.length()", None),
        ("$.length($.n)", 5),  # of the document: one path names one value
        ("$.length($.o)", 5),
        ("$.length($..n)", 5),
        ("$.o.keys()", ["a", "b"]),
        ("$.n.keys()", None),
        ("$.n.concat('y', $.text)", "xyabc"),
        ("$.o.concat('y')", "y"),
        ("$.none.append(5, 6)", [5, 6]),
        ("$.o.append(5)", {"a": 1, "b": 2}),
        ("$.n.first()", 1),
        ("$.n.last()", "x"),
        ("$.n.index(1)", 2),
        ("$.n.concat($.n, 1)", "x123x1"),
        ("$.n.sum(10, $.deep.n)", 20.0),
        ("$.n.sum(x)", 6.0),  # passed over
        ("$..n.length()", 5),  # of all that is one step below
    ],
)
def test_functions_at_the_end_of_a_path(path, value):
    if "'" in path:
        path = path.replace("'", '"')  # arguments are JSON
    assert find(path, NUMBERS) == value


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("$.none.sum()", "Aggregation function attempted to calculate value using empty array"),
        ("$.none.first()", "Index 0 out of bounds for length 0"),
        ("$.n.index()", "Index 0 out of bounds for length 0"),
        ("$.n.index(9)", "Index 9 out of bounds for length 4"),
        ("$.text.last()", "Index -1 out of bounds for length 0"),
    ],
)
def test_functions_of_nothing_are_errors(path, detail):
    with pytest.raises(EvaluationError) as caught:
        find(path, NUMBERS)
    assert caught.value.cause == f"Invalid path '{path}' : {detail}"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a.b", "'a.b' is not a path"),
        ("$.", "Path must not end with a '.' or '..'"),
        ("$..", "Path must not end with a '.' or '..'"),
        ("$a..", "Path must not end with a '.' or '..'"),
        ("$...a", "Character '.' on position 3 is not valid."),
        ("$.[0]", "Could not parse token starting at position 2"),
        ("$.a b", "Use bracket notion ['my prop']"),
        ("$-a", "Illegal character at position 1 expected '.' or '['"),
        (
            "$['a'x]",
            "Property must be separated by comma or Property must be terminated close square bracket"
            " at index 4",
        ),
        ("$['a]", "Property has not been closed - missing closing '"),
        ("$['a',,'b']", "Found empty property at index 6"),
        ("$['a',1", "Property has not been closed - missing closing ]"),
        ("$[1,]", "Failed to parse token in ArrayIndexOperation:"),
        ("$[9999999999]", "Failed to parse token in ArrayIndexOperation: 9999999999"),
        ("$[?(true)]", "Expected path node"),
        ("$[?(@.a == 1 @.b)]", "Expected character: )"),
        ("$[?(@.a >)]", "Failed to parse filter: [?(@.a >)], error on position: 8, char: )"),
        ("$[?(@.a > b)]", "Failed to parse filter: [?(@.a > b)], error on position: 9, char: b"),
        ("$['a',]", "Found empty property at index 6"),
        ("$[:]", "Failed to parse SliceOperation: :"),
        ("$[x]", "Could not parse token"),
        ("$.a.sum(", "Arguments to function: 'sum' are not closed properly."),
        ("$.a.sum({)", "'{' is neither JSON nor a path"),
        ("$.a.nothing()", "Function with name: nothing does not exist"),
    ],
)
def test_texts_that_are_no_paths(path, message):
    with pytest.raises(CompileError) as caught:
        compile_path(path)
    assert caught.value.message.startswith(message)


DOCUMENT = {
    "a": [{"b": 1, "c": 2}, {"b": 3}, [4, 5]],
    "o": {"x": {"b": 6}, "y": 7},
    "e": [],
    "q'": 8,
    "d.e": 9,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$['o']['x','z']", {"x": {"b": 6}}),
        ("$.o['x','y'].b", [6]),
        ("$.y['x','z']['b']", []),
        ("$.a[0,2,9]", [{"b": 1, "c": 2}, [4, 5]]),
        ("$.a[-1]", [4, 5]),
        ("$.o[0,1]", []),
        ("$.a[1:]", [{"b": 3}, [4, 5]]),
        ("$.a[-1:]", [[4, 5]]),
        ("$.a[-9:]", DOCUMENT["a"]),
        ("$.a[:-1]", [{"b": 1, "c": 2}, {"b": 3}]),
        ("$.a[:9]", DOCUMENT["a"]),
        ("$.a[0:2]", [{"b": 1, "c": 2}, {"b": 3}]),
        ("$.e[0:2]", []),
        ("$.o[0:2]", []),
        ("$.a[*].b", [1, 3]),
        ("$.o.*", [{"b": 6}, 7]),
        ("$.o.y.*", []),
        ("$.o[*].b", [6]),
        ("$..b", [1, 3, 6]),
        ("$..['b']", [1, 3, 6]),
        ("$..b.z", []),
        ("$..*.b", []),  # a star and a name do not get over the first element
        ("$..*[0]", [{"b": 1, "c": 2}, 4]),
        ("$.o..*.b", [6]),
        ("$..['b','c']", [{"b": 1, "c": 2}]),  # after a scan, all of the names
        ("$.a..[0]", [{"b": 1, "c": 2}, 4]),
        ("$.o[?(@.b == 6)]", []),
        ("$.o.x[?(@.b == 6)]", [{"b": 6}]),
        ("$[ 'o' ].y", 7),
        ("$['q\\'']", 8),
        ("$['d.e']", 9),
        ("$.a[", DOCUMENT["a"]),  # recorded of the reference
        ("$.o ", {"x": {"b": 6}, "y": 7}),
    ],
)
def test_walking(path, value):
    assert find(path, DOCUMENT) == value


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("$.a[9]", "No results for path: $['a'][9]"),
        ("$.o['x','y'].sum()", "calculate value using empty array"),
        ("$.y.b", "Missing property in path $['y']"),
        (
            "$.o.y.b",
            "Expected to find an object with property ['b'] in path $['o']['y'] but found"
            " 'java.lang.Integer'. This is not a json object according to the JsonProvider:"
            " 'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
        ),
        ("$.n[0]", "The path $['n'] is null"),
        ("$.o[0]", "Filter: [0] can only be applied to arrays. Current context is: {x={b=6}, y=7}"),
        ("$.missing.length()", "Missing property in path $['missing']"),
        ("$.a[0].b.z", "in path $['a'][0]['b'] but found"),
        ('$["none"]', 'No results for path: $["none"]'),
        ("$.o.y[?(@.b)]", "Filter: [?] can not be applied to primitives. Current context is: 7"),
        ("$.a[7].keys()", "No results for path: $['a'][7].keys()"),
    ],
)
def test_what_a_definite_path_says_when_it_finds_nothing(path, detail):
    with pytest.raises(EvaluationError) as caught:
        find(path, {**DOCUMENT, "n": None})
    assert detail in caught.value.cause


def test_a_result_that_has_no_array_on_its_way_is_an_error():
    with pytest.raises(EvaluationError, match="Unable to apply ReferencePath"):
        reference_path("$.a[0]").write({"a": {}}, 1)
