# SPDX-License-Identifier: AGPL-3.0-or-later
"""Structured logs that hold no personal data: events with codes and counts, never a URL, a query, a body or a name.

One line a happening on standard error, JSON unless the operator asks for text. Libraries may warn and no more, and without
their words: httpx and others would log whole URLs. A traceback names files and lines, without the values of variables or the
words of the exception.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog


def _safe_traceback(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """`exc_info` as kind and places only: an exception's words may hold what somebody typed."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["error"] = type(error).__name__
        event["at"] = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}:{frame.name}" for frame in frames[-12:]]
    return event


class _Stderr:
    """Writes each line to what is standard error at that moment: it may be another one in a test. A line that can't be written
    (the log's disk is full, its reader is gone) is let go: what was to be logged goes on, and people get their answers."""

    def msg(self, message: str) -> None:
        with contextlib.suppress(OSError):
            print(message, file=sys.stderr, flush=True)  # noqa: T201 - this is what a log is

    log = debug = info = warning = error = critical = exception = msg


class _FromLibraries(logging.Handler):
    """A library's warning as one line of ours: who warns, how gravely, the kind and places of a fault. Its words are kept
    only where they are our own code's and hold no values."""

    def emit(self, record: logging.LogRecord) -> None:
        ours = record.name.startswith(("node.", "federation."))
        told = structlog.get_logger(record.name)
        speak = told.error if record.levelno >= logging.ERROR else told.warning
        fault = {"exc_info": record.exc_info[1]} if record.exc_info else {}
        speak(str(record.msg) if ours else "library", logger=record.name, **fault)


LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def set_up(*, level: str = "info", form: str = "json") -> None:
    """Once at the start of a process. `level`: debug, info, warning, error; `form`: json or text."""
    number = LEVELS.get(level.lower(), 20)
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at_time"),
            _safe_traceback,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: _Stderr(),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[_FromLibraries()], force=True)
    for name in ("httpx", "httpcore", "asyncio", "aiosqlite", "mail.log"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("uvicorn.access").disabled = True
