# SPDX-License-Identifier: AGPL-3.0-or-later
"""How our keys and signed documents stand today, and what has to be done about them, for an operator at a terminal.

`commoncare key status` and `commoncare doctor` say the same sentences, since both take them from here. Reads only; no private
half is opened, and none is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from msgspec import Struct

from federation.identity import Identity
from node import database
from node.here import Here
from node.peers import keyring, own
from node.peers.recovery import drilled
from node.peers.roots import public_line

DAY: Final = 86_400
WARN: Final = (90 * DAY, 30 * DAY, 7 * DAY)
"""Seconds before the end of an identity from which on we say so, ever more plainly."""
MANIFEST_LATE: Final = 15 * DAY
"""A running node renews its manifest 20 days before its end; 5 days later nobody has done it."""
DRILL_EVERY: Final = 400 * DAY
"""Seconds after which somebody tries again whether the root key can be brought back."""

Standing = Literal["signs now", "announced", "overlapping", "over", "revoked", "destroyed", "drawn up"]
_ORDER: Final = {"doc": 0, "http": 1, "log": 2, "letter": 3}


class KeyLine(Struct, frozen=True, kw_only=True):
    """One key. Times in Unix seconds; `reason` where it was revoked. A letter key that "signs now" is the one to which
    neighbours seal; an overlapping one still opens."""

    use: str
    kid: str
    begins: int
    ends: int
    state: Standing
    reason: str = ""


class RootLine(Struct, frozen=True, kw_only=True):
    """A root: its kid, and its public half as it is handed around."""

    kid: str
    line: str


class KeyStatus(Struct, frozen=True, kw_only=True):
    """`root_file`: whether the root key's file lies on this machine; `tried`: when a backup of it was last brought back, in a
    drill; `warnings`: what wants doing, the most pressing first."""

    identity_version: int
    identity_ends: int
    manifest_version: int
    manifest_ends: int
    threshold: int
    roots: list[RootLine]
    keys: list[KeyLine]
    root_file: bool
    tried: int | None
    warnings: list[str]


async def status(*, here: Here) -> KeyStatus:
    """Everything at once. Raises Unavailable before the node was founded."""
    identity, manifest = await own.identity(here=here), await own.manifest(here=here)
    keys = _lines(await keyring.every(), here.now)
    tried = drilled(here.machine.root_key)
    warnings = [
        identity_warning(identity, here.now),
        manifest_warning(manifest.exp - here.now),
        *ending(keys, here.now),
        drill_warning(tried, await _founded(), here.now),
    ]
    return KeyStatus(
        identity_version=identity.version,
        identity_ends=identity.exp,
        manifest_version=manifest.version,
        manifest_ends=manifest.exp,
        threshold=identity.threshold,
        roots=[RootLine(kid=key.kid, line=public_line(key)) for key in identity.roots],
        keys=keys,
        root_file=here.machine.holds_root_key(),
        tried=tried,
        warnings=[each for each in warnings if each],
    )


def identity_warning(identity: Identity, now: int) -> str:
    """What to say of the end of our identity; "" while it is more than 90 days off."""
    left = identity.exp - now
    if left <= 0:
        return "Our identity has run out; no neighbour takes it."
    if left > WARN[0]:
        return ""
    words = f"Our identity runs out in {long(left)}"
    if left > WARN[1]:
        return f"{words}. Choose a day on which {_signers(identity)} can be there."
    if left > WARN[2]:
        return f"{words}. Renew it this week: {_signers(identity)} is needed."
    return f"{words}. Renew it today: after that neighbours take no letters of ours and hide our offers."


def _signers(identity: Identity) -> str:
    return "somebody with a root key" if identity.threshold == 1 else f"{identity.threshold} people with root keys"


def identity_step(identity: Identity) -> str:
    """The command with which an identity is renewed."""
    return "key renew" if identity.threshold == 1 else "key roots propose renewal.json"


def manifest_warning(left: int) -> str:
    """What to say of the end of our manifest, `left` seconds from now; "" while it is renewed in time."""
    if left > MANIFEST_LATE:
        return ""
    return "Our manifest was not renewed" + (f" and runs out in {long(left)}." if left > 0 else " and has run out.")


def drill_warning(tried: int | None, founded: int, now: int) -> str:
    """What to say when nobody has tried for more than a year whether the root key can be brought back."""
    if now - (tried or founded) <= DRILL_EVERY:
        return ""
    since = f"for {long(now - tried)}" if tried else f"since this node was founded, {long(now - founded)} ago"
    return f"Nobody has tried {since} whether the root key can be brought back from paper."


async def drill(root_file: Path, *, here: Here) -> tuple[int | None, str]:
    """When a backup of the root key was last tried, and `drill_warning` of it."""
    tried = drilled(root_file)
    return tried, drill_warning(tried, await _founded(), here.now)


async def _founded() -> int:
    found = await database.row("SELECT founded FROM own_node")
    return 0 if found is None else int(found["founded"])


def ending(keys: list[KeyLine], now: int) -> list[str]:
    """Uses whose key ends within 7 days with no other to follow."""
    found = []
    for use in ("http", "log", "letter"):
        last = max((key.ends for key in keys if key.use == use and key.state in ("signs now", "announced")), default=0)
        if last - now <= WARN[2]:
            left = f"ends in {long(last - now)}" if last > now else "is missing"
            found.append(f"The key for {use} {left} and has no successor. A running node makes one.")
    return found


def _lines(rows: list[dict[str, Any]], now: int) -> list[KeyLine]:
    newest: dict[str, str] = {}
    for row in rows:  # by beginning: the last one that may sign is the one that does
        if _may_sign(row, now):
            newest[row["use"]] = row["kid"]
    lines = [
        KeyLine(
            use="doc" if row["use"] == keyring.NEXT_DOC else row["use"],
            kid=row["kid"],
            begins=row["nbf"],
            ends=row["exp"],
            state=_state(row, newest.get(row["use"]), now),
            reason=row["reason"] if row["revoked_at"] is not None else "",
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: (_ORDER[line.use], line.begins))


def _may_sign(row: Mapping[str, Any], now: int) -> bool:
    alive = row["revoked_at"] is None and row["destroyed_at"] is None and row["use"] != keyring.NEXT_DOC
    return alive and bool(row["nbf"] <= now < row["exp"])


def _state(row: Mapping[str, Any], newest: str | None, now: int) -> Standing:
    if row["revoked_at"] is not None:
        return "revoked"
    if row["destroyed_at"] is not None:
        return "destroyed"
    if row["use"] == keyring.NEXT_DOC:
        return "drawn up"
    if row["nbf"] > now:
        return "announced"
    if row["exp"] <= now:
        return "over"
    return "signs now" if row["kid"] == newest else "overlapping"


def long(seconds: int) -> str:
    """A stretch of time in words, in its largest unit."""
    for unit, size in (("day", DAY), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
