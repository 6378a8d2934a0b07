# SPDX-License-Identifier: AGPL-3.0-or-later
"""A drill: whether a backup can be restored, tried in a scratch database that is gone afterwards. The node is not touched.

What a restore does is done, by the same code; then the journal's chain and the node key's fit are checked as at a start. Only
when all is well the day is noted in the folder, where `doctor` reads it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from msgspec import Struct

from node import database, journal
from node.backing import folder, reading
from node.backing.format import Damaged
from node.backing.restoring import fill, here_of
from node.clock import Clock
from node.doctor import must_belong
from node.here import Randomness
from node.settings import Settings


class Checked(Struct, frozen=True, kw_only=True):
    """A backup that can be restored. Times: Unix seconds; `journal`: entries of its journal, none changed or missing."""

    file: str
    made_at: int
    checked_at: int
    rows: int
    tables: int
    journal: int


async def check(
    settings: Settings, file: Path, secret: Any, *, clock: Clock | None = None, random: Randomness | None = None
) -> Checked:
    """Try `file`. Raises WrongKey, Damaged, Conflict, Misconfigured."""
    here = here_of(settings, clock, random)
    judged = reading.judge(file, secret, node_id=settings.node_id, node_key=here.node_key)
    with tempfile.TemporaryDirectory(prefix=".restore-check-", dir=settings.folder) as scratch:
        engine = database.open_engine(f"sqlite:///{Path(scratch).absolute() / 'scratch.db'}")
        await engine.open()
        try:
            with database.bound(engine):
                await fill(judged, secret, judged.ended, here=here)
                await must_belong(here=here)
                verdict = await journal.verify(here=here)
        finally:
            await engine.close()
    if not verdict.whole:
        raise Damaged(
            f"The journal in this backup was changed by hand at entry {verdict.broken_at}. Look at the node's own."
        )
    made_at = judged.header.made_at
    note = folder.LastCheck(checked_at=here.now, file=file.name, made_at=made_at)
    folder.note_check(settings.path(settings.backup.folder), note)
    return Checked(
        file=str(file),
        made_at=made_at,
        checked_at=here.now,
        rows=sum(judged.counts.values()),
        tables=len(judged.counts),
        journal=verdict.entries,
    )
