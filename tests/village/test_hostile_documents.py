# SPDX-License-Identifier: AGPL-3.0-or-later
"""A hostile neighbour's papers: identities and manifests that do not follow, keys that are none, protocols taken back, names.

What is refused leaves what was held as it stood, and its operator is told; nothing is judged by papers that were not taken.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from federation import envelope as dsse
from federation import wire
from federation.keys import SigningKey
from federation.profile import Profile
from node.peers import wording
from tests.node.exchange.coops import CoOp, coops, settle
from tests.village import lies
from tests.village.hostile import Hostile, Lie, hostile
from tests.village.lies import DAY
from tests.village.victims import on_the_street, stands

MALLORY = "mallory.example"
Scene = tuple[CoOp, Hostile]


@pytest_asyncio.fixture
async def scene(new_database: Callable[..., str], tmp_path: Path) -> AsyncIterator[Scene]:
    """Alder, and Mallory, who is its neighbour and has said two things."""
    async with (
        coops("alder", addresses=new_database, folder=tmp_path) as (alder,),
        hostile(*on_the_street(alder)) as evil,
    ):
        evil.feed().say("Tea", "Chess")
        await evil.befriend()
        yield alder, evil


async def follow(coop: CoOp, evil: Hostile, *lie: Lie) -> None:
    """One visit under these lies, by a follower that remembers no answer."""
    evil.serve(*lie)
    coop.start()
    await settle(coop)


def _thresholds(evil: Hostile) -> bytes:
    """Two roots due, one of which signs twice."""
    claims = wire.parse(evil.identity.payload) | {"version": 2}
    claims["root"] = {"keys": [evil.root.public.jwk(), evil.log.public.jwk()], "threshold": 2}
    return dsse.sign(dsse.IDENTITY, wire.dumps(claims), [evil.root, evil.root])


def _by_nobody(evil: Hostile) -> bytes:
    """Signed by roots of its own, which are not those of the words."""
    root = SigningKey.from_seed(bytes(range(32)))
    claims = wire.parse(evil.identity.payload) | {"version": 2}
    claims["root"] = {"keys": [root.public.jwk()], "threshold": 1}
    return dsse.sign(dsse.IDENTITY, wire.dumps(claims), [root])


def _manifest(evil: Hostile, **changes: Any) -> bytes:
    claims = wire.parse(evil.manifest.payload) | {"version": 9, "iat": evil.now(), "exp": evil.now() + DAY} | changes
    return dsse.sign(dsse.MANIFEST, wire.dumps(claims), [changes.pop("signer", evil.doc)])


def _small(evil: Hostile) -> list[Any]:
    keys = wire.parse(evil.manifest.payload)["keys"]
    point = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": wire.b64(bytes.fromhex(point))}
    return [*keys, keys[0] | {"jwk": jwk, "kid": wire.b64(sha256(wire.dumps(jwk)).digest())}]


DOCUMENTS: dict[str, Callable[[Hostile], tuple[bytes | None, bytes | None]]] = {
    "one root that signs twice": lambda evil: (_thresholds(evil), None),
    "roots that nobody compared": lambda evil: (_by_nobody(evil), None),
    "a jump of versions": lambda evil: (evil.new_identity(7), None),
    "a manifest with a key of small order": lambda evil: (None, _manifest(evil, keys=_small(evil))),
    "a manifest that begins tomorrow": lambda evil: (None, _manifest(evil, iat=evil.now() + DAY, exp=evil.now() + 2 * DAY)),
    "a manifest for a year": lambda evil: (None, _manifest(evil, exp=evil.now() + 365 * DAY)),
    "a manifest of another node": lambda evil: (None, _manifest(evil, iss="alder.example")),
    "an older manifest": lambda evil: (None, _manifest(evil, version=1, limits={"other": 1})),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_documents_that_do_not_follow_are_not_taken(scene: Scene, name: str) -> None:
    alder, evil = scene
    held = await alder.rows("SELECT identity, manifest FROM peer")
    before = (evil.identity.envelope, evil.manifest.envelope)
    identity, manifest = DOCUMENTS[name](evil)
    body = b'{"identity":%b,"manifest":%b}' % (identity or before[0], manifest or before[1])
    evil.feed().say("More tea")
    newer = lies.head(lambda: evil.feed().note, identity_version=2, manifest_version=9)
    await follow(alder, evil, lies.raw(wire.WELL_KNOWN, body), newer)
    assert await alder.rows("SELECT identity, manifest FROM peer") == held
    assert await alder.seen() == ["Chess", "Tea"], "and nothing is judged by documents that it does not keep"
    assert (await stands(alder, MALLORY)).why in (
        "untrusted",
        "version-conflict",
        "malformed",
        "clock-skew",
        "not-found",
        "unavailable",
    )


async def test_a_protocol_that_is_no_longer_listed_is_noticed_and_refused(scene: Scene) -> None:
    alder, evil = scene
    evil.new_manifest(2, protocols=("commoncare/1", "commoncare/2"))
    await follow(alder, evil)
    held = await alder.rows("SELECT manifest FROM peer")
    evil.new_manifest(3)
    await follow(alder, evil)
    assert await alder.rows("SELECT manifest FROM peer") == held
    told = wording.standing(await stands(alder, MALLORY), now=alder.clock.now())
    assert not told.well and "version-conflict" in told.next_step
    evil.new_manifest(4, protocols=("commoncare/3",))
    await follow(alder, evil)
    assert await alder.rows("SELECT manifest FROM peer") != held, "a later one speaks for those before it"


async def test_a_name_is_shown_without_what_turns_or_hides_it(scene: Scene) -> None:
    alder, evil = scene
    evil.new_manifest(2, profile=Profile(name="\u202eredlA\u202c Neighbours\u200b"))
    await follow(alder, evil)
    assert (await stands(alder, MALLORY)).name == "redlA Neighbours"
