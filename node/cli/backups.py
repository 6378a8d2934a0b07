# SPDX-License-Identifier: AGPL-3.0-or-later
"""`backup`, `backup key`, `restore`: copies of a node that only a key kept elsewhere opens, and what they are for.

The secret half of a backup key is shown once, or written once into a file that the operator names; the node keeps the public half
alone. It comes back in by a file, a terminal that does not show it, or standard input, and is kept nowhere.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from node.cli.telling import Dir, Json, run, say, then

backup = typer.Typer(help="Make a backup while the node runs, locked to a key that is not on it.")

KeyFile = Annotated[
    Path | None, typer.Option(help="A file that holds the backup key (AGE-SECRET-KEY-1…); left out: asked for.")
]
APART = (
    "A backup holds neither keys/node.key nor keys/root.pem nor the settings. Keep copies of keys/node.key, keys/root.pem,\n"
    "commoncare.yaml and the areas file apart from the backups: whoever has all of them and the backup key has everything."
)


def add_to(cli: typer.Typer) -> None:
    cli.add_typer(backup, name="backup")
    cli.command()(restore)


@backup.callback(invoke_without_command=True)
def make(
    context: typer.Context,
    folder: Dir = Path("."),
    keep: Annotated[int, typer.Option(help="Keep this many of the newest, remove older ones; 0: all.", min=0)] = 0,
    as_json: Json = False,
) -> None:
    """Make a backup now, whole and of one moment, while the node goes on."""
    if context.invoked_subcommand is not None:
        return

    async def go() -> None:
        from node.backing.writing import make as make_one
        from node.cli.telling import at

        async with at(folder) as coop:
            made = await make_one(coop.settings, keep=keep, here=coop.here())
        gone = (
            f"\n{len(made.gone)} older {'one was' if len(made.gone) == 1 else 'ones were'} removed."
            if made.gone
            else ""
        )
        say(
            made,
            as_json=as_json,
            words=f"The backup is {made.path} ({made.rows} rows, {made.bytes} bytes).{gone}\n"
            f"Copy it to another place than this machine.\n"
            f"Next, now and then: {then(folder, f'restore --check {made.path}')}",
        )

    run(go, as_json=as_json)


@backup.command()
def key(
    folder: Dir = Path("."),
    out: Annotated[
        Path | None, typer.Option(help="A new file for the secret half, best on a stick; left out: it is shown once.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key for backups. Only its public half stays on the node."""

    async def go() -> None:
        from node.backing import locking
        from node.settings import load

        load(folder)
        secret, public = locking.new_key()
        settings = _with_recipient(folder, public)
        if out is not None:
            write_new(out, f"# The backup key of {load(folder).node_id}. Public half: {public}\n{secret}\n")
        _replace(folder / "commoncare.yaml", settings)
        load(folder)
        shown = (
            f"It is in {out}."
            if out is not None
            else f"Write it down, or print it; it is not shown again:\n\n  {secret}\n"
        )
        say(
            {"recipient": public, "key": None if out else secret, "file": str(out) if out else None},
            as_json=as_json,
            words=f"This is the key that opens your backups. {shown}\n"
            "Keep it on paper, in two places, neither of them this machine. Without it no backup can ever be opened.\n"
            f"The settings now name its public half, {public}.\n\n{APART}\n\nNext: {then(folder, 'backup')}",
        )

    run(go, as_json=as_json)


def restore(
    file: Annotated[
        Path | None, typer.Argument(help="The backup's file; with --check it may be left out: the newest.")
    ] = None,
    folder: Dir = Path("."),
    check: Annotated[
        bool, typer.Option("--check", help="Only try it, in a scratch place; the node is not touched.")
    ] = False,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Put a backup back into an empty place; nothing that ended since comes back with it."""

    async def go() -> None:
        from node.backing import locking
        from node.settings import load

        settings = load(folder)
        chosen = file or _newest(settings, check)
        secret = locking.identity(secret_of(key_file))
        await (_check if check else _restore)(settings, chosen, secret, folder, as_json)

    run(go, as_json=as_json)


def _newest(settings: Any, check: bool) -> Path:
    """The newest backup, to be tried. Raises Misconfigured where there is none; which one to put back somebody has to say."""
    from node.backing import folder as backing
    from node.errors import Misconfigured

    where = settings.path(settings.backup.folder)
    made = backing.backups(where, settings.node_id)
    if not check or not made:
        words = f"There is no backup in {where} yet." if check else "Say which backup is to be put back: its file."
        raise Misconfigured(words)
    return made[-1].path


async def _check(settings: Any, file: Path, secret: Any, folder: Path, as_json: bool) -> None:
    from node.backing.checking import check
    from node.dates import date_long

    found = await check(settings, file, secret)
    say(
        found,
        as_json=as_json,
        words=f"{file.name} can be restored: {found.rows} rows in {found.tables} tables, {found.journal} journal entries, none "
        f"changed or missing.\nTried on {date_long(found.checked_at)}; it was made on {date_long(found.made_at)}.",
    )


async def _restore(settings: Any, file: Path, secret: Any, folder: Path, as_json: bool) -> None:
    from node.backing.restoring import restore
    from node.dates import date_long

    done = await restore(settings, file, secret)
    again = ", ".join(f"{many} × {kind}" for kind, many in sorted(done.ended.items())) or "nothing"
    lines = [
        f"Restored {done.rows} rows, as they were on {date_long(done.made_at)}. What was done here since is lost,",
        f"but nothing that ended since has come back: {again} ended again.",
        "Everybody has to sign in anew. "
        f"All API tokens were ended ({done.tokens}), since one that was revoked after this backup can't be told from the others.",
        "At its start the node opens new feeds; neighbours notice, and lose nothing of yours that still stands.",
    ]
    if done.unread:
        lines.append(f"These newer backups could not be asked what had ended: {', '.join(done.unread)}.")
    lines += ["", f"Next: {then(folder, 'doctor')}", f"then: {then(folder, 'serve')}"]
    say(done, as_json=as_json, words="\n".join(lines))


def secret_of(file: Path | None) -> str:
    """The key's text: from `file`, else asked for at a terminal, else standard input."""
    if file is not None:
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise typer.BadParameter(f"{file} can't be read.", param_hint="--key-file") from None
    if sys.stdin.isatty():
        return str(typer.prompt("The backup key", hide_input=True, err=True))
    return sys.stdin.read()


def _with_recipient(folder: Path, public: str) -> str:
    """The settings' text with one recipient more, all else as it is. Raises Conflict where it can't be told how."""
    import yaml

    from node.errors import Conflict

    text = (folder / "commoncare.yaml").read_text(encoding="utf-8")
    held = (yaml.safe_load(text) or {}).get("backup")
    found = re.search(r"^backup:[ \t]*\n(?:[ \t]+.*\n|[ \t]*\n|#.*\n)*?([ \t]+)recipients:[ \t]*\n", text, re.MULTILINE)
    if held is None:
        kept = re.sub(r"^backup:[ \t]*\n?", "", text, flags=re.MULTILINE)
        return f"{kept.rstrip(chr(10))}\nbackup:\n  recipients:\n  - {public}\n"
    if found is not None:
        return f"{text[: found.end()]}{found[1]}- {public}\n{text[found.end() :]}"
    if (
        isinstance(held, dict)
        and "recipients" not in held
        and (place := re.search(r"^backup:[ \t]*\n", text, re.MULTILINE))
    ):
        indent = re.match(r"[ \t]*", text[place.end() :])
        space = indent[0] if indent and indent[0] else "  "
        return f"{text[: place.end()]}{space}recipients:\n{space}- {public}\n{text[place.end() :]}"
    raise Conflict(
        "We can't tell how to add a key to `backup` in commoncare.yaml. Write `recipients:` on a line of its own below it, "
        "one key a line, and try again."
    )


def write_new(path: Path, text: str) -> None:
    from node.errors import Conflict

    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"There is {path} already; we don't write over it.") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, text: str) -> None:
    """The file's new text, whole or not at all, for the same eyes as before."""
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), path.stat().st_mode & 0o777)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
