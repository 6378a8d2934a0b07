# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare peer …`: whom this co-op trusts. Words are compared on a checking call, never skipped.

`invite` at one co-op, `accept` at the other, `confirm` at the first; later `terms propose` and `terms agree`. A running node
does the talking.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from node.cli import agreement as agreements
from node.cli.agreement import Own, text_of
from node.cli.standing import both_ways, lines
from node.cli.telling import Dir, Json, at, run, say, then
from node.errors import NotFound

cli = typer.Typer(help="Neighbour co-ops: who is trusted, for what.", no_args_is_help=True)

agreements.add_to(cli)
Node = Annotated[str, typer.Argument(help="The other co-op's node id, such as birch.example.org.")]


@cli.command()
def invite(node_id: Node, folder: Dir = Path("."), as_json: Json = False) -> None:
    """Make an invitation for one co-op, usable once."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.peers import acts

        async with at(folder) as coop:
            made = await acts.invite(actor=at_the_command_line(), node_id=node_id, here=coop.here())
        say(
            made,
            as_json=as_json,
            words=f"Send this to {made.node_id}'s operator:\n  {made.invitation}\n\n"
            f"Ring them on a number you know, and read these words to each other:\n  {made.words}\n\n"
            f"They run: commoncare peer accept …\n"
            f"Then you read what you both sign: {then(folder, f'peer agreement {made.node_id}')}\n"
            f"And you run: {then(folder, f'peer confirm {made.node_id}')} --words '…the words you heard…'",
        )

    run(go, as_json=as_json)


@cli.command()
def accept(
    invitation: Annotated[str, typer.Argument(help="The invitation as it came; - reads it from standard input.")],
    agreement: Own = None,
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Take another co-op's invitation. A running node then asks it for a peering."""

    async def go() -> None:
        import sys

        from node.actor import at_the_command_line
        from node.peers import acts, own
        from node.peers.shapes import Acceptance

        given = sys.stdin.read().strip() if invitation == "-" else invitation
        taken = Acceptance(invitation=given, agreement=text_of(agreement))
        async with at(folder) as coop:
            here = coop.here()
            made = await acts.accept(actor=at_the_command_line(), invitation=taken, here=here)
            ours = await own.words(here=here)
        say(
            {"peer": made, "words": ours},
            as_json=as_json,
            words=f"We have asked {made.node_id}. Their words must be:\n  {made.words}\n"
            f"Read them ours on the call; they confirm with them:\n  {ours}\n"
            f"Once our node has reached theirs, read what you both sign: {then(folder, f'peer agreement {made.node_id}')}",
        )

    run(go, as_json=as_json)


@cli.command()
def confirm(
    node_id: Node,
    words: Annotated[str, typer.Option(help="The twelve words you heard on the call.")],
    digest: Annotated[str, typer.Option(help="What you looked at: its digest, as “peer show” prints it.")] = "",
    agreement: Own = None,
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Say yes to a co-op that took our invitation, by the words heard on the checking call."""

    async def deed(acts: Any, actor: Any, here: Any) -> Any:
        try:
            text = text_of(agreement)
            return await acts.confirm(
                actor=actor, node_id=node_id, words=words, agreement=text, digest=digest, here=here
            )
        except NotFound:
            raise NotFound(f"{node_id} has not asked us yet; its node does, once it took our invitation.") from None

    _change(folder, as_json, deed)


@cli.command()
def show(
    node_id: Annotated[str, typer.Argument(help="One co-op's node id; left out, all of them.")] = "",
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Every neighbour co-op, or one: how we stand, what each holds of the other's, what is owed and what waits."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.neighbours import reads

        async with at(folder) as coop:
            here, actor = coop.here(), at_the_command_line()
            one = [await reads.one(actor, node_id, here=here)] if node_id else []
            known = one or (await reads.every(actor, here=here)).neighbours
        found = [
            line for each in known for line in (*lines(each.peer, here.now), *(both_ways(each) if node_id else ()))
        ]
        found = found or [f"No neighbours yet. Next: {then(folder, 'peer invite NODE_ID')}"]
        say(known[0] if node_id else known, as_json=as_json, words="\n".join(found))

    run(go, as_json=as_json)


@cli.command("try")
def try_now(node_id: Node, folder: Dir = Path("."), as_json: Json = False) -> None:
    """Knock at a co-op's node now. A running node does it, within half a minute."""
    _change(folder, as_json, lambda acts, actor, here: acts.try_now(actor=actor, node_id=node_id, here=here))


@cli.command()
def pause(
    node_id: Node,
    private: Annotated[str, typer.Option("--private", "--reason", help="Why, for your own record; it does not leave.")],
    why: Annotated[
        str, typer.Option("--why", help="What they are told: repair, people, talk, safety or other.")
    ] = "other",
    public: Annotated[str, typer.Option("--public", help="A line for them and the members of both, or none.")] = "",
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Share nothing with a co-op from now on. It still learns what was withdrawn, and concerns still pass."""
    _change(
        folder,
        as_json,
        lambda acts, actor, here: acts.pause(
            actor=actor, node_id=node_id, reason=private, why=why, words=public, here=here
        ),
        f"peer resume {node_id}",
    )


@cli.command()
def resume(node_id: Node, folder: Dir = Path("."), as_json: Json = False) -> None:
    """End a pause of ours."""
    _change(folder, as_json, lambda acts, actor, here: acts.resume(actor=actor, node_id=node_id, here=here))


@cli.command()
def thaw(node_id: Node, folder: Dir = Path("."), as_json: Json = False) -> None:
    """Trust a co-op again whose log had shown two histories, once its node has begun a new one and you know why."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.peers import evidence

        async with at(folder) as coop:
            detail = await evidence.thaw(actor=at_the_command_line(), node_id=node_id, here=coop.here())
            now = coop.here().now
        say(detail, as_json=as_json, words="\n".join(lines(detail, now)))

    run(go, as_json=as_json)


@cli.command()
def end(
    node_id: Node,
    private: Annotated[str, typer.Option("--private", "--reason", help="Why, for your own record; it does not leave.")],
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """End the trust in a co-op: nothing is shared any more, and what it gave us is dropped."""
    _change(
        folder, as_json, lambda acts, actor, here: acts.end(actor=actor, node_id=node_id, reason=private, here=here)
    )


terms = typer.Typer(help="Other terms with a neighbour, while what was agreed goes on.", no_args_is_help=True)
cli.add_typer(terms, name="terms")


@terms.command()
def propose(
    node_id: Node,
    gives: Annotated[str, typer.Option(help="Topics that we give, with commas; left out, as now.")] = "-",
    gets: Annotated[str, typer.Option(help="Topics that we take, with commas; left out, as now.")] = "-",
    erasure_hours: Annotated[int, typer.Option(help="Hours within which an erasure is answered; 0, as now.")] = 0,
    retention_days: Annotated[int, typer.Option(help="Days for which data may be kept; 0, as now.")] = 0,
    days: Annotated[int, typer.Option(help="Days from now until which it stands.")] = 365,
    agreement: Own = None,
    standard: Annotated[
        bool, typer.Option("--standard", help="The text that we make, where one of your own stands.")
    ] = False,
    words: Annotated[str, typer.Option(help="The twelve words you heard, where their root keys have changed.")] = "",
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Propose other terms, or to go on for longer. Nothing changes before they say yes."""

    async def deed(acts: Any, actor: Any, here: Any) -> Any:
        from node.peers import reads, renewing
        from node.peers.shapes import TermsAsk

        now = (await reads.detail(node_id, here=here)).agreed
        ask = TermsAsk(
            gives=_topics(gives, now.gets if now else []),
            gets=_topics(gets, now.gives if now else []),
            erasure_hours=erasure_hours or (now.erasure_hours if now else 72),
            retention_days=retention_days or (now.retention_days if now else 90),
            days=days,
            words=words,
            agreement=text_of(agreement),
            standard=standard,
        )
        return await renewing.propose_terms(actor=actor, node_id=node_id, ask=ask, here=here)

    _change(folder, as_json, deed, f"peer show {node_id}")


@terms.command()
def agree(
    node_id: Node,
    digest: Annotated[str, typer.Option(help="Which proposal: its digest, as “peer show” prints it.")],
    agreement: Own = None,
    words: Annotated[str, typer.Option(help="The twelve words you heard, where their root keys have changed.")] = "",
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Say yes to the terms that a co-op proposed."""

    async def deed(acts: Any, actor: Any, here: Any) -> Any:
        from node.peers import renewing
        from node.peers.shapes import Yes

        yes = Yes(digest=digest, words=words, agreement=text_of(agreement))
        return await renewing.agree_terms(actor=actor, node_id=node_id, yes=yes, here=here)

    _change(folder, as_json, deed, f"peer show {node_id}")


@terms.command()
def decline(node_id: Node, folder: Dir = Path("."), as_json: Json = False) -> None:
    """Say no to the terms that a co-op proposed, or take your own back."""

    async def deed(acts: Any, actor: Any, here: Any) -> Any:
        from node.peers import renewing

        return await renewing.decline_terms(actor=actor, node_id=node_id, here=here)

    _change(folder, as_json, deed, f"peer show {node_id}")


def _topics(given: str, now: list[str]) -> list[str]:
    return now if given == "-" else [each.strip() for each in given.split(",") if each.strip()]


def _change(
    folder: Path, as_json: bool, deed: Callable[[Any, Any, Any], Awaitable[Any]], next_step: str = "peer show"
) -> None:
    async def go() -> None:
        from node.actor import at_the_command_line
        from node.peers import acts

        async with at(folder) as coop:
            made = await deed(acts, at_the_command_line(), coop.here())
        say(made, as_json=as_json, words=f"{made.name or made.node_id}: {made.state}.\nNext: {then(folder, next_step)}")

    run(go, as_json=as_json)
