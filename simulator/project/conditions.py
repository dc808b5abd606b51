"""The Conditions section: which resources and values exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simulator.values import Json


class ConditionError(Exception):
    """A condition cannot be decided; the text says why."""


class Conditions:
    """Decides each condition once. `resolve` gives the value of what stands inside Fn::Equals."""

    def __init__(self, section: Mapping[str, Json], resolve: Callable[[Json], Json]) -> None:
        self._section = section
        self._resolve = resolve
        self._known: dict[str, bool] = {}
        self._open: list[str] = []

    def __contains__(self, name: object) -> bool:
        return name in self._section

    @property
    def names(self) -> list[str]:
        return sorted(self._section)

    def holds(self, name: Json) -> bool:
        """ConditionError when it does not exist, goes round in a circle or is no condition."""
        if not isinstance(name, str) or name not in self._section:
            raise ConditionError(f"no condition is called {name!r}")
        if name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            raise ConditionError(f"conditions refer to each other in a circle: {circle}")
        if name not in self._known:
            self._open.append(name)
            try:
                self._known[name] = self.evaluate(self._section[name])
            finally:
                self._open.pop()
        return self._known[name]

    def evaluate(self, body: Json) -> bool:
        if not isinstance(body, dict) or len(body) != 1:
            raise ConditionError("a condition is one of Fn::Equals, Fn::And, Fn::Or, Fn::Not")
        [(function, argument)] = body.items()
        if function == "Condition":
            return self.holds(argument)
        if not isinstance(argument, list):
            raise ConditionError(f"{function} takes a list")
        if function == "Fn::Equals":
            if len(argument) != 2:
                raise ConditionError("Fn::Equals compares two values")
            left, right = (_text(self._resolve(side)) for side in argument)
            return left == right
        if function == "Fn::Not":
            if len(argument) != 1:
                raise ConditionError("Fn::Not takes one condition")
            return not self.evaluate(argument[0])
        if function in {"Fn::And", "Fn::Or"}:
            sides = [self.evaluate(side) for side in argument]
            return all(sides) if function == "Fn::And" else any(sides)
        raise ConditionError(f"{function} is no condition function")


def _text(value: Json) -> Json:
    # AWS: parameter values are texts, so `!Equals [!Ref Count, 1]` compares texts (docs).
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value
