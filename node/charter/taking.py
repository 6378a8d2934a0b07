# SPDX-License-Identifier: AGPL-3.0-or-later
"""What follows when a charter document takes effect here, whoever brought it; in the caller's transaction, after it was judged.

A version that leaves a co-op out pauses what we share with it, once: our operator may resume. One that brings a co-op in changes
nothing between it and us. Of two charters of one version both are kept, and nothing newer is taken until our operator chose.
"""

from __future__ import annotations

import structlog

from federation.charter import Charter
from node import database, journal, post
from node.here import Here
from node.peers import handshake
from node.peers.rules import CHARTER_DROPPED

log = structlog.get_logger("commoncare.charter")

REF = "charter"
"""What our statement on `trust` is called in the outbox, behind the topic."""


async def first(new: Charter, *, terms: str, here: Here) -> None:
    """Our operator took this charter. One that we left is stated under another id: a put that was withdrawn never comes back."""
    await database.execute(
        "INSERT INTO charter (id, put, joined_at) VALUES ({}, {}, {}) "
        "ON CONFLICT (id) DO UPDATE SET put = excluded.put, joined_at = excluded.joined_at, left_at = NULL",
        new.id,
        here.token(),
        here.now,
    )
    await _keep(new, terms=terms, source="", here=here)
    await tell(here=here)


async def following(held: Charter, new: Charter, *, source: str, terms: str = "", here: Here) -> None:
    """The version after the one held takes its place."""
    if not terms and new.terms_sha256 == held.terms_sha256:
        row = await database.row("SELECT terms FROM charter_version WHERE digest = {}", held.digest())
        terms = "" if row is None else str(row["terms"])
    await _keep(new, terms=terms, source=source, here=here)
    await database.execute("UPDATE charter_said SET asked = '' WHERE asked <> ''")
    if source:
        await journal.write(None, "charter.taken", f"node:{source}", {"version": new.version}, here=here)
    await let_go(held, new, here=here)
    await tell(here=here)


async def let_go(before: Charter, after: Charter, *, here: Here) -> None:
    """Share nothing more with those that the charter no longer lists, until our operator says otherwise."""
    for node in sorted(before.node_ids - after.node_ids - {here.node_id}):
        await handshake.stop_sharing(node, CHARTER_DROPPED, act="charter.member-dropped", here=here)


async def rival(other: Charter, *, source: str, here: Here) -> bool:
    """Keep the proof that two charters of one version were signed, and stop here. False for what is known already."""
    if await database.row("SELECT digest FROM charter_version WHERE digest = {}", other.digest()) is not None:
        return False
    await _keep(other, terms="", source=source, standing=False, here=here)
    await journal.write(None, "charter.frozen", f"charter:{other.id}", {"version": other.version}, here=here)
    log.warning("two charters of one version", source=source, version=other.version)
    database.signal("peers")
    return True


async def tell(*, here: Here) -> None:
    """Neighbours learn of it: by heads at once, and on `trust`."""
    await post.put_out(kind="feed", ref=f"trust:{REF}", to="", due=here.now, expires=None, here=here)
    database.signal("heads")
    database.signal("peers")


async def _keep(one: Charter, *, terms: str, source: str, standing: bool = True, here: Here) -> None:
    await database.execute(
        "INSERT INTO charter_version (digest, charter, version, envelope, terms, source, at, standing) "
        "VALUES ({}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT (digest) DO UPDATE SET standing = excluded.standing, "
        "terms = CASE WHEN excluded.terms = '' THEN charter_version.terms ELSE excluded.terms END",
        one.digest(),
        one.id,
        one.version,
        one.envelope,
        terms,
        source,
        here.now,
        standing,
    )
