"""Errors whose names the payment workflow catches. Messages never hold input."""

from __future__ import annotations


class ServiceBusy(Exception):
    """An AWS service refused for now: the same work may be done again."""


class ProviderNotProcessed(Exception):
    """Nothing was done at the provider: the same call may be made again under the same key."""


class ProviderOutcomeUnknown(Exception):
    """The provider may have acted: ask before doing anything else. Never retried."""


class OutcomeStillUnknown(Exception):
    """The inquiry gave no definite answer yet."""


class ProviderRejected(Exception):
    """The provider refuses our request for good: it is wrong."""


class ActionRequired(Exception):
    """The issuer wants to see its customer; the message is how many seconds there are for it."""


class CaptureRefused(Exception):
    """The provider will not capture this authorisation."""


class CardDataUnavailable(Exception):
    """The cached card is gone or over age: the customer has to enter it again."""


class CardKeyDenied(Exception):
    """The key service refuses to decrypt the card."""


class TransactionInvalid(Exception):
    """The transaction cannot be processed; the message is the reason's code."""


class NotificationFailed(Exception):
    """A message could not be sent now; sending again is safe."""


class PaymentRejected(Exception):
    """Ends the workflow in Rejected."""


class PaymentDeclined(Exception):
    """Ends the workflow in Declined."""


class PaymentCancelled(Exception):
    """Ends the workflow in Cancelled."""


class PaymentExpired(Exception):
    """Ends the workflow in Expired."""


class PaymentRefunded(Exception):
    """Ends the workflow in Refunded."""


class PaymentParked(Exception):
    """Ends the workflow in Parked: an operator has to look."""


class PaymentWaiting(Exception):
    """The payment waits for another try: its card stays in the cache."""
