# SPDX-License-Identifier: AGPL-3.0-or-later
"""A list from a spreadsheet: what is read, what is told, and that nothing is guessed."""

from __future__ import annotations

import pytest

from node.errors import Invalid
from node.members import sheet
from node.members.inviting import AT_ONCE
from node.members.sheet import Row


def fault(data: bytes) -> str:
    with pytest.raises(Invalid) as no:
        sheet.read(data)
    assert set(no.value.fields) == {"file"}
    return no.value.fields["file"]


@pytest.mark.parametrize("between", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_what_spreadsheets_write_is_read(between: str, encoding: str) -> None:
    lines = [
        ["Full name", "KNOWN AS", "E-mail", "Telephone", "Roles"],
        ["Zoë Müller", "Zoë", "zoe@example.org", "01632 960 001", ""],
    ]
    data = "\r\n".join(between.join(line) for line in [*lines, ["", "", "", "", ""]]).encode(encoding)
    assert sheet.read(data).rows == [
        Row(name="Zoë Müller", known_as="Zoë", email="zoe@example.org", phone="01632 960 001", roles="")
    ]


def test_fields_may_stand_in_any_order_and_only_the_name_is_needed() -> None:
    assert sheet.read(b"phone,name\n01632 960 001,Ada\n,Bo\n").rows == [
        Row(name="Ada", phone="01632 960 001"),
        Row(name="Bo"),
    ]
    assert sheet.read(b"name\nAda\n").rows == [Row(name="Ada")]


def test_what_is_no_list_is_told_and_nothing_is_dropped() -> None:
    assert "empty" in fault(b"")
    assert "nobody" in fault(b"name,e-mail\n\n")
    assert "can't read" in fault(b"PK\x03\x04\0\0")
    assert "can't read" in fault(b'name\n"Ada\n')
    assert "first line" in fault(b"Ada,ada@example.org\n")
    assert "NHS number" in fault(b"name,NHS number\nAda,1\n")
    assert "Two columns" in fault(b"name,email,e-mail\nAda,,\n")
    assert str(AT_ONCE) in fault(b"name\n" + b"Ada\n" * (AT_ONCE + 1))
    assert str(AT_ONCE) in fault(b"name\n" + b"A" * 300_000)


def test_every_fault_of_every_row_is_told_by_row_and_column() -> None:
    found = sheet.faults(
        sheet.read(b"name,e-mail,phone,roles\n,nope,1,king\nAda,ada@example.org,,volunteer\nAda,ada@example.org,,\n")
    )
    assert set(found) == {"0-name", "0-email", "0-phone", "0-roles", "2-name"}
    assert "row 2" in found["2-name"]
    assert "king" in found["0-roles"] and "volunteer" in found["0-roles"]


def test_a_comma_too_many_is_told_and_not_put_in_another_field() -> None:
    read = sheet.read(b"name,e-mail\nAda,ada@example.org,Countess\n")
    assert read.rows[0].email == "ada@example.org"
    assert set(sheet.faults(read)) == {"0-roles"}


def test_roles_go_by_our_words_and_their_codes() -> None:
    assert sheet.roles_of("Peer supporter; volunteer") == ["peer_supporter", "volunteer"]
    assert sheet.roles_of("peer_support_lead, Safeguarding Lead/operator") == [
        "peer_support_lead",
        "safeguarding_lead",
        "operator",
    ]
    (draft,) = sheet.drafts(sheet.read(b"name,roles\nAda,\n"), days=14)
    assert draft.roles == ["member"]


def test_rows_are_put_right_and_left_out() -> None:
    kept = sheet.read(b"name,e-mail\nAda,nope\nBo,\nCy,\n")
    kept = sheet.corrected(kept, 0, email="ada@example.org")
    assert sheet.faults(kept) == {}
    assert [row.name for row in sheet.without(kept, [1, 9]).rows] == ["Ada", "Cy"]
