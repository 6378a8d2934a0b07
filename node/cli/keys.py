# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare key …`: what takes a root key. The key is read from its file for this one deed and kept nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from node.cli.telling import Dir, Json, at, run, say, secret_line, then

cli = typer.Typer(help="Keys: what only a person with the root key can do.", no_args_is_help=True)


@cli.callback()
def group() -> None:
    """A group of its own, also while it holds one command."""


@cli.command()
def renew(
    folder: Dir = Path("."),
    passphrase_file: Annotated[
        Path | None, typer.Option(help="A file whose first line is the root key's passphrase; left out: asked for.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Sign this co-op's identity for another 400 days with its root key."""
    passphrase = secret_line(passphrase_file, what="The root key's passphrase")

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.peers import founding

        async with at(folder) as coop:
            root = founding.root_from_file(coop.settings.path(coop.settings.root_key_file), passphrase)
            version = await founding.renew_identity(actor=at_the_command_line(), root=root, here=coop.here())
        say(
            {"version": version},
            as_json=as_json,
            words=f"The identity is renewed (version {version}); neighbours take it by themselves.\n"
            f"Next: {then(folder, 'doctor')}",
        )

    run(go, as_json=as_json)
