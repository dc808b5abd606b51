"""Recorded executions against what the engine does: reads, replays, compares, grades."""
