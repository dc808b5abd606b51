"""Functions of the project, and their handlers: imported as Lambda does it, isolated as there."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from simulator.aws.environment import variables
from simulator.errors import SimulatorError, SourceError
from simulator.problems import Location, Problem
from simulator.tasks.logs import LoggingState

Handler = Callable[[Any, Any], Any]
# Copies of these in a code folder would bypass the stand-ins.
_SHARED: Final = frozenset(
    {"simulator", "boto3", "botocore", "s3transfer", "urllib3", "requests", "time_machine"}
)

# A library with a memory of its process: cold start, metrics, parameters that were read. In Lambda
# each function has a process of its own, so each set of modules has its own copy.
_REMEMBERING: Final = frozenset({"aws_lambda_powertools"})


@dataclass(frozen=True, slots=True)
class Asynchronous:
    """What becomes of invocations that nobody waits for: AWS::Lambda::EventInvokeConfig (docs).

    Destinations get a record of the invocation, the dead-letter target the payload itself; ARNs.
    """

    retries: int = 2
    on_success: str | None = None
    on_failure: str | None = None
    dead_letter: str | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function. `code` and `layers` are absolute paths; an import looks there in this
    order. `latency` is how long a call takes on the virtual clock, as declared.
    """

    name: str
    logical_id: str
    arn: str
    code: Path
    handler: str
    runtime: str
    environment: Mapping[str, str]
    timeout: timedelta
    memory_mb: int
    latency: timedelta
    location: Location
    asynchronous: Asynchronous = field(default_factory=Asynchronous)
    layers: tuple[Path, ...] = ()
    role: str = ""


@dataclass(slots=True)
class _ModuleSet:
    """The modules of one code folder, as one environment's functions see them.

    With those of libraries that remember their process: see `_REMEMBERING`.
    """

    names: frozenset[str]
    modules: dict[str, ModuleType] = field(default_factory=dict)
    logging: LoggingState = field(default_factory=LoggingState)


class Handlers:
    """Imports handlers once a world. Functions with equal code and environment share modules.

    Two functions may both have an `app.py`: each sees its own. With `cold`, every run imports anew;
    with `apart`, no two functions share what a module remembers, as in Lambda.
    """

    def __init__(self, *, cold: bool = False, apart: bool = False) -> None:
        self._cold = cold
        self._apart = apart
        self._sets: dict[tuple[tuple[Path, ...], frozenset[tuple[str, str]], str], _ModuleSet] = {}

    def load(self, function: Function, environment: Mapping[str, str] | None = None) -> Handler:
        """The handler, imported. SourceError (PRJ064) says what is wrong and where."""
        with self.inside(function, environment or function.environment):
            return self.handler(function)

    def handler(self, function: Function) -> Handler:
        """As `load`, for callers that are inside already."""
        name, _, attribute = function.handler.rpartition(".")
        module_name = name.replace("/", ".")
        try:
            module = importlib.import_module(module_name)
        except SimulatorError:
            raise
        except SystemExit as end:
            raise _refused(function, f"it calls sys.exit({end.code!r})") from end
        except Exception as error:
            raise _refused(function, _told(error, function.code)) from error
        found = getattr(module, attribute, None)
        if not callable(found):
            raise _refused(function, f"{module_name} has no function '{attribute}'")
        handler: Handler = found
        return handler

    @contextmanager
    def inside(self, function: Function, environment: Mapping[str, str]) -> Iterator[None]:
        """The process looks as it does to the function: its modules, path, environment, logging."""
        own = self._set_of(function, environment)
        if self._cold:
            own.modules, own.logging = {}, LoggingState()
        hidden = _hide(own.names)
        sys.modules.update(own.modules)
        saved_path, folder = sys.path[:], Path.cwd()
        sys.path[:0] = map(str, (function.code, *function.layers))
        if function.code.is_dir():
            os.chdir(function.code)  # AWS: a function's current folder is its code
        try:
            with variables(_lambda_variables(function, environment)), own.logging.applied():
                yield
        finally:
            os.chdir(folder)
            sys.path[:] = saved_path
            own.modules = _hide(own.names)
            sys.modules.update(hidden)

    def _set_of(self, function: Function, environment: Mapping[str, str]) -> _ModuleSet:
        folders = (function.code, *function.layers)
        key = (folders, frozenset(environment.items()), function.arn if self._apart else "")
        found = self._sets.get(key)
        if found is None:
            importlib.invalidate_caches()
            names = _REMEMBERING.union(*map(_top_level, folders))
            found = self._sets[key] = _ModuleSet(names)
        return found


def _hide(names: frozenset[str]) -> dict[str, ModuleType]:
    """Take the modules of these top-level names out of sys.modules."""
    found = [name for name in sys.modules if name.partition(".")[0] in names]
    return {name: sys.modules.pop(name) for name in found}


def _top_level(code: Path) -> frozenset[str]:
    """The names that an import finds in a code folder before anywhere else."""
    names = set()
    for entry in code.iterdir() if code.is_dir() else ():
        if entry.suffix == ".py":
            names.add(entry.stem)
        elif entry.is_dir() and entry.name.isidentifier():
            names.add(entry.name)
    return frozenset(names - _SHARED - {"__init__"})


def _lambda_variables(function: Function, environment: Mapping[str, str]) -> dict[str, str]:
    """What Lambda sets itself, and the function's own."""
    group = f"/aws/lambda/{function.name}"
    return {
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": group,
        "AWS_LAMBDA_LOG_STREAM_NAME": "simulator",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        # AWS: the X-Ray SDK's own switch (docs). No daemon listens here, and its patches would
        # outlast the world.
        "AWS_XRAY_SDK_ENABLED": "false",
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
        "TZ": ":UTC",
        **environment,
    }


def _told(error: Exception, code: Path) -> str:
    """The error, and the last line of the function's own code that led to it."""
    told = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError) and error.filename:
        return f"{type(error).__name__}: {error.msg} ({Path(error.filename).name}:{error.lineno})"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(code):
            return f"{told} ({path.relative_to(code)}:{frame.lineno})"
    return told


def import_problem(function: Function, detail: str) -> Problem:
    return Problem(
        "PRJ064",
        f"the handler {function.handler} of {function.logical_id} cannot be imported: {detail}",
        function.location,
        f"handlers are imported from {function.code.name}/; are its requirements installed here?",
    )


def _refused(function: Function, detail: str) -> SourceError:
    return SourceError([import_problem(function, detail)])
