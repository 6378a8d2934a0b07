# SPDX-License-Identifier: AGPL-3.0-or-later
"""What only the clock does in this room: once a day what is over is swept; and who is gone loses every way in.

Both re-read the present state and may come twice.
"""

from __future__ import annotations

from node import database, vault
from node.here import Here
from node.members import drafts
from node.signin import keeping, rules


async def due(ref: str, *, here: Here) -> None:
    """The timer "signin:sweep:daily" fired. In the caller's transaction; set again while anything is left to sweep."""
    if ref != keeping.SWEEP:
        return
    for row in await database.rows(
        "SELECT id FROM invitation_wish WHERE at < {} AND answered_at IS NULL", here.now - rules.WISH_KEPT
    ):
        await vault.destroy(f"invitation-wish:{row['id']}", here=here)
        await database.execute(
            "UPDATE invitation_wish SET answered_at = {}, words = NULL WHERE id = {}", here.now, row["id"]
        )
    for statement in (
        "DELETE FROM session WHERE expires <= {} OR idle_until <= {} OR revoked_at <= {}",
        "DELETE FROM signin_pending WHERE expires <= {}",
        "DELETE FROM signin_challenge WHERE expires <= {}",
        "DELETE FROM helper_code WHERE expires <= {}",
    ):
        await database.execute(statement, *[here.now] * statement.count("{}"))
    await database.execute("DELETE FROM signin_try WHERE hour <= {}", here.now - 2 * rules.DAY)
    await drafts.sweep(here=here)
    await database.execute("DELETE FROM totp WHERE confirmed_at IS NULL AND created <= {}", here.now - rules.DAY)
    if await _something_is_left():
        await keeping.sweep_daily(here=here)


async def _something_is_left() -> bool:
    row = await database.row(
        "SELECT 1 AS it WHERE EXISTS (SELECT 1 FROM session) OR EXISTS (SELECT 1 FROM signin_pending) "
        "OR EXISTS (SELECT 1 FROM page_draft) OR EXISTS (SELECT 1 FROM signin_challenge) OR EXISTS (SELECT 1 FROM helper_code) "
        "OR EXISTS (SELECT 1 FROM signin_try) OR EXISTS (SELECT 1 FROM totp WHERE confirmed_at IS NULL) "
        "OR EXISTS (SELECT 1 FROM invitation_wish WHERE answered_at IS NULL)"
    )
    return row is not None


async def person_gone(person: str, how: str, *, here: Here) -> None:
    """Somebody left or died: their sessions, cards and second factors end, and so does every delegation of theirs."""
    for row in await database.rows(
        "SELECT id FROM delegation WHERE (person = {} OR delegate = {}) AND ended_at IS NULL", person, person
    ):
        await keeping.end_acting(row["id"], here=here)
        await database.execute(
            "UPDATE delegation SET ended_at = {}, ended_by = {} WHERE id = {}", here.now, person, row["id"]
        )
    await keeping.end_sessions(person, by=person, here=here)
    await keeping.end_cards(person, by=person, here=here)
    await keeping.end_factors(person, by=person, here=here)
    await database.execute("DELETE FROM helper_code WHERE person = {}", person)
    await database.execute(
        "UPDATE recovery SET taken_back_at = {}, taken_back_by = {} "
        "WHERE person = {} AND taken_back_at IS NULL AND done_at IS NULL",
        here.now,
        person,
        person,
    )
