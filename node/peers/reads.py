# SPDX-License-Identifier: AGPL-3.0-or-later
"""Questions about trust: who our neighbours are, what one may do now, which key is whose.

`guard` is the one guard before every route. A key is found by (node, use, kid) in that node's own accepted documents,
never by kid alone and never by asking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from federation.feed import Origin, Paused
from federation.invitations import Fingerprint
from federation.keys import LetterPublicKey, PublicKey
from federation.peerings import Peering
from federation.trust import Extent, PeerView, Route, State, may
from node import database
from node.database import Read
from node.errors import NotFound
from node.here import Here
from node.peers import views
from node.peers.shapes import Agreed, Neighbour, PeerDetail, Proof
from node.words import _


@dataclass(frozen=True, slots=True)
class Caller:
    """A node at our door: its view and its `http` key of the kid it names, None where we hold none; `out_of_reach`: our own
    way to it is closed for now."""

    view: PeerView | None
    key: PublicKey | None
    out_of_reach: bool


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


async def states(*, here: Here) -> dict[str, State]:
    """How every node whose documents we hold stands with us now."""
    return {view.node_id: view.state(here.now) for view in await views.load_all(here=here)}


async def silent_since(moment: int) -> list[str]:
    """Nodes that we could not reach since then (Unix seconds), or longer, by node id."""
    found = await database.rows("SELECT node_id FROM peer WHERE failing_since <= {} ORDER BY node_id", moment)
    return [row["node_id"] for row in found]


async def name_of(node_ids: Iterable[str], *, here: Here) -> dict[str, str]:
    """The names of these co-ops; ours too. One we do not know goes by its node id."""
    known = await names()
    return {node: called(node, known, here=here) for node in node_ids}


def names() -> Read[dict[str, str]]:
    """The name of every neighbour whose documents we hold, by node id."""
    return Read("SELECT node_id, name FROM peer", then=lambda rows: {row["node_id"]: row["name"] for row in rows})


def called(node_id: str, known: Mapping[str, str], *, here: Here) -> str:
    """What people call a co-op: our own name, a neighbour's, or the node id of one that we do not know."""
    return here.co_op.name if node_id == here.node_id else known.get(node_id) or node_id


def view(node_id: str, *, here: Here) -> Read[PeerView | None]:
    """What we know of a node, as the protocol judges it; None for a stranger."""
    return views.load(node_id, here=here)


async def caller(node_id: str, kid: str, *, here: Here) -> Caller:
    """Who says to be this node, asking with this key: what we know of it, all by one reading."""
    found = await views.load_with_next_try(node_id, here=here)
    if found is None:
        return Caller(None, None, out_of_reach=False)
    view, next_try = found
    return Caller(view, views.ring(view).find(node_id, "http", kid, here.now), out_of_reach=next_try > 0)


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
    return _detail(row, await views.load(node_id, here=here), await _proofs(node_id), here)


async def details(*, here: Here) -> list[PeerDetail]:
    known = {view.node_id: view for view in await views.load_all(here=here)}
    found = await database.rows("SELECT * FROM peer ORDER BY node_id")
    proofs = await _proofs()
    return [_detail(row, known.get(row["node_id"]), proofs, here) for row in found]


async def _proofs(node_id: str | None = None) -> dict[str, list[Proof]]:
    """Node -> proof that a log of it forked, the oldest first; of all nodes, or of one."""
    found = await database.rows("SELECT node_id, origin, source, at, answered FROM evidence ORDER BY at, origin")
    made: dict[str, list[Proof]] = {}
    for row in found:
        if node_id in (None, row["node_id"]):
            origin = Origin.parse(row["origin"])
            made.setdefault(row["node_id"], []).append(
                Proof(
                    topic=origin.topic,
                    epoch=origin.epoch,
                    source=row["source"],
                    at=row["at"],
                    answered=row["answered"],
                )
            )
    return made


def _agreed(peering: Peering, us: str, them: str) -> Agreed:
    return Agreed(
        version=peering.version,
        gives=sorted(peering.topics(them, us)),
        gets=sorted(peering.topics(us, them)),
        erasure_hours=peering.erasure_sla_h,
        retention_days=peering.retention_days,
        begins=peering.nbf,
        until=peering.exp,
        on_end=peering.on_end,
        purpose=peering.purpose,
        digest=peering.digest(),
        ours=peering.parties[0] == us,
        signed=peering.complete,
    )


def new_roots(view: PeerView) -> bool:
    """Whether this node's root keys are others than those of the peering that both last signed: the words are due again."""
    return view.peering is not None and tuple(sorted(view.peering.root_kids[view.node_id])) != view.identity.root_kids


async def perhaps_paused() -> list[str]:
    """The nodes that one of the two pauses, or whose log forked, whether or not a peering is in force."""
    found = await database.rows(
        "SELECT node_id FROM peer WHERE NOT ended AND (paused_here OR paused_there OR frozen) ORDER BY name, node_id"
    )
    return [row["node_id"] for row in found]


async def told(node_id: str) -> Paused | None:
    """What this node is told of why it gets nothing from us now; None while we don't pause it."""
    row = await database.row("SELECT paused_here, frozen, pause_why, pause_words FROM peer WHERE node_id = {}", node_id)
    if row is None or not (row["paused_here"] or row["frozen"]):
        return None
    if not row["paused_here"]:
        return Paused("fork")
    return Paused(row["pause_why"] or "other", row["pause_words"])


def _detail(row: dict[str, object], view: PeerView | None, proofs: Mapping[str, list[Proof]], here: Here) -> PeerDetail:
    agreed = None if view is None else view.peering or view.proposal
    if view is not None and view.state(here.now) is State.PROPOSED:
        agreed = view.proposal  # and not what was agreed before it ended
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
            view is None or row["step"] == "ask" or (view.proposal and view.proposal.parties[0] == here.node_id)
        ),
        agreed=None if view is None or view.peering is None else _agreed(view.peering, here.node_id, view.node_id),
        proposal=None if view is None or view.proposal is None else _agreed(view.proposal, here.node_id, view.node_id),
        outcome=str(row["outcome"]),
        new_roots=view is not None and new_roots(view),
        pause_why=str(row["pause_why"]),
        pause_words=str(row["pause_words"]),
        paused_why=str(row["paused_why"]),
        paused_words=str(row["paused_words"]),
        ended_by=_ended_by(row, view, here.now),
        ended_at=_int(row["ended_at"]),
        forgot_at=_int(row["forgot_at"]),
        receipt_due=_int(row["receipt_due"]),
        receipt_at=_int(row["receipt_at"]),
        failures=_int(row["failures"]) or 0,
        next_try=_int(row["next_try"]) or 0,
        proofs=proofs.get(str(row["node_id"]), []),
    )


def _ended_by(row: dict[str, object], view: PeerView | None, now: int) -> str:
    """Who ended it; "time" as soon as it ran out, whether or not it was tidied up since."""
    if view is None or view.peering is None or view.state(now) in (State.ACTIVE, State.PAUSED):
        return ""
    return str(row["ended_by"]) if view.ended else "time" if now > view.peering.exp else ""


def _int(value: object) -> int | None:
    return value if isinstance(value, int) else None
