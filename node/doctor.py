# SPDX-License-Identifier: AGPL-3.0-or-later
"""Looks a node over and says in words what is well, what is not, and what to do next. Changes nothing, sends nothing.

Each check stands by itself: one that fails does not hide the others. No finding names a person.
"""

from __future__ import annotations

from msgspec import Struct

from node import database, journal, schema
from node.coop import read_node_key
from node.errors import Refusal
from node.settings import Settings


class Finding(Struct, frozen=True, kw_only=True):
    """One thing looked at. `next_step`: what to do, where it is not well."""

    what: str
    well: bool
    words: str
    next_step: str = ""


async def look_over(settings: Settings) -> list[Finding]:
    """Every finding, in the order in which they matter."""
    findings = [_keys(settings)]
    engine = database.open_engine(settings.database_url)
    try:
        await engine.open()
    except Exception as error:
        words = error.words if isinstance(error, Refusal) else "It can't be opened."
        return [
            *findings,
            Finding(
                what="database", well=False, words=words, next_step="Check the setting `database` and that it runs."
            ),
        ]
    try:
        with database.bound(engine):
            findings.append(await _schema(settings))
            if findings[-1].well:
                findings += [await _journal()]
    finally:
        await engine.close()
    return findings


def _keys(settings: Settings) -> Finding:
    try:
        read_node_key(settings)
    except Refusal as refusal:
        return Finding(what="node key", well=False, words=refusal.words, next_step="Put the key's copy back.")
    mode = settings.path(settings.node_key_file).stat().st_mode & 0o077
    if mode:
        return Finding(
            what="node key",
            well=False,
            words="Others on this machine can read the node key.",
            next_step=f"chmod 600 {settings.path(settings.node_key_file)}",
        )
    return Finding(what="node key", well=True, words="It is there, and only its owner reads it.")


async def _schema(settings: Settings) -> Finding:
    waiting = await schema.pending()
    if waiting:
        return Finding(
            what="database",
            well=False,
            words=f"It is {len(waiting)} steps behind this version.",
            next_step=f"commoncare migrate --dir {settings.folder}",
        )
    return Finding(what="database", well=True, words=f"Up to date ({database.dialect()}).")


async def _journal() -> Finding:
    verdict = await journal.verify()
    if verdict.whole:
        return Finding(what="journal", well=True, words=f"Whole: {verdict.entries} entries, none changed or missing.")
    return Finding(
        what="journal",
        well=False,
        words=f"It was changed by hand at entry {verdict.broken_at} ({verdict.why}).",
        next_step="Keep a copy of the database as it is, and find out who had access to it.",
    )
