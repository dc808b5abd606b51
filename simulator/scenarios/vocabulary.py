"""What an application adds to the words of a scenario: fixtures, steps, probes and invariants."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias, TypeVar

from simulator.errors import SimulatorError, SourceError, UsageError
from simulator.problems import Location, Problem
from simulator.project.project import Project
from simulator.scenarios.channels import Channel
from simulator.scenarios.compare import ABSENT, Difference, differences
from simulator.scenarios.places import from_here
from simulator.scenarios.words import EXPECT, GIVEN, STEPS
from simulator.scenarios.world import World

__all__ = [
    "ABSENT",
    "Channel",
    "Difference",
    "Vocabulary",
    "World",
    "differences",
    "load_vocabulary",
    "vocabulary_of",
]

Prepare: TypeAlias = Callable[[World], None]
Fixture: TypeAlias = Callable[[World, Any], None]
StepWord: TypeAlias = Callable[[World, Mapping[str, Any]], None]
Probe: TypeAlias = Callable[[World, Any], Iterable[Difference]]
Invariant: TypeAlias = Callable[[World], Iterable[str]]
F = TypeVar("F", bound=Callable[..., Any])
_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(slots=True)
class Vocabulary:
    """Words by name. A name is registered once, and never one that the toolkit has itself.

    Everything runs in the order of registration: `prepare` before fixtures, fixtures before the
    first step, probes, invariants and `always` after the last.
    """

    preparations: list[Prepare] = field(default_factory=list)
    fixtures: dict[str, Fixture] = field(default_factory=dict)
    steps: dict[str, StepWord] = field(default_factory=dict)
    step_keys: dict[str, frozenset[str] | None] = field(default_factory=dict)
    probes: dict[str, Probe] = field(default_factory=dict)
    invariants: dict[str, Invariant] = field(default_factory=dict)
    always_checks: list[Invariant] = field(default_factory=list)
    workflows: dict[str, str | None] = field(default_factory=dict)
    source: str = "the vocabulary"

    def prepare(self, function: Prepare) -> Prepare:
        """Runs before the fixtures of every scenario."""
        self.preparations.append(function)
        return function

    def fixture(self, key: str) -> Callable[[F], F]:
        """A key of `given`: fn(world, value)."""
        return self._into(self.fixtures, GIVEN.shapes, "fixture", key)

    def step(self, kind: str, *, keys: Iterable[str] | None = None) -> Callable[[F], F]:
        """A kind of step: fn(world, step). With `keys`, a step with another key is refused."""
        self.step_keys[kind] = None if keys is None else frozenset(keys)
        return self._into(self.steps, STEPS, "step", kind)

    def probe(self, key: str) -> Callable[[F], F]:
        """A key of `expect`: fn(world, want) gives the differences."""
        return self._into(self.probes, EXPECT, "probe", key)

    def invariant(self, name: str) -> Callable[[F], F]:
        """A name in `expect.invariants`: fn(world) gives what is wrong, one text each."""
        return self._into(self.invariants, {}, "invariant", name)

    def always(self, function: Invariant) -> Invariant:
        """Checked after every run, named or not: fn(world) gives what is wrong."""
        self.always_checks.append(function)
        return function

    def workflow(self, word: str, name: str | None) -> None:
        """Scenarios call it `word`; the project calls it `name`, None: no state machine has part."""
        if self.workflows.get(word, name) != name:
            raise UsageError(
                f"workflow word '{word}' stands for '{self.workflows[word]}' already, not '{name}'"
            )
        self.workflows[word] = name

    def _into(
        self, table: dict[str, Any], toolkit: Mapping[str, Any], what: str, name: str
    ) -> Callable[[F], F]:
        if name in toolkit:
            raise UsageError(f"{what} '{name}' is a word of the toolkit; choose another name")
        if name in table:
            raise UsageError(f"{what} '{name}' is registered twice; keep one")

        def register(function: F) -> F:
            table[name] = function
            return function

        return register


def vocabulary_of(project: Project) -> Vocabulary:
    """What the project's settings name; an empty one when they name none."""
    folder = project.settings.vocabulary
    return load_vocabulary(project.root, None if folder is None else Path(folder))


def load_vocabulary(root: Path, folder: Path | None) -> Vocabulary:
    """Runs `register(vocabulary)` of the folder's `__init__.py`; an empty one without a folder."""
    vocabulary = Vocabulary()
    if folder is None:
        return vocabulary
    init = (root / folder / "__init__.py").resolve()
    if not init.is_file():
        raise _refused(init, f"the vocabulary '{folder}' has no __init__.py", "create it")
    vocabulary.source = str(from_here(root / folder / "__init__.py"))
    module = _import(root.resolve(), init)
    register = getattr(module, "register", None)
    if not callable(register):
        raise _refused(
            init,
            "the vocabulary has no function 'register'",
            "define `def register(vocabulary: Vocabulary) -> None`",
        )
    try:
        register(vocabulary)
    except SimulatorError as error:
        raise _refused(init, str(error), None) from error
    except Exception as error:  # the application's code may raise anything
        raise _refused(init, f"register() failed: {told(error, root)}", None) from error
    return vocabulary


def _refused(path: Path, message: str, hint: str | None) -> SourceError:
    return SourceError([Problem("SCN014", message, Location(from_here(path)), hint)])


def told(error: BaseException, root: Path) -> str:
    """The exception, and the line that raised it: of the project below `root`, or else of ours."""
    trace, own, ours = error.__traceback__, "", ""
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(_PACKAGE):
            ours = f" ({file.relative_to(_PACKAGE.parent)}:{trace.tb_lineno})"
        elif file.is_relative_to(root.resolve()) and "site-packages" not in file.parts:
            own = f" ({from_here(file)}:{trace.tb_lineno})"
        trace = trace.tb_next
    return f"{type(error).__name__}: {error}{own or ours}"


def _import(root: Path, init: Path) -> ModuleType:
    """The folder as a package named after its path, so that it can import its own modules."""
    try:
        parts = init.parent.relative_to(root).parts
    except ValueError:
        parts = (init.parent.name,)
    name = ".".join(parts) or root.name
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == str(init):
        return known
    # Another project's package of the same name would answer for ours.
    for other in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
        del sys.modules[other]
    spec = importlib.util.spec_from_file_location(
        name, init, submodule_search_locations=[str(init.parent)]
    )
    if spec is None or spec.loader is None:
        raise _refused(init, "the vocabulary cannot be imported", None)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(root))
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the application's code may raise anything
        sys.modules.pop(name, None)
        raise _refused(
            init, f"the vocabulary does not import: {told(error, root)}", None
        ) from error
    finally:
        sys.path.remove(str(root))
    return module


def hint_for(vocabulary: Vocabulary, what: str, key: str) -> str:
    """How to make an unknown key known."""
    return f'register it with @vocabulary.{what}("{key}") in {vocabulary.source}'


def scenario_workflow(vocabulary: Vocabulary, word: str | None) -> str | None:
    """The project's name for a scenario's workflow."""
    return None if word is None else vocabulary.workflows.get(word, word)
