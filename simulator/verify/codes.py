"""EXPLANATIONS: what every problem code of `simulator verify` means, for `check --explain`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EXPLANATIONS: Final[Mapping[str, str]] = {
    "VER001": "The file cannot be read, or it is not JSON. The other files are verified all the same.",
    "VER002": "The file is neither a recording nor what the AWS CLI prints for an execution: a "
    "history has events, an execution has executionArn and status, a state machine has definition.",
    "VER003": "A recording or an export lacks what a replay needs, or its parts do not belong "
    "together. A history must be whole and have its data.",
    "VER004": "Two cases have one id, or an id cannot name a file of --dump.",
}
