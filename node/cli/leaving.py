# SPDX-License-Identifier: AGPL-3.0-or-later
"""`export`, `export key`, `export open`: everything that the co-op keeps, for other software, for people, for the records.

What comes out is locked to keys that are not on the node. Secret halves come in by a file, a terminal that does not show them, or
standard input.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from node.cli.backups import KeyFile, secret_of, write_new
from node.cli.telling import Dir, Json, run, say, then

export = typer.Typer(help="Take out everything that the co-op keeps, locked, for other software or for the records.")

Keys = Annotated[list[str] | None, typer.Option(help="The public half of a key (age1…); may be given more than once.")]


def add_to(cli: typer.Typer) -> None:
    cli.add_typer(export, name="export")


@export.callback(invoke_without_command=True)
def make(
    context: typer.Context,
    folder: Dir = Path("."),
    out: Annotated[
        Path | None, typer.Option(help="The new file: NAME.zip.age, or NAME.zip with --unlocked. Best on a stick.")
    ] = None,
    why: Annotated[str, typer.Option(help="For the journal: move, close or keep.")] = "",
    key: Annotated[
        list[str] | None,
        typer.Option(help="The public half of a key for it (age1…); left out: the keys of the backups."),
    ] = None,
    private_words_key: Keys = None,
    safeguarding_key: Keys = None,
    unlocked: Annotated[
        bool, typer.Option("--unlocked", help="Write it in clear. Whoever finds the file can read everything.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write everything that the co-op keeps into files, while the node goes on."""
    if context.invoked_subcommand is not None:
        return
    if out is None:
        raise typer.BadParameter("say into which file.", param_hint="--out")

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.cli.telling import at
        from node.leaving.exporting import Locks, export

        async with at(folder) as coop:
            locks = Locks(
                co_op=() if unlocked else key or coop.settings.backup.recipients,
                private=private_words_key or (),
                safeguarding=safeguarding_key or (),
                unlocked=unlocked,
            )
            made = await export(
                actor=at_the_command_line(), folder=folder, out=out, locks=locks, reason=why, here=coop.here()
            )
        say(made, as_json=as_json, words="\n".join(_told(made, folder, unlocked)))

    run(go, as_json=as_json)


def _told(made: Any, folder: Path, unlocked: bool) -> list[str]:
    lines = [f"{each.path}: {each.rows} rows of {each.tables} tables, {each.bytes} bytes." for each in made.files]
    lines += made.left.values()
    lines.append("Each member can read on their page that this was done, and why.")
    if unlocked:
        lines += [
            "",
            f"WARNING: {made.files[0].path} is not locked. Names, telephone numbers and offers stand in it for whoever finds it.",
            "Move it to where only those can read it who need to, and delete it once you don't need it.",
        ]
    else:
        lines += ["", f"To read it: {then(folder, f'export open {made.files[0].path} --out NAME.zip')}"]
    return lines


@export.command()
def key(
    out: Annotated[Path, typer.Option(help="A new file for the secret half, best on a stick.")],
    as_json: Json = False,
) -> None:
    """Make a key for a file of an export, for whoever shall be able to open it. Nothing of it stays on the node."""

    async def go() -> None:
        from node.backing import locking

        secret, public = locking.new_key()
        write_new(out, f"# A key for a file of an export. Public half: {public}\n{secret}\n")
        say(
            {"recipient": public, "file": str(out)},
            as_json=as_json,
            words=f"The key is in {out}. Give it to whoever shall open the file, and to nobody else.\n"
            f"Its public half, to lock with:\n  {public}",
        )

    run(go, as_json=as_json)


@export.command("open")
def open_one(
    file: Annotated[Path, typer.Argument(help="A locked file of an export.")],
    out: Annotated[Path, typer.Option(help="The new file that is not locked: NAME.zip.")],
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Unlock a file of an export, on a machine where only those can read it who need to."""

    async def go() -> None:
        from node.backing import locking
        from node.leaving.reading import unlock

        found = unlock(file, out, locking.identity(secret_of(key_file)))
        say(
            found,
            as_json=as_json,
            words=f"{out} is open: {found.rows} rows of {found.tables} tables, as of that day, none missing.\n"
            "Unpack it and read index.html. Delete it once you don't need it.",
        )

    run(go, as_json=as_json)
