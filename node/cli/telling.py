# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the command line answers: a sentence for people or one JSON line for programs, and a refusal in one sentence.

No colour where the output is no terminal. A refusal never shows a traceback; a fault of ours names its kind and place only.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer

from node.errors import Invalid, Refusal

T = TypeVar("T")

Dir = Annotated[Path, typer.Option("--dir", envvar="COMMONCARE_DIR", help="The co-op's folder.", show_default="here")]
Json = Annotated[bool, typer.Option("--json", help="Answer in one JSON line.")]


def say(answer: Any, *, as_json: bool, words: str) -> None:
    """`answer` as one JSON line, or `words`."""
    if as_json:
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    else:
        typer.echo(words)


def refuse(error: Refusal) -> None:
    """One sentence a fault on standard error, then exit code 1."""
    typer.echo(error.words, err=True)
    if isinstance(error, Invalid):
        for name, words in error.fields.items():
            typer.echo(f"  {name}: {words}", err=True)
    raise typer.Exit(1)


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs `work` to its end; a Refusal becomes a sentence and exit code 1."""
    try:
        return asyncio.run(work())
    except Refusal as error:
        refuse(error)
        raise  # refuse never comes back


def run_safely(cli: typer.Typer) -> None:
    """The command; what federation refuses is told in one line too."""
    cli()


@asynccontextmanager
async def at(folder: Path) -> AsyncIterator[Any]:
    """The co-op in `folder`, opened and bound, for one command."""
    from node import database
    from node.coop import Coop
    from node.settings import load

    async with Coop.open(load(folder)) as coop:
        with database.bound(coop.engine):
            yield coop
