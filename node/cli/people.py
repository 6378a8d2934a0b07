# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare member …`: people, from the machine's own command line. Who did it is recorded as "cli"."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from node.cli.telling import TAKES_AN_ID, Dir, Json, at, run, say, then
from node.errors import NotFound

cli = typer.Typer(help="People of this co-op.", no_args_is_help=True)


@cli.command()
def invite(
    folder: Dir = Path("."),
    role: Annotated[list[str] | None, typer.Option(help="A role they will hold; may be given more than once.")] = None,
    name: Annotated[str, typer.Option(help="Their name, to greet them.")] = "",
    email: Annotated[str, typer.Option(help="Their address; they can correct it.")] = "",
    days: Annotated[int, typer.Option(help="How long the invitation stands.")] = 14,
    as_json: Json = False,
) -> None:
    """Make an invitation to this co-op. Its token is shown once: hand it to the person."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.members import acts
        from node.members.shapes import InvitationDraft

        async with at(folder) as coop:
            draft = InvitationDraft(roles=role or ["member"], name=name, email=email, days=days)
            made = await acts.invite(actor=at_the_command_line(), draft=draft, here=coop.here())
            home = coop.here().home
        say(
            made,
            as_json=as_json,
            words=f"An invitation that stands for {days} days. Hand this to the person; it is not shown again:\n"
            f"  {home}/invitations/{made.token}\n"
            "They open it in a browser. A program accepts it with: POST /api/v1/people/invitations/acceptance\n"
            f"Next: {then(folder, 'serve')}, and when they have come: {then(folder, 'member list')}",
        )

    run(go, as_json=as_json)


@cli.command(context_settings=TAKES_AN_ID)
def token(
    person: Annotated[str, typer.Argument(help="The person's id; see: commoncare member list")],
    folder: Dir = Path("."),
    label: Annotated[str, typer.Option(help="What it is for, for their own list.")] = "made at the command line",
    scope: Annotated[list[str] | None, typer.Option(help="What it may be used for; left out: everything.")] = None,
    days: Annotated[int, typer.Option(help="How long it stands.")] = 90,
    as_json: Json = False,
) -> None:
    """Make an access token for a person. It is shown once, and the person sees it in their list."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.members import standing
        from node.members.shapes import TokenDraft

        async with at(folder) as coop:
            draft = TokenDraft(label=label, scopes=scope or ["*"], days=days)
            try:
                made = await standing.issue_token(
                    actor=at_the_command_line(), draft=draft, person_id=person, here=coop.here()
                )
            except NotFound:
                raise NotFound(f"Nobody here has that id. See: {then(folder, 'member list')}") from None
        say(
            made,
            as_json=as_json,
            words=f"This token stands for {days} days and is not shown again:\n  {made.token}\n"
            "It is sent with each request: authorization: Bearer …",
        )

    run(go, as_json=as_json)


@cli.command("list")
def everybody(folder: Dir = Path("."), as_json: Json = False) -> None:
    """Everybody in this co-op, with their roles. No care data."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.members import reads

        async with at(folder) as coop:
            people = await reads.directory(at_the_command_line(), here=coop.here())
        lines = [f"{each.id}  {each.full_name} ({each.state}): {', '.join(each.roles) or 'member'}" for each in people]
        lines = lines or [f"Nobody yet. Next: {then(folder, 'member invite --role operator')}"]
        say(people, as_json=as_json, words="\n".join(lines))

    run(go, as_json=as_json)


@cli.command(context_settings=TAKES_AN_ID)
def copy(
    person: Annotated[str, typer.Argument(help="The person's id; see: commoncare member list")],
    folder: Dir = Path("."),
    as_json: Json = False,
) -> None:
    """A copy of what is kept about somebody: asks for it, or, once a lead has read it and handed it out, writes it out.

    Worries that they told us of and how they sign in are not in it: those stand on their own page alone.
    """

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.dates import date_long
        from node.front import acts, reads
        from node.front.pages.parts import parts
        from node.front.shapes import CopyDraft

        actor = at_the_command_line()
        async with at(folder) as coop:
            here = coop.here()
            try:
                line, shown = await reads.at_the_command_line(actor, person, here=here)
                if line is None or line.state == "over":
                    draft = CopyDraft(introductions="no")
                    await acts.ask_for_copy(actor=actor, draft=draft, person_id=person, here=here)
                    line, shown = await reads.at_the_command_line(actor, person, here=here)
            except NotFound:
                raise NotFound(f"Nobody here has that id. See: {then(folder, 'member list')}") from None
        assert line is not None
        if shown is None:
            words = (
                f"Asked for. It is due by {date_long(line.due)}. A lead reads it first, under For leads, Copies.\n"
                f"Next, once they have handed it out: {then(folder, f'member copy {person}')}"
            )
            say(line, as_json=as_json, words=words)
            return
        text = [f"What {shown.co_op} keeps about {shown.line.who}", *([shown.note] if shown.note else [])]
        for part in parts(shown.sections):
            text += ["", part.title, *([part.note] if part.note else [])]
            for entry in part.entries:
                text += [f"  {entry.title}", *(f"    {name}: {value}" for name, value in entry.rows)]
        say(shown, as_json=as_json, words="\n".join(text))

    run(go, as_json=as_json)
