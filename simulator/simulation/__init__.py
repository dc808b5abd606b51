"""One world that runs: clock, engine, AWS stand-ins, bus and sources together."""

from simulator.simulation.world import Simulation

__all__ = ["Simulation"]
