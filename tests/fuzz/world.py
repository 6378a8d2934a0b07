# SPDX-License-Identifier: AGPL-3.0-or-later
"""Made-up nodes with all their keys, and everything they ever signed, from one seed.

`Facts` is what the judges' answers are held against: it was written down when the thing was made, and is read back by nothing
of the code under test. Alder is us, Birch and Cedar are neighbours, Damson is nobody we know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from random import Random

from federation import envelope as dsse
from federation.identity import Identity, make_identity, read_identity
from federation.keys import LetterKey, SigningKey
from federation.manifest import Manifest, NodeKey, make_manifest, read_manifest
from federation.peerings import Peering, Terms, countersign, propose, read
from federation.profile import Contact, Profile, Safeguarding

NOW = 1_800_000_000
DAY = 86_400
ALDER, BIRCH, CEDAR, DAMSON = (f"{name}.example" for name in ("alder", "birch", "cedar", "damson"))


@dataclass
class Node:
    """One node: its keys, its identities (1 to 3, with a change of roots at 2) and its manifests (1 to 3)."""

    id: str
    roots: list[SigningKey]
    docs: list[SigningKey]
    http: list[SigningKey]
    log: list[SigningKey]
    letter: list[LetterKey]
    identities: list[Identity] = field(default_factory=list)
    manifests: list[Manifest] = field(default_factory=list)

    @property
    def identity(self) -> Identity:
        return self.identities[-1]

    @property
    def manifest(self) -> Manifest:
        return self.manifests[-1]


class World:
    """See the module. `peerings`: by pair of node ids, a proposal and its whole, in versions 1 and 2."""

    def __init__(self, seed: int) -> None:
        self.random = Random(f"world {seed}")
        self.nodes = {name: self._node(name) for name in (ALDER, BIRCH, CEDAR, DAMSON)}
        self.peerings: dict[frozenset[str], list[Peering]] = {}
        for one, other in ((BIRCH, ALDER), (ALDER, CEDAR), (BIRCH, CEDAR)):
            self.peerings[frozenset({one, other})] = self._peerings(self.nodes[one], self.nodes[other])
        self.payloads = {
            document.payload: document
            for node in self.nodes.values()
            for document in (*node.identities, *node.manifests)
        }

    def __getitem__(self, name: str) -> Node:
        return self.nodes[name]

    def bytes(self, count: int) -> bytes:
        return self.random.randbytes(count)

    def peering(self, one: str, other: str, version: int) -> Peering:
        """The whole peering of that version, signed by both."""
        return self.peerings[frozenset({one, other})][version * 2 - 1]

    def key_of(self, signature_kid: str) -> SigningKey | None:
        """The signing key of that kid, whoever has it: for making signed things anew."""
        for node in self.nodes.values():
            for key in (*node.roots, *node.docs, *node.http, *node.log):
                if key.kid == signature_kid:
                    return key
        return None

    def _node(self, name: str) -> Node:
        make = lambda count: [SigningKey.generate(self.bytes) for _ in range(count)]  # noqa: E731
        node = Node(name, make(4), make(2), make(2), make(2), [LetterKey.generate(self.bytes) for _ in range(2)])
        roots, docs = node.roots, node.docs
        for version, held, threshold, signers, doc in (
            (1, roots[:2], 1, roots[:1], docs[:1]),
            (2, roots[1:4], 2, [roots[0], roots[1], roots[2]], docs[:1]),
            (3, roots[1:4], 2, roots[2:4], docs),
        ):
            made = make_identity(
                node_id=name,
                version=version,
                now=NOW - (4 - version) * 10 * DAY,
                exp=NOW + version * 100 * DAY,
                roots=[key.public for key in held],
                threshold=threshold,
                docs=[key.public for key in doc],
                signers=signers,
            )
            node.identities.append(read_identity(made, node_id=name))
        for version, identity in ((1, node.identities[1]), (2, node.identities[1]), (3, node.identities[2])):
            revoked = frozenset({node.http[1].kid}) if version > 1 else frozenset()
            made = make_manifest(
                identity=identity,
                version=version,
                now=NOW - (4 - version) * DAY,
                exp=NOW + (10 + version) * DAY,
                keys=self._working_keys(node, revoked),
                profile=_profile(name),
                signer=docs[0],
                limits={"entries": 10_000},
            )
            node.manifests.append(read_manifest(identity, made))
        return node

    def _working_keys(self, node: Node, revoked: frozenset[str]) -> list[NodeKey]:
        keys = [
            NodeKey(
                "http", key.public, NOW - 5 * DAY, NOW + 60 * DAY, *((NOW - DAY, "lost") if key.kid in revoked else ())
            )
            for key in node.http
        ]
        keys += [NodeKey("log", key.public, NOW - 5 * DAY, NOW + 200 * DAY) for key in node.log]
        keys += [NodeKey("letter", key.public, NOW - 5 * DAY, NOW + 38 * DAY) for key in node.letter]
        return keys

    def _peerings(self, us: Node, them: Node) -> list[Peering]:
        made: list[Peering] = []
        last = None
        for version in (1, 2):
            terms = Terms(
                sends=("peer-support", "trust") if version == 1 else ("peer-support",),
                receives=("peer-support",),
                purpose="To find somebody to talk to across our patches.",
                agreement=sha256(b"what both signed").digest(),
                retention_days=90,
                erasure_sla_h=72,
                on_end="delete",
                nbf=NOW - 3 * DAY,
                exp=NOW + 300 * DAY,
            )
            asked = propose(
                us=us.identity,
                them=them.identity,
                terms=terms,
                key=us.docs[0],
                now=NOW - DAY,
                random=self.bytes,
                last=last,
            )
            whole = countersign(asked, them.docs[1], us=them.identity, them=us.identity, last=last, now=NOW - DAY)
            made += [read(each, us=us.identity, them=them.identity) for each in (asked, whole)]
            last = made[-1]
        return made


def _profile(name: str) -> Profile:
    return Profile(
        name=f"{name.partition('.')[0].title()} Co-op",
        area="Wrenshire",
        contact=Contact(name="Office", phone="01632 960001", email=f"office@{name}"),
        services=("peer support", "day care"),
        languages=("en", "cy"),
        safeguarding=Safeguarding(lead=Contact(name="Lead", phone="01632 960002"), out_of_hours="01632 960003"),
    )


def resigned(world: World, envelope: bytes, payload: bytes, keys: list[SigningKey]) -> bytes:
    """An envelope of the same type around another payload, signed by these keys."""
    return dsse.sign(dsse.open_envelope(envelope).payload_type, payload, keys)
