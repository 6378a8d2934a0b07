# SPDX-License-Identifier: AGPL-3.0-or-later
"""Looks a node over and says in words what is well, what is not, and what to do next. Changes nothing; asks neighbours alone.

In the order in which they matter: keys, database, journal, our own documents, areas, mail, backups, safeguarding, what waits to
leave, neighbours. Each check stands by itself: one that fails does not hide the others. No finding names a person.
`must_be_there` and `must_belong` are the two that whoever opens a co-op asks first, and are refused by.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import structlog

from federation.client import Fetcher
from federation.errors import Refused
from node import calling, database, journal, post, schema
from node.backing import folder as backing
from node.clock import Clock, MachineRandomness
from node.coop import read_node_key
from node.errors import Misconfigured, Refusal, Unavailable
from node.findings import Finding, long
from node.here import Here, NodeKey
from node.peers import keyring, own, status
from node.place import Gazetteer
from node.running.rules import DAY, LATE, SILENT
from node.safeguarding import reads as safeguarding
from node.settings import Settings

BACKUP_OLD: Final = 2 * DAY
"""Seconds after which a newer backup should have been made."""
CHECK_AGAIN: Final = 100 * DAY
"""Seconds after which a restore should be tried again."""
WRONG_KEY: Final = "The node key does not fit this database. Put back the key file that belongs to it."

log = structlog.get_logger("commoncare.doctor")


def must_be_there(settings: Settings) -> None:
    """Raises Misconfigured when the database is a file that is not there: opening it would make an empty one."""
    path = getattr(database.open_engine(settings.database_url), "path", None)
    if isinstance(path, Path) and not path.exists():
        raise Misconfigured(f"The database is missing: there is no {path}. Put it back from where you keep its copy.")


async def must_belong(*, here: Here) -> None:
    """Raises Misconfigured (or Unavailable) when this database was never founded, is another co-op's, or another key's."""
    try:
        await own.identity(here=here)
    except Refused:
        raise Misconfigured(
            f"node_id: this database is not {here.node_id}'s. Put the name back under which it was made."
        ) from None
    try:
        await keyring.signing("doc", here=here)
    except Misconfigured:
        raise Misconfigured(WRONG_KEY) from None
    except Unavailable:
        pass  # every key ran out while the node was off; that is no reason not to start and make new ones


async def look_over(settings: Settings, *, clock: Clock | None = None, fetcher: Fetcher | None = None) -> list[Finding]:
    """Every finding, in the order in which they matter. `fetcher`: a way out, by which neighbours are asked to call us back; with
    None nobody is asked."""
    now = (clock or settings.clock()).now()
    findings = [_node_key(settings), *_root_key(settings)]
    engine = database.open_engine(settings.database_url)
    try:
        must_be_there(settings)
        await engine.open()
    except Exception as error:
        words = error.words if isinstance(error, Refusal) else "It can't be opened."
        next_step = "Look at the setting database, and whether the database runs."
        findings.append(Finding(what="database", well=False, words=words, next_step=next_step))
        return [*findings, _areas(settings), _mail(settings), _backup(settings, now)]
    try:
        with database.bound(engine):
            findings.append(await _guarded("database", lambda: _schema(settings)))
            if not findings[-1].well:
                return [*findings, _areas(settings), _mail(settings), _backup(settings, now)]
            here, has_key = _here(settings, now)
            findings.append(await _guarded("our name", lambda: _identity(settings, here, has_key)))
            # A head that was sealed by another key tells nothing new where the key is known to be another.
            sealed = here if has_key and findings[-1].words != WRONG_KEY else None
            findings.append(await _guarded("journal", lambda: _journal(sealed)))
            findings.append(await _guarded("our papers", lambda: _manifest(settings, here)))
            findings.append(await _guarded("root key's backup", lambda: _drill(settings, here)))
            findings += [_areas(settings), _mail(settings), _backup(settings, now), *_clock(settings)]
            findings.append(await _guarded("safeguarding", lambda: _safeguarding(here)))
            findings.append(await _guarded("what leaves", lambda: _leaving(settings, here)))
            findings += [each async for each in calling.neighbours(here, fetcher if sealed else None)]
    finally:
        await engine.close()
    return findings


async def _guarded(what: str, check: Callable[[], Awaitable[Finding]]) -> Finding:
    """What the check found; a finding too when it failed."""
    try:
        return await check()
    except Refusal as refusal:
        return Finding(what=what, well=False, words=refusal.words, next_step="Do what it says, and look again.")
    except Refused as refusal:
        return Finding(what=what, well=False, words=f"{refusal.title}.", next_step="Look at the settings and the keys.")
    except Exception as error:
        log.error("fault", check=what, exc_info=error)
        words = f"It could not be looked at ({type(error).__name__})."
        return Finding(what=what, well=False, words=words, next_step="Please report the line that was logged.")


def _clock(settings: Settings) -> list[Finding]:
    if not settings.clock_file:
        return []
    words = "The setting clock_file puts it off; that is for villages of made-up people."
    return [Finding(what="clock", well=False, words=words, next_step="Take clock_file out of commoncare.yaml.")]


def _here(settings: Settings, now: int) -> tuple[Here, bool]:
    """This co-op now, and whether that is with its own node key: the reads that need none go on without it."""
    try:
        key, found = read_node_key(settings), True
    except (Refusal, OSError):
        key, found = NodeKey(bytes(32)), False
    return Here(settings.node_id, now, MachineRandomness(), key, Gazetteer(), settings.co_op), found


def _node_key(settings: Settings) -> Finding:
    path = settings.path(settings.node_key_file)
    try:
        read_node_key(settings)
    except Refusal as refusal:
        return Finding(
            what="node key", well=False, words=refusal.words, next_step=f"Put the key's copy back at {path}."
        )
    except OSError:
        return Finding(
            what="node key", well=False, words="It can't be read.", next_step=f"Look at the rights of {path}."
        )
    return _private("node key", path)


def _root_key(settings: Settings) -> list[Finding]:
    """Nothing when it is kept elsewhere, as it may be."""
    path = settings.path(settings.root_key_file)
    return [_private("root key", path)] if path.exists() else []


def _private(what: str, path: Path) -> Finding:
    if path.stat().st_mode & 0o077:
        words = f"Others on this machine can read the {what}."
        return Finding(what=what, well=False, words=words, next_step=f"chmod 600 {path}")
    return Finding(what=what, well=True, words="It is there, and only its owner reads it.")


async def _schema(settings: Settings) -> Finding:
    waiting = len(await schema.pending())
    if waiting:
        words = f"It is {waiting} {'step' if waiting == 1 else 'steps'} behind this version."
        next_step = f"commoncare migrate --dir {settings.folder}"
        return Finding(what="database", well=False, words=words, next_step=next_step)
    return Finding(what="database", well=True, words=f"Up to date ({database.dialect()}).")


async def _journal(here: Here | None) -> Finding:
    verdict = await journal.verify(here=here)
    if verdict.whole:
        words = f"Whole: {verdict.entries} {'entry' if verdict.entries == 1 else 'entries'}, none changed or missing."
        return Finding(what="journal", well=True, words=words)
    words = f"It was changed by hand at entry {verdict.broken_at} ({verdict.why})."
    next_step = "Keep a copy of the database as it is, and find out who had access to it."
    return Finding(what="journal", well=False, words=words, next_step=next_step)


async def _identity(settings: Settings, here: Here, has_key: bool) -> Finding:
    if has_key:
        await must_belong(here=here)
    mine = await own.identity(here=here)
    words = status.identity_warning(mine, here.now)
    if not words:
        left = long(mine.exp - here.now)
        return Finding(what="our name", well=True, words=f"Our identity stands for another {left}.")
    next_step = f"With the root keys at hand: commoncare {status.identity_step(mine)} --dir {settings.folder}"
    return Finding(what="our name", well=False, words=words, next_step=next_step)


async def _drill(settings: Settings, here: Here) -> Finding:
    tried, words = await status.drill(settings.path(settings.root_key_file), here=here)
    if words:
        next_step = f"With the paper at hand: commoncare key recover --drill --dir {settings.folder}"
        return Finding(what="root key's backup", well=False, words=words, next_step=next_step)
    words = f"Tried {long(here.now - tried)} ago." if tried else "Not tried yet; commoncare key recover --drill does."
    return Finding(what="root key's backup", well=True, words=words)


async def _manifest(settings: Settings, here: Here) -> Finding:
    left = (await own.manifest(here=here)).exp - here.now
    words = status.manifest_warning(left)
    if not words:
        return Finding(what="our papers", well=True, words=f"Our manifest stands for another {long(left)}.")
    next_step = f"A running node renews it: commoncare serve --dir {settings.folder}"
    return Finding(what="our papers", well=False, words=words, next_step=next_step)


def _areas(settings: Settings) -> Finding:
    try:
        known = settings.gazetteer()
    except Refusal as refusal:
        return Finding(what="areas", well=False, words=refusal.words, next_step="Mend the file that areas_file names.")
    if not known.areas:
        words = "No areas are named, so nobody can search near a place."
        return Finding(what="areas", well=False, words=words, next_step="Write areas_file and patch into the settings.")
    return Finding(what="areas", well=True, words=f"{len(known.areas)} areas, {len(known.patch)} of them ours.")


def _mail(settings: Settings) -> Finding:
    mail = settings.mail
    if not mail.host:
        words = "No mail server is set, so nobody is told when something waits for them."
        return Finding(what="mail", well=False, words=words, next_step="Set mail (host, port, sender) in the settings.")
    if mail.password_file:
        try:
            usable = bool(settings.path(mail.password_file).read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError):
            usable = False
        if not usable:
            words = "The mail server's password can't be read."
            return Finding(what="mail", well=False, words=words, next_step=f"Look at {mail.password_file}.")
    return Finding(what="mail", well=True, words=f"It leaves by {mail.host}:{mail.port}; none was sent to try.")


def _backup(settings: Settings, now: int) -> Finding:
    """Whether a backup can be made, how old the newest is, and whether anybody tried to restore one."""
    folder = settings.path(settings.backup.folder)
    there = f" --dir {settings.folder}"

    def look(words: str, next_step: str) -> Finding:
        return Finding(what="backup", well=False, words=words, next_step=next_step)

    if not settings.backup.recipients:
        return look("No backup can be made: there is no key yet to lock it with.", f"commoncare backup key{there}")
    try:
        made, last = backing.backups(folder, settings.node_id), backing.last_check(folder)
    except OSError:
        return look("The folder of backups can't be read.", f"Look at {folder}.")
    if not made:
        return look("No backup was made yet.", f"commoncare backup{there}")
    age = now - made[-1].made_at
    if age > BACKUP_OLD:
        return look(f"The newest backup is {long(age)} old.", f"commoncare backup{there}, and have it run each night")
    if last is None or now - last.checked_at > CHECK_AGAIN:
        tried = "never tried" if last is None else f"last tried {long(now - last.checked_at)} ago"
        words = f"The newest backup is {long(age)} old; whether one can be restored was {tried}."
        return look(words, f"With the backup key at hand: commoncare restore --check {made[-1].path}{there}")
    words = f"The newest backup is {long(age)} old; a restore was tried {long(now - last.checked_at)} ago."
    return Finding(what="backup", well=True, words=words)


async def _safeguarding(here: Here) -> Finding:
    found = await safeguarding.ready(here=here)
    if found.ok:
        return Finding(what="safeguarding", well=True, words="A lead, a deputy and a number out of hours are set.")
    words = f"No offer is shared yet. Still missing: {'; '.join(found.missing)}."
    next_step = (
        "commoncare member invite --role safeguarding_lead (and one with safeguarding_deputy); "
        "the numbers: POST /api/v1/safeguarding/setup"
    )
    return Finding(what="safeguarding", well=False, words=words, next_step=next_step)


async def _leaving(settings: Settings, here: Here) -> Finding:
    """The oldest thing that is due and that nobody works on, then the oldest that is tried in vain."""
    found = await post.behind(due_before=here.now - LATE, put_before=here.now - SILENT, now=here.now)
    due = [each for each in found if each.due <= here.now - LATE]
    if due:
        kinds = ", ".join(sorted({each.kind for each in due}))
        words = f"{len(due)} wait ({kinds}); the oldest for {long(here.now - min(each.due for each in due))}."
        if {each.kind for each in due} == {"mail"} and not settings.mail.host:
            return Finding(what="what leaves", well=False, words=words, next_step="Set mail in the settings.")
        next_step = f"See that it runs: commoncare serve --dir {settings.folder} (or work)"
        return Finding(what="what leaves", well=False, words=words, next_step=next_step)
    if found:
        oldest = min(found, key=lambda each: each.put_at)
        kinds = ", ".join(sorted({each.kind for each in found}))
        words = (
            f"{len(found)} can't be delivered ({kinds}); the oldest for {long(here.now - oldest.put_at)} "
            f"({oldest.why or 'no answer'}). We keep trying."
        )
        next_step = "commoncare peer show says which neighbour is silent; for mail look at the mail server."
        return Finding(what="what leaves", well=False, words=words, next_step=next_step)
    return Finding(what="what leaves", well=True, words="Nothing waits for long.")
