# SPDX-License-Identifier: AGPL-3.0-or-later
"""A neighbour's row read into the protocol's `PeerView`, and a judged view written back.

What is stored was judged when it came in; reading it back checks form and signatures again and times never. Reading is a
pure function of bytes, so it is remembered: the signatures of one document are checked once in a process.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from federation.errors import Refused
from federation.identity import Identity, read_identity
from federation.keys import PublicKey
from federation.manifest import KeyRing, Manifest, read_manifest
from federation.peerings import Peering
from federation.peerings import read as read_peering
from federation.trust import PeerView
from node import database
from node.database import Read
from node.errors import Unavailable
from node.here import Here
from node.words import _

REMEMBERED = 4096
"""Documents that are read once in a process; of a thousand neighbours all are."""
_READ = (
    "SELECT node_id, identity, manifest, revoked, peering, peering_identity, proposal, granted, paused_here, "
    "paused_there, frozen, ended, ended_at, next_try, "
    "(SELECT envelope FROM own_identity ORDER BY version DESC LIMIT 1) AS own_now, "
    "(SELECT envelope FROM own_identity WHERE version = peer.peering_our_version) AS own_then FROM peer"
)


def load(node_id: str, *, here: Here) -> Read[PeerView | None]:
    """The view of one node; None when we do not know it, or know no more than its name."""
    return Read(
        _READ + " WHERE node_id = {} AND identity IS NOT NULL",
        node_id,
        then=lambda found: _view(found[0], here.node_id) if found else None,
    )


async def load_with_next_try(node_id: str, *, here: Here) -> tuple[PeerView, int] | None:
    """The same view, and when we may visit that node next (Unix seconds; 0: at any time)."""
    found = await database.row(_READ + " WHERE node_id = {} AND identity IS NOT NULL", node_id)
    return None if found is None else (_view(found, here.node_id), int(found["next_try"]))


async def load_all(*, here: Here) -> list[PeerView]:
    """The views of all nodes whose documents we hold, by node id."""
    found = await database.rows(_READ + " WHERE identity IS NOT NULL ORDER BY node_id")
    return [_view(row, here.node_id) for row in found]


async def keep(view: PeerView, *, here: Here, our_identity: Identity) -> None:
    """Write a judged view back into its row, which exists; in the caller's transaction. Wakes who follows and who serves."""
    held = await database.row("SELECT peering FROM peer WHERE node_id = {}", view.node_id)
    if held is None:
        raise Unavailable(_("This neighbour was removed in the meantime."), cause="no peer row")
    await database.execute(
        "UPDATE peer SET name = {}, identity = {}, manifest = {}, identity_exp = {}, manifest_exp = {}, revoked = {}, "
        "proposal = {}, granted = {}, paused_here = {}, paused_there = {}, frozen = {}, ended = {} WHERE node_id = {}",
        view.manifest.profile.name,
        view.identity.envelope,
        view.manifest.envelope,
        view.identity.exp,
        view.manifest.exp,
        json.dumps(sorted(view.manifest.revoked)),
        None if view.proposal is None else view.proposal.envelope,
        json.dumps(sorted(view.granted)),
        view.paused_here,
        view.paused_there,
        view.frozen,
        view.ended,
        view.node_id,
    )
    if view.peering is not None and (held["peering"] is None or bytes(held["peering"]) != view.peering.envelope):
        await database.execute(
            "UPDATE peer SET peering = {}, peering_identity = {}, peering_our_version = {}, kept_days = {}, ended_at = NULL, "
            "ended_by = '', forgot_at = NULL, receipt_due = NULL, receipt_at = NULL WHERE node_id = {}",
            view.peering.envelope,
            view.identity.envelope,
            our_identity.version,
            view.peering.retention_days,
            view.node_id,
        )
    database.signal("peers")
    database.signal("heads")


def log_keys(view: PeerView) -> list[PublicKey]:
    """The keys that ever signed this node's logs, as far as its manifest tells, without those that were revoked."""
    return [
        key.key
        for key in view.manifest.keys
        if key.use == "log" and key.revoked_at is None and isinstance(key.key, PublicKey)
    ]


def ring(view: PeerView) -> KeyRing:
    """The keys of this peer, by (node, use, kid)."""
    return _ring(view.node_id, view.identity.envelope, view.manifest.envelope, view.manifest.revoked)


def _view(row: dict[str, Any], us: str) -> PeerView:
    node_id = row["node_id"]
    identity = _identity(node_id, bytes(row["identity"]))
    manifest = _manifest(node_id, identity.envelope, bytes(row["manifest"]), frozenset(json.loads(row["revoked"])))
    peering = proposal = None
    if row["peering"] is not None:
        peering = _peering(bytes(row["peering"]), us, bytes(row["own_then"]), node_id, bytes(row["peering_identity"]))
    if row["proposal"] is not None:
        try:
            proposal = _peering(bytes(row["proposal"]), us, bytes(row["own_now"]), node_id, identity.envelope)
        except Refused:
            proposal = None  # the key that signed it has gone since: it can't come into force any more
    return PeerView(
        node_id,
        identity,
        manifest,
        peering,
        proposal,
        paused_here=bool(row["paused_here"]),
        paused_there=bool(row["paused_there"]),
        frozen=bool(row["frozen"]),
        ended=bool(row["ended"]),
        granted=frozenset(json.loads(row["granted"])),
        ended_at=row["ended_at"],
    )


@lru_cache(maxsize=REMEMBERED)
def _identity(node_id: str, envelope: bytes) -> Identity:
    return read_identity(envelope, node_id=node_id)


@lru_cache(maxsize=REMEMBERED)
def _manifest(node_id: str, identity: bytes, envelope: bytes, revoked: frozenset[str]) -> Manifest:
    return read_manifest(_identity(node_id, identity), envelope, revoked=revoked)


@lru_cache(maxsize=REMEMBERED)
def _peering(envelope: bytes, us: str, ours: bytes, them: str, theirs: bytes) -> Peering:
    return read_peering(envelope, us=_identity(us, ours), them=_identity(them, theirs))


@lru_cache(maxsize=REMEMBERED)
def _ring(node_id: str, identity: bytes, manifest: bytes, revoked: frozenset[str]) -> KeyRing:
    return KeyRing([(_identity(node_id, identity), _manifest(node_id, identity, manifest, revoked))])
