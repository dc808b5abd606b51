"""What every problem code means, from all rooms."""

from __future__ import annotations

from collections.abc import Mapping


def explanations() -> Mapping[str, str]:
    """Code → one or two sentences."""
    from simulator.asl.codes import EXPLANATIONS as ASL

    return dict(ASL)
