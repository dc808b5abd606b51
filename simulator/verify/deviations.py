"""Recordings that are not repeated, and why. Whoever makes one pass removes its line.

Only recordings are looked up here, never a user's own exports.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DEVIATIONS: Final[Mapping[str, str]] = {
    "scenarios/base_scenarios__map_item_reader_base_list_objects_v2": (
        "ETags and times were replaced by placeholders that the recording does not list"
    ),
    "scenarios/base_scenarios__max_concurrency_path_negative": (
        "the service stood still after ExecutionStarted; ours fails the execution"
    ),
}
