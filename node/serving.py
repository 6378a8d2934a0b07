# SPDX-License-Identifier: AGPL-3.0-or-later
"""Serves one co-op until told to stop, and stops gracefully: every held request is woken at once, nothing is cut in two.

At a start, in order: the port is taken (or refused in a sentence), the database and the node key are held against each other,
the work begins, then requests are answered and "serving" is logged. On SIGTERM or SIGINT: whoever waits (a neighbour's
`heads`, a worker) is woken first, since uvicorn waits for open requests before anything else; then open requests end, the
workers finish the step they are in, the database is closed, and the exit code is 0. A second signal cuts what is open. Work
that ends by a fault of ours ends the process too, with exit code 1, so that whoever watches it starts it again.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import structlog
import uvicorn

from node import database, logs
from node.coop import Coop
from node.doctor import must_be_there, must_belong
from node.errors import Misconfigured, Unavailable
from node.settings import Settings, strangers

GRACE = 3
"""Seconds that open requests and workers have to end after a stop."""
BACKLOG = 2048
SWITCH_SECONDS = 0.0005
"""How long a thread may hold the interpreter while another waits for it: each statement on SQLite goes to a thread and back, and
with Python's own 5 ms, amid other work, five statements would be 50 ms."""

log = structlog.get_logger("commoncare.serve")


class Server(uvicorn.Server):
    """uvicorn, but a stop wakes every waiter before it waits for requests, and signals are left to `serve_coop`."""

    def __init__(self, config: uvicorn.Config, engine: database.Engine, begun: Callable[[], None]) -> None:
        super().__init__(config)
        self._engine, self._begun, self._told = engine, begun, False

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn would raise a signal again at its end, which kills the process before its workers have ended."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.freeze()
        gc.enable()
        if self.started:
            self._begun()
        elif not self._told:
            raise Unavailable("The application could not be started. The log says where.")

    def stop(self) -> None:
        """The first time: end gracefully. Again: at once."""
        self.force_exit, self._told, self.should_exit = self._told, True, True
        with database.bound(self._engine):
            database.wake_everyone()


async def serve_coop(settings: Settings, *, worker: bool = True, until_eof: bool = False) -> None:
    """Answers at the settings' host and port until a signal (or, with `until_eof`, the end of standard input).

    Raises Misconfigured, with the remedy, when it can't begin; Unavailable when its work ended by a fault.
    """
    logs.set_up(level=settings.log_level, form=settings.log_format)
    _tell_strangers()
    sys.setswitchinterval(SWITCH_SECONDS)
    must_be_there(settings)
    with _listening(settings) as sockets:
        async with Coop.open(settings) as coop, coop.engine.listening():
            with database.bound(coop.engine):
                await must_belong(here=coop.here())
            port = sockets[0].getsockname()[1]
            server = Server(_config(coop), coop.engine, lambda: log.info("serving", port=port, worker=worker))
            with _on_signals(server.stop), _figures(coop):
                working = asyncio.create_task(coop.work()) if worker else None
                ending = asyncio.create_task(_end_of_input(server.stop)) if until_eof else None
                if working is not None:
                    working.add_done_callback(lambda _: None if server.should_exit else server.stop())
                try:
                    await server.serve(sockets)
                finally:
                    until = time.monotonic() + GRACE
                    server.stop()
                    if ending is not None:
                        ending.cancel()
                    fault = await _end(working, until)
    log.info("stopped")
    if fault is not None:
        raise fault


async def work_for(settings: Settings, *, until_eof: bool = False) -> None:
    """Does the work of one co-op without answering, until a signal (or, with `until_eof`, the end of standard input). Raises as
    `serve_coop` does."""
    logs.set_up(level=settings.log_level, form=settings.log_format)
    _tell_strangers()
    sys.setswitchinterval(SWITCH_SECONDS)
    must_be_there(settings)
    async with Coop.open(settings) as coop, coop.engine.listening():
        with database.bound(coop.engine):
            await must_belong(here=coop.here())
        stopping = asyncio.Event()
        with _on_signals(stopping.set), _figures(coop, beside=True):
            working = asyncio.create_task(coop.work())
            stop = asyncio.create_task(stopping.wait())
            ending = asyncio.create_task(_end_of_input(stopping.set)) if until_eof else None
            log.info("working")
            await asyncio.wait({working, stop}, return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            if ending is not None:
                ending.cancel()
            with database.bound(coop.engine):
                database.wake_everyone()
            fault = await _end(working, time.monotonic() + GRACE)
    log.info("stopped")
    if fault is not None:
        raise fault


def _tell_strangers() -> None:
    """A variable that looks like a setting and is none changes nothing; whoever set it should hear of that."""
    for variable, meant in strangers().items():
        if meant:
            log.warning("no setting", variable=variable, meant=meant)


def _config(coop: Coop) -> uvicorn.Config:
    return uvicorn.Config(
        coop.app,
        log_config=None,
        access_log=False,
        lifespan="on",
        ws="none",
        server_header=False,
        date_header=True,
        proxy_headers=bool(coop.settings.proxies),
        forwarded_allow_ips=coop.settings.proxies,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=75,
        h11_max_incomplete_event_size=64 * 1024,
        backlog=BACKLOG,
    )


@contextmanager
def _listening(settings: Settings) -> Iterator[list[socket.socket]]:
    """Sockets at every address that `host` stands for. Raises Misconfigured when none can be had."""
    with ExitStack() as stack:
        made: list[socket.socket] = []
        try:
            found = socket.getaddrinfo(
                settings.host or None, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            for family, kind, protocol, _, address in dict.fromkeys(found):
                made.append(stack.enter_context(socket.socket(family, kind, protocol)))
                made[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    made[-1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                try:
                    made[-1].bind(address)
                except OSError as error:
                    # A name such as localhost may stand for an address that this machine has not switched on.
                    if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT) or len(found) == 1:
                        raise
                    made.pop().close()
            if not made:
                raise OSError(errno.EADDRNOTAVAIL, "no address")
        except OSError as error:
            raise _not_to_be_had("", settings.host, settings.port, error) from None
        yield made


def _not_to_be_had(prefix: str, host: str, port: int, error: OSError) -> Misconfigured:
    if error.errno == errno.EADDRINUSE:
        return Misconfigured(
            f"{prefix}port: {port} is taken by another program; end that program or choose another port."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return Misconfigured(f"{prefix}port: this program may not listen on {port}; choose a port above 1023.")
    return Misconfigured(f"{prefix}host: {host} is no address of this machine; 127.0.0.1 is one, 0.0.0.0 means all.")


@contextmanager
def _figures(coop: Coop, *, beside: bool = False) -> Iterator[None]:
    """The metrics port, where the settings name one. `beside`: another process of this machine may have it already."""
    settings = coop.settings
    if not settings.metrics_port:
        yield
        return
    try:
        close = coop.figures.serve(settings.metrics_host, settings.metrics_port)
    except OSError as error:
        if beside and error.errno == errno.EADDRINUSE:
            log.warning("no figures", port=settings.metrics_port)
            yield
            return
        raise _not_to_be_had("metrics_", settings.metrics_host, settings.metrics_port, error) from None
    try:
        yield
    finally:
        close()


@contextmanager
def _on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """SIGINT and SIGTERM call `stop`, in the loop's own turn."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def _end(task: asyncio.Task[None] | None, until: float) -> Unavailable | None:
    """Lets the work end by itself until then, then cancels it. What to raise when it had ended by a fault."""
    if task is None:
        return None
    done, _ = await asyncio.wait({task}, timeout=max(0.0, until - time.monotonic()))
    if not done:
        task.cancel()
        await asyncio.wait({task})
    if task.cancelled() or (error := task.exception()) is None:
        return None
    log.error("fault", loop="work", exc_info=error)
    return Unavailable("The work ended by a fault of ours. The log says where; please start this again.")


async def _end_of_input(stop: Callable[[], None]) -> None:
    """Stops when standard input closes: whoever started this is gone."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass
    stop()
