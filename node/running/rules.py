# SPDX-License-Identifier: AGPL-3.0-or-later
"""From when on something wants a look, and what a code of the mail server means. Pure."""

from __future__ import annotations

from typing import Final

from node.running.shapes import KeysDraft
from node.words import _, n_

DAY: Final = 86_400
IDENTITY_SOON: Final = 90 * DAY
"""Seconds before its end at which an identity should be renewed: it takes a person with a root key, or several."""
MANIFEST_SOON: Final = 15 * DAY
"""A manifest is renewed by itself 20 days before its end; 5 days later nobody has done it."""
BACKUP_OLD: Final = 2 * DAY
"""Seconds after which a newer backup should have been made."""
CHECK_AGAIN: Final = 100 * DAY
"""Seconds after which a restore should be tried again."""
LATE: Final = 15 * 60
"""Seconds for which something that is due may wait."""
SILENT: Final = 3600
"""Seconds for which a neighbour may be silent."""
KEYS_AGAIN: Final = 180 * DAY
"""Seconds after which somebody looks again whether the paper key is where it is said to be."""
PICKED_UP: Final = 2 * 60
"""Seconds in which a running node picks up a test mail."""
PLACE_LONGEST: Final = 200
HOLDER_LONGEST: Final = 120


def keys_faults(draft: KeysDraft) -> dict[str, str]:
    """What to put right of a statement about the paper key, every field at once."""
    faults = {}
    if not draft.place.strip() or len(draft.place) > PLACE_LONGEST:
        faults["place"] = _("Say where it is, in up to {limit} characters.", limit=PLACE_LONGEST)
    if not draft.holder.strip() or len(draft.holder) > HOLDER_LONGEST:
        faults["holder"] = _("Say who holds it, in up to {limit} characters.", limit=HOLDER_LONGEST)
    if not draft.seen:
        faults["seen"] = _("Tick this once somebody has seen it there.")
    return faults


def trouble(code: str) -> str:
    """Why mail did not leave, in words with what to do."""
    kind, _dash, number = code.partition("-")
    if code in ("", "unreachable"):
        return _("The mail server did not answer. Look at its name and port in the settings, and whether it runs.")
    if code == "expired":
        return _("It waited until it was too old to be of use.")
    if kind != "smtp" or not number.isdecimal():
        return _("It stopped with: {code}.", code=code)
    if number in ("530", "534", "535", "538"):
        return _("The mail server did not take our name and password ({code}).", code=number)
    if number in ("550", "551", "553"):
        return _(
            "The mail server knows no such mailbox, or doesn’t let us write from our address ({code}).", code=number
        )
    if number == "552":
        return _("The mailbox is full ({code}).", code=number)
    if number.startswith("4"):
        return _("The mail server asked us to come back later ({code}). We do.", code=number)
    return _("The mail server refused it ({code}).", code=number)


def long(seconds: int) -> str:
    """A stretch of time in its largest unit."""
    if seconds >= DAY:
        return n_("{count} day", "{count} days", seconds // DAY)
    if seconds >= 3600:
        return n_("{count} hour", "{count} hours", seconds // 3600)
    return n_("{count} minute", "{count} minutes", max(1, seconds // 60))


def listed(names: list[str]) -> str:
    """Names in a sentence."""
    if len(names) < 2:
        return "".join(names)
    return _("{first} and {last}", first=", ".join(names[:-1]), last=names[-1])
