# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare peer …`: whom this co-op trusts. Words are compared on a checking call, never skipped.

`invite` at one co-op, `accept` at the other, `confirm` at the first. A running node does the talking.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from node.cli.telling import Dir, Json, at, run, say

cli = typer.Typer(help="Neighbour co-ops: who is trusted, for what.", no_args_is_help=True)

Node = Annotated[str, typer.Argument(help="The other co-op's node id, such as birch.example.org.")]


@cli.command()
def invite(node_id: Node, folder: Dir = Path("."), as_json: Json = False) -> None:
    """Make an invitation for one co-op, usable once."""

    async def go() -> None:
        from node.members.shapes import at_the_command_line
        from node.peers import acts

        async with at(folder) as coop:
            made = await acts.invite(actor=at_the_command_line(), node_id=node_id, here=coop.here())
        say(
            made,
            as_json=as_json,
            words=f"Send this to {node_id}'s operator:\n  {made.invitation}\n\n"
            f"Ring them on a number you know, and read these words to each other:\n  {made.words}\n\n"
            f"They run: commoncare peer accept …\nThen you run: commoncare peer confirm {node_id} --words '…their words…'",
        )

    run(go)


@cli.command()
def accept(
    invitation: Annotated[str, typer.Argument(help="The invitation as it came; - reads it from standard input.")],
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Take another co-op's invitation. A running node then asks it for a peering."""

    async def go() -> None:
        import sys

        from node.members.shapes import at_the_command_line
        from node.peers import acts, own
        from node.peers.shapes import Acceptance

        text = sys.stdin.read().strip() if invitation == "-" else invitation
        async with at(folder) as coop:
            here = coop.here()
            made = await acts.accept(actor=at_the_command_line(), invitation=Acceptance(invitation=text), here=here)
            ours = await own.words(here=here)
        say(
            {"peer": made, "words": ours},
            as_json=as_json,
            words=f"We have asked {made.node_id}. Their words must be:\n  {made.words}\n"
            f"Read them ours on the call; they confirm with them:\n  {ours}\n"
            "Next: commoncare peer show",
        )

    run(go)


@cli.command()
def confirm(
    node_id: Node,
    words: Annotated[str, typer.Option(help="The twelve words you heard on the call.")],
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Say yes to a co-op that took our invitation, by the words heard on the checking call."""
    _change(
        folder, as_json, lambda acts, actor, here: acts.confirm(actor=actor, node_id=node_id, words=words, here=here)
    )


@cli.command()
def show(folder: Dir = Path("."), as_json: Json = False) -> None:
    """Every neighbour co-op: how we stand, when we last heard from it."""

    async def go() -> None:
        from node.peers import reads

        async with at(folder) as coop:
            known = await reads.neighbours(here=coop.here())
        lines = [
            f"{each.node_id}  {each.name}: {each.state}"
            + (", not reachable now" if each.failing_since else "")
            + (f"; gives {', '.join(sorted(each.gives))}" if each.gives else "")
            for each in known
        ]
        say(known, as_json=as_json, words="\n".join(lines) or "No neighbours yet. Next: commoncare peer invite NODE_ID")

    run(go)


@cli.command()
def pause(
    node_id: Node,
    reason: Annotated[str, typer.Option(help="Why, for your own record; it does not leave.")],
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Share nothing with a co-op from now on. It still learns what was withdrawn, and concerns still pass."""
    _change(
        folder, as_json, lambda acts, actor, here: acts.pause(actor=actor, node_id=node_id, reason=reason, here=here)
    )


@cli.command()
def resume(node_id: Node, folder: Dir = Path("."), as_json: Json = False) -> None:
    """End a pause of ours."""
    _change(folder, as_json, lambda acts, actor, here: acts.resume(actor=actor, node_id=node_id, here=here))


@cli.command()
def end(
    node_id: Node,
    reason: Annotated[str, typer.Option(help="Why, for your own record; it does not leave.")],
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """End the trust in a co-op: nothing is shared any more, and what it gave us is dropped."""
    _change(folder, as_json, lambda acts, actor, here: acts.end(actor=actor, node_id=node_id, reason=reason, here=here))


def _change(folder: Path, as_json: bool, deed: Callable[[Any, Any, Any], Awaitable[Any]]) -> None:
    async def go() -> None:
        from node.members.shapes import at_the_command_line
        from node.peers import acts

        async with at(folder) as coop:
            made = await deed(acts, at_the_command_line(), coop.here())
        say(made, as_json=as_json, words=f"{made.name or made.node_id}: {made.state}.")

    run(go)
