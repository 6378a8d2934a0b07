# SPDX-License-Identifier: AGPL-3.0-or-later
"""Founding: roots that open again, secrets that stand nowhere in clear, once only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from node import database
from node.errors import Conflict, Invalid, Misconfigured
from node.here import Here, NodeKey
from node.peers import founding, keyring, own
from tests.node.exchange.coops import OPERATOR

PASSPHRASE = "correct horse battery"


@pytest.fixture
def root_file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "root.pem"


async def found(root_file: Path, here: Here, passphrase: str = PASSPHRASE) -> founding.Founded:
    return await founding.found_node(actor=OPERATOR, root_file=root_file, passphrase=passphrase, here=here)


async def test_two_roots_either_of_which_suffices(engine: database.Engine, here: Here, root_file: Path) -> None:
    made = await found(root_file, here)
    roots = set((await own.identity(here=here)).roots)
    kept = founding.root_from_file(root_file, PASSPHRASE)
    printed = founding.root_from_paper(made.paper_key.upper())
    assert roots == {kept.public, printed.public}
    assert (await own.identity(here=here)).threshold == 1
    assert len(made.words.split()) == 12
    later = here.at(here.now + 86_400 * 300)
    assert await founding.renew_identity(actor=OPERATOR, root=printed, here=later) == 2
    assert (await own.identity(here=later)).exp == later.now + 86_400 * 400


async def test_root_and_paper_are_not_in_the_database_and_working_keys_only_sealed(
    engine: database.Engine, here: Here, root_file: Path
) -> None:
    await found(root_file, here)
    kept = founding.root_from_file(root_file, PASSPHRASE)
    held = b""
    for table in ("own_key", "own_identity", "own_manifest"):
        for row in await database.rows(f"SELECT * FROM {table}"):
            held += b"".join(bytes(value) for value in row.values() if isinstance(value, bytes))
    assert kept.seed() not in held
    assert (await keyring.signing("doc", here=here)).seed() not in held
    assert root_file.stat().st_mode & 0o777 == 0o600
    assert kept.seed() not in root_file.read_bytes()
    with pytest.raises(Misconfigured):
        founding.root_from_file(root_file, "another passphrase")
    with pytest.raises(Misconfigured):
        await keyring.signing("doc", here=replace(here, node_key=NodeKey(bytes(32))))


async def test_nobody_founds_twice_or_over_another_root(engine: database.Engine, here: Here, root_file: Path) -> None:
    with pytest.raises(Invalid):
        await found(root_file, here, "short")
    root_file.parent.mkdir()
    root_file.write_bytes(b"another")
    with pytest.raises(Conflict):
        await found(root_file, here)
    assert await own.documents() is None
    assert root_file.read_bytes() == b"another"
    root_file.unlink()
    await found(root_file, here)
    with pytest.raises(Conflict):
        await found(root_file.with_name("second.pem"), here)


async def test_slips_in_the_printed_words_are_told(engine: database.Engine, here: Here, root_file: Path) -> None:
    made = await found(root_file, here)
    words = made.paper_key.split()
    with pytest.raises(Invalid):
        founding.root_from_paper(" ".join(words[1:] + words[:1]))
