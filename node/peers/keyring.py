# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our own working keys: made, kept sealed under the node key, found by use, rotated with an overlap, destroyed in time.

A signing key is announced 7 days before it is first used, so that no neighbour meets a key it has not read of, and stays
valid 7 days after its successor began. A letter key seals from the day it is announced; 38 days later its private half
is destroyed (docs/protocol, decision 3). Nothing here leaves the node but public halves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from federation.keys import LetterKey, LetterPublicKey, PublicKey, SigningKey
from federation.manifest import NodeKey
from federation.wire import DAY
from node import database
from node.errors import Misconfigured, Unavailable
from node.here import Here
from node.peers.tables import OwnKey
from node.words import _

Use = Literal["doc", "http", "log", "letter"]

SIGNING_LIFE: Final = 120 * DAY
ANNOUNCED: Final = 7 * DAY
OVERLAP: Final = 7 * DAY
LETTER_TURN: Final = 30 * DAY
LETTER_LIFE: Final = 38 * DAY
PURPOSE: Final = "own keys"


def seal(secret: bytes, name: str, *, here: Here) -> bytes:
    """`secret` under the node key (AES-256-GCM, a fresh 12-byte nonce in front), bound to `name`."""
    nonce = here.random.bytes(12)
    return nonce + AESGCM(here.node_key.derive(PURPOSE)).encrypt(nonce, secret, name.encode())


def unseal(blob: bytes, name: str, *, here: Here) -> bytes:
    """The inverse of `seal`. Raises Misconfigured when this is not the node key that sealed it."""
    try:
        return AESGCM(here.node_key.derive(PURPOSE)).decrypt(bytes(blob[:12]), bytes(blob[12:]), name.encode())
    except InvalidTag:
        raise Misconfigured(
            "The node key does not fit this database. Put back the key file that belongs to it.", cause="node key"
        ) from None


async def make(use: Use, *, nbf: int, exp: int, here: Here) -> str:
    """A new key from `here.random`, kept; its kid."""
    key = (LetterKey if use == "letter" else SigningKey).generate(here.random.bytes)
    secret = key.raw() if isinstance(key, LetterKey) else key.seed()
    row = OwnKey(
        kid=key.kid,
        use=use,
        public=key.public.raw,
        secret=seal(secret, f"{use} {key.kid}", here=here),
        nbf=nbf,
        exp=exp,
    )
    await OwnKey.insert(row)
    return key.kid


async def signing(use: Literal["doc", "http", "log"], *, here: Here) -> SigningKey:
    """The key that signs now: of those that may, the one that began last. Raises Unavailable when there is none."""
    found = await database.row(
        "SELECT kid, secret FROM own_key WHERE use = {} AND nbf <= {} AND exp > {} AND revoked_at IS NULL "
        "AND secret IS NOT NULL ORDER BY nbf DESC, kid LIMIT 1",
        use,
        here.now,
        here.now,
    )
    if found is None:
        raise Unavailable(
            _("This co-op has no key to sign with. Ask its operator to look at it."), cause=f"no {use} key"
        )
    return SigningKey.from_seed(unseal(found["secret"], f"{use} {found['kid']}", here=here))


async def letter_key(kid: str, *, here: Here) -> LetterKey | None:
    """The key that opens letters sealed to `kid`, for as long as we have it."""
    found = await database.row(
        "SELECT secret FROM own_key WHERE use = 'letter' AND kid = {} AND secret IS NOT NULL", kid
    )
    return None if found is None else LetterKey.from_seed(unseal(found["secret"], f"letter {kid}", here=here))


async def docs() -> tuple[PublicKey, ...]:
    """Our `doc` keys, as the identity lists them."""
    found = await database.rows("SELECT public FROM own_key WHERE use = 'doc' AND revoked_at IS NULL ORDER BY nbf, kid")
    return tuple(PublicKey.from_bytes(bytes(row["public"])) for row in found)


async def logs() -> tuple[PublicKey, ...]:
    """Every `log` key that we ever had, revoked ones left out: for what neighbours show us of ourselves."""
    found = await database.rows("SELECT public FROM own_key WHERE use = 'log' AND revoked_at IS NULL ORDER BY nbf, kid")
    return tuple(PublicKey.from_bytes(bytes(row["public"])) for row in found)


async def announced(*, here: Here) -> Sequence[NodeKey]:
    """The working keys that the manifest has to list now: current, coming, and those revoked within a year."""
    found = await database.rows(
        "SELECT use, public, nbf, exp, revoked_at, reason FROM own_key WHERE use <> 'doc' AND exp > {} ORDER BY use, nbf, kid",
        here.now - 365 * DAY,
    )
    return [
        NodeKey(
            use=row["use"],
            key=(LetterPublicKey if row["use"] == "letter" else PublicKey).from_bytes(bytes(row["public"])),
            nbf=row["nbf"],
            exp=row["exp"],
            revoked_at=row["revoked_at"],
            reason=row["reason"] if row["revoked_at"] is not None else "",
        )
        for row in found
        if row["revoked_at"] is not None or row["exp"] > here.now
    ]


async def turn(*, here: Here) -> bool:
    """Make the successors that are due and destroy what is past its time. True when the manifest has to say so."""
    changed = False
    for use in ("http", "log"):
        newest = await _newest(use)
        if newest is None or newest["revoked_at"] is not None or newest["exp"] - here.now < ANNOUNCED + OVERLAP:
            late = newest is None or newest["revoked_at"] is not None or newest["exp"] <= here.now + OVERLAP
            begins = here.now if late else here.now + ANNOUNCED
            await make(use, nbf=begins, exp=begins + SIGNING_LIFE, here=here)
            changed = True
    newest = await _newest("letter")
    if newest is None or newest["revoked_at"] is not None or newest["nbf"] + LETTER_TURN <= here.now:
        await make("letter", nbf=here.now, exp=here.now + LETTER_LIFE, here=here)
        changed = True
    gone = await database.rows(
        "UPDATE own_key SET secret = NULL, destroyed_at = {} WHERE use <> 'doc' AND secret IS NOT NULL AND exp <= {} "
        "RETURNING kid",
        here.now,
        here.now,
    )
    return changed or bool(gone)


async def revoke(kid: str, reason: str, *, here: Here) -> bool:
    """Take a working key out of use at once and destroy its private half. False when there is no such key."""
    found = await database.rows(
        "UPDATE own_key SET revoked_at = {}, reason = {}, secret = NULL, destroyed_at = {} "
        "WHERE kid = {} AND use <> 'doc' AND revoked_at IS NULL RETURNING kid",
        here.now,
        reason,
        here.now,
        kid,
    )
    return bool(found)


async def _newest(use: str) -> dict[str, Any] | None:
    return await database.row(
        "SELECT nbf, exp, revoked_at FROM own_key WHERE use = {} ORDER BY nbf DESC, kid LIMIT 1", use
    )
