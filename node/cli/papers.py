# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare papers`: the co-op's own papers, filled in with what its node knows, with blanks for what only people know."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from node.cli.telling import Dir, Json, at, run, say


def add_to(cli: typer.Typer) -> None:
    """Adds the command."""
    cli.command()(papers)


def papers(
    out: Annotated[Path, typer.Option(help="A new folder for them.")],
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Write the record of processing, impact assessment, hazard log and agreements, to be filled in. No person is in them."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.papers import known, write

        async with at(folder) as coop:
            found = await known(at_the_command_line(), coop.settings, here=coop.here())
        made = write(found, out)
        say(
            {"folder": str(out), "files": [path.name for path in made]},
            as_json=as_json,
            words=f"{len(made)} files are in {out}. Nothing in them is about a person.\n"
            f"Next: read {made[0]}, and fill in the blanks together. None of it is legal advice.",
        )

    run(go, as_json=as_json)
