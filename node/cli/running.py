# SPDX-License-Identifier: AGPL-3.0-or-later
"""`init`, `serve`, `work`, `migrate`, `doctor`, `demo`: a node's own life at the command line."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from node.cli.telling import Dir, Json, run, say, secret_line, then

if TYPE_CHECKING:
    from node.settings import Settings


def add_to(cli: typer.Typer) -> None:
    for command in (init, serve, work, migrate, doctor, demo):
        cli.command()(command)


def init(
    node_id: Annotated[
        str, typer.Option(help="This co-op's host name in the federation, such as alder.example.org.")
    ] = "",
    name: Annotated[str, typer.Option(help="What the co-op calls itself.")] = "",
    folder: Dir = Path("."),
    phone: Annotated[str, typer.Option(help="The co-op's telephone number.")] = "",
    nation: Annotated[
        str, typer.Option(help="Whose helplines are shown: england, scotland, wales, northern-ireland.")
    ] = "",
    port: Annotated[int | None, typer.Option(help="Where it listens on this machine.", show_default="8100")] = None,
    metrics_port: Annotated[
        int | None, typer.Option(help="Where Prometheus reads; 0 for nowhere.", show_default="0")
    ] = None,
    database: Annotated[
        str,
        typer.Option(envvar="COMMONCARE_DATABASE", help="postgresql://…; left out: a SQLite file in the folder."),
    ] = "",
    answers: Annotated[
        Path | None, typer.Option(help="A YAML file of the form of commoncare.yaml that says the rest.")
    ] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="A file whose first line is the root key's passphrase; left out: asked for.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a new co-op's node in a folder: settings, keys and database. At a terminal it asks for what was not said."""
    options = {
        "node_id": node_id,
        "co_op.name": name,
        "co_op.phone": phone,
        "co_op.nation": nation,
        "port": port,
        "metrics_port": metrics_port,
        "database": database,
    }

    async def make() -> None:
        from node.cli.asking import answers as asked
        from node.cli.founding import found_whole, must_be_free

        must_be_free(folder)  # where there is a co-op nobody is asked for anything in vain
        given = asked(answers, options)
        passphrase = secret_line(passphrase_file, what="A passphrase for the root key", confirm=True)
        settings, founded = await found_whole(folder, given, passphrase=passphrase)
        say(
            founded,
            as_json=as_json,
            words=f"{settings.co_op.name} has a node in {settings.folder}.\n\n"
            f"Print these words and keep them apart from this machine; with them the node's name can be saved:\n"
            f"  {founded.paper_key}\n\n"
            f"Copy keys/node.key and keys/root.pem to a safe place too. Read these twelve words on a checking call:\n"
            f"  {founded.words}\n\n"
            f"{'' if as_json else await _left_to_do(settings, folder)}\n\n"
            f"Next: {then(folder, 'member invite --role operator')}\n"
            f"then: {then(folder, 'serve')}",
        )

    run(make, as_json=as_json)


async def _left_to_do(settings: Settings, folder: Path) -> str:
    """A checklist, of what `doctor` finds and of what no program can see."""
    from node.doctor import look_over

    found = await look_over(settings)
    well = ", ".join(each.what for each in found if each.well)
    lines = ["What is left to do (commoncare doctor says what of it is done):", f"  [x] {well}"]
    lines += ["  [ ] the 24 words are on paper, and the two key files in another place"]
    for each in found:
        if not each.well:
            lines += [f"  [ ] {each.what}: {each.words}", f"      {each.next_step}"]
    return "\n".join(lines)


def serve(
    folder: Dir = Path("."),
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Answer only; another process does the work.")] = False,
    until_eof: Annotated[
        bool, typer.Option("--until-eof", help="End when standard input closes.", hidden=True)
    ] = False,
) -> None:
    """Answer people and neighbours, and do the work (mail, letters, feeds) beside it."""

    async def go() -> None:
        gc.disable()  # what is imported and built now stays to the end; `serve_coop` collects again once it serves
        from node.serving import serve_coop
        from node.settings import load

        await serve_coop(load(folder), worker=not no_worker, until_eof=until_eof)

    run(go)


def work(
    folder: Dir = Path("."),
    until_eof: Annotated[
        bool, typer.Option("--until-eof", help="End when standard input closes.", hidden=True)
    ] = False,
) -> None:
    """Do the work (mail, letters, feeds) without answering anybody; as many of these as you like share it."""

    async def go() -> None:
        from node.serving import work_for
        from node.settings import load

        await work_for(load(folder), until_eof=until_eof)

    run(go)


def migrate(folder: Dir = Path("."), as_json: Json = False) -> None:
    """Bring the database forward to this version. Safe to run twice, and from several machines at once."""

    async def go() -> None:
        from node import database, schema
        from node.doctor import must_be_there
        from node.settings import load

        settings = load(folder)
        must_be_there(settings)
        engine = database.open_engine(settings.database_url)
        await engine.open()
        try:
            with database.bound(engine):
                ran = await schema.migrate()
        finally:
            await engine.close()
        say(
            {"migrated": ran},
            as_json=as_json,
            words=(f"{len(ran)} {'step' if len(ran) == 1 else 'steps'} done." if ran else "The database is up to date.")
            + f"\nNext: {then(folder, 'doctor')}",
        )

    run(go, as_json=as_json)


def doctor(
    folder: Dir = Path("."),
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask nobody: no neighbour, no mail server, not our own address.")
    ] = False,
    inside: Annotated[
        bool,
        typer.Option("--inside", help="Here, in a cluster, our own address may not lead back to us: only warn of it."),
    ] = False,
    mail_to: Annotated[
        str, typer.Option(help="Send one test mail to this address.", show_default=False, metavar="ADDRESS")
    ] = "",
    as_json: Json = False,
) -> None:
    """Look the node over and say in words what to do next. Exit code 1 when there is something to do."""

    async def go() -> bool:
        from node.doctor import from_here, look_over, send_test
        from node.settings import load

        settings = load(folder)
        if offline:
            findings = await look_over(settings)
        else:
            async with from_here(settings, inside=inside) as ways:
                findings = await look_over(settings, ways=ways)
        if mail_to:
            findings.append(await send_test(settings, mail_to))
        good = all(each.well for each in findings)
        lines = []
        for each in findings:
            mark = "LOOK" if not each.well else "note" if each.next_step else "well"
            lines.append(f"{mark}  {each.what}: {each.words}")
            lines += [f"      → {each.next_step}"] if each.next_step else []
        say({"well": good, "findings": findings}, as_json=as_json, words="\n".join(lines))
        return good

    if not run(go, as_json=as_json):
        raise typer.Exit(1)


def demo(
    nodes: Annotated[int, typer.Option(help="How many co-ops, 1 to 20.")] = 3,
    folder: Annotated[Path, typer.Option("--dir", help="Where they live; kept for the next time.")] = Path(
        "commoncare-demo"
    ),
    base_port: Annotated[
        int, typer.Option(help="The first co-op's port; the others follow.", min=1024, max=65_300)
    ] = 8100,
    as_json: Json = False,
    seed: Annotated[int, typer.Option(help="The same seed makes the same people and offers.")] = 1,
    faults: Annotated[bool, typer.Option(help="Take lines that do harm to the ways between them.")] = False,
) -> None:
    """Several federated co-ops with made-up people in them, on this machine, until Ctrl-C."""

    async def go() -> None:
        from node.village.demo import Demo

        demo_of = Demo(nodes=nodes, folder=folder, base_port=base_port, seed=seed, as_json=as_json, faults=faults)
        await demo_of.run()

    run(go, as_json=as_json)
