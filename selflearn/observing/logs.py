"""The process's own log: a line an event, for people or for programs, without anybody's words."""

import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

import orjson

from selflearn.settings.logs import LogSettings

__all__ = ["JsonLines", "TextLines", "start_logs"]

#: Errors whose message is from the operating system alone, which hears nothing of what customers say.
_SAFE = (OSError,)


def start_logs(settings: LogSettings, *, stream: TextIO | None = None, verbose: bool = False) -> None:
    """Send everything that this process logs, of ours and of libraries, to one stream in one format.

    Parameters
    ----------
    settings
        Format and level.
    stream
        Where to; standard error where None.
    verbose
        At least level `info`, whatever the settings say.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if settings.format == "json" else TextLines())
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    logging.basicConfig(level=min(level, logging.INFO) if verbose else level, handlers=[handler], force=True)


class JsonLines(logging.Formatter):
    """One JSON object a line: `time`, `level`, `logger`, `message`, what `extra` gives as `fields`, and `error`."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
            **_trace(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _told(record.exc_info[1])
            line["at"] = _places(record.exc_info[2])
        return orjson.dumps(line, default=str).decode()


class TextLines(logging.Formatter):
    """The same for people, as `time level logger: message name=value …`."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(" ", timespec="milliseconds")
        fields = "".join(f" {name}={value}" for name, value in getattr(record, "fields", {}).items())
        lines = [f"{time} {record.levelname} {record.name}: {record.getMessage()}{fields}"]
        if record.exc_info and record.exc_info[1] is not None:
            lines += [f"  at {place}" for place in _places(record.exc_info[2])]
            lines.append(f"  {_told(record.exc_info[1])}")
        return "\n".join(lines)


def _trace() -> dict[str, str]:
    """Name the trace that is going on; who has not loaded OpenTelemetry has none."""
    if "opentelemetry.trace" not in sys.modules:
        return {}
    from opentelemetry.trace import get_current_span

    now = get_current_span().get_span_context()
    return {"trace_id": f"{now.trace_id:032x}"} if now.is_valid else {}


def _told(error: BaseException) -> str:
    """Name an error and its causes. What it says is left out: it may quote what a customer said."""
    names: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(names) < 8:
        kind = f"{type(cause).__module__}.{type(cause).__qualname__}".removeprefix("builtins.")
        names.append(f"{kind}: {cause}" if isinstance(cause, _SAFE) else kind)
        cause = cause.__cause__ or cause.__context__
    return ", from ".join(names)


def _places(trace: TracebackType | None) -> list[str]:
    """Where it came from, outermost first: files, lines and functions, but no source and no values."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
