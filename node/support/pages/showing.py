# SPDX-License-Identifier: AGPL-3.0-or-later
"""An offer as a page shows it, the same wherever it stands: with those who find it, with its supporter, with the lead, on paper.

Also a QR code that leads from paper back to the page, and words with what the lead should look at marked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from node import dates
from node.here import Here
from node.support import rules
from node.support.pages import choices
from node.support.shapes import Hint, ListingView, OfferView
from node.web import codes
from node.words import _, n_

QR_SIDE = 4
"""Pixels, or about a millimetre on paper, for each square of a code."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer in words. `facts`: question and answer, in the order in which people ask."""

    title: str
    have: str
    how: str
    limits: str
    facts: list[tuple[str, str | list[str]]]


def listing(item: ListingView) -> Shown:
    """An offer that was found."""
    return Shown(
        title=", ".join(item.labels),
        have=item.have,
        how=item.how,
        limits=item.limits,
        facts=_facts(item.kind, item.ways, item.times, item.area, item.languages, item.replies, _room(item)),
    )


def _room(item: ListingView) -> str:
    if item.away_until is not None:
        return _("Away until {day}.", day=dates.day(item.away_until))
    if not item.open:
        return _("There is no room at the moment.")
    return n_("There is room for {count} more person.", "There is room for {count} more people.", item.open)


def offer(view: OfferView, here: Here) -> Shown:
    """An offer as its supporter wrote it, in the words in which others will find it."""
    place = rules.place(view.area, here)
    room = n_("Room for {count} person.", "Room for {count} people.", view.places)
    return Shown(
        title=", ".join(choices.topic_labels(view.topics)),
        have=view.have,
        how=view.how,
        limits=view.limits,
        facts=_facts(
            view.kind, view.ways, view.times, place.name if place else view.area, view.languages, view.replies, room
        ),
    )


def _facts(
    kind: str, ways: list[str], times: str, area: str, languages: list[str], replies: int, room: str
) -> list[tuple[str, str | list[str]]]:
    found: list[tuple[str, str | list[str]]] = [
        (_("Who with"), _(choices.KINDS[kind]) if kind in choices.KINDS else kind),
        (_("How you can meet"), _one_or_more(choices.way_words(ways))),
        (_("When"), times),
        (_("Where about"), area),
        (_("Languages"), ", ".join(choices.language_words(languages))),
        (_("How soon they answer"), n_("Within {count} day", "Within {count} days", replies)),
        (_("Room"), room),
    ]
    return [(question, answer) for question, answer in found if answer]


def _one_or_more(words: list[str]) -> str | list[str]:
    return words[0] if len(words) == 1 else words


def in_a_list(item: ListingView, band: str, here: Here) -> list[tuple[str, str | list[str]]]:
    """The few facts by which people choose which offer to open; a language only when it is not English alone."""
    co_op = _("{co_op} (our own)", co_op=item.co_op) if item.node_id == here.node_id else item.co_op
    known = _(
        "A lead of {co_op} read and checked it on {day}. Updated on {updated}.",
        co_op=item.co_op,
        day=dates.day(item.checked_on),
        updated=dates.day(item.published_at),
    )
    found: list[tuple[str, str | list[str]]] = [
        (_("Co-op"), co_op),
        (_("Where about"), [item.area, band] if band else item.area),
        (_("How you can meet"), _one_or_more(choices.way_words(item.ways))),
        (_("When"), item.times),
        (_("Languages"), "" if item.languages == ["en"] else ", ".join(choices.language_words(item.languages))),
        (_("Room"), _room(item)),
        (_("How we know this"), known),
    ]
    return [(question, answer) for question, answer in found if answer]


def leaving(said: dict[str, Any]) -> list[tuple[str, str]]:
    """Exactly what leaves, field by field; one that we have no words for is shown as it is."""
    area = said.get("area") or {}
    found = []
    for name, value in said.items():
        words, shown = {
            "kind": (_("Who with"), _(choices.KINDS.get(str(value), str(value)))),
            "topics": (
                _("What you have in common"),
                ", ".join(choices.topic_labels(value)) if name == "topics" else "",
            ),
            "have": (_("What you have lived through"), value),
            "how": (_("How you help"), value),
            "limits": (_("What you can't do"), value or _("Nothing written")),
            "ways": (_("How you can meet"), ", ".join(choices.way_words(value)) if name == "ways" else ""),
            "languages": (_("Languages"), ", ".join(choices.language_words(value)) if name == "languages" else ""),
            "area": (
                _("Where about"),
                _(
                    "{area}, as a point on a map of big squares ({lat}, {lon})",
                    area=area.get("name", ""),
                    lat=area.get("lat", ""),
                    lon=area.get("lon", ""),
                ),
            ),
            "times": (_("When"), value or _("Nothing written")),
            "places": (_("For how many people in all"), value),
            "open": (_("For how many there is room now"), value),
            "replies": (_("Days within which you answer"), value),
            "checked_on": (_("Checked by your lead on"), dates.day(value) if name == "checked_on" else ""),
            "revision": (_("Which version of the wording it is"), value),
            "away_until": (_("Away until"), dates.day(value) if name == "away_until" and value else ""),
        }.get(name, (name, value))
        found.append((words, str(shown)))
    return found


def qr(here: Here, path: str) -> Markup:
    """A code that leads to this page of ours. Only the address: whoever opens it has to sign in."""
    return codes.qr(here.home + path)


def marked(text: str, field: str, hints: list[Hint]) -> list[tuple[str, bool]]:
    """The text in pieces; True where a hint points. A hint of two words far apart marks both."""
    wanted = {part for hint in hints if hint.field == field for part in hint.words.split(" … ") if part}
    if not wanted:
        return [(text, False)]
    pattern = re.compile(
        "(" + "|".join(re.escape(part) for part in sorted(wanted, key=len, reverse=True)) + ")", re.IGNORECASE
    )
    return [(piece, index % 2 == 1) for index, piece in enumerate(pattern.split(text)) if piece]
