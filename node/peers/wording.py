# SPDX-License-Identifier: AGPL-3.0-or-later
"""How we stand with a neighbour co-op, in words with the next step: for its operator's pages and for a look at how it goes.

Every code of the protocol that an operator can do something about has its own sentence; any other is shown as it is, for whoever
rings us about it.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from node.dates import date_long, moment
from node.peers import leaving_words
from node.peers.rules import CHARTER_DROPPED, ERASURE_OVERDUE, UNINVITED
from node.peers.shapes import PeerDetail
from node.words import N_, _, n_

DAY: Final = 86_400
SILENT: Final = 3600
"""Seconds for which a neighbour may be silent before we say so."""
PAPERS_SOON: Final = 7 * DAY
"""A neighbour renews its papers by itself well before this."""
PEERING_SOON: Final = (60 * DAY, 30 * DAY, 7 * DAY)
RED: Final = 30 * DAY
"""Seconds for which an end that nobody answered for asks for something to be done; after that it is only told."""

TOPICS: Final = leaving_words.TOPICS
_WHY: Final = {
    "signature-invalid": N_("The invitation was used already, is too old, or was not for us. Ask them for a new one."),
    UNINVITED: N_("The invitation was used already, is too old, or was not for us. Ask them for a new one."),
    "untrusted": N_("Their keys are not those that the invitation names. Ring them before you do anything else."),
    "expired": N_("Their papers have run out. Their node renews them when it runs."),
    "peer-ended": N_("They ended this."),
    "peer-paused": N_("They pause it."),
}
PAUSED: Final = {
    "repair": N_("The computer is being repaired or moved."),
    "people": N_("Nobody is there to look after it for now."),
    "talk": N_("The two co-ops want to talk about something first."),
    "safety": N_("It is about somebody’s safety."),
    "erasure": N_("An erasure was not answered in time."),
    "fork": N_("A log showed two histories."),
    "other": N_("No reason is given."),
}
"""Why one co-op pauses another, by the code that crosses, in words for either side and their members."""
_OUTCOMES: Final = {
    "declined": N_("{name} said no to the terms that we proposed. What was agreed goes on."),
    "taken-back": N_("{name} took back the terms that they had proposed. What was agreed goes on."),
    "crossed": N_("Both of you proposed something at the same time. What {name} proposed stands; ours is gone."),
    "too-late": N_("{name} took their proposal back before our yes reached them. What was agreed goes on."),
}
TRIED_AGAIN: Final = frozenset({"unreachable", "timeout", "busy", "unavailable", "too-many", "internal", "bad-answer"})
"""Codes after which we try again by ourselves."""
DOUBTED: Final = frozenset({"version-conflict", "untrusted", "bad-answer", "malformed"})
"""Codes of what a neighbour in force said that can't be believed: it answers, so it is not silent."""


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
        return _ended(peer, now)
    if peer.state == "proposed":
        return _proposed(peer)
    if peer.state == "paused":
        return _paused(peer)
    return _active(peer, now)


def _ended(peer: PeerDetail, now: int) -> Standing:
    """Who ended it, and whether they said that they deleted what they had."""
    ended = {
        "us": N_("We ended it. Nothing is shared, in either direction."),
        "them": N_("They ended it. Nothing is shared, in either direction."),
        "time": N_("What we agreed ran out on {day}. Nothing is shared, in either direction."),
    }
    if peer.outcome == "declined":
        return Standing(
            well=True, tag=_("Not begun"), kind="", words=_("They said no to our asking. Nothing was shared.")
        )
    if peer.outcome == "too-late":
        words = _("They took back what they asked before our yes reached them. Nothing is shared.")
        return Standing(well=True, tag=_("Not begun"), kind="", words=words)
    words = _(
        ended.get(peer.ended_by, N_("Nothing is shared, in either direction.")),
        day=date_long(peer.peering_expires or 0),
    )
    if peer.receipt_due is None or peer.agreed is None:
        return Standing(well=True, tag=_("Ended"), kind="", words=words)
    if peer.receipt_at is not None:
        said = _("They say that they deleted what we gave them, {moment}.", moment=moment(peer.receipt_at))
        return Standing(well=True, tag=_("Ended"), kind="", words=f"{words} {said}")
    if now <= peer.receipt_due:
        said = _(
            "They have until {moment} to say that they deleted what we gave them.", moment=moment(peer.receipt_due)
        )
        return Standing(well=True, tag=_("Ended"), kind="waiting", words=f"{words} {said}")
    said = _(
        "They have not said that they deleted what we gave them. It was due {moment}.", moment=moment(peer.receipt_due)
    )
    return Standing(
        well=now > peer.receipt_due + RED,
        tag=_("Overdue"),
        kind="error",
        words=f"{words} {said}",
        next_step=_("Ring them, and ask them to let their node run: it says so by itself."),
    )


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
    if peer.pause_reason == CHARTER_DROPPED:
        return _("A new version of the charter leaves it out.")
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
    if peer.paused_here and peer.pause_reason == CHARTER_DROPPED:
        return Standing(
            well=False,
            tag=_("Paused"),
            kind="waiting",
            words=_("A new version of the charter leaves it out, so nothing is shared with it."),
            next_step=_("If your co-op goes on sharing with it all the same, resume it. Else end it."),
        )
    given = [told(code, words) for code, words in ((peer.paused_why, peer.paused_words),) if peer.paused_there and code]
    if peer.paused_here and peer.paused_there:
        words = _("Both of us pause it.")
    elif peer.paused_here:
        words = _("We pause it. Nothing is shared; withdrawals and worries still pass.")
    else:
        words = _("They pause it. Nothing is shared; withdrawals and worries still pass.")
    step = _("Resume it when what made you pause is settled.") if peer.paused_here else _("Ring them and ask.")
    return Standing(well=True, tag=_("Paused"), kind="waiting", words=" ".join([words, *given]), next_step=step)


def _active(peer: PeerDetail, now: int) -> Standing:
    tag, kind = _("In force"), "settled"
    if peer.failing_since is not None and peer.why in DOUBTED:
        words = _(
            "What its computer says can't be right, so nothing new of it is taken since {moment}.",
            moment=moment(peer.failing_since),
        )
        step = _("Ring them on a number you know, and tell them this: {code}.", code=peer.why)
        return Standing(well=False, tag=_("In doubt"), kind="error", words=words, next_step=step)
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
    if peer.proposal is not None and not peer.proposal.ours and not peer.proposal.signed:
        words = _("They propose other terms. What was agreed goes on until you say yes.")
        step = _("Look at the old and the new side by side.")
        return Standing(well=False, tag=_("Waiting for you"), kind="waiting", words=words, next_step=step)
    if peer.peering_expires is not None and peer.peering_expires - now <= PEERING_SOON[0]:
        return _running_out(peer, now, peer.peering_expires)
    words = (
        _("Last heard of {moment}.", moment=moment(peer.last_contact)) if peer.last_contact else _("Not heard of yet.")
    )
    return Standing(well=True, tag=tag, kind=kind, words=words)


def _running_out(peer: PeerDetail, now: int, ends: int) -> Standing:
    """60, 30 and 7 days before the end, ever more plainly."""
    days = max(0, -(-(ends - now) // DAY))
    words = n_(
        "What we agreed runs out on {day}, in {count} day. Then everything that either gave is deleted.",
        "What we agreed runs out on {day}, in {count} days. Then everything that either gave is deleted.",
        days,
        day=date_long(ends),
    )
    if peer.proposal is not None:
        step = _("We have proposed to go on. Ask them to say yes.")
    elif ends - now > PEERING_SOON[1]:
        step = _("Propose new terms, and talk about them.")
    elif ends - now > PEERING_SOON[2]:
        step = _("Propose new terms now. They have to say yes as well.")
    else:
        step = _("Propose new terms today, and ring them.")
    kind = "error" if ends - now <= PEERING_SOON[2] else "waiting"
    return Standing(well=False, tag=_("Runs out"), kind=kind, words=words, next_step=step)


def told(code: str, words: str) -> str:
    """Why a node pauses another, as it says so: a code of the protocol, and words of its operator or none."""
    why = _(PAUSED.get(code, PAUSED["other"]))
    return f"{why} {quoted(words)}" if words else why


def quoted(words: str) -> str:
    return _("They write: “{words}”", words=words)


def outcome(peer: PeerDetail) -> str:
    """What became of the newest proposal where it came to nothing; "" for nothing to say."""
    return _(_OUTCOMES[peer.outcome], name=peer.name) if peer.outcome in _OUTCOMES else ""


def why(code: str) -> str:
    """A code of the protocol as an operator can use it."""
    return _(_WHY[code]) if code in _WHY else _("It stopped with: {code}.", code=code)


def topics(codes: list[str]) -> list[str]:
    """What one side gives, in words."""
    return [_(TOPICS[code]) if code in TOPICS else code for code in codes]
