"""JSONata without the library: a tree becomes Python closures for what most expressions are made of.

The closures know the successful ways only. A value of an unexpected type, and everything that is an
error, raises Fallback: the library then evaluates the whole expression and finds the words.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Final

from simulator.asl.expressions import Scope
from simulator.asl.jsonata_builtins import BUILTINS, FUNCTION_NAMES
from simulator.asl.jsonata_members import MEMBERS, Get, indexed, one_name
from simulator.asl.jsonata_members import names as named
from simulator.asl.jsonata_members import steps as stepped
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
    Unsupported,
    Variable,
    parse_jsonata,
)
from simulator.asl.jsonata_values import (
    EXACT,
    MISSING,
    Fallback,
    equal,
    text_of,
    truth,
)

_UNREAD: Final = Scope(None)

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


def _path(path: Path) -> Get:
    root, steps = path.root, path.steps
    if root == Variable("states"):
        if path.indexes or not steps or steps[0].name not in MEMBERS:
            raise Unsupported
        get, indexes, steps = MEMBERS[steps[0].name], steps[0].indexes, steps[1:]
    else:
        if isinstance(root, Block) and isinstance(root.inner, Array):
            raise Unsupported  # an array constructor at the head of a path is not flattened
        get, indexes = _compile(root), path.indexes
    if indexes:
        get = indexed(get, indexes)
    if any(step.indexes for step in steps):
        return stepped(get, steps)
    names = tuple(step.name for step in steps)
    if not names:
        return get
    return one_name(get, names[0]) if len(names) == 1 else named(get, names)


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
    if len(gets) == 2:
        first, second = gets

        def merge_two(scope: Scope) -> Any:
            one, other = first(scope), second(scope)
            if type(one) is dict and type(other) is dict:
                return {**one, **other}
            raise Fallback

        return merge_two

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
    if sign == "&":
        return _joined(_operands(node))
    left = _compile(node.left)
    if isinstance(node.right, Literal) and (made := _with_literal(sign, left, node.right.value)):
        return made
    right = _compile(node.right)
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
    return _included(left, right)


def _with_literal(sign: str, left: Get, value: Any) -> Get | None:
    """What most conditions and counters are: a value, an operator and a literal."""
    if type(value) is int and -EXACT <= value <= EXACT:
        if sign in _ARITHMETIC:
            return _counted(_ARITHMETIC[sign], left, value)
        if sign in _ORDER:
            return _bounded(_ORDER[sign], left, value)
    if type(value) is str and sign == "=":
        return lambda scope: bool(left(scope) == value)  # nothing else equals a text
    return None


def _counted(compute: Callable[[Any, Any], Any], left: Get, number: int) -> Get:
    def calculate(scope: Scope) -> Any:
        one = left(scope)
        if type(one) is int:
            value = compute(one, number)
            if -EXACT <= value <= EXACT and -EXACT <= one <= EXACT:
                return value
            raise Fallback
        return _double(compute, one, number)

    return calculate


def _bounded(test: Callable[[Any, Any], bool], left: Get, number: int) -> Get:
    def compare(scope: Scope) -> Any:
        one = left(scope)
        if type(one) is int or type(one) is float:
            return test(one, number)
        if one is MISSING:
            return one
        raise Fallback

    return compare


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


def _operands(node: Node) -> list[Node]:
    """`a & b & c` as one list."""
    if isinstance(node, Binary) and node.operator == "&":
        return [*_operands(node.left), node.right]
    return [node]


def _joined(nodes: list[Node]) -> Get:
    gets = [_compile(node) for node in nodes]
    if len(gets) == 2:
        left, right = gets
        return lambda scope: _text(left(scope)) + _text(right(scope))
    return lambda scope: "".join([_text(get(scope)) for get in gets])


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
    if _is_fixed(Object(pairs)):
        fixed = {key: _compile(node)(_UNREAD) for key, node in pairs}
        return lambda _scope: fixed
    gets = [(key, _compile(node)) for key, node in pairs]

    def build(scope: Scope) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, get in gets:
            value = get(scope)
            if value is not MISSING:
                made[key] = value
        return made

    return build


def _is_fixed(node: Node) -> bool:
    """Literals, and objects of nothing else: every evaluation may share one value."""
    if isinstance(node, Object):
        return all(_is_fixed(inner) for _, inner in node.pairs)
    return isinstance(node, Literal)
