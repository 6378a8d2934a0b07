# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare peer …`: whom this co-op trusts. Words are compared on a checking call, never skipped.

`invite` at one co-op, `accept` at the other, `confirm` at the first. A running node does the talking.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from node.cli.telling import Dir, Json, at, run, say, then
from node.errors import NotFound

cli = typer.Typer(help="Neighbour co-ops: who is trusted, for what.", no_args_is_help=True)

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
            f"Then you run: {then(folder, f'peer confirm {made.node_id}')} --words '…the words you heard…'",
        )

    run(go, as_json=as_json)


@cli.command()
def accept(
    invitation: Annotated[str, typer.Argument(help="The invitation as it came; - reads it from standard input.")],
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Take another co-op's invitation. A running node then asks it for a peering."""

    async def go() -> None:
        import sys

        from node.actor import at_the_command_line
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
            f"Next: {then(folder, 'peer show')}",
        )

    run(go, as_json=as_json)


@cli.command()
def confirm(
    node_id: Node,
    words: Annotated[str, typer.Option(help="The twelve words you heard on the call.")],
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Say yes to a co-op that took our invitation, by the words heard on the checking call."""

    async def deed(acts: Any, actor: Any, here: Any) -> Any:
        try:
            return await acts.confirm(actor=actor, node_id=node_id, words=words, here=here)
        except NotFound:
            raise NotFound(f"{node_id} has not asked us yet; its node does, once it took our invitation.") from None

    _change(folder, as_json, deed)


@cli.command()
def show(folder: Dir = Path("."), as_json: Json = False) -> None:
    """Every neighbour co-op: how we stand, when we last heard from it."""

    async def go() -> None:
        from node.peers import reads

        async with at(folder) as coop:
            here = coop.here()
            known = await reads.details(here=here)
        lines = [line for each in known for line in _lines(each, here.now)]
        lines = lines or [f"No neighbours yet. Next: {then(folder, 'peer invite NODE_ID')}"]
        say(known, as_json=as_json, words="\n".join(lines))

    run(go, as_json=as_json)


@cli.command()
def pause(
    node_id: Node,
    reason: Annotated[str, typer.Option(help="Why, for your own record; it does not leave.")],
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Share nothing with a co-op from now on. It still learns what was withdrawn, and concerns still pass."""
    _change(
        folder,
        as_json,
        lambda acts, actor, here: acts.pause(actor=actor, node_id=node_id, reason=reason, here=here),
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
        say(detail, as_json=as_json, words="\n".join(_lines(detail, now)))

    run(go, as_json=as_json)


@cli.command()
def end(
    node_id: Node,
    reason: Annotated[str, typer.Option(help="Why, for your own record; it does not leave.")],
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """End the trust in a co-op: nothing is shared any more, and what it gave us is dropped."""
    _change(folder, as_json, lambda acts, actor, here: acts.end(actor=actor, node_id=node_id, reason=reason, here=here))


def _lines(each: Any, now: int) -> list[str]:
    """One neighbour in words; its twelve words while the peering still has to be confirmed."""
    said = [each.state]
    said += [words for words, holds in (("by us", each.paused_here), ("by them", each.paused_there)) if holds]
    said += ["frozen: it showed two different logs"] if each.frozen else []
    said += [f"gives {', '.join(each.gives)}"] if each.gives else []
    said += [f"gets {', '.join(each.gets)}"] if each.gets else []
    if each.last_contact:
        said.append(f"last heard of {_ago(now - each.last_contact)}")
    if each.failing_since:
        said.append(f"not reachable since {_ago(now - each.failing_since)}")
    if each.why:
        said.append(f"stopped at: {each.why}")
    lines = [f"{each.node_id}  {each.name}: {'; '.join(said)}"]
    if each.state == "proposed" and each.words:
        lines.append(f"  their words, to be compared on the call: {each.words}")
    return lines


def _ago(seconds: int) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "just now"


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
