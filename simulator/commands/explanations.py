"""What every problem code means, from all rooms."""

from __future__ import annotations

from collections.abc import Mapping


def explanations() -> Mapping[str, str]:
    """Code → one or two sentences."""
    from simulator.asl.codes import EXPLANATIONS as ASL
    from simulator.project.codes import EXPLANATIONS as PRJ
    from simulator.render.codes import EXPLANATIONS as RND
    from simulator.scenarios.reading import EXPLANATIONS as SCN
    from simulator.verify.codes import EXPLANATIONS as VER

    return {**ASL, **PRJ, **RND, **SCN, **VER}
