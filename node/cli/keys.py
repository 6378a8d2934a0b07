# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare key …`: this co-op's keys over the years. A root key is read for one deed and kept nowhere; words and sheets are
printed, and written to disk only into a folder that the operator names.

What several people have to sign together stands in `node.cli.roots`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from node.cli import roots
from node.cli.telling import Dir, Json, at, run, say, secret_line, then
from node.cli.words import WordsFile, root_by, words_said

cli = typer.Typer(help="Keys: how they stand, turning them, the root key on paper.", no_args_is_help=True)
cli.add_typer(roots.cli, name="roots")

PassphraseFile = Annotated[
    Path | None, typer.Option(help="A file whose first line is the root key's passphrase; left out: asked for.")
]


@cli.command()
def status(folder: Dir = Path("."), as_json: Json = False) -> None:
    """Every key of this co-op: what it is for, from when to when, and whether it counts now."""

    async def go() -> None:
        from node.peers import status as standing

        async with at(folder) as coop:
            found = await standing.status(here=coop.here())
        say(found, as_json=as_json, words="\n".join(_told(found, folder)))

    run(go, as_json=as_json)


@cli.command()
def renew(folder: Dir = Path("."), passphrase_file: PassphraseFile = None, as_json: Json = False) -> None:
    """Sign this co-op's identity for another 400 days with its root key."""
    passphrase = secret_line(passphrase_file, what="The root key's passphrase")

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.peers import founding

        async with at(folder) as coop:
            root = founding.root_from_file(coop.settings.path(coop.settings.root_key_file), passphrase)
            version = await founding.renew_identity(actor=at_the_command_line(), root=root, here=coop.here())
        say(
            {"version": version},
            as_json=as_json,
            words=f"The identity is renewed (version {version}); neighbours take it by themselves.\n"
            f"Next: {then(folder, 'doctor')}",
        )

    run(go, as_json=as_json)


@cli.command()
def rotate(
    use: Annotated[str, typer.Option(help="http, log, letter or doc.")],
    now: Annotated[bool, typer.Option("--now", help="The old keys count no more, from this moment.")] = False,
    reason: Annotated[str, typer.Option(help="With --now: why, in a few words that neighbours can read.")] = "",
    folder: Dir = Path("."),
    file: Annotated[
        Path | None, typer.Option(help="For doc, where several roots have to sign: the proposal goes there.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    words_file: WordsFile = None,
    as_json: Json = False,
) -> None:
    """Turn a key before its time. With --now, when it may be stolen: what it signed before stands, nothing new does."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.errors import Invalid
        from node.peers import rotating

        if now:
            rotating.a_reason(reason)
        elif reason:
            raise Invalid({"reason": "A reason goes with --now: neighbours see it beside the key that counts no more."})
        if use == "doc":
            await _turn_doc(folder, file, passphrase_file, words_file, now=now, reason=reason, as_json=as_json)
            return
        async with at(folder) as coop:
            here, actor = coop.here(), at_the_command_line()
            if now:
                made = await rotating.revoke(
                    actor=actor, use=use, reason=reason, begin_anew=coop.begin_feeds_anew, here=here
                )
            else:
                made = await rotating.rotate(actor=actor, use=use, here=here)
        say(made, as_json=as_json, words=f"{_turned(made, here.now)}\nNext: {then(folder, 'key status')}")

    run(go, as_json=as_json)


async def _turn_doc(
    folder: Path,
    file: Path | None,
    passphrase_file: Path | None,
    words_file: list[Path] | None,
    *,
    now: bool,
    reason: str,
    as_json: bool,
) -> None:
    """A new `doc` key is one that roots sign for: at once where one root is enough, else by a proposal."""
    from node import database
    from node.actor import at_the_command_line
    from node.errors import Invalid
    from node.peers import own
    from node.peers import roots as changing

    actor = at_the_command_line()
    async with at(folder) as coop:
        here = coop.here()
        alone = (await own.identity(here=here)).threshold == 1
        if not alone and file is None:
            raise Invalid({"file": "Several roots have to sign for this. Say with --file where the proposal goes."})
        root = None
        if alone:
            root = root_by(coop.settings.path(coop.settings.root_key_file), passphrase_file, words_file)
        async with database.transaction():
            drawn = await changing.propose(actor=actor, docs="now" if now else "over", here=here)
            made = None
            if root is not None:
                signed = changing.sign(drawn, root)
                made = await changing.publish(actor=actor, proposal=signed, reason=reason, here=here)
    if made is None:
        assert file is not None
        roots.write(file, drawn.file(), new=True)
        say(
            {"file": str(file), "missing": drawn.missing},
            as_json=as_json,
            words=f"The proposal is in {file}; nothing has changed yet. Each person signs it with: "
            f"commoncare key roots sign {file}\nand then: {then(folder, f'key roots publish {file}')}",
        )
        return
    when = (
        "It signs from now on; the ones before count no more."
        if now
        else "It signs in 7 days; the one before stays beside it."
    )
    say(
        made,
        as_json=as_json,
        words=f"The identity names a new key for documents (version {made.version}). {when}\n"
        f"Next: {then(folder, 'key status')}",
    )


@cli.command()
def backup(
    paper: Annotated[bool, typer.Option("--paper", help="One sheet with the whole key, as 24 words.")] = False,
    shares: Annotated[int, typer.Option(help="So many sheets, one for each neighbour co-op that keeps one.")] = 0,
    need: Annotated[int, typer.Option(help="How many of the sheets are needed to get the key back.")] = 0,
    keeper: Annotated[
        list[str] | None, typer.Option("--for", help="A co-op that keeps a sheet; once for each of them.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="A new folder for the sheets, such as on a stick; left out: shown.")
    ] = None,
    folder: Dir = Path("."),
    passphrase_file: PassphraseFile = None,
    words_file: WordsFile = None,
    as_json: Json = False,
) -> None:
    """Write the root key out: for one's own safe, or in sheets that neighbour co-ops keep."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.errors import Invalid
        from node.peers import recovery

        holders = keeper or []
        if paper is bool(shares):
            raise Invalid({"paper": "Choose one: --paper, or --shares with --need and --for."})
        if shares and shares != len(holders):
            raise Invalid({"for": f"Name the co-ops that keep the {shares} sheets, each with --for."})
        async with at(folder) as coop:
            here, actor = coop.here(), at_the_command_line()
            root = root_by(coop.settings.path(coop.settings.root_key_file), passphrase_file, words_file)
            if paper:
                texts = {"root-key.txt": await recovery.write_out(actor=actor, root=root, here=here)}
            else:
                sheets, ours = await recovery.share_out(actor=actor, root=root, holders=holders, need=need, here=here)
                texts = {f"sheet-for-{each.holder}.txt": each.text for each in sheets} | {"our-list.txt": ours}
            if to is not None:
                _write_all(to, texts)
        if to is not None:
            words = f"Written to {to}: {', '.join(texts)}. Print them, hand them over in person, and destroy the files."
            say({"folder": str(to), "files": list(texts)}, as_json=as_json, words=words)
            return
        end = f"\nNext, once it is printed: {then(folder, 'key recover --drill')}"
        cut = "\n" + "-" * 70 + "\n\n"
        say(texts, as_json=as_json, words=cut.join(texts.values()) + end)

    run(go, as_json=as_json)


@cli.command()
def recover(
    words_file: WordsFile = None,
    drill: Annotated[
        bool, typer.Option("--drill", help="Only try it: nothing is kept but the date on which it went well.")
    ] = False,
    folder: Dir = Path("."),
    passphrase_file: Annotated[
        Path | None,
        typer.Option(
            help="A file whose first line is the new passphrase for the root key's file; left out: asked for."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring the root key back from its 24 words, or from enough sheets. If everything is lost: key roots lost."""

    async def go() -> None:
        from node.actor import at_the_command_line
        from node.peers import recovery

        async with at(folder) as coop:
            texts = words_said(words_file)
            passphrase = None
            if not drill:
                passphrase = secret_line(passphrase_file, what="A new passphrase for the root key's file", confirm=True)
            file = coop.settings.path(coop.settings.root_key_file)
            made = await recovery.recover(
                actor=at_the_command_line(), texts=texts, root_file=file, passphrase=passphrase, here=coop.here()
            )
        words = f"These words give root {made.root[:8]}, which is one of ours."
        words += f" It is in {file}." if made.kept else " Nothing was kept but today's date."
        after = "key renew" if made.kept else "key status"
        say(made, as_json=as_json, words=f"{words}\nNext: {then(folder, after)}")

    run(go, as_json=as_json)


def _write_all(folder: Path, texts: dict[str, str]) -> None:
    """New files that only their owner reads, in a folder that is made for them or is empty of these names."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in texts.items():
        with open(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)


def _turned(made: Any, now: int) -> str:
    """What a rotation did."""
    from node.dates import date_long

    if made.revoked:
        said = f"{len(made.revoked)} key{'' if len(made.revoked) == 1 else 's'} for {made.use} revoked and destroyed."
        said += " The feeds begin anew." if made.use == "log" else ""
        return f"{said} {made.kid[:8]} is in use now; neighbours take it when they next ask."
    when = "now" if made.begins <= now else f"on {date_long(made.begins)}"
    return f"A new key for {made.use}, {made.kid[:8]}, is announced and begins {when}. The one before stays beside it for a week."


def _told(found: Any, folder: Path) -> list[str]:
    """How the keys stand, for a terminal."""
    from node.dates import date_long

    lines = [
        f"Identity, version {found.identity_version}, until {date_long(found.identity_ends)}; "
        f"{found.threshold} of {len(found.roots)} roots sign: {', '.join(root.kid[:8] for root in found.roots)}",
        f"Manifest, version {found.manifest_version}, until {date_long(found.manifest_ends)}",
        "",
        f"{'use':8}{'key':10}{'begins':20}{'ends':20}",
    ]
    for key in found.keys:
        why = f" ({key.reason})" if key.reason else ""
        state = "in use" if key.use == "letter" and key.state == "signs now" else key.state
        lines.append(f"{key.use:8}{key.kid[:8]:10}{date_long(key.begins):20}{date_long(key.ends):20}{state}{why}")
    here = "lies on this machine" if found.root_file else "is not on this machine"
    tried = f"last tried on {date_long(found.tried)}" if found.tried else "never tried yet"
    lines += ["", f"The root key's file {here}. Its backup was {tried}."]
    lines += [f"LOOK  {warning}" for warning in found.warnings]
    renewing = "key renew" if found.threshold == 1 else "key roots propose renewal.json"
    return [*lines, f"Next: {then(folder, renewing if found.warnings else 'doctor')}"]
