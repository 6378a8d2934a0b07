# SPDX-License-Identifier: AGPL-3.0-or-later
"""A co-op's node as a real process of its own, started, watched, ended or killed from here.

A process is ended by the handle that started it, never by name. Its log goes to a file in its folder. When whoever started it
dies, its standard input closes and it ends by itself.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from node.errors import Unavailable

LOG = "serve.log"
POLL = 0.05


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


@dataclass
class NodeProcess:
    """One `commoncare serve` for the co-op in `folder`, answering at `url`. `program`: the command; `verb`: what it is told to
    do; `url` is "" where it answers nobody, as `work` does."""

    folder: Path
    url: str
    program: tuple[str, ...] = (sys.executable, "-m", "node")
    verb: tuple[str, ...] = ("serve",)
    process: Process | None = field(default=None, repr=False)
    _said_before: int = field(default=0, init=False, repr=False)
    """Bytes of the log that are of earlier starts."""

    async def start(self) -> None:
        """Starts it; it is not ready yet."""
        with open(self.folder / LOG, "ab") as log:  # noqa: ASYNC230 - opened once, at a start
            self._said_before = log.tell()
            self.process = await asyncio.create_subprocess_exec(
                *self.program, *self.verb, "--dir", str(self.folder), "--until-eof",
                stdin=PIPE, stdout=DEVNULL, stderr=log, start_new_session=True,
            )  # fmt: skip

    async def bring_forward(self) -> None:
        """Has its own program bring the co-op's database forward. Raises Unavailable when it can't."""
        with open(self.folder / LOG, "ab") as log:  # noqa: ASYNC230 - opened once, before a start
            migrating = await asyncio.create_subprocess_exec(
                *self.program, "migrate", "--dir", str(self.folder),
                stdin=DEVNULL, stdout=DEVNULL, stderr=log, start_new_session=True,
            )  # fmt: skip
        if await migrating.wait():
            raise Unavailable(f"The database in {self.folder} could not be brought forward; see {self.folder / LOG}.")

    async def ready(self, timeout: float = 60) -> None:
        """Waits until it answers that it can serve, or says that it works. Raises Unavailable when it ends first, TimeoutError
        when it takes too long."""
        async with httpx.AsyncClient(timeout=5) as client, asyncio.timeout(timeout):
            while True:
                if not self.up:
                    raise Unavailable(f"The node in {self.folder} ended at its start; see {self.folder / LOG}.")
                if await self._answers(client) if self.url else self._says("working"):
                    return
                await asyncio.sleep(POLL)

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.url}/health/ready")).status_code == 200
        except httpx.TransportError:
            return False

    def _says(self, event: str) -> bool:
        """Whether its log has this event since its start."""
        with open(self.log, "rb") as log:
            log.seek(self._said_before)
            lines = log.read().split(b"\n")[:-1]
        return any(line.startswith(b"{") and json.loads(line).get("event") == event for line in lines)

    @property
    def port(self) -> int:
        """Where it answers."""
        return int(self.url.rsplit(":", 1)[1])

    @property
    def log(self) -> Path:
        """Where what it logs goes, and stays."""
        return self.folder / LOG

    @property
    def up(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.returncode is None

    @property
    def pid(self) -> int:
        """The process id; raises RuntimeError when it was not started."""
        if self.process is None:
            raise RuntimeError("not started")
        return self.process.pid

    async def kill(self) -> None:
        """SIGKILL, at once."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self, grace: float = 4) -> None:
        """SIGTERM; after `grace` seconds SIGKILL."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), grace)
        except TimeoutError:
            await self.kill()


async def stop_all(processes: list[NodeProcess], grace: float = 4) -> None:
    """Ends all of them, at the same time."""
    await asyncio.gather(*(each.stop(grace) for each in processes))
