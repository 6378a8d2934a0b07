# SPDX-License-Identifier: AGPL-3.0-or-later
"""The members as a spreadsheet reads them, and as another node takes them: lists of people to invite (`node.members.sheet`).

Only who is here now, a list for each 200 people, since no more are taken at once. A cell that a spreadsheet would take for a
formula begins with a blank, which our own reading takes off again.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from typing import Final

from node import vault
from node.backing.snapshot import Snapshot
from node.here import Here
from node.leaving.archive import Writer
from node.members.inviting import AT_ONCE

HEADINGS: Final = ("name", "known as", "e-mail", "phone", "roles")
_COLUMNS: Final = ("full_name", "known_as", "email", "phone")
_FORMULA: Final = ("=", "+", "-", "@")


async def lists(out: Writer, source: Snapshot, *, here: Here) -> None:
    """`members-1.csv` and the next numbers. There is always a first, with its headings at least."""
    number, last = 0, ""
    while True:
        found = await source.read(
            "SELECT id, full_name, known_as, email, phone FROM person WHERE state = 'active' AND id > {} "  # noqa: S608
            f"ORDER BY id LIMIT {AT_ONCE}",
            last,
        )
        if not found and number:
            return
        number += 1
        rows = [row for row in await _rows(found, source, here=here) if row[0]]
        await asyncio.to_thread(out.text, f"members-{number}.csv", _sheet(rows))
        if len(found) < AT_ONCE:
            return
        last = str(found[-1][0])


async def _rows(found: Sequence[Sequence[object]], source: Snapshot, *, here: Here) -> list[list[str]]:
    ids = [str(row[0]) for row in found]
    marks = ", ".join("{}" for _ in ids) or "''"
    held = await source.read(
        f"SELECT person, role FROM role_held WHERE until IS NULL AND person IN ({marks}) ORDER BY role",  # noqa: S608
        *ids,
    )
    ring = await vault.ring(ids, here=here)
    rows = []
    for id, *sealed in found:
        person = str(id)
        if not ring.holds(person):
            continue
        cells = [
            ring.open(person, "person", person, column, blob if blob is None else bytes(blob)) or ""  # type: ignore[call-overload]
            for column, blob in zip(_COLUMNS, sealed, strict=True)
        ]
        rows.append([*cells, ", ".join(str(role) for whose, role in held if whose == person)])
    return rows


def _sheet(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows([f" {cell}" if cell.startswith(_FORMULA) else cell for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")
