# SPDX-License-Identifier: AGPL-3.0-or-later
"""Questions to the halves this co-op holds. Another's half, a silent one and none at all are the same NotFound.

`Words` opens what is sealed in one half, with one key, for one answer. Nothing here changes anything.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import msgspec

from node import database, vault
from node.actor import Actor
from node.database import Read, Row, first, reading, together
from node.errors import NotFound
from node.here import Here
from node.introductions.halves import AskText, Half, owner_of
from node.peers import reads as peers

_COLUMNS = (
    "id, thread, thread_out, side, other_node, person, status, group_offer, silent, hidden, person_gone, asked_at, "
    "answer_by, asker_ref, ask_reached_at, answered_at, both_shared_at, ended_at, ended_how, erase_at, erased_at, "
    "place_taken, had, had_of, review_due_at, lead_told_at, changed_at"
)
_FROM = f"SELECT {_COLUMNS} FROM introduction"  # noqa: S608 - two constants
_FLAGS = ("group_offer", "silent", "hidden", "place_taken")


def as_half(row: dict[str, Any]) -> Half:
    return Half(**{**row, **{flag: bool(row[flag]) for flag in _FLAGS}})


def find(id: str) -> Read[Half | None]:
    """The half of that id, whoever's."""
    return Read(f"{_FROM} WHERE id = {{}}", id, then=lambda found: as_half(found[0]) if found else None)


async def held(id: str) -> Half | None:
    """As `find`, and held until the open transaction ends, so that two deeds on one half follow each other."""
    found = await database.row_for_update(f"{_FROM} WHERE id = {{}}", id)
    return as_half(found) if found else None


async def mine(actor: Actor, id: str) -> Half:
    """The actor's own half. Raises NotFound, alike for another's, a silent one and none."""
    return _own(actor, await find(id))


async def mine_held(actor: Actor, id: str) -> Half:
    """As `mine`, held until the open transaction ends."""
    return _own(actor, await held(id))


def _own(actor: Actor, half: Half | None) -> Half:
    """Raises NotFound, alike for another's, a silent one and none."""
    if half is None or half.person != actor.person or half.silent:
        raise NotFound(cause="no introduction of theirs")
    return half


async def by_thread(source: str, thread: str) -> Half | None:
    """The half to which letters of `source` on `thread` belong; held until the open transaction ends."""
    found = await database.row_for_update(f"{_FROM} WHERE other_node = {{}} AND thread = {{}}", source, thread)
    return as_half(found) if found else None


async def of_thread(source: str, thread: str) -> Half | None:
    """As `by_thread`, to be looked at and not held."""
    found = await database.row(f"{_FROM} WHERE other_node = {{}} AND thread = {{}}", source, thread)
    return as_half(found) if found else None


def of_person(person: str) -> Read[list[Half]]:
    """Every half of a person that they can see, the newest first."""
    return Read(
        f"{_FROM} WHERE person = {{}} AND silent = {{}} ORDER BY asked_at DESC, id",
        person,
        False,
        then=lambda found: [as_half(row) for row in found],
    )


async def open_with(node_id: str) -> list[Half]:
    """Every half that has not ended, silent ones too, whose other half is at this co-op."""
    found = await database.rows(
        f"{_FROM} WHERE other_node = {{}} AND status IN ('waiting', 'accepted', 'sharing', 'shared') ORDER BY id",
        node_id,
    )
    return [as_half(row) for row in found]


async def open_of_person(person: str) -> list[Half]:
    """Every half of a person that has not ended, silent ones too."""
    found = await database.rows(
        f"{_FROM} WHERE person = {{}} AND status IN ('waiting', 'accepted', 'sharing', 'shared') ORDER BY id", person
    )
    return [as_half(row) for row in found]


async def open_asks(person: str) -> int:
    """How many asks of this person wait for an answer."""
    return await _count("person = {} AND side = 'asker' AND status = 'waiting'", person)


async def open_asks_of(asker_ref: str) -> int:
    """How many asks from behind one reference wait here for an answer of people."""
    return await _count(
        "asker_ref = {} AND side = 'supporter' AND status = 'waiting' AND silent = {}", asker_ref, False
    )


async def refused_for_good(supporter: str, asker_ref: str) -> bool:
    """Whether this supporter said "never again" to whoever stands behind the reference."""
    found = await database.row(
        "SELECT id FROM introduction_never_again WHERE supporter = {} AND asker_ref = {}", supporter, asker_ref
    )
    return found is not None


async def _count(where: str, *args: object) -> int:
    found = await database.row(f"SELECT count(*) AS many FROM introduction WHERE {where}", *args)  # noqa: S608
    return int(found["many"]) if found else 0


def of(table: str, introduction: str) -> Read[Row | None]:
    """The one row that `table` has for a half: answer, share, shared, plan, ending, withdrawal, help, sealed_copy."""
    return first(f"SELECT * FROM introduction_{table} WHERE introduction = {{}}", introduction)  # noqa: S608


def timeline(introduction: str) -> Read[list[tuple[int, str, dict[str, int | str]]]]:
    """(at, event, params) in order."""
    return Read(
        "SELECT at, event, params FROM introduction_event WHERE introduction = {} ORDER BY seq",
        introduction,
        then=lambda found: [(row["at"], row["event"], json.loads(row["params"])) for row in found],
    )


async def noted(introduction: str, event: str, params: dict[str, int | str] | None = None) -> bool:
    """Whether the timeline has that event (with those params among its own)."""
    return any(name == event and (params or {}).items() <= had.items() for _, name, had in await timeline(introduction))


async def messages(half: Half) -> list[dict[str, Any]]:
    """Message rows in the order in which they came or were written; within one second the asker's first, on either half."""
    return _in_order(await _messages(half.id), half)


def _messages(introduction: str) -> Read[list[Row]]:
    return reading("SELECT * FROM introduction_message WHERE introduction = {}", introduction)


def _in_order(found: list[Row], half: Half) -> list[Row]:
    asker = half.side == "asker"
    return sorted(found, key=lambda row: (row["at"], row["no"], bool(row["mine"]) is not asker))


async def co_op(node_id: str, *, here: Here) -> str:
    """What people call a co-op: our own name, or the neighbour's."""
    return (await peers.name_of([node_id], here=here))[node_id]


class Words:
    """What is sealed in one half, opened with its one key. After the erasure every text is None."""

    def __init__(self, owner: str, ring: Any) -> None:
        self._owner = owner
        self._ring = ring

    @classmethod
    async def of(cls, owner: str, *, here: Here) -> Words:
        return cls(owner, await vault.ring([owner], here=here))

    def open(self, table: str, row: str, column: str, blob: bytes | None) -> str | None:
        """The text, None where there is none any more."""
        if blob is None:
            return None
        try:
            opened: str | None = self._ring.open(self._owner, table, row, column, bytes(blob))
        except vault.Erased:
            return None
        return opened

    def seal(self, table: str, row: str, column: str, text: str) -> bytes | None:
        """The sealed text; None for an empty one."""
        return bytes(self._ring.seal(self._owner, table, row, column, text)) if text else None

    def mapping(self, table: str, row: str, column: str, blob: bytes | None) -> dict[str, str]:
        """A sealed JSON object of texts."""
        opened = self.open(table, row, column, blob)
        return msgspec.json.decode(opened, type=dict[str, str]) if opened else {}


async def ask_text(half: Half, words: Words) -> AskText | None:
    """What was asked, and of which offer; None once it is erased or hidden."""
    return _asked(half, await _ask(half.id), words)


def _ask(introduction: str) -> Read[Row | None]:
    return first("SELECT ask FROM introduction WHERE id = {}", introduction)


def _asked(half: Half, found: Row | None, words: Words) -> AskText | None:
    opened = words.open("introduction", half.id, "ask", found["ask"]) if found else None
    return msgspec.json.decode(opened, type=AskText) if opened else None


class Record(NamedTuple):
    """All that one half holds, as of one reading: rows where nothing is said, texts still sealed but for what was asked."""

    half: Half
    words: Words
    co_op: str
    ask: AskText | None
    answer: Row | None
    share: Row | None
    shared: Row | None
    plan: Row | None
    ending: Row | None
    help: Row | None
    sealed_until: int | None
    timeline: list[tuple[int, str, dict[str, int | str]]]
    messages: list[Row]


async def record(introduction: str, *, here: Here) -> Record | None:
    """The whole of a half, whoever's, read in one step; None where there is none."""
    half, ring, names, ask, copy, told, said, answer, share, shared, plan, ending, help = await together(
        find(introduction),
        vault.ring_of(owner_of(introduction), here=here),
        peers.names(),
        _ask(introduction),
        first(
            "SELECT until FROM introduction_sealed_copy WHERE introduction = {} AND thread IS NOT NULL", introduction
        ),
        timeline(introduction),
        _messages(introduction),
        *(of(table, introduction) for table in ("answer", "share", "shared", "plan", "ending", "help")),
    )
    if half is None:
        return None
    words = Words(half.owner, ring)
    return Record(
        half=half,
        words=words,
        co_op=peers.called(half.other_node, names, here=here),
        ask=_asked(half, ask, words),
        answer=answer,
        share=share,
        shared=shared,
        plan=plan,
        ending=ending,
        help=help,
        sealed_until=copy["until"] if copy else None,
        timeline=told,
        messages=_in_order(said, half),
    )


async def record_of(actor: Actor, introduction: str, *, here: Here) -> Record:
    """The whole of the actor's own half. Raises NotFound, alike for another's, a silent one and none."""
    found = await record(introduction, here=here)
    if found is None:
        raise NotFound(cause="no introduction of theirs")
    _own(actor, found.half)
    return found
