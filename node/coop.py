# SPDX-License-Identifier: AGPL-3.0-or-later
"""One running co-op as a value: its settings, database, moment, chance, way to its neighbours, and its application.

`Coop.open` opens the database (refusing one whose schema is not up to date), reads the node key, and builds the application;
on leaving, everything is closed in the opposite order. `step` and `settle` do what is due now and return; `work` goes on
until told to stop. A new co-op is made by `found`.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import structlog
import yaml
from litestar.types import ASGIApp

from node import app as rooms
from node import database, ended, post, schema
from node.actor import at_the_command_line
from node.backing import catching
from node.backing.folder import look_into
from node.clock import Clock, MachineRandomness
from node.errors import Conflict, Misconfigured, Unavailable
from node.exchange import starting, turns
from node.exchange.outbound import HttpFetcher
from node.exchange.worker import Exchange
from node.figures import Figures
from node.here import Here, Machine, NodeKey, Randomness
from node.peers import own
from node.peers import reads as peers
from node.peers.founding import found_node
from node.peers.shapes import Founded
from node.place import Gazetteer
from node.post.mail import Mailer
from node.settings import FILE, Settings, from_mapping, load

FIGURES_SECONDS = 15.0

log = structlog.get_logger("commoncare.coop")


@dataclass
class Coop:
    """One co-op, opened. Make it with `Coop.open`."""

    settings: Settings
    engine: database.Engine
    clock: Clock
    random: Randomness
    node_key: NodeKey
    place: Gazetteer
    figures: Figures = field(default_factory=Figures)
    exchange: Exchange = field(init=False, repr=False)
    app: ASGIApp = field(init=False, repr=False)
    _machine_of: tuple[Settings, Machine] | None = field(default=None, init=False, repr=False)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: Settings,
        *,
        clock: Clock | None = None,
        random: Randomness | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> AsyncIterator[Coop]:
        """Open the co-op of `settings`. Raises Misconfigured, with the remedy, when something it needs is not there."""
        engine = database.open_engine(settings.database_url)
        await engine.open()
        try:
            with database.bound(engine):
                await schema.must_fit(settings.node_id, settings.folder)
            coop = cls(
                settings=settings,
                engine=engine,
                clock=clock or settings.clock(),
                random=random or MachineRandomness(),
                node_key=read_node_key(settings),
                place=settings.gazetteer(),
            )
            fetcher = HttpFetcher(settings.resolver, transport=transport)
            try:
                coop._put_together(fetcher)
                yield coop
            finally:
                await fetcher.close()
        finally:
            await engine.close()

    def _put_together(self, fetcher: HttpFetcher) -> None:
        self.exchange = Exchange(
            here=self.here,
            clock=self.clock,
            fetcher=fetcher,
            feeds=rooms.feeds(),
            rooms=rooms.letter_rooms(),
            handlers=rooms.handlers(mailer(self.settings)),
            worker=_worker(),
            instance_file=self.settings.instance,
            tally=lambda kind, outcome: self.figures.jobs.labels(kind, outcome).inc(),
        )
        self.app = rooms.build(
            engine=self.engine,
            here=self.here,
            figures=self.figures,
            ready=self.not_ready_for,
            door=self.exchange.door,
        )

    async def not_ready_for(self) -> list[str]:
        """What stands in the way of serving people now; empty when nothing does."""
        try:
            stands = await schema.standing()
        except Exception as error:
            log.error("fault", check="ready", exc_info=error)
            return ["the database does not answer"]
        behind = ["the database has to be brought forward"] if stands.pending else []
        return behind + (["the database needs a newer version of this program"] if stands.outgrown else [])

    async def step(self) -> int:
        """Does what is due now, once; how much was done."""
        with database.bound(self.engine):
            return await self.exchange.step()

    async def settle(self, *, rounds: int = 200) -> int:
        """Steps until nothing is due. Raises Unavailable when there is no end to it."""
        total = 0
        for _ in range(rounds):
            done = await self.step()
            total += done
            if not done:
                return total
        raise Unavailable("There was more to do than this co-op could settle.", cause="settle")

    async def begin_feeds_anew(self, here: Here) -> None:
        """A new epoch of every feed of ours, in the open transaction: the key that signed them was revoked. Raises Conflict in a
        database that was put back from a copy and not started since: its start does that, without what was withdrawn."""
        _, started = await own.instance()
        if started and await starting.another_instance(self.settings.instance, here=here):
            raise Conflict(
                "This node was put back from a copy. Start it once, so that it asks its neighbours, then try again."
            )
        await starting.open_anew(rooms.feeds(), "key", here=here)

    async def work(self) -> None:
        """Does what is due, as it comes, until the database's waiters are told that it is over."""
        with database.bound(self.engine):
            await post.let_go([name for name in await post.lease_holders() if _is_gone(name)], here=self.here())
            await turns.let_go([name for name in await turns.holders() if _is_gone(name)])
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.exchange.run())
                tasks.create_task(self._count())
                tasks.create_task(self._keep_up())

    async def _count(self) -> None:
        """Keeps the figures of what waits and of neighbours."""
        while not database.current().signals.over:
            version = database.version("figures")
            try:
                for kind, waiting in (await post.waiting()).items():
                    self.figures.waiting.labels(kind).set(waiting)
                states = Counter(each.state for each in await peers.neighbours(here=self.here()))
                for state in ("proposed", "active", "paused", "ended"):
                    self.figures.peers.labels(state).set(states[state])
            except Exception as error:  # what cannot be counted now must not end the work
                log.error("fault", loop="figures", exc_info=error)
            await database.wait("figures", version, FIGURES_SECONDS)

    async def _keep_up(self) -> None:
        """Keeps the file of what ended in step, at once and then every minute."""
        while not database.current().signals.over:
            version = database.version("ended")
            await catching.keep_up(self.settings.path(ended.FILE), self.here())
            await database.wait("ended", version, catching.SECONDS)

    @property
    def _machine(self) -> Machine:
        """Asked for with every request, so made once for each settings."""
        settings = self.settings
        if self._machine_of is None or self._machine_of[0] is not settings:
            mail = settings.mail
            machine = Machine(
                mail=f"{mail.host}:{mail.port}" if mail.host else "",
                root_key=settings.path(settings.root_key_file),
                ended=settings.path(ended.FILE),
                backups=lambda: look_into(
                    settings.path(settings.backup.folder), settings.node_id, locked=bool(settings.backup.recipients)
                ),
            )
            self._machine_of = settings, machine
        return self._machine_of[1]

    def here(self) -> Here:
        """This co-op, this moment."""
        return Here(
            node_id=self.settings.node_id,
            now=self.clock.now(),
            random=self.random,
            node_key=self.node_key,
            place=self.place,
            co_op=self.settings.co_op,
            address=self.settings.address,
            machine=self._machine,
        )


def _worker() -> str:
    """This process's name in leases: the machine's and the process's."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _is_gone(worker: str) -> bool:
    """Whether a lease holder is a process of this machine that is no more (or had our own number before us)."""
    host, _, number = worker.rpartition(":")
    if worker == _worker():
        return True
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


def mailer(settings: Settings) -> Mailer | None:
    """How mail leaves; None where no server is set. Raises Misconfigured."""
    mail = settings.mail
    if not mail.host:
        return None
    password = None
    if mail.password_file:
        try:
            password = settings.path(mail.password_file).read_text(encoding="utf-8").splitlines()[0]
        except (OSError, IndexError):
            raise Misconfigured(f"mail.password_file: {mail.password_file} can't be read or is empty.") from None
    return Mailer(
        host=mail.host,
        port=mail.port,
        sender=mail.sender or f"post@{settings.node_id}",
        username=mail.username or None,
        password=password,
        security=mail.security,
    )


def read_node_key(settings: Settings) -> NodeKey:
    """The node key from its file. Raises Misconfigured when it is missing or not 32 bytes."""
    path = settings.path(settings.node_key_file)
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        raise Misconfigured(
            f"The node key is missing: there is no {path}. Without it this co-op's data can't be read; "
            "put it back from where you keep its copy."
        ) from None
    except OSError as error:
        raise Misconfigured(
            f"The node key in {path} can't be read: {(error.strerror or 'no reason').lower()}."
        ) from None
    if len(secret) != 32:
        raise Misconfigured(f"{path} does not hold a node key (32 bytes).")
    return NodeKey(secret)


def write_node_key(path: Path, secret: bytes) -> None:
    """A new key file that only its owner reads; never over an old one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"There is a node key at {path} already; we don't write over it.") from None
    with os.fdopen(handle, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())


async def found(
    folder: Path,
    given: dict[str, Any],
    *,
    passphrase: str,
    clock: Clock | None = None,
    random: Randomness | None = None,
) -> tuple[Settings, Founded]:
    """A new co-op in `folder`: settings file, node key, database, root keys and first documents.

    `given`: the settings as they will stand in the file. Raises Conflict when there is a co-op already, Misconfigured or
    Invalid for what can't be used; nothing is written before that is known.
    """
    random = random or MachineRandomness()
    if (folder / FILE).exists():
        raise Conflict(f"There is a co-op in {folder} already.")
    settings = from_mapping(folder, given)
    settings.gazetteer()
    folder.mkdir(parents=True, exist_ok=True)
    write_node_key(settings.path(settings.node_key_file), random.bytes(32))
    engine = database.open_engine(settings.database_url)
    await engine.open()
    try:
        with database.bound(engine):
            await schema.migrate()
            here = Here(
                node_id=settings.node_id,
                now=(clock or settings.clock()).now(),
                random=random,
                node_key=read_node_key(settings),
                place=settings.gazetteer(),
                co_op=settings.co_op,
            )
            founded = await found_node(
                actor=at_the_command_line(),
                root_file=settings.path(settings.root_key_file),
                passphrase=passphrase,
                here=here,
            )
    finally:
        await engine.close()
    (folder / FILE).touch(mode=0o600)  # it may hold a database's password
    (folder / FILE).write_text(yaml.safe_dump(given, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return load(folder, {}), founded
