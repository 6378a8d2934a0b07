# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the command line answers: in words for people, or with `--json` in one JSON line on standard output.

A refusal is one sentence (and one line a field) on standard error, or with `--json` one JSON line there: `type`, `detail`,
`errors`, as in a problem document of the API (RFC 9457); standard output stays empty, and the exit code is 1. A wrong call
(an unknown option, a value that is no number) is told in words, exit code 2. No refusal shows a traceback or a secret: a fault
of ours names its kind and place only. What is logged on the way goes to standard error, from warnings on.
"""

from __future__ import annotations

import asyncio
import shlex
import sys
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import msgspec
import typer

from node.errors import Invalid, Refusal

T = TypeVar("T")

Dir = Annotated[Path, typer.Option("--dir", envvar="COMMONCARE_DIR", help="The co-op's folder.", show_default="here")]
Json = Annotated[bool, typer.Option("--json", help="Answer in one JSON line.")]
TAKES_AN_ID = {"ignore_unknown_options": True}
"""For commands with an id among their arguments: one of 64 begins with a hyphen, and is no option."""


def say(answer: Any, *, as_json: bool, words: str) -> None:
    """`answer` as one JSON line, or `words`."""
    typer.echo(msgspec.json.encode(answer) if as_json else words)


def then(folder: Path, command: str) -> str:
    """A command that comes next, for the same folder."""
    where = "" if folder == Path(".") else f" --dir {shlex.quote(str(folder))}"
    return f"commoncare {command}{where}"


def refuse(code: str, words: str, fields: dict[str, str], *, as_json: bool) -> NoReturn:
    """One sentence (or JSON line) on standard error, then exit code 1."""
    if as_json:
        errors = [{"field": name, "detail": detail} for name, detail in fields.items()]
        problem = {"type": f"urn:commoncare:problem:{code}", "detail": words, **({"errors": errors} if errors else {})}
        typer.echo(msgspec.json.encode(problem), err=True)
    else:
        typer.echo("\n".join([words, *(f"  {name}: {detail}" for name, detail in fields.items())]), err=True)
    raise typer.Exit(1)


def run(work: Callable[[], Coroutine[Any, Any, T]], *, as_json: bool = False) -> T:
    """Runs `work` to its end; whatever it raises becomes a sentence and exit code 1."""
    from node import logs

    logs.set_up(level="warning")
    try:
        return asyncio.run(work())
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except Exception as error:
        found = _first(error)
    refuse(*_told(found), as_json=as_json)


def _first(error: BaseException) -> BaseException:
    """What lies in a group of errors: a refusal first, for it has words."""
    while isinstance(error, BaseExceptionGroup):
        refusals = error.subgroup(Refusal)
        error = (refusals or error).exceptions[0]
    return error


def _told(error: BaseException) -> tuple[str, str, dict[str, str]]:
    """Code, words and fields of a refusal of ours, the protocol's, the machine's, or of a fault."""
    from federation.errors import Refused

    if isinstance(error, Refusal):
        return error.code, error.words, error.fields if isinstance(error, Invalid) else {}
    if isinstance(error, Refused):
        return error.code, f"{error.title}.", {}
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return "unavailable", f"{error.filename} can't be used: {error.strerror.lower()}.", {}
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if "/node/" in f.filename or "/federation/" in f.filename
    ]
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return "fault", f"Something went wrong on our side ({type(error).__name__}{place}). Please report it.", {}


@asynccontextmanager
async def at(folder: Path) -> AsyncIterator[Any]:
    """The co-op in `folder`, opened and bound, for one command. Raises Misconfigured where database or key are others'."""
    from node import database
    from node.coop import Coop
    from node.doctor import must_be_there, must_belong
    from node.settings import load

    settings = load(folder)
    must_be_there(settings)
    async with Coop.open(settings) as coop:
        with database.bound(coop.engine):
            await must_belong(here=coop.here())
            yield coop


def secret_line(file: Path | None, *, what: str, confirm: bool = False) -> str:
    """A secret: the first line of `file`, else asked for at a terminal, else the first line of standard input."""
    option = "--passphrase-file"
    if file is not None:
        try:
            line = file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError):
            line = ""
        if not line:
            raise typer.BadParameter(f"{file} can't be read, or its first line is empty.", param_hint=option)
        return line
    if sys.stdin.isatty():
        return str(typer.prompt(f"{what} (several words)", hide_input=True, confirmation_prompt=confirm, err=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise typer.BadParameter("give it, or the passphrase on standard input.", param_hint=option)
    return line
