"""How Step Functions words what is wrong with a definition: one function a kind of mistake.

Sources: recordings of CreateStateMachine and ValidateStateMachineDefinition, and error messages
that users of the service have published; what is a guess says so. The service tells people not to
rely on the wording, and changes it now and then: nothing here but diagnostics.py reads it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from simulator.problems import AwsWords

NO_TERMINAL_STATE: Final = AwsWords(
    "Workflow has no terminal state", "MISSING_END_STATE", is_placed=False
)
EMPTY: Final = AwsWords("Value cannot be empty")
NOT_AN_OBJECT: Final = AwsWords("Definition must be a valid JSON object", is_placed=False)
NOT_A_TIMESTAMP: Final = AwsWords("String does not match RFC3339 timestamp")
NOT_A_PATH: Final = AwsWords("Value must be a valid JSONPath.")
NOT_A_REFERENCE: Final = AwsWords("Value is not a Reference Path")
NO_DOLLAR_AHEAD: Final = AwsWords(
    "Value is not a Reference Path: Reference path didn't start with '$'"
)
NOT_AN_ARN: Final = AwsWords("Value is not a valid resource ARN")
ALL_IN_THE_WRONG_PLACE: Final = "States.ALL must appear alone and at end of list"
DOWNGRADED: Final = AwsWords(
    "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
)
HALF_DELIMITED: Final = AwsWords("JSONata string must start with {% and end with %}")
ONE_SELECTOR: Final = AwsWords(
    "The object must have only one of the following fields, [And, Or, Not, Variable, Condition]"
)
RESERVED_VARIABLE: Final = AwsWords(
    "Cannot assign to reserved variable '$states'.", "RESERVED_VARIABLE_NAME"
)
_REQUIRED: Final = "These fields are required: ["
# The service names the fields of one object in the order of its schema (recorded for the first two).
_SCHEMA_ORDER: Final = ("States", "StartAt", "ErrorEquals", "Next", "Type")


def required(field: str) -> AwsWords:
    return AwsWords(f"{_REQUIRED}{field}]")


def required_together(found: Iterable[AwsWords]) -> AwsWords | None:
    """One message for all fields that one object lacks; None when these are other mistakes."""
    fields = [
        words.message.removeprefix(_REQUIRED).removesuffix("]")
        for words in found
        if words.message.startswith(_REQUIRED)
    ]
    if not fields:
        return None
    known = [field for field in _SCHEMA_ORDER if field in fields]
    others = [field for field in fields if field not in known]
    return required(", ".join([*known, *others]))


def is_required(words: AwsWords) -> bool:
    return words.message.startswith(_REQUIRED)


def unsupported(field: str) -> AwsWords:
    return AwsWords(f"Field '{field}' is not supported")


def of_other_language(field: str, language: str, other: str) -> AwsWords:
    return AwsWords(
        f"The QueryLanguage is set to '{language}', but field '{field}' is only supported for the"
        f" '{other}' QueryLanguage"
    )


def only_one(fields: Collection[str]) -> AwsWords:
    return AwsWords(f"There should only be one of the following fields: [{', '.join(fields)}]")


def exactly_one(fields: Collection[str]) -> AwsWords:
    """None of them is there."""
    return AwsWords(
        f"This object should have only one of the following fields: [{', '.join(fields)}]"
    )


def of_type(name: str) -> AwsWords:
    """`name` is STRING, OBJECT, ARRAY, BOOLEAN; the last three are guesses from the first."""
    return AwsWords(f"Expected value of type [{name}]")


def whole_number() -> AwsWords:
    return AwsWords("Expected value of type Integer")


def outside(value: float, low: float, high: float) -> AwsWords:
    if value < low:
        return AwsWords(f"Minimum value is {low}")
    return AwsWords(f"Maximum value is {high}")


def one_of(known: Iterable[str]) -> AwsWords:
    return AwsWords(f"Value should be one of the following: [{', '.join(known)}]")


def state_type() -> AwsWords:
    return AwsWords(
        "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice,"
        " Parallel, Map]"
    )


def unrecognized(resource: str) -> AwsWords:
    return AwsWords(
        f"The resource provided {resource} is not recognized. The value is not a valid resource ARN,"
        " or the resource is not available in this region."
    )


def express_pattern(pattern: str) -> AwsWords:
    """`.waitForTaskToken` leaves a blank behind the sentence (recorded)."""
    name = pattern.removesuffix(":2")
    blank = " " if name == "waitForTaskToken" else ""
    return AwsWords(f"Express state machine does not support '.{name}' service integration{blank}")


def express_activity() -> AwsWords:
    return AwsWords("Express state machine does not support Activity ARN")


def express_distributed(pointer: str) -> AwsWords:
    return AwsWords(
        "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines",
        pointer=pointer,
    )


def dynamic_field(key: str) -> AwsWords:
    return AwsWords(
        f"The value for the field '{key}' must be a valid JSONPath or a valid intrinsic function"
        " call"
    )


def missing_member(field: str) -> AwsWords:
    """A field that an object needs because of what stands elsewhere."""
    return AwsWords(f"The field '{field}' is required but was missing")


def missing_target(name: str) -> AwsWords:
    """The word is 'Next' for StartAt, Default and Catch too."""
    return AwsWords(f"Missing 'Next' target: {name}", "MISSING_TRANSITION_TARGET")


def unreachable(name: str) -> AwsWords:
    return AwsWords(f'State "{name}" is not reachable.', "MISSING_TRANSITION_TARGET")


def duplicate_state(name: str) -> AwsWords:
    return AwsWords(f"Duplicate State name: {name}", "DUPLICATE_STATE_NAME")


def long_state_name(name: str) -> AwsWords:
    return AwsWords(
        f"Invalid State name: {name} exceeds the 80-character limit allowed by the service",
        "INVALID_STATE_NAME",
    )


def duplicate_label(name: str) -> AwsWords:
    return AwsWords(f"Duplicate Label name: {name}", "DUPLICATE_LABEL_NAME")


def long_label(name: str) -> AwsWords:
    return AwsWords(
        f"Invalid Label name: {name} exceeds the 40-character limit allowed by the service",
        "INVALID_LABEL_NAME",
    )


def too_deep() -> AwsWords:
    """A guess but for the code (docs)."""
    return AwsWords("The states are too deeply nested", "TOO_DEEPLY_NESTED")


def variable_name(name: str) -> AwsWords:
    return AwsWords(
        f"Invalid variable name '{name}': the variable name contains invalid characters.",
        "INVALID_VARIABLE_NAME",
    )


def shadowed_variable(name: str) -> AwsWords:
    return AwsWords(
        f"The variable name '{name}' was already defined in a parent scope.",
        "DUPLICATE_VARIABLE_NAME",
    )


def invalid_jsonata(message: str) -> AwsWords:
    """`message` is the parser's own, without its code."""
    return AwsWords(message, "INVALID_JSONATA_EXPRESSION")


def top_level_reference(name: str) -> AwsWords:
    return AwsWords(
        f"Reference to '{name}' at the top level is not supported.",
        "UNSUPPORTED_JSONATA_EXPRESSION",
    )


def unsupported_root(name: str) -> AwsWords:
    return AwsWords(f"Reference to '{name}' is not supported.", "UNSUPPORTED_JSONATA_EXPRESSION")


def no_such_member(member: str) -> AwsWords:
    return AwsWords(f"Field '$states.{member}' does not exist.", "UNSUPPORTED_JSONATA_EXPRESSION")
