# SPDX-License-Identifier: AGPL-3.0-or-later
"""What may be declared, and what a fact of ours is at a moment. Pure.

A draft is judged as a whole: every field that needs another look is named at once. What passes here passes the protocol's
reader too. Nothing of it is about a person, and nothing is worked out from people: that is for whoever types it in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from node.actor import COMMAND_LINE, Actor
from node.errors import Invalid, NotAllowed
from node.members.rules import tidy_text
from node.metrics import wording
from node.metrics.shapes import FIELDS, About, FactDraft, Said, State
from node.words import _

TOPIC: Final = "metrics"
DAY: Final = 86_400
KEEPERS: Final = frozenset({"operator", "peer_support_lead", "safeguarding_lead", "safeguarding_deputy"})
"""Who writes down what a circle agreed on, and confirms what another wrote: those who show a second factor."""
REVIEW_DAYS: Final = 367
"""A circle looks at its agreement again within a year: the last day counts, and so does one more in a leap year."""
REMINDER_DAYS: Final = 30
ONE_AT_A_TIME: Final[frozenset[About]] = frozenset({"services", "size", "rates"})
"""Of these one stands at a time, so a new one takes the place of the old."""
MOST: Final = 60
"""Facts that may stand at a time."""
MOST_OF_ONE: Final = 100
"""Facts of one neighbour that we take."""
MOST_PENCE: Final = 100_000
MOST_NUMBER: Final = 2**53 - 1
LINE: Final = 80
COUNTED: Final = 300
WORDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a circle agreed: `agreed_on`, `review_on` in Unix seconds; `words` stay at home."""

    circle: str
    agreed_on: int
    review_on: int
    words: str


@dataclass(frozen=True, slots=True)
class Record:
    """A fact of ours as its rows have it. Without a circle's agreement `agreement` is None."""

    id: str
    said: Said
    written_by: str
    written_at: int
    replaces: str | None
    agreement: Agreement | None
    confirmed_by: str | None
    confirmed_at: int | None
    withdrawn_at: int | None
    replaced: bool


def state(fact: Record, *, now: int) -> State:
    """What it is now. Declared is only what a circle agreed on and a second person confirmed, until its review is due."""
    if fact.withdrawn_at is not None:
        return "withdrawn"
    if fact.agreement is None or fact.agreement.review_on <= now:
        return "over"
    if fact.confirmed_at is None or fact.confirmed_by in (None, fact.written_by):
        return "waiting"
    return "replaced" if fact.replaced else "declared"


def themselves(actor: Actor) -> None:
    """Refuse (NotAllowed) the command line: two people stand behind a fact, and it does not know who sits there."""
    if actor.person == COMMAND_LINE:
        raise NotAllowed(_("Two people stand behind each fact. Please sign in and do this as yourself."), cause="cli")


def judged(draft: FactDraft, *, nation: str, now: int) -> tuple[Said, Agreement]:
    """What the draft says, tidied, and the agreement behind it. Raises Invalid with every field's fault."""
    if draft.about not in FIELDS:
        raise Invalid({"about": _("Choose what the fact is about.")})
    about = draft.about
    code = wording.regulator(nation)
    said = Said(
        about=about,
        services=list(dict.fromkeys(draft.services)) if about == "services" else [],
        rates=list(draft.rates) if about == "rates" else [],
        **_own(about, draft, code),
    )
    faults = _FAULTS[about](said, now) | _agreement_faults(draft, now)
    if faults:
        raise Invalid(faults)
    assert draft.agreed_on is not None
    assert draft.review_on is not None
    circle, words = tidy_text(draft.circle, line=True), tidy_text(draft.words)
    return said, Agreement(circle, draft.agreed_on, draft.review_on, words)


def _own(about: About, draft: FactDraft, regulator: str) -> dict[str, Any]:
    """What belongs to this kind of fact and is no list."""
    given = {
        "people": draft.people,
        "regulator": regulator,
        "theme": draft.theme,
        "grade": draft.grade,
        "published_on": draft.published_on,
        "name": tidy_text(draft.name, line=True),
        "number": draft.number,
        "start": draft.start,
        "end": draft.end,
        "counted": tidy_text(draft.counted),
    }
    return {name: given[name] for name in FIELDS[about] if name in given}


def _services(said: Said, now: int) -> dict[str, str]:
    if not said.services or not set(said.services) <= wording.SERVICES.keys():
        return {"services": _("Choose at least one of the list.")}
    return {}


def _size(said: Said, now: int) -> dict[str, str]:
    return {} if said.people in wording.BANDS else {"people": _("Choose one of the four.")}


def _rates(said: Said, now: int) -> dict[str, str]:
    kinds = [rate.care for rate in said.rates]
    if not kinds or not set(kinds) <= wording.CARE.keys() or len(set(kinds)) != len(kinds):
        return {"rates": _("Give at least one rate, each kind of care once.")}
    faults = {}
    for number, rate in enumerate(said.rates):
        if rate.paid is None and rate.charged is None:
            faults[f"rates[{number}]"] = _("Say what is paid, what is charged, or both.")
        for name, pence in (("paid", rate.paid), ("charged", rate.charged)):
            if pence is not None and not 1 <= pence <= MOST_PENCE:
                most = wording.pounds(MOST_PENCE)
                faults[f"rates[{number}].{name}"] = _("Give an amount for an hour, up to {most}.", most=most)
    return faults


def _rating(said: Said, now: int) -> dict[str, str]:
    faults, code = {}, said.regulator or ""
    if said.theme not in wording.THEMES[code]:
        faults["theme"] = _("Choose what was looked at.")
    if said.grade not in wording.GRADES[code]:
        faults["grade"] = _("Choose the grade, in the regulator’s own words.")
    if said.published_on is None or not 0 < said.published_on <= now:
        faults["published_on"] = _("Give the day on which it was published. It can’t lie ahead.")
    return faults


def _total(said: Said, now: int) -> dict[str, str]:
    faults = {}
    if not _fits(said.name or "", LINE):
        faults["name"] = _("Say what the number is, in up to {most} characters.", most=LINE)
    if said.number is None or not 0 <= said.number <= MOST_NUMBER:
        faults["number"] = _("Give a whole number, in figures.")
    if said.start is None or said.start < 1:
        faults["start"] = _("Give the first day that was counted.")
    if said.end is None or said.end > now:
        faults["end"] = _("Give the last day that was counted. It can’t lie ahead.")
    elif said.start is not None and said.end <= said.start:
        faults["end"] = _("The last day comes after the first.")
    if not _fits(said.counted or "", COUNTED):
        faults["counted"] = _("Say how it was counted, in up to {most} characters.", most=COUNTED)
    return faults


_FAULTS: Final[dict[About, Callable[[Said, int], dict[str, str]]]] = {
    "services": _services,
    "size": _size,
    "rates": _rates,
    "rating": _rating,
    "total": _total,
}


def _agreement_faults(draft: FactDraft, now: int) -> dict[str, str]:
    faults = {}
    if not _fits(tidy_text(draft.circle, line=True), LINE):
        faults["circle"] = _("Say which circle agreed, in up to {most} characters.", most=LINE)
    agreed = draft.agreed_on
    if agreed is None or not now - REVIEW_DAYS * DAY < agreed <= now:
        faults["agreed_on"] = _("Give the day on which the circle agreed. It can’t lie ahead, nor a year back.")
    elif draft.review_on is None or not now < draft.review_on <= agreed + REVIEW_DAYS * DAY:
        faults["review_on"] = _("Give a day ahead, within a year of the agreement.")
    if draft.review_on is None:
        faults["review_on"] = _("Give a day ahead, within a year of the agreement.")
    if not _fits(tidy_text(draft.words), WORDS):
        faults["words"] = _("Write down what was agreed, in up to {most} characters.", most=WORDS)
    return faults


def _fits(text: str, most: int) -> bool:
    """Something stands there, and no more than the protocol takes: 3 bytes a character on the whole."""
    return bool(text) and len(text) <= most and len(text.encode()) <= 3 * most
