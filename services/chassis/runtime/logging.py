"""JSON logs with an allow-list of keys, so that a new field is left out until somebody has decided on it.

Exceptions are logged by type and place, never by text: a validation error's text contains the input.
"""

import logging
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from services.chassis.runtime.repeats import Repeats
from services.chassis.security.current import add_request

ALLOWED = frozenset(
    {
        "event", "level", "logger", "timestamp", "service", "upstream", "position", "code", "error", "where",
        "status", "method", "route", "duration_ms", "request_id", "event_name", "shelter", "agency", "urgency",
        "count", "port", "pid", "action", "role", "referral", "org", "who", "place", "recorded",
        "repeated", "version",
    }
)  # fmt: skip


def only_allowed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drops every key that is not on the list, and those without a value."""
    return {key: value for key, value in event.items() if key in ALLOWED and value is not None}


def kind_and_place(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replaces an exception by its type and the last line of our code that it passed through."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        where = None
        for frame, line in traceback.walk_tb(error.__traceback__):
            module = str(frame.f_globals.get("__name__"))
            if where is None or module.startswith(("services.", "events.")):
                where = f"{module}:{line}"
        if where is not None:
            event["where"] = where
    return event


def foreign(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keeps only the template of another library's record: its text may quote a message."""
    record = event.get("_record")
    if record is not None and not event.get("_from_structlog"):
        event["event"] = str(record.msg)[:200] if record.args or record.exc_info is None else "library_message"
    return event


def configure(level: str = "INFO") -> None:
    """Sends every logger of the process, ours and the libraries', through the same processors."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        add_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        kind_and_place,
    ]
    structlog.configure(
        processors=[*shared, Repeats(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[foreign, only_allowed, structlog.processors.JSONRenderer(ensure_ascii=False)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("uvicorn.access", "uvicorn.error", "nats", "asyncio", "faststream", "httpx2", "apprise"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # traces_not_sent says it, once
