# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our own working keys: made, kept sealed under the node key, found by use, rotated with an overlap, destroyed in time.

A signing key is announced 7 days before it is first used, so that no neighbour meets a key it has not read of, and stays
valid 7 days after its successor began. A letter key seals from the day it is announced; 38 days later its private half
is destroyed (docs/protocol, decision 3). A `doc` key takes turns only as an identity says that roots signed. A revoked key is
destroyed in the same transaction and never comes back. Nothing here leaves the node but public halves.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from federation.keys import LetterKey, LetterPublicKey, PublicKey, SigningKey
from federation.manifest import NodeKey
from federation.wire import DAY
from node import database
from node.database import Read
from node.dates import date_long
from node.errors import Conflict, Misconfigured, Unavailable
from node.here import Here
from node.here import NodeKey as RestKey
from node.peers.tables import OwnKey
from node.words import _

Use = Literal["doc", "http", "log", "letter"]
Working = Literal["http", "log", "letter"]
"""The keys that the node turns by itself; a `doc` key needs the roots."""

SIGNING_LIFE: Final = 120 * DAY
ANNOUNCED: Final = 7 * DAY
OVERLAP: Final = 7 * DAY
LETTER_TURN: Final = 30 * DAY
LETTER_LIFE: Final = 38 * DAY
DOC_OVERLAP: Final = 8 * DAY
"""Seconds for which an identity lists a `doc` key after its successor began: longer than a letter of its is tried."""
NEXT_DOC: Final = "doc-next"
"""The use, in our table, of a `doc` key that no identity lists yet: it signs nothing."""
PURPOSE: Final = "own keys"


def seal(secret: bytes, name: str, *, here: Here) -> bytes:
    """`secret` under the node key (AES-256-GCM, a fresh 12-byte nonce in front), bound to `name`."""
    nonce = here.random.bytes(12)
    return nonce + AESGCM(here.node_key.derive(PURPOSE)).encrypt(nonce, secret, name.encode())


def unseal(blob: bytes, name: str, *, here: Here) -> bytes:
    """The inverse of `seal`. Raises Misconfigured when this is not the node key that sealed it."""
    return _open(blob, name, here.node_key)


def _open(blob: bytes, name: str, node_key: RestKey) -> bytes:
    try:
        return AESGCM(node_key.derive(PURPOSE)).decrypt(bytes(blob[:12]), bytes(blob[12:]), name.encode())
    except InvalidTag:
        raise Misconfigured(
            "The node key does not fit this database. Put back the key file that belongs to it.", cause="node key"
        ) from None


async def make(use: Use, *, nbf: int, exp: int, here: Here) -> str:
    """A new key from `here.random`, kept; its kid."""
    return (await _make(use, use, nbf=nbf, exp=exp, here=here)).kid


async def make_next_doc(*, here: Here) -> PublicKey:
    """A `doc` key for an identity that has yet to be signed (see `take_docs`); its public half."""
    made = await _make("doc", NEXT_DOC, nbf=here.now, exp=here.now, here=here)
    assert isinstance(made, PublicKey)
    return made


async def _make(use: Use, kept_as: str, *, nbf: int, exp: int, here: Here) -> PublicKey | LetterPublicKey:
    key = (LetterKey if use == "letter" else SigningKey).generate(here.random.bytes)
    secret = key.raw() if isinstance(key, LetterKey) else key.seed()
    row = OwnKey(
        kid=key.kid,
        use=kept_as,
        public=key.public.raw,
        secret=seal(secret, f"{use} {key.kid}", here=here),
        nbf=nbf,
        exp=exp,
    )
    await OwnKey.insert(row)
    return key.public


def signing(use: Literal["doc", "http", "log"], *, here: Here) -> Read[SigningKey]:
    """The key that signs now: of those that may, the one that began last. Raises Unavailable when there is none."""

    def opened(found: list[dict[str, Any]]) -> SigningKey:
        if not found:
            raise Unavailable(
                _("This co-op has no key to sign with. Ask its operator to look at it."), cause=f"no {use} key"
            )
        return _signing_key(bytes(found[0]["secret"]), f"{use} {found[0]['kid']}", here.node_key)

    return Read(
        "SELECT kid, secret FROM own_key WHERE use = {} AND nbf <= {} AND exp > {} AND revoked_at IS NULL "
        "AND secret IS NOT NULL ORDER BY nbf DESC, kid LIMIT 1",
        use,
        here.now,
        here.now,
        then=opened,
    )


@lru_cache(maxsize=4)
def _signing_key(secret: bytes, name: str, node_key: RestKey) -> SigningKey:
    """Every request is signed, so what was opened once is kept for the process; which key signs is asked each time."""
    return SigningKey.from_seed(_open(secret, name, node_key))


async def letter_key(kid: str, *, here: Here) -> LetterKey | None:
    """The key that opens letters sealed to `kid`, until its time is over: also when nobody has destroyed it yet."""
    found = await database.row(
        "SELECT secret FROM own_key WHERE use = 'letter' AND kid = {} AND secret IS NOT NULL AND exp > {}",
        kid,
        here.now,
    )
    return None if found is None else LetterKey.from_seed(unseal(found["secret"], f"letter {kid}", here=here))


async def docs(*, here: Here) -> tuple[PublicKey, ...]:
    """The `doc` keys that our next identity lists, if nothing else changes: those whose time is not over, and the newest in
    any case, since an identity that ran out is renewed with it."""
    found = await database.rows(
        "SELECT public, exp FROM own_key WHERE use = 'doc' AND revoked_at IS NULL AND secret IS NOT NULL ORDER BY nbf, kid"
    )
    return tuple(
        PublicKey.from_bytes(bytes(row["public"])) for row in found if row["exp"] > here.now or row is found[-1]
    )


async def take_docs(listed: Sequence[PublicKey], *, exp: int, reason: str, here: Here) -> None:
    """Our `doc` keys as a new identity lists them, in its transaction. One that is new begins in 7 days, so that every neighbour
    knows it before it signs; at once where no older one stays. One left out is revoked. Raises Conflict for an identity with
    none that we have the private half of.
    """
    found = await database.rows(
        "SELECT kid, use FROM own_key WHERE use IN ('doc', 'doc-next') AND revoked_at IS NULL AND secret IS NOT NULL "
        "ORDER BY nbf, kid"
    )
    kids = {key.kid for key in listed}
    new = [row["kid"] for row in found if row["use"] == NEXT_DOC and row["kid"] in kids]
    stay = [row["kid"] for row in found if row["use"] == "doc" and row["kid"] in kids]
    known = {row["kid"] for row in await database.rows("SELECT kid FROM own_key WHERE use IN ('doc', 'doc-next')")}
    if not (new or stay) or not kids <= known:
        raise Conflict(_("A key that this identity names is not on this node."), cause="doc keys")
    begins = here.now + ANNOUNCED if stay else here.now
    for kid in new:
        await database.execute("UPDATE own_key SET use = 'doc', nbf = {}, exp = {} WHERE kid = {}", begins, exp, kid)
    for row in found:
        if row["use"] == "doc" and row["kid"] not in kids:
            await _revoke("kid = {}", row["kid"], reason=reason, here=here)
    if new:
        ends = begins + DOC_OVERLAP
        for kid in stay:
            await database.execute("UPDATE own_key SET exp = {} WHERE kid = {} AND exp > {}", ends, kid, ends)
    else:
        await database.execute("UPDATE own_key SET exp = {} WHERE kid = {}", exp, stay[-1])


async def logs(epoch: int = 0) -> tuple[PublicKey, ...]:
    """The `log` keys that may have signed a log of ours of this epoch, for what neighbours show us of ourselves: every one that
    we ever had but those revoked before it began, with which only a thief can have signed it."""
    found = await database.rows(
        "SELECT public FROM own_key WHERE use = 'log' AND (revoked_at IS NULL OR revoked_at > {}) ORDER BY nbf, kid",
        epoch,
    )
    return tuple(PublicKey.from_bytes(bytes(row["public"])) for row in found)


async def announced(*, here: Here) -> Sequence[NodeKey]:
    """The working keys that the manifest has to list now: current, coming, and those revoked within a year."""
    found = await database.rows(
        "SELECT use, public, nbf, exp, revoked_at, reason FROM own_key WHERE use IN ('http', 'log', 'letter') "
        "AND exp > {} ORDER BY use, nbf, kid",
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
        alive = await _alive(use, here=here)
        if not any(row["nbf"] <= here.now for row in alive) or alive[0]["exp"] <= here.now + OVERLAP:
            await make(use, nbf=here.now, exp=here.now + SIGNING_LIFE, here=here)
            changed = True
        elif alive[0]["exp"] - here.now < ANNOUNCED + OVERLAP:
            begins = here.now + ANNOUNCED
            await make(use, nbf=begins, exp=begins + SIGNING_LIFE, here=here)
            changed = True
    letters = await _alive("letter", here=here)
    if not letters or letters[0]["nbf"] + LETTER_TURN <= here.now:
        await make("letter", nbf=here.now, exp=here.now + LETTER_LIFE, here=here)
        changed = True
    gone = await database.rows(
        "UPDATE own_key SET secret = NULL, destroyed_at = {} WHERE use IN ('http', 'log', 'letter') "
        "AND secret IS NOT NULL AND exp <= {} RETURNING kid",
        here.now,
        here.now,
    )
    await database.execute(  # a doc key only when another has taken over: the last one renews an identity that ran out
        "UPDATE own_key SET secret = NULL, destroyed_at = {} WHERE use = 'doc' AND secret IS NOT NULL AND exp <= {} "
        "AND EXISTS (SELECT 1 FROM own_key AS newer WHERE newer.use = 'doc' AND newer.secret IS NOT NULL "
        "AND newer.nbf > own_key.nbf AND newer.nbf <= {})",
        here.now,
        here.now,
        here.now,
    )
    return changed or bool(gone)


async def succeed(use: Working, *, here: Here) -> tuple[str, int]:
    """Make the successor of a working key before its time: (its kid, when it begins). A signing key begins in 7 days and the
    one before ends 7 days later; a letter key begins now and the one before still opens for 8 days. Raises Conflict while one
    is announced already. The manifest has to say so."""
    alive = await _alive(use, here=here)
    if alive and alive[0]["nbf"] > here.now:
        raise Conflict(
            _("A new key is announced already. It begins on {day}.", day=date_long(alive[0]["nbf"])), cause="announced"
        )
    begins = here.now + ANNOUNCED if alive and use != "letter" else here.now
    life, overlap = (LETTER_LIFE, LETTER_LIFE - LETTER_TURN) if use == "letter" else (SIGNING_LIFE, OVERLAP)
    await database.execute(
        "UPDATE own_key SET exp = {} WHERE use = {} AND revoked_at IS NULL AND secret IS NOT NULL AND exp > {}",
        begins + overlap,
        use,
        begins + overlap,
    )
    return await make(use, nbf=begins, exp=begins + life, here=here), begins


async def revoke(kid: str, reason: str, *, here: Here) -> bool:
    """Take one working key out of use at once and destroy its private half. False when there is no such key."""
    return bool(await _revoke("kid = {} AND use IN ('http', 'log', 'letter')", kid, reason=reason, here=here))


async def revoke_all(use: Working, reason: str, *, here: Here) -> list[str]:
    """The same for every key of one use whose private half we have, announced and overlapping ones too: whoever took one could
    take them all. Their kids."""
    return await _revoke("use = {} AND secret IS NOT NULL", use, reason=reason, here=here)


async def _revoke(which: str, name: str, *, reason: str, here: Here) -> list[str]:
    found = await database.rows(
        "UPDATE own_key SET revoked_at = {}, reason = {}, secret = NULL, "  # noqa: S608 - conditions of ours
        f"destroyed_at = COALESCE(destroyed_at, CAST({{}} AS BIGINT)) WHERE {which} AND revoked_at IS NULL RETURNING kid",
        here.now,
        reason,
        here.now,
        name,
    )
    return [str(row["kid"]) for row in found]


async def newest(use: Working, *, here: Here) -> str:
    """The kid of the key of this use that begins last. Raises Unavailable when there is none."""
    alive = await _alive(use, here=here)
    if not alive:
        raise Unavailable(
            _("This co-op has no key to sign with. Ask its operator to look at it."), cause=f"no {use} key"
        )
    return str(alive[0]["kid"])


async def every() -> list[dict[str, Any]]:
    """Every key that we ever had, without its private half: kid, use, nbf, exp, revoked_at, reason, destroyed_at, by use and
    beginning."""
    return await database.rows(
        "SELECT kid, use, nbf, exp, revoked_at, reason, destroyed_at FROM own_key ORDER BY use, nbf, kid"
    )


async def _alive(use: str, *, here: Here) -> list[dict[str, Any]]:
    """The keys of a use that sign or will sign (for letters: open), the one that begins last first."""
    return await database.rows(
        "SELECT kid, nbf, exp FROM own_key WHERE use = {} AND revoked_at IS NULL AND secret IS NOT NULL AND exp > {} "
        "ORDER BY nbf DESC, kid",
        use,
        here.now,
    )
