# SPDX-License-Identifier: AGPL-3.0-or-later
"""How often something may be tried: counted by the hour in the database, under keyed hashes of what it is counted by.

`count` commits by itself where no transaction is open, so that a refusal that follows does not undo it; callers count before
they begin their own. It judges and counts under one row's lock, so that many tries at once are counted one by one; what is
refused here is not counted, so that the limit passes with its hour.
"""

from __future__ import annotations

from node import database, vault
from node.errors import TooMany
from node.here import Here
from node.signin import rules
from node.words import _


async def count(kind: str, value: str, *, here: Here) -> None:
    """One more try of `kind` (a key of rules.LIMITS) for `value`. Raises TooMany when the hour or the day is full."""
    hourly, daily = rules.LIMITS[kind]
    key = vault.blind(f"sign-in try {kind}", value, here=here)
    hour = here.now - here.now % rules.HOUR
    async with database.transaction():
        made = await database.row(
            "INSERT INTO signin_try (id, kind, key, hour, many) VALUES ({}, {}, {}, {}, 1) "
            "ON CONFLICT (kind, key, hour) DO UPDATE SET many = signin_try.many + 1 RETURNING many",
            here.token(),
            kind,
            key,
            hour,
        )
        before = await database.row(
            "SELECT coalesce(sum(many), 0) AS many FROM signin_try WHERE kind = {} AND key = {} AND hour > {} AND hour < {}",
            kind,
            key,
            hour - rules.DAY,
            hour,
        )
        assert made is not None
        assert before is not None
        if made["many"] > hourly or made["many"] + int(before["many"]) > daily:
            wait = rules.HOUR - here.now % rules.HOUR
            raise TooMany(_(rules.TOO_MANY), cause=f"{kind} is full", retry_after=wait)


async def forget(kind: str, value: str, *, here: Here) -> None:
    """It succeeded: what was tried before counts no more."""
    key = vault.blind(f"sign-in try {kind}", value, here=here)
    await database.execute("DELETE FROM signin_try WHERE kind = {} AND key = {}", kind, key)
