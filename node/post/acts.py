# SPDX-License-Identifier: AGPL-3.0-or-later
"""Putting out, claiming, acknowledging, giving up; and receiving once.

- `put_out` joins the caller's transaction: nothing leaves of what was rolled back. Put out again while open it moves earlier;
  put out again while it is being delivered it is delivered once more afterwards, for it may have changed meanwhile.
- `claim` commits by itself, so that no lease is lost to a rollback. Two workers never hold the same lease at once.
- `done`, `later` and `dead` say False when the lease has gone to another: then what the caller did with it must not stand.
- No order between things to one destination is promised. Waiting between attempts is the caller's, by `later`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from node import database
from node.here import Here
from node.post.shapes import Item

_ITEM = "id, kind, ref, destination, due, expires, attempts, lease"


async def put_out(*, kind: str, ref: str, to: str = "", due: int, expires: int | None = None, here: Here) -> None:
    """Something has to leave at `due`, unless `expires` comes first (both Unix seconds). After commit: signals "outbox"."""
    smaller = "min" if database.dialect() == "sqlite" else "least"
    await database.execute(
        "INSERT INTO outbox (id, kind, ref, destination, state, put_at, due, expires, attempts) "  # noqa: S608
        "VALUES ({}, {}, {}, {}, 'open', {}, {}, {}, 0) "
        "ON CONFLICT (kind, ref) WHERE state = 'open' DO UPDATE SET "
        f"due = CASE WHEN outbox.lease IS NULL THEN {smaller}(outbox.due, excluded.due) ELSE outbox.due END, "
        "due_again = CASE WHEN outbox.lease IS NULL THEN NULL "
        f"ELSE {smaller}(coalesce(outbox.due_again, excluded.due), excluded.due) END, "
        "destination = excluded.destination, expires = excluded.expires",
        here.token(),
        kind,
        ref,
        to,
        here.now,
        due,
        expires,
    )
    database.signal("outbox")


async def claim(
    kinds: Sequence[str], *, limit: int, lease: int, worker: str, overdue: bool = False, here: Here
) -> list[Item]:
    """Up to `limit` due things of these kinds, ours for `lease` seconds, the longest due first. Not inside a transaction.

    Things whose time has run out are closed first (dead, "expired"): they never leave. With `overdue` they are handed out
    too, to a caller who has somebody to tell: it looks at `expires` and gives them up itself.
    """
    database.current().needs_none("claiming")
    if not kinds or limit < 1:
        return []
    marks = ", ".join("{}" for _ in kinds)
    free = f"state = 'open' AND kind IN ({marks}) AND (leased_until IS NULL OR leased_until <= {{}})"
    locked = "FOR UPDATE SKIP LOCKED" if database.dialect() == "postgres" else ""
    async with database.transaction():
        if not overdue:
            await database.execute(
                "WITH late AS (SELECT id FROM outbox "  # noqa: S608
                f"WHERE {free} AND expires <= {{}} {locked}) "
                "UPDATE outbox SET state = 'dead', why = 'expired', lease = NULL, leased_until = NULL, ended_at = {} "
                "WHERE id IN (SELECT id FROM late)",
                *kinds,
                here.now,
                here.now,
                here.now,
            )
        found = await database.rows(
            "WITH picked AS (SELECT id FROM outbox "  # noqa: S608
            f"WHERE {free} AND (due <= {{}} OR expires <= {{}}) ORDER BY due, id LIMIT {{}} {locked}) "
            "UPDATE outbox SET lease = {}, leased_until = {}, worker = {}, attempts = attempts + 1 "
            f"WHERE id IN (SELECT id FROM picked) RETURNING {_ITEM}",
            *kinds,
            here.now,
            here.now,
            here.now,
            limit,
            here.token(),
            here.now + lease,
            worker,
        )
    items = [Item(to=row.pop("destination"), **row) for row in found]
    return sorted(items, key=lambda item: (item.due, item.id))


async def done(item: Item, *, here: Here) -> bool:
    """It was delivered. False: the lease was lost, and the caller's transaction must be rolled back."""
    return await _close(item, "done", None, here)


async def dead(item: Item, *, why: str, here: Here) -> bool:
    """It is given up for good; `why`: a code. False: the lease was lost."""
    return await _close(item, "dead", why, here)


async def _close(item: Item, state: Literal["done", "dead"], why: str | None, here: Here) -> bool:
    """Closed, or open anew when it was put out again while it was leased."""
    found = await database.rows(
        "UPDATE outbox SET state = CASE WHEN due_again IS NULL THEN {} ELSE 'open' END, "
        "ended_at = CASE WHEN due_again IS NULL THEN CAST({} AS BIGINT) END, "
        "attempts = CASE WHEN due_again IS NULL THEN attempts ELSE 0 END, "
        "due = coalesce(due_again, due), due_again = NULL, why = {}, lease = NULL, leased_until = NULL "
        "WHERE id = {} AND lease = {} AND state = 'open' RETURNING state",
        state,
        here.now,
        why,
        item.id,
        item.lease,
    )
    if found and found[0]["state"] == "open":
        database.signal("outbox")
    return bool(found)


async def later(item: Item, *, due: int, why: str, here: Here) -> bool:
    """It could not be delivered now; try again at `due` (sooner, if it was put out again). False: the lease was lost."""
    smaller = "min" if database.dialect() == "sqlite" else "least"
    found = await database.rows(
        f"UPDATE outbox SET due = {smaller}(coalesce(due_again, {{}}), {{}}), due_again = NULL, why = {{}}, "  # noqa: S608
        "lease = NULL, leased_until = NULL WHERE id = {} AND lease = {} AND state = 'open' RETURNING id",
        due,
        due,
        why,
        item.id,
        item.lease,
    )
    database.signal("outbox")
    return bool(found)


async def let_go(workers: Sequence[str], *, here: Here) -> int:
    """The leases of workers that are known to be dead end now, so that nobody waits for them to run out. How many."""
    if not workers:
        return 0
    marks = ", ".join("{}" for _ in workers)
    found = await database.rows(
        "UPDATE outbox SET lease = NULL, leased_until = NULL, due = coalesce(due_again, due), due_again = NULL "  # noqa: S608
        f"WHERE state = 'open' AND lease IS NOT NULL AND worker IN ({marks}) RETURNING id",
        *workers,
    )
    database.signal("outbox")
    return len(found)


async def take_back(kind: str, ref: str, *, here: Here) -> bool:
    """It must not leave any more. False when nothing was open. A delivery under way loses its lease, so its `done` is False."""
    found = await database.rows(
        "UPDATE outbox SET state = 'back', ended_at = {}, lease = NULL, leased_until = NULL, due_again = NULL "
        "WHERE kind = {} AND ref = {} AND state = 'open' RETURNING id",
        here.now,
        kind,
        ref,
    )
    return bool(found)


async def hurry(kinds: Sequence[str], *, to: str | None = None, here: Here) -> int:
    """What was tried in vain of these kinds (to this destination alone, with `to`), and is being delivered by nobody, is due now,
    as if it had not been tried. How many. What has its own time keeps it. With `to`, what is being delivered after tries in
    vain is looked at once more afterwards."""
    if not kinds:
        return 0
    marks = ", ".join("{}" for _ in kinds)
    smaller = "min" if database.dialect() == "sqlite" else "least"
    found = await database.rows(
        f"UPDATE outbox SET due = {smaller}(due, {{}}), attempts = 0 WHERE state = 'open' AND attempts > 0 "  # noqa: S608
        f"AND kind IN ({marks}) AND (leased_until IS NULL OR leased_until <= {{}}) "
        f"{'' if to is None else 'AND destination = {} '}RETURNING id",
        here.now,
        *kinds,
        here.now,
        *(() if to is None else (to,)),
    )
    if to is not None:  # in somebody's hands, after tries in vain: should it fail once more, it is tried again at once
        await database.execute(
            "UPDATE outbox SET due_again = {} WHERE state = 'open' AND attempts > 1 "  # noqa: S608
            f"AND kind IN ({marks}) AND leased_until > {{}} AND destination = {{}}",
            here.now,
            *kinds,
            here.now,
            to,
        )
    if found:
        database.signal("outbox")
    return len(found)


async def again(kinds: Sequence[str], *, keep_trying: int, here: Here) -> int:
    """What was given up of these kinds is put out once more, for `keep_trying` seconds; how many. What is to be said is read
    anew when it leaves, so what is not wanted any more still does not leave."""
    if not kinds:
        return 0
    marks = ", ".join("{}" for _ in kinds)
    async with database.transaction():
        given_up = await database.rows(
            f"UPDATE outbox SET state = 'back' WHERE state = 'dead' AND kind IN ({marks}) RETURNING kind, ref, destination",  # noqa: S608
            *kinds,
        )
        once = {(row["kind"], row["ref"]): row["destination"] for row in given_up}
        for (kind, ref), to in once.items():
            await put_out(kind=kind, ref=ref, to=to, due=here.now, expires=here.now + keep_trying, here=here)
    return len(once)


async def received(
    source: str, jti: str, digest: str | bytes, expires: int, *, here: Here
) -> Literal["new", "same", "other"]:
    """Remember a letter in the transaction of its effect, until `expires` (after which it would not be taken anyway).

    "new": take effect now. "same": it took effect before. "other": different bytes under an id that was used.
    Raises NotInTransaction.
    """
    database.current().needs_transaction("receiving")
    text = digest.hex() if isinstance(digest, bytes) else digest
    new = await database.rows(
        "INSERT INTO inbox (id, source, jti, digest, received_at, expires) VALUES ({}, {}, {}, {}, {}, {}) "
        "ON CONFLICT (source, jti) DO NOTHING RETURNING id",
        here.token(),
        source,
        jti,
        text,
        here.now,
        expires,
    )
    if new:
        return "new"
    known = await database.row("SELECT digest FROM inbox WHERE source = {} AND jti = {}", source, jti)
    return "same" if known is not None and known["digest"] == text else "other"


async def sweep(*, keep: int, here: Here) -> int:
    """Forget what closed more than `keep` seconds ago, and letters that would not be taken any more; how many rows."""
    async with database.transaction():
        out = await database.rows(
            "DELETE FROM outbox WHERE state <> 'open' AND ended_at < {} RETURNING id", here.now - keep
        )
        come_in = await database.rows("DELETE FROM inbox WHERE expires < {} RETURNING id", here.now)
    return len(out) + len(come_in)
