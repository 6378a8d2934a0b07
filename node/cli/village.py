# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare village …`: a village of co-ops on this machine, for developers. `up` starts it, the others speak to it."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from node.cli.telling import Json, run, say
from node.errors import Invalid, Unavailable

cli = typer.Typer(
    help="A village of co-ops on this machine, to try things out and to break them.", no_args_is_help=True
)

Where = Annotated[
    Path,
    typer.Option("--dir", envvar="COMMONCARE_VILLAGE", help="The village's folder.", show_default="commoncare-village"),
]
HERE = Path("commoncare-village")
One = Annotated[str, typer.Argument(help="A co-op of the village: alder, birch, …")]
OUT = "village.log"


@cli.command()
def up(
    nodes: Annotated[int, typer.Option(help="How many co-ops, 1 to 20.", min=1, max=20)] = 3,
    folder: Where = HERE,
    base_port: Annotated[
        int, typer.Option(help="The first co-op's port; the others follow.", min=1024, max=65_300)
    ] = 8100,
    database: Annotated[str, typer.Option(help="sqlite, or postgres with --postgres.")] = "sqlite",
    postgres: Annotated[
        str,
        typer.Option(envvar="COMMONCARE_VILLAGE_POSTGRES", help="A server where databases may be made: postgresql://…"),
    ] = "",
    faults: Annotated[Path | None, typer.Option(help="A YAML file: what breaks, and when.")] = None,
    program: Annotated[
        list[str] | None, typer.Option(help="alder=/path/to/commoncare: this co-op runs another version.")
    ] = None,
    backend: Annotated[str, typer.Option(help="What nodes run in: process, or container.")] = "process",
    image: Annotated[
        list[str] | None, typer.Option(help="What containers are made of; alder=commoncare:next for one alone.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same people, offers and chance.")] = 1,
    detach: Annotated[bool, typer.Option("--detach", help="Come back when it is up, and leave it running.")] = False,
    as_json: Json = False,
) -> None:
    """Start a village of real processes or containers, peered, with made-up people in them."""
    if detach:
        _detached(folder, as_json=as_json)
        return

    async def go() -> None:
        from node.village.orders import read_faults
        from node.village.up import up as start

        if database not in ("sqlite", "postgres"):
            raise Invalid({"database": "sqlite or postgres."})
        if database == "postgres" and not postgres:
            raise Invalid(
                {"postgres": "Say where: --postgres postgresql://user@host/name, a server where databases may be made."}
            )
        if backend not in ("process", "container"):
            raise Invalid({"backend": f"{backend}: there is process, container."})
        if program and backend == "container":
            raise Invalid({"program": "Containers run another version by --image alder=NAME."})
        if image and backend == "process":
            raise Invalid({"image": "Only containers have an image: --backend container."})
        await start(
            nodes=nodes,
            folder=folder,
            base_port=base_port,
            seed=seed,
            faults=read_faults(faults) if faults else [],
            postgres=postgres if database == "postgres" else "",
            programs=_programs(program or []),
            backend="container" if backend == "container" else "process",
            images={name: made for name, _, made in (each.rpartition("=") for each in image or [])},
            tell=lambda words: typer.echo(words, err=True),
            ready=lambda status: say(status, as_json=as_json, words=_standing(status) + _next(folder)),
        )

    if not as_json:
        typer.echo("Setting up co-ops; the first time takes a little longer …", err=True)
    run(go, as_json=as_json)


@cli.command()
def status(folder: Where = HERE, as_json: Json = False) -> None:
    """How each co-op stands, and which ways between them are harmed."""
    found = _order(folder, "status", as_json=as_json)
    say(found, as_json=as_json, words=_standing(found))


@cli.command()
def cut(
    one: One,
    other: One,
    oneway: Annotated[
        bool, typer.Option("--one-way", help="Only what the first asks does not reach the second.")
    ] = False,
    folder: Where = HERE,
    as_json: Json = False,
) -> None:
    """Let nothing pass between two co-ops."""
    _done(folder, f"cut {one} {other}{' oneway' if oneway else ''}", as_json=as_json)


@cli.command()
def slow(one: One, other: One, seconds: float, folder: Where = HERE, as_json: Json = False) -> None:
    """Have everything between two co-ops take so much longer."""
    _done(folder, f"slow {one} {other} {seconds}", as_json=as_json)


@cli.command()
def heal(
    one: Annotated[str, typer.Argument(help="Left out: every way.")] = "",
    other: Annotated[str, typer.Argument()] = "",
    folder: Where = HERE,
    as_json: Json = False,
) -> None:
    """No harm any more between two co-ops, or between any."""
    _done(folder, f"heal {one} {other}", as_json=as_json)


@cli.command()
def kill(one: One, folder: Where = HERE, as_json: Json = False) -> None:
    """Kill a co-op's node as a power cut would (SIGKILL)."""
    _done(folder, f"kill {one}", as_json=as_json)


@cli.command()
def stop(one: One, folder: Where = HERE, as_json: Json = False) -> None:
    """End a co-op's node in good order."""
    _done(folder, f"stop {one}", as_json=as_json)


@cli.command()
def start(one: One, folder: Where = HERE, as_json: Json = False) -> None:
    """Start a co-op's node again, and wait until it answers."""
    _done(folder, f"start {one}", as_json=as_json)


@cli.command(context_settings={"ignore_unknown_options": True})
def clock(
    one: Annotated[str, typer.Argument(help="A co-op, or all.")],
    off: Annotated[str, typer.Argument(help="By how much: +3d, -2h, 90s, 0.")],
    folder: Where = HERE,
    as_json: Json = False,
) -> None:
    """Put a co-op's clock off, or everybody's: days go by at once."""
    _done(folder, f"clock {one} {off}", as_json=as_json)


@cli.command()
def link(
    way: Annotated[str, typer.Argument(help="alder>birch, or * for all.")],
    deeds: Annotated[list[str], typer.Argument(help="latency=0.2 jitter=0.1 slice=97 reset off on heal show …")],
    folder: Where = HERE,
    as_json: Json = False,
) -> None:
    """Do anything else to a way between two co-ops."""
    _done(folder, f"link {way} {' '.join(deeds)}", as_json=as_json)


@cli.command()
def settle(folder: Where = HERE, as_json: Json = False) -> None:
    """Wait until nobody has anything left to do."""
    _done(folder, "settle", as_json=as_json)


@cli.command()
def logs(
    one: One,
    lines: Annotated[int, typer.Option(help="How many of the last ones.", min=1)] = 50,
    folder: Where = HERE,
) -> None:
    """The end of a co-op's log; it stays when the village has ended."""
    from node.village.processes import LOG

    file = folder / one / LOG
    if "/" in one or not file.is_file():
        known = ", ".join(sorted(each.parent.name for each in folder.glob(f"*/{LOG}"))) or "none yet"
        raise typer.BadParameter(f"there is no log of {one}. There is: {known}.")
    typer.echo("\n".join(file.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]))


@cli.command()
def down(folder: Where = HERE, as_json: Json = False) -> None:
    """End the village. What was made stays, for the next time and for reading."""
    from node.village.control import NOTE, runs

    if not runs(folder):
        (folder / NOTE).unlink(missing_ok=True)  # of one that was cut off
        if _left_behind(folder, as_json=as_json):
            return
    _done(folder, "down", as_json=as_json)

    async def gone() -> None:
        from node.village.control import until_gone

        await until_gone(folder)

    run(gone, as_json=as_json)


def _left_behind(folder: Path, *, as_json: bool) -> bool:
    """Whether a village that was cut off had left containers: then they are gone, and it is said."""
    from node.village.containers import LOCK, sweep

    if not (folder / LOCK).exists():
        return False

    async def go() -> list[str]:
        return sweep()

    gone = run(go, as_json=as_json)
    if gone:
        words = f"A village that was cut off had left {len(gone)} container{'s' * (len(gone) > 1)}; gone now."
        say({"said": words}, as_json=as_json, words=words)
    return bool(gone)


def _order(folder: Path, words: str, *, as_json: bool) -> Any:
    async def ask() -> Any:
        from node.village.control import order

        return await order(folder, words)

    return run(ask, as_json=as_json)


def _done(folder: Path, words: str, *, as_json: bool) -> None:
    said = _order(folder, words, as_json=as_json)
    say({"said": said}, as_json=as_json, words=str(said))


def _programs(given: list[str]) -> dict[str, list[str]]:
    wrong = [each for each in given if "=" not in each]
    if wrong:
        raise Invalid({"program": f"{wrong[0]} names no co-op: alder=/path/to/commoncare."})
    return {name: shlex.split(command) for name, _, command in (each.partition("=") for each in given)}


def _standing(status: dict[str, Any]) -> str:
    lines = [
        f"{each['name']:<8} {'up' if each['up'] else 'DOWN':<5} {each['url']}"
        + (f"   clock off by {each['clock_off']} s" if each["clock_off"] else "")
        for each in status["nodes"]
    ]
    return "\n".join([*lines, *(f"{name}: {harm}" for name, harm in status["harm"].items())])


def _next(folder: Path) -> str:
    where = "" if folder == HERE else f" --dir {shlex.quote(str(folder))}"
    return f"\n\nIn another terminal: commoncare village status{where}\nEnd with Ctrl-C, or: commoncare village down{where}"


def _detached(folder: Path, *, as_json: bool) -> None:
    """The same command in a session of its own; back when it can be spoken to."""
    from node.village.control import NOTE, runs

    folder.mkdir(parents=True, exist_ok=True)
    if runs(folder):
        run(_runs_already, as_json=as_json)
    (folder / NOTE).unlink(missing_ok=True)  # of one that was cut off
    arguments = [each for each in sys.argv[1:] if each not in ("--detach", "--json")]
    with open(folder / OUT, "ab") as out:
        child = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", "node", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    while child.poll() is None and not (folder / NOTE).exists():
        time.sleep(0.1)
    if child.poll() is not None:
        last = (folder / OUT).read_text(errors="replace").splitlines()[-5:]
        typer.echo("\n".join([f"It did not start. {folder / OUT} ends with:", *last]), err=True)
        raise typer.Exit(1)
    found = _order(folder, "status", as_json=as_json)
    say(found, as_json=as_json, words=_standing(found) + _next(folder))


async def _runs_already() -> None:
    raise Unavailable("A village runs in this folder already. See: commoncare village status")
