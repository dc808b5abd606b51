"""Tell the owners, once a template and update of the finding."""

from __future__ import annotations

import json
import uuid
from typing import Any

from common.aws import client, error_code, setting
from common.logs import log

from remediation import store
from remediation.errors import NotificationFailed
from remediation.messages import change_text, render

_LATER = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "KMSThrottling",
        "ServiceUnavailable",
        "Throttled",
        "Throttling",
    }
)
_NAMESPACE = uuid.UUID("0d6d4f0e-4f6a-4a3e-8a51-2c8c0f6d2a11")


def decision_id(execution: str) -> str:
    """What a message may say about the open task: never its token."""
    return str(uuid.uuid5(_NAMESPACE, execution))


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """{finding, template, number, reason, execution}. Raises NotificationFailed.

    A message is marked after it was sent: a death in between sends it twice, never not at all.
    """
    finding, template = event["finding"], event["template"]
    message = f"{finding['updated_at']}#{template}#{event['number']}"
    record = store.get(finding["finding_id"])
    if message in record.get("messages", ()):
        return {"sent": False}
    facts = {
        "change": change_text(json.loads(record.get("change", "null"))),
        "stack": str(record.get("stack", "")),
        "creator": str(record.get("creator", "")),
        "decision_id": decision_id(event["execution"]),
        "reason": event["reason"],
    }
    subject, text = render(template, finding, facts)
    try:
        client("sns").publish(
            TopicArn=setting("TOPIC"),
            Subject=subject,
            Message=text,
            MessageAttributes={"template": {"DataType": "String", "StringValue": template}},
        )
    except Exception as error:
        if error_code(error) in _LATER:
            raise NotificationFailed(template) from None
        raise
    store.mark_sent(finding["finding_id"], message)
    log("notification", finding_id=finding["finding_id"], template=template)
    return {"sent": True}
