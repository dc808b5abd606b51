"""The application's own world: handlers run in the simulation of our template."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from simulator.tasks.lambdas import Invocation


@pytest.fixture
def invoke(simulation: Any) -> Callable[..., Invocation]:
    """invoke("PlanRemediation", payload) → the invocation, as Lambda would answer it."""

    def call(name: str, payload: Any, **environment: str) -> Invocation:
        simulation.lambdas.environment.update(environment)
        done: Invocation = simulation.lambdas.invoke(name, payload)
        return done

    return call


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """functions("remediation.access") is the module, imported as Lambda has it: from `functions/`.

    What was imported goes again afterwards.
    """
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "functions"))
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("common", "payment", "remediation"):
            del sys.modules[name]
