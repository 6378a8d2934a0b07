# SPDX-License-Identifier: AGPL-3.0-or-later
"""Identities follow each other by one under the roots before them; manifests only grow; keys are found by
node and use."""

import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest

from federation import envelope as dsse
from federation.errors import Refused
from federation.identity import (
    Identity,
    accept_identity,
    make_identity,
    parse_well_known,
    read_identity,
    well_known,
)
from federation.keys import SigningKey
from federation.manifest import KeyRing, Manifest, NodeKey, accept_manifest, make_manifest, read_manifest
from federation.profile import Profile, read_profile
from federation.wire import DAY, dumps

Keys = Callable[[str], SigningKey]


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.code


class Maker:
    """Makes identities and manifests of birch, from two of whose two roots anything is signed unless said."""

    def __init__(self, birch: Any, now: int) -> None:
        self.birch, self.now = birch, now

    def identity(self, version: int = 2, **change: Any) -> bytes:
        asked = {
            "node_id": self.birch.node_id,
            "version": version,
            "now": self.now,
            "exp": self.now + 100 * DAY,
            "roots": [root.public for root in self.birch.roots],
            "threshold": 2,
            "docs": [self.birch.doc.public],
            "signers": self.birch.roots,
        }
        return make_identity(**(asked | change))

    def accept(self, envelope: bytes, old: Identity | None = None, **more: Any) -> Identity:
        return accept_identity(old or self.birch.identity, envelope, self.now, node_id="birch.example", **more)

    def manifest(self, version: int = 2, **change: Any) -> bytes:
        asked = {
            "identity": self.birch.identity,
            "version": version,
            "now": self.now,
            "exp": self.now + 20 * DAY,
            "keys": self.birch.manifest.keys,
            "profile": Profile(name="Birch"),
            "signer": self.birch.doc,
        }
        return make_manifest(**(asked | change))


@pytest.fixture
def maker(birch: Any, now: int) -> Maker:
    return Maker(birch, now)


def test_a_next_version_is_taken_and_the_same_again_changes_nothing(maker: Maker, birch: Any) -> None:
    new = maker.accept(maker.identity())
    assert (new.version, new.node_id, new.threshold, new.roots) == (
        2,
        "birch.example",
        2,
        birch.identity.roots,
    )
    assert maker.accept(new.envelope, new) is new
    assert read_identity(new.envelope, node_id="birch.example") == new


@pytest.mark.parametrize("version", [1, 3, 2**31 - 1])
def test_rollback_gap_and_fast_forward_are_refused(maker: Maker, version: int) -> None:
    other = maker.identity(version, exp=maker.now + 99 * DAY)
    assert refusal(lambda: maker.accept(other)) == "version-conflict"


def test_an_older_version_cannot_come_back(maker: Maker, birch: Any) -> None:
    new = maker.accept(maker.identity())
    assert refusal(lambda: maker.accept(birch.identity.envelope, new)) == "version-conflict"


def test_one_of_two_roots_is_not_enough(maker: Maker, birch: Any) -> None:
    assert refusal(lambda: maker.identity(signers=birch.roots[:1])) == "untrusted"
    assert refusal(lambda: maker.identity(signers=[birch.roots[0], birch.roots[0]])) == "untrusted"
    assert refusal(lambda: maker.identity(signers=[birch.roots[0], birch.doc])) == "untrusted"


def test_a_change_of_roots_needs_the_threshold_of_old_and_of_new(maker: Maker, birch: Any, make_key: Keys) -> None:
    fresh = (make_key("fresh 1"), make_key("fresh 2"))
    roots = [key.public for key in fresh]
    everyone = maker.identity(roots=roots, signers=(*birch.roots, *fresh))
    assert maker.accept(everyone).roots == tuple(roots)
    usurped = maker.identity(roots=roots, signers=fresh)
    assert refusal(lambda: maker.accept(usurped)) == "untrusted"
    half = maker.identity(roots=roots, signers=(birch.roots[0], *fresh))
    assert refusal(lambda: maker.accept(half)) == "untrusted"
    assert refusal(lambda: maker.identity(roots=roots, signers=birch.roots)) == "untrusted"


def test_a_long_absent_peer_walks_up_through_versions_whose_time_is_over(maker: Maker) -> None:
    second = maker.identity(2, exp=maker.now + DAY)
    maker.now += 30 * DAY
    third = maker.identity(3)
    assert refusal(lambda: maker.accept(second)) == "expired"
    assert refusal(lambda: maker.accept(third)) == "version-conflict"
    held = maker.accept(second, latest=False)
    assert maker.accept(third, held).version == 3


def test_an_identity_lives_400_days_and_does_not_begin_tomorrow(maker: Maker) -> None:
    assert maker.identity(exp=maker.now + 400 * DAY)
    assert refusal(lambda: maker.identity(exp=maker.now + 400 * DAY + 1)) == "malformed"
    tomorrow = maker.identity(now=maker.now + DAY)
    assert refusal(lambda: maker.accept(tomorrow)) == "clock-skew"


def test_an_identity_is_of_the_node_that_was_asked(maker: Maker, alder: Any) -> None:
    call = lambda: accept_identity(None, alder.identity.envelope, maker.now, node_id="birch.example")  # noqa: E731
    assert refusal(call) == "untrusted"


def test_an_identity_has_keys_of_one_use_once_and_a_threshold_it_can_meet(maker: Maker, birch: Any) -> None:
    root = birch.roots[0].public
    assert refusal(lambda: maker.identity(roots=[root, root], threshold=1)) == "malformed"
    assert refusal(lambda: maker.identity(docs=[root])) == "malformed"
    assert refusal(lambda: maker.identity(docs=[])) == "malformed"
    assert refusal(lambda: maker.identity(roots=[root], threshold=2)) == "untrusted"
    assert refusal(lambda: maker.identity(threshold=0)) == "malformed"


def test_members_that_are_not_known_are_ignored(maker: Maker, birch: Any) -> None:
    payload = json.loads(b64decode(json.loads(maker.identity())["payload"])) | {"later": {"x": 1}}
    assert maker.accept(dsse.sign(dsse.IDENTITY, dumps(payload), birch.roots)).version == 2


def test_a_manifest_only_grows(maker: Maker, birch: Any) -> None:
    held = birch.manifest
    second = accept_manifest(birch.identity, held, maker.manifest(2), maker.now)
    assert second.order == (1, 2)
    assert second.profile.name == "Birch"
    assert accept_manifest(birch.identity, second, second.envelope, maker.now) is second
    assert refusal(lambda: accept_manifest(birch.identity, second, held.envelope, maker.now)) == "version-conflict"
    rival = maker.manifest(2, profile=Profile(name="Another"))
    assert refusal(lambda: accept_manifest(birch.identity, second, rival, maker.now)) == "version-conflict"
    assert accept_manifest(birch.identity, second, maker.manifest(9), maker.now).version == 9


def test_a_manifest_of_a_newer_identity_may_start_over(maker: Maker, birch: Any) -> None:
    high = accept_manifest(birch.identity, birch.manifest, maker.manifest(50), maker.now)
    identity = maker.accept(maker.identity())
    first = maker.manifest(1, identity=identity)
    assert accept_manifest(identity, high, first, maker.now).order == (2, 1)
    assert refusal(lambda: accept_manifest(identity, high, maker.manifest(51), maker.now)) == "version-conflict"
    assert refusal(lambda: accept_manifest(birch.identity, high, first, maker.now)) == "version-conflict"


def test_a_protocol_is_taken_back_by_the_roots_alone(maker: Maker, birch: Any) -> None:
    one, two, other = "commoncare/1", "commoncare/2", "something else"
    held = accept_manifest(birch.identity, birch.manifest, maker.manifest(2, protocols=(one, two, other)), maker.now)
    for fewer in ((one, other), (one, two), ("commoncare/02", other), ("commoncare/2 ", other), ("care/3", other)):
        made = maker.manifest(3, protocols=fewer)
        assert refusal(lambda: accept_manifest(birch.identity, held, made, maker.now)) == "version-conflict"  # noqa: B023
    later = accept_manifest(birch.identity, held, maker.manifest(3, protocols=(other, "commoncare/10")), maker.now)
    assert later.protocols == (other, "commoncare/10"), "an older version may go where a later one stands"
    identity = maker.accept(maker.identity())
    made = maker.manifest(1, identity=identity, protocols=(one,))
    assert accept_manifest(identity, later, made, maker.now).protocols == (one,)


def test_a_manifest_is_signed_by_a_doc_key_and_lives_30_days(maker: Maker, birch: Any) -> None:
    for signer in (birch.http, birch.roots[0]):
        assert refusal(lambda: maker.manifest(signer=signer)) == "untrusted"  # noqa: B023
    assert refusal(lambda: maker.manifest(exp=maker.now + 30 * DAY + 1)) == "malformed"
    late = maker.manifest(2)
    call = lambda: accept_manifest(birch.identity, birch.manifest, late, maker.now + 21 * DAY)  # noqa: E731
    assert refusal(call) == "expired"
    assert read_manifest(birch.identity, late).version == 2


def test_a_manifest_holds_working_keys_only_once_each_under_their_own_names(maker: Maker, birch: Any) -> None:
    end = maker.now + DAY
    http = NodeKey("http", birch.http.public, maker.now, end)
    assert refusal(lambda: maker.manifest(keys=[http, http])) == "malformed"
    assert (
        refusal(lambda: maker.manifest(keys=[http, NodeKey("log", birch.http.public, maker.now, end)])) == "malformed"
    )
    assert refusal(lambda: maker.manifest(keys=[NodeKey("http", birch.doc.public, maker.now, end)])) == "malformed"
    assert refusal(lambda: maker.manifest(keys=[NodeKey("http", birch.roots[0].public, maker.now, end)])) == "malformed"
    assert refusal(lambda: maker.manifest(keys=[NodeKey("http", birch.http.public, end, end)])) == "malformed"
    payload = json.loads(b64decode(json.loads(maker.manifest(keys=[http]))["payload"]))
    payload["keys"][0]["kid"] = birch.log.kid
    forged = dsse.sign(dsse.MANIFEST, dumps(payload), [birch.doc])
    assert refusal(lambda: read_manifest(birch.identity, forged)) == "malformed"


def revoking(maker: Maker, held: Manifest, kid: str) -> bytes:
    keys = [
        NodeKey(key.use, key.key, key.nbf, key.exp, *((maker.now, "lost") if key.kid == kid else ()))
        for key in held.keys
    ]
    return maker.manifest(held.version + 1, keys=keys)


def test_a_revoked_key_is_dead_and_stays_dead(maker: Maker, birch: Any) -> None:
    kid = birch.http.kid
    ring = KeyRing([(birch.identity, birch.manifest)])
    assert ring.find("birch.example", "http", kid, maker.now) == birch.http.public
    second = accept_manifest(birch.identity, birch.manifest, revoking(maker, birch.manifest, kid), maker.now)
    after = KeyRing([(birch.identity, second)])
    for moment in (maker.now - 1, maker.now, maker.now + DAY):
        assert after.find("birch.example", "http", kid, moment) is None
    assert after.usable("birch.example", "http", maker.now) == ()
    third = accept_manifest(birch.identity, second, maker.manifest(3, keys=[]), maker.now)
    assert third.revoked == {kid}
    assert refusal(lambda: accept_manifest(birch.identity, third, maker.manifest(4), maker.now)) == "version-conflict"


def test_keys_are_found_by_node_use_and_kid_together(maker: Maker, alder: Any, birch: Any) -> None:
    end = maker.now + DAY
    stolen = maker.manifest(2, keys=[NodeKey("http", alder.http.public, maker.now, end)])
    listing = accept_manifest(birch.identity, birch.manifest, stolen, maker.now)
    ring = KeyRing([(alder.identity, alder.manifest), (birch.identity, listing)])
    assert ring.find("alder.example", "http", alder.http.kid, maker.now) == alder.http.public
    assert ring.find("birch.example", "http", alder.http.kid, maker.now) == alder.http.public
    only_birch = KeyRing([(birch.identity, listing)])
    assert only_birch.find("alder.example", "http", alder.http.kid, maker.now) is None
    assert ring.find("alder.example", "log", alder.http.kid, maker.now) is None
    assert ring.find("alder.example", "doc", alder.doc.kid, maker.now) == alder.doc.public
    assert ring.usable("alder.example", "letter", maker.now) == (alder.letter.public,)
    assert ring.find("alder.example", "letter", alder.letter.kid, maker.now + 31 * DAY) is None
    assert ring.find("cedar.example", "http", alder.http.kid, maker.now) is None


def test_of_two_keys_the_newer_comes_first(maker: Maker, birch: Any, make_key: Keys) -> None:
    keys = [
        NodeKey("http", birch.http.public, maker.now, maker.now + 10 * DAY),
        NodeKey("http", make_key("next").public, maker.now + 3 * DAY, maker.now + 30 * DAY),
    ]
    held = read_manifest(birch.identity, maker.manifest(keys=keys))
    ring = KeyRing([(birch.identity, held)])
    assert ring.usable("birch.example", "http", maker.now) == (birch.http.public,)
    assert ring.usable("birch.example", "http", maker.now + 5 * DAY) == (
        make_key("next").public,
        birch.http.public,
    )
    assert ring.usable("birch.example", "http", maker.now + 20 * DAY) == (make_key("next").public,)


def test_the_well_known_body_carries_both_documents_whole(birch: Any, now: int) -> None:
    body = well_known(birch.identity.envelope, birch.manifest.envelope)
    identity, manifest = parse_well_known(body)
    held = accept_identity(None, identity, now, node_id="birch.example")
    assert held == birch.identity
    assert accept_manifest(held, None, manifest, now) == birch.manifest
    for bad in (b"{}", b"[]", b'{"identity":{},"manifest":{},"x":1}', b"<html>"):
        assert refusal(lambda: parse_well_known(bad)) == "malformed"  # noqa: B023


def test_a_profile_is_cleaned_and_kept_within_its_limits() -> None:
    profile = read_profile(
        {
            "name": "Bir\u202ech\u0007\u200b ",
            "services": ["home\u2066 care"],
            "safeguarding": {"lead": {"name": "A\u200fsh"}},
            "x": 1,
        }
    )
    assert (profile.name, profile.services, profile.safeguarding.lead.name) == (
        "Birch",
        ("home care",),
        "Ash",
    )
    for bad in (
        {},
        {"name": ""},
        {"name": "\u202e "},
        {"name": "x" * 121},
        {"name": "B", "services": ["x"] * 33},
        {"name": "B", "languages": ["en_GB"]},
        {"name": "B", "insurance": {"public_until": "soon"}},
        {"name": 5},
        [],
    ):
        assert refusal(lambda: read_profile(bad)) == "malformed"  # noqa: B023
