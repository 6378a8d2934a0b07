# SPDX-License-Identifier: AGPL-3.0-or-later
"""Serves one co-op until told to stop, and stops gracefully: every held request is woken at once, nothing is cut in two.

On SIGTERM or SIGINT: whoever waits (a neighbour's `heads`, a worker) is woken first, since uvicorn waits for open requests
before anything else; then open requests end, the workers finish the step they are in, the database is closed.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from types import FrameType

import structlog
import uvicorn

from node import database, logs
from node.coop import Coop
from node.errors import Misconfigured
from node.settings import Settings

GRACE = 3
"""Seconds that open requests and workers have to end after a stop."""

log = structlog.get_logger("commoncare.serve")


class Server(uvicorn.Server):
    """uvicorn, but a stop wakes every waiter before it waits for requests."""

    def __init__(self, config: uvicorn.Config, engine: database.Engine) -> None:
        super().__init__(config)
        self._engine = engine

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.wake()
        super().handle_exit(sig, frame)

    def wake(self) -> None:
        with database.bound(self._engine):
            database.wake_everyone()


async def serve_coop(settings: Settings, *, worker: bool = True, until_eof: bool = False) -> None:
    """Answers at the settings' host and port until a signal (or, with `until_eof`, the end of standard input)."""
    logs.set_up(level=settings.log_level, form=settings.log_format)
    async with Coop.open(settings) as coop:
        config = uvicorn.Config(
            coop.app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            lifespan="on",
            server_header=False,
            date_header=True,
            timeout_graceful_shutdown=GRACE,
            timeout_keep_alive=75,
            h11_max_incomplete_event_size=64 * 1024,
        )
        server = Server(config, coop.engine)
        if settings.metrics_port:
            try:
                coop.figures.serve(settings.metrics_host, settings.metrics_port)
            except OSError:
                raise Misconfigured(
                    f"metrics_port: {settings.metrics_port} is taken by another program; choose another port."
                ) from None
        working = asyncio.create_task(coop.work()) if worker else None
        ending = asyncio.create_task(_end_of_input(server)) if until_eof else None
        log.info("serving", port=settings.port, worker=worker)
        try:
            await server.serve()
        finally:
            server.wake()
            for task in (ending, working):
                if task is not None:
                    await _end(task)
            log.info("stopped")


async def work_for(settings: Settings) -> None:
    """Does the work of one co-op without answering, until a signal."""
    logs.set_up(level=settings.log_level, form=settings.log_format)
    async with Coop.open(settings) as coop:
        working = asyncio.create_task(coop.work())
        loop = asyncio.get_running_loop()
        stopping = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopping.set)
        log.info("working")
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait({working, stop}, return_when=asyncio.FIRST_COMPLETED)
        with database.bound(coop.engine):
            database.wake_everyone()
        await _end(working)
        await _end(stop)
        log.info("stopped")


async def _end(task: asyncio.Task[object]) -> None:
    """Lets a task end by itself for GRACE seconds, then cancels it."""
    done, _ = await asyncio.wait({task}, timeout=0 if task.get_name() == "end of input" else GRACE)
    if not done:
        task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass


async def _end_of_input(server: Server) -> None:
    """Stops the server when standard input closes: whoever started it is gone."""
    current = asyncio.current_task()
    if current is not None:
        current.set_name("end of input")
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass
    server.handle_exit(signal.SIGTERM, None)
