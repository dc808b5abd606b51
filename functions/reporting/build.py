"""GET /reports/daily, in the account of the reports: rows of some days for an analyst."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import boto3
from common.answers import http_answer
from common.aws import CONFIG, client, error_code, setting
from common.logs import log

from reporting import alarms, facts, rows

ANALYSTS: Final = "reporting-analyst"
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException"})
_SESSION_SECONDS: Final = 900


class Refusal(Exception):
    """An answer that says no: its status, and the code that the client reads."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """200; 403 outside the group, 422 for a range that is none, 502 when the export is refused or wrong."""
    context = event["requestContext"]
    caller = str(_claims(context).get("sub", ""))
    try:
        _check_group(context)
        days = _range(event.get("queryStringParameters") or {})
        _refresh(days, str(context["requestId"]))
    except Refusal as refusal:
        log("report_refused", status=refusal.status, code=str(refusal), caller=caller)
        return http_answer(refusal.status, {"code": str(refusal)})
    found = [row for day in days for row in facts.rows_of(day)]
    log("report_read", count=len(found), caller=caller)
    return http_answer(
        200, {"from": days[0], "to": days[-1], "rows": found, "totals": _totals(found)}
    )


def _claims(context: dict[str, Any]) -> dict[str, Any]:
    authorizer = context.get("authorizer") or {}
    found: dict[str, Any] = authorizer.get("claims") or {}
    return found


def _check_group(context: dict[str, Any]) -> None:
    claims = _claims(context)
    # Cognito's claim, and that of another provider of tokens.
    text = f"{claims.get('cognito:groups', '')} {claims.get('groups', '')}"
    if ANALYSTS not in text.replace(",", " ").replace("[", " ").replace("]", " ").split():
        alarms.count(alarms.REFUSED)
        raise Refusal(403, "not_an_analyst")


def _range(query: dict[str, str]) -> list[str]:
    """Every day from `from` to `to`."""
    if set(query) - {"from", "to"}:
        raise Refusal(422, "parameter_unknown")
    try:
        first, last = rows.day(query["from"]), rows.day(query["to"])
    except (KeyError, ValueError):
        raise Refusal(422, "range_invalid") from None
    if last < first:
        raise Refusal(422, "range_invalid")
    if (last - first).days >= rows.MOST_DAYS:
        raise Refusal(422, "range_too_long")
    if last > datetime.now(UTC).date():
        raise Refusal(422, "range_in_future")
    return [(first + timedelta(days=step)).isoformat() for step in range((last - first).days + 1)]


def _refresh(days: list[str], request_id: str) -> None:
    """Pull: days that are missing or too old are fetched. Push: they come by themselves."""
    if setting("REPORT_TRANSFER") == "push":
        return
    oldest = datetime.now(UTC) - timedelta(seconds=int(setting("FRESHNESS_SECONDS")))
    known = facts.ages(days)
    stale = [day for day in days if day not in known or known[day] < oldest]
    if not stale:
        return
    try:
        table = rows.checked(_export(stale, request_id))
    except rows.NotAllowed as error:
        alarms.count(alarms.NOT_ALLOWED)
        log("report_not_allowed", reason=str(error))
        raise Refusal(502, "export_not_allowed") from None
    if table.days != stale:
        alarms.count(alarms.FAILED)
        raise Refusal(502, "export_failed")
    facts.store(table)


def _export(days: list[str], request_id: str) -> Any:
    """What ReportExport in the other account answers. The session's name joins both trails."""
    try:
        keys = client("sts").assume_role(
            RoleArn=setting("EXPORT_ROLE"),
            RoleSessionName=request_id[:64],
            DurationSeconds=_SESSION_SECONDS,
        )["Credentials"]
        there = boto3.client(
            "lambda",
            config=CONFIG,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )
        answer = there.invoke(
            FunctionName=setting("EXPORT_FUNCTION"), Payload=json.dumps({"days": days})
        )
    except Exception as error:  # noqa: BLE001 - an answer, whatever it was
        code = error_code(error)
        if code in _DENIED:
            alarms.count(alarms.DENIED)
            raise Refusal(502, "export_not_authorized") from None
        alarms.count(alarms.FAILED)
        log("report_export_failed", code=code or type(error).__name__)
        raise Refusal(503, "export_unavailable") from None
    payload = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        alarms.count(alarms.FAILED)
        kind = payload.get("errorType") if isinstance(payload, dict) else ""
        log("report_export_failed", code=str(kind))
        raise Refusal(502, "export_failed")
    return payload


def _totals(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By currency and status: amounts of different currencies are never added up."""
    sums: dict[tuple[str, str], dict[str, int]] = {}
    for row in found:
        total = sums.setdefault(
            (row["currency"], row["status"]), {"count": 0, "gross": 0, "fees": 0}
        )
        for name in total:
            total[name] += row[name]
    return [
        {"currency": currency, "status": status, **total}
        for (currency, status), total in sorted(sums.items())
    ]
