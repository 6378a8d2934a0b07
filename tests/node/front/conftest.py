# SPDX-License-Identifier: AGPL-3.0-or-later
"""One co-op with its whole application and its clock in hand, for pages without a browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from litestar.types import Receive, Scope, Send

from node import app, database
from node.actor import Actor
from node.figures import Figures
from node.here import Here
from tests.node.members.cast import admit
from tests.pages import Visitor

DAY = 86_400


@dataclass
class House:
    """A co-op as `Visitor` needs it, and its people by name. `now` is the clock."""

    engine: database.Engine
    start: Here
    now: int
    people: dict[str, Actor] = field(default_factory=dict)
    app: Any = None

    def here(self) -> Here:
        return self.start.at(self.now)

    async def admit(self, who: str, *roles: str, phone: str = "", email: str = "") -> Actor:
        self.people[who] = await admit(who.capitalize(), *roles, here=self.here(), phone=phone, email=email)
        return self.people[who]

    async def visitor(self, who: str = "", *, proved: bool = True) -> Visitor:
        """Somebody at the pages; without a name, nobody."""
        if not who:
            return Visitor.nobody(self)  # type: ignore[arg-type]
        return await Visitor.signed_in(self, self.people[who].person, proved=proved)  # type: ignore[arg-type]

    async def timers(self) -> list[str]:
        """Runs what the clock has come to, as the worker does; which they were."""
        due = await database.rows(
            "SELECT id, ref FROM outbox WHERE kind = 'timer' AND state = 'open' AND due <= {} AND ref LIKE 'front:%' "
            "ORDER BY due, id",
            self.now,
        )
        for row in due:
            async with database.transaction():
                await database.execute("UPDATE outbox SET state = 'done' WHERE id = {}", row["id"])
                await app.DUTIES["front"](row["ref"], here=self.here())
        return [row["ref"] for row in due]

    async def told(self, who: str) -> list[str]:
        """What waits to leave for somebody by mail."""
        person = self.people[who].person
        found = await database.rows(
            "SELECT ref FROM outbox WHERE kind = 'mail' AND state = 'open' AND ref LIKE {} ORDER BY ref", f"{person}:%"
        )
        return [row["ref"].partition(":")[2] for row in found]


@pytest.fixture
def house(engine: database.Engine, here: Here) -> House:
    made = House(engine=engine, start=here, now=here.now)

    async def ready() -> Sequence[str]:
        return []

    async def nobody(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("no other node asks here")

    made.app = app.build(engine=engine, here=made.here, figures=Figures(), ready=ready, door=nobody)
    return made
