# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare charter …`: an agreement among many co-ops on who belongs. It goes round as a file that holds nothing secret.

`seat` at each co-op; `propose` at one; `read` and `sign` at each; then `join` at each for a first one, `publish` at one for a
change of it, which the others take by themselves. Until `join` or `publish` nothing has changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from node.cli.roots import must_be_free, write
from node.cli.telling import Dir, Json, at, run, say, then

cli = typer.Typer(help="The charter: which co-ops belong to an agreement among many.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The charter's file.")]


@cli.command()
def show(folder: Dir = Path("."), as_json: Json = False) -> None:
    """The charter this co-op holds: who belongs, who signed, until when, what is amiss, whom to invite."""

    async def go() -> None:
        from node.charter import reads

        async with at(folder) as coop:
            here = coop.here()
            found = await reads.look(here=here)
            say(found, as_json=as_json, words="\n".join(_lines(found, here.now, folder)))

    run(go, as_json=as_json)


@cli.command()
def seat(
    anew: Annotated[bool, typer.Option("--anew", help="Another key; it counts once the charter lists it.")] = False,
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """This co-op's seat: one line for whoever draws up the charter. Not secret."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.charter import acts

        async with at(folder) as coop:
            made = await acts.make_seat(actor=at_the_command_line(), anew=anew, here=coop.here())
        words = (
            f"Give this line to whoever draws up the charter; it is not secret. This seat is called {made.kid[:8]}:\n"
        )
        words += (
            f"  {made.line}\n\nRing them, and read them our words, by which they know that it is ours:\n  {made.words}"
        )
        say(made, as_json=as_json, words=words)

    run(go, as_json=as_json)


@cli.command()
def propose(
    file: File,
    name: Annotated[str | None, typer.Option(help="What it is called; left out: as it is.")] = None,
    terms_file: Annotated[
        Path | None, typer.Option(help="A text with what members agree on; left out: as it is.")
    ] = None,
    add: Annotated[
        list[str] | None, typer.Option(help="The line of a co-op's seat: new, or in place of its last.")
    ] = None,
    drop: Annotated[list[str] | None, typer.Option(help="The node id of a co-op that is left out.")] = None,
    threshold: Annotated[
        int | None, typer.Option(help="How many have to sign from then on; left out: more than half.")
    ] = None,
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Draw up a first charter, or the next version of ours. With no option: a renewal for another 400 days."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.charter import acts
        from node.charter.shapes import ProposalAsk

        must_be_free(file)
        terms = None if terms_file is None else terms_file.read_text(encoding="utf-8")
        ask = ProposalAsk(name=name, terms=terms, add=add or [], drop=drop or [], threshold=threshold)
        async with at(folder) as coop:
            drawn = await acts.propose(actor=at_the_command_line(), ask=ask, here=coop.here())
        write(file, drawn.file().encode(), new=True)
        view = drawn.view()
        lines = [*view.told, f"It is in {file}; nothing has changed yet.", f"Next, at each member: {_sign(file)}"]
        say(_short(view, file), as_json=as_json, words="\n".join(lines))

    run(go, as_json=as_json)


@cli.command()
def read(file: File, as_json: Json = False) -> None:
    """What a charter's file says and would change, who signed, and who still has to."""

    async def go() -> None:
        view = _read(file).view()
        say(_short(view, file), as_json=as_json, words="\n".join(view.told))

    run(go, as_json=as_json)


@cli.command()
def sign(
    file: File,
    instead: Annotated[
        bool, typer.Option("--instead", help="Although we signed another of this version, which all gave up.")
    ] = False,
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Sign a charter's file with this co-op's seat, after reading what it says and comparing new members' words."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.charter import acts

        found = _read(file)
        _tell(found, as_json)
        async with at(folder) as coop:
            signed = await acts.sign(actor=at_the_command_line(), proposal=found, instead=instead, here=coop.here())
        write(file, signed.file().encode())
        view = signed.view()
        after = "hand the file on"
        if signed.complete and signed.before is not None:
            after = f"commoncare charter publish {file}, at one of the members; a new member: {_join(file, view.mark)}"
        elif signed.complete:
            after = f"at each member: {_join(file, view.mark)}"
        say(_short(view, file), as_json=as_json, words=f"Signed. {view.told[-1]}\nNext: {after}")

    run(go, as_json=as_json)


@cli.command()
def join(
    file: File,
    mark: Annotated[str, typer.Option(help="The mark under which you read it, and compared it with the others.")] = "",
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Take a charter for the first time. Read its members first, and compare its mark and their words with the others."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.charter import acts

        found = _read(file)
        _tell(found, as_json)
        async with at(folder) as coop:
            here = coop.here()
            taken = await acts.join(actor=at_the_command_line(), proposal=found, mark=mark, here=here)
        say(taken, as_json=as_json, words="\n".join(_lines(taken, here.now, folder)))

    run(go, as_json=as_json)


@cli.command()
def publish(file: File, folder: Dir = Path("."), as_json: Json = False) -> None:
    """Put the next version in force, once enough have signed. The other members take it by themselves."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.charter import acts

        found = _read(file)
        async with at(folder) as coop:
            here = coop.here()
            taken = await acts.publish(actor=at_the_command_line(), proposal=found, here=here)
        say(taken, as_json=as_json, words="\n".join(_lines(taken, here.now, folder)))

    run(go, as_json=as_json)


@cli.command()
def choose(
    mark: Annotated[str, typer.Argument(help="The mark of the one that counts.")],
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Say which of two charters of one version counts here, once the members have talked."""
    _change(folder, as_json, lambda acts, actor, here: acts.choose(actor=actor, mark=mark, here=here))


@cli.command()
def leave(folder: Dir = Path("."), as_json: Json = False) -> None:
    """Hold no charter any more. What we share with neighbours goes on."""
    _change(folder, as_json, lambda acts, actor, here: acts.leave(actor=actor, here=here))


def _change(folder: Path, as_json: bool, deed: Any) -> None:
    async def go() -> None:
        from node.actor import at_the_command_line
        from node.charter import acts

        async with at(folder) as coop:
            here = coop.here()
            found = await deed(acts, at_the_command_line(), here)
        say(found, as_json=as_json, words="\n".join(_lines(found, here.now, folder)))

    run(go, as_json=as_json)


def _read(file: Path) -> Any:
    from node.charter import proposals
    from node.errors import Invalid

    try:
        return proposals.read(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise Invalid({"file": "This is not a charter's file."}) from None


def _tell(proposal: Any, as_json: bool) -> None:
    """What it says, before anything is done with it; a program has read it already."""
    if not as_json:
        typer.echo("\n".join(proposal.view().told), err=True)


def _short(view: Any, file: Path) -> dict[str, Any]:
    """A proposal's view, with the file's name in place of what stands in it."""
    told = {name: getattr(view, name) for name in ("mark", "version", "signed", "missing")}
    return {"file": str(file), **told}


def _sign(file: Path) -> str:
    return f"commoncare charter read {file}, then commoncare charter sign {file}"


def _join(file: Path, mark: str) -> str:
    return f"commoncare charter join {file} --mark {mark}"


def _lines(detail: Any, now: int, folder: Path) -> list[str]:
    """How the charter stands, in words."""
    from node.charter import wording

    standing, held = wording.standing(detail, now=now), detail.held
    if standing is None:
        return [f"This co-op has no charter, and needs none. To begin one: {then(folder, 'charter seat')}"]
    lines = [f"{held.name}, version {held.version}, mark {held.mark}: {standing.words}"]
    lines += [standing.next_step] if standing.next_step else []
    lines += [
        f"  {one.node_id}  {'this is us' if one.us else one.state or 'no peering'}{', signed' if one.signed else ''}"
        for one in held.members
    ]
    for one in detail.rivals:
        lines.append(f"One of two: {one.mark}, from {one.source or 'us'}, {', '.join(m.node_id for m in one.members)}")
    lines += [wording.doubt_words(doubt) for doubt in detail.doubts]
    if detail.admissions:
        step = then(folder, "peer invite NODE_ID")
        lines.append(f"Belonging shares nothing by itself. Invite whom you want to share with: {step}")
    return lines
