# SPDX-License-Identifier: AGPL-3.0-or-later
"""The root key written out, and brought back: what an operator does with paper and sheets, and what is written down of it.

No word and no sheet goes into the database or the journal, only that and how it was done. A key is put back only when it is one
of the identity's roots now, into a file of its own behind a passphrase, never over another. A drill does all but that, and its
date is kept in the journal and in a file beside the keys.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from federation.keys import SigningKey
from node import database, journal
from node.actor import Actor
from node.errors import Invalid
from node.here import Here
from node.members.rights import act
from node.peers import own, shares
from node.peers.founding import keep_root, long_enough
from node.peers.rules import a_node_id

DRILL: Final = "root-drill"
"""The name of the file, beside the root key's, that says when its backup was tried."""
LOST = (
    "If no paper, no file and not enough sheets can be found any more, make new roots with: commoncare key roots lost. "
    "Neighbours take them only once each of you ended the peering, invited the other again, and compared the words."
)


class Recovered(Struct, frozen=True, kw_only=True):
    """`root`: the name of the root that came back; `kept`: whether it was put into the file."""

    root: str
    kept: bool


@act("peers.write_root", by={"operator"}, scope="peers")
async def write_out(*, actor: Actor, root: SigningKey, here: Here) -> str:
    """A sheet with the whole root key. Raises Invalid when it is not one of our roots."""
    async with database.transaction():
        await _must_be_ours(root, here=here)
        await journal.write(actor.person, "peers.root-written", f"node:{here.node_id}", {"sheets": 1}, here=here)
    return shares.paper(root, co_op=here.co_op.name, node_id=here.node_id, now=here.now)


@act("peers.share_root", by={"operator"}, scope="peers")
async def share_out(
    *, actor: Actor, root: SigningKey, holders: Sequence[str], need: int, here: Here
) -> tuple[list[shares.Sheet], str]:
    """A sheet for each neighbour co-op that keeps one, and the list for ourselves. Raises Invalid."""
    async with database.transaction():
        await _must_be_ours(root, here=here)
        made = shares.split(
            root,
            holders=_holders(holders, us=here.node_id),
            need=need,
            co_op=here.co_op.name,
            node_id=here.node_id,
            phone=here.co_op.phone,
            random=here.random.bytes,
            now=here.now,
        )
        detail: dict[str, int | str] = {"sheets": len(made), "need": need}
        await journal.write(actor.person, "peers.root-shared", f"node:{here.node_id}", detail, here=here)
    ours = shares.own_list(made, need=need, co_op=here.co_op.name, node_id=here.node_id, now=here.now)
    return made, ours


def _holders(names: Sequence[str], *, us: str) -> list[str]:
    try:
        return [a_node_id(name, us=us) for name in names]
    except Invalid as no:
        raise Invalid({"for": no.fields["node_id"]}) from None


@act("peers.recover_root", by={"operator"}, scope="peers")
async def recover(
    *, actor: Actor, texts: Sequence[str], root_file: Path, passphrase: str | None, here: Here
) -> Recovered:
    """Bring the root key back from paper or sheets into `root_file`. `passphrase` None: a drill, which keeps nothing but
    its date. Raises Invalid, Conflict."""
    drill = passphrase is None
    if passphrase is not None:
        long_enough(passphrase)
    root = shares.join(texts)
    async with database.transaction():
        await _must_be_ours(root, here=here)
        subject = f"node:{here.node_id}"
        if drill:
            await journal.write(actor.person, "peers.root-tried", subject, {"root": root.kid}, here=here)
        else:
            await journal.write(actor.person, "peers.root-recovered", subject, {"root": root.kid}, here=here)
        if passphrase is not None:
            keep_root(root_file, root, passphrase)
    if drill:
        _note(root_file.with_name(DRILL), here=here)
    return Recovered(root=root.kid, kept=not drill)


async def _must_be_ours(root: SigningKey, *, here: Here) -> None:
    if root.public not in (await own.identity(here=here)).roots:
        raise Invalid({"root": f"This key is not one of this co-op's roots now. {LOST}"})


def drilled(root_file: Path | None) -> int | None:
    """When a backup of the root key was last tried (Unix seconds), by the file beside it; None for never."""
    try:
        return None if root_file is None else int(json.loads(root_file.with_name(DRILL).read_bytes())["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _note(file: Path, *, here: Here) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = file.with_name(file.name + ".new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
        json.dump({"at": here.now}, out)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
