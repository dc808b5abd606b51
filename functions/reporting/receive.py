"""StoreReport, in the account of the reports: an event with a day's rows is checked and kept."""

from __future__ import annotations

from typing import Any

from common.logs import log

from reporting import alarms, facts, rows


def handler(event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Raises NotAllowed: nothing is stored, an alarm tells, and the event is not tried again for ever."""
    try:
        table = rows.checked(event.get("detail"))
    except rows.NotAllowed as error:
        alarms.count(alarms.NOT_ALLOWED)
        log("report_not_allowed", reason=str(error))
        raise
    facts.store(table)
    log("report_stored", count=len(table.rows))
    return {"rows": len(table.rows)}
