# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare key roots …`: who may speak for this co-op. A change goes round as a file that holds nothing secret.

`new` and `sign` need no co-op's folder, so that each person does them on a machine of their own; `propose` and `publish` are done
on the node. Until `publish` nothing has changed.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from node.cli.telling import Dir, Json, at, run, say, secret_line, then
from node.cli.words import WordsFile, root_by

cli = typer.Typer(help="Root keys: who signs for this co-op, and how many of them.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The proposal's file.")]


@cli.command()
def new(as_json: Json = False) -> None:
    """Make a root key on your own machine: 24 words to write down, and a line for whoever proposes it."""

    async def go() -> None:
        from federation.keys import SigningKey
        from node.clock import MachineRandomness
        from node.peers import founding
        from node.peers import roots as changing

        key = SigningKey.generate(MachineRandomness().bytes)
        words, line = founding.root_words(key), changing.public_line(key.public)
        say(
            {"words": words, "line": line, "root": key.kid},
            as_json=as_json,
            words=f"Write these words down, and keep them where only you get at them. They are not shown again:\n  {words}\n\n"
            f"Give this line to whoever looks after the node; it is not secret. This root is called {key.kid[:8]}:\n  {line}\n"
            f"They run: commoncare key roots propose FILE --threshold … --add {line}",
        )

    run(go, as_json=as_json)


@cli.command()
def mine(words_file: WordsFile = None, as_json: Json = False) -> None:
    """Which root some words are: its name, and its line."""

    async def go() -> None:
        from node.peers import roots as changing

        key = root_by(None, None, words_file)
        line = changing.public_line(key.public)
        say({"line": line, "root": key.kid}, as_json=as_json, words=f"This root is called {key.kid[:8]}:\n  {line}")

    run(go, as_json=as_json)


@cli.command()
def propose(
    file: File,
    threshold: Annotated[
        int | None, typer.Option(help="How many have to sign from then on; left out: as many as now.")
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="The beginning of the name of a root that stays; left out: all stay.")
    ] = None,
    add: Annotated[list[str] | None, typer.Option(help="The line of a new root.")] = None,
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Draw up this co-op's next identity, for people to sign. With no option: a renewal for another 400 days."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.peers import roots as changing

        must_be_free(file)
        async with at(folder) as coop:
            drawn = await changing.propose(
                actor=at_the_command_line(), threshold=threshold, keep=keep, add=add or (), here=coop.here()
            )
        write(file, drawn.file(), new=True)
        lines = [*changing.told(drawn), f"The proposal is in {file}; nothing has changed yet."]
        lines.append(f"Next, each person: commoncare key roots sign {file}")
        say({"file": str(file), "missing": drawn.missing}, as_json=as_json, words="\n".join(lines))

    run(go, as_json=as_json)


@cli.command()
def read(file: File, as_json: Json = False) -> None:
    """What a proposal would change, who signed it, and who still has to."""

    async def go() -> None:
        from node.peers import roots as changing

        found = changing.read(file.read_bytes())
        answer = {"version": found.next.version, "signed": sorted(found.signed), "missing": found.missing}
        say(answer, as_json=as_json, words="\n".join(changing.told(found)))

    run(go, as_json=as_json)


@cli.command()
def sign(
    file: File,
    root_file: Annotated[Path | None, typer.Option(help="A root key's file; left out: its words.")] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="A file whose first line is that file's passphrase; left out: asked for.")
    ] = None,
    words_file: WordsFile = None,
    as_json: Json = False,
) -> None:
    """Sign a proposal with a root key, after reading what it says."""

    async def go() -> None:
        from node.peers import roots as changing

        found = changing.read(file.read_bytes())
        typer.echo("\n".join(changing.told(found)), err=True)
        signed = changing.sign(found, root_by(root_file, passphrase_file, words_file))
        write(file, signed.file())
        after = f"commoncare key roots publish {file}, on the node" if signed.complete else "hand the file on"
        say(
            {"file": str(file), "missing": signed.missing},
            as_json=as_json,
            words=f"Signed. {changing.told(signed)[-1]}\nNext: {after}",
        )

    run(go, as_json=as_json)


@cli.command()
def publish(
    file: File,
    reason: Annotated[str, typer.Option(help="Why keys for documents that it leaves out count no more.")] = "",
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Put a proposal in force, once enough have signed. Neighbours take it by themselves."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.peers import roots as changing

        found = changing.read(file.read_bytes())
        async with at(folder) as coop:
            made = await changing.publish(actor=at_the_command_line(), proposal=found, reason=reason, here=coop.here())
        words = [f"Version {made.version} of our identity is in force; neighbours take it by themselves."]
        if made.changed:
            words.append(f"Our twelve words for a checking call are new:\n  {made.words}")
        if made.invitations:
            words.append(f"{made.invitations} invitation{'' if made.invitations == 1 else 's'} ended: invite again.")
        say(made, as_json=as_json, words="\n".join([*words, f"Next: {then(folder, 'key status')}"]))

    run(go, as_json=as_json)


@cli.command()
def lost(
    folder: Dir = Path("."),
    sure: Annotated[bool, typer.Option("--sure", help="Nobody can find enough of the old roots any more.")] = False,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="A file whose first line is the new root key's passphrase; left out: asked for.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make new roots where the old ones are lost. Every neighbour then has to compare words with us again."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.errors import Conflict
        from node.peers import founding

        if not sure:
            raise Conflict(
                "With new roots no neighbour knows us until each of you ended the peering, invited the other again and compared "
                f"the words. First look for every paper and sheet ({then(folder, 'key recover --drill')}). Then add --sure."
            )
        passphrase = secret_line(passphrase_file, what="A passphrase for the new root key", confirm=True)
        async with at(folder) as coop:
            made = await founding.replace_lost_roots(
                actor=at_the_command_line(),
                root_file=coop.settings.path(coop.settings.root_key_file),
                passphrase=passphrase,
                here=coop.here(),
            )
        say(
            made,
            as_json=as_json,
            words=f"There are new roots. Print these words and keep them apart from this machine:\n  {made.paper_key}\n\n"
            f"With each neighbour: ring them; both of you end the peering ({then(folder, 'peer end NODE_ID --reason …')}),\n"
            f"one invites, the other accepts, and you compare the words. Ours are now:\n  {made.words}",
        )

    run(go, as_json=as_json)


def must_be_free(file: Path) -> None:
    """Raises Conflict where there is a file already."""
    from node.errors import Conflict

    if file.exists():
        raise Conflict(f"There is {file} already. Choose another name.")


def write(file: Path, data: bytes, *, new: bool = False) -> None:
    """A proposal's file, whole or not at all; with `new` never over another."""
    if new:
        must_be_free(file)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(handle, "wb") as out:
        out.write(data)
    Path(name).replace(file)
