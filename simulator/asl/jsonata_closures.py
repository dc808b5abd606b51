"""JSONata without the library: a tree becomes Python closures for what most expressions are made of.

The closures know the successful ways only. A value of an unexpected type, and everything that is an
error, raises Fallback: the library then evaluates the whole expression and finds the words.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from simulator.asl.expressions import UNSET, Scope
from simulator.asl.jsonata_builtins import BUILTINS, FUNCTION_NAMES
from simulator.asl.jsonata_syntax import (
    Array,
    Binary,
    Block,
    Call,
    Condition,
    Literal,
    Negation,
    Node,
    Object,
    Path,
    Step,
    Unsupported,
    Variable,
    parse_jsonata,
)
from simulator.asl.jsonata_values import (
    EXACT,
    MISSING,
    Fallback,
    at_index,
    equal,
    member,
    text_of,
    truth,
)

Get: TypeAlias = Callable[[Scope], Any]

_ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compile_closure(source: str) -> Get | None:
    """Gives the value, or MISSING for undefined; None when the expression needs the library."""
    try:
        return _compile(parse_jsonata(source))
    except Unsupported:
        return None


def _compile(node: Node) -> Get:
    match node:
        case Literal(value):
            return lambda _scope: value
        case Variable(name):
            return _variable(name)
        case Path():
            return _path(node)
        case Call(name, arguments):
            return _call(name, arguments)
        case Binary():
            return _binary(node)
        case Negation(operand):
            return _negation(_compile(operand))
        case Condition(test, then, otherwise):
            return _condition(_compile(test), _compile(then), otherwise)
        case Array(items):
            return _array(items)
        case Object(pairs):
            return _object(pairs)
        case Block(inner):
            return _compile(inner)


def _variable(name: str) -> Get:
    if name == "states" or name in FUNCTION_NAMES:
        raise Unsupported
    return lambda scope: scope.variables.get(name, MISSING)


def _input(scope: Scope) -> Any:
    return scope.input


def _context(scope: Scope) -> Any:
    return scope.context


def _result(scope: Scope) -> Any:
    return MISSING if scope.result is UNSET else scope.result


def _error_output(scope: Scope) -> Any:
    return MISSING if scope.error_output is UNSET else scope.error_output


_MEMBERS: Final[dict[str, Get]] = {
    "input": _input,
    "context": _context,
    "result": _result,
    "errorOutput": _error_output,
}


def _path(path: Path) -> Get:
    root, steps = path.root, path.steps
    if root == Variable("states"):
        if path.indexes or not steps or steps[0].name not in _MEMBERS:
            raise Unsupported
        get, indexes, steps = _MEMBERS[steps[0].name], steps[0].indexes, steps[1:]
    else:
        if isinstance(root, Block) and isinstance(root.inner, Array):
            raise Unsupported  # an array constructor at the head of a path is not flattened
        get, indexes = _compile(root), path.indexes
    if indexes:
        get = _indexed(get, indexes)
    if any(step.indexes for step in steps):
        return _steps(get, steps)
    names = tuple(step.name for step in steps)
    if not names:
        return get
    return _one_name(get, names[0]) if len(names) == 1 else _names(get, names)


def _indexed(get: Get, indexes: tuple[int, ...]) -> Get:
    def read(scope: Scope) -> Any:
        value = get(scope)
        for index in indexes:
            if value is MISSING:
                return value
            value = at_index(value, index)
        return value

    return read


def _one_name(get: Get, name: str) -> Get:
    names = (name,)
    if get is _input:

        def read_input(scope: Scope) -> Any:
            value: Any = scope.input
            if type(value) is dict:
                return value.get(name, MISSING)
            return member(value, names) if type(value) is list else MISSING

        return read_input

    def read(scope: Scope) -> Any:
        value = get(scope)
        if type(value) is dict:
            return value.get(name, MISSING)
        return member(value, names) if type(value) is list else MISSING

    return read


def _names(get: Get, names: tuple[str, ...]) -> Get:
    if get is _input:

        def read_input(scope: Scope) -> Any:
            value: Any = scope.input
            for at, name in enumerate(names):
                if type(value) is dict:
                    value = value.get(name, MISSING)
                elif type(value) is list:
                    return member(value, names[at:])
                else:
                    return MISSING
            return value

        return read_input

    def read(scope: Scope) -> Any:
        value = get(scope)
        for at, name in enumerate(names):
            if type(value) is dict:
                value = value.get(name, MISSING)
            elif type(value) is list:
                return member(value, names[at:])
            else:
                return MISSING
        return value

    return read


def _steps(get: Get, steps: tuple[Step, ...]) -> Get:
    plan = [(step.name, step.indexes) for step in steps]

    def read(scope: Scope) -> Any:
        value = get(scope)
        for name, indexes in plan:
            if type(value) is not dict:
                if type(value) is list:
                    raise Fallback  # every element has its own index
                return MISSING
            value = value.get(name, MISSING)
            if value is MISSING:
                return value
            for index in indexes:
                value = at_index(value, index)
                if value is MISSING:
                    return value
        return value

    return read


def _call(name: str, arguments: tuple[Node, ...]) -> Get:
    if name == "merge" and len(arguments) == 1 and isinstance(arguments[0], Array):
        return _merge([_compile(item) for item in arguments[0].items])
    if name in ("now", "millis"):
        raise Unsupported
    function = BUILTINS.get((name, len(arguments)))
    if function is None:
        raise Unsupported
    gets = [_compile(argument) for argument in arguments]
    if len(gets) == 1:
        first = gets[0]
        return lambda scope: function(first(scope))
    if len(gets) == 2:
        first, second = gets
        return lambda scope: function(first(scope), second(scope))
    return lambda scope: function(*[get(scope) for get in gets])


def _merge(gets: list[Get]) -> Get:
    """`$merge([a, b])` of objects, without the array."""

    def merge(scope: Scope) -> Any:
        made: dict[str, Any] = {}
        for get in gets:
            value = get(scope)
            if type(value) is dict:
                made.update(value)
            elif value is not MISSING:
                raise Fallback
        return made

    return merge


def _binary(node: Binary) -> Get:
    sign = node.operator
    left, right = _compile(node.left), _compile(node.right)
    if sign in _ARITHMETIC:
        return _exact(_ARITHMETIC[sign], left, right)
    if sign in ("/", "%"):
        return _quotient(sign, left, right)
    if sign in _ORDER:
        return _ordered(_ORDER[sign], left, right)
    if sign == "=":
        return lambda scope: _same(left(scope), right(scope))
    if sign == "!=":
        return _unequal(left, right)
    if sign == "and":
        return lambda scope: truth(left(scope)) and truth(right(scope))
    if sign == "or":
        return lambda scope: truth(left(scope)) or truth(right(scope))
    if sign == "&":
        return _joined(left, right)
    return _included(left, right)


def _exact(compute: Callable[[Any, Any], Any], left: Get, right: Get) -> Get:
    """`+ - *`. Whole numbers stay whole as long as a double holds them."""

    def calculate(scope: Scope) -> Any:
        one, other = left(scope), right(scope)
        if type(one) is int and type(other) is int:
            value = compute(one, other)
            if -EXACT <= value <= EXACT and -EXACT <= one <= EXACT and -EXACT <= other <= EXACT:
                return value
            raise Fallback
        return _double(compute, one, other)

    return calculate


def _quotient(sign: str, left: Get, right: Get) -> Get:
    def divide(one: float, other: float) -> float:
        if other:
            return one / other
        return math.nan if not one else math.copysign(math.inf, one)

    def remainder(one: float, other: float) -> float:
        return math.fmod(one, other) if other else math.nan

    compute = divide if sign == "/" else remainder
    return lambda scope: _double(compute, left(scope), right(scope))


def _double(compute: Callable[[Any, Any], Any], one: Any, other: Any) -> Any:
    for value in (one, other):
        kind = type(value)
        if value is not MISSING and (
            (kind is not int and kind is not float) or not -EXACT <= value <= EXACT
        ):
            raise Fallback  # no number, or one that a double does not hold
    if one is MISSING or other is MISSING:
        return MISSING
    value = compute(float(one), float(other))
    if value.is_integer():
        if -EXACT <= value <= EXACT:
            return int(value)
        raise Fallback
    return value


def _negation(get: Get) -> Get:
    def negate(scope: Scope) -> Any:
        value = get(scope)
        if value is MISSING:
            return value
        if type(value) not in (int, float) or not -EXACT <= value <= EXACT:
            raise Fallback
        return -value or 0

    return negate


def _ordered(test: Callable[[Any, Any], bool], left: Get, right: Get) -> Get:
    def compare(scope: Scope) -> Any:
        one, other = left(scope), right(scope)
        kind, other_kind = type(one), type(other)
        if (kind is int or kind is float) and (other_kind is int or other_kind is float):
            return test(one, other)
        if kind is str and other_kind is str:
            if one.isascii() or other.isascii():
                return test(one, other)
            raise Fallback  # JavaScript orders by UTF-16
        if one is MISSING:
            if other is MISSING or other_kind in _COMPARABLE:
                return MISSING
        elif other is MISSING and kind in _COMPARABLE:
            return MISSING
        raise Fallback

    return compare


_COMPARABLE: Final = frozenset({int, float, str})


def _same(one: Any, other: Any) -> bool:
    if type(one) is str and type(other) is str:
        return bool(one == other)
    if one is MISSING or other is MISSING:
        return False
    return equal(one, other)


def _unequal(left: Get, right: Get) -> Get:
    def differs(scope: Scope) -> bool:
        one, other = left(scope), right(scope)
        return one is not MISSING and other is not MISSING and not equal(one, other)

    return differs


def _joined(left: Get, right: Get) -> Get:
    def join(scope: Scope) -> str:
        one, other = left(scope), right(scope)
        return _text(one) + _text(other)

    return join


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    if value is MISSING:
        return ""
    return text_of(value)


def _included(left: Get, right: Get) -> Get:
    def contains(scope: Scope) -> bool:
        one, other = left(scope), right(scope)
        if one is MISSING or other is MISSING:
            return False
        if type(one) is dict or type(one) is list:
            raise Fallback
        values = other if type(other) is list else [other]
        return any(equal(one, value) for value in values)

    return contains


def _condition(test: Get, then: Get, otherwise: Node | None) -> Get:
    if otherwise is None:
        return lambda scope: then(scope) if truth(test(scope)) else MISSING
    other = _compile(otherwise)
    return lambda scope: then(scope) if truth(test(scope)) else other(scope)


def _array(items: tuple[Node, ...]) -> Get:
    """`[a, [b]]`: what an item gives is appended, and an array that stands there is an item."""
    gets = [(_compile(item), isinstance(item, Array)) for item in items]

    def build(scope: Scope) -> list[Any]:
        made: list[Any] = []
        for get, is_item in gets:
            value = get(scope)
            if type(value) is list and not is_item:
                made.extend(value)
            elif value is not MISSING:
                made.append(value)
        return made

    return build


def _object(pairs: tuple[tuple[str, Node], ...]) -> Get:
    gets = [(key, _compile(node)) for key, node in pairs]

    def build(scope: Scope) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, get in gets:
            value = get(scope)
            if value is not MISSING:
                made[key] = value
        return made

    return build
