"""One case: run it, compare, and say how it went."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from simulator.errors import SimulatorError
from simulator.values import Json
from simulator.verify.answers import NotReplayable
from simulator.verify.cases import Case
from simulator.verify.deviations import DEVIATIONS
from simulator.verify.divergence import Divergence, first_divergence
from simulator.verify.grades import LEVELS, Grade, grade
from simulator.verify.matching import Fresh
from simulator.verify.replay import Definition, Replayed, recorded_definition, replay

Verdict: TypeAlias = Literal["passed", "failed", "deviation", "skipped"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` says why a case was skipped, could not be run, or is a known deviation.

    `result` is what --dump writes; None when there is none.
    """

    case: Case
    verdict: Verdict
    grade: Grade | None = None
    reason: str | None = None
    divergence: Divergence | None = None
    result: Mapping[str, Json] | None = None

    def to_json(self) -> dict[str, Json]:
        graded = self.grade or Grade()
        return {
            "id": self.case.id,
            "area": self.case.area,
            "kind": self.case.kind,
            "verdict": self.verdict,
            **{level: graded.levels[level] for level in LEVELS},
            "relaxed": graded.relaxed,
            "reason": self.reason,
            "divergence": None if self.divergence is None else self.divergence.to_json(),
            "differences": [
                {"place": one.place, "expected": one.expected, "got": one.got}
                for one in graded.differences
            ],
        }


def verify(case: Case, definition: Definition | None = None, ignore: Sequence[str] = ()) -> Outcome:
    """`definition` is run instead of the recorded one; `ignore` are paths not to compare.

    Never raises: what goes wrong is told.
    """
    if ignore:
        case = replace(case, recording=_ignoring(case.recording, ignore))
    if case.kind == "api":
        return Outcome(case, "skipped", reason="API calls are not graded")
    if definition is not None and case.kind != "execution":
        return Outcome(case, "skipped", reason="another definition is only for executions")
    try:
        done = _execution(case, definition) if case.kind == "execution" else _answered(case)
    except NotReplayable as error:
        return Outcome(case, "skipped", reason=str(error))
    except SimulatorError as error:
        done = Outcome(case, "failed", reason=str(error))
    except Exception as error:  # noqa: BLE001 - one case of hundreds must not hide the others
        done = Outcome(case, "failed", reason=f"the replay broke: {error!r}")
    if done.verdict == "failed" and definition is None and not case.is_export:
        known = DEVIATIONS.get(case.id)
        if known is not None:
            return Outcome(case, "deviation", done.grade, known, done.divergence, done.result)
    return done


def _ignoring(recording: Mapping[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    told = recording.get("compare") or {}
    return {**recording, "compare": {"ignore_paths": [*(told.get("ignore_paths") or ()), *paths]}}


def _execution(case: Case, definition: Definition | None) -> Outcome:
    recording = case.recording
    run = definition or recorded_definition(recording, case.path)
    replayed = replay(recording, run)
    fresh = _fresh(case, replayed, changed=definition is not None)
    other = None if definition is None else definition.value
    graded = grade(recording, replayed.result, fresh, other)
    verdict: Verdict = "passed" if graded.passed and replayed.ended_by is None else "failed"
    divergence = None
    if verdict == "failed":
        divergence = first_divergence(
            recording, replayed.result, run.machine.graph, fresh, run.value, replayed.ended_by
        )
    return Outcome(case, verdict, graded, replayed.ended_by, divergence, replayed.result)


def _fresh(case: Case, replayed: Replayed, *, changed: bool) -> Fresh | None:
    """Recordings say themselves what differs from run to run; for exports it has to be found."""
    if not (case.is_export or changed):
        return None
    recorded = json.dumps(case.recording["expected"], ensure_ascii=False, default=str)
    return Fresh(recorded, replayed.tokens, arns=changed)


def _answered(case: Case) -> Outcome:
    """A definition that the service judged, or a single state that it tested."""
    from simulator.verify.single import tested, validated

    result = (validated if case.kind == "validation" else tested)(case.recording)
    graded = grade(case.recording, result)
    return Outcome(case, "passed" if graded.passed else "failed", graded, result=result)
