"""Definitions that the service judged, and single states that it tested: what ours say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.values import Json
from simulator.verify.replay import NotReplayable


def validated(recording: Mapping[str, Any]) -> dict[str, Json]:
    """valid, error, message, diagnostics, as the recorded operation tells them."""
    raise NotReplayable(f"{recording['operation']} is not verified yet")


def tested(recording: Mapping[str, Any]) -> dict[str, Json]:
    """TestState's answer, or {"error": {"Code", "Message"}}."""
    raise NotReplayable(f"TestState is not verified yet: {len(recording)}")
