"""StateTestError: what TestState refuses, with the code and the words of the service."""

from __future__ import annotations

from simulator.errors import SimulatorError


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
