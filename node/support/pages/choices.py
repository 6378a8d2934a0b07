# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people can choose from, in their words: topics by group, ways to meet, languages, places and how far.

Values are those of the room; only the words are made here. A value that we have no words for (a neighbour's newer one) is shown
as it came.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from node.here import Here
from node.support.reads import topics
from node.support.rules import GROUP_WAYS
from node.words import N_, _

WAYS = {
    "phone": N_("On the phone"),
    "message": N_("By message"),
    "video": N_("By video call"),
    "public_place": N_("In a public place"),
    "phone_group": N_("In a group, on the phone"),
    "video_group": N_("In a group, by video call"),
}
KINDS = {"one_to_one": N_("Two people"), "group": N_("A group")}
GROUPS = {
    "body": N_("My body"),
    "mind": N_("My mind"),
    "caring": N_("Caring for someone"),
    "change": N_("When life changes"),
    "control": N_("Money, equipment and being in charge"),
    "work": N_("Working in care"),
}
LANGUAGES = {
    "en": N_("English"), "bfi": N_("British Sign Language"), "cy": N_("Welsh"), "pl": N_("Polish"), "ur": N_("Urdu"),
    "pa": N_("Punjabi"), "bn": N_("Bengali or Sylheti"), "gu": N_("Gujarati"), "ar": N_("Arabic"), "so": N_("Somali"),
    "ro": N_("Romanian"), "uk": N_("Ukrainian"),
    "am": N_("Amharic"), "yue": N_("Cantonese"), "zh": N_("Chinese"), "cs": N_("Czech"), "fa": N_("Farsi or Dari"),
    "fr": N_("French"), "de": N_("German"), "el": N_("Greek"), "hi": N_("Hindi"), "hu": N_("Hungarian"), "ig": N_("Igbo"),
    "ga": N_("Irish"), "it": N_("Italian"), "ku": N_("Kurdish"), "lv": N_("Latvian"), "lt": N_("Lithuanian"),
    "ps": N_("Pashto"), "pt": N_("Portuguese"), "rom": N_("Romani"), "ru": N_("Russian"), "gd": N_("Scottish Gaelic"),
    "sk": N_("Slovak"), "es": N_("Spanish"), "sw": N_("Swahili"), "tl": N_("Tagalog"), "ta": N_("Tamil"),
    "ti": N_("Tigrinya"), "tr": N_("Turkish"), "vi": N_("Vietnamese"), "yo": N_("Yoruba"),
}  # fmt: skip
ALL_OVER = N_("All over our area")
FIRST_LANGUAGES = 12
"""As many are shown at once; the others stand behind "More languages"."""
DISTANCES = (3, 10, 20, 30)
BANDS = (
    (3, N_("Less than 3 km from {place}")),
    (10, N_("3 to 10 km from {place}")),
    (30, N_("10 to 30 km from {place}")),
)
FAR = N_("More than 30 km from {place}")
CAREFUL = N_("Leaves our co-op only if you tick that it may")
HOME = N_("Never leaves our co-op")


class Option(NamedTuple):
    """One box or button: what is sent, what it says, a short hint under it."""

    value: str
    text: str
    hint: str = ""


class Group(NamedTuple):
    """Options under one heading."""

    key: str
    heading: str
    options: list[Option]


def topic_groups(*, reach: bool = False) -> list[Group]:
    """All topics under their headings, with the other words people use as hints; `reach`: with how far an offer may go."""
    found: dict[str, Group] = {}
    for topic in topics().items:
        heading = _(GROUPS[topic.group]) if topic.group in GROUPS else topic.group.replace("-", " ").capitalize()
        group = found.setdefault(topic.group, Group(topic.group, heading, []))
        hints = [", ".join(_(word) for word in topic.also)]
        if reach and topic.reach != "open":
            hints.append(_(CAREFUL if topic.reach == "careful" else HOME))
        group.options.append(Option(topic.slug, topic.label, ". ".join(hint for hint in hints if hint)))
    return list(found.values())


def topic_labels(slugs: Sequence[str]) -> list[str]:
    known = {topic.slug: topic.label for topic in topics().items}
    return [known.get(slug, slug) for slug in slugs]


def ways(kind: str = "") -> list[Option]:
    """Ways to meet; for two people, without a group's."""
    return [Option(value, _(text)) for value, text in WAYS.items() if kind != "one_to_one" or value not in GROUP_WAYS]


def kinds() -> list[Option]:
    return [Option(value, _(text)) for value, text in KINDS.items()]


def languages() -> tuple[list[Option], list[Option]]:
    """The languages most spoken round here, then the others."""
    every = [Option(value, _(text)) for value, text in LANGUAGES.items()]
    return every[:FIRST_LANGUAGES], every[FIRST_LANGUAGES:]


def way_words(values: Collection[str]) -> list[str]:
    return [_(WAYS[value]) if value in WAYS else value for value in values]


def language_words(tags: Collection[str]) -> list[str]:
    """Languages by name; a script or region (zh-Hant) is left out, since people choose by language."""
    names = [LANGUAGES.get(tag) or LANGUAGES.get(tag.partition("-")[0]) for tag in tags]
    return list(dict.fromkeys(_(name) if name else tag for name, tag in zip(names, tags, strict=True)))


def areas(here: Here) -> list[Option]:
    """The places of our own patch, by name."""
    return [Option(area.id, area.name) for area in sorted(here.place.in_patch(), key=lambda area: area.name)]


def elsewhere(here: Here) -> list[Option]:
    """The other places that we know, by name."""
    others = [area for id, area in here.place.areas.items() if id not in here.place.patch]
    return [Option(area.id, area.name) for area in sorted(others, key=lambda area: area.name)]


def distances() -> list[Option]:
    return [Option(str(km), _("Up to {km} km", km=km)) for km in DISTANCES] + [Option("0", _("However far"))]


def band(km: float | None, place: str) -> str:
    """How far, as coarse as places are; empty when nobody said from where."""
    if km is None or not place:
        return ""
    return next((_(words, place=place) for most, words in BANDS if km < most), _(FAR, place=place))
