# SPDX-License-Identifier: AGPL-3.0-or-later
"""What ended after a backup was made stays ended when it is restored: by the file outside the database, or by a newer backup."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from node import database, ended, vault
from node.actor import at_the_command_line
from node.backing import catching, reading
from node.backing.endings import ENDINGS, WITH_ITS_KEY
from node.ended import Ended, mark_of
from node.errors import NotSignedIn
from node.front.acts import calls
from node.front.shapes import CallDraft
from node.members import acts as members
from node.members import reads as people
from node.members import standing
from node.members.shapes import Admission, InvitationDraft, TokenDraft
from node.peers import acts as peers
from node.vault import Erased
from tests.node.backing.conftest import House, fill_every_table, off

CLI = at_the_command_line()
CANARY = "Wilhelmina Canary Featherstonehaugh"
NODE = Path(ended.__file__).parent


async def admit(house: House, name: str, *roles: str) -> str:
    async with house.open() as coop:
        made = await members.admit(
            actor=CLI, admission=Admission(full_name=name, roles=list(roles), adult=True), here=coop.here()
        )
        return made.id


# Every kind, by rows ----------------------------------------------------------------------------------------------------

BY_COLUMN: dict[str, tuple[str, str]] = {
    # kind: table, what ends it
    "card": ("signin_card", "revoked_at = 9"),
    "passkey": ("passkey", "revoked_at = 9"),
    "app": ("totp", "ended_at = 9"),
    "code": ("recovery_code", "used_at = 9"),
    "role": ("role_held", "until = 9"),
    "delegation": ("delegation", "ended_at = 9"),
    "invitation": ("invitation", "used_at = 9"),
    "peer-invitation": ("peering_invitation", "used_at = 9"),
    "own-key": ("own_key", "revoked_at = 9"),
    "key": ("data_key", "destroyed_at = 9, wrapped = NULL"),
}


@pytest.mark.parametrize("by", ["the file", "a newer backup"])
async def test_each_kind_that_a_column_tells(house: House, tmp_path: Path, by: str) -> None:
    async with house.open():
        await fill_every_table()
    file = await house.back_up()
    house.clock.advance(hours=1)
    stood: dict[str, set[str]] = {}
    async with house.open() as coop:
        for kind, (table, change) in BY_COLUMN.items():
            ending = next(each for each in ENDINGS if each.kind == kind)
            stood[kind] = {row["id"] for row in await database.rows(ending.stands)}
            assert stood[kind], kind
            column = change.partition(" ")[0]
            await database.execute(f"UPDATE {table} SET {change} WHERE {column} IS NULL")
        if by == "the file":
            assert await catching.catch_up(coop.settings.path(ended.FILE), here=coop.here()) >= len(BY_COLUMN)
            assert await catching.catch_up(coop.settings.path(ended.FILE), here=coop.here()) == 0
    other = house.elsewhere(tmp_path / "two", "")
    if by == "the file":
        (other.settings.path(ended.FILE)).write_bytes(house.settings.path(ended.FILE).read_bytes())
    else:
        newer = await house.back_up()
        other.settings.path("backups").mkdir()
        (other.settings.path("backups") / newer.name).write_bytes(newer.read_bytes())
        (other.settings.path("backups") / "alder.example.20300101T000000Z.age").write_bytes(b"not one")
    done = await other.restore(file)
    assert done.unread == ([] if by == "the file" else ["alder.example.20300101T000000Z.age"])
    async with other.open():
        for kind, ids in stood.items():
            ending = next(each for each in ENDINGS if each.kind == kind)
            standing_now = {row["id"] for row in await database.rows(ending.stands)}
            assert not standing_now & ids, kind
            assert done.ended[kind] == len(ids), kind
    assert ended.read(other.settings.path(ended.FILE)) >= {
        line for line in ended.read(house.settings.path(ended.FILE)) if line.kind in BY_COLUMN
    }


async def test_without_file_or_newer_backup_it_comes_back(house: House, tmp_path: Path) -> None:
    """The control: what the tests above see is the ledger's doing."""
    async with house.open():
        await fill_every_table()
    file = await house.back_up()
    async with house.open():
        await database.execute("UPDATE signin_card SET revoked_at = 9 WHERE revoked_at IS NULL")
    other = house.elsewhere(tmp_path / "two", "")
    assert "card" not in (await other.restore(file)).ended
    async with other.open():
        assert await database.rows("SELECT id FROM signin_card WHERE revoked_at IS NULL") != []


def test_each_key_that_is_destroyed_takes_along_what_it_sealed() -> None:
    """Every owner whose key the code destroys has its line; letters under way are the one that is left out on purpose."""
    owners = set()
    for path in NODE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        owners |= set(re.findall(r"vault\.destroy\(f\"([a-z-]+):", text))
        owners |= (
            set(re.findall(r"^PREFIX(?:: Final)? = \"([a-z-]+)\"", text, re.MULTILINE))
            if "vault.destroy(" in text
            else set()
        )
    assert {"invitation", "keys-kept", "introduction", "sealed-copy"} <= owners
    assert owners <= WITH_ITS_KEY.keys()


# People, words and neighbours, by their deeds -----------------------------------------------------------------------------


async def test_an_erased_call_and_an_invitation_are_in_no_byte(house: House, tmp_path: Path) -> None:
    async with house.open() as coop:
        here = coop.here()
        await calls.ring_me_without_account(
            draft=CallDraft(name=CANARY, phone="01632 960999", about="pages"), here=here
        )
        made = await members.invite(actor=CLI, draft=InvitationDraft(name=CANARY, roles=["volunteer"]), here=here)
        sealed = [
            bytes(row["it"])
            for row in await database.rows(
                "SELECT name AS it FROM call_request UNION ALL SELECT name FROM invitation UNION ALL "
                "SELECT wrapped FROM data_key WHERE owner LIKE 'call:%' OR owner LIKE 'invitation:%'"
            )
        ]
        assert len(sealed) == 4
        owners = [row["owner"] for row in await database.rows("SELECT owner FROM data_key WHERE owner LIKE '%:%'")]
    file = await house.back_up()
    house.clock.advance(hours=1)
    async with house.open() as coop:
        call = (await database.row("SELECT id FROM call_request") or {})["id"]
        await members.revoke_invitation(actor=CLI, invitation_id=made.id, here=coop.here())
        async with database.transaction():
            await vault.destroy(f"call:{call}", here=coop.here())
    written = ended.read(house.settings.path(ended.FILE))
    assert {line.mark for line in written if line.kind == "key"} == {mark_of("key", owner) for owner in owners}
    assert not any(part in house.settings.path(ended.FILE).read_text() for part in (call, made.id, CANARY))
    other = house.elsewhere(tmp_path / "two", "")
    await house_without_ledger(other).restore(file)
    held = _bytes(other)
    assert all(blob in held for blob in sealed), "without what ended, the copy holds it: the search below can fail"
    third = house.elsewhere(tmp_path / "three", "")
    third.settings.path(ended.FILE).write_bytes(house.settings.path(ended.FILE).read_bytes())
    await third.restore(file)
    held = _bytes(third)
    assert not [blob for blob in sealed if blob in held]
    assert CANARY.encode() not in held
    async with third.open() as coop:
        ring = await vault.ring(owners, here=coop.here())
        for owner in owners:
            with pytest.raises(Erased):
                ring.seal(owner, "t", "r", "c", "x")


def house_without_ledger(house: House) -> House:
    assert not house.settings.path(ended.FILE).exists()
    return house


def _bytes(house: House) -> bytes:
    """Every byte that a restore left in the folder, but for keys."""
    files = [path for path in house.settings.folder.rglob("*") if path.is_file() and path.parent.name != "keys"]
    assert any(path.suffix == ".db" for path in files)
    return b"".join(path.read_bytes() for path in files)


async def test_who_left_died_or_lost_a_role_is_as_gone_as_before(house: House, tmp_path: Path) -> None:
    left, died, back, stays = [await admit(house, name, "worker") for name in ("Ada", "Bea", "Cleo", "Dora")]
    token: Any = None
    async with house.open() as coop:
        draft = TokenDraft(label="a phone", scopes=["*"], days=30)
        token = await standing.issue_token(actor=CLI, draft=draft, person_id=stays, here=coop.here())
        assert (await people.authenticate(token.token, here=coop.here())).person == stays
    file = await house.back_up()
    house.clock.advance(hours=1)
    async with house.open() as coop:
        here = coop.here()
        await standing.leave(actor=CLI, person_id=left, here=here)
        await standing.record_death(actor=CLI, person_id=died, here=here)
        await standing.leave(actor=CLI, person_id=back, here=here)
        await catching.catch_up(coop.settings.path(ended.FILE), here=here)
        await standing.welcome_back(actor=CLI, person_id=back, here=here.at(here.now + 5))
        await standing.end_role(actor=CLI, person_id=stays, role="worker", here=here)
        await catching.catch_up(coop.settings.path(ended.FILE), here=here)
    with (
        off(house.settings.path("commoncare.db"))
        if house.settings.database == ""
        else _another(house, tmp_path) as place
    ):
        done = await (place or house).restore(file)
        assert (done.ended["person"], done.ended["role"], done.tokens) == (2, 2, 1)
        async with (place or house).open() as coop:
            states = {row["id"]: row["state"] for row in await database.rows("SELECT id, state FROM person")}
            assert states == {left: "left", died: "died", back: "active", stays: "active"}
            assert await database.rows("SELECT id FROM role_held WHERE until IS NULL") == []
            with pytest.raises(NotSignedIn):
                await people.authenticate(token.token, here=coop.here())
        if place is None:
            house.settings.path("commoncare.db").unlink()


def _another(house: House, tmp_path: Path) -> Any:
    """For PostgreSQL: the same ledger in another folder, with a file as its database."""
    from contextlib import nullcontext

    other = house.elsewhere(tmp_path / "two", "")
    other.settings.path(ended.FILE).write_bytes(house.settings.path(ended.FILE).read_bytes())
    return nullcontext(other)


async def test_neighbours_are_as_trusted_as_they_were(house: House, tmp_path: Path) -> None:
    names = ["birch", "cedar", "dove", "elm"]
    async with house.open() as coop:
        for name in names:
            await database.execute(
                "INSERT INTO peer (node_id, created) VALUES ({}, {})", f"{name}.example", coop.here().now
            )
        await peers.end(actor=CLI, node_id="dove.example", reason="once", here=coop.here())
        await catching.catch_up(coop.settings.path(ended.FILE), here=coop.here())
        await database.execute(
            "UPDATE peer SET ended = {} WHERE node_id = 'dove.example'", False
        )  # and again a neighbour
    house.clock.advance(hours=1)
    file = await house.back_up()
    house.clock.advance(hours=1)
    async with house.open() as coop:
        here = coop.here()
        await peers.end(actor=CLI, node_id="birch.example", reason="why", here=here)
        await peers.pause(actor=CLI, node_id="cedar.example", reason="why", here=here)
        await peers.pause(actor=CLI, node_id="elm.example", reason="why", here=here)
        await catching.catch_up(coop.settings.path(ended.FILE), here=here)
        await peers.resume(actor=CLI, node_id="elm.example", here=here)
        await catching.catch_up(coop.settings.path(ended.FILE), here=here.at(here.now + 1))
    other = house.elsewhere(tmp_path / "two", "")
    other.settings.path(ended.FILE).write_bytes(house.settings.path(ended.FILE).read_bytes())
    assert (await other.restore(file)).ended == {"pause": 1, "neighbour": 1}
    async with other.open():
        rows = await database.rows("SELECT node_id, ended, paused_here FROM peer ORDER BY node_id")
        assert [(bool(row["ended"]), bool(row["paused_here"])) for row in rows] == [
            (True, False), (False, True), (False, False), (False, False)
        ]  # fmt: skip


# The file itself --------------------------------------------------------------------------------------------------------


async def test_the_file_survives_a_cut_line_and_lists_no_letter(house: House, tmp_path: Path) -> None:
    path = tmp_path / "erasures"
    one, two = (Ended(5, "key", mark_of("key", "a")), Ended(6, "card", mark_of("card", "b")))
    ended.add(path, [one])
    with path.open("ab") as file:
        file.write(b"7 key " + b"x" * 20)  # the power went
    ended.add(path, [two])
    assert ended.read(path) == {one, two}
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    async with house.open() as coop:
        here = coop.here()
        async with database.transaction():
            await vault.destroy("letter:x", here=here)
            await vault.destroy("call:x", here=here)
        try:
            async with database.transaction():
                await vault.destroy("call:y", here=here)
                raise RuntimeError
        except RuntimeError:
            pass
        marks = {line.mark for line in ended.read(coop.settings.path(ended.FILE))}
        assert marks == {mark_of("key", "call:x")}, "no letter, and nothing that was rolled back"
        coop.settings.path(ended.FILE).unlink()  # killed between the commit and the file
        assert await catching.catch_up(coop.settings.path(ended.FILE), here=here) == 1
        assert {line.mark for line in ended.read(coop.settings.path(ended.FILE))} == marks


async def test_what_had_ended_is_in_the_backup_and_sealed(house: House) -> None:
    async with house.open() as coop, database.transaction():
        await vault.destroy("call:x", here=coop.here())
    file = await house.back_up()
    node_key = await _opened_key(house)
    lines = reading.only_ended(file, house.secret, node_id="alder.example", node_key=node_key)
    assert {line.mark for line in lines if line.kind == "key"} == {mark_of("key", "call:x")}


async def _opened_key(house: House) -> Any:
    async with house.open() as coop:
        return coop.node_key
