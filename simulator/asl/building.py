"""Objects from a template: the part of payload templates that both query languages share."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.asl.expressions import Evaluate, Scope
from simulator.values import Json


def make_object(template: dict[str, Json], live: Sequence[tuple[str, Evaluate]]) -> Evaluate:
    """An object with the keys of `template` in their order; `live` gives the values that change.

    Constant values are shared by all results, not copied.
    """
    if len(live) == len(template) == 1:
        ((name, get_one),) = live
        return lambda data, scope: {name: get_one(data, scope)}
    if len(live) == len(template):
        return lambda data, scope: {name: get(data, scope) for name, get in live}

    def build(data: Json, scope: Scope) -> Json:
        made = template.copy()
        for name, get in live:
            made[name] = get(data, scope)
        return made

    return build
