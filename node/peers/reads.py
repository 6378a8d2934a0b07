# SPDX-License-Identifier: AGPL-3.0-or-later
"""Questions about trust: who our neighbours are, what one may do now, which key is whose.

`guard` is the one guard before every route. A key is found by (node, use, kid) in that node's own accepted documents,
never by kid alone and never by asking.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from federation.invitations import Fingerprint
from federation.keys import LetterPublicKey, PublicKey
from federation.trust import Extent, PeerView, Route, State, may
from node import database
from node.errors import NotFound
from node.here import Here
from node.peers import views
from node.peers.shapes import Neighbour, PeerDetail
from node.words import _


async def neighbours(*, here: Here) -> list[Neighbour]:
    """Every node whose documents we hold, by node id."""
    contact = {
        row["node_id"]: row for row in await database.rows("SELECT node_id, last_contact, failing_since FROM peer")
    }
    return [
        Neighbour(
            node_id=view.node_id,
            name=view.manifest.profile.name,
            state=view.state(here.now).value,
            gives=view.reads(here.node_id, here.now),
            gets=view.shares(here.node_id, here.now),
            stale=view.stale(here.now),
            last_contact=contact[view.node_id]["last_contact"],
            failing_since=contact[view.node_id]["failing_since"],
        )
        for view in await views.load_all(here=here)
        if view.node_id in contact
    ]


async def name_of(node_ids: Iterable[str], *, here: Here) -> dict[str, str]:
    """The names of these co-ops; ours too. One we do not know goes by its node id."""
    wanted = set(node_ids)
    known = {row["node_id"]: row["name"] for row in await database.rows("SELECT node_id, name FROM peer")}
    names = {node: known.get(node) or node for node in wanted}
    if here.node_id in wanted:
        names[here.node_id] = here.co_op.name
    return names


async def view(node_id: str, *, here: Here) -> PeerView | None:
    """What we know of a node, as the protocol judges it; None for a stranger."""
    return await views.load(node_id, here=here)


async def guard(node_id: str, route: Route, topic: str | None, *, here: Here) -> Extent:
    """How much this node gets at this route now. Raises `federation.errors.Refused`."""
    return may(await views.load(node_id, here=here), route, topic, here.now, us=here.node_id)


async def key(node_id: str, use: Literal["http", "log", "doc"], kid: str, *, here: Here) -> PublicKey | None:
    """That node's key for that use, if it may be used now."""
    found = await views.load(node_id, here=here)
    return None if found is None else views.ring(found).find(node_id, use, kid, here.now)


async def seal_to(node_id: str, *, here: Here) -> LetterPublicKey | None:
    """The newest key to which a letter for that node is sealed."""
    found = await views.load(node_id, here=here)
    keys = () if found is None else views.ring(found).usable(node_id, "letter", here.now)
    return keys[0] if keys else None


async def state(node_id: str, *, here: Here) -> State | None:
    found = await views.load(node_id, here=here)
    return None if found is None else found.state(here.now)


async def detail(node_id: str, *, here: Here) -> PeerDetail:
    """One neighbour for the operator. Raises NotFound."""
    row = await database.row("SELECT * FROM peer WHERE node_id = {}", node_id)
    if row is None:
        raise NotFound(_("We don't know a co-op of that name."))
    return _detail(row, await views.load(node_id, here=here), here)


async def details(*, here: Here) -> list[PeerDetail]:
    known = {view.node_id: view for view in await views.load_all(here=here)}
    found = await database.rows("SELECT * FROM peer ORDER BY node_id")
    return [_detail(row, known.get(row["node_id"]), here) for row in found]


def _detail(row: dict[str, object], view: PeerView | None, here: Here) -> PeerDetail:
    agreed = None if view is None else view.peering or view.proposal
    token = bytes(row["fingerprint"]) if isinstance(row["fingerprint"], bytes | memoryview) else None
    # We took a new invitation after an end; the view learns of it when the step is sent.
    begun_again = row["step"] == "ask" and view is not None and view.state(here.now) is State.ENDED
    words = str(Fingerprint.of(view.identity)) if view else str(Fingerprint.from_bytes(token)) if token else ""
    return PeerDetail(
        node_id=str(row["node_id"]),
        name=str(row["name"] or row["node_id"]),
        state="proposed" if view is None or begun_again else view.state(here.now).value,
        gives=sorted(agreed.topics(str(row["node_id"]), here.node_id)) if agreed else [],
        gets=sorted(agreed.topics(here.node_id, str(row["node_id"]))) if agreed else [],
        words=words,
        paused_here=bool(row["paused_here"]),
        paused_there=bool(row["paused_there"]),
        frozen=bool(row["frozen"]),
        pause_reason=str(row["pause_reason"]),
        identity_expires=_int(row["identity_exp"]) or 0,
        manifest_expires=_int(row["manifest_exp"]) or 0,
        peering_expires=agreed.exp if agreed else None,
        created=_int(row["created"]) or 0,
        last_contact=_int(row["last_contact"]),
        failing_since=_int(row["failing_since"]),
        why=str(row["why"]),
        asked_by_us=bool(
            view is None or row["step"] == "ask" or (view.proposal and here.node_id in view.proposal.signed_by)
        ),
    )


def _int(value: object) -> int | None:
    return value if isinstance(value, int) else None
