"""The system's chance, seeded while a world runs: what draws from it repeats to the byte."""

from __future__ import annotations

import hashlib
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

# Whoever draws through these is the one that counts.
_BETWEEN: Final = frozenset({__name__, "random", "secrets", "uuid"})
# moto tells the stores of one world from those of another by ids that must never repeat.
_UNIQUE: Final = "moto.core.base_backend"


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """`random`, os.urandom, and with it uuid4, `secrets`, moto's keys and botocore's tokens.

    Asymmetric keys are made by OpenSSL, which nobody can seed: they differ from run to run.
    """
    module: Any = random
    saved, own, state = os.urandom, module._urandom, random.getstate()  # noqa: SLF001 - `secrets` reads it
    os.urandom = module._urandom = _source(seed)  # noqa: SLF001 - as above
    random.seed(seed)
    try:
        yield
    finally:
        os.urandom, module._urandom = saved, own  # noqa: SLF001 - as above
        random.setstate(state)


def _source(seed: int) -> Callable[[int], bytes]:
    """Each function that draws has a stream of its own.

    A shared one would be shifted by what libraries draw when they are first imported, which
    happens in the first world of a process and not in the second.
    """
    system, drawn = os.urandom, Counter[str]()

    def urandom(size: int, /) -> bytes:
        frame = sys._getframe()  # noqa: SLF001 - the documented name
        while frame.f_back is not None and frame.f_globals.get("__name__") in _BETWEEN:
            frame = frame.f_back
        module = frame.f_globals.get("__name__")
        if module == _UNIQUE:
            return system(size)
        who = f"{module}.{frame.f_code.co_qualname}"
        drawn[who] += 1
        return hashlib.shake_256(f"{seed}/{who}/{drawn[who]}".encode()).digest(size)

    return urandom
