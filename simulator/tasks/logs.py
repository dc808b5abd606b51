"""What functions print and log: captured for each call, with loggers as each of them set them up."""

from __future__ import annotations

import contextlib
import io
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias


@dataclass(slots=True)
class Logs:
    """What one call wrote, in its order."""

    request_id: str
    parts: list[str] = field(default_factory=list)

    def text(self) -> str:
        return "".join(self.parts)


_open: list[Logs] = []


class _Output(io.TextIOBase):
    """stdout and stderr of every function: handlers made at import keep it over many calls."""

    def write(self, text: str) -> int:
        if _open:
            _open[-1].parts.append(text)
        return len(text)

    def writable(self) -> bool:
        return True


_OUTPUT: Final = _Output()


@contextlib.contextmanager
def captured(request_id: str) -> Iterator[Logs]:
    """Everything printed inside goes into the logs of this call."""
    logs = Logs(request_id)
    _open.append(logs)
    try:
        with contextlib.redirect_stdout(_OUTPUT), contextlib.redirect_stderr(_OUTPUT):
            yield logs
    finally:
        _open.pop()


class _LambdaHandler(logging.Handler):
    """Writes as the handler that Lambda puts on the root logger."""

    def __init__(self) -> None:
        super().__init__()
        self._plain = logging.Formatter()
        self._plain.converter = time.gmtime

    def emit(self, record: logging.LogRecord) -> None:
        if not _open:
            return
        at = self._plain.formatTime(record, "%Y-%m-%dT%H:%M:%S")
        text = self.format(record)
        _OUTPUT.write(
            f"[{record.levelname}]\t{at}.{int(record.msecs):03d}Z\t{_open[-1].request_id}\t{text}\n"
        )


# Level, handlers, propagate, disabled, filters, and what libraries have put on the logger besides:
# Powertools remembers there that it was set up.
_Settings: TypeAlias = tuple[
    int, tuple[logging.Handler, ...], bool, bool, tuple[Any, ...], tuple[tuple[str, Any], ...]
]


class LoggingState:
    """The loggers of one set of modules: what one call sets is there in the next, and only there.

    At first as in Lambda: its own handler on the root logger, which lets warnings through.
    """

    def __init__(self) -> None:
        root: _Settings = (logging.WARNING, (_LambdaHandler(),), True, False, (), ())
        self._own: dict[str, _Settings] = {"": root}

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """The process's own loggers are as before afterwards."""
        before = _settings()
        _apply({**before, **self._own}, before)
        inside = _settings()
        try:
            yield
        finally:
            after = _settings()
            changed = {name for name in after if after[name] != inside.get(name, _NEW)}
            self._own.update({name: after[name] for name in changed})
            _apply(before, after)


_NEW: Final[_Settings] = (logging.NOTSET, (), True, False, (), ())
_PLAIN: Final = frozenset(vars(logging.getLogger(__name__)))


def _loggers() -> Iterator[tuple[str, logging.Logger]]:
    yield "", logging.getLogger()
    for name, logger in list(logging.Logger.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger):
            yield name, logger


def _settings() -> dict[str, _Settings]:
    return {
        name: (
            logger.level,
            tuple(logger.handlers),
            logger.propagate,
            logger.disabled,
            tuple(logger.filters),
            _marks(logger),
        )
        for name, logger in _loggers()
    }


def _marks(logger: logging.Logger) -> tuple[tuple[str, Any], ...]:
    """Attributes that a plain logger does not have."""
    found = vars(logger)
    if len(found) <= len(_PLAIN):  # nearly every one: this is asked before and after each call
        return ()
    return tuple((name, value) for name, value in found.items() if name not in _PLAIN)


def _apply(wanted: dict[str, _Settings], now: dict[str, _Settings]) -> None:
    """Loggers that are not in `wanted` become as new."""
    for name, logger in _loggers():
        settings = wanted.get(name, _NEW)
        if settings != now.get(name, _NEW):
            level, logger.handlers[:], logger.propagate, logger.disabled = settings[:4]
            logger.filters[:] = settings[4]
            for mark, _ in _marks(logger):
                delattr(logger, mark)
            vars(logger).update(settings[5])
            logger.setLevel(level)
