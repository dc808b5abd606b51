"""Simulate AWS Step Functions workflows of a SAM project, on virtual time.

The public names are imported when they are first used:

* ``Project.load(root)`` reads a SAM project, or raises ``SourceError`` with every problem.
* ``Simulation(project, start=...)`` is one world; a context manager.
* ``parse(source)`` and ``check(machine)`` work on a definition alone; ``diagnose(text)`` judges
  one in the words of ValidateStateMachineDefinition.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.asl.checks import check
    from simulator.asl.diagnostics import diagnose
    from simulator.asl.parse import parse
    from simulator.asl.source import Source
    from simulator.engine.ports import Failure, Success
    from simulator.errors import SimulatorError, SourceError
    from simulator.project.project import Project
    from simulator.scenarios.replay import replay_one
    from simulator.simulation.world import Simulation

__all__ = [
    "Failure",
    "Project",
    "Simulation",
    "SimulatorError",
    "Source",
    "SourceError",
    "Success",
    "check",
    "diagnose",
    "parse",
    "replay_one",
]

_HOMES = {
    "Failure": "simulator.engine.ports",
    "Project": "simulator.project.project",
    "SimulatorError": "simulator.errors",
    "Simulation": "simulator.simulation.world",
    "Source": "simulator.asl.source",
    "SourceError": "simulator.errors",
    "Success": "simulator.engine.ports",
    "check": "simulator.asl.checks",
    "diagnose": "simulator.asl.diagnostics",
    "parse": "simulator.asl.parse",
    "replay_one": "simulator.scenarios.replay",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'simulator' has no attribute '{name}'")
    return getattr(importlib.import_module(home), name)
