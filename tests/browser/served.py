# SPDX-License-Identifier: AGPL-3.0-or-later
"""A village whose co-ops are served for real on loopback, for a browser: one process, one clock that moves only when told to.

The servers run in a thread with a loop of their own; a test hands it what is to be done (`do`) and waits for the outcome. Every
co-op gets a port of its own from the system, and says it as its address, so that links, cookies and origins are what they are.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
import yaml

from node import database
from node.settings import FILE
from node.signin import keeping
from node.village import Village, open_village
from node.web.pages import cookie_name
from tests.node.signin.cast import Letterbox, letterbox

T = TypeVar("T")
BEGIN = 240.0
AGENT = "a browser in a test"


class _Server(uvicorn.Server):
    """Leaves signals to the tests' own process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Served:
    """A village that answers. `urls`: co-op -> where; `box`: what a real mail server took from all of them."""

    village: Village
    urls: dict[str, str]
    box: Letterbox = field(repr=False)
    _loop: asyncio.AbstractEventLoop = field(repr=False)

    def do(self, deed: Callable[[Village], Awaitable[T]]) -> T:
        """Does something in the servers' loop, and gives what came of it."""

        async def done() -> T:
            return await deed(self.village)

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(BEGIN)

    def at(self, name: str, deed: Callable[[Any], Awaitable[T]]) -> T:
        """As `do`, with one co-op's database bound; the deed gets that co-op."""

        async def bound(village: Village) -> T:
            with village.at(name) as coop:
                return await deed(coop)

        return self.do(bound)

    def settle(self) -> None:
        """Every co-op does what is due, until nothing is."""
        self.do(lambda village: village.settle())

    def later(self, seconds: int) -> None:
        """Time goes by, and what falls due then is done."""

        async def passing(village: Village) -> None:
            village.clock.advance(seconds=seconds)
            await village.settle()

        self.do(passing)

    def home_of(self, person: str) -> str:
        """The co-op of somebody of the cast."""
        return self.village.cast.people[person].co_op

    def url(self, person: str, path: str = "/") -> str:
        """A page at a person's own co-op."""
        return self.urls[self.home_of(person)] + path

    def cookie(self, person: str, *, proved: bool = True) -> dict[str, Any]:
        """A browser's cookie by which a person is signed in at their own co-op, as Playwright takes it."""
        name = self.home_of(person)

        async def begin(coop: Any) -> dict[str, Any]:
            here = coop.here()
            async with database.transaction():
                made = await keeping.open_session(
                    self.village.people[person], how="link", before=None, device=AGENT, proved=proved, here=here
                )
            return {"name": cookie_name(here, "session"), "value": made.cookie, "url": self.urls[name]}

        return self.at(name, begin)


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Opens the village in `folder` and serves every co-op of it, until the block ends. Their mail goes to one mail server."""
    with letterbox() as (box, mailer):
        mail = {"host": "127.0.0.1", "port": mailer.port, "sender": "post@co-op.example"}
        with _answering(folder, box, mail) as served:
            yield served


@contextmanager
def _answering(folder: Path, box: Letterbox, mail: dict[str, Any]) -> Iterator[Served]:
    sockets, urls = {}, {}
    for settings in sorted(folder.glob(f"*/{FILE}")):
        name = settings.parent.name
        sockets[name] = socket.socket()
        sockets[name].bind(("127.0.0.1", 0))
        urls[name] = f"http://127.0.0.1:{sockets[name].getsockname()[1]}"
        given = {**yaml.safe_load(settings.read_text()), "address": urls[name], "mail": mail}
        settings.write_text(yaml.safe_dump(given))
    ready, stop = threading.Event(), asyncio.Event()
    made: dict[str, Any] = {}

    async def run() -> None:
        async with open_village(folder) as village:
            servers = {
                name: _Server(uvicorn.Config(coop.app, log_config=None, lifespan="off", ws="none"))
                for name, coop in village.coops.items()
            }
            tasks = [asyncio.create_task(servers[name].serve([sockets[name]])) for name in servers]
            while not all(server.started for server in servers.values()):
                await asyncio.sleep(0.01)
            made["served"] = Served(village, urls, box, asyncio.get_running_loop())
            ready.set()
            await stop.wait()
            for server in servers.values():
                server.should_exit = server.force_exit = True
            await asyncio.gather(*tasks)

    def begin() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:
            made["fault"] = error
            raise
        finally:
            ready.set()

    thread = threading.Thread(target=begin, daemon=True)
    thread.start()
    assert ready.wait(BEGIN), "the village was not served in time"
    if "fault" in made:
        raise made["fault"]
    served: Served = made["served"]
    try:
        yield served
    finally:
        served._loop.call_soon_threadsafe(stop.set)
        thread.join(BEGIN)
        for each in sockets.values():
            each.close()
