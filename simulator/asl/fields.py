"""Which field belongs to which state in which query language, and to whom else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Sources: the field matrix of the specification; the service refuses fields of the other language.
_COMMON = frozenset({"Type", "Comment", "QueryLanguage"})
_NEXT = frozenset({"Next", "End"})
_PATHS = frozenset({"InputPath", "OutputPath"})
_ERRORS = frozenset({"Retry", "Catch"})
_TASK = frozenset({"Resource", "TimeoutSeconds", "HeartbeatSeconds", "Credentials"})
_MAP = frozenset(
    {
        "ItemProcessor", "Iterator", "ItemSelector", "ItemReader", "ItemBatcher", "ResultWriter",
        "MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage", "Label",
    }
)  # fmt: skip
_MAP_PATHS = frozenset(
    {"MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath"}
)

JSONPATH: Final[Mapping[str, frozenset[str]]] = {
    "Task": _COMMON | _PATHS | _NEXT | _ERRORS | _TASK
    | {"Parameters", "ResultSelector", "ResultPath", "Assign"}
    | {"TimeoutSecondsPath", "HeartbeatSecondsPath"},
    "Parallel": _COMMON | _PATHS | _NEXT | _ERRORS
    | {"Branches", "Parameters", "ResultSelector", "ResultPath", "Assign"},
    "Map": _COMMON | _PATHS | _NEXT | _ERRORS | _MAP | _MAP_PATHS
    | {"ItemsPath", "Parameters", "ResultSelector", "ResultPath", "Assign"},
    "Pass": _COMMON | _PATHS | _NEXT | {"Result", "Parameters", "ResultPath", "Assign"},
    "Wait": _COMMON | _PATHS | _NEXT
    | {"Seconds", "SecondsPath", "Timestamp", "TimestampPath", "Assign"},
    "Choice": _COMMON | _PATHS | {"Choices", "Default", "Assign"},
    "Succeed": _COMMON | _PATHS,
    "Fail": _COMMON | {"Error", "ErrorPath", "Cause", "CausePath"},
}  # fmt: skip

JSONATA: Final[Mapping[str, frozenset[str]]] = {
    "Task": _COMMON | _NEXT | _ERRORS | _TASK | {"Arguments", "Output", "Assign"},
    "Parallel": _COMMON | _NEXT | _ERRORS | {"Branches", "Arguments", "Output", "Assign"},
    "Map": _COMMON | _NEXT | _ERRORS | _MAP | {"Items", "Output", "Assign"},
    "Pass": _COMMON | _NEXT | {"Output", "Assign"},
    "Wait": _COMMON | _NEXT | {"Seconds", "Timestamp", "Output", "Assign"},
    "Choice": _COMMON | {"Choices", "Default", "Output", "Assign"},
    "Succeed": _COMMON | {"Output"},
    "Fail": _COMMON | {"Error", "Cause"},
}

TYPES: Final = tuple(JSONPATH)
MACHINE: Final = frozenset(
    {"States", "StartAt", "QueryLanguage", "TimeoutSeconds", "Version", "Comment"}
)
GRAPH: Final = frozenset({"States", "StartAt", "Comment"})
PROCESSOR: Final = GRAPH | {"ProcessorConfig"}
PROCESSOR_CONFIG: Final = frozenset({"Mode", "ExecutionType", "Comment"})
RETRIER: Final = frozenset(
    {
        "ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds",
        "JitterStrategy", "Comment",
    }
)  # fmt: skip
CATCHER: Final = frozenset({"ErrorEquals", "Next", "Comment", "Assign"})
RULE: Final = frozenset({"Next", "Comment", "Assign"})
