# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a charter stands by the calendar, and what may be entered about one. Pure."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterable, Sequence
from typing import Final

from federation.charter import LOUD_AFTER, MAX_MEMBERS, Charter, Member, Seat, majority
from federation.errors import Refused
from federation.wire import DAY, unb64
from node.charter.shapes import State
from node.errors import Invalid

SOON: Final = 60 * DAY
"""Seconds before its end from which a charter counts down: several co-ops have to sign the next."""
TERMS_LENGTH: Final = 10_000
NAME_LENGTH: Final = 120
MARK_LENGTH: Final = 20
"""Of five bits each: two charters of one mark cost somebody who draws both up 2**50 tries, and the first exchange shows them."""


def state(held: Charter | None, *, us: str, frozen: bool, now: int) -> State:
    """How the charter that we hold stands. What stops us most comes first."""
    if held is None:
        return "none"
    if frozen:
        return "frozen"
    if us not in held.node_ids:
        return "left-out"
    if now > held.exp + LOUD_AFTER:
        return "stopped"
    if now > held.exp:
        return "over"
    return "ends-soon" if held.exp - now <= SOON else "in-force"


def metrics_may_run(standing: State) -> bool:
    """Whether what members measure together may run: also for 30 days past the charter's end, never on a disputed list."""
    return standing in ("in-force", "ends-soon", "over")


def mark(digest: str) -> str:
    """What people call one charter document when they compare what they hold: k3tq-aw6d-…, without 0 and 1."""
    signs = b32encode(unb64(digest, length=32)).decode().lower()[:MARK_LENGTH]
    return "-".join(signs[at : at + 4] for at in range(0, MARK_LENGTH, 4))


def same_mark(said: str, mark: str) -> bool:
    """Whether somebody said this mark, in whatever case and groups."""
    return "".join(filter(str.isalnum, said)).lower() == mark.replace("-", "")


def seats(lines: Sequence[str]) -> list[Member]:
    """The members in these lines. Raises Invalid."""
    found = []
    for line in lines:
        try:
            found.append(Seat.from_text(line).member)
        except Refused:
            said = f"{line[:40]} is not the whole line of a seat: it begins with ccseat1-. Copy all of it."
            raise Invalid({"add": said}) from None
    return found


def members_after(held: Charter | None, ours: Member, add: Sequence[Member], drop: Iterable[str]) -> list[Member]:
    """Who belongs after a change: those held without `drop`, with `add`, which takes the place of what stood there before. We
    stand in it as we are now, unless we go. Raises Invalid."""
    gone, found = set(drop), {} if held is None else {member.node_id: member for member in held.members}
    names = {member.node_id for member in add}
    faults = {}
    if held is None:
        found[ours.node_id] = ours
    if strangers := sorted(gone - found.keys()):
        faults["drop"] = f"{', '.join(strangers)[:200]}: not a member."
    if both := sorted(gone & names):
        faults["drop"] = f"{', '.join(both)[:200]}: both added and left out."
    if len(names) != len(add):
        faults["add"] = "One co-op stands there twice."
    if faults:
        raise Invalid(faults)
    found |= {member.node_id: member for member in add}
    if ours.node_id in found:
        found[ours.node_id] = ours
    return [member for name, member in found.items() if name not in gone]


def judge_members(members: Sequence[Member], threshold: int) -> None:
    """Raises Invalid for a list or a threshold that no member would take, every fault at once."""
    faults = {}
    if not 2 <= len(members) <= MAX_MEMBERS:
        faults["add"] = f"A charter has from 2 to {MAX_MEMBERS} members."
    elif not majority(len(members)) <= threshold <= len(members):
        faults["threshold"] = (
            f"With {len(members)} members, from {majority(len(members))} to {len(members)} have to sign."
        )
    if len({member.seat for member in members}) != len(members):
        faults.setdefault("add", "Two co-ops gave the same seat. Each makes its own.")
    if faults:
        raise Invalid(faults)


def a_text(field: str, text: str, longest: int) -> str:
    """Raises Invalid for what is empty or too long."""
    if not text.strip() or len(text) > longest:
        raise Invalid({field: f"Give it in up to {longest} characters."})
    return text.strip()
