# SPDX-License-Identifier: AGPL-3.0-or-later
"""Questions about the charter: which version counts here, how it stands, what is amiss, whom to invite, what to tell whom.

Reading a stored document back checks its form and signatures again and its times never, and is remembered in a process, as it is
a pure function of bytes. A neighbour that is no member learns nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from federation.charter import Charter, Member, Seat, read_charter
from federation.invitations import Fingerprint
from federation.keys import PublicKey, SigningKey
from federation.wire import b64
from node import database
from node.actor import Actor
from node.charter import rules
from node.charter.shapes import CharterDetail, CharterView, Doubt, MemberView, SeatView, State
from node.here import Here
from node.members.rights import check
from node.peers import keyring, own
from node.peers import reads as peers
from node.peers.shapes import PeerDetail

_HELD = (
    "SELECT version.* FROM charter_version AS version JOIN charter ON charter.id = version.charter "
    "WHERE charter.left_at IS NULL AND version.standing = {} ORDER BY version.version DESC LIMIT 1"
)


@lru_cache(maxsize=64)
def _read(envelope: bytes) -> Charter:
    return read_charter(envelope)


def of(row: Mapping[str, Any]) -> Charter:
    """The charter in a row of `charter_version`."""
    return _read(bytes(row["envelope"]))


async def held() -> Charter | None:
    """The version that counts here; None while we have no charter."""
    row = await database.row(_HELD, True)
    return None if row is None else of(row)


async def at(charter: str, version: int) -> Charter | None:
    """One version that counts, or counted, here."""
    row = await database.row(
        "SELECT envelope FROM charter_version WHERE charter = {} AND version = {} AND standing = {}",
        charter,
        version,
        True,
    )
    return None if row is None else of(row)


async def frozen() -> bool:
    """Whether two charters of one version were signed, and our operator has not chosen."""
    row = await database.row(
        "SELECT version.digest FROM charter_version AS version JOIN charter ON charter.id = version.charter "
        "WHERE charter.left_at IS NULL AND version.standing = {} AND version.decided_at IS NULL LIMIT 1",
        False,
    )
    return row is not None


async def state(*, here: Here) -> State:
    """How the charter stands here now."""
    return rules.state(await held(), us=here.node_id, frozen=await frozen(), now=here.now)


async def metrics_may_run(*, here: Here) -> bool:
    """Whether measurements that the members make together may run now."""
    return rules.metrics_may_run(await state(here=here))


async def told(node_id: str) -> int:
    """The version that `heads` tells this node: 0 where there is none, or it is no member."""
    ours = await held()
    return ours.version if ours is not None and node_id in ours.node_ids else 0


async def served(node_id: str, version: int) -> bytes | None:
    """The envelope of one version, for a member; None for anybody else, and for a version that we never took."""
    ours = await held()
    if ours is None or node_id not in ours.node_ids or version > ours.version:
        return None
    found = await at(ours.id, version)
    return None if found is None else found.envelope


async def stated() -> tuple[str, Charter] | None:
    """(the id of our statement on `trust`, what it states); None while we have no charter."""
    row = await database.row("SELECT put FROM charter WHERE left_at IS NULL")
    ours = await held()
    return None if row is None or ours is None else (str(row["put"]), ours)


async def doubted(source: str) -> int | None:
    """A version of which this neighbour says that it holds another than ours, where we have not asked it for that yet."""
    row = await database.row(
        "SELECT said.version FROM charter_said AS said JOIN charter_version AS version "
        "ON version.charter = said.charter AND version.version = said.version AND version.standing = {} "
        "JOIN charter ON charter.id = said.charter AND charter.left_at IS NULL "
        "WHERE said.source = {} AND said.asked = '' AND said.digest <> version.digest",
        True,
        source,
    )
    return None if row is None else int(row["version"])


# Seats ----------------------------------------------------------------------------------------------------------------


async def seat(*, here: Here) -> SeatView | None:
    """Our newest seat, as we give it away; None before it was made."""
    found = await seats(here=here)
    if not found:
        return None
    line = Seat(Member(here.node_id, found[0].public, Fingerprint.of(await own.identity(here=here))))
    return SeatView(line=line.text(), kid=found[0].kid, words=str(line.member.fingerprint))


async def seats(*, here: Here) -> list[SigningKey]:
    """All our seats, the newest first."""
    rows = await database.rows("SELECT kid, secret FROM charter_seat ORDER BY number DESC")
    return [SigningKey.from_seed(keyring.unseal(row["secret"], f"seat {row['kid']}", here=here)) for row in rows]


async def our_entry(*, here: Here) -> Member | None:
    """We as a member, by our newest seat and the roots of today."""
    row = await database.row("SELECT public FROM charter_seat ORDER BY number DESC LIMIT 1")
    if row is None:
        return None
    return Member(
        here.node_id, PublicKey.from_bytes(bytes(row["public"])), Fingerprint.of(await own.identity(here=here))
    )


# For people -----------------------------------------------------------------------------------------------------------


async def detail(actor: Actor, *, here: Here) -> CharterDetail:
    """Everything of the charter that an operator sees."""
    check(actor, by=frozenset({"operator"}), scope="peers", act="charter.read")
    return await look(here=here)


async def look(*, here: Here) -> CharterDetail:
    """The same, for rooms that have asked who looks."""
    row = await database.row(_HELD, True)
    standing = await state(here=here)
    known = {each.node_id: each for each in await peers.details(here=here)}
    view = None if row is None else await _view(row, known, here=here)
    return CharterDetail(
        state=standing,
        held=view,
        rivals=[await _view(each, known, here=here) for each in await _rivals()],
        doubts=await doubts(here=here),
        admissions=[] if view is None else [member for member in view.members if member.apart],
        seat=await seat(here=here),
        metrics=rules.metrics_may_run(standing),
    )


async def doubts(*, here: Here) -> list[Doubt]:
    """What neighbours say of the charter and do not prove."""
    rows = await database.rows(
        "SELECT source, version, asked FROM charter_said WHERE asked NOT IN ('', 'proved') ORDER BY source"
    )
    names = await peers.name_of([row["source"] for row in rows], here=here)
    return [
        Doubt(node_id=row["source"], name=names[row["source"]], version=row["version"], why=row["asked"])
        for row in rows
    ]


async def _rivals() -> list[dict[str, Any]]:
    """Every document of the versions of which two were signed, while our operator has not chosen."""
    return await database.rows(
        "SELECT one.* FROM charter_version AS one JOIN charter ON charter.id = one.charter AND charter.left_at IS NULL "
        "WHERE one.decided_at IS NULL AND EXISTS (SELECT 1 FROM charter_version AS other WHERE other.charter = one.charter "
        "AND other.version = one.version AND other.standing = {} AND other.decided_at IS NULL) "
        "ORDER BY one.version, one.digest",
        False,
    )


async def _view(row: Mapping[str, Any], known: Mapping[str, PeerDetail], *, here: Here) -> CharterView:
    charter = of(row)
    signed = charter.signed_by()
    names = await peers.name_of(charter.node_ids, here=here)
    ours = await own.words(here=here) if here.node_id in charter.node_ids else ""
    members = []
    for member in charter.members:
        us, peer = member.node_id == here.node_id, known.get(member.node_id)
        members.append(
            MemberView(
                node_id=member.node_id,
                name=names[member.node_id],
                words=str(member.fingerprint),
                known_words=ours if us else peer.words if peer is not None else "",
                state=peer.state if peer is not None else "",
                signed=member.node_id in signed,
                us=us,
            )
        )
    return CharterView(
        id=charter.id,
        name=charter.name,
        version=charter.version,
        digest=charter.digest(),
        mark=rules.mark(charter.digest()),
        made=charter.iat,
        expires=charter.exp,
        threshold=charter.threshold,
        members=members,
        terms=row["terms"],
        terms_sha256=b64(charter.terms_sha256),
        source=row["source"],
    )
