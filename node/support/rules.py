# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an offer may say and how far it may go, what stands behind a supporter, and what an offer is now. Pure.

A draft is judged as a whole: every field's fault at once, in plain words. An offer may leave the co-op only if all its topics
may; a careful topic needs the whole patch as its area and a tick of the supporter's own; a first meeting is never at home.
Limits are the protocol's, or tighter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from node.errors import Invalid
from node.here import Here
from node.members.rules import tidy_text
from node.place import WHOLE_PATCH, Area
from node.support.shapes import Audience, Newer, OfferDraft, Standing, State
from node.support.taxonomy import Topics
from node.support.wording import Content, Spot
from node.words import N_, _

TOPIC = "peer-support"
"""The topic of the protocol under which offers travel."""
DAY = 86_400
OFFER_DAYS = 90
"""An offer stands this long after the lead's yes, or the supporter's "still right", at most."""
REMINDER_DAYS = 14
RECHECK_DAYS = 365
"""After this long a "still right" is not enough: the lead reads the offer again."""
AWAY_DAYS = 180
CHECK_IN_DAYS = 180

KINDS = ("one_to_one", "group")
WAYS = ("phone", "message", "video", "public_place", "phone_group", "video_group")
GROUP_WAYS = frozenset({"phone_group", "video_group"})
AT_HOME = frozenset({"home", "at_home", "home_visit", "visit", "my_home", "your_home"})
MOST_TOPICS, MOST_LANGUAGES, MOST_CO_OPS = 5, 8, 50
TEXT, TIMES, AREA_NAME, NOTE = 600, 200, 60, 1000
MOST_PLACES = {"one_to_one": 20, "group": 200}
GRID = 50  # places lie on a grid of 1/50 degree, as the protocol has it

_LANGUAGE = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?", re.IGNORECASE)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NODE_ID = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
tidy = tidy_text

WORDS_NEEDED = N_("Write a sentence or two here, in your own words.")
TOO_LONG = N_("That is a little long. Use {limit} characters at most.")


def on_grid(lat: float, lon: float) -> tuple[float, float]:
    """The nearest point of the 0.02 degree grid: a neighbourhood, never a house."""
    return round(lat * GRID) / GRID + 0.0, round(lon * GRID) / GRID + 0.0


def language(tag: str) -> str | None:
    """A BCP 47 tag of language, script and region in its usual case (RFC 5646, section 2.1.1); None if it is none."""
    found = _LANGUAGE.fullmatch(tag.strip())
    if not found:
        return None
    first, script, region = found.groups()
    return "-".join(part for part in (first.lower(), (script or "").title(), (region or "").upper()) if part)


def place(text: str, here: Here) -> Area | None:
    """The area of that id or name; the whole patch for "whole_patch" or nothing. None when we do not know it."""
    wanted = text.strip()
    if not wanted or wanted == WHOLE_PATCH:
        return here.place.whole_patch(here.co_op.name)
    return here.place.find(wanted)


def judged(draft: OfferDraft, *, topics: Topics, here: Here) -> Content:
    """The draft, tidied. Raises Invalid with every field's fault at once."""
    faults: dict[str, str] = {}
    slugs = tuple(dict.fromkeys(draft.topics))
    ways = tuple(dict.fromkeys(draft.ways))
    _topic_faults(slugs, topics, faults)
    if draft.kind not in KINDS:
        faults["kind"] = _("Choose one_to_one or group.")
    texts = {name: tidy(getattr(draft, name)) for name in ("have", "how", "limits")}
    for name, text in texts.items():
        _text_faults(name, text, TEXT, faults, needed=name != "limits")
    times = tidy(draft.times, line=True)
    _text_faults("times", times, TIMES, faults, needed=False)
    _way_faults(ways, draft.kind, faults)
    languages = _languages(draft.languages, faults)
    area = place(draft.area, here)
    if area is None:
        faults["area"] = _("Choose one of the areas on the list, or the whole patch.")
    _reach_faults(draft, topics.widest(slugs), area, faults)
    not_to = _audience(draft.audience, here, faults)
    if not 1 <= draft.replies <= 30:
        faults["replies"] = _("Say within how many days you answer: 1 to 30.")
    most = MOST_PLACES.get(draft.kind, 200)
    if not 1 <= draft.places <= most:
        faults["places"] = _("Say for how many people there is room: 1 to {most}.", most=most)
    elif draft.open is not None and not 0 <= draft.open <= draft.places:
        faults["open"] = _("Say how many can ask now: 0 to {most}.", most=draft.places)
    if faults or area is None:
        raise Invalid(faults)
    lat, lon = on_grid(area.lat, area.lon)
    return Content(
        kind="group" if draft.kind == "group" else "one_to_one",
        topics=slugs,
        have=texts["have"],
        how=texts["how"],
        limits=texts["limits"],
        ways=ways,
        languages=languages,
        area_id=area.id,
        area=Spot(name=tidy(area.name, line=True)[:AREA_NAME], lat=lat, lon=lon),
        times=times,
        replies=draft.replies,
        places=draft.places,
        open=draft.open,
        careful_ok=draft.careful_ok,
        home_only=draft.audience.home_only,
        not_to=not_to,
    )


def _topic_faults(slugs: tuple[str, ...], topics: Topics, faults: dict[str, str]) -> None:
    if not 1 <= len(slugs) <= MOST_TOPICS:
        faults["topics"] = _("Choose one to {most} topics.", most=MOST_TOPICS)
    elif any(slug not in topics for slug in slugs):
        faults["topics"] = _("Choose topics from the list; one of these is not on it.")


def _text_faults(name: str, text: str, most: int, faults: dict[str, str], *, needed: bool) -> None:
    if needed and not text:
        faults[name] = _(WORDS_NEEDED)
    elif len(text) > most or len(text.encode()) > 3 * most:
        faults[name] = _(TOO_LONG, limit=most)


def _way_faults(ways: tuple[str, ...], kind: str, faults: dict[str, str]) -> None:
    if not AT_HOME.isdisjoint(ways):
        faults["ways"] = _("A first meeting is never at home. Choose a public place, the phone or messages.")
    elif not ways or any(way not in WAYS for way in ways):
        faults["ways"] = _("Choose one or more ways: {choices}.", choices=", ".join(WAYS))
    elif kind == "one_to_one" and not GROUP_WAYS.isdisjoint(ways):
        faults["ways"] = _("A group's way to meet is only for a group.")


def _languages(given: Sequence[str], faults: dict[str, str]) -> tuple[str, ...]:
    tags = [language(each) for each in given]
    if not 1 <= len(tags) <= MOST_LANGUAGES or None in tags:
        faults["languages"] = _(
            "Choose one to {most} languages by their short names, such as en, ur or cy.", most=MOST_LANGUAGES
        )
        return ()
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _reach_faults(draft: OfferDraft, reach: str, area: Area | None, faults: dict[str, str]) -> None:
    if draft.audience.home_only:
        return
    if reach == "home" and "topics" not in faults:
        faults["audience.home_only"] = _(
            'One of these topics never leaves our co-op. Choose "only here", or another topic.'
        )
    if reach == "careful":
        if not draft.careful_ok:
            faults["careful_ok"] = _(
                'One of these topics leaves our co-op only if you tick this, or choose "only here".'
            )
        if area is not None and area.id != WHOLE_PATCH:
            faults["area"] = _("With this topic, only the whole patch is named, so that nobody can tell who you are.")


def _audience(audience: Audience, here: Here, faults: dict[str, str]) -> tuple[str, ...]:
    not_to = tuple(dict.fromkeys(each.strip().lower() for each in audience.not_to))
    if len(not_to) > MOST_CO_OPS or any(len(each) > 253 or not _NODE_ID.fullmatch(each) for each in not_to):
        faults["audience.not_to"] = _("Choose co-ops from the list.")
    elif here.node_id in not_to:
        faults["audience.not_to"] = _("Our own co-op always sees an offer that is published.")
    return not_to


def may_leave(content: Content, topics: Topics) -> list[str]:
    """Why this wording stays at home, in plain words; empty when it may leave. Judged again at every departure."""
    if content.home_only:
        return [_("You chose that it stays in our co-op.")]
    reach = topics.widest(content.topics)
    if reach == "home":
        return [_("One of its topics never leaves our co-op.")]
    if reach == "careful" and not (content.careful_ok and content.area_id == WHOLE_PATCH):
        return [_("One of its topics leaves only with the whole patch as its area and a tick of your own.")]
    return []


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind a supporter, as recorded. Times in Unix seconds; None: not yet."""

    induction_on: int | None = None
    promise_on: int | None = None
    supervisor: str | None = None
    next_check_in: int | None = None
    supervisor_active: bool = True


def standing(behind: Behind | None, *, now: int, active: bool = True) -> Standing:
    """The gate: whether a supporter's offers may be shown now, and what is missing."""
    behind = behind or Behind()
    missing = []
    if not active:
        missing.append(_("They are not a peer supporter here any more."))
    if behind.induction_on is None or behind.induction_on > now:
        missing.append(_("The induction has not taken place yet."))
    if behind.promise_on is None or behind.promise_on > now:
        missing.append(_("The promise on boundaries is not made yet."))
    if behind.supervisor is None or not behind.supervisor_active:
        missing.append(_("There is no named supervisor."))
    if behind.next_check_in is None:
        missing.append(_("There is no date for the next check-in."))
    elif behind.next_check_in <= now:
        missing.append(_("The check-in is overdue."))
    return Standing(ok=not missing, missing=missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An offer as its rows have it. `published`: number of the newest approved revision; times None when it did not happen;
    `submitted_at`, `approved_at`, `returned_at` are of the newest revision, `checked_on` of the newest approval of any."""

    id: str
    supporter: str
    created_at: int
    revision: int
    revision_id: str
    submitted_at: int | None
    approved_at: int | None
    returned_at: int | None
    published: int | None
    published_id: str | None
    checked_on: int | None
    checked_by: str | None
    confirmed_at: int | None
    withdrawn_at: int | None
    places: int
    open: int
    away_until: int | None
    home_only: bool
    careful_ok: bool
    not_to: tuple[str, ...]

    @property
    def expires_at(self) -> int | None:
        """When it ends unless the supporter says that it is still right."""
        if self.checked_on is None:
            return None
        return max(self.checked_on, self.confirmed_at or 0) + OFFER_DAYS * DAY

    def is_away(self, now: int) -> bool:
        return self.away_until is not None and self.away_until > now


def state(facts: Facts, *, ok: bool, now: int) -> State:
    """What the offer is now. `ok`: the gate."""
    if facts.withdrawn_at is not None:
        return "withdrawn"
    if facts.published is not None and facts.expires_at is not None:
        if facts.expires_at <= now:
            return "expired"
        return "published" if ok else "paused"
    if facts.returned_at is not None:
        return "returned"
    return "waiting_check" if facts.submitted_at is not None else "draft"


def newer(facts: Facts) -> Newer | None:
    """Where the newest wording stands while others read an older one; None when they read the newest, or none at all."""
    if facts.published is None or facts.revision == facts.published or facts.withdrawn_at is not None:
        return None
    if facts.returned_at is not None:
        return "returned"
    return "waiting_check" if facts.submitted_at is not None else "draft"


def waits_for_check(facts: Facts) -> bool:
    """Whether the newest revision is with the lead."""
    return (
        facts.submitted_at is not None
        and facts.approved_at is None
        and facts.returned_at is None
        and facts.withdrawn_at is None
    )


def when_faults(*, induction_on: int, promise_on: int, next_check_in: int, now: int) -> dict[str, str]:
    """Faults of the dates behind a supporter: what happened lies behind us, the next check-in at most half a year ahead."""
    faults = {}
    if not 0 < induction_on <= now:
        faults["induction_on"] = _("Give the day on which the induction took place.")
    if not 0 < promise_on <= now:
        faults["promise_on"] = _("Give the day on which the promise was made.")
    if not now < next_check_in <= now + CHECK_IN_DAYS * DAY:
        faults["next_check_in"] = _("Give a day within the next {days} days.", days=CHECK_IN_DAYS)
    return faults
