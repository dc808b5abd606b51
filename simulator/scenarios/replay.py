"""Replay: a scenario's own world, run to its end and compared with what should have happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, TypeAlias

from simulator.coverage.coverage import Taken
from simulator.engine.execution import Execution
from simulator.engine.ports import Decisions
from simulator.errors import LimitReached, SimulatorError, SourceError, UsageError
from simulator.project.project import Project
from simulator.scenarios import expectations, givens
from simulator.scenarios.compare import Difference
from simulator.scenarios.details import described
from simulator.scenarios.interleavings import Replayed
from simulator.scenarios.observed import watch_queues
from simulator.scenarios.scenario import Scenario, Step
from simulator.scenarios.steps import perform
from simulator.scenarios.traces import trace
from simulator.scenarios.verdict import ExecutionSummary, Status, Verdict
from simulator.scenarios.vocabulary import Vocabulary, scenario_workflow, told
from simulator.scenarios.world import World
from simulator.simulation.world import Simulation

# Orderings of one scenario; more are refused and not silently left out.
MAX_INTERLEAVINGS = 2_000
__all__ = ["Verdict", "Verdicts", "replay", "replay_one"]
_TAIL = 8  # history events shown with a failure


Verdicts: TypeAlias = tuple[Verdict, ...]
Observer: TypeAlias = Callable[[World], Any]


def replay(
    project: Project,
    scenarios: Iterable[Scenario],
    vocabulary: Vocabulary,
    *,
    seed: int | None = None,
    audit: bool = False,
) -> Verdicts:
    """Each scenario in a world of its own, in order."""
    return tuple(
        replay_one(project, scenario, vocabulary, seed=seed, audit=audit) for scenario in scenarios
    )


def replay_one(
    project: Project,
    scenario: Scenario,
    vocabulary: Vocabulary,
    *,
    seed: int | None = None,
    audit: bool = False,
    detailed: bool = False,
    observer: Observer | None = None,
) -> Verdict:
    """Never raises for what a scenario or the project's code does: that is an "error" verdict.

    `seed` None takes the scenario's own. With `audit` the verdict has its `coverage`, with
    `detailed` (of audited ones) its `details` too. An `observer` is shown the world at its end, in which
    no two functions share what a module remembers. SourceError: a handler cannot even be imported.
    """
    seed = scenario.seed if seed is None else seed

    def run(decisions: Replayed | None) -> Verdict:
        return _run(
            project, scenario, vocabulary, seed, decisions,
            audit=audit, detailed=detailed, observer=observer,
        )  # fmt: skip

    return run(None) if scenario.given.get("interleavings") != "all" else _every_ordering(run)


def _every_ordering(run: Callable[[Replayed], Verdict]) -> Verdict:
    """Of all orderings, up to the first that does not pass."""
    prefix: tuple[int, ...] | None = ()
    count = 0
    verdict: Verdict | None = None
    coverage: Taken | None = None
    observed: tuple[Any, ...] = ()
    while prefix is not None:
        if count >= MAX_INTERLEAVINGS:
            limit = LimitReached(
                "interleavings",
                f"more than {MAX_INTERLEAVINGS} orderings; take steps or states out",
            )
            different = (Difference("run", message=str(limit)),)
            found = _with(verdict, "error", count, different)
            return replace(found, coverage=coverage, observed=observed)
        decisions = Replayed(prefix)
        found = run(decisions)
        observed += found.observed
        if found.coverage is not None:
            coverage = found.coverage if coverage is None else coverage + found.coverage
        count += 1
        if found.status != "passed":
            note = f"ordering {count}: {[index for index, _ in decisions.taken]}"
            failed = _with(found, found.status, count, found.differences, note)
            return replace(failed, coverage=coverage, observed=observed)
        verdict = verdict or found
        prefix = decisions.following()
    passed = _with(verdict, "passed", count, ())
    return replace(passed, coverage=coverage, observed=observed)


def _with(
    verdict: Verdict | None,
    status: Status,
    count: int,
    different: tuple[Difference, ...],
    note: str | None = None,
) -> Verdict:
    assert verdict is not None  # noqa: S101 - at least one ordering ran
    return Verdict(
        verdict.scenario,
        status,
        different,
        verdict.path,
        (*verdict.notes, *(() if note is None else (note,))),
        verdict.executions,
        verdict.virtual_time,
        verdict.seed,
        count,
        details=verdict.details,
    )


def _run(
    project: Project,
    scenario: Scenario,
    vocabulary: Vocabulary,
    seed: int,
    decisions: Decisions | None,
    *,
    audit: bool,
    detailed: bool,
    observer: Observer | None,
) -> Verdict:
    try:
        workflow = _workflow(project, scenario, vocabulary)
        faults = givens.faults(scenario, project)
        with Simulation(
            project,
            start=scenario.clock,
            seed=seed,
            decisions=decisions,
            mocks=dict(scenario.mocks),
            faults=faults,
            limits=givens.limits(scenario),
            schedules=scenario.schedules,
            audit=audit,
            apart=observer is not None,
        ) as simulation:
            world = World(simulation, scenario, workflow)
            verdict = _inside(world, vocabulary, seed, interleaved=decisions is not None)
            return replace(
                verdict,
                notes=(*verdict.notes, *givens.unused(scenario, project, faults)),
                coverage=_coverage(simulation) if audit else None,
                details=described(world) if detailed else None,
                observed=() if observer is None else (observer(world),),
            )
    except SourceError:
        raise
    except SimulatorError as error:
        return _error(scenario, seed, str(error))
    except Exception as error:  # noqa: BLE001 - the project's or the application's code may raise anything
        return _error(scenario, seed, told(error, project.root))


def _coverage(simulation: Simulation) -> Taken:
    workflows = simulation.project.workflows.values()
    return Taken.of({one.name: one.machine for one in workflows}, simulation.executions)


def _workflow(project: Project, scenario: Scenario, vocabulary: Vocabulary) -> str | None:
    name = scenario_workflow(vocabulary, scenario.workflow)
    return None if name is None else project.workflow(name).name


def _error(scenario: Scenario, seed: int, message: str) -> Verdict:
    return Verdict(scenario, "error", (Difference("run", message=message),), seed=seed)


def _inside(world: World, vocabulary: Vocabulary, seed: int, *, interleaved: bool) -> Verdict:
    scenario = world.scenario
    wrong: list[Difference] = []
    status: Status = "passed"
    try:
        _prepare(world, vocabulary)
        _arrange(world, vocabulary, wrong, interleaved=interleaved)
        world.simulation.run()
        givens.sweep(world)
        wrong += _outcome(world, vocabulary)
    except SourceError:
        raise
    except SimulatorError as error:
        status = "error"
        wrong.append(Difference("run", message=str(error)))
    except Exception as error:  # noqa: BLE001 - the project's or the application's code may raise anything
        status = "error"
        wrong.append(Difference("run", message=told(error, world.simulation.project.root)))
    notes: list[str] = []
    lost = list(_lost(world))
    if wrong or scenario.expect is None:
        wrong += lost
    else:
        notes += map(str, lost)
        notes += _unasked(world)
    notes += world.too_late
    if wrong and status == "passed":
        status = "failed"
    runs = world.own_executions()
    return Verdict(
        scenario,
        status,
        tuple(wrong),
        tuple(runs[0].visited()) if runs else (),
        tuple(notes),
        tuple(map(_summary, world.executions)),
        world.now - scenario.clock,
        seed,
    )


def _prepare(world: World, vocabulary: Vocabulary) -> None:
    givens.prepare(world)
    for preparation in vocabulary.preparations:
        preparation(world)
    given = world.scenario.given
    # In the order of registration: one fixture may build upon another.
    for key, fixture in vocabulary.fixtures.items():
        if key in given:
            fixture(world, given[key])
    watch_queues(world)


def _arrange(
    world: World, vocabulary: Vocabulary, wrong: list[Difference], *, interleaved: bool
) -> None:
    def act(step: Step) -> None:
        try:
            perform(world, step, vocabulary)
        except UsageError as error:
            wrong.append(Difference(step.where, message=f"{error} ({step.location})"))

    for at, group in groupby(world.scenario.steps, key=lambda step: step.at):
        when = world.scenario.clock + at
        steps = list(group)
        world.simulation.at(when, lambda: givens.sweep(world))
        if interleaved:
            world.simulation.at(when, lambda steps=steps: _spawn(world, steps, act))  # type: ignore[misc]  # bound now
        else:
            for step in steps:
                world.simulation.at(when, lambda step=step: act(step))  # type: ignore[misc]  # bound now


def _spawn(world: World, steps: Sequence[Step], act: Any) -> None:
    """As fibers, so that their order among each other and the workflows' is a decision."""

    async def body(step: Step) -> None:
        act(step)

    for step in steps:
        world.simulation.scheduler.spawn(step.where, body(step))


def _outcome(world: World, vocabulary: Vocabulary) -> list[Difference]:
    found = list(expectations.compare(world, vocabulary))
    if world.scenario.expect is None:
        found += [
            Difference(f"execution {run.name}", "SUCCEEDED", run.status, note=run.error)
            for run in world.executions
            if run.status not in ("SUCCEEDED", "RUNNING")
        ]
    return found + list(expectations.invariants(world, vocabulary))


def _unasked(world: World) -> Iterable[str]:
    """Executions that ended badly in a state that is no Fail state: the path looks as it should."""
    expect = world.scenario.expect or {}
    if "execution_status" in expect or "execution_error" in expect:
        return
    for run in world.executions:
        if run.status in ("FAILED", "TIMED_OUT", "ABORTED") and not any(
            event.type == "FailStateEntered" for event in run.history
        ):
            ended = run.status + (f" {run.error}" if run.error else "")
            yield f"{run.workflow} {run.name} {ended}, and 'expect' has no execution_status"


def _lost(world: World) -> Iterable[Difference]:
    """Events that no rule wanted, and deliveries that reached nobody."""
    for index, routed in enumerate(world.simulation.routed):
        if routed.matched:
            continue
        note = None
        if routed.nearest is not None:
            rule, miss = routed.nearest
            note = f"nearest is rule '{rule}': {miss}"
        yield Difference(
            f"event[{index}]", message=f"no rule on '{routed.bus}' wants it", note=note
        )
    for lost in world.simulation.targets.undelivered:
        yield Difference(lost.source, message=f"did not reach {lost.target}: {lost.why}")


def _summary(run: Execution) -> ExecutionSummary:
    events = list(run.history)[-_TAIL:]
    tail = tuple(
        f"{event.id} {event.type}" + (f" {event.state}" if event.state else "") for event in events
    )
    return ExecutionSummary(
        run.workflow,
        run.name,
        run.status,
        run.error,
        run.cause,
        tuple(run.visited()),
        tail,
        trace(run),
    )
