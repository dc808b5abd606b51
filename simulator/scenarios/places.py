"""Paths as reports show them: the same in every clone of a project."""

from __future__ import annotations

from pathlib import Path


def from_here(path: Path) -> Path:
    """Relative to the current folder when it lies below it, else as it is given."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
