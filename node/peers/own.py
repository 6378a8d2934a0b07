# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our own signed documents: the identity that roots sign, the manifest that the node renews by itself.

What is served is what stands in the tables, byte for byte. A manifest is renewed well before it runs out, and at once when
a key was made or revoked; its version only grows. Nothing here reads the root key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from federation.errors import Refused
from federation.identity import Identity, accept_identity, read_identity, well_known
from federation.invitations import Fingerprint
from federation.manifest import MANIFEST_LIFE, Manifest, make_manifest, read_manifest
from federation.profile import Profile, read_profile
from federation.wire import DAY, SKEW
from node import database
from node.errors import Invalid, Unavailable
from node.here import Here
from node.peers import keyring
from node.words import _

RENEW_BEFORE: Final = 20 * DAY
"""Seconds before its end at which a manifest is renewed: ten days after it was made."""


async def identity(*, here: Here) -> Identity:
    """Our newest identity. Raises Unavailable before the node was founded."""
    found = await database.row("SELECT envelope FROM own_identity ORDER BY version DESC LIMIT 1")
    if found is None:
        raise Unavailable(_("This node isn't set up yet. Run `commoncare init` first."), cause="no identity")
    return read_identity(bytes(found["envelope"]), node_id=here.node_id)


async def identity_at(version: int) -> bytes | None:
    """The envelope of one version, for peers that were long away."""
    found = await database.row("SELECT envelope FROM own_identity WHERE version = {}", version)
    return None if found is None else bytes(found["envelope"])


async def manifest(*, here: Here) -> Manifest:
    """Our newest manifest. Raises Unavailable before the node was founded."""
    found = await database.row("SELECT envelope FROM own_manifest ORDER BY version DESC LIMIT 1")
    if found is None:
        raise Unavailable(_("This node isn't set up yet. Run `commoncare init` first."), cause="no manifest")
    return read_manifest(await identity(here=here), bytes(found["envelope"]))


async def documents() -> tuple[bytes, bytes] | None:
    """(identity, manifest) as envelopes, or None before the node was founded. No signature is checked: they are ours."""
    found = await database.row(
        "SELECT (SELECT envelope FROM own_identity ORDER BY version DESC LIMIT 1) AS identity, "
        "(SELECT envelope FROM own_manifest ORDER BY version DESC LIMIT 1) AS manifest"
    )
    if found is None or found["identity"] is None or found["manifest"] is None:
        return None
    return bytes(found["identity"]), bytes(found["manifest"])


async def versions() -> tuple[int, int]:
    """(identity version, manifest version) as heads tells them; (0, 0) before the node was founded."""
    found = await database.row(
        "SELECT (SELECT MAX(version) FROM own_identity) AS identity, (SELECT MAX(version) FROM own_manifest) AS manifest"
    )
    return (0, 0) if found is None else (found["identity"] or 0, found["manifest"] or 0)


async def served() -> bytes | None:
    """The body at /.well-known/commoncare."""
    held = await documents()
    return None if held is None else well_known(*held)


async def words(*, here: Here) -> str:
    """The 12 words of our own fingerprint, as they are read out on a checking call."""
    return str(Fingerprint.of(await identity(here=here)))


def profile(given: Mapping[str, Any] | None, *, here: Here) -> Profile:
    """The co-op's public face from plain values; name and phone come from the settings where not given."""
    face = {"name": here.co_op.name, "contact": {"phone": here.co_op.phone}, **(given or {})}
    try:
        return read_profile(face)
    except Refused as refusal:
        raise Invalid({"profile": _("Please look at it again: {cause}.", cause=refusal.cause)}) from None


async def publish_identity(
    made: bytes, face: Profile | None = None, *, reason: str = "", afresh: bool = False, here: Here
) -> Identity:
    """Serve an identity that its roots signed, from now on, with a manifest that names it (in the caller's transaction).

    It is judged as every neighbour will judge it, against the one before; with `afresh` (a founding; roots that were lost)
    by itself. `doc` keys that it lists are put to use, those it leaves out are revoked for `reason`. Raises
    `federation.errors.Refused`, Conflict.
    """
    before = None if afresh else await identity(here=here)
    new = accept_identity(before, made, here.now, node_id=here.node_id)
    if before is not None and new is before:
        return before
    if face is None:
        face = (await manifest(here=here)).profile
    await database.execute(
        "INSERT INTO own_identity (version, envelope, exp) VALUES ({}, {}, {})", new.version, made, new.exp
    )
    await keyring.take_docs(new.docs, exp=new.exp, reason=reason, here=here)
    await publish_manifest(face, here=here)
    return new


async def publish_manifest(face: Profile | None = None, *, least: int = 1, here: Here) -> int:
    """Sign and store the next manifest (in the caller's transaction), with `face` or the face of the one before. Its version.

    `least`: the version that it has at least. After a restore neighbours may know some that are lost here."""
    mine = await identity(here=here)
    _, before = await versions()
    version = max(before + 1, least)
    if face is None:
        face = (await manifest(here=here)).profile
    made = make_manifest(
        identity=mine,
        version=version,
        now=here.now,
        exp=here.now + MANIFEST_LIFE,
        keys=await keyring.announced(here=here),
        profile=face,
        signer=await keyring.signing("doc", here=here),
    )
    await database.execute(
        "INSERT INTO own_manifest (version, identity_version, envelope, exp) VALUES ({}, {}, {}, {})",
        version,
        mine.version,
        made,
        here.now + MANIFEST_LIFE,
    )
    database.signal("heads")
    return version


async def renew(*, here: Here) -> bool:
    """Turn keys and renew the manifest where that is due. True when a new manifest stands. Safe to call at any time."""
    async with database.transaction():
        await database.lock("own documents")
        found = await database.row("SELECT exp FROM own_manifest ORDER BY version DESC LIMIT 1")
        if found is None:
            return False
        # One that our clock signed while it was ahead is taken by nobody whose clock is right.
        ahead = found["exp"] - MANIFEST_LIFE > here.now + SKEW
        if not await keyring.turn(here=here) and not ahead and found["exp"] - here.now > RENEW_BEFORE:
            return False
        await publish_manifest(here=here)
    return True


async def instance() -> tuple[str, bool]:
    """(the instance that this database says it is, whether it was ever started); ("", False) before founding."""
    found = await database.row("SELECT instance, started FROM own_node")
    return ("", False) if found is None else (str(found["instance"]), bool(found["started"]))


async def mark_started() -> None:
    await database.execute("UPDATE own_node SET started = {}", True)


async def restored(*, here: Here) -> None:
    """Note a restore: this database is another instance from now on. In the caller's transaction."""
    await database.execute(
        "UPDATE own_node SET instance = {}, restored_at = {}, started = {}", here.token(), here.now, True
    )


async def restored_at() -> int:
    """When this database was restored the last time; 0 for never. Requests signed earlier are refused."""
    found = await database.row("SELECT restored_at FROM own_node")
    return 0 if found is None or found["restored_at"] is None else int(found["restored_at"])
