# SPDX-License-Identifier: AGPL-3.0-or-later
"""Turning our working keys before their time: with an overlap where nothing is wrong, at once where a key may be stolen.

An overlap loses nothing: neighbours know the successor before it signs. A revocation destroys every private half of that use and
publishes the manifest that says so, in one transaction; neighbours take it when they ask next, and from then on nothing that
bears the key verifies, whatever time it says. What was accepted before stands. Feeds begin anew with a revoked `log` key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, cast, get_args

from msgspec import Struct

from federation.profile import clean
from node import database, journal
from node.actor import Actor
from node.errors import Invalid
from node.here import Here
from node.members.rights import act
from node.peers import keyring, own

REASON_LENGTH: Final = 200

BeginAnew = Callable[[Here], Awaitable[None]]
"""Opens a new epoch of every feed of ours, in the open transaction."""


class Turned(Struct, frozen=True, kw_only=True):
    """`kid`: the key that signs (letters: to which is sealed) from `begins`, Unix seconds; `revoked`: kids of those that count no
    more; `manifest`: the version of the manifest that says so."""

    use: str
    kid: str
    begins: int
    revoked: list[str]
    manifest: int


@act("peers.rotate_key", by={"operator"}, scope="peers")
async def rotate(*, actor: Actor, use: str, here: Here) -> Turned:
    """Announce the successor of a working key; the one before stays 7 days beside it (a letter key opens for 8 more). Raises
    Conflict while one is announced, Invalid for another use."""
    one = a_working_use(use)
    async with database.transaction():
        await database.lock("own documents")
        kid, begins = await keyring.succeed(one, here=here)
        version = await own.publish_manifest(here=here)
        await journal.write(
            actor.person, "peers.key-turned", f"node:{here.node_id}", {"use": one, "kid": kid}, here=here
        )
    return Turned(use=one, kid=kid, begins=begins, revoked=[], manifest=version)


@act("peers.revoke_keys", by={"operator"}, scope="peers")
async def revoke(*, actor: Actor, use: str, reason: str, begin_anew: BeginAnew, here: Here) -> Turned:
    """Take every key of one use out of use now, and make another. `reason`: a few words, which neighbours can read; `begin_anew`
    is called when the key of our feeds is among them. Raises Invalid."""
    one = a_working_use(use)
    why = a_reason(reason)
    async with database.transaction():
        await database.lock("own documents")
        gone = await keyring.revoke_all(one, why, here=here)
        await keyring.turn(here=here)
        version = await own.publish_manifest(here=here)
        if one == "log":
            await begin_anew(here)
        detail: dict[str, int | str] = {"use": one, "count": len(gone)}
        await journal.write(actor.person, "peers.keys-revoked", f"node:{here.node_id}", detail, here=here)
        now = await keyring.newest(one, here=here)
    return Turned(use=one, kid=now, begins=here.now, revoked=gone, manifest=version)


def a_working_use(use: str) -> keyring.Working:
    """Raises Invalid for what is not the use of a key that the node turns by itself."""
    if use not in get_args(keyring.Working):
        raise Invalid({"use": "Choose http, log, letter or doc."})
    return cast(keyring.Working, use)


def a_reason(text: str) -> str:
    """Why a key is revoked, as neighbours can read it. Raises Invalid."""
    reason = clean(text)
    if not reason or len(reason) > REASON_LENGTH:
        raise Invalid(
            {"reason": f"Say why, in up to {REASON_LENGTH} characters. Neighbours can read it; name no person."}
        )
    return reason
