# SPDX-License-Identifier: AGPL-3.0-or-later
"""`leave`: the co-op says on which day it leaves, may take that back until then, and sees who has confirmed that all was deleted.

On the day a running node ends everything with others by itself. Nothing is ended by the command itself, and nothing waits for it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from node.cli.backups import write_new
from node.cli.telling import Dir, Json, at, run, say, then

STEPS = {
    "confirmed": "confirmed on {when} that it deleted everything",
    "waiting": "has not confirmed yet; it has until {due}",
    "overdue": "has not confirmed, and should have by {due}. It may still do so. It holds up nothing: ring them",
}


def add_to(cli: typer.Typer) -> None:
    cli.command()(leave)


def leave(
    folder: Dir = Path("."),
    on: Annotated[str, typer.Option(help="The day, such as 2027-03-31; two weeks from now at the earliest.")] = "",
    answered: Annotated[int, typer.Option(help="For how many days after it somebody answers the telephone.")] = 90,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Say how far it is, neighbour by neighbour.")] = False,
    take_back: Annotated[bool, typer.Option("--take-back", help="The co-op stays after all.")] = False,
    receipt: Annotated[
        Path | None, typer.Option(help="Write the last document, signed, into this new file; once the co-op has left.")
    ] = None,
    check: Annotated[Path | None, typer.Option(help="Judge a last document; needs no node.")] = None,
    as_json: Json = False,
) -> None:
    """Leave: end everything with others on a day, and collect their receipts."""
    chosen = [bool(on), status, take_back, receipt is not None, check is not None, dry_run and not on]
    if sum(chosen) != 1:
        raise typer.BadParameter("say one of --on, --dry-run, --status, --take-back, --receipt, --check.")
    if check is not None:
        run(lambda: _check(check, as_json), as_json=as_json)
    elif receipt is not None:
        run(lambda: _receipt(folder, receipt, as_json), as_json=as_json)
    elif take_back:
        run(lambda: _take_back(folder, as_json), as_json=as_json)
    elif dry_run:
        run(lambda: _preview(folder, as_json), as_json=as_json)
    elif status:
        run(lambda: _status(folder, as_json), as_json=as_json)
    else:
        run(lambda: _announce(folder, on, answered, as_json), as_json=as_json)


async def _preview(folder: Path, as_json: bool) -> None:
    async with at(folder) as coop:
        found = await _counted(coop)
    say(found, as_json=as_json, words="\n".join([*_would(found), "", "Nothing was changed."]))


async def _counted(coop: Any) -> Any:
    from node.actor import at_the_command_line
    from node.leaving import reads

    return await reads.preview(at_the_command_line(), here=coop.here())


def _would(found: Any) -> list[str]:
    ended = [
        *(["the charter is left"] if found.charter else []),
        f"{_many(found.facts, 'fact')} and {_many(found.offers, 'offer')} are withdrawn",
        f"{_many(found.introductions, 'private introduction')} end, and both sides are told",
        f"what was agreed ends with {', '.join(found.neighbours) or 'nobody, for there are no neighbours'}; "
        "each deletes what it had, and signs that it did",
    ]
    return [
        f"When it is said, {_many(found.people, 'person', 'people')} get a neutral mail, and every page says the day.",
        "On the day:",
        *(f"  - {line}" for line in ended),
        "  - nobody can join any more, and nothing new can begin",
        "People can still sign in, read, and keep a copy of what is theirs, for as long as you run the node.",
        "What the law asks you to keep, such as safeguarding records, stays yours to keep: see the page on leaving.",
    ]


async def _announce(folder: Path, on: str, answered: int, as_json: bool) -> None:
    from node.actor import at_the_command_line
    from node.dates import date_long
    from node.leaving import acts, rules

    async with at(folder) as coop:
        here = coop.here()
        on_at = rules.day_of(on)
        rules.leaves(on_at, answered=answered, now=here.now)
        if not as_json:
            typer.echo("\n".join([*_would(await _counted(coop)), ""]), err=True)
        typed = _typed(here.node_id)
        await acts.announce(actor=at_the_command_line(), on_at=on_at, answered=answered, typed=typed, here=here)
    say(
        {"on_at": on_at},
        as_json=as_json,
        words=f"The co-op leaves on {date_long(on_at)}. Everybody is told now.\n"
        f"Until then: {then(folder, 'leave --take-back')}\n"
        f"Keep the node running on that day and after it, so that neighbours can confirm: {then(folder, 'leave --status')}\n"
        f"Take everything along before: {then(folder, 'export --why close --out NAME.zip.age')}",
    )


def _typed(node_id: str) -> str:
    """What somebody typed to confirm, at a terminal or on standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt(f"Type {node_id} to say so", err=True))
    return sys.stdin.readline().strip()


async def _take_back(folder: Path, as_json: bool) -> None:
    from node.actor import at_the_command_line
    from node.leaving import acts

    async with at(folder) as coop:
        await acts.take_back(actor=at_the_command_line(), here=coop.here())
    say({"phase": "none"}, as_json=as_json, words="The co-op stays. Everybody is told.")


async def _status(folder: Path, as_json: bool) -> None:
    from node.actor import at_the_command_line
    from node.dates import date_long
    from node.leaving import reads

    async with at(folder) as coop:
        found = await reads.status(at_the_command_line(), here=coop.here())
    if found.phase == "none":
        say(found, as_json=as_json, words="Nobody has said that this co-op leaves.")
        return
    assert found.on_at is not None
    lines = {
        "announced": [f"The co-op leaves on {date_long(found.on_at)}. It can be taken back until then."],
        "going": ["The day has come, and there is still something to end. A running node does it: is it running?"],
        "gone": [f"The co-op left on {date_long(found.on_at)}. All that this node can end has ended."],
    }[found.phase]
    if found.phase != "announced":
        lines += [
            f"{each.name or each.node_id}: "
            + STEPS[each.step].format(
                when=date_long(each.confirmed_at or 0), due=date_long(each.due) if each.due else "a few days from now"
            )
            + "."
            for each in found.neighbours
        ]
    if found.phase == "gone":
        lines += ["", f"Next: {then(folder, 'leave --receipt NAME.json')}"]
    say(found, as_json=as_json, words="\n".join(lines))


async def _receipt(folder: Path, out: Path, as_json: bool) -> None:
    from node.actor import at_the_command_line
    from node.leaving import receipt

    async with at(folder) as coop:
        made = await receipt.document(at_the_command_line(), here=coop.here())
    write_new(out, made.decode() + os.linesep)
    say(
        receipt.check(made),
        as_json=as_json,
        words=_judged(receipt.check(made), f"{out} is written. Keep it with the export."),
    )


async def _check(file: Path, as_json: bool) -> None:
    from node.leaving import receipt

    found = receipt.check(file.read_bytes())
    say(found, as_json=as_json, words=_judged(found, f"{file} is sound."))


def _judged(found: Any, first: str) -> str:
    from node.dates import date_long

    without = f"\nNot confirmed by: {', '.join(found.without)}." if found.without else ""
    return (
        f"{first} {found.node_id} left on {date_long(found.left_at)}.\n"
        f"Signed that they deleted everything: {', '.join(found.signed) or 'nobody yet'}.{without}"
    )


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"
