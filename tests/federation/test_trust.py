# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trust: the words of a checking call, peerings that both signed, and the guard over every route in every
state."""

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from federation import envelope as dsse
from federation.errors import Refused
from federation.identity import make_identity
from federation.invitations import Approach, Fingerprint, Invitation
from federation.manifest import make_manifest
from federation.peerings import Terms, countersign, judge, propose, recall
from federation.trust import Extent, PeerView, Route, State, adopt, grant, may, meet, renew
from federation.wire import DAY, b64, dumps

US = "alder.example"


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.code


def terms(now: int, **change: Any) -> Terms:
    asked = {
        "sends": ["peer-support"],
        "receives": ["peer-support", "availability"],
        "purpose": "to help each other's members",
        "agreement": bytes(32),
        "retention_days": 30,
        "erasure_sla_h": 72,
        "on_end": "delete",
        "nbf": now,
        "exp": now + 300 * DAY,
    }
    return Terms(**(asked | change))


@pytest.fixture
def proposed(alder: Any, birch: Any, now: int, random: Any) -> bytes:
    return propose(
        us=alder.identity,
        them=birch.identity,
        terms=terms(now),
        key=alder.doc,
        now=now,
        random=random,
        last=None,
    )


@pytest.fixture
def signed(alder: Any, birch: Any, now: int, proposed: bytes) -> bytes:
    return countersign(proposed, birch.doc, us=birch.identity, them=alder.identity, last=None, now=now)


@pytest.fixture
def view(alder: Any, birch: Any, now: int, proposed: bytes, signed: bytes) -> PeerView:
    """Birch as alder sees it, in an active peering."""
    fingerprint = Fingerprint.of(birch.identity)
    known = meet("birch.example", birch.identity.envelope, birch.manifest.envelope, fingerprint=fingerprint, now=now)
    for envelope in (proposed, signed):
        peering = judge(envelope, us=alder.identity, them=birch.identity, last=None, now=now)
        known = adopt(known, peering, alder.identity)
    return known


# --- words and invitations


def test_a_fingerprint_is_twelve_words_and_back(birch: Any) -> None:
    fingerprint = Fingerprint.of(birch.identity)
    words = fingerprint.words()
    assert len(words) == 12
    assert Fingerprint.from_words(str(fingerprint)) == fingerprint
    spoken = "\n".join(f"{place}. {word[:4].upper()}," for place, word in enumerate(words, start=1))
    assert Fingerprint.from_words(spoken) == fingerprint
    assert Fingerprint.from_bytes(fingerprint.to_bytes()) == fingerprint
    assert refusal(lambda: Fingerprint.from_bytes(bytes(16) + b"\1")) == "malformed"


def test_the_words_are_the_bits_of_the_hash_in_order() -> None:
    assert Fingerprint(0).words() == ("abandon",) * 12
    assert Fingerprint((1 << 132) - 1).words() == ("zoo",) * 12
    assert Fingerprint(1).words() == ("abandon",) * 11 + ("ability",)


def test_a_fingerprint_stands_for_node_threshold_and_roots_in_any_order(birch: Any) -> None:
    roots = birch.identity.roots
    same = Fingerprint.of(birch.identity)
    assert Fingerprint.of_roots("birch.example", 2, roots[::-1]) == same
    assert Fingerprint.of_roots("birch.example", 1, roots) != same
    assert Fingerprint.of_roots("alder.example", 2, roots) != same
    assert Fingerprint.of_roots("birch.example", 2, roots[:1]) != same


def test_a_misspelt_word_is_named_with_the_nearest_one(birch: Any) -> None:
    words = ["abandon"] * 12
    words[4] = "elephent"
    with pytest.raises(Refused) as refused:
        Fingerprint.from_words(" ".join(words))
    assert refused.value.public == {"word": 5, "nearest": "elephant"}
    with pytest.raises(Refused) as refused:
        Fingerprint.from_words("abandon ability")
    assert refused.value.public == {"words": 2}


def test_an_invitation_can_be_pasted_and_not_half_pasted(birch: Any, random: Any) -> None:
    invitation = Invitation.make(birch.identity, random)
    text = invitation.text()
    assert text.startswith("cc1-")
    assert Invitation.from_text(f"  {text[:20]}\n{text[20:]}\n") == invitation
    assert b64(invitation.token) not in repr(invitation)
    for bad in (
        text[:-1],
        text[:-6],
        text[:30] + "AAAA" + text[34:],
        text[4:],
        "",
        "cc1-",
        "cc2" + text[3:],
        text + "A",
    ):
        with pytest.raises(Refused, match="malformed"):
            Invitation.from_text(bad)


def test_an_approach_crosses_whole(birch: Any, proposed: bytes) -> None:
    approach = Approach(birch.identity.envelope, birch.manifest.envelope, proposed, bytes(16))
    assert Approach.parse(approach.body()) == approach
    bare = Approach(birch.identity.envelope, birch.manifest.envelope)
    assert Approach.parse(bare.body()) == bare
    members = json.loads(approach.body())
    for bad in ({**members, "x": 1}, {**members, "token": "AA"}, {"identity": members["identity"]}, []):
        with pytest.raises(Refused, match="malformed"):
            Approach.parse(dumps(bad))


def test_a_peer_is_met_only_by_its_fingerprint(alder: Any, birch: Any, now: int) -> None:
    documents = (birch.identity.envelope, birch.manifest.envelope)
    wrong = Fingerprint.of(alder.identity)
    assert refusal(lambda: meet("birch.example", *documents, fingerprint=wrong, now=now)) == "untrusted"
    met = meet("birch.example", *documents, fingerprint=Fingerprint.of(birch.identity), now=now)
    assert (met.node_id, met.state(now)) == ("birch.example", State.ENDED)


# --- peerings


def test_a_peering_is_one_payload_that_both_signed(
    alder: Any, birch: Any, now: int, proposed: bytes, signed: bytes
) -> None:
    half = judge(proposed, us=birch.identity, them=alder.identity, last=None, now=now)
    whole = judge(signed, us=alder.identity, them=birch.identity, last=None, now=now)
    assert (half.signed_by, half.complete, half.stands(now)) == ({US}, False, False)
    assert (whole.signed_by, whole.complete, whole.stands(now)) == ({US, "birch.example"}, True, True)
    assert whole.payload == half.payload
    assert whole.topics(US, "birch.example") == {"peer-support"}
    assert whole.topics("birch.example", US) == {"peer-support", "availability"}
    assert whole.topics("cedar.example", US) == frozenset()
    assert recall(signed, whole.signed_by) == whole


def test_a_key_that_is_not_a_doc_key_of_a_party_signs_nothing(
    alder: Any, birch: Any, now: int, proposed: bytes
) -> None:
    sides = {"us": birch.identity, "them": alder.identity, "last": None, "now": now}
    assert refusal(lambda: countersign(proposed, birch.http, **sides)) == "untrusted"
    assert refusal(lambda: countersign(proposed, alder.doc, **sides)) == "untrusted"
    nobody = dsse.sign(dsse.PEERING, dsse.open_envelope(proposed).payload, [alder.http])
    assert refusal(lambda: judge(nobody, **sides)) == "untrusted"
    notice = dsse.sign(dsse.NOTICE, dsse.open_envelope(proposed).payload, [alder.doc])
    assert refusal(lambda: judge(notice, **sides)) == "untrusted"


def test_one_key_never_speaks_for_both(alder: Any, birch: Any, now: int, proposed: bytes) -> None:
    thief = replace(birch.identity, docs=(birch.doc.public, alder.doc.public))
    call = lambda: judge(proposed, us=alder.identity, them=thief, last=None, now=now)  # noqa: E731
    assert refusal(call) == "untrusted"


def test_versions_follow_by_one_and_a_wider_old_one_stays_away(
    alder: Any, birch: Any, now: int, random: Any, signed: bytes
) -> None:
    sides = {"us": alder.identity, "them": birch.identity, "now": now}
    first = judge(signed, last=None, **sides)
    assert judge(signed, last=first, **sides) is first
    narrower = propose(terms=terms(now, sends=[], receives=[]), key=alder.doc, random=random, last=first, **sides)
    both = countersign(narrower, birch.doc, us=birch.identity, them=alder.identity, last=first, now=now)
    second = judge(both, last=first, **sides)
    assert (second.version, second.id, second.a_to_b) == (2, first.id, frozenset())
    assert refusal(lambda: judge(signed, last=second, **sides)) == "version-conflict"
    assert refusal(lambda: judge(both, last=None, **sides)) == "version-conflict"
    rival = propose(terms=terms(now), key=alder.doc, random=random, last=None, **sides)
    assert refusal(lambda: judge(rival, last=first, **sides)) == "version-conflict"
    # Where nothing is in force, one of the two may never have taken what the other holds: then neither number nor id counts.
    for made in (signed, both, rival):
        assert judge(made, last=None, anew=True, **sides).envelope == made


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"iss": "birch.example"}, "untrusted"),
        ({"parties": ["alder.example", "cedar.example"]}, "malformed"),
        ({"parties": ["alder.example", "alder.example"]}, "malformed"),
        ({"parties": ["alder.example"]}, "malformed"),
        ({"scopes": {"a_to_b": ["everything"], "b_to_a": []}}, "malformed"),
        ({"on_end": "keep"}, "malformed"),
        ({"version": 0}, "malformed"),
        ({"version": 7}, "version-conflict"),
        ({"id": "short"}, "malformed"),
        ({"agreement_sha256": "AA"}, "malformed"),
        ({"min_protocol": "commoncare/9"}, "scope-denied"),
        ({"exp": 5}, "malformed"),
        ({"iat": 2**40}, "malformed"),
        ({"purpose": ""}, "malformed"),
    ],
)
def test_a_peering_out_of_form_is_refused(
    alder: Any, birch: Any, now: int, proposed: bytes, change: dict[str, Any], code: str
) -> None:
    claims = json.loads(b64decode(json.loads(proposed)["payload"])) | change
    bent = dsse.sign(dsse.PEERING, dumps(claims), [alder.doc])
    assert refusal(lambda: judge(bent, us=birch.identity, them=alder.identity, last=None, now=now)) == code


def test_a_peering_names_the_roots_of_today_and_the_parties_that_we_are(
    alder: Any, birch: Any, coop: Any, now: int, proposed: bytes
) -> None:
    claims = json.loads(b64decode(json.loads(proposed)["payload"]))
    claims["root_kids"]["birch.example"] = claims["root_kids"]["alder.example"]
    bent = dsse.sign(dsse.PEERING, dumps(claims), [alder.doc])
    assert refusal(lambda: judge(bent, us=birch.identity, them=alder.identity, last=None, now=now)) == "untrusted"
    cedar = coop("cedar.example").identity
    call = lambda: judge(proposed, us=cedar, them=alder.identity, last=None, now=now)  # noqa: E731
    assert refusal(call) == "wrong-destination"


def test_of_two_proposals_that_cross_both_sides_keep_the_same(
    alder: Any, birch: Any, now: int, random: Any, proposed: bytes
) -> None:
    ours = judge(proposed, us=alder.identity, them=birch.identity, last=None, now=now)
    crossing = propose(
        us=birch.identity,
        them=alder.identity,
        terms=terms(now),
        key=birch.doc,
        now=now,
        random=random,
        last=None,
    )
    theirs = judge(crossing, us=alder.identity, them=birch.identity, last=None, now=now)
    at_alder = PeerView("birch.example", birch.identity, birch.manifest, proposal=ours)
    assert refusal(lambda: adopt(at_alder, theirs, alder.identity)) == "version-conflict"
    at_birch = PeerView("alder.example", alder.identity, alder.manifest, proposal=theirs)
    assert adopt(at_birch, ours, birch.identity).proposal == ours
    assert adopt(at_alder.decline(), theirs, alder.identity).proposal == theirs


def test_a_proposal_that_was_taken_back_cannot_be_brought_into_force(
    alder: Any, birch: Any, now: int, proposed: bytes, signed: bytes
) -> None:
    half, whole = (
        judge(envelope, us=alder.identity, them=birch.identity, last=None, now=now) for envelope in (proposed, signed)
    )
    offering = adopt(PeerView("birch.example", birch.identity, birch.manifest), half, alder.identity)
    in_force = adopt(offering, whole, alder.identity)
    assert in_force.state(now) is State.ACTIVE
    assert adopt(in_force, whole, alder.identity) is in_force
    assert refusal(lambda: adopt(offering.decline(), whole, alder.identity)) == "version-conflict"
    assert refusal(lambda: adopt(offering.end(), whole, alder.identity)) == "version-conflict"


# --- states and the guard


def test_states_follow_from_what_was_signed_and_who_paused(
    view: PeerView, birch: Any, now: int, proposed: bytes, alder: Any
) -> None:
    half = judge(proposed, us=alder.identity, them=birch.identity, last=None, now=now)
    assert PeerView("birch.example", birch.identity, birch.manifest, proposal=half).state(now) is State.PROPOSED
    assert view.state(now) is State.ACTIVE
    assert view.state(now + 301 * DAY) is State.ENDED
    assert view.state(now - 301) is State.ENDED, "not begun"
    assert view.pause(here=True).state(now) is State.PAUSED
    assert view.pause(there=True).state(now) is State.PAUSED
    assert view.pause(here=True).pause(there=True).pause(here=False).state(now) is State.PAUSED
    assert view.pause(here=True).pause(here=False).state(now) is State.ACTIVE
    assert view.freeze().state(now) is State.PAUSED
    assert view.end().state(now) is State.ENDED
    assert view.end().pause(here=True).state(now) is State.ENDED


ALLOWED = {
    "unknown": {"well-known", "identity", "peerings"},
    State.ENDED: {"well-known", "identity", "peerings"},
    State.PROPOSED: {"well-known", "identity", "peerings"},
    State.PAUSED: {"well-known", "identity", "heads", "entries", "seen", "concerns", "receipts", "reach"},
    State.ACTIVE: set(Route),
}


@pytest.mark.parametrize(("state", "route"), list(product(ALLOWED, Route)))
def test_every_route_by_every_state(
    view: PeerView, proposed: bytes, alder: Any, birch: Any, now: int, state: str, route: Route
) -> None:
    half = judge(proposed, us=alder.identity, them=birch.identity, last=None, now=now)
    views = {
        "unknown": None,
        State.ENDED: view.end(),
        State.PROPOSED: PeerView("birch.example", birch.identity, birch.manifest, proposal=half),
        State.PAUSED: view.pause(here=True),
        State.ACTIVE: view,
    }
    call = lambda: may(views[state], route, "peer-support", now, us=US)  # noqa: E731
    if route in ALLOWED[state]:
        full = state != State.PAUSED or route in ("well-known", "identity")
        assert call() is (Extent.FULL if full else Extent.CONTROLS)
    else:
        assert refusal(call) == ("peer-paused" if state == State.PAUSED else "peer-ended")


def test_a_topic_is_read_in_the_direction_that_was_granted(view: PeerView, now: int) -> None:
    assert view.shares(US, now) == {"peer-support"}
    assert view.reads(US, now) == {"peer-support", "availability"}
    assert refusal(lambda: may(view, Route.ENTRIES, "availability", now, us=US)) == "scope-denied"
    assert refusal(lambda: may(view, Route.ENTRIES, "diaries", now, us=US)) == "not-found"
    assert grant(view, "peer-support", now, us=US) is Extent.FULL
    assert grant(view, "availability", now, us=US) is None
    paused = view.pause(there=True)
    assert (paused.shares(US, now), paused.reads(US, now)) == (frozenset(), frozenset())
    assert grant(paused, "peer-support", now, us=US) is Extent.CONTROLS
    assert grant(paused, "availability", now, us=US) is None


def test_a_topic_that_is_no_longer_granted_still_brings_its_withdrawals(
    view: PeerView, alder: Any, birch: Any, now: int, random: Any
) -> None:
    sides = {"us": alder.identity, "them": birch.identity, "last": view.peering, "now": now}
    narrower = propose(terms=terms(now, sends=[]), key=alder.doc, random=random, **sides)
    both = countersign(narrower, birch.doc, us=birch.identity, them=alder.identity, last=view.peering, now=now)
    after = view
    for envelope in (narrower, both):
        after = adopt(after, judge(envelope, **sides), alder.identity)
    assert may(after, Route.ENTRIES, "peer-support", now, us=US) is Extent.CONTROLS
    assert refusal(lambda: may(after, Route.ENTRIES, "metrics", now, us=US)) == "scope-denied"


def test_documents_past_their_time_stop_letters_and_new_peerings_and_nothing_else(view: PeerView, now: int) -> None:
    late = now + 21 * DAY
    assert view.stale(late)
    for route in Route:
        if route in (Route.LETTERS, Route.PEERINGS):
            assert refusal(lambda: may(view, route, "peer-support", late, us=US)) == "expired"  # noqa: B023
        else:
            assert may(view, route, "peer-support", late, us=US)


def test_newer_documents_are_taken_all_or_nothing(view: PeerView, birch: Any, now: int) -> None:
    def identity(version: int) -> bytes:
        return make_identity(
            node_id="birch.example",
            version=version,
            now=now,
            exp=now + 200 * DAY,
            roots=[root.public for root in birch.roots],
            threshold=2,
            docs=[birch.doc.public],
            signers=birch.roots,
        )

    second, third = identity(2), identity(3)
    assert refusal(lambda: renew(view, now, identities=(second,))) == "version-conflict"
    held = replace(birch.identity, version=3)
    manifest = make_manifest(
        identity=held,
        version=1,
        now=now,
        exp=now + DAY,
        keys=birch.manifest.keys,
        profile=birch.manifest.profile,
        signer=birch.doc,
    )
    renewed = renew(view, now, identities=(second, third), manifest=manifest)
    assert (renewed.identity.version, renewed.manifest.order) == (3, (3, 1))
    assert renewed.peering == view.peering
    assert refusal(lambda: renew(view, now, identities=(third,), manifest=manifest)) == "version-conflict"
    assert renew(view, now) == view
    assert renewed.ring().find("birch.example", "http", birch.http.kid, now) == birch.http.public


def test_a_manifest_without_the_protocol_of_the_peering_is_refused_whatever_the_identity(
    alder: Any, birch: Any, now: int, signed: bytes
) -> None:
    given = {"now": now, "exp": now + DAY, "keys": birch.manifest.keys, "profile": birch.manifest.profile}
    agreed = judge(signed, us=alder.identity, them=birch.identity, last=None, now=now)
    view = replace(PeerView("birch.example", birch.identity, birch.manifest), peering=agreed)
    renewed = replace(birch.identity, version=2)
    for peering, protocols, taken in (
        (agreed, ("commoncare/2",), True),
        (agreed, ("other/7",), False),
        (None, ("other/7",), True),
    ):
        made = make_manifest(identity=renewed, version=1, signer=birch.doc, protocols=protocols, **given)
        held = replace(view, identity=renewed, peering=peering)
        if taken:
            assert renew(held, now, manifest=made).manifest.protocols == protocols
        else:
            assert refusal(lambda: renew(held, now, manifest=made)) == "version-conflict"  # noqa: B023


def test_who_was_parted_from_may_say_for_a_while_that_it_deleted_what_it_had(view: PeerView, now: int) -> None:
    peering = view.peering
    assert peering is not None
    window = peering.erasure_sla_h * 3600 + 90 * DAY
    over = view.end(now)
    assert over.parting(now) == now + window
    assert may(over, Route.RECEIPTS, None, now + window, us=US) is Extent.CONTROLS
    assert refusal(lambda: may(over, Route.RECEIPTS, None, now + window + 1, us=US)) == "peer-ended"
    assert refusal(lambda: may(over, Route.LETTERS, None, now, us=US)) == "peer-ended"
    ran_out = peering.exp + 1
    assert may(view, Route.RECEIPTS, None, ran_out, us=US) is Extent.CONTROLS
    assert refusal(lambda: may(view, Route.RECEIPTS, None, peering.exp + window + 1, us=US)) == "peer-ended"
    kept = replace(over, peering=replace(peering, on_end="expire"))
    assert kept.parting(now) is None
    assert refusal(lambda: may(kept, Route.RECEIPTS, None, now, us=US)) == "peer-ended"
    assert refusal(lambda: may(view.end(), Route.RECEIPTS, None, now, us=US)) == "peer-ended"


def test_a_no_to_a_proposal_travels_with_or_without_one(view: PeerView, proposed: bytes) -> None:
    papers = (view.identity.envelope, view.manifest.envelope)
    for peering in (None, proposed):
        sent = Approach(*papers, peering, None, bytes(range(32)))
        assert Approach.parse(sent.body()).declined == sent.declined
        assert (Approach.parse(sent.body()).peering is None) is (peering is None)
    body = Approach(*papers, None, None, bytes(31)).body()
    assert refusal(lambda: Approach.parse(body)) == "malformed"
