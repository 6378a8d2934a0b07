# SPDX-License-Identifier: AGPL-3.0-or-later
"""What we know of a peer and what it may do: pure judgement, an old view and bytes and a time to a new view.

A peer is met by the fingerprint that people compared, stands in one peering at a time (peerings.py), and can
be paused by either side at once. `may` is the one guard before every route; it answers from the view alone,
and to a stranger as to one whose peering ended.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Self

from .errors import Refused
from .identity import Identity, accept_identity
from .invitations import Fingerprint
from .manifest import KeyRing, Manifest, accept_manifest, speaks
from .peerings import Peering
from .wire import DAY, TOPICS

PARTING: Final = 90 * DAY
"""Seconds that the door for receipts of an end stays open beyond the hours that an erasure may take."""


class State(StrEnum):
    """Where a peering stands. Without any, or past its end, a peer is `ended`: nothing is shared."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Extent(StrEnum):
    """How much of a feed a peer gets: everything, or leaves and control bodies so that it can honour
    withdrawals."""

    FULL = "full"
    CONTROLS = "controls"


class Route(StrEnum):
    """The doors of the protocol (decision 9)."""

    WELL_KNOWN = "well-known"
    IDENTITY = "identity"
    CHARTER = "charter"
    HEADS = "heads"
    ENTRIES = "entries"
    SEEN = "seen"
    PEERINGS = "peerings"
    LETTERS = "letters"
    CONCERNS = "concerns"
    RECEIPTS = "receipts"
    REACH = "reach"


@dataclass(frozen=True, slots=True)
class PeerView:
    """A peer as we know it. Every field is what was judged and accepted; nothing here came unverified.

    `proposal` is a peering that not both have signed; `granted` are the topics that we ever granted this
    peer, whose withdrawals it still has to hear of; `frozen` is set by a proof that its log forked (decision
    11); `ended_at` (Unix seconds) is when one of the two ended the peering, where `ended` is set.
    """

    node_id: str
    identity: Identity
    manifest: Manifest
    peering: Peering | None = None
    proposal: Peering | None = None
    paused_here: bool = False
    paused_there: bool = False
    frozen: bool = False
    ended: bool = False
    granted: frozenset[str] = field(default_factory=frozenset)
    ended_at: int | None = None

    def state(self, now: int) -> State:
        """The state at a time (Unix seconds)."""
        if not self.ended and self.peering is not None and self.peering.stands(now):
            paused = self.paused_here or self.paused_there or self.frozen
            return State.PAUSED if paused else State.ACTIVE
        if self.proposal is not None and now <= self.proposal.exp:
            return State.PROPOSED
        return State.ENDED

    def stale(self, now: int) -> bool:
        """Whether identity or manifest is past its time: new peerings and letters stop (decision 2)."""
        return self.identity.expired(now) or self.manifest.expired(now)

    def ring(self) -> KeyRing:
        """This peer's keys."""
        return KeyRing([(self.identity, self.manifest)])

    def pause(self, *, here: bool | None = None, there: bool | None = None) -> Self:
        """The view with a pause set or lifted: ours, theirs. It needs nobody (decision 21)."""
        return replace(
            self,
            paused_here=self.paused_here if here is None else here,
            paused_there=self.paused_there if there is None else there,
        )

    def freeze(self, frozen: bool = True) -> Self:
        """The view with a freeze set or, by the local operator after a new epoch, lifted."""
        return replace(self, frozen=frozen)

    def decline(self) -> Self:
        """The view without the proposal: declined, or withdrawn by us."""
        return replace(self, proposal=None)

    def end(self, at: int | None = None) -> Self:
        """The view with its peering ended, at `at`. Another one begins with a new version."""
        return replace(self, ended=True, proposal=None, ended_at=at)

    def parting(self, now: int) -> int | None:
        """Until when (Unix seconds) a peer whose peering is over may still say that it deleted what it had: the hours that
        an erasure may take, and 90 days. None while it is in force, and where there was none or nothing is to be deleted."""
        if self.peering is None or self.peering.on_end != "delete" or self.state(now) in (State.ACTIVE, State.PAUSED):
            return None
        at = self.ended_at if self.ended else self.peering.exp
        return None if at is None else at + self.peering.erasure_sla_h * 3600 + PARTING

    def reads(self, us: str, now: int) -> frozenset[str]:
        """The topics that we may read from this peer at a time; none unless the peering is active."""
        return self.peering.topics(self.node_id, us) if self.peering and self._active(now) else frozenset()

    def shares(self, us: str, now: int) -> frozenset[str]:
        """The topics whose bodies this peer may read from us at a time; none unless the peering is active."""
        return self.peering.topics(us, self.node_id) if self.peering and self._active(now) else frozenset()

    def _active(self, now: int) -> bool:
        return self.state(now) is State.ACTIVE


def meet(node_id: str, identity: bytes, manifest: bytes, *, fingerprint: Fingerprint, now: int) -> PeerView:
    """A peer that we meet for the first time, whose roots are those that were read out on the checking call.

    Refused: untrusted where the fingerprint differs, and whatever the two documents are refused for.
    """
    accepted = accept_identity(None, identity, now, node_id=node_id)
    if Fingerprint.of(accepted) != fingerprint:
        raise Refused("untrusted", "the roots are not those of the fingerprint")
    return PeerView(node_id, accepted, accept_manifest(accepted, None, manifest, now))


def renew(view: PeerView, now: int, *, identities: tuple[bytes, ...] = (), manifest: bytes | None = None) -> PeerView:
    """The view with newer documents: every identity version since ours, in order, and the manifest.

    Only the last identity has to be within its time. All or nothing. Refused as accept_identity and
    accept_manifest; version-conflict for a manifest that no longer speaks what the peering asks for.
    """
    identity = view.identity
    for place, envelope in enumerate(identities, start=1):
        latest = place == len(identities)
        identity = accept_identity(identity, envelope, now, node_id=view.node_id, latest=latest)
    if manifest is None:
        if identity.version != view.identity.version:
            raise Refused("version-conflict", "a new identity needs a manifest that names it")
        return view
    newer = accept_manifest(identity, view.manifest, manifest, now)
    if view.peering is not None and not view.ended and not speaks(newer.protocols, view.peering.min_protocol):
        raise Refused("version-conflict", "a manifest without the protocol that the peering asks for")
    return replace(view, identity=identity, manifest=newer)


def adopt(view: PeerView, peering: Peering, us: Identity) -> PeerView:
    """The view with a judged peering (peerings.judge): in force where both signed it, else as a proposal.

    A newer proposal replaces an older one of the same side; where both sides proposed, the one of the lower
    node id stands, so that both come to the same. Only the proposal that stands comes into force: one that
    we declined or took back does not, though both signatures are good. Refused: version-conflict.
    """
    if set(peering.parties) != {view.node_id, us.node_id}:
        raise ValueError("a peering of other nodes")
    held = view.proposal
    if not peering.complete:
        if held is not None and (held.parties[0], -held.iat) < (peering.parties[0], -peering.iat):
            raise Refused("version-conflict", "another proposal stands")
        return replace(view, proposal=peering)
    if view.peering is not None and view.peering.payload == peering.payload:
        return view
    if held is None or held.payload != peering.payload:
        raise Refused("version-conflict", "not the proposal that stands")
    granted = view.granted | peering.topics(us.node_id, view.node_id)
    return replace(view, peering=peering, proposal=None, ended=False, ended_at=None, granted=granted)


_PUBLIC: Final = frozenset({Route.WELL_KNOWN, Route.IDENTITY})
_PAUSED: Final = frozenset({Route.HEADS, Route.ENTRIES, Route.SEEN, Route.CONCERNS, Route.RECEIPTS, Route.REACH})


def may(view: PeerView | None, route: Route, topic: str | None, now: int, *, us: str) -> Extent:
    """The one guard: how much this peer gets at this route, for entries on this topic, or Refused.

    `view` is None for a node that we do not know; `us` is our node id. Public routes are open to all,
    peerings to whoever is not paused. A paused peer gets heads, leaves and control bodies, may raise a concern,
    answer for an erasure and ask what we saw of itself; so may an active one on a topic that it was granted
    before. One whose peering ended may say for a while that it deleted what it had (`PeerView.parting`). Refused:
    peer-ended, peer-paused, expired (their documents), scope-denied, not-found (no such topic).
    """
    if route in _PUBLIC:
        return Extent.FULL
    state = State.ENDED if view is None else view.state(now)
    if view is not None and state is State.PAUSED and route not in _PAUSED:
        raise Refused("peer-paused", f"{route} while paused")
    if route is Route.PEERINGS:
        if view is not None and view.stale(now):
            raise Refused("expired", "the peer's identity or manifest is past its time")
        return Extent.FULL
    if view is not None and route is Route.RECEIPTS and now <= (view.parting(now) or 0):
        return Extent.CONTROLS
    if view is None or state in (State.ENDED, State.PROPOSED):
        raise Refused("peer-ended", f"{route} without a peering in force")
    if route is Route.LETTERS and view.stale(now):
        raise Refused("expired", "the peer's identity or manifest is past its time")
    if route is Route.ENTRIES:
        return _extent(view, topic, now, us)
    return Extent.FULL if state is State.ACTIVE else Extent.CONTROLS


def grant(view: PeerView, topic: str, now: int, *, us: str) -> Extent | None:
    """What `heads` tells this peer of a topic; None where the topic is not for it at all."""
    try:
        return may(view, Route.ENTRIES, topic, now, us=us)
    except Refused:
        return None


def _extent(view: PeerView, topic: str | None, now: int, us: str) -> Extent:
    if topic not in TOPICS:
        raise Refused("not-found", "no such topic")
    if topic in view.shares(us, now):
        return Extent.FULL
    if topic in view.granted:
        return Extent.CONTROLS
    raise Refused("scope-denied", f"{topic} is not granted")
