"""Errors whose names the remediation workflow catches; each says where a finding goes next."""

from __future__ import annotations


class FindingMalformed(Exception):
    """The event is no finding that we understand; never repaired by guess."""


# --- EvaluateFinding: everything but "remediate" ------------------------------------------------


class AnalysisFailed(Exception):
    """The analyser could not read the resource: nothing is known about its access."""


class NotifyOnly(Exception):
    """Somebody should know, nothing is changed; the message says why."""


class TrustedPrincipal(Exception):
    """The principal is on the trusted list or in our organisation."""


class LinkedToPrimary(Exception):
    """The same role is found in every Region: the primary Region's finding is remediated."""


class ResourceUnmodifiable(Exception):
    """The service does not let anybody change the resource."""


class ResourceGone(Exception):
    """The resource does not exist (any more)."""


class Flapping(Exception):
    """Somebody keeps putting the old policy back."""


# --- the lock: the workflow has one state to take it and one to give it back ---------------------


class ResourceLocked(Exception):
    """Another execution works on the resource: try again."""


class LockedToAllow(Exception):
    """The lock is held in order to remove our statement."""


class LockedToRestore(Exception):
    """The lock is held in order to restore the original policy."""


class ReleasedToArchive(Exception):
    """The access is intended: archive the finding."""


class ReleasedToClose(Exception):
    """Nothing is left to do."""


class ReleasedToEscalate(Exception):
    """No safe change exists: somebody has to look."""


class ReleasedToPlanned(Exception):
    """Dry-run: the plan is the result."""


class ReleasedToFail(Exception):
    """The change was not made, or could not be proved."""


# --- the change ---------------------------------------------------------------------------------


class NoSafeChange(Exception):
    """No strategy blocks the finding and nobody else; the message says why."""


class PreviewPending(Exception):
    """The access preview is not ready yet."""


class PlannedOnly(Exception):
    """Dry-run: the plan and its preview stand, nothing is changed."""


class NotApplied(Exception):
    """The service refused the change; the message is its error code."""


class PrincipalGone(Exception):
    """The service does not know the principal that was to be denied; the message is its code."""


class PolicyChanged(Exception):
    """Somebody else changed it between our reading and our writing: read and try again."""


class NotVerified(Exception):
    """Read-back does not show what was written."""


class CannotUndo(Exception):
    """The policy is not what we left: taking our part out needs a person."""


class FindingStillActive(Exception):
    """The analyser has not confirmed the block yet."""


class Superseded(Exception):
    """A newer update of the finding is worked on: this execution has nothing more to say."""


class NotificationFailed(Exception):
    """The topic could not be published to; sending again is safe."""
