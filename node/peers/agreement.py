# SPDX-License-Identifier: AGPL-3.0-or-later
"""The text of a data-sharing agreement: the same at both co-ops, byte for byte, made from what their peering says.

`text` is pure: the terms, both parties' names and telephone numbers, the fields of the statements that cross, and clauses that
stand fast under `EDITION`; each paragraph is one line. Its SHA-256 is what the peering carries. Plain English in every language
of the pages, since two co-ops sign one text. A co-op may hand in a text of its own instead: `tidy` says what of a file counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from federation.peerings import Peering, Terms
from federation.wire import b64
from node.errors import Invalid
from node.peers.leaving import in_english, letters_in_english
from node.peers.leaving_words import TOPICS
from node.words import _

EDITION: Final = 2
"""Goes up with every change of a clause, or of a field that crosses: two nodes of different editions then say so."""
SHORT: Final = (
    "Each co-op shares with the other, signed, the topics named here, so that their members can find each other. What is "
    "shared is used for nothing else, is deleted when it is withdrawn or runs out, and is never passed on. Either co-op may "
    "pause or end this at any time."
)
"""The text whose hash peerings carried before there were editions. One that carries it stands."""
LONGEST: Final = 100_000
"""Characters of a text of a co-op's own."""


@dataclass(frozen=True, slots=True)
class Party:
    """A co-op as the agreement names it: as its own signed description has it on that day."""

    node_id: str
    name: str
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Deal:
    """What the text is made from. `first` proposes; `gives`, `gets`: topics that the first gives and gets; Unix seconds."""

    first: Party
    second: Party
    version: int
    gives: tuple[str, ...]
    gets: tuple[str, ...]
    purpose: str
    retention_days: int
    erasure_hours: int
    on_end: str
    begins: int
    until: int


_PREFACE: Final = (
    "This is what the two co-ops named here have agreed about data that each lets the other have. Their computers made it from "
    "the terms that both sign: each signature carries the SHA-256 of these very words. It is plain English, so that whoever is "
    "asked can read it. It is no legal advice; have it read by somebody who gives that."
)
_CLAUSES: Final = (
    (
        "Each answers for itself",
        "Each co-op is a controller of its own: it decides why and how it uses what it holds, has its own reasons in law for it, "
        "keeps its own record, and answers for it to people and to the regulator. Neither works on the other's orders.",
        "Before it gives anything that is about a person, the giving co-op has that person's explicit and separate yes for it, "
        "but for a worry about somebody's safety. A person may take their yes back at any time, without a reason, and loses "
        "nothing by it.",
    ),
    (
        "What it may be used for",
        "What crosses is used for the purpose named above and for nothing else: not for money, not for statistics about people, "
        "not for machines that learn. It is not passed on to anybody, but where the law demands it; then the other co-op is told "
        "first, unless the law forbids that.",
        "No decision about a person is made by a machine alone. What a member searches stays at that member's own co-op.",
    ),
    (
        "Taking back, correcting, erasing",
        "What is withdrawn at one co-op is deleted at the other. The other answers for each erasure by a signed receipt, within "
        "the hours named above. Who does not answer gets nothing more until somebody has looked into it.",
        "Somebody who wants to see, correct or erase what is kept about them may turn to either co-op. The one that is asked "
        "does its own part, and tells the other on the same or the next working day if it needs that one's help.",
    ),
    (
        "Keeping it safe",
        "Each co-op keeps its keys apart from its data, closes what is private with keys of its own, makes backups that are "
        "locked, lets in only people who need it, and keeps its software up to date.",
        "Whoever finds that something of the other's was seen, lost or changed by somebody who may not tells the other at once, "
        "by telephone, and at the latest 24 hours after finding out: what happened, whom it touches, and what is being done.",
    ),
    (
        "Somebody's safety",
        "Safety comes before this agreement. A worry about somebody goes from one safeguarding lead to the other, with only what "
        "is needed. It crosses a pause, and what was recorded of it is kept by each co-op's own rules.",
    ),
    (
        "Looking at it again, pausing, ending",
        "Both look at this agreement when its end comes near, when something of it changes, and after anything that went wrong. "
        "Other terms need both signatures, and make a new text.",
        "Either co-op may pause or end it at any time, at once, and need not say why. A pause stops what is shared; withdrawals, "
        "receipts and worries about somebody's safety still cross.",
    ),
)
_ENDS: Final = {
    "delete": "Each deletes everything that the other gave it, and says so by a signed receipt within the hours named above.",
    "expire": "Nothing more is given. What was given is kept until its own day has come, and then deleted.",
}


def of_terms(first: Party, second: Party, terms: Terms, version: int) -> Deal:
    """What we are about to propose, `first` being us."""
    return Deal(
        first=first,
        second=second,
        version=version,
        gives=tuple(sorted(terms.sends)),
        gets=tuple(sorted(terms.receives)),
        purpose=terms.purpose,
        retention_days=terms.retention_days,
        erasure_hours=terms.erasure_sla_h,
        on_end=terms.on_end,
        begins=terms.nbf,
        until=terms.exp,
    )


def of_peering(first: Party, second: Party, peering: Peering) -> Deal:
    """What a peering says, `first` being its first party."""
    return Deal(
        first=first,
        second=second,
        version=peering.version,
        gives=tuple(sorted(peering.a_to_b)),
        gets=tuple(sorted(peering.b_to_a)),
        purpose=peering.purpose,
        retention_days=peering.retention_days,
        erasure_hours=peering.erasure_sla_h,
        on_end=peering.on_end,
        begins=peering.nbf,
        until=peering.exp,
    )


def text(deal: Deal) -> str:
    """The agreement in full. It is what `tidy` leaves as it is."""
    first, second = deal.first, deal.second
    told = [
        _title(f"Data-sharing agreement (Commoncare, edition {EDITION})", "="),
        _paragraph(_PREFACE),
        _title("Who"),
        *(_item(_party(each)) for each in (first, second)),
        _title("What for, and how long"),
        _item(f"Purpose: {deal.purpose}"),
        _item(f"Version {deal.version} of what these two have agreed on"),
        _item(f"It stands from {_day(deal.begins)} until {_day(deal.until)}."),
        _item(
            f"Of what is published, neither keeps anything for more than {deal.retention_days} days after it was last given, or "
            "past its own end. What crosses in a letter stays with the introduction or the worry that it belongs to."
        ),
        _item(f"An erasure is answered within {deal.erasure_hours} hours."),
        _title("What crosses"),
        _paragraph("These fields and no others. In the lists, “we” and “our” is the co-op that gives."),
        *_topics(first, second, deal.gives),
        *_topics(second, first, deal.gets),
        _paragraph("Either way, in letters that only the other co-op's computer opens, about people who chose this:"),
        *(_item(f"{what}: {'; '.join(fields)}.") for _name, what, fields in letters_in_english()),
        *(line for heading, *clauses in _CLAUSES for line in (_title(heading), *map(_paragraph, clauses))),
        _title("When it ends"),
        _paragraph(_ENDS[deal.on_end]),
        _title("Whom to ask"),
        _paragraph(
            "The numbers above, as each co-op has them on the day of signing. Each co-op's signed description has its newest "
            "ones, and those of its safeguarding lead and deputy. People may complain to either co-op, and to the data "
            "protection regulator."
        ),
    ]
    return "\n".join(told).strip() + "\n"


def digest(words: str) -> bytes:
    """What the peering carries: SHA-256 of the text's UTF-8."""
    return sha256(words.encode()).digest()


def named(words: str) -> str:
    """The same as it stands in a row: base64url."""
    return b64(digest(words))


def tidy(words: str) -> str:
    """A text of a co-op's own as it counts: lines end in one way, and the text in one line end. Raises Invalid for none, or for
    too long a one."""
    if "\0" in words:
        raise Invalid({"agreement": _("That is no text. Give it as plain text.")})
    lines = words.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tidied = "\n".join(line.rstrip() for line in lines).strip("\n")
    if not tidied.strip():
        raise Invalid({"agreement": _("There is nothing in that text.")})
    if len(tidied) > LONGEST:
        raise Invalid({"agreement": _("Use {limit} characters or fewer.", limit=LONGEST)})
    return tidied + "\n"


def blocks(words: str) -> list[tuple[str, list[str]]]:
    """A text for a page: what begins each part ("title", "heading", "items" or "words"), and its lines. For any text."""
    found: list[tuple[str, list[str]]] = []
    lines = words.split("\n")
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        marked = line.lstrip()
        if not marked or set(marked) in ({"="}, {"-"}):
            continue
        if set(after) in ({"="}, {"-"}):
            found.append(("title" if after[0] == "=" else "heading", [marked]))
        elif not marked.startswith("- "):
            found.append(("words", [marked]))
        elif found and found[-1][0] == "items":
            found[-1][1].append(marked[2:])
        else:
            found.append(("items", [marked[2:]]))
    return found


def _topics(giver: Party, taker: Party, topics: Sequence[str]) -> list[str]:
    if not topics:
        return [_paragraph(f"{giver.name} gives {taker.name} nothing.")]
    told = [_paragraph(f"{giver.name} gives {taker.name}:")]
    for topic in topics:
        told.append(_item(f"{TOPICS[topic]} ({topic})"))
        told += [_item(f"{what}: {'; '.join(fields)}.", "    - ") for what, fields in in_english(topic)]
    return [*told, ""]


def _party(party: Party) -> str:
    reach = ", ".join(each for each in (party.phone, party.email) if each)
    return f"{party.name}, at {party.node_id}" + (f"; {reach}" if reach else "")


def _day(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"


def _title(words: str, line: str = "-") -> str:
    return f"\n{words}\n{line * len(words)}\n"


def _paragraph(words: str) -> str:
    return f"{words}\n"


def _item(words: str, mark: str = "- ") -> str:
    return f"{mark}{words}"
