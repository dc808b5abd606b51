"""What goes wrong, one thing at a time: the n-th call fails, a function dies, a profile differs."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simulator.aws.calls import ApiCall
from simulator.aws.cloud import OURSELVES
from simulator.aws.faults import Fault
from simulator.scenarios.discovery import load
from simulator.scenarios.replay import replay_one
from simulator.scenarios.scenario import Scenario, Step
from simulator.scenarios.verdict import Verdict
from simulator.scenarios.vocabulary import Vocabulary, World, load_vocabulary

ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class NthCall(Fault):
    """Fails the n-th call of functions, states and sources, whatever it is."""

    number: int = 0
    seen: int = -1
    hit: str = ""

    def wants(self, call: ApiCall) -> bool:
        self.seen += 1
        if self.seen != self.number:
            return False
        self.hit = f"{call.caller} {call.name}"
        return True


def scenario(vocabulary: Vocabulary, name: str, **given: Any) -> Scenario:
    """A scenario of ours by its id, with changes of `given`."""
    (path,) = (ROOT / "tests" / "scenarios").glob(f"{name}-*.json")
    found = load(ROOT, [str(path.relative_to(ROOT))], vocabulary)[0]
    if given:
        object.__setattr__(found, "given", {**found.given, **given})
    return found


def run(
    project: Any,
    name: str,
    arrange: Callable[[World], None] = lambda _world: None,
    look: Callable[[World], None] = lambda _world: None,
    **given: Any,
) -> Verdict:
    """`arrange` before the first step, `look` after the last one."""
    vocabulary = load_vocabulary(project.root, project.root / project.settings.vocabulary)
    vocabulary.prepare(arrange)

    @vocabulary.always
    def _look(world: World) -> Iterator[str]:
        look(world)
        return iter(())

    return replay_one(project, scenario(vocabulary, name, **given), vocabulary)


def steps(project: Any, name: str) -> Sequence[Step]:
    vocabulary = load_vocabulary(project.root, project.root / project.settings.vocabulary)
    return scenario(vocabulary, name).steps


def doubled(project: Any, name: str, number: int, *, without: Collection[str] = ()) -> Verdict:
    """The scenario with its n-th step twice at the same instant; `expect` lacks some words."""
    vocabulary = load_vocabulary(project.root, project.root / project.settings.vocabulary)
    found = scenario(vocabulary, name)
    again = replace(found.steps[number], where=f"steps[{number}] again")
    twice = (*found.steps[: number + 1], again, *found.steps[number + 1 :])
    kept = {word: want for word, want in (found.expect or {}).items() if word not in without}
    return replay_one(project, replace(found, steps=twice, expect=kept), vocabulary)


def calls(project: Any, name: str) -> list[str]:
    """Who calls what in an undisturbed run, in its order."""
    found: list[str] = []

    def look(world: World) -> None:
        found.extend(
            f"{call.caller} {call.name}"
            for call in world.simulation.cloud.calls
            if call.caller not in OURSELVES
        )

    run(project, name, look=look)
    return found


def broken(project: Any, name: str, number: int, effect: str, error: str) -> tuple[str, Verdict]:
    """The call that failed, and what came of it."""
    fault = NthCall(error=error, effect=effect, number=number)
    verdict = run(project, name, arrange=lambda world: world.simulation.cloud.inject(fault))
    return fault.hit, verdict


def differences(verdict: Verdict) -> list[str]:
    return [json.dumps(str(difference)) for difference in verdict.differences]
