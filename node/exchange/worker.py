# SPDX-License-Identifier: AGPL-3.0-or-later
"""Exchange as a value: what leaves, what is followed, what is kept, as steps that say how much they did.

`step` does everything that is due once and returns; a village calls it until nobody has anything left. `run` goes on until
told to stop (see `loops`). No task is started inside a transaction; every acknowledgement stands in the transaction of its
effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import structlog

from federation.client import Fetcher, PeerClient, PeerRefused
from federation.errors import Refused
from federation.keys import SigningKey
from federation.trust import State
from node import database, post
from node.clock import Clock
from node.crossing import FeedRoom, LetterRoom
from node.errors import Refusal
from node.exchange import erasures, following, gossip, keeping, letters, publishing, righting, starting, trying
from node.exchange.circuits import Circuits
from node.exchange.door import Door
from node.exchange.loops import Loops
from node.exchange.publishing import LeaseLost
from node.exchange.turns import Turns
from node.here import Here
from node.peers import asking, ending, handshake, keyring, own, reads

log = structlog.get_logger("commoncare.exchange")

LEASE: Final = 60
PAUSE: Final = 2
"""Seconds that letters to a neighbour that did not answer wait at least, when they were not tried themselves."""
BATCH: Final = 50


class GiveUp(Exception):
    """Raised by a handler: this can never be done. `why`: a code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Handler:
    """What to do with an outbox item of one kind. `inside`: in the transaction that acknowledges it; else it settles the item
    itself (done, later or dead)."""

    run: Callable[[post.Item, Here], Awaitable[None]]
    inside: bool


def inside(run: Callable[[post.Item, Here], Awaitable[None]]) -> Handler:
    """For effects in our database, timers above all: effect and acknowledgement are one."""
    return Handler(run, inside=True)


def by_itself(run: Callable[[post.Item, Here], Awaitable[None]]) -> Handler:
    """For effects elsewhere, such as mail: at least once, and `run` settles the item."""
    return Handler(run, inside=False)


class Exchange:
    """One co-op's departures, arrivals and door. `feeds`: topic -> room; `rooms`: prefix -> room; `handlers`: kind -> handler
    for what else is in the outbox; `here`: this co-op at the present moment; `tally`: told of each item's kind and outcome."""

    def __init__(
        self,
        *,
        here: Callable[[], Here],
        clock: Clock,
        fetcher: Fetcher,
        feeds: Mapping[str, FeedRoom],
        rooms: Mapping[str, LetterRoom],
        handlers: Mapping[str, Handler] = MappingProxyType({}),
        worker: str = "worker",
        instance_file: Path | None = None,
        tally: Callable[[str, str], None] = lambda kind, outcome: None,
    ) -> None:
        self._here, self._clock, self._worker, self._tally = here, clock, worker, tally
        self._feeds, self._rooms, self._handlers = feeds, rooms, handlers
        self._circuits = Circuits(fetcher, here)
        self._fetcher = keeping.Dated(self._circuits, clock)
        self._memories: dict[str, following.Memory] = {}
        self._turns = Turns(worker)
        self._terms: dict[str, int] = {}
        self._asked = clock.now()
        self._instance_file, self._may_sign, self._began = instance_file, False, clock.monotonic()
        self.door = Door(here=here, clock=clock, rooms=rooms, client=self._client)

    async def may_sign(self) -> bool:
        """Whether our logs may be signed: settled once a process, before its first signature (see `starting`)."""
        if self._may_sign:
            return True
        here = self._here()
        if await own.documents() is None:
            return False
        restored = await starting.another_instance(self._instance_file, here=here)
        states = await self.followed()
        told = await starting.ask(sorted(states), await self._client(), here=here)
        if "active" in states.values() and not told:
            if self._clock.monotonic() - self._began < starting.SILENCE:
                return False
            restored = True
        if restored or await starting.behind(told):
            log.warning("restored")
            await starting.begin_anew(self._feeds, told, here=here)
            if self._instance_file is not None:
                starting.write_instance(self._instance_file, (await own.instance())[0])
        self._may_sign = True
        return True

    @property
    def kinds(self) -> list[str]:
        """What `deliver` takes out of the outbox."""
        return ["letter", "peering", *self._handlers]

    # Steps ------------------------------------------------------------------------------------------------------------

    async def step(self) -> int:
        """Everything that is due, once; how much was done. 0: nothing is left to do at this moment."""
        done = await self.publish()
        done += await self.deliver()
        for peer in await self.followed():
            done += await self.follow(peer, wait=0)
        done += await self.keep_house()
        return done

    async def publish(self) -> int:
        """Publish what is due for our feeds."""
        if not await self.may_sign():
            return 0
        return await publishing.publish(self._feeds, worker=self._worker, here=self._here())

    async def deliver(self) -> int:
        """One try at every letter, handshake and other item that is due. One neighbour that is slow keeps no other waiting."""
        here = self._here()
        # A letter whose time ran out is handed out too: its room has a person to tell.
        items = await post.claim(["letter"], limit=BATCH, lease=LEASE, worker=self._worker, overdue=True, here=here)
        items += await post.claim(
            ["peering", *self._handlers], limit=BATCH, lease=LEASE, worker=self._worker, here=here
        )
        ways: dict[str, list[post.Item]] = {}
        for item in items:
            ways.setdefault(item.to or item.kind, []).append(item)
        async with asyncio.TaskGroup() as tasks:
            for way in ways.values():
                tasks.create_task(self._deliver_all(way))
        return len(items)

    async def _deliver_all(self, items: Sequence[post.Item]) -> None:
        """To one destination, one after the other. When it does not answer, or the leases would run out, the rest waits for
        the next round."""
        until = self._clock.monotonic() + LEASE / 2
        for number, item in enumerate(items):
            if not await self._deliver(item) or self._clock.monotonic() > until:
                pause = 0 if self._clock.monotonic() > until else max(PAUSE, await self._circuits.open_for(item.to))
                for rest in items[number + 1 :]:
                    await post.later(rest, due=self._here().now + pause, why="later", here=self._here())
                return

    async def follow(self, peer: str, *, wait: int) -> int:
        """One round with one neighbour. Failures are noted, never raised: they are a neighbour's ordinary weather."""
        try:
            return await self.visit(peer, wait) or 0
        except (Refused, Refusal) as error:
            await self.failed(peer, error)
            return 0

    async def keep_house(self) -> int:
        """Show or hide as trust stands, renew documents and logs, end what ran out. How much changed."""
        here = self._here()
        neighbours = len(await self.followed())
        await self._turns.renew(here=here)
        sure, doubted = self._fetcher.beyond_doubt(neighbours), self._fetcher.doubted(neighbours)
        done = await keeping.reconcile(self._feeds, self._rooms, sure=sure, here=here, terms=self._terms)
        for peer in await ending.knocks(here=here):
            database.signal(f"heard {peer}")
        if not doubted:
            done += await own.renew(here=here)
        if here.now - self._asked >= gossip.HOUR or here.now < self._asked:
            self._asked = here.now
            done += await self._ask_round(here=here)
        if self._may_sign:
            done += await gossip.own_forks(self._feeds, here=here)
            done += await righting.set_right(self._feeds, here=here) if sure else 0
            done += await publishing.renew(self._feeds, here=here)
        if not doubted:
            done += await letters.expire(self._rooms, here=here)
            done += await erasures.overdue(here=here)
            done += await keeping.drop_unreached(self._feeds, here=here)
        if sure:
            done += await keeping.expire(self._feeds, here=here)
        await self.door.sweep(here=here)
        return done

    async def _ask_round(self, *, here: Here) -> int:
        """What neighbours saw; how many forks it proved. When they hold more of our logs than we do, we were restored: nothing is
        signed before that is settled as at a start. Whom we parted from is followed no more, so their new keys are asked for
        here: else their word of the end could not be known as theirs."""
        client = await self._client()
        behind, proved = await gossip.ask_round(await self.followed(), client, here=here)
        self._may_sign = self._may_sign and not behind
        renewed = 0
        for peer in await ending.parting(here=here):
            with suppress(Refused):
                renewed += await handshake.refresh(peer, client, here=here)
        return proved + renewed

    async def followed(self) -> dict[str, str]:
        """Neighbours whose heads we ask for, with their state: a paused one too, since its withdrawals have to reach us."""
        known = await reads.states(here=self._here())
        return {node_id: state.value for node_id, state in known.items() if state in (State.ACTIVE, State.PAUSED)}

    async def _client(self) -> PeerClient:
        return self._signed_by(await keyring.signing("http", here=self._here()))

    def _signed_by(self, key: SigningKey) -> PeerClient:
        here = self._here()
        return PeerClient(here.node_id, lambda: key, self._fetcher, now=self._clock.now, random=here.random.bytes)

    async def mine(self, peer: str) -> bool:
        """Whether this worker is the one that follows this neighbour now."""
        return await self._turns.mine(peer, here=self._here())

    async def visit(self, peer: str, wait: int) -> int | None:
        """One round with one neighbour: how much changed; None when its answer came without news. Raises Refused, Refusal."""
        memory = self._memories.setdefault(peer, following.Memory())
        return await following.visit(peer, self._feeds, self._signed_by, memory, wait=wait, here=self._here)

    async def closed_to(self, peer: str) -> int:
        """Seconds until this neighbour may be visited; 0: now."""
        return await self._circuits.open_for(peer)

    async def failed(self, peer: str, error: Refused | Refusal) -> None:
        """Notes that a neighbour could not be followed, and why, by code."""
        code = error.code
        log.info("not followed", peer=peer, code=code)
        self._memories.setdefault(peer, following.Memory()).noted = None
        await handshake.contact(peer, ok=False, why=code, here=self._here())

    # Delivering -------------------------------------------------------------------------------------------------------

    async def _deliver(self, item: post.Item) -> bool:
        """One try. False when its destination did not answer at all."""
        here = self._here()
        outcome = "done"
        try:
            if item.kind == "letter":
                if not await letters.depart(item, self._rooms, await self._client(), here=here):
                    outcome = "unanswered"
            elif item.kind == "peering":
                await self._shake_hands(item, here=here)
            else:
                await self._handle(item, self._handlers[item.kind], here=here)
        except LeaseLost:
            outcome = "lease-lost"
        except GiveUp as no:
            await post.dead(item, why=no.why, here=here)
            outcome = "given-up"
        except (Refused, Refusal) as error:
            await self._later(item, error, here=here)
            outcome = "later"
        except Exception as error:
            log.error("fault", kind=item.kind, exc_info=error)
            await self._later(item, None, here=here)
            outcome = "fault"
        self._tally(item.kind, outcome)
        return outcome != "unanswered"

    async def _handle(self, item: post.Item, handler: Handler, *, here: Here) -> None:
        if not handler.inside:
            await handler.run(item, here)
            return
        async with database.transaction():
            if not await post.done(item, here=here):
                raise LeaseLost
            await handler.run(item, here)

    async def _shake_hands(self, item: post.Item, *, here: Here) -> None:
        client, errand = await self._client(), await asking.due(item.to, here=here)
        if errand is None:
            async with database.transaction():
                await post.done(item, here=here)
            return
        try:
            await client.peerings(item.to, await asking.body(errand, client, here=here))
        except Refused as refusal:
            for_good = refusal.code in ("untrusted", "malformed", "version-conflict", "expired") or (
                isinstance(refusal, PeerRefused) and refusal.code == "signature-invalid"
            )
            async with database.transaction():
                of_this = await asking.failed(errand, refusal, for_good=for_good, here=here)
                if for_good and of_this:
                    await post.dead(item, why=refusal.code, here=here)
            if not (for_good and of_this):
                await self._later(item, refusal, here=here)
            return
        async with database.transaction():
            if not await post.done(item, here=here):
                raise LeaseLost
            await asking.departed(errand, here=here)

    async def _later(self, item: post.Item, no: Refused | Refusal | None, *, here: Here) -> None:
        due = here.now + trying.next_try(item.attempts, no, here=here)
        await post.later(item, due=due, why=no.code if no else "fault", here=here)

    async def run(self, stop: asyncio.Event | None = None) -> None:
        """Work until `stop` is set or the database's waiters are told that it is over."""
        try:
            await Loops(self, here=self._here, clock=self._clock, stop=stop or asyncio.Event()).run()
        finally:
            with suppress(database.DatabaseFault):  # then others wait until the leases end
                await self._turns.over()
