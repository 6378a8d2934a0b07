# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signed documents: identities with their changes of roots, manifests, peerings; the well-known body, approaches, invitations.

A yes is sound when the payload is one that this issuer signed, when everything read from it is what was written down then, when
it follows on what was held, and when the time is within its own and 300 s.
"""

from __future__ import annotations

import hmac
from random import Random
from typing import Any

from federation import envelope as dsse
from federation.errors import Refused
from federation.identity import Identity, accept_identity, parse_well_known, well_known
from federation.invitations import Approach, Fingerprint, Invitation
from federation.manifest import Manifest, accept_manifest
from federation.peerings import Peering, judge
from federation.trust import meet
from tests.fuzz import mutations
from tests.fuzz.kinds import Case, Kind
from tests.fuzz.world import ALDER, BIRCH, CEDAR, DAMSON, DAY, NOW, World, resigned

SKEW = 300
TIMES = (NOW, NOW + SKEW, NOW - 3600, NOW + DAY, NOW - 8 * DAY, NOW + 12 * DAY, NOW + 400 * DAY, 0, 2**40)


def kinds(world: World) -> list[Kind]:
    return [
        _identity(world),
        _manifest(world),
        _peering(world),
        _well_known(world),
        _approach(world),
        _invitation(world),
    ]


# Identities -----------------------------------------------------------------------------------------------------------


def _identity(world: World) -> Kind:
    cases: list[Case] = [
        {"envelope": node.identities[version - 1].envelope, "node": node.id, "held": held, "now": NOW, "latest": True}
        for node in world.nodes.values()
        for version, held in ((1, 0), (2, 1), (3, 2), (3, 3), (2, 2))
    ]

    def run(case: Case) -> Identity:
        held = world[case["node"]].identities[case["held"] - 1] if case["held"] else None
        return accept_identity(held, case["envelope"], case["now"], node_id=case["node"], latest=case["latest"])

    def sound(case: Case, said: Identity) -> bool:
        node = world[case["node"]]
        if case.get("signed_anew"):
            return said.node_id == node.id and (not case["held"] or said.version in (case["held"], case["held"] + 1))
        if said not in node.identities or said.node_id != case["node"]:
            return False
        if case["held"] == said.version:
            return True
        follows = not case["held"] or said.version == case["held"] + 1
        return follows and _timely(said.iat, said.exp if case["latest"] else None, case["now"])

    return Kind(
        "identity",
        cases,
        run,
        sound,
        ("envelope",),
        {"node": list(world.nodes), "held": (0, 1, 2, 3), "now": TIMES, "latest": (True, False)},
        anew=_signed_anew(world, "root"),
        special=[_games_with_signatures(world)],
    )


def _manifest(world: World) -> Kind:
    cases: list[Case] = [
        {
            "envelope": node.manifests[version - 1].envelope,
            "node": node.id,
            "identity": identity,
            "held": held,
            "now": NOW,
        }
        for node in world.nodes.values()
        for version, identity, held in ((1, 2, 0), (2, 2, 1), (3, 3, 2), (3, 3, 3))
    ]

    def run(case: Case) -> Manifest:
        node = world[case["node"]]
        held = node.manifests[case["held"] - 1] if case["held"] else None
        return accept_manifest(node.identities[case["identity"] - 1], held, case["envelope"], case["now"])

    def sound(case: Case, said: Manifest) -> bool:
        node = world[case["node"]]
        held = node.manifests[case["held"] - 1] if case["held"] else None
        if held is not None and not held.revoked <= said.revoked:
            return False
        if held is not None and said.payload == held.payload:
            return True
        later = held is None or said.order > held.order
        if case.get("signed_anew"):
            return later and said.node_id == node.id
        known = next((each for each in node.manifests if each.payload == said.payload), None)
        if known is None or (said.keys, said.profile, said.order) != (known.keys, known.profile, known.order):
            return False
        return later and said.identity_version == case["identity"] and _timely(said.iat, said.exp, case["now"])

    return Kind(
        "manifest",
        cases,
        run,
        sound,
        ("envelope",),
        {"node": list(world.nodes), "identity": (1, 2, 3), "held": (0, 1, 2, 3), "now": TIMES},
        anew=_signed_anew(world, "doc"),
        special=[_games_with_signatures(world)],
    )


def _peering(world: World) -> Kind:
    cases: list[Case] = [
        {"envelope": made.envelope, "us": us, "them": them, "held": held, "now": NOW, "protocols": ("commoncare/1",)}
        for us, them in ((ALDER, BIRCH), (BIRCH, ALDER), (CEDAR, BIRCH))
        for at, made in enumerate(world.peerings[frozenset({us, them})])
        for held in (at // 2, at // 2 + 1)
    ]

    def run(case: Case) -> Peering:
        last = world.peering(case["us"], case["them"], case["held"]) if case["held"] and _known(case) else None
        us, them = world[case["us"]].identity, world[case["them"]].identity
        return judge(case["envelope"], us=us, them=them, last=last, now=case["now"], protocols=case["protocols"])

    def sound(case: Case, said: Peering) -> bool:
        made = world.peerings.get(frozenset({case["us"], case["them"]}), [])
        last = world.peering(case["us"], case["them"], case["held"]) if case["held"] and _known(case) else None
        if set(said.parties) != {case["us"], case["them"]} or not said.signed_by:
            return False
        if last is not None and said.payload == last.payload and said.signed_by <= last.signed_by:
            return True
        if said.version != (last.version if last else 0) + 1 or said.min_protocol not in case["protocols"]:
            return False
        if case.get("signed_anew"):
            return True
        # Fewer signatures are a proposal still; more than were given, or other terms, are not.
        fits = any(said.payload == each.payload and said.signed_by <= each.signed_by for each in made)
        return fits and _timely(said.iat, said.exp, case["now"])

    def _known(case: Case) -> bool:
        return frozenset({case["us"], case["them"]}) in world.peerings

    return Kind(
        "peering",
        cases,
        run,
        sound,
        ("envelope",),
        {
            "us": (ALDER, BIRCH, CEDAR),
            "them": (BIRCH, CEDAR, DAMSON),
            "held": (0, 1, 2),
            "now": TIMES,
            "protocols": (("commoncare/1",), ("commoncare/2",)),
        },
        anew=_signed_anew(world, "doc"),
        special=[_games_with_signatures(world)],
    )


# What holds them ------------------------------------------------------------------------------------------------------


def _well_known(world: World) -> Kind:
    """With the fingerprint that people compared: nobody is met but the one whose roots it stands for."""
    cases: list[Case] = [
        {
            "body": well_known(node.identity.envelope, node.manifest.envelope),
            "words": str(Fingerprint.of(node.identity)).encode(),
            "node": node.id,
            "now": NOW,
        }
        for node in world.nodes.values()
    ]

    def run(case: Case) -> Any:
        identity, manifest = parse_well_known(case["body"])
        heard = Fingerprint.from_words(case["words"].decode("utf-8", "replace"))
        return meet(case["node"], identity, manifest, fingerprint=heard, now=case["now"])

    def sound(case: Case, said: Any) -> bool:
        node = world[case["node"]]
        heard = Fingerprint.from_words(case["words"].decode("utf-8", "replace"))
        if said.node_id != node.id or heard != Fingerprint.of(said.identity):
            return False
        known = said.identity in node.identities and any(
            said.manifest.payload == each.payload for each in node.manifests
        )
        return known and _timely(said.manifest.iat, said.manifest.exp, case["now"])

    turns = {"node": list(world.nodes), "now": TIMES, "words": [case["words"] for case in cases]}
    return Kind("well-known", cases, run, sound, ("body",) * 7 + ("words",), turns, weight=0.6)


def _approach(world: World) -> Kind:
    token = world.bytes(16)
    cases: list[Case] = []
    for us, them in ((ALDER, BIRCH), (CEDAR, BIRCH), (BIRCH, ALDER)):
        theirs, made = world[them], world.peerings[frozenset({us, them})][0]
        body = Approach(theirs.identity.envelope, theirs.manifest.envelope, made.envelope, token).body()
        cases.append({"body": body, "us": us, "node": them, "token": token, "now": NOW})

    def run(case: Case) -> Any:
        approach = Approach.parse(case["body"])
        if approach.token is None or not hmac.compare_digest(approach.token, case["token"]):
            raise Refused("untrusted", "no invitation of ours")
        heard = Fingerprint.of(world[case["node"]].identity)
        view = meet(case["node"], approach.identity, approach.manifest, fingerprint=heard, now=case["now"])
        if approach.peering is None:
            return view, None
        us = world[case["us"]].identity
        return view, judge(approach.peering, us=us, them=view.identity, last=None, now=case["now"])

    def sound(case: Case, said: Any) -> bool:
        view, peering = said
        node = world[case["node"]]
        if case["token"] != token or view.node_id != node.id or view.identity not in node.identities:
            return False
        if not any(view.manifest.payload == each.payload for each in node.manifests):
            return False
        if peering is None:
            return True
        made = world.peerings.get(frozenset({case["us"], case["node"]}), [])
        return any(peering.payload == each.payload and peering.signed_by <= each.signed_by for each in made[:2])

    turns = {"us": (ALDER, BIRCH, CEDAR), "node": list(world.nodes), "token": (token, bytes(16)), "now": TIMES}
    return Kind("approach", cases, run, sound, ("body",), turns, weight=0.6)


def _invitation(world: World) -> Kind:
    """Not signed: four bytes of check sum. What is taken is the very invitation, and one text reads in one way."""
    made = [Invitation.make(node.identity, world.bytes) for node in world.nodes.values()]
    cases: list[Case] = [{"text": each.text().encode()} for each in made]

    def run(case: Case) -> Invitation:
        return Invitation.from_text(case["text"].decode("utf-8", "replace"))

    return Kind("invitation", cases, run, lambda _, said: said in made, ("text",), weight=0.3)


# Signing anew ---------------------------------------------------------------------------------------------------------


def _timely(iat: int, exp: int | None, now: int) -> bool:
    return iat <= now + SKEW and (exp is None or now <= exp + SKEW)


def _signed_anew(world: World, use: str) -> Any:
    """Its own node changes a payload and signs it properly: a neighbour that misbehaves, not a forger."""

    def anew(case: Case, rng: Random) -> bool:
        try:
            opened = dsse.open_envelope(case["envelope"])
        except Refused:
            return False
        payload = mutations.as_json(rng, opened.payload, ())
        nodes = [world[case[name]] for name in ("node", "us", "them") if name in case]
        keys = [key for node in nodes for key in (node.roots if use == "root" else node.docs)]
        case["envelope"] = resigned(world, case["envelope"], payload, keys)
        return True

    return anew


def _games_with_signatures(world: World) -> Any:
    """The same payload under fewer, other, doubled or somebody else's signatures, or as another kind of document."""

    def play(case: Case, rng: Random) -> None:
        try:
            opened = dsse.open_envelope(case["envelope"])
            tree = mutations._loaded(case["envelope"])
        except Refused:
            return
        lines = tree["signatures"]
        match rng.randrange(6):
            case 0 if lines:
                lines.pop(rng.randrange(len(lines)))
            case 1 if lines:
                lines.append(dict(rng.choice(lines)))
            case 2 if lines:
                lines[rng.randrange(len(lines))]["keyid"] = rng.choice(world[DAMSON].docs).kid
            case 3:
                node = rng.choice(list(world.nodes.values()))
                if node.id in (case.get("node"), case.get("us"), case.get("them")):
                    node = world[DAMSON] if case.get("node") != DAMSON else world[CEDAR]
                case["envelope"] = resigned(world, case["envelope"], opened.payload, [*node.roots, *node.docs])
                return
            case 4:
                tree["payloadType"] = dsse.payload_type(rng.choice(dsse.KINDS))
            case _:
                lines[:0] = [{"keyid": "x", "sig": "AAAA"}] * rng.choice((1, 15, 16, 17))
        case["envelope"] = mutations._written(tree)

    return play
