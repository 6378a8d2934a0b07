# SPDX-License-Identifier: AGPL-3.0-or-later
"""Newer versions from other members, taken by themselves; and the other charter of a version, asked for where one is stated.

Called after a neighbour's heads and feeds were read. In order: what it stated otherwise than we hold is asked for, and freezes
when it is proved; then version by version up to the number it told, each judged against the one before. Whatever is refused
leaves a note for the operator and changes nothing. A charter is never taken for the first time here.
"""

from __future__ import annotations

from typing import Final

import structlog

from federation.charter import accept_charter, judge_conflict
from federation.client import PeerClient, PeerRefused
from federation.errors import Refused
from node import database
from node.charter import reads, taking
from node.database import Read
from node.here import Here

log = structlog.get_logger("commoncare.charter")

AT_ONCE: Final = 100
"""Versions that are fetched in one visit."""
_SAID_NO: Final = frozenset({"not-found", "peer-paused", "peer-ended", "malformed"})
"""A neighbour's answers that leave nothing to wait for."""


async def refresh(peer: str, number: int, client: PeerClient, *, here: Here) -> int:
    """Take what this active neighbour has, whose heads told `number`. How much changed. Raises Refused when it could not be
    asked."""
    changed = 0
    version = await reads.doubted(peer)
    if version is not None:
        changed += await _other(peer, version, client, here=here)
    held = await reads.held()
    if held is None or peer not in held.node_ids or held.version >= number:
        return changed
    for version in range(held.version + 1, min(number, held.version + AT_ONCE) + 1):
        try:
            if await reads.frozen():
                break
            envelope = await _ask(peer, version, client)
            if not await _take(peer, version, envelope, latest=version == number, here=here):
                break
            changed += 1
        except _No as no:
            if no.code in ("untrusted", "version-conflict"):  # it may have come another way
                changed += await _other(peer, version - 1, client, why=no.code, here=here)
            else:
                await _note(peer, version, no.code)
            break
    return changed


def stance() -> Read[str]:
    """What decides which versions we take: another text whenever heads that we know have to be asked for anew."""
    return Read(
        "SELECT v.charter, v.version, (SELECT count(*) FROM charter_version o WHERE o.charter = v.charter "
        "AND o.standing = {} AND o.decided_at IS NULL) AS rivals FROM charter_version v "
        "JOIN charter ON charter.id = v.charter WHERE charter.left_at IS NULL AND v.standing = {} "
        "ORDER BY v.version DESC LIMIT 1",
        False,
        True,
        then=lambda found: f"{found[0]['charter']} {found[0]['version']} {found[0]['rivals']}" if found else "none",
    )


class _No(Exception):
    """What a neighbour gave can't be taken, or it gives nothing. `code`: of the protocol."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def _ask(peer: str, version: int, client: PeerClient) -> bytes:
    try:
        return await client.charter(peer, version)
    except PeerRefused as no:
        if no.code in _SAID_NO:
            raise _No(no.code) from None
        raise


async def _take(peer: str, version: int, envelope: bytes, *, latest: bool, here: Here) -> bool:
    """False when something else happened meanwhile: another worker was quicker, or our operator."""
    async with database.transaction():
        await database.lock("charter")
        held = await reads.held()
        if held is None or held.version + 1 != version or await reads.frozen():
            return False
        try:
            new = accept_charter(held, envelope, here.now, latest=latest)
        except Refused as refusal:
            log.warning("charter refused", peer=peer, version=version, code=refusal.code)
            raise _No(refusal.code) from None
        await taking.following(held, new, source=peer, here=here)
    return True


async def _other(peer: str, version: int, client: PeerClient, *, why: str = "", here: Here) -> int:
    """Ask for its document of a version that we hold, and keep it where it proves that two were signed. `why`: what brought us
    here, kept as a note where there is no proof."""
    try:
        envelope = await _ask(peer, version, client)
    except _No as no:
        if why or no.code != "peer-paused":
            await _note(peer, version, why or no.code)
        return 0
    async with database.transaction():
        await database.lock("charter")
        held = await reads.held()
        ours = None if held is None else await reads.at(held.id, version)
        if ours is None:
            return 0
        try:
            other = judge_conflict(ours, await reads.at(ours.id, version - 1), envelope)
        except Refused as refusal:
            await _note(peer, version, why or refusal.code)
            return 0
        await _note(peer, version, "proved")
        return int(await taking.rival(other, source=peer, here=here))


async def _note(peer: str, version: int, what: str) -> None:
    """Keep what came of asking, where the operator sees it. What it stated stays."""
    await database.execute(
        "INSERT INTO charter_said (source, version, asked) VALUES ({}, {}, {}) "
        "ON CONFLICT (source) DO UPDATE SET asked = excluded.asked",
        peer,
        version,
        what,
    )
