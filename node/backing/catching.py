# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keeps the file of what ended in step with the database: what ended and is not in the file yet is added to it.

The database says it all (who, when), so nothing is lost when a process is killed between its commit and the file, and no deed
has to know of the file. It is done at every start of the work, once a minute while it goes on, and before each backup; what
destroys a data key is written at once (`node.ended.destroyed`).
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import structlog

from node import database, ended
from node.backing.endings import ENDINGS, PAUSE, PERSON
from node.ended import Ended, mark_of
from node.here import Here

SECONDS: Final = 60.0

log = structlog.get_logger("commoncare.ended")


async def catch_up(path: Path, *, here: Here) -> int:
    """Add what is missing; how many lines. Raises OSError when the file can't be written."""
    known = await asyncio.to_thread(ended.read, path)
    missing = await _missing(known, here=here)
    if missing:
        await asyncio.to_thread(ended.add, path, missing)
    return len(missing)


async def keep_up(path: Path, here: Here) -> None:
    """`catch_up` that does not fail: a full disk is logged, and it is tried again at the next turn."""
    try:
        await catch_up(path, here=here)
    except Exception as error:
        log.error("fault", file="erasures", exc_info=error)


async def _missing(known: set[Ended], *, here: Here) -> list[Ended]:
    found = {
        Ended(int(row["at"]), ending.kind, mark_of(ending.kind, str(row["id"])))
        for ending in ENDINGS
        for row in await database.rows(ending.ended)
    }
    made = list(found - known)
    last = latest(known)
    for row in await database.rows("SELECT id, state, since FROM person"):
        made += _turned(PERSON, row["id"], row["state"], "active", row["since"], last)
    for row in await database.rows("SELECT node_id, paused_here FROM peer"):
        state = "paused" if row["paused_here"] else "resumed"
        made += _turned(PAUSE, row["node_id"], state, "resumed", here.now, last)
    return made


def _turned(what: str, id: str, state: str, ordinary: str, at: int, last: dict[tuple[str, str], str]) -> list[Ended]:
    """A line when the state is another than the file's last word on it; the ordinary state needs none."""
    mark = mark_of(what, id)
    return [] if last.get((what, mark), ordinary) == state else [Ended(at, f"{what}-{state}", mark)]


def latest(lines: set[Ended]) -> dict[tuple[str, str], str]:
    """The last state of each person and neighbour: (what, mark) -> state."""
    found: dict[tuple[str, str], str] = {}
    for line in sorted(lines):
        what, _, state = line.kind.partition("-")
        if (what, state) in {
            (PERSON, "left"),
            (PERSON, "died"),
            (PERSON, "active"),
            (PAUSE, "paused"),
            (PAUSE, "resumed"),
        }:
            found[what, line.mark] = state
    return found
