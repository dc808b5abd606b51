"""StateTestError: what TestState refuses, with the code and the words of the service."""

from __future__ import annotations

from simulator.errors import SimulatorError
from simulator.values import Json, parse_json


class StateTestError(SimulatorError):
    """`code` is the exception's name: ValidationException, InvalidDefinition, InvalidExecutionInput,
    InvalidArn; ParamValidationError for what the SDK refuses before anything is sent.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")


def invalid(message: str) -> StateTestError:
    return StateTestError("ValidationException", message)


def json_or(text: str, refusal: str) -> Json:
    """The text's value. Raises StateTestError with these words when it is not JSON."""
    try:
        return parse_json(text)
    except (ValueError, RecursionError):
        raise invalid(refusal) from None
