# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a person wants to be met: the language and size of their pages, and how often we write to them.

Nothing chosen is as good as a row. Whoever has to act on safeguarding is always written to at once, whatever they chose: the
page says so. A delegate changes none of this for somebody: whoever acts for another sets the look of their own pages.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from msgspec import Struct

from node import database
from node.actor import SAFEGUARDING_ROLES, Actor
from node.dates import UK
from node.errors import Invalid
from node.here import Here
from node.members.rights import act
from node.words import LANGUAGES, _

Mail = Literal["at_once", "daily", "never"]
MAILS: tuple[str, ...] = get_args(Mail)
MORNING = 9


class Settings(Struct, frozen=True, kw_only=True):
    """What a person chose. `language` "": as their browser says."""

    language: str = ""
    large: bool = False
    mail: str = "at_once"


class SettingsDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; None leaves it as it is."""

    language: str | None = None
    large: bool | None = None
    mail: str | None = None


async def of(person: str) -> Settings:
    """What this person chose, or what stands for those who chose nothing."""
    row = await database.row("SELECT language, large, mail FROM person_settings WHERE person = {}", person)
    if row is None:
        return Settings()
    return Settings(language=row["language"], large=bool(row["large"]), mail=row["mail"])


async def mail(person: str) -> str:
    """How often we write to this person now: what they chose, or "at_once" for whoever has to act on safeguarding."""
    chosen = (await of(person)).mail
    if chosen == "at_once":
        return chosen
    marks = ", ".join("{}" for _role in SAFEGUARDING_ROLES)
    held = await database.row(
        f"SELECT id FROM role_held WHERE person = {{}} AND until IS NULL AND role IN ({marks}) LIMIT 1",  # noqa: S608
        person,
        *sorted(SAFEGUARDING_ROLES),
    )
    return "at_once" if held else chosen


def next_morning(now: int) -> int:
    """Nine o'clock by the clock on the wall, today or tomorrow: when a day's mail leaves."""
    then = datetime.fromtimestamp(now, UK)
    nine = then.replace(hour=MORNING, minute=0, second=0, microsecond=0, fold=0)
    if nine <= then:
        nine = (nine + timedelta(days=1)).replace(fold=0)
    return int(nine.timestamp())


def reader(actor: Actor) -> Actor:
    """Whoever looks at the pages: the delegate themselves, with no more than a member has, while they act for somebody."""
    return (
        actor if actor.by is None else replace(actor, person=actor.by, by=None, roles=frozenset(), scopes=frozenset())
    )


@act("people.choose-settings", by={"member"}, scope="", alone=True)
async def choose(*, actor: Actor, draft: SettingsDraft, here: Here) -> Settings:
    """Change one's own settings. Any sign-in will do. Raises Invalid; NotAllowed for a delegate."""
    faults = {}
    if draft.language is not None and draft.language not in ("", *LANGUAGES):
        faults["language"] = _("Choose one of the languages on the list.")
    if draft.mail is not None and draft.mail not in MAILS:
        faults["mail"] = _("Choose how often we write to you.")
    if faults:
        raise Invalid(faults)
    async with database.transaction():
        known = await of(actor.person)
        chosen = Settings(
            language=known.language if draft.language is None else draft.language,
            large=known.large if draft.large is None else draft.large,
            mail=known.mail if draft.mail is None else draft.mail,
        )
        await put(actor.person, chosen, here=here)
    return chosen


async def put(person: str, chosen: Settings, *, here: Here) -> None:
    """Keep this instead of whatever was chosen, in the transaction of the deed, which checked it."""
    await database.execute(
        "INSERT INTO person_settings (person, language, large, mail, at) VALUES ({}, {}, {}, {}, {}) "
        "ON CONFLICT (person) DO UPDATE SET language = excluded.language, large = excluded.large, "
        "mail = excluded.mail, at = excluded.at",
        person,
        chosen.language,
        chosen.large,
        chosen.mail,
        here.now,
    )
