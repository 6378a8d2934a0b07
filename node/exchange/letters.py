# SPDX-License-Identifier: AGPL-3.0-or-later
"""Letters: leaving at least once, taking effect once.

Leaving, in order: the present state is asked (None: it stays here); the letter is signed once, and its bytes committed, sealed
at rest, before anything is sent; each try is sealed anew to the neighbour's present key; the acknowledgement, the room's
`reached` and the destruction of the bytes are one transaction. Arriving: opened, verified, looked up by (from, jti), then
expiry; the inbox row commits with the room's effect; a room's no is kept and given again. To our own co-op there is no
sealing, and both ends are one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from federation import wire
from federation.client import PeerClient, PeerRefused
from federation.errors import Refused
from federation.letters import (
    LETTER_DAYS,
    REMEMBER_DAYS,
    Data,
    Letter,
    judge_arrival,
    open_outer,
    renew_signature,
    reseal,
    seal,
    unseal,
)
from federation.trust import State
from node import database, post, vault
from node.crossing import Incoming, Leaving, LetterRoom, Reject
from node.exchange import limits
from node.exchange.publishing import LeaseLost
from node.exchange.trying import NO_ANSWER, next_try
from node.here import Here
from node.peers import handshake, keyring, reads

LEASE: Final = 60
OWN_DOOR: Final = frozenset({"concern", "receipt"})
"""Kinds that a paused neighbour may send too, each by a path of its own."""
PARTING: Final = "receipt:ended:"
"""How the reference of the one letter begins that a neighbour gets when its peering is over."""
FOR_GOOD: Final = frozenset({"malformed", "expired", "letter-conflict", "too-large", "encoding"})
"""Answers of a neighbour after which trying again is no use. Another is `untrusted` with a reason, which is a room's no; without
one our signature did not verify there, since one of us has not yet heard of a key that the other turned."""


async def depart(item: post.Item, rooms: Mapping[str, LetterRoom], client: PeerClient, *, here: Here) -> bool:
    """One try at one letter, from its present state to its acknowledgement or the next try. False: nobody answered there."""
    room = rooms.get(item.ref.partition(":")[0])
    if room is None:
        await _acknowledge(item, dead="no-such-room", here=here)
    elif item.expires is not None and item.expires <= here.now:
        await _give_up(item.ref, room, "expired", item=item, here=here)
    elif item.to == here.node_id:
        await _at_home(item, room, here=here)
    else:
        return await _abroad(item, room, client, here=here)
    return True


async def _at_home(item: post.Item, room: LetterRoom, *, here: Here) -> None:
    async with database.transaction():
        await _mine(await post.done(item, here=here))
        leaving = await room.letter(item.ref, here=here)
        if leaving is None:
            return
        letter = Incoming(here.node_id, leaving.kind, leaving.thread, here.token(), here.now, leaving.data)
        try:
            async with database.savepoint():
                await room.receive(letter, here=here)
        except Reject as no:
            await room.undeliverable(item.ref, no.reason, here=here)
        else:
            await room.reached(item.ref, here=here)


async def _abroad(item: post.Item, room: LetterRoom, client: PeerClient, *, here: Here) -> bool:
    try:
        letter = await _ready(item, room, here=here)
        if letter is None:
            return True
        await _deliver(letter, item, client, here=here)
    except Refused as refusal:
        reason = refusal.public.get("reason")
        if isinstance(refusal, PeerRefused) and (refusal.code in FOR_GOOD or reason is not None):
            why = reason if isinstance(reason, str) else refusal.code
            await _give_up(item.ref, room, why, item=item, here=here)
        else:
            await _put_off(item, room, refusal, here=here)
        return refusal.code not in NO_ANSWER
    async with database.transaction():
        await _mine(await post.done(item, here=here))
        await room.reached(item.ref, here=here)
        await _forget(item.ref, here=here)
    return True


async def _ready(item: post.Item, room: LetterRoom, *, here: Here) -> tuple[str, str, bytes] | None:
    """(jti, kind, signed bytes), made and committed at the first try; None when it must not leave any more.

    A letter that can't be made yet (no key to seal to) has its row all the same, so that its end comes and is told.
    """
    async with database.transaction():
        leaving = await room.letter(item.ref, here=here)
        if leaving is None:
            await _mine(await post.done(item, here=here))
            await _forget(item.ref, here=here)
            return None
        held = await database.row("SELECT jti, kind, sealed, exp FROM letter_out WHERE reference = {}", item.ref)
        if held is None:
            exp = min(leaving.expires, here.now + LETTER_DAYS * wire.DAY)
            held = {"jti": here.token(), "kind": leaving.kind, "sealed": None, "exp": exp}
            await database.execute(
                "INSERT INTO letter_out (reference, jti, receiver, kind, exp, told) VALUES ({}, {}, {}, {}, {}, {})",
                item.ref,
                held["jti"],
                item.to,
                held["kind"],
                held["exp"],
                False,
            )
    if held["sealed"] is None:
        return held["jti"], held["kind"], await _make(item, leaving, held["jti"], held["exp"], here=here)
    ring = await vault.ring([_owner(held["jti"])], here=here)
    inner = ring.open(_owner(held["jti"]), "letter_out", item.ref, "sealed", bytes(held["sealed"]))
    assert inner is not None
    # The key that signed it may have been taken out of use since; what it says is the same to the byte.
    return held["jti"], held["kind"], renew_signature(inner.encode(), await keyring.signing("doc", here=here))


async def _make(item: post.Item, leaving: Leaving, jti: str, exp: int, *, here: Here) -> bytes:
    """Sign the letter, once for all its tries, and commit the bytes, sealed at rest, before they are sent."""
    key = await reads.seal_to(item.to, here=here)
    if key is None:
        raise Refused("peer-ended", "no key to seal to")
    async with database.transaction():
        made = seal(
            leaving.kind,
            leaving.thread,
            cast(Data, leaving.data),
            me=here.node_id,
            to=item.to,
            jti=jti,
            now=here.now,
            exp=exp,
            doc_key=await keyring.signing("doc", here=here),
            letter_key=key,
        )
        await vault.create(_owner(jti), here=here)
        ring = await vault.ring([_owner(jti)], here=here)
        await database.execute(
            "UPDATE letter_out SET sealed = {} WHERE reference = {}",
            ring.seal(_owner(jti), "letter_out", item.ref, "sealed", made.inner.decode()),
            item.ref,
        )
    return made.inner


async def _deliver(letter: tuple[str, str, bytes], item: post.Item, client: PeerClient, *, here: Here) -> None:
    jti, kind, inner = letter
    by = {"concern": client.concerns, "receipt": client.receipts}.get(kind.partition(".")[0])
    view = await reads.view(item.to, here=here)
    state = State.ENDED if view is None else view.state(here.now)
    parting = item.ref.startswith(PARTING) and view is not None and here.now <= (view.parting(here.now) or 0)
    if state is not State.ACTIVE and not (by is not None and state is State.PAUSED) and not parting:
        raise Refused("peer-paused" if state is State.PAUSED else "peer-ended", "not sent without a peering")
    await database.execute("UPDATE letter_out SET sent_at = {} WHERE reference = {}", here.now, item.ref)
    send = by or client.letters
    for again in (False, True):
        key = await reads.seal_to(item.to, here=here)
        if key is None:
            raise Refused("expired", "no key to seal to")
        try:
            await send(item.to, reseal(inner, me=here.node_id, to=item.to, jti=jti, letter_key=key))
            return
        except PeerRefused as refusal:
            if refusal.code != "unknown-enc-key" or again:
                raise
            await handshake.refresh(item.to, client, here=here)


async def _put_off(item: post.Item, room: LetterRoom, refusal: Refused, *, here: Here) -> None:
    """Try again later; the room hears of it once."""
    async with database.transaction():
        due = here.now + next_try(item.attempts, refusal, here=here)
        await _mine(await post.later(item, due=due, why=refusal.code, here=here))
        told = await database.row("SELECT told FROM letter_out WHERE reference = {}", item.ref)
        if told is None or not told["told"]:
            await database.execute("UPDATE letter_out SET told = {} WHERE reference = {}", True, item.ref)
            await room.delayed(item.ref, refusal.code, here=here)


async def _give_up(ref: str, room: LetterRoom, why: str, *, item: post.Item | None = None, here: Here) -> None:
    async with database.transaction():
        if item is None:
            await post.take_back("letter", ref, here=here)
        else:
            await _mine(await post.dead(item, why=why, here=here))
        await _forget(ref, here=here)
        await room.undeliverable(ref, why, here=here)


async def expire(rooms: Mapping[str, LetterRoom], *, here: Here) -> int:
    """Letters whose time ran out: their rooms are told, their bytes destroyed. How many."""
    late = await database.rows("SELECT reference FROM letter_out WHERE exp <= {} ORDER BY exp LIMIT 200", here.now)
    for row in late:
        room = rooms.get(row["reference"].partition(":")[0])
        if room is not None:
            await _give_up(row["reference"], room, "expired", here=here)
    await database.execute("DELETE FROM letter_in WHERE until < {}", here.now)
    await database.execute("DELETE FROM concerns_taken WHERE day < {}", here.now // wire.DAY - 1)
    await limits.sweep_quotas(here=here)
    return len(late)


async def end(peer: str, rooms: Mapping[str, LetterRoom], *, here: Here) -> int:
    """The peering with this neighbour is over: what was under way to it will not arrive, and whoever waits is told. In the
    caller's transaction. How many."""
    waiting = [ref for ref in await post.open_to("letter", peer) if not ref.startswith(PARTING)]
    for ref in waiting:
        room = rooms.get(ref.partition(":")[0])
        if room is None or ref.startswith("receipt:"):
            await post.take_back("letter", ref, here=here)
            await _forget(ref, here=here)
        else:
            await _give_up(ref, room, "peer-ended", here=here)
    return len(waiting)


async def hurry(peer: str, *, here: Here) -> int:
    """This neighbour can be reached again, or its state is another: letters and handshakes that wait for it are tried now, and
    their back-off begins anew. How many."""
    return await post.hurry(["letter", "peering"], to=peer, here=here)


async def arrive(rooms: Mapping[str, LetterRoom], source: str, body: bytes, *, prefix: str, here: Here) -> bool:
    """Take a letter that `source` brought. True: it took effect now; False: it had before. Raises Refused.

    `prefix`: the kind whose own door it came by, "" for the door of all others.
    """
    outer = open_outer(body)
    if outer.sender != source:
        raise Refused("untrusted", "a letter of another node than the one that brings it")
    if outer.to != here.node_id:
        raise Refused("wrong-destination", "a letter to another node")
    key = await keyring.letter_key(outer.enc_kid, here=here)
    if key is None:
        raise Refused("unknown-enc-key", "sealed to a key that we do not have")
    view = await reads.view(source, here=here)
    if view is None:
        raise Refused("peer-ended", "a letter of a stranger")
    letter = unseal(outer, key, view.identity.docs, here.node_id, here.now)
    room = rooms.get(letter.kind.partition(".")[0])
    kind = letter.kind.partition(".")[0]
    if room is None or prefix != (kind if kind in OWN_DOOR else ""):
        raise Refused("scope-denied", "a kind of letter that is not taken here")
    async with database.transaction():
        until = letter.exp + REMEMBER_DAYS * wire.DAY
        known = await post.received(source, letter.jti, letter.digest, until, here=here)
        if known == "other":
            raise Refused("letter-conflict", "another letter came under this id")
        if known == "same":
            reason = await _kept_no(source, letter.jti)
        else:
            judge_arrival(letter, None, here.now)
            if kind == "concern":
                await _count_concern(source, here=here)
            reason = await _receive(room, letter, until, here=here)
    if reason is not None:
        raise Refused("untrusted", "the room said no", reason=reason)
    return known == "new"


async def _receive(room: LetterRoom, letter: Letter, until: int, *, here: Here) -> str | None:
    incoming = Incoming(letter.sender, letter.kind, letter.thread, letter.jti, letter.iat, letter.data, letter.signed)
    try:
        async with database.savepoint():
            await room.receive(incoming, here=here)
    except Reject as no:
        await database.execute(
            "INSERT INTO letter_in (key, reason, until) VALUES ({}, {}, {})",
            f"{letter.sender} {letter.jti}",
            no.reason[:60],
            until,
        )
        return no.reason[:60]
    return None


async def _kept_no(source: str, jti: str) -> str | None:
    found = await database.row("SELECT reason FROM letter_in WHERE key = {}", f"{source} {jti}")
    return None if found is None else str(found["reason"])


async def _count_concern(source: str, *, here: Here) -> None:
    day = here.now // wire.DAY
    counted = await database.row(
        "INSERT INTO concerns_taken (key, day, taken) VALUES ({}, {}, 1) "
        "ON CONFLICT (key) DO UPDATE SET taken = concerns_taken.taken + 1 RETURNING taken",
        f"{source} {day}",
        day,
    )
    if counted is not None and counted["taken"] > wire.CONCERNS_PER_DAY:
        raise Refused("too-many", "five concerns a day", retry_after=(day + 1) * wire.DAY - here.now)


async def _forget(ref: str, *, here: Here) -> None:
    """Destroy a letter's bytes: it has arrived, or never will."""
    gone = await database.rows("DELETE FROM letter_out WHERE reference = {} RETURNING jti", ref)
    for row in gone:
        await vault.destroy(_owner(row["jti"]), here=here)


async def _acknowledge(item: post.Item, *, dead: str, here: Here) -> None:
    async with database.transaction():
        await _mine(await post.dead(item, why=dead, here=here))


async def _mine(kept: bool) -> None:
    """Roll back what another worker has taken over meanwhile."""
    if not kept:
        raise LeaseLost


def _owner(jti: str) -> str:
    return f"letter:{jti}"
