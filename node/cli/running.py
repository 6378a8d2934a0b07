# SPDX-License-Identifier: AGPL-3.0-or-later
"""`init`, `serve`, `work`, `migrate`, `doctor`, `demo`: a node's own life at the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from node.cli.telling import Dir, Json, run, say


def add_to(cli: typer.Typer) -> None:
    for command in (init, serve, work, migrate, doctor, demo):
        cli.command()(command)


def init(
    node_id: Annotated[str, typer.Option(help="This co-op's host name in the federation, such as alder.example.org.")],
    name: Annotated[str, typer.Option(help="What the co-op calls itself.")],
    folder: Dir = Path("."),
    phone: Annotated[str, typer.Option(help="The co-op's telephone number.")] = "",
    port: Annotated[int, typer.Option(help="Where it listens on this machine.")] = 8100,
    metrics_port: Annotated[int, typer.Option(help="Where Prometheus reads; 0 for nowhere.")] = 0,
    database: Annotated[str, typer.Option(help="postgresql://…; left out: a SQLite file in the folder.")] = "",
    passphrase_file: Annotated[
        Path | None, typer.Option(help="A file whose first line is the root key's passphrase; left out: asked for.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a new co-op's node in a folder: settings, keys and database."""
    passphrase = _passphrase(passphrase_file)
    given: dict[str, Any] = {
        "node_id": node_id,
        "port": port,
        "metrics_port": metrics_port,
        "co_op": {"name": name, "phone": phone},
    }
    if database:
        given["database"] = database

    async def make() -> None:
        from node.coop import found

        settings, founded = await found(folder, given, passphrase=passphrase)
        say(
            founded,
            as_json=as_json,
            words=f"{name} has a node in {settings.folder}.\n\n"
            f"Print these words and keep them apart from this machine; with them the node's name can be saved:\n"
            f"  {founded.paper_key}\n\n"
            f"Copy the folder's keys to a safe place too. Read these twelve words on a checking call:\n"
            f"  {founded.words}\n\n"
            f"Next: commoncare member invite --role operator --dir {folder}\n"
            f"then: commoncare serve --dir {folder}",
        )

    run(make)


def _passphrase(file: Path | None) -> str:
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").splitlines()[0]
        except (OSError, IndexError):
            typer.echo(f"--passphrase-file: {file} can't be read or is empty.", err=True)
            raise typer.Exit(2) from None
    if sys.stdin.isatty():
        return str(
            typer.prompt("A passphrase for the root key (several words)", hide_input=True, confirmation_prompt=True)
        )
    line = sys.stdin.readline().rstrip("\n")
    if not line:
        typer.echo("Give the root key's passphrase with --passphrase-file, or on standard input.", err=True)
        raise typer.Exit(2)
    return line


def serve(
    folder: Dir = Path("."),
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Answer only; another process does the work.")] = False,
    until_eof: Annotated[
        bool, typer.Option("--until-eof", help="End when standard input closes.", hidden=True)
    ] = False,
) -> None:
    """Answer people and neighbours, and do the work (mail, letters, feeds) beside it."""

    async def go() -> None:
        from node.serving import serve_coop
        from node.settings import load

        await serve_coop(load(folder), worker=not no_worker, until_eof=until_eof)

    run(go)


def work(folder: Dir = Path(".")) -> None:
    """Do the work (mail, letters, feeds) without answering anybody; as many of these as you like share it."""

    async def go() -> None:
        from node.serving import work_for
        from node.settings import load

        await work_for(load(folder))

    run(go)


def migrate(folder: Dir = Path("."), as_json: Json = False) -> None:
    """Bring the database forward to this version. Safe to run twice, and from several machines at once."""

    async def go() -> None:
        from node import database, schema
        from node.settings import load

        engine = database.open_engine(load(folder).database_url)
        await engine.open()
        try:
            with database.bound(engine):
                ran = await schema.migrate()
        finally:
            await engine.close()
        say(
            {"migrated": ran},
            as_json=as_json,
            words=f"{len(ran)} steps done." if ran else "The database is up to date; nothing to do.",
        )

    run(go)


def doctor(folder: Dir = Path("."), as_json: Json = False) -> None:
    """Look the node over and say in words what to do next."""

    async def go() -> bool:
        from node.doctor import look_over
        from node.settings import load

        findings = await look_over(load(folder))
        good = all(each.well for each in findings)
        lines = [f"{'well ' if each.well else 'LOOK '} {each.what}: {each.words}" for each in findings]
        lines += [f"       → {each.next_step}" for each in findings if not each.well]
        say({"well": good, "findings": findings}, as_json=as_json, words="\n".join(lines))
        return good

    if not run(go):
        raise typer.Exit(1)


def demo(
    nodes: Annotated[int, typer.Option(help="How many co-ops, 2 to 8.")] = 3,
    folder: Annotated[Path, typer.Option("--dir", help="Where they live; kept for the next time.")] = Path(
        "commoncare-demo"
    ),
    base_port: Annotated[int, typer.Option(help="The first co-op's port; the others follow.")] = 8100,
    as_json: Json = False,
    seed: Annotated[int, typer.Option(help="The same seed makes the same people and offers.")] = 1,
) -> None:
    """Several federated co-ops with made-up people in them, on this machine, until Ctrl-C."""

    async def go() -> None:
        from node.village.demo import Demo

        await Demo(nodes=nodes, folder=folder, base_port=base_port, seed=seed, as_json=as_json).run()

    run(go)
