"""Closures of JSONata that read members: `$states.input.a[0].b` and paths into variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from simulator.asl.expressions import UNSET, Scope
from simulator.asl.jsonata_syntax import Step
from simulator.asl.jsonata_values import MISSING, Fallback, at_index, member

Get: TypeAlias = Callable[[Scope], Any]


def _input(scope: Scope) -> Any:
    return scope.input


def _context(scope: Scope) -> Any:
    return scope.context


def _result(scope: Scope) -> Any:
    return MISSING if scope.result is UNSET else scope.result


def _error_output(scope: Scope) -> Any:
    return MISSING if scope.error_output is UNSET else scope.error_output


MEMBERS: Final[dict[str, Get]] = {
    "input": _input,
    "context": _context,
    "result": _result,
    "errorOutput": _error_output,
}


def indexed(get: Get, indexes: tuple[int, ...]) -> Get:
    def read(scope: Scope) -> Any:
        value = get(scope)
        for index in indexes:
            if value is MISSING:
                return value
            value = at_index(value, index)
        return value

    return read


def one_name(get: Get, name: str) -> Get:
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


def names(get: Get, names: tuple[str, ...]) -> Get:
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


def steps(get: Get, steps: tuple[Step, ...]) -> Get:
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
