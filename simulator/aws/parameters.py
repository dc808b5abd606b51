"""What boto3 checks of a call before it sends it: calls that are answered here are not sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.aws import naming


def check_parameters(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
    """Raises botocore's ParamValidationError, in its words."""
    from botocore.exceptions import ParamValidationError
    from botocore.validate import ParamValidator

    shape = naming.operation(service, operation).input_shape
    report = ParamValidator().validate(parameters, shape)  # type: ignore[arg-type]  # its stubs want a StructureShape
    if report.has_errors():
        raise ParamValidationError(report=report.generate_report())
