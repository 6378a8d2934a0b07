# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare peer agreement`: the very text that two co-ops sign, and reading one of a co-op's own from a file.

What is printed is the text byte for byte, so that its sum can be taken with any other tool.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from node.cli.telling import Dir, Json, at, run, say
from node.errors import Conflict

Own = Annotated[
    Path | None,
    typer.Option("--agreement", help="A file with the agreement's text, where it is your own and not the one we make."),
]


def text_of(file: Path | None) -> str:
    """What stands in the file; "" for none. Raises BadParameter."""
    if file is None:
        return ""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    if not text.strip():
        raise typer.BadParameter(f"{file} can't be read, or there is no text in it.", param_hint="--agreement")
    return text


def add_to(cli: typer.Typer) -> None:
    """Adds the command to those of `peer`."""
    cli.command()(agreement)


def agreement(
    node_id: Annotated[str, typer.Argument(help="The other co-op's node id, such as birch.example.org.")],
    agreed: Annotated[
        bool, typer.Option("--agreed", help="What stands, also where something else is proposed by now.")
    ] = False,
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Print the agreement with a co-op: what is proposed, or what both have signed. Read it before you say yes."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.neighbours.reads import for_operators
        from node.peers import agreeing

        async with at(folder) as coop:
            for_operators(at_the_command_line())
            made = await agreeing.read(node_id, proposed=False if agreed else None, here=coop.here())
        if made.text is None and not as_json:
            raise Conflict(
                "They signed a text that this node neither made nor was given. Ask them for it as a file, read it, and hand it "
                "in when you say yes (--agreement FILE); or ask them to propose again.",
                cause="another agreement",
            )
        say(made, as_json=as_json, words=(made.text or "").removesuffix("\n"))

    run(go, as_json=as_json)
