# SPDX-License-Identifier: AGPL-3.0-or-later
"""A hostile neighbour against real co-ops: what it asks and writes, whose name it takes, and what it tries with time.

One row of docs/protocol/security.md after another, as far as it is about what a peer sends. What a peer serves stands in
`test_hostile`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from federation import wire
from federation.client import PeerRefused
from federation.keys import SigningKey
from federation.letters import (
    Concern,
    Receipt,
    open_outer,
)
from federation.peerings import Terms, countersign, judge, propose
from federation.requests import sign_request
from node.errors import Invalid
from node.exchange import starting
from node.peers import acts, keyring, rotating
from node.peers.rules import ERASURE_OVERDUE
from tests.node.exchange.coops import OPERATOR, CoOp, change, coops, make_peers, settle
from tests.village.hostile import Hostile, hostile
from tests.village.lies import Feed
from tests.village.victims import on_the_street, stands

MALLORY = "mallory.example"
Scene = tuple[CoOp, Hostile]
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
WORRY = Concern(words="A worry", urgency="soon")


@pytest_asyncio.fixture
async def scene(new_database: Callable[..., str], tmp_path: Path) -> AsyncIterator[Scene]:
    """Alder, and Mallory, who is its neighbour."""
    async with (
        coops("alder", addresses=new_database, folder=tmp_path) as (alder,),
        hostile(*on_the_street(alder)) as evil,
    ):
        evil.feed().say("Tea")
        await evil.befriend()
        yield alder, evil


@pytest_asyncio.fixture
async def pair(new_database: Callable[..., str], tmp_path: Path) -> AsyncIterator[tuple[CoOp, CoOp, Hostile]]:
    """Alder and Birch, neighbours of each other and of Mallory."""
    async with coops("alder", "birch", addresses=new_database, folder=tmp_path) as (alder, birch):
        await make_peers(alder, birch)
        async with hostile(*on_the_street(alder, birch)) as evil:
            evil.feed()
            await evil.befriend()
            yield alder, birch, evil


# Requests -------------------------------------------------------------------------------------------------------------


async def test_a_request_counts_once_here_and_only_here(pair: tuple[CoOp, CoOp, Hostile]) -> None:
    alder, birch, evil = pair
    headers = evil.signed("GET", alder.node_id, wire.HEADS)
    assert [await evil.send(alder.node_id, "GET", wire.HEADS, headers) for _ in range(2)] == ["200", "replayed"]
    await settle(alder, birch)
    caught = next(each for each in reversed(evil.asked) if each.who == birch.node_id and each.path == wire.HEADS)
    names = ("signature", "signature-input")
    stolen = {name: caught.headers[name] for name in names}
    assert await evil.send(alder.node_id, "GET", wire.HEADS, stolen) == "signature-invalid", (
        "what Birch sent to Mallory"
    )


async def test_a_forged_request_burns_no_nonce_of_anothers(pair: tuple[CoOp, CoOp, Hostile]) -> None:
    alder, birch, evil = pair
    with birch.bound():
        key = await keyring.signing("http", here=birch.here())
    given: dict[str, Any] = {"node_id": birch.node_id, "now": birch.clock.now(), "nonce": bytes(16)}
    honest = sign_request("GET", alder.node_id, wire.HEADS, "", None, None, key=key, **given)
    forged = {**honest, "Signature": f"cc=:{'A' * 86}==:"}
    assert await evil.send(alder.node_id, "GET", wire.HEADS, forged) == "signature-invalid"
    as_own = sign_request("GET", alder.node_id, wire.HEADS, "", None, None, key=evil.http, **given)
    assert await evil.send(alder.node_id, "GET", wire.HEADS, as_own) == "signature-invalid"
    assert await evil.send(alder.node_id, "GET", wire.HEADS, honest) == "200"


async def test_a_key_that_it_revoked_asks_nothing_more_back_dated_or_not(scene: Scene) -> None:
    alder, evil = scene
    old, evil.http = evil.http, SigningKey.generate(evil.random)
    gone = replace(evil.manifest.keys[0], revoked_at=evil.now(), reason="stolen")
    assert gone.kid == old.kid
    evil.new_manifest(2, keys=[*evil.keys(), gone])
    alder.clock.advance(seconds=300)
    await settle(alder)
    for made_at in (evil.now(), evil.now() - 200):
        headers = evil.signed("GET", alder.node_id, wire.HEADS, key=old, now=made_at)
        assert await evil.send(alder.node_id, "GET", wire.HEADS, headers) == "signature-invalid"
    assert await evil.send(alder.node_id, "GET", wire.HEADS, evil.signed("GET", alder.node_id, wire.HEADS)) == "200"
    evil.new_manifest(3)
    await settle(alder)
    evil.new_manifest(4, keys=[*evil.keys(), replace(gone, revoked_at=None, reason="")])
    await settle(alder)
    assert (await stands(alder, MALLORY)).why == "version-conflict", "a revocation is not taken back"


async def test_our_keys_in_its_manifest_make_it_nobody(pair: tuple[CoOp, CoOp, Hostile]) -> None:
    """Mallory lists Birch's key as its own: what Birch signs stays Birch's, and is not Mallory's."""
    alder, birch, evil = pair
    with birch.bound():
        theirs = await keyring.signing("http", here=birch.here())
    evil.new_manifest(2, keys=[*evil.keys(), replace(evil.manifest.keys[0], key=theirs.public)])
    await settle(alder, birch)
    await change(alder, acts.pause, MALLORY, reason="we look at it")
    honest = evil.signed("GET", alder.node_id, wire.HEADS, key=theirs, node_id=birch.node_id)
    assert await evil.send(alder.node_id, "GET", wire.HEADS, honest) == "200"
    with pytest.raises(PeerRefused, match="peer-paused"):
        await evil.client(alder.node_id, key=theirs).seen(alder.node_id, birch.node_id)
    await evil.client(alder.node_id, key=theirs, as_node=birch.node_id).seen(alder.node_id, MALLORY)


@pytest.mark.parametrize(
    "name", ["\u0430lder.example", "alder\u3002example", "alder.example.", "ALDER\u200b.example", "127.0.0.1"]
)
async def test_a_name_that_looks_like_another_is_invited_by_nobody(scene: Scene, name: str) -> None:
    alder, _ = scene
    with pytest.raises(Invalid):
        await change(alder, acts.invite, name)


# Peerings -------------------------------------------------------------------------------------------------------------


async def _narrower(coop: CoOp, evil: Hostile) -> tuple[bytes, bytes, bytes]:
    """The peering in force, and the next one, which gives Mallory less: signed by Mallory alone, and by both."""
    wide = evil.approaches[-1].peering
    assert wide is not None
    theirs, _ = await evil.documents(coop.node_id)
    held = judge(wide, us=evil.identity, them=theirs, last=None, now=evil.now())
    given = {
        name: getattr(held, name) for name in ("purpose", "retention_days", "erasure_sla_h", "on_end", "nbf", "exp")
    }
    terms = Terms(sends=("trust",), receives=("trust",), agreement=held.agreement_sha256, **given)
    sides: dict[str, Any] = {"us": evil.identity, "them": theirs, "now": evil.now(), "last": held}
    made = propose(terms=terms, key=evil.doc, random=evil.random, **sides)
    with coop.bound():
        doc = await keyring.signing("doc", here=coop.here())
    return wide, made, countersign(made, doc, us=theirs, them=evil.identity, last=held, now=evil.now())


async def test_an_old_and_wider_peering_stays_away(scene: Scene) -> None:
    alder, evil = scene
    await alder.write("1", "Chess")
    await settle(alder)
    wide, proposed, agreed = await _narrower(alder, evil)
    await evil.approach(alder.node_id, proposed)
    assert (await stands(alder, MALLORY)).gets == ["peer-support", "trust"], "a proposal changes nothing"
    await evil.approach(alder.node_id, agreed)
    assert (await stands(alder, MALLORY)).gets == ["trust"]
    with pytest.raises(PeerRefused, match="version-conflict"):
        await evil.approach(alder.node_id, wide)
    assert (await stands(alder, MALLORY)).gets == ["trust"]
    assert b"Chess" not in await _page(alder, evil), "leaves for its withdrawals, and no body"


async def _page(coop: CoOp, evil: Hostile) -> bytes:
    """All that Mallory gets of a co-op's offers."""
    log = (await coop.rows("SELECT epoch, size FROM feed_log WHERE topic = 'peer-support' ORDER BY epoch DESC"))[0]
    return await evil.client(coop.node_id).entries(coop.node_id, "peer-support", log["epoch"], 0, log["size"])


async def test_who_never_answers_an_erasure_gets_nothing_more(scene: Scene) -> None:
    alder, evil = scene
    await alder.write("erased 1", "Walking group")
    await settle(alder)
    await alder.take_down("erased 1")
    await settle(alder)
    alder.clock.advance(seconds=72 * 3600 + 10)
    await settle(alder)
    told = await stands(alder, MALLORY)
    assert (told.state, told.pause_reason) == ("paused", ERASURE_OVERDUE)
    await alder.write("2", "Chess")
    await settle(alder)
    assert b"Chess" not in await _page(alder, evil)


# Letters --------------------------------------------------------------------------------------------------------------


async def test_a_letter_that_it_got_is_no_letter_to_another(pair: tuple[CoOp, CoOp, Hostile]) -> None:
    alder, birch, evil = pair
    with alder.bound():
        await alder.desk.write("1", "Only for Mallory", to=MALLORY, here=alder.here())
    await settle(alder)
    sealed = next(each.body for each in evil.asked if each.path == wire.CONCERNS)
    outer = open_outer(sealed)
    info = f"commoncare/1 letter\0{outer.sender}\0{outer.to}\0{outer.jti}".encode()
    inner = SUITE.decrypt(wire.unb64(outer.ct), evil.letter.key, info=info)
    for name in (alder.node_id, MALLORY):
        no = await evil.forward(birch.node_id, inner, outer.jti, as_from=name)
        assert no is not None and no.code in ("untrusted", "wrong-destination")
    no = await evil.deliver(birch.node_id, "concern", sealed)
    assert no is not None
    with birch.bound():
        assert await birch.desk.read() == []


async def test_a_letter_under_an_id_that_was_used_says_nothing_new(scene: Scene) -> None:
    alder, evil = scene
    jti = evil.token()
    assert await evil.write(alder.node_id, "concern", WORRY, jti=jti) is None
    no = await evil.write(alder.node_id, "concern", Concern(words="Another", urgency="soon"), jti=jti)
    assert no is not None and no.code == "letter-conflict"
    with alder.bound():
        assert await alder.desk.read() == ["A worry"]


async def test_what_was_refused_once_is_refused_again_and_five_concerns_are_enough(scene: Scene) -> None:
    alder, evil = scene
    again = {"jti": "A" * 22, "thread": "B" * 21 + "A"}
    for _ in range(2):
        no = await evil.write(alder.node_id, "concern", Concern(words="refuse me", urgency="soon"), **again)
        assert no is not None and no.public["reason"] == "not-here"
    codes = [await evil.write(alder.node_id, "concern", WORRY) for _ in range(6)]
    assert [no.code if no else "" for no in codes] == ["", "", "", "", "too-many", "too-many"]


# A name and a key that are not its own --------------------------------------------------------------------------------


async def _stolen(coop: CoOp) -> SigningKey:
    with coop.bound():
        return await keyring.signing("log", here=coop.here())


async def _revoke(coop: CoOp) -> None:
    async def begin_anew(here: Any) -> None:
        await starting.open_anew({coop.board.topic: coop.board}, "key", here=here)

    with coop.bound():
        await rotating.revoke(actor=OPERATOR, use="log", reason="stolen", begin_anew=begin_anew, here=coop.here())


async def test_with_a_stolen_log_key_and_our_name_it_moves_nobody_once_the_key_is_revoked(
    pair: tuple[CoOp, CoOp, Hostile],
) -> None:
    alder, birch, evil = pair
    await alder.write("1", "Chess")
    await settle(alder, birch)
    key = await _stolen(alder)
    alder.clock.advance(seconds=60)
    await _revoke(alder)
    await settle(alder, birch)
    logs = await alder.rows("SELECT epoch FROM feed_log WHERE topic = 'peer-support' ORDER BY epoch")
    assert len(logs) == 2, "every feed begins anew"
    forged = Feed(alder.node_id, "peer-support", alder.clock.now() + 100, key, evil.now, evil.random)
    forged.say("Gin")
    evil.feeds["peer-support"] = forged
    honest = alder.network.apps[alder.node_id]
    alder.network.apps[alder.node_id] = evil  # type: ignore[assignment]
    birch.start()
    await settle(birch)
    assert (await birch.seen(), (await stands(birch, alder.node_id)).why) == (["Chess"], "untrusted")
    alder.network.apps[alder.node_id] = honest
    await settle(alder, birch)
    assert await birch.seen() == ["Chess"]
    assert not (await stands(birch, alder.node_id)).frozen


async def test_what_a_revoked_log_key_of_ours_signs_later_does_not_make_us_begin_anew(
    pair: tuple[CoOp, CoOp, Hostile],
) -> None:
    """Mallory stole Alder's key and tells it of an epoch of its own making, hour after hour."""
    alder, birch, evil = pair
    await alder.write("1", "Chess")
    await settle(alder, birch)
    key = await _stolen(alder)
    alder.clock.advance(seconds=60)
    await _revoke(alder)
    await settle(alder, birch)
    evil.seen[alder.node_id] = [Feed(alder.node_id, "peer-support", alder.clock.now() + 5, key, evil.now, evil.random)]
    for _ in range(3):
        alder.clock.advance(seconds=3700)
        await settle(alder, birch, rounds=60)
    assert len(await alder.rows("SELECT epoch FROM feed_log WHERE topic = 'peer-support'")) == 2
    assert any(each.path == wire.seen_path(alder.node_id) for each in evil.asked)


async def test_nobody_can_say_that_we_withdrew_what_stands(scene: Scene) -> None:
    """A receipt `dead` is believed only by a node that lost its memory, by having been put back from a copy."""
    alder, evil = scene
    await alder.write("1", "Chess")
    await settle(alder)
    epoch = (await alder.rows("SELECT epoch FROM feed_log WHERE topic = 'peer-support'"))[0]["epoch"]
    dead = Receipt(what="dead", topic="peer-support", epoch=epoch, index=1, at=evil.now())
    no = await evil.write(alder.node_id, "receipt", dead)
    assert no is not None and no.public == {"reason": "nothing-owed"}
    await settle(alder)
    assert len(await alder.rows("SELECT item FROM feed_item")) == 1
    assert await alder.rows("SELECT key FROM dead_id") == []
