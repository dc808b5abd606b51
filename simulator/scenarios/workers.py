"""Many scenarios on several processes: the same verdicts in the same order as on one."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from simulator.errors import SimulatorError, SourceError
from simulator.problems import Problem
from simulator.project.project import Project
from simulator.scenarios.compare import Absent, Difference, jsonable
from simulator.scenarios.places import from_here
from simulator.scenarios.replay import Observer, replay_one
from simulator.scenarios.scenario import Scenario
from simulator.scenarios.verdict import Verdict
from simulator.scenarios.vocabulary import Vocabulary, vocabulary_of
from simulator.values import Json

# A process takes a second or two to load the project; fewer scenarios are sooner done in one.
FEW = 8
_Running: TypeAlias = "tuple[str, ...]"


@dataclass(frozen=True, slots=True)
class Job:
    """What a process needs to load the project as this one did, and how it replays.

    With `audit` verdicts have their coverage, `detailed` what pages show. An `observer` is a function
    of a module, which every process can import; what it returns must be able to travel.
    """

    root: Path
    template: str | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)
    stage: str | None = None
    seed: int | None = None
    audit: bool = False
    detailed: bool = False
    observer: Observer | None = None


def workers_for(scenarios: int, wanted: int | None) -> int:
    """As many as wanted, but none without work; without a wish one for each core."""
    if wanted is None:
        wanted = 1 if scenarios < FEW else _cores()
    return max(1, min(wanted, scenarios))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def replay_in_order(
    job: Job,
    project: Project,
    vocabulary: Vocabulary,
    scenarios: Sequence[Scenario],
    *,
    workers: int = 1,
    running: Callable[[_Running, int], None] = lambda names, done: None,  # noqa: ARG005
) -> Iterator[Verdict]:
    """Each scenario's verdict, in the order of `scenarios`, as soon as those before it are there.

    `running` is told the ids that run now and how many have ended. One worker is this process.
    Raises SourceError when a handler cannot be imported, SimulatorError when a process dies.
    """
    if workers > 1:
        yield from _in_processes(job, scenarios, workers, running)
        return
    for done, scenario in enumerate(scenarios):
        running((scenario.id,), done)
        yield _replayed(job, project, scenario, vocabulary)


def _replayed(job: Job, project: Project, scenario: Scenario, vocabulary: Vocabulary) -> Verdict:
    return replay_one(
        project, scenario, vocabulary, seed=job.seed,
        audit=job.audit, detailed=job.detailed, observer=job.observer,
    )  # fmt: skip


def _in_processes(
    job: Job,
    scenarios: Sequence[Scenario],
    workers: int,
    running: Callable[[_Running, int], None],
) -> Iterator[Verdict]:
    """Never more tasks out than processes, so that what runs is known."""
    before = set(multiprocessing.active_children())
    # Spawned everywhere: a forked process would inherit a world, threads and locks.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_load, initargs=(job,))
    out: dict[Future[_Answer], int] = {}
    ended: dict[int, Verdict] = {}
    shown = following = 0
    try:
        while shown < len(scenarios):
            while following < len(scenarios) and len(out) < workers:
                out[pool.submit(_replay, scenarios[following])] = following
                following += 1
            running(
                tuple(scenarios[index].id for index in sorted(out.values())), following - len(out)
            )
            for future in wait(out, return_when=FIRST_COMPLETED).done:
                index = out[future]
                ended[index] = _verdict(future, scenarios[index], out, scenarios)
                del out[future]
            while shown in ended:
                yield ended.pop(shown)
                shown += 1
    except BaseException:
        # Ctrl-C, a refusal or a dead process: nobody waits for the others.
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - before:
            process.terminate()
        raise
    finally:
        pool.shutdown()


def _verdict(
    future: Future[_Answer],
    scenario: Scenario,
    out: Mapping[Future[_Answer], int],
    scenarios: Sequence[Scenario],
) -> Verdict:
    try:
        answer = future.result()
    except BrokenProcessPool:
        names = " or ".join(scenarios[index].id for index in sorted(out.values()))
        raise SimulatorError(
            f"a process that replayed {names} has died; --workers 1 shows where"
        ) from None
    if isinstance(answer, Verdict):
        return replace(answer, scenario=scenario)
    raise SourceError(answer)


# -- in the process -------------------------------------------------------------------------------

_Answer: TypeAlias = "Verdict | tuple[Problem, ...]"
_loaded: list[tuple[Job, Project, Vocabulary]] = []


def _load(job: Job) -> None:
    """Once a process. Ctrl-C reaches the whole group: the first process alone answers it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    project = Project.load(
        from_here(job.root), template=job.template, parameters=job.parameters, stage=job.stage
    )
    vocabulary = vocabulary_of(project)
    _loaded.append((job, project, vocabulary))


def _replay(scenario: Scenario) -> _Answer:
    """An exception with problems does not survive the way between processes, its problems do."""
    job, project, vocabulary = _loaded[-1]
    try:
        return portable(_replayed(job, project, scenario, vocabulary))
    except SourceError as error:
        return error.problems


def portable(verdict: Verdict) -> Verdict:
    """The verdict as it can travel: values that only live in their process become JSON."""
    try:
        pickle.dumps(verdict)
    except Exception:  # noqa: BLE001 - a vocabulary may put anything into a difference
        return replace(verdict, differences=tuple(map(_plain, verdict.differences)))
    return verdict


def _plain(difference: Difference) -> Difference:
    want, got = (
        value if isinstance(value, Absent) else jsonable(value)
        for value in (difference.want, difference.got)
    )
    return replace(difference, want=want, got=got)
