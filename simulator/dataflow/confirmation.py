"""The diagram held against runs: every flow confirmed, or what contradicts it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulator.dataflow.observation import Observed, observe
from simulator.diagrams.flows import DataFlow
from simulator.errors import UsageError
from simulator.project.project import Project
from simulator.scenarios.replay import replay_one
from simulator.scenarios.scenario import Scenario
from simulator.scenarios.vocabulary import Vocabulary
from simulator.scenarios.world import World


@dataclass(frozen=True, slots=True)
class Judged:
    """One flow, or something that no flow is. `card`: the diagram says that it carries card data."""

    subject: str
    is_good: bool
    said: str
    card: bool = False


def judge(flows: DataFlow, observed: Observed) -> Iterator[Judged]:
    """Every flow of the diagram, then what the diagram lacks. Flows that no run took are good
    unless they are declared to carry card data: nobody has shown that they do.
    """
    known = {(flow.source, flow.target) for flow in flows.flows}
    for flow in flows.flows:
        pair, name = (flow.source, flow.target), flows.named(flow)
        leak = observed.card.get(pair)
        if leak is not None:
            said = "carries card data" if flow.card else "is declared to carry no card data"
            yield Judged(name, flow.card, f"{said}; {leak}", flow.card)
        elif flow.card:
            yield Judged(name, False, "is declared to carry card data, and no run shows it", True)  # noqa: FBT003 - is_good, card
        else:
            seen = pair in observed.seen
            said = "carries no card data" if seen else "no run takes this way"
            yield Judged(name, True, said)  # noqa: FBT003 - is_good
    for pair, scenario in observed.seen.items():
        if pair not in known:
            said = f"is not in the diagram, and runs: {observed.card.get(pair, scenario)}"
            yield Judged(" → ".join(pair), False, said)  # noqa: FBT003 - is_good
    for function, leak in observed.strayed.items():
        yield Judged(function, False, f"got card data by a way that no flow is; {leak}")  # noqa: FBT003 - is_good


def observe_all(
    project: Project, scenarios: Sequence[Scenario], vocabulary: Vocabulary, flows: DataFlow
) -> Iterator[tuple[str, Observed]]:
    """The scenario's id and what was observed, one by one. The vocabulary gets one more check.

    UsageError: a scenario does not pass, so it may not have come to its flows.
    """
    seen: dict[str, Observed] = {}

    @vocabulary.always
    def _look(world: World) -> tuple[str, ...]:
        seen[world.scenario.id] = observe(world, flows)
        return ()

    for scenario in scenarios:
        verdict = replay_one(project, scenario, vocabulary)
        if verdict.status != "passed":
            why = "; ".join(map(str, verdict.differences))
            raise UsageError(f"scenario {scenario.id} does not pass, so it confirms nothing: {why}")
        yield scenario.id, seen.pop(scenario.id)
