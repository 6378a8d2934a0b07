# SPDX-License-Identifier: AGPL-3.0-or-later
"""The village of three co-ops, and a mail server in the middle of it that keeps what it took."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from node import app, database, post
from node.village import Village
from tests.node.signin.cast import Letterbox, letterbox
from tests.village.conftest import addresses, moulds, three

__all__ = ["addresses", "moulds", "office", "three"]


@dataclass
class Office:
    """Mail as each co-op's worker sends it, by the handlers of its whole application."""

    village: Village
    box: Letterbox
    mailer: post.Mailer

    async def leaves(self, co_op: str) -> list[tuple[str, str, str]]:
        """Whatever is due at a co-op leaves: (to, subject, text) of each mail that did."""
        before = len(self.box.taken)
        handler = app.handlers(self.mailer)["mail"]
        with self.village.at(co_op) as coop:
            here = coop.here()
            for item in await post.claim(["mail"], limit=50, lease=60, worker="test", here=here):
                await handler.run(item, here)
        return self.box.taken[before:]

    async def mail_of(self, who: str) -> str:
        """The one mail that leaves for somebody now, as it was sent."""
        member = self.village.cast.people[who]
        found = [text for to, _subject, text in await self.leaves(member.co_op) if to == member.email]
        assert len(found) == 1, found
        return found[0]

    def on(self, **how: int) -> None:
        self.village.clock.advance(**how)

    async def rows(self, co_op: str, sql: str, *args: object) -> list[dict[str, object]]:
        with self.village.at(co_op):
            return await database.rows(sql, *args)


@pytest.fixture
def office(three: Village) -> Iterator[Office]:
    with letterbox() as (box, mailer):
        yield Office(three, box, mailer)
