# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare fact …`: facts that this co-op declares, and taking one back at once.

Writing one down and confirming it are not here: two people stand behind each fact, and a command line does not know who
sits at it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from node.cli.telling import TAKES_AN_ID, Dir, Json, at, run, say, then

cli = typer.Typer(help="Facts that a circle agreed to declare.", no_args_is_help=True)


@cli.command()
def show(folder: Dir = Path("."), as_json: Json = False) -> None:
    """What we and our neighbours declare now, and ours that wait for a second person."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.metrics import reads

        async with at(folder) as coop:
            here, actor = coop.here(), at_the_command_line()
            ours = await reads.records(actor, here=here)
            found = await reads.facts(actor, here=here)
        standing = [each for each in ours.items if each.state in ("waiting", "declared")]
        lines = [_line(each.id, each.state, each) for each in standing]
        lines += [_line(each.co_op, "declared", each) for each in found.items if not each.ours]
        say(
            {"ours": ours.items, "declared": found.items},
            as_json=as_json,
            words="\n".join(lines) or "There are none yet. People write them down on the page /facts.",
        )

    run(go, as_json=as_json)


@cli.command(context_settings=TAKES_AN_ID)
def withdraw(
    fact_id: Annotated[str, typer.Argument(help="The fact's id; see: commoncare fact show")],
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """Take a fact back, here and at every neighbour."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.metrics import acts

        async with at(folder) as coop:
            made = await acts.withdraw_fact(actor=at_the_command_line(), fact_id=fact_id, here=coop.here())
        say(made, as_json=as_json, words=f"{made.id}: {made.state}.\nNext: {then(folder, 'fact show')}")

    run(go, as_json=as_json)


def _line(name: str, state: str, each: Any) -> str:
    from node.metrics import wording

    said = "; ".join(wording.lines(each.said))
    return f"{name}  {state}: {wording.TITLES[each.said.about]}: {said} ({each.circle})"
