# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare audit …`: whether the journal is whole, and its head to write down.

A chain shows what was changed inside it, and a seal what was made by somebody without the node key. What was cut off at its end
by somebody who has the key shows only against a head that was kept elsewhere: on paper, or in a mail to a neighbour.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from node.cli.telling import Dir, Json, at, run, say, then

cli = typer.Typer(help="The journal: who did what, and whether all of it is still there.", no_args_is_help=True)

_HEAD = re.compile(r"([0-9]{1,12}):([0-9a-f]{64})")


@cli.callback()
def audit() -> None:
    """Without it typer would take the one command for the whole."""


@cli.command()
def verify(
    folder: Dir = Path("."),
    seen: Annotated[
        list[str] | None,
        typer.Option(help="A head that was written down before, NUMBER:DIGEST; as many as there are."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read the whole journal again: nothing in it was changed, left out, put in or cut off. Exit code 1 where something was."""
    from node.journal.shapes import Head

    heads = []
    for text in seen or []:
        found = _HEAD.fullmatch(text.strip())
        if found is None:
            raise typer.BadParameter(f"{text} is no head; give NUMBER:DIGEST as it was printed.", param_hint="--seen")
        heads.append(Head(number=int(found[1]), digest=found[2]))

    async def go() -> bool:
        from node import journal

        async with at(folder) as coop:
            verdict = await journal.verify(here=coop.here(), seen=heads)
        count = f"{verdict.entries} {'entry' if verdict.entries == 1 else 'entries'}"
        head = f"{verdict.head.number}:{verdict.head.digest}"
        if verdict.whole:
            words = (
                f"Whole: {count}, none changed or missing{', and what was seen before is there' if heads else ''}.\n"
                f"Its head now, to keep outside this machine:\n  {head}\n"
                f"Next time: {then(folder, f'audit verify --seen {head}')}"
            )
        else:
            words = (
                f"Broken at entry {verdict.broken_at} of {verdict.entries}: {verdict.why}.\n"
                "Keep a copy of the database as it is, and find out who had access to it."
            )
        say(verdict, as_json=as_json, words=words)
        return verdict.whole

    if not run(go, as_json=as_json):
        raise typer.Exit(1)
