# SPDX-License-Identifier: AGPL-3.0-or-later
"""Why anything is kept: one table, read from `purposes.yaml`, from which the page and the record of processing are made.

A purpose without its lawful basis, or one about health without its condition, is refused when the file is read: nothing is kept
for a reason that nobody can name. The legal reading in it is a template that a co-op goes through with somebody who knows.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec
import yaml
from msgspec import Struct

FILE = "purposes.yaml"


class Purpose(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One purpose. `article6`: the lawful basis; `article9`: the condition where health or the like is in it, else "".

    `consent`: it rests on the person's own yes, which they can take back at `stop` (a page of ours).
    """

    name: str
    what: str
    why: str
    who: str
    how_long: str
    article6: str
    article9: str = ""
    consent: bool = False
    stop: str = ""


class Purposes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of them, and the name of the regulator to whom anybody can complain."""

    regulator: str
    purposes: list[Purpose]


@cache
def known() -> Purposes:
    """The table. Raises ValueError (msgspec.ValidationError) for a file that leaves a purpose without its basis."""
    return judged(yaml.safe_load(files("node.front").joinpath(FILE).read_text(encoding="utf-8")))


def judged(raw: object) -> Purposes:
    """The table out of what a file holds. Raises ValueError."""
    found = msgspec.convert(raw, Purposes)
    for each in found.purposes:
        if not each.article6.strip():
            raise ValueError(f"the purpose {each.name!r} has no lawful basis")
        if each.consent and not each.stop.startswith("/"):
            raise ValueError(f"the purpose {each.name!r} rests on consent, and no page says where it is taken back")
    return found
