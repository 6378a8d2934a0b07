# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the charter stands, in words with the next step: for its page and for the look at how the node goes."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from federation.charter import LOUD_AFTER
from node.charter.shapes import CharterDetail, CharterView, Doubt
from node.dates import date_long
from node.words import _, n_

DAY: Final = 86_400
RENEW: Final = "commoncare charter propose renewal.json"


class Standing(Struct, frozen=True, kw_only=True):
    """`well`: nothing has to be done; `tag`: a word or two; `kind`: a tag's colour."""

    well: bool
    tag: str
    kind: str
    words: str
    next_step: str = ""


def standing(detail: CharterDetail, *, now: int) -> Standing | None:
    """What matters most first; None while there is no charter."""
    held = detail.held
    if held is None:
        return None
    if detail.state == "frozen":
        return _frozen(detail)
    if detail.state == "left-out":
        words = _("Version {version} does not list us any more.", version=held.version)
        step = _("Ring the others. If you agree, leave it here: {command}", command="commoncare charter leave")
        return Standing(well=False, tag=_("Without us"), kind="error", words=words, next_step=step)
    if detail.state in ("over", "stopped"):
        return _over(held, stopped=detail.state == "stopped")
    if detail.doubts:
        return _doubted(detail.doubts[0])
    if detail.state == "ends-soon":
        return _soon(held, now)
    words = _("It stands until {day}.", day=date_long(held.expires))
    return Standing(well=True, tag=_("In force"), kind="settled", words=words)


def _frozen(detail: CharterDetail) -> Standing:
    marks = ", ".join(one.mark for one in detail.rivals)
    return Standing(
        well=False,
        tag=_("Stopped"),
        kind="error",
        words=_("Members signed two different charters of one version: {marks}. Nothing newer is taken.", marks=marks),
        next_step=_(
            "Ring the other members and agree on one of them. Then choose it: {command}",
            command="commoncare charter choose",
        ),
    )


def _over(held: CharterView, *, stopped: bool) -> Standing:
    words = _("It ran out on {day}. Members stay, and what you share with them goes on.", day=date_long(held.expires))
    if stopped:
        words += " " + _("Measurements that members make together have stopped.")
    else:
        last = date_long(held.expires + LOUD_AFTER)
        words += " " + _("Measurements that members make together stop on {day}.", day=last)
    return Standing(well=False, tag=_("Out of date"), kind="error", words=words, next_step=_renew())


def _soon(held: CharterView, now: int) -> Standing:
    days = max(1, (held.expires - now) // DAY)
    words = n_(
        "It ends in {count} day, on {day}.", "It ends in {count} days, on {day}.", days, day=date_long(held.expires)
    )
    return Standing(well=False, tag=_("Ends soon"), kind="waiting", words=words, next_step=_renew())


def _renew() -> str:
    return _("One of you draws up a renewal, and enough of you sign it: {command}", command=RENEW)


def _doubted(doubt: Doubt) -> Standing:
    return Standing(
        well=False,
        tag=_("In force"),
        kind="waiting",
        words=doubt_words(doubt),
        next_step=_("Ring them, and compare the marks of what you hold."),
    )


def doubt_words(doubt: Doubt) -> str:
    """What a neighbour says of the charter, without proof."""
    return _("{name} holds another charter than ours, and does not show one that we could take.", name=doubt.name)


def member_words(state: str) -> str:
    """How we stand with a member."""
    words = {
        "": _("We share nothing with them. You can invite them."),
        "proposed": _("One of us has asked the other to share."),
        "active": _("We share with each other."),
        "paused": _("Sharing is paused."),
        "ended": _("We no longer share anything. You can invite them again."),
    }
    return words.get(state, state)
