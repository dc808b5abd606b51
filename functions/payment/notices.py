"""What is said in which status, and through which channel. Texts never say why a card was declined."""

from __future__ import annotations

from typing import Final

WEB, MAIL, TOPIC, BUS = "web", "email", "topic", "bus"

# Status (and, after a dot, its reason) → the template of each channel to the customer.
_TEMPLATES: Final = {
    "AWAITING_CUSTOMER": {WEB: "payment_action_required"},
    "CANCELLED": {WEB: "payment_cancelled", MAIL: "payment_cancelled"},
    "COMPLETED": {WEB: "payment_completed", MAIL: "payment_receipt"},
    "DECLINED": {WEB: "payment_declined", MAIL: "payment_declined"},
    "DECLINED.card_details_need_checking": {
        WEB: "payment_declined_check_details",
        MAIL: "payment_declined_check_details",
    },
    "EXPIRED": {WEB: "payment_card_needed_again", MAIL: "payment_card_needed_again"},
    "EXPIRED.customer_action_timeout": {WEB: "payment_expired", MAIL: "payment_expired"},
    "PARTIALLY_REFUNDED": {WEB: "payment_partially_refunded", MAIL: "payment_partially_refunded"},
    "REFUNDED": {WEB: "payment_refunded", MAIL: "payment_refunded"},
    "REJECTED": {WEB: "payment_invalid", MAIL: "payment_invalid"},
    "RETRY_SCHEDULED": {WEB: "payment_retry_scheduled", MAIL: "payment_retry_scheduled"},
}
TEXTS: Final = {
    "payment_action_required": "Please confirm your payment with your bank.",
    "payment_cancelled": "Your payment was cancelled. You have not been charged.",
    "payment_card_needed_again": "Please enter your card details again to complete your payment.",
    "payment_completed": "Your payment has been completed.",
    "payment_declined": "Your payment was declined. Please use another card.",
    "payment_declined_check_details": "Your payment was declined. Please check your card details.",
    "payment_expired": "Your payment was not confirmed in time. You have not been charged.",
    "payment_invalid": "Your payment could not be accepted. You have not been charged.",
    "payment_partially_refunded": "A part of your payment has been refunded.",
    "payment_receipt": "Thank you. This is the receipt of your payment.",
    "payment_refunded": "Your payment has been refunded.",
    "payment_retry_scheduled": "Your payment takes longer than usual. You need not do anything.",
}


def templates(status: str, reason: str) -> dict[str, str]:
    """Channel → template. The topic and the bus are for systems and tell the status itself."""
    told = _TEMPLATES.get(f"{status}.{reason}") or _TEMPLATES[status]
    changed = f"status_{status.lower()}"
    return {**told, TOPIC: changed, BUS: changed}
