# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the node knows for the papers of its co-op: settings, counts of roles, backups, neighbours and their agreements.

Nothing about any person: no name of a member, no address, no count of what anybody did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from node.actor import GUARDED, Actor
from node.backing import folder as backing
from node.here import Here
from node.members import reads as members
from node.members.rights import check
from node.peers import agreeing
from node.peers import reads as peers
from node.peers.leaving_words import TOPICS
from node.peers.shapes import PeerDetail
from node.safeguarding import reads as safeguarding
from node.settings import Settings

OPERATOR: Final = frozenset({"operator"})


@dataclass(frozen=True, slots=True)
class Law:
    """What differs by nation: the law on adults at risk, who checks criminal records, who looks after care."""

    nation: str
    adults: str
    checks: str
    care: str
    clinical: str


LAWS: Final[Mapping[str, Law]] = {
    "england": Law(
        "England",
        "the Care Act 2014, sections 42 to 46",
        "the Disclosure and Barring Service",
        "the Care Quality Commission",
        "In England the standards DCB0129 (who makes health software) and DCB0160 (who uses it in care) may apply.",
    ),
    "scotland": Law(
        "Scotland",
        "the Adult Support and Protection (Scotland) Act 2007",
        "Disclosure Scotland, with its list for work with protected adults",
        "the Care Inspectorate",
        "The standards DCB0129 and DCB0160 are England's; ask what is expected in Scotland.",
    ),
    "wales": Law(
        "Wales",
        "the Social Services and Well-being (Wales) Act 2014, part 7",
        "the Disclosure and Barring Service",
        "Care Inspectorate Wales",
        "The standards DCB0129 and DCB0160 are England's; ask what is expected in Wales.",
    ),
    "northern-ireland": Law(
        "Northern Ireland",
        "the regional policy on adult safeguarding of 2015, and what was made law since",
        "AccessNI",
        "the Regulation and Quality Improvement Authority",
        "The standards DCB0129 and DCB0160 are England's; ask what is expected in Northern Ireland.",
    ),
}


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A neighbour co-op and what was agreed with it last. `text`: of the agreement, None where we have none to read."""

    name: str
    node_id: str
    state: str
    gives: str
    gets: str
    until: str
    erasure_hours: int
    retention_days: int
    text: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that is filled in. `day`: when the papers were made; `roles`: (role, how many hold it)."""

    day: str
    name: str
    node_id: str
    address: str
    phone: str
    law: Law
    database: str
    mail: str
    backups: str
    newest_backup: str
    last_drill: str
    roles: tuple[tuple[str, int], ...]
    ready: bool
    neighbours: tuple[Neighbour, ...]


async def known(actor: Actor, settings: Settings, *, here: Here) -> Known:
    """What the papers of this co-op are filled in with. For operators: raises NotAllowed, NotProved."""
    check(actor, by=OPERATOR, scope="peers", act="papers.read")
    made, drill = _backups(settings)
    return Known(
        day=_day(here.now),
        name=here.co_op.name,
        node_id=here.node_id,
        address=settings.address or f"https://{settings.node_id}",
        phone=here.co_op.phone,
        law=LAWS[here.co_op.nation],
        database=_database(settings),
        mail=_mail(settings),
        backups=_locked(settings),
        newest_backup=made,
        last_drill=drill,
        roles=tuple([(role, len(await members.by_role(role, here=here))) for role in sorted(GUARDED)]),
        ready=(await safeguarding.ready(here=here)).ok,
        neighbours=tuple([await _neighbour(each, here=here) for each in await peers.details(here=here) if each.agreed]),
    )


async def _neighbour(peer: PeerDetail, *, here: Here) -> Neighbour:
    assert peer.agreed is not None
    text = await agreeing.read(peer.node_id, proposed=False, here=here)
    return Neighbour(
        name=peer.name,
        node_id=peer.node_id,
        state=peer.state,
        gives=_topics(peer.gives),
        gets=_topics(peer.gets),
        until=_day(peer.agreed.until),
        erasure_hours=peer.agreed.erasure_hours,
        retention_days=peer.agreed.retention_days,
        text=text.text,
        sha256=text.sha256,
    )


def _topics(codes: list[str]) -> str:
    return ", ".join(TOPICS.get(code, code) for code in codes) or "nothing"


def _database(settings: Settings) -> str:
    """Which kind and where; never a name or a password out of its address."""
    found = urlsplit(settings.database_url)
    if found.scheme == "sqlite":
        return "SQLite, a file on the node's own disk"
    return f"PostgreSQL at {found.hostname or 'the same machine'}"


def _mail(settings: Settings) -> str:
    if not settings.mail.host:
        return "none: the node sends no mail"
    ways = {"none": "without TLS", "starttls": "with STARTTLS", "tls": "with TLS"}
    return f"{settings.mail.host}, {ways[settings.mail.security]}"


def _locked(settings: Settings) -> str:
    keys = len(settings.backup.recipients)
    if not keys:
        return "none can be made yet: there is no key to lock them with"
    return f"locked (age) to {keys} {'key' if keys == 1 else 'keys'} whose secret half is not on the node"


def _backups(settings: Settings) -> tuple[str, str]:
    """(when the newest was made, when a restore was tried last), in words."""
    folder = settings.path(settings.backup.folder)
    try:
        made, drill = backing.backups(folder, settings.node_id), backing.last_check(folder)
    except OSError:
        return "the folder can't be read", "not known"
    return _day(made[-1].made_at) if made else "none yet", _day(drill.checked_at) if drill else "never"


def _day(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"
