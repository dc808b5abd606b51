"""Coverage as an LCOV tracefile: what genhtml, Codecov, Coveralls and editors read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from simulator.coverage.coverage import Coverage
from simulator.coverage.lines import Line, lines_of


def lcov_info(coverages: Iterable[Coverage]) -> str:
    """One record a file; states are its functions."""
    rows: list[str] = []
    for path, lines in lines_of(coverages).items():
        rows += ["TN:", f"SF:{path.as_posix()}", *_record(lines), "end_of_record"]
    return "".join(f"{row}\n" for row in rows)


def _record(lines: Sequence[Line]) -> Iterator[str]:
    states = [(line.number, name, count) for line in lines for name, count in line.states]
    yield from (f"FN:{number},{_name(name)}" for number, name, _ in states)
    yield from (f"FNDA:{count},{_name(name)}" for _, name, count in states)
    yield f"FNF:{len(states)}"
    yield f"FNH:{sum(1 for _, _, count in states if count)}"
    for line in lines:
        for index, (_, count) in enumerate(line.branches):
            # "-": the line was never reached, so nothing was decided on it.
            yield f"BRDA:{line.number},0,{index},{count if line.hits else '-'}"
    yield f"BRF:{sum(len(line.branches) for line in lines)}"
    yield f"BRH:{sum(line.taken for line in lines)}"
    yield from (f"DA:{line.number},{line.hits}" for line in lines)
    yield f"LF:{len(lines)}"
    yield f"LH:{sum(1 for line in lines if line.hits)}"


def _name(state: str) -> str:
    """A state's name on one line."""
    return " ".join(state.split())
