# SPDX-License-Identifier: AGPL-3.0-or-later
"""What may end here for good, how to see in the database that it did, and how to end it again in an old copy of it.

Each is ended again by the deed by which it ends on any day, where that is more than a column. Order counts: an introduction is
withdrawn before its key goes, since withdrawing puts its thread under another key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from node import database, vault
from node.actor import at_the_command_line
from node.ended import KEY
from node.here import Here
from node.introductions import keeping
from node.introductions import reads as introductions
from node.introductions.acts import closing
from node.members import standing
from node.metrics import acts as metrics
from node.metrics import rows as fact_rows
from node.peers import acts as peers
from node.peers import keyring
from node.support.acts import writing
from node.support.reads import rows as offers

BY: Final = "restore"
"""Who ended what ends again."""
REASON: Final = "It had ended before a backup was restored."

NEIGHBOUR: Final = "neighbour"
"""A peering that was ended. Unlike the others it may begin again."""

Again = Callable[[str, Here], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Ending:
    """`kind`: in the file; `ended`: SELECT of (id, at) of all that ended; `stands`: SELECT of (id) of all that stands;
    `again`: end one that stands, in the open transaction."""

    kind: str
    ended: str
    stands: str
    again: Again


def _column(kind: str, table: str, column: str, *, key: str = "id", ended: str = "", by: str = "") -> Ending:
    """Something that has ended when a column says when (or one of several: `ended`)."""
    at = ended or column
    change = f"UPDATE {table} SET {column} = {{}}{f', {by} = {{}}' if by else ''} WHERE {key} = {{}}"  # noqa: S608

    async def again(id: str, here: Here) -> None:
        await database.execute(change, here.now, *([BY] if by else []), id)

    return Ending(
        kind,
        f"SELECT {key} AS id, {at} AS at FROM {table} WHERE {at} IS NOT NULL",  # noqa: S608
        f"SELECT {key} AS id FROM {table} WHERE {at} IS NULL",  # noqa: S608
        again,
    )


async def _key_revoked(kid: str, here: Here) -> None:
    await keyring.revoke(kid, REASON, here=here)


async def _peer_ended(node_id: str, here: Here) -> None:
    await peers.end(actor=at_the_command_line(), node_id=node_id, reason=REASON, here=here)


async def _offer_withdrawn(offer: str, here: Here) -> None:
    facts = await offers.facts(offer, held=True)
    if facts is not None:
        await writing.end(facts, by=None, here=here)


async def _fact_withdrawn(fact_id: str, here: Here) -> None:
    fact = await fact_rows.one(fact_id)
    if fact is not None:
        await metrics.end(fact, by=None, here=here)


def _introduction_withdrawn(mine: bool) -> Ending:
    async def again(id: str, here: Here) -> None:
        half = await introductions.held(id)
        if half is not None and not half.hidden:
            await closing.withdrawn(half, mine=mine, here=here)

    return Ending(
        f"withdrawn-by-{'me' if mine else 'them'}",
        f"SELECT introduction AS id, at FROM introduction_withdrawal WHERE {'' if mine else 'NOT '}mine",  # noqa: S608
        "SELECT id FROM introduction WHERE NOT hidden AND erased_at IS NULL",
        again,
    )


# What goes with a data key, by the first word of its owner --------------------------------------------------------------


async def _introduction(id: str, here: Here) -> None:
    half = await introductions.held(id)
    if half is not None:
        await keeping.erase_words(half, here=here)
    await database.execute("DELETE FROM introduction_back_notice WHERE id = {}", id)


async def _invitation(id: str, here: Here) -> None:
    await standing.drop_invitation(id, here=here)


def _emptied(table: str, *columns: str, empty: str = "") -> Again:
    nothing = ", ".join([*(f"{column} = NULL" for column in columns), *([f"{empty} = ''"] if empty else [])])

    async def again(id: str, here: Here) -> None:
        await database.execute(f"UPDATE {table} SET {nothing} WHERE id = {{}}", id)  # noqa: S608

    return again


WITH_ITS_KEY: Final[dict[str, Again]] = {
    "introduction": _introduction,
    "sealed-copy": _emptied("introduction_sealed_copy", "thread"),
    "invitation": _invitation,
    "invitation-wish": _emptied("invitation_wish", "words"),
    "keys-kept": _emptied("keys_kept", "place", "holder"),
    "call": _emptied("call_request", "name", "phone", "about", empty="phone_blind"),
    "complaint": _emptied("data_complaint", "words", "contact", "answer"),
    "": _emptied("person", "full_name", "known_as", "email", "phone", "email_blind"),
}
"""What was sealed under a key goes with it. An owner without a first word is a person."""


async def _key_destroyed(owner: str, here: Here) -> None:
    kind, _, id = owner.rpartition(":")
    if kind in WITH_ITS_KEY:
        await WITH_ITS_KEY[kind](id, here)
    await vault.destroy(owner, here=here)


ENDINGS: Final[tuple[Ending, ...]] = (
    _column("card", "signin_card", "revoked_at", by="revoked_by"),
    _column("passkey", "passkey", "revoked_at", by="revoked_by"),
    _column("app", "totp", "ended_at"),
    _column("code", "recovery_code", "ended_at", ended="coalesce(used_at, ended_at)"),
    _column("role", "role_held", "until", by="ended_by"),
    _column("delegation", "delegation", "ended_at", by="ended_by"),
    _column("invitation", "invitation", "revoked_at", ended="coalesce(used_at, revoked_at)", by="revoked_by"),
    _column("peer-invitation", "peering_invitation", "used_at", key="token_hash"),
    Ending(
        "own-key",
        "SELECT kid AS id, revoked_at AS at FROM own_key WHERE revoked_at IS NOT NULL",
        "SELECT kid AS id FROM own_key WHERE revoked_at IS NULL AND use <> 'doc'",
        _key_revoked,
    ),
    Ending(
        NEIGHBOUR,
        "SELECT node_id AS id, ended_at AS at FROM peer WHERE ended AND ended_at IS NOT NULL",
        "SELECT node_id AS id FROM peer WHERE NOT ended",
        _peer_ended,
    ),
    Ending(
        "offer",
        "SELECT offer AS id, at FROM offer_withdrawal",
        "SELECT id FROM offer WHERE id NOT IN (SELECT offer FROM offer_withdrawal)",
        _offer_withdrawn,
    ),
    Ending(
        "fact",
        "SELECT id, min(at) AS at FROM (SELECT fact AS id, withdrawn_at AS at FROM fact_withdrawal UNION ALL "
        "SELECT n.replaces, k.confirmed_at FROM fact n JOIN fact_confirmation k ON k.fact = n.id "
        "WHERE n.replaces IS NOT NULL) gone GROUP BY id",
        "SELECT id FROM fact WHERE id NOT IN (SELECT fact FROM fact_withdrawal)",
        _fact_withdrawn,
    ),
    _introduction_withdrawn(True),
    _introduction_withdrawn(False),
    Ending(
        KEY,
        "SELECT owner AS id, destroyed_at AS at FROM data_key WHERE destroyed_at IS NOT NULL AND owner NOT LIKE 'letter:%'",
        "SELECT owner AS id FROM data_key WHERE destroyed_at IS NULL AND owner NOT LIKE 'letter:%'",
        _key_destroyed,
    ),
)
"""In the order in which they are ended again."""

PERSON: Final = "person"
"""Lines "person-left", "person-died", "person-active": the last one counts."""
PAUSE: Final = "peer"
"""Lines "peer-paused", "peer-resumed": the last one counts. Trust in a neighbour may be taken back for a while."""
