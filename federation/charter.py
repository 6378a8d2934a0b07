# SPDX-License-Identifier: AGPL-3.0-or-later
"""A charter: an agreement among many co-ops on who belongs, signed by their seats (protocol decision 20).

Each member has one seat, a key of its own; a threshold above half of the members signs, counted by member and by key. Each
version is signed by the threshold of the one before and by its own, and follows by one. Judged in this order: form, type,
members and limits, its own threshold, the threshold before, times, version. It says who belongs and peers nobody.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Self

import msgspec
from msgspec import Meta, Struct

from . import envelope as dsse
from .errors import Refused
from .invitations import Fingerprint
from .keys import PublicKey
from .profile import clean
from .wire import DAY, DOCUMENT_LIMIT, b64, dumps, node_id, parse, unb64

CHARTER_LIFE: Final = 400 * DAY
LOUD_AFTER: Final = 30 * DAY
"""Seconds after its end for which nothing changes; then what is done under it together stops."""
MAX_MEMBERS: Final = 32
_FINGERPRINT: Final = 17
_SEAT_PREFIX: Final = "ccseat1-"
_CHECK: Final = 4


class _Member(Struct, frozen=True):
    node_id: str
    seat: dict[str, Any]
    fingerprint: Annotated[str, Meta(min_length=23, max_length=23)]


class _Claims(Struct, frozen=True):
    id: str
    version: Annotated[int, Meta(ge=1, lt=2**31)]
    iat: int
    exp: int
    name: Annotated[str, Meta(min_length=1, max_length=120)]
    members: Annotated[list[_Member], Meta(min_length=2, max_length=MAX_MEMBERS)]
    threshold: Annotated[int, Meta(ge=2, le=MAX_MEMBERS)]
    terms_sha256: str


@dataclass(frozen=True, slots=True)
class Member:
    """A co-op that belongs: `seat`, its voice in this charter; `fingerprint`, its roots when it was written down."""

    node_id: str
    seat: PublicKey
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Seat:
    """A member as its own co-op gives it away: one word to copy and paste. Nothing in it is secret, and nothing proves it."""

    member: Member

    def text(self) -> str:
        """`ccseat1-` and the base64url of fingerprint (17 bytes), seat (32), node id (ASCII) and a check sum (4)."""
        one = self.member
        body = one.fingerprint.to_bytes() + one.seat.raw + one.node_id.encode("ascii")
        return _SEAT_PREFIX + b64(body + _check(body))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Refused: malformed, also when a part was lost in copying."""
        packed = "".join(text.split())
        if not packed.startswith(_SEAT_PREFIX) or len(packed) > 600:
            raise Refused("malformed", "not the line of a seat")
        data = unb64(packed.removeprefix(_SEAT_PREFIX))
        body, check = data[:-_CHECK], data[-_CHECK:]
        if len(body) <= _FINGERPRINT + 32 or not hmac.compare_digest(_check(body), check):
            raise Refused("malformed", "a part of the seat's line is missing or changed")
        name = node_id(body[_FINGERPRINT + 32 :].decode("ascii", errors="replace"))
        seat = PublicKey.from_bytes(body[_FINGERPRINT : _FINGERPRINT + 32])
        return cls(Member(name, seat, Fingerprint.from_bytes(body[:_FINGERPRINT])))


def _check(body: bytes) -> bytes:
    """Four bytes against slips in copying; no proof of anything."""
    return hashlib.sha256(b"commoncare/1 seat\0" + body).digest()[:_CHECK]


@dataclass(frozen=True, slots=True)
class Charter:
    """A charter that was read. `members` by node id; times in Unix seconds; `terms_sha256`: of the text that people agreed on;
    `envelope` is what is handed on, byte for byte."""

    id: str
    version: int
    iat: int
    exp: int
    name: str
    members: tuple[Member, ...]
    threshold: int
    terms_sha256: bytes
    payload: bytes = field(repr=False)
    envelope: bytes = field(repr=False, compare=False)

    @property
    def node_ids(self) -> frozenset[str]:
        return frozenset(member.node_id for member in self.members)

    def member(self, node: str) -> Member | None:
        return next((member for member in self.members if member.node_id == node), None)

    def signed_by(self, envelope: bytes | None = None) -> frozenset[str]:
        """The members whose seat signed what is in the envelope (left out: this charter's own). Each has one seat and no seat
        is two members', so members and keys are counted at once."""
        kids = dsse.open_envelope(self.envelope if envelope is None else envelope).signers(
            member.seat for member in self.members
        )
        return frozenset(member.node_id for member in self.members if member.seat.kid in kids)

    def missing(self, envelope: bytes | None = None) -> int:
        """How many signatures of this charter's members the envelope still lacks."""
        return max(0, self.threshold - len(self.signed_by(envelope)))

    def digest(self) -> str:
        """What names these exact bytes: base64url of the SHA-256 of the payload."""
        return b64(hashlib.sha256(self.payload).digest())


def majority(members: int) -> int:
    """The least threshold that so many members may have."""
    return members // 2 + 1


def draft_charter(
    *,
    id: str,
    version: int,
    now: int,
    exp: int,
    name: str,
    members: Sequence[Member],
    threshold: int,
    terms_sha256: bytes,
) -> bytes:
    """The envelope of a charter that nobody signed yet (envelope.add_signature). Members may come in any order.

    Raises Refused for claims that no member would take, whoever signs them.
    """
    listed = [
        {"node_id": one.node_id, "seat": one.seat.jwk(), "fingerprint": b64(one.fingerprint.to_bytes())}
        for one in sorted(members, key=lambda one: one.node_id)
    ]
    claims = {
        "id": id,
        "version": version,
        "iat": now,
        "exp": exp,
        "name": clean(name),
        "members": listed,
        "threshold": threshold,
        "terms_sha256": b64(terms_sha256),
    }
    drafted = dsse.sign(dsse.CHARTER, dumps(claims), [])
    read_draft(drafted)
    return drafted


def read_draft(envelope: bytes) -> Charter:
    """What a charter says, whoever signed it: for those who are asked to sign it, never to be believed.

    Refused: malformed, too-large, untrusted (another kind of document).
    """
    opened = dsse.open_envelope(envelope)
    if opened.payload_type != dsse.CHARTER:
        raise Refused("untrusted", "the envelope holds another kind of document")
    try:
        claims = msgspec.convert(parse(opened.payload, limit=DOCUMENT_LIMIT), _Claims)
    except msgspec.ValidationError as error:  # names the member, never its value
        raise Refused("malformed", f"charter: {error}") from error
    return _charter(claims, opened.payload, envelope)


def read_charter(envelope: bytes) -> Charter:
    """A charter that is whole in itself and signed by the threshold of its own seats: for one that we accepted and stored.

    Refused: malformed, too-large, untrusted. Times and versions are not judged.
    """
    charter = read_draft(envelope)
    if charter.missing():
        raise Refused("untrusted", "not signed by the threshold of its own seats")
    return charter


def accept_charter(held: Charter | None, envelope: bytes, now: int, *, latest: bool = True) -> Charter:
    """The charter in the envelope, judged against the one we hold (None: a first one, which a person has looked at).

    The very document that we hold is accepted again. `latest` False is for versions on the way up: their ends are not judged.
    Refused: malformed, too-large, untrusted, clock-skew, expired, version-conflict (another id, rolled back, a gap, or another
    document of the version held).
    """
    new = read_charter(envelope)
    if held is not None and new.payload == held.payload:
        return held
    if held is not None:
        _judge_succession(held, new)
    dsse.judge_times({"iat": new.iat, "exp": new.exp}, now, ended=latest)
    if held is not None and (new.id != held.id or new.version != held.version + 1):
        raise Refused("version-conflict", f"charter {new.version} where {held.version + 1} was due")
    return new


def judge_conflict(held: Charter, before: Charter | None, envelope: bytes) -> Charter:
    """The other charter of the version held, where those who may speak signed two: proof for anybody, whoever brings it.

    `before`: the version before, where we have it; else those of the held one have to have signed both. Refused: malformed,
    too-large, untrusted (it proves nothing), version-conflict (the same one, another id or another version).
    """
    other = read_charter(envelope)
    if (other.id, other.version) != (held.id, held.version) or other.payload == held.payload:
        raise Refused("version-conflict", "not another charter of this version")
    _judge_succession(before or held, other)
    return other


def _judge_succession(before: Charter, new: Charter) -> None:
    if before.missing(new.envelope):
        raise Refused("untrusted", "not signed by the threshold of the seats before")
    owners = {member.seat.kid: member.node_id for member in before.members}
    if any(owners.get(member.seat.kid, member.node_id) != member.node_id for member in new.members):
        raise Refused("untrusted", "a seat has passed to another member")


def _charter(claims: _Claims, payload: bytes, envelope: bytes) -> Charter:
    members = tuple(
        Member(
            node_id(one.node_id),
            PublicKey.from_jwk(one.seat),
            Fingerprint.from_bytes(unb64(one.fingerprint, length=_FINGERPRINT)),
        )
        for one in claims.members
    )
    names = [member.node_id for member in members]
    if names != sorted(set(names)):
        raise Refused("malformed", "members stand in the order of their node ids, each once")
    if len({member.seat for member in members}) != len(members):
        raise Refused("malformed", "one seat for two members")
    if not majority(len(members)) <= claims.threshold <= len(members):
        raise Refused("malformed", "a threshold that is not above half of the members, or above all")
    if not 0 <= claims.iat < claims.exp <= claims.iat + CHARTER_LIFE:
        raise Refused("malformed", "a charter lives 400 days at most")
    name = clean(claims.name)
    if not name:
        raise Refused("malformed", "a charter has a name")
    unb64(claims.id, length=16)
    return Charter(
        id=claims.id,
        version=claims.version,
        iat=claims.iat,
        exp=claims.exp,
        name=name,
        members=members,
        threshold=claims.threshold,
        terms_sha256=unb64(claims.terms_sha256, length=32),
        payload=payload,
        envelope=envelope,
    )
