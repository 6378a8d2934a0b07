# SPDX-License-Identifier: AGPL-3.0-or-later
"""How we stand with a neighbour co-op, in words with the next step: for its operator's pages and for a look at how it goes.

Every code of the protocol that an operator can do something about has its own sentence; any other is shown as it is, for whoever
rings us about it.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from node.dates import date_long, moment
from node.peers.rules import ERASURE_OVERDUE
from node.peers.shapes import PeerDetail
from node.words import N_, _

DAY: Final = 86_400
SILENT: Final = 3600
"""Seconds for which a neighbour may be silent before we say so."""
PAPERS_SOON: Final = 7 * DAY
"""A neighbour renews its papers by itself well before this."""
PEERING_SOON: Final = 60 * DAY

TOPICS: Final = {
    "peer-support": N_("peer-support offers"),
    "availability": N_("workers’ availability"),
    "metrics": N_("anonymous figures"),
    "trust": N_("news of its own keys"),
}
_WHY: Final = {
    "signature-invalid": N_("The invitation was used already, is too old, or was not for us. Ask them for a new one."),
    "untrusted": N_("Their keys are not those that the invitation names. Ring them before you do anything else."),
    "expired": N_("Their papers have run out. Their node renews them when it runs."),
    "peer-ended": N_("They ended this."),
    "peer-paused": N_("They pause it."),
}
TRIED_AGAIN: Final = frozenset({"unreachable", "timeout", "busy", "unavailable", "too-many", "internal", "bad-answer"})
"""Codes after which we try again by ourselves."""


class Standing(Struct, frozen=True, kw_only=True):
    """How we stand with one neighbour. `well`: nothing has to be done; `tag`: a word or two; `kind`: a tag's colour."""

    well: bool
    tag: str
    kind: str
    words: str
    next_step: str = ""


def standing(peer: PeerDetail, *, now: int) -> Standing:
    """What matters most first: a forked log, an end, what waits for us, a pause, silence, papers that run out."""
    if peer.frozen:
        return Standing(
            well=False,
            tag=_("Stopped"),
            kind="error",
            words=_("It showed two different logs, so nothing more of it is taken."),
            next_step=_("Ring them. If they can't say why, end it."),
        )
    if peer.state == "ended":
        return Standing(well=True, tag=_("Ended"), kind="", words=_("Nothing is shared, in either direction."))
    if peer.state == "proposed":
        return _proposed(peer)
    if peer.state == "paused":
        return _paused(peer)
    return _active(peer, now)


def _proposed(peer: PeerDetail) -> Standing:
    if peer.why and peer.why not in TRIED_AGAIN:
        return Standing(
            well=False, tag=_("Not yet"), kind="error", words=why(peer.why), next_step=_("Nothing is shared yet.")
        )
    if peer.asked_by_us:
        words = _("We took their invitation. They confirm it once they have compared the words with you.")
        if peer.failing_since is not None or peer.why:
            words += " " + _("Their computer has not answered yet. We keep trying.")
        return Standing(
            well=True,
            tag=_("Waiting for them"),
            kind="waiting",
            words=words,
            next_step=_("Ring them, and read them our words."),
        )
    return Standing(
        well=False,
        tag=_("Waiting for you"),
        kind="waiting",
        words=_("They took our invitation and ask for a yes. Nothing is shared before you give it."),
        next_step=_("Ring them on a number you know, compare the words, and confirm."),
    )


def pause_reason(peer: PeerDetail) -> str:
    """Why we paused or ended it, as a person wrote it or as we say it for what no person set."""
    if peer.pause_reason == ERASURE_OVERDUE:
        return _("It owes us word of an erasure.")
    return peer.pause_reason


def _paused(peer: PeerDetail) -> Standing:
    if peer.paused_here and peer.pause_reason == ERASURE_OVERDUE:
        return Standing(
            well=False,
            tag=_("Paused"),
            kind="error",
            words=_("It has not said in time that it erased what we asked it to, so nothing is shared with it."),
            next_step=_("Ring them: once their node runs, it answers by itself. Then resume it."),
        )
    if peer.paused_here and peer.paused_there:
        words = _("Both of us pause it.")
    elif peer.paused_here:
        words = _("We pause it. Nothing is shared; withdrawals and worries still pass.")
    else:
        words = _("They pause it. Nothing is shared; withdrawals and worries still pass.")
    step = _("Resume it when what made you pause is settled.") if peer.paused_here else _("Ring them and ask.")
    return Standing(well=True, tag=_("Paused"), kind="waiting", words=words, next_step=step)


def _active(peer: PeerDetail, now: int) -> Standing:
    tag, kind = _("In force"), "settled"
    if peer.failing_since is not None and now - peer.failing_since > SILENT:
        words = _("It can't be reached since {moment}. We keep trying.", moment=moment(peer.failing_since))
        step = _("Ring them: is their computer on?")
        return Standing(well=False, tag=_("Silent"), kind="error", words=words, next_step=step)
    papers = min(peer.identity_expires, peer.manifest_expires)
    if papers <= now:
        words = _("Its papers ran out on {day}, so nothing is exchanged.", day=date_long(papers))
        step = _("Ring them: their node has to run to renew them.")
        return Standing(well=False, tag=_("Out of date"), kind="error", words=words, next_step=step)
    if papers - now <= PAPERS_SOON:
        words = _("Its papers run out on {day}.", day=date_long(papers))
        return Standing(well=False, tag=tag, kind=kind, words=words, next_step=_("Ring them before then."))
    if peer.peering_expires is not None and peer.peering_expires - now <= PEERING_SOON:
        words = _("What we agreed runs out on {day}.", day=date_long(peer.peering_expires))
        step = _("Agree anew: one of you invites the other again.")
        return Standing(well=False, tag=tag, kind=kind, words=words, next_step=step)
    words = (
        _("Last heard of {moment}.", moment=moment(peer.last_contact)) if peer.last_contact else _("Not heard of yet.")
    )
    return Standing(well=True, tag=tag, kind=kind, words=words)


def why(code: str) -> str:
    """A code of the protocol as an operator can use it."""
    return _(_WHY[code]) if code in _WHY else _("It stopped with: {code}.", code=code)


def topics(codes: list[str]) -> list[str]:
    """What one side gives, in words."""
    return [_(TOPICS[code]) if code in TOPICS else code for code in codes]
