# SPDX-License-Identifier: AGPL-3.0-or-later
"""Concerns on the wire: what our lead decided to tell leaves, what another co-op's lead tells us arrives.

Only the words written for that co-op leave, read again at departure. When they can't arrive, whoever decided is told. A
letter that nobody here could read is refused for good, so that the other side's lead learns of it and rings.
"""

from __future__ import annotations

from typing import Any, cast

from federation.letters.kinds import Concern as ConcernLetter
from node import database, vault
from node.crossing import Incoming, Leaving, Reject
from node.here import Here
from node.members.notices import notify
from node.safeguarding.keeping import owner
from node.safeguarding.rules import LETTER_LIFE
from node.safeguarding.telling import take_in

KIND = "concern"


class ConcernRoom:
    """The letter room of concerns. `ref`: "concern:<telling id>:tell", with or without its prefix."""

    prefix = "concern"

    async def letter(self, ref: str, *, here: Here) -> Leaving | None:
        """The letter for a telling that has not arrived; None for any other."""
        row = await self._telling(ref)
        if (
            row is None
            or row["reached_at"] is not None
            or row["failed_at"] is not None
            or here.now >= row["decided_at"] + LETTER_LIFE
        ):
            return None
        whose = owner(row["concern"])
        ring = await vault.ring([whose], here=here)
        if not ring.holds(whose):
            return None
        data = ConcernLetter(
            words=ring.open(whose, "told_other", row["id"], "words", row["words"]) or "",
            urgency=row["urgency"],
            about=row["about"],
            reach=ring.open(whose, "told_other", row["id"], "reach", row["reach"]) or "",
        )
        return Leaving(kind=KIND, thread=row["thread"], data=data, expires=row["decided_at"] + LETTER_LIFE)

    async def reached(self, ref: str, *, here: Here) -> None:
        """It arrived: the concern shows when."""
        await self._mark(ref, "reached_at", "", here=here)

    async def delayed(self, ref: str, why: str, *, here: Here) -> None:
        """It could not be delivered at once: whoever decided is told the first time, so that they can ring."""
        if await self._mark(ref, "delayed_at", why, here=here):
            await self._tell_who_decided(ref, here=here)

    async def undeliverable(self, ref: str, why: str, *, here: Here) -> None:
        """It will not arrive: whoever decided is told."""
        if await self._mark(ref, "failed_at", why, here=here):
            await self._tell_who_decided(ref, here=here)

    async def receive(self, letter: Incoming, *, here: Here) -> None:
        """Another lead tells us. Raises Reject("nobody-to-read") when neither lead nor deputy is here."""
        if not isinstance(letter.data, ConcernLetter):
            raise Reject("not-a-concern")
        said = letter.data
        taken = await take_in(
            source=letter.source,
            thread=letter.thread,
            words=said.words,
            about=said.about,
            reach=said.reach,
            urgent=said.urgency == "danger",
            here=here,
        )
        if taken is None:
            raise Reject("nobody-to-read")

    async def _telling(self, ref: str) -> dict[str, Any] | None:
        return await database.row("SELECT * FROM told_other WHERE id = {}", _id(ref))

    async def _mark(self, ref: str, column: str, why: str, *, here: Here) -> bool:
        """Whether this was the first time."""
        found = await database.row(
            f"UPDATE told_other SET {column} = {{}}, why = {{}} WHERE id = {{}} AND {column} IS NULL RETURNING id",  # noqa: S608
            here.now,
            why[:64],
            _id(ref),
        )
        return found is not None

    async def _tell_who_decided(self, ref: str, *, here: Here) -> None:
        row = await self._telling(ref)
        if row is not None:
            await notify(person=cast(str, row["decided_by"]), what="message", here=here)


def _id(ref: str) -> str:
    return ref.removeprefix("concern:").split(":", 1)[0]


room = ConcernRoom()
