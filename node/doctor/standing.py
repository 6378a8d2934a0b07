# SPDX-License-Identifier: AGPL-3.0-or-later
"""How we stand among neighbours: our identity and manifest, the keys that sign, and the way back to a lost root key."""

from __future__ import annotations

from node.doctor.belonging import must_belong
from node.findings import Finding, long
from node.here import Here
from node.peers import own, status
from node.settings import Settings


async def identity(settings: Settings, here: Here, has_key: bool) -> Finding:
    if has_key:
        await must_belong(here=here)
    mine = await own.identity(here=here)
    words = status.identity_warning(mine, here.now)
    if not words:
        left = long(mine.exp - here.now)
        return Finding(what="our name", well=True, words=f"Our identity stands for another {left}.")
    next_step = f"With the root keys at hand: commoncare {status.identity_step(mine)} --dir {settings.folder}"
    return Finding(what="our name", well=False, words=words, next_step=next_step)


async def drill(settings: Settings, here: Here) -> Finding:
    tried, words = await status.drill(settings.path(settings.root_key_file), here=here)
    if words:
        next_step = f"With the paper at hand: commoncare key recover --drill --dir {settings.folder}"
        return Finding(what="root key's backup", well=False, words=words, next_step=next_step)
    words = f"Tried {long(here.now - tried)} ago." if tried else "Not tried yet; commoncare key recover --drill does."
    return Finding(what="root key's backup", well=True, words=words)


async def manifest(settings: Settings, here: Here) -> Finding:
    left = (await own.manifest(here=here)).exp - here.now
    words = status.manifest_warning(left)
    if not words:
        return Finding(what="our papers", well=True, words=f"Our manifest stands for another {long(left)}.")
    next_step = f"A running node renews it: commoncare serve --dir {settings.folder}"
    return Finding(what="our papers", well=False, words=words, next_step=next_step)


async def keys(settings: Settings, here: Here) -> Finding:
    """How old the keys that sign and open letters are, and whether each has a successor in time."""
    held = await status.status(here=here)
    if ending := status.ending(held.keys, here.now):
        next_step = f"A running node turns them by itself: commoncare serve --dir {settings.folder}"
        return Finding(what="signing keys", well=False, words=" ".join(ending), next_step=next_step)
    working = [key for key in held.keys if key.state == "signs now"]
    oldest = min(working, key=lambda key: key.begins)
    words = f"All are in use and none ends soon; the oldest ({oldest.use}) began {long(max(0, here.now - oldest.begins))} ago."
    return Finding(what="signing keys", well=True, words=words)
