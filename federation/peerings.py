# SPDX-License-Identifier: AGPL-3.0-or-later
"""A peering: one document that both nodes sign, saying what is shared, why, for how long, and how it ends.

Both signatures stand over the same bytes, made by a `doc` key of each party (protocol decision 19). Versions
follow each other by one, so an older, wider one cannot come back. Judged in this order: form, signatures,
parties and roots, times, protocol, version. It doubles as the record of data sharing.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from . import envelope as dsse
from .errors import Refused
from .identity import Identity
from .keys import Random, SigningKey
from .profile import clean
from .wire import DAY, DOCUMENT_LIMIT, SKEW, b64, dumps, node_id, parse, unb64

PEERING_LIFE: Final = 800 * DAY
OnEnd = Literal["delete", "expire"]
Topic = Literal["availability", "peer-support", "metrics", "trust"]
Topics = Annotated[tuple[Topic, ...], Meta(max_length=4)]
Kids = Annotated[tuple[Annotated[str, Meta(min_length=43, max_length=43)], ...], Meta(min_length=1, max_length=16)]


class _Scopes(Struct, frozen=True):
    a_to_b: Topics
    b_to_a: Topics


class _Claims(Struct, frozen=True):
    iss: str
    id: str
    version: Annotated[int, Meta(ge=1, lt=2**31)]
    parties: Annotated[tuple[str, ...], Meta(min_length=2, max_length=2)]
    root_kids: Annotated[dict[str, Kids], Meta(min_length=2, max_length=2)]
    scopes: _Scopes
    purpose: Annotated[str, Meta(min_length=1, max_length=2000)]
    agreement_sha256: str
    retention_days: Annotated[int, Meta(ge=1, le=3650)]
    erasure_sla_h: Annotated[int, Meta(ge=1, le=720)]
    on_end: OnEnd
    min_protocol: Annotated[str, Meta(max_length=80)]
    iat: int
    nbf: int
    exp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What two co-ops agree on. `sends` and `receives` are topics, as the one who proposes sees them.

    `agreement` is the SHA-256 of the text that both people signed; times are Unix seconds.
    """

    sends: Collection[Topic]
    receives: Collection[Topic]
    purpose: str
    agreement: bytes
    retention_days: int
    erasure_sla_h: int
    on_end: OnEnd
    nbf: int
    exp: int
    min_protocol: str = "commoncare/1"


@dataclass(frozen=True, slots=True)
class Peering:
    """A peering that was judged. `signed_by` holds the parties whose signature was found good: one, or
    both."""

    id: str
    version: int
    parties: tuple[str, str]
    root_kids: Mapping[str, tuple[str, ...]]
    a_to_b: frozenset[str]
    b_to_a: frozenset[str]
    purpose: str
    agreement_sha256: bytes
    retention_days: int
    erasure_sla_h: int
    on_end: str
    min_protocol: str
    iat: int
    nbf: int
    exp: int
    signed_by: frozenset[str]
    payload: bytes = field(repr=False)
    envelope: bytes = field(repr=False, compare=False)

    @property
    def complete(self) -> bool:
        """Whether both parties signed."""
        return len(self.signed_by) == 2

    def stands(self, now: int) -> bool:
        """Whether it is in force at a time: signed by both, begun and not past its end."""
        return self.complete and self.nbf <= now + SKEW and now <= self.exp

    def topics(self, sender: str, reader: str) -> frozenset[str]:
        """The topics of `sender` that `reader` may read."""
        return {self.parties: self.a_to_b, self.parties[::-1]: self.b_to_a}.get((sender, reader), frozenset())

    def digest(self) -> str:
        """What names these exact terms: base64url of the SHA-256 of the signed bytes."""
        return b64(hashlib.sha256(self.payload).digest())


def propose(
    *,
    us: Identity,
    them: Identity,
    terms: Terms,
    key: SigningKey,
    now: int,
    random: Random,
    last: Peering | None,
) -> bytes:
    """The envelope of a peering that we propose, signed by our `doc` key; `last` is the one in force or
    ended.

    Raises Refused for terms that no peer would take.
    """
    claims = {
        "iss": us.node_id,
        "id": last.id if last is not None else b64(random(16)),
        "version": last.version + 1 if last is not None else 1,
        "parties": [us.node_id, them.node_id],
        "root_kids": {party.node_id: list(party.root_kids) for party in (us, them)},
        "scopes": {"a_to_b": sorted(terms.sends), "b_to_a": sorted(terms.receives)},
        "purpose": clean(terms.purpose),
        "agreement_sha256": b64(terms.agreement),
        "retention_days": terms.retention_days,
        "erasure_sla_h": terms.erasure_sla_h,
        "on_end": terms.on_end,
        "min_protocol": terms.min_protocol,
        "iat": now,
        "nbf": terms.nbf,
        "exp": terms.exp,
    }
    made = dsse.sign(dsse.PEERING, dumps(claims), [key])
    judge(made, us=us, them=them, last=last, now=now)
    return made


def countersign(
    envelope: bytes,
    key: SigningKey,
    *,
    us: Identity,
    them: Identity,
    last: Peering | None,
    now: int,
    anew: bool = False,
) -> bytes:
    """The envelope with our `doc` signature added over the same bytes, once it was judged. Refused as
    `judge`."""
    judge(envelope, us=us, them=them, last=last, now=now, anew=anew)
    made = dsse.add_signature(envelope, key)
    if not judge(made, us=us, them=them, last=last, now=now, anew=anew).complete:
        raise Refused("untrusted", "the key that countersigned is not a doc key of ours")
    return made


def judge(
    envelope: bytes,
    *,
    us: Identity,
    them: Identity,
    last: Peering | None,
    now: int,
    anew: bool = False,
    protocols: Collection[str] = ("commoncare/1",),
) -> Peering:
    """The peering in the envelope, signed by one party or both, following on the last one that both signed.

    The very terms that we hold are accepted again. `anew`: nothing is in force, so that it may have any version
    under any id: one of the two may hold one that the other never took. Refused: malformed, too-large, untrusted (nobody of the
    two signed, or other roots), wrong-destination (other parties), clock-skew, expired, scope-denied (a
    protocol that we do not speak), version-conflict.
    """
    new = read(envelope, us=us, them=them)
    if last is not None and new.payload == last.payload and new.signed_by <= last.signed_by:
        return last
    for party in (us, them):
        if tuple(sorted(new.root_kids[party.node_id])) != party.root_kids:
            raise Refused("untrusted", "the peering names other roots")
    # A peering may be agreed on before the day on which it begins: only when it was made must not be ahead
    # of us.
    dsse.judge_times({"iat": new.iat, "exp": new.exp}, now)
    if new.min_protocol not in protocols:
        raise Refused("scope-denied", "a protocol version that we do not speak")
    due = 1 if last is None else last.version + 1
    if not anew and (new.version != due or (last is not None and new.id != last.id)):
        raise Refused("version-conflict", f"peering {new.version} where {due} was due")
    return new


def read(envelope: bytes, *, us: Identity, them: Identity) -> Peering:
    """A peering of these two that is whole and signed by one of them or both, by keys that are not the
    other's too.

    Refused: malformed, too-large, untrusted, wrong-destination. Times, roots and version are not judged.
    """
    opened = dsse.open_envelope(envelope)
    if opened.payload_type != dsse.PEERING:
        raise Refused("untrusted", "the envelope holds another kind of document")
    if not set(us.docs).isdisjoint(them.docs):
        raise Refused("untrusted", "one key speaks for both parties")
    signed = frozenset(party.node_id for party in (us, them) if opened.signers(party.docs))
    if not signed:
        raise Refused("untrusted", "neither party signed")
    peering = recall(envelope, signed)
    if set(peering.parties) != {us.node_id, them.node_id}:
        raise Refused("wrong-destination", "a peering of other nodes")
    return peering


def recall(envelope: bytes, signed_by: Collection[str]) -> Peering:
    """A peering out of our own store, whose signatures by these parties were judged when it was accepted.

    An accepted document stands though the key that signed it has since been replaced (decision 3), so
    nothing is verified here. Refused: malformed, too-large, untrusted (the issuer is not the first party).
    """
    payload = dsse.open_envelope(envelope).payload
    try:
        claims = msgspec.convert(parse(payload, limit=DOCUMENT_LIMIT), _Claims)
    except msgspec.ValidationError as error:  # names the member, never its value
        raise Refused("malformed", f"peering: {error}") from error
    first, second = (node_id(party) for party in claims.parties)
    if first == second or set(claims.root_kids) != {first, second}:
        raise Refused("malformed", "a peering has two parties, each with its roots")
    if claims.iss != first:
        raise Refused("untrusted", "the first party is the one who proposes")
    if not 0 <= claims.nbf < claims.exp <= claims.nbf + PEERING_LIFE:
        raise Refused("malformed", "a peering's time is not in order")
    unb64(claims.id, length=16)
    return Peering(
        id=claims.id,
        version=claims.version,
        parties=(first, second),
        root_kids=claims.root_kids,
        a_to_b=frozenset(claims.scopes.a_to_b),
        b_to_a=frozenset(claims.scopes.b_to_a),
        purpose=clean(claims.purpose),
        agreement_sha256=unb64(claims.agreement_sha256, length=32),
        retention_days=claims.retention_days,
        erasure_sla_h=claims.erasure_sla_h,
        on_end=claims.on_end,
        min_protocol=claims.min_protocol,
        iat=claims.iat,
        nbf=claims.nbf,
        exp=claims.exp,
        signed_by=frozenset(signed_by),
        payload=payload,
        envelope=envelope,
    )
