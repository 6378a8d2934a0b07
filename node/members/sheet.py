# SPDX-License-Identifier: AGPL-3.0-or-later
"""A list of people from a spreadsheet, read and checked row by row. Pure: bytes in, rows and faults out.

Takes what spreadsheets write: comma, semicolon or tab between the fields, UTF-8 (with or without its mark) or Windows-1252, one
line of headings in our words or close to them. Nothing is guessed: an unknown heading or role is told, never dropped. No formula
is ever evaluated.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from msgspec import Struct, structs

from node.actor import ROLES
from node.errors import Invalid
from node.members import rules
from node.members.inviting import AT_ONCE, too_many
from node.members.shapes import InvitationDraft
from node.members.wording import ROLE_WORDS
from node.words import N_, _

COLUMNS: Final = ("name", "known_as", "email", "phone", "roles")
LONGEST_CELL: Final = 300
LONGEST_FILE: Final = 200_000
_HEADINGS: Final = {
    "name": "name", "full name": "name",
    "known as": "known_as", "known_as": "known_as",
    "e-mail": "email", "email": "email", "e-mail address": "email", "email address": "email",
    "phone": "phone", "telephone": "phone", "phone number": "phone", "mobile": "phone",
    "role": "roles", "roles": "roles",
}  # fmt: skip
_ROLES: Final = {
    **{role: role for role in ROLES},
    **{role.replace("_", " "): role for role in ROLES},
    **{role.replace("_", "-"): role for role in ROLES},
    **{words.casefold(): role for role, (words, _hint) in ROLE_WORDS.items()},
    "peer-support lead": "peer_support_lead",
}
NO_HEADINGS: Final = N_(
    "The first line has to name the columns: name, known as, e-mail, phone, roles. At least the name is needed."
)
NOT_A_LIST: Final = N_("We can't read this as a list. Save it from your spreadsheet as CSV and choose that file.")


class Row(Struct, frozen=True, kw_only=True):
    """One person as the list has them. `roles`: as written, with commas between."""

    name: str = ""
    known_as: str = ""
    email: str = ""
    phone: str = ""
    roles: str = ""


class Sheet(Struct, frozen=True, kw_only=True):
    """A list under way: kept sealed for whoever brought it, until its invitations are made."""

    rows: list[Row]


def read(data: bytes) -> Sheet:
    """The rows of a file. Raises Invalid for one that is no list, has no headings of ours, is empty or too long."""
    if len(data) > LONGEST_FILE:
        raise Invalid({"file": too_many()})
    lines = [line for line in _lines(_text(data)) if any(cell.strip() for cell in line)]
    if not lines:
        raise Invalid({"file": _("This file is empty.")})
    columns = _columns(lines[0])
    rows = [_row(columns, line) for line in lines[1:]]
    if not rows:
        raise Invalid({"file": _("There is nobody on this list: only the line of headings.")})
    if len(rows) > AT_ONCE:
        raise Invalid({"file": too_many()})
    return Sheet(rows=rows)


def faults(sheet: Sheet) -> dict[str, str]:
    """What to put right: "<row>-<column>" -> words, every row and column at once; rows count from 0."""
    found: dict[str, str] = {}
    before: dict[tuple[str, str, str], int] = {}
    for number, row in enumerate(sheet.rows):
        wrong = rules.faults(
            {
                "name": rules.name_fault(row.name),
                "known_as": rules.name_fault(row.known_as, needed=False),
                "email": rules.email_fault(row.email),
                "phone": rules.phone_fault(row.phone),
                "roles": _roles_fault(row.roles),
            }
        )
        who = (rules.tidy(row.name).casefold(), rules.tidy_email(row.email), rules.tidy(row.phone))
        if who in before and "name" not in wrong:
            wrong["name"] = _("The same person stands in row {number} already. Leave one out.", number=before[who] + 1)
        before.setdefault(who, number)
        found |= {f"{number}-{column}": words for column, words in wrong.items()}
    return found


def drafts(sheet: Sheet, *, days: int) -> list[InvitationDraft]:
    """The invitations that a list without faults asks for."""
    return [
        InvitationDraft(
            roles=roles_of(row.roles) or ["member"],
            name=row.name,
            email=row.email,
            days=days,
            known_as=row.known_as,
            phone=row.phone,
        )
        for row in sheet.rows
    ]


def roles_of(text: str) -> list[str]:
    """The roles that a cell names, as far as we know them."""
    return [_ROLES[word] for word in _words(text) if word in _ROLES]


def corrected(sheet: Sheet, number: int, **cells: str) -> Sheet:
    """The list with some cells of one row written anew."""
    rows = list(sheet.rows)
    rows[number] = structs.replace(rows[number], **{name: _cell(value) for name, value in cells.items()})
    return Sheet(rows=rows)


def without(sheet: Sheet, numbers: Sequence[int]) -> Sheet:
    """The list without these rows."""
    gone = set(numbers)
    return Sheet(rows=[row for number, row in enumerate(sheet.rows) if number not in gone])


def _text(data: bytes) -> str:
    if b"\0" in data:
        raise Invalid({"file": _(NOT_A_LIST)})
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid({"file": _(NOT_A_LIST)})


def _lines(text: str) -> list[list[str]]:
    first = text.partition("\n")[0]
    between = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True))
    except csv.Error:
        raise Invalid({"file": _(NOT_A_LIST)}) from None


def _columns(headings: Sequence[str]) -> list[str]:
    names = [" ".join(heading.split()).casefold() for heading in headings]
    while names and not names[-1]:
        names.pop()
    found = [_HEADINGS.get(name, "") for name in names]
    if "name" not in found:
        raise Invalid({"file": _(NO_HEADINGS)})
    if unknown := [heading.strip()[:40] for heading, column in zip(headings, found, strict=False) if not column]:
        words = _(
            "We don't know these columns: {names}. Take them out, or name them as ours.", names=", ".join(unknown)
        )
        raise Invalid({"file": words})
    if len(set(found)) < len(found):
        raise Invalid({"file": _("Two columns are for the same thing. Leave one.")})
    return found


def _row(columns: Sequence[str], line: Sequence[str]) -> Row:
    extra = [cell for cell in line[len(columns) :] if cell.strip()]
    cells = dict(zip(columns, (_cell(cell) for cell in line), strict=False))
    if extra:  # most often a comma in a name without quotation marks: better told than put in the wrong place
        cells["roles"] = ", ".join([cells.get("roles", ""), *(_cell(cell) for cell in extra)])
    return Row(**cells)


def _cell(text: str) -> str:
    return rules.tidy(text)[:LONGEST_CELL]


def _words(text: str) -> list[str]:
    parts = (" ".join(part.split()).casefold() for part in text.replace(";", ",").replace("/", ",").split(","))
    return [part for part in parts if part]


def _roles_fault(text: str) -> str | None:
    unknown = [word for word in _words(text) if word not in _ROLES]
    if not unknown:
        return None
    known = ", ".join([_("member"), *(_(words).lower() for words, _hint in ROLE_WORDS.values())])
    return _("We don't know “{role}”. Choose from: {choices}.", role=unknown[0][:40], choices=known)
