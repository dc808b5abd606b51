"""Security alerts: a log line, a metric with an alarm, a message to the security team."""

from __future__ import annotations

import json
from typing import Final

from common.aws import setting
from common.logs import log

from payment import metrics
from payment.aws import client

METRIC: Final = "SecurityAlerts"


def alert(reason: str, subject: str = "") -> None:
    """`reason` is a code; `subject` an id without meaning. Never what was received.

    Whoever is refused is refused also when nobody can be told.
    """
    log("security_alert", reason=reason, resource=subject)
    metrics.count(METRIC)
    try:
        client("sns").publish(
            TopicArn=setting("SECURITY_TOPIC"),
            Subject="Payment security alert",
            Message=json.dumps({"reason": reason, "subject": subject}, sort_keys=True),
            MessageAttributes={"reason": {"DataType": "String", "StringValue": reason}},
        )
    except Exception as error:  # noqa: BLE001 - the metric has the alarm already
        log("security_alert_not_sent", reason=reason, code=type(error).__name__)
