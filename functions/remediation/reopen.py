"""Once a day: access that was accepted for a time is a finding again when the time is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from common.aws import client, error_code, setting
from common.logs import log

from remediation import settings, store


@contextmanager
def _if_it_exists() -> Iterator[None]:
    """A rule or a finding that is gone needs no opening."""
    try:
        yield
    except Exception as error:
        if error_code(error) != "ResourceNotFoundException":
            raise


def handler(_event: Any, _context: Any) -> dict[str, Any]:
    """The archive rule goes and the finding is active again: its event starts a new execution.

    May run twice: what was reopened is no longer accepted.
    """
    limit = datetime.now(UTC) - settings.duration(setting("ACCEPTED_FOR"))
    reopened = []
    for record in store.accepted_before(limit.isoformat()):
        finding_id, analyzer = record["finding_id"], record["analyzer_arn"]
        access = client("accessanalyzer")
        with _if_it_exists():
            access.delete_archive_rule(
                analyzerName=analyzer.rpartition("/")[2], ruleName=f"intended-{finding_id}"
            )
        with _if_it_exists():
            access.update_findings(analyzerArn=analyzer, ids=[finding_id], status="ACTIVE")
        store.reopen(finding_id)
        log("reopened", finding_id=finding_id)
        reopened.append(finding_id)
    return {"reopened": reopened}
