# SPDX-License-Identifier: AGPL-3.0-or-later
"""A courier between co-ops' real databases: carries what waits in their outboxes, as exchange does, without any network.

For each letter the sender's room is asked for its present state, the letter crosses as the bytes of its wire form and is read
by the protocol's own reader, the receiver's room takes it in one transaction, and the sender's room hears what became of it.
A co-op can be off or paused; letters can be held back, carried in another order, or carried again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from federation.letters import read_data
from node import database, post
from node.crossing import Incoming, LetterRoom, Reject
from node.here import Here, NodeKey
from node.place import Area, CoOpFacts, Gazetteer
from tests.support import SeededRandomness

START = 1_799_996_400 + 9 * 3600  # a weekday morning
RETRY = 3600
AREAS = {
    "mill-hollow": Area("mill-hollow", "Mill Hollow", 53.90, 0.40),
    "ferry-row": Area("ferry-row", "Ferry Row", 53.94, 0.44),
}


@dataclass(frozen=True)
class Carried:
    """One letter as it crossed: `raw` is its data on the wire."""

    source: str
    to: str
    kind: str
    thread: str
    iat: int
    raw: bytes


@dataclass
class Town:
    """Some co-ops with their databases, one clock, and what was carried between them."""

    room: LetterRoom
    duty: Callable[..., Any]
    engines: dict[str, database.Engine] = field(default_factory=dict)
    now: int = START
    off: set[str] = field(default_factory=set)
    paused: set[str] = field(default_factory=set)
    hold: Callable[[Carried], bool] | None = None
    held: list[Carried] = field(default_factory=list)
    carried: list[Carried] = field(default_factory=list)
    _chance: dict[str, SeededRandomness] = field(default_factory=dict)

    def here(self, name: str) -> Here:
        """That co-op, this moment."""
        number = sorted(self.engines).index(name) + 1
        return Here(
            node_id=f"{name}.example",
            now=self.now,
            random=self._chance.setdefault(name, SeededRandomness(number)),
            node_key=NodeKey(bytes([number]) * 32),
            place=Gazetteer(areas=AREAS, patch=tuple(AREAS)),
            co_op=CoOpFacts(name=name.capitalize(), phone="01632 960200"),
        )

    def at(self, name: str) -> Any:
        """`with town.at("alder"):` statements go to that co-op's database."""
        return database.bound(self.engines[name])

    async def settle(self, names: Iterable[str] | None = None) -> None:
        """Carry everything that is due, and fire every timer that is due, until nothing moves."""
        for _ in range(50):
            moved = [await self._round(name) for name in (names or sorted(self.engines))]
            if not any(moved):
                return
        raise AssertionError("the town does not come to rest")

    async def pass_time(self, *, days: float = 0, hours: float = 0) -> None:
        """Time goes by, in steps of six hours at most, so that timers and letters fall due in their order."""
        end = self.now + int(days * 86_400 + hours * 3600)
        while self.now < end:
            self.now = min(end, self.now + 6 * 3600)
            await self.settle()

    async def _round(self, name: str) -> bool:
        with self.at(name):
            here = self.here(name)
            moved = await self._expire(here)
            timers = await post.claim(("timer",), limit=50, lease=60, worker="courier", here=here)
            for item in timers:
                if item.ref.startswith("introductions:"):
                    await self.duty(item.ref, here=here)
                assert await post.done(item, here=here)
            letters = await post.claim(("letter",), limit=50, lease=60, worker="courier", here=here)
            tried = [await self._carry(item, name) for item in letters]
        return moved or bool(timers) or any(tried)

    async def _expire(self, here: Here) -> bool:
        late = await database.rows(
            "SELECT ref FROM outbox WHERE kind = 'letter' AND state = 'open' AND expires <= {}", here.now
        )
        for row in late:
            async with database.transaction():
                await post.take_back("letter", row["ref"], here=here)
                await self.room.undeliverable(row["ref"], "expired", here=here)
        return bool(late)

    async def _carry(self, item: post.Item, name: str) -> bool:
        here = self.here(name)
        leaving = await self.room.letter(item.ref, here=here)
        if leaving is None:
            return await post.done(item, here=here)
        to = item.to.partition(".")[0]
        if to in self.off or to in self.paused or name in self.paused:
            why = "unreachable" if to in self.off else "peer-paused"
            await post.later(item, due=self.now + RETRY, why=why, here=here)
            await self.room.delayed(item.ref, why, here=here)
            return False
        raw = msgspec.json.encode(leaving.data)
        letter = Carried(name, to, leaving.kind, leaving.thread, self.now, raw)
        assert self.now < leaving.expires <= self.now + 7 * 86_400
        assert len(leaving.thread) == 22
        if self.hold is not None and self.hold(letter):
            self.held.append(letter)
            return await post.done(item, here=here)
        why_not = await self.bring(letter)
        async with database.transaction():
            assert await post.done(item, here=here)
            if why_not is None:
                await self.room.reached(item.ref, here=here)
            else:
                await self.room.undeliverable(item.ref, "untrusted", here=here)
        return True

    async def bring(self, letter: Carried) -> str | None:
        """Hand one letter over; the reason when it is refused for good. Doing it again is a second letter."""
        self.carried.append(letter)
        data = read_data(letter.kind, msgspec.json.decode(letter.raw), iat=letter.iat)
        with self.at(letter.to):
            here = self.here(letter.to)
            incoming = Incoming(f"{letter.source}.example", letter.kind, letter.thread, here.token(), letter.iat, data)
            try:
                async with database.transaction():
                    await self.room.receive(incoming, here=here)
            except Reject as no:
                return no.reason
        return None

    async def release(self, *, backwards: bool = False) -> list[str | None]:
        """Carry what was held back, in its order or the other way round."""
        held, self.held, self.hold = self.held, [], None
        return [await self.bring(letter) for letter in (reversed(held) if backwards else held)]
