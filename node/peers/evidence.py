# SPDX-License-Identifier: AGPL-3.0-or-later
"""Proof that a log forked: judged, kept, published, and what it does to the node whose log it is (docs/protocol, decision 11).

Whoever brings it is not believed: two signatures of the accused node's own keys are. A neighbour that is proved to have forked is
frozen; nothing of it is taken and nothing given until it has begun a new epoch and our operator looked. Evidence that only a
revoked key signed freezes nobody. Each log is proved once. Proof about ourselves makes us begin anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from federation import statements
from federation.errors import Refused
from federation.feed import Fork, Origin, judge_fork
from federation.keys import PublicKey
from federation.statements import ForkFound
from node import database, journal, post
from node.actor import Actor
from node.errors import Conflict, NotFound
from node.here import Here
from node.members.rights import act
from node.peers import handshake, keyring, reads, views
from node.peers.shapes import PeerDetail
from node.words import _

log = structlog.get_logger("commoncare.evidence")

TOPIC: Final = "trust"


async def take(fork: Fork, node_id: str, *, source: str, here: Here) -> bool:
    """Keep evidence about a node, and act on it; in the caller's transaction. False for what is known already.

    Refused: malformed, untrusted (it proves nothing, or only a key signed it that was revoked, or that we do not know).
    """
    origin = judge_fork(fork, node_id, await _log_keys(fork, node_id, here=here))
    if await database.row("SELECT id FROM evidence WHERE origin = {}", str(origin)) is not None:
        return False
    id = here.token()
    said = ForkFound(node_id=node_id, note_m=fork.note_m, note_n=fork.note_n, root_m=fork.root_m, path=fork.path)
    await database.execute(
        "INSERT INTO evidence (id, node_id, origin, fork, source, at) VALUES ({}, {}, {}, {}, {}, {})",
        id,
        node_id,
        str(origin),
        statements.encode(said).decode(),
        source,
        here.now,
    )
    await journal.write(None, "peers.fork-proved", f"node:{node_id}", {"topic": origin.topic}, here=here)
    log.warning("fork", node=node_id, topic=origin.topic)
    if node_id != here.node_id:
        await handshake.freeze(node_id, here=here)
    await post.put_out(kind="feed", ref=f"{TOPIC}:{id}", to="", due=here.now, expires=None, here=here)
    return True


async def _log_keys(fork: Fork, node_id: str, *, here: Here) -> Sequence[PublicKey]:
    """The keys that may have signed this log of this node; ours too. Refused: malformed."""
    if node_id == here.node_id:
        return await keyring.logs(Origin.parse(fork.note_m.partition("\n")[0]).epoch)
    view = await views.load(node_id, here=here)
    if view is None:
        raise Refused("untrusted", "evidence about a node that we do not know")
    return views.log_keys(view)


async def begun_anew(node_id: str, topic: str, epoch: int) -> None:
    """A newer epoch of this node's log was followed; in the caller's transaction."""
    found = await database.rows("SELECT id, origin FROM evidence WHERE node_id = {} AND answered = 0", node_id)
    for row in found:
        origin = Origin.parse(row["origin"])
        if origin.topic == topic and origin.epoch < epoch:
            await database.execute("UPDATE evidence SET answered = {} WHERE id = {}", epoch, row["id"])


async def own_forks(*, here: Here) -> list[Origin]:
    """Our own logs that were proved to have forked, and that we have not begun anew since."""
    found = await database.rows("SELECT origin FROM evidence WHERE node_id = {} AND answered = 0", here.node_id)
    return [Origin.parse(row["origin"]) for row in found]


@act("peers.thaw", by={"operator"}, scope="peers")
async def thaw(*, actor: Actor, node_id: str, here: Here) -> PeerDetail:
    """Trust a co-op again whose log had forked, once its node has begun a new one and you know why. Raises Conflict before."""
    async with database.transaction():
        await database.lock(f"peer {node_id}")
        row = await database.row("SELECT frozen FROM peer WHERE node_id = {}", node_id)
        if row is None:
            raise NotFound(_("We don't know a co-op of that name."))
        if row["frozen"]:
            open_still = await database.row(
                "SELECT id FROM evidence WHERE node_id = {} AND answered = 0 LIMIT 1", node_id
            )
            if open_still is not None:
                raise Conflict(
                    _("Their node has not begun a new log yet. Ring them: restarting it usually does that."),
                    cause="no new epoch",
                )
            await database.execute("UPDATE peer SET frozen = {} WHERE node_id = {}", False, node_id)
            await journal.write(actor.person, "peers.thawed", f"node:{node_id}", {}, here=here)
            database.signal("peers")
            database.signal("heads")
        return await reads.detail(node_id, here=here)
