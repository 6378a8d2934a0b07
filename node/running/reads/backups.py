# SPDX-License-Identifier: AGPL-3.0-or-later
"""How backups go, for the pages: when the newest was made, and when somebody last tried to put one back.

The folder is looked into each time. Where several machines share the work, it may lie where this one can't see it: then that is
said, and not that there is none.
"""

from __future__ import annotations

from typing import Literal

from node.dates import date_long
from node.here import Here
from node.running.rules import BACKUP_OLD, CHECK_AGAIN
from node.words import _

State = Literal["done", "todo", "look", "yourself"]


def backups(here: Here) -> tuple[State, str, str]:
    """How it stands, in words, and the next step ("" where there is none)."""
    found = here.machine.backups() if here.machine.backups else None
    if found is not None and not found.locked:
        words = _("None can be made: there is no key yet to lock it with.")
        return "todo", words, _("At the machine: commoncare backup key")
    if found is None or not found.seen:
        words = _("Their folder can’t be seen from here, so this page can’t say when the newest was made.")
        return "yourself", words, _("At the machine: commoncare doctor")
    if found.newest is None:
        return "todo", _("None was made yet."), _("At the machine: commoncare backup")
    newest = date_long(found.newest)
    if here.now - found.newest > BACKUP_OLD:
        words = _("The newest is of {day}.", day=newest)
        return "look", words, _("One should be made each night. At the machine: commoncare backup")
    if found.tried is None:
        words = _("The newest is of {day}. Nobody has tried yet whether one can be put back.", day=newest)
        return "todo", words, _("With the backup key at hand, at the machine: commoncare restore --check")
    tried = date_long(found.tried)
    words = _("The newest is of {day}. Putting one back was last tried on {tried}.", day=newest, tried=tried)
    if here.now - found.tried > CHECK_AGAIN:
        return "look", words, _("With the backup key at hand, at the machine: commoncare restore --check")
    return "done", words, ""
