# SPDX-License-Identifier: AGPL-3.0-or-later
"""Structured logs that hold no personal data: events with codes and counts, never a URL, a query, a body or a name.

One line a happening, JSON unless the operator asks for text. Libraries may warn and no more: httpx and others would log whole
URLs at INFO. A traceback names files and lines, without the values of variables or the words of the exception.
"""

from __future__ import annotations

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


def set_up(*, level: str = "info", form: str = "json") -> None:
    """Once at the start of a process. `level`: debug, info, warning, error; `form`: json or text."""
    number = {"debug": 10, "info": 20, "warning": 30, "error": 40}.get(level.lower(), 20)
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
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s")
    for name in ("httpx", "httpcore", "uvicorn.access", "asyncio", "aiosqlite", "mail.log"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("uvicorn.access").disabled = True
