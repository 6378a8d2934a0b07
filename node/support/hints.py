# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the lead may want to look at before an offer goes out: other people's names and health, ways to be reached. Pure.

Hints for a human who reads the whole text anyway; they decide nothing, and what they miss is still the lead's to see. An offer
tells of the supporter's own life: "my husband Ken has MS" tells of Ken's.
"""

from __future__ import annotations

import re

from node.support.shapes import Hint
from node.support.taxonomy import Topics
from node.support.wording import Content
from node.support.words import stems
from node.words import N_, _

_RELATIONS = (
    "husband wife partner boyfriend girlfriend fiance fiancee spouse ex mum mom mother mam dad father parent parents gran "
    "grandma grandmother nan nana grandad grandpa grandfather sister brother son daughter child children boy girl kid kids "
    "baby aunt auntie uncle niece nephew cousin friend friends neighbour neighbours colleague boss flatmate carer "
    "mother-in-law father-in-law"
)
RELATIONS = tuple(sorted(map(re.escape, _RELATIONS.split()), key=len, reverse=True))
_CONDITIONS = (
    "MS HIV AIDS COPD ADHD PTSD OCD MND dementia alzheimer alzheimers cancer tumour chemo stroke diabetes diabetic epilepsy "
    "epileptic depression depressed anxiety bipolar schizophrenia psychosis psychotic parkinsons asthma hepatitis autism "
    "autistic alcoholic addict addicted overdose suicide suicidal miscarriage incontinent blind deaf paralysed amputation "
    "dialysis anorexia bulimia sectioned disabled terminal"
)
CONDITIONS = tuple(word if word.isupper() else f"(?i:{word})" for word in _CONDITIONS.split())

_SENTENCE = re.compile(r"[^.!?\n]+")
_RELATION = re.compile(
    r"\b(?:my|our|his|her|their|a)\s+(?:late\s+|old\s+|best\s+|ex-|elder\s+|younger\s+|little\s+|big\s+)?"
    rf"({'|'.join(RELATIONS)})(?:['\u2019]s)?\b",
    re.IGNORECASE,
)
_NAME = r"[A-Z\u00c0-\u00de][a-z\u00df-\u00ff'\u2019-]+"
_NAMED = re.compile(rf"\A,?\s+(?:is\s+called\s+|called\s+|named\s+)?({_NAME}(?:\s+{_NAME})?)")
_TITLED = re.compile(rf"\b(?:Dr|Mr|Mrs|Ms|Miss|Nurse|Professor|Prof)\.?\s+{_NAME}")
_CONDITION = re.compile(rf"\b(?:{'|'.join(CONDITIONS)})\b")
_CAPITALISED = "I Monday Tuesday Wednesday Thursday Friday Saturday Sunday Christmas Easter Covid And But"
_NOT_NAMES = frozenset(_CAPITALISED.split())
_REACH = (
    (
        re.compile(r"\+?\d[\d ()-]{7,}\d"),
        N_("This looks like a phone number. It would go to every co-op that gets the offer."),
    ),
    (re.compile(r"\b\S+@\S+\.\w+\b"), N_("This looks like an e-mail address.")),
    (re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE), N_("This looks like a web address.")),
    (re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"), N_("This looks like a postcode.")),
)
FIELDS = ("have", "how", "limits", "times")


def check_hints(content: Content, topics: Topics) -> list[Hint]:
    """What to look at in one wording, field by field in the order of the text, each place once."""
    found = [hint for field in FIELDS for hint in _in_text(field, getattr(content, field), topics)]
    return list(dict.fromkeys(found))


def _in_text(field: str, text: str, topics: Topics) -> list[Hint]:
    found: list[Hint] = []
    for sentence in _SENTENCE.findall(text):
        found += _in_sentence(field, sentence, topics)
    for title in _TITLED.finditer(text):
        found.append(Hint(field=field, words=title[0], why=_("This names somebody.")))
    for pattern, why in _REACH:
        found += (Hint(field=field, words=each[0].strip(), why=_(why)) for each in pattern.finditer(text))
    return found


def _in_sentence(field: str, sentence: str, topics: Topics) -> list[Hint]:
    found = []
    for relation in _RELATION.finditer(sentence):
        rest = sentence[relation.end() :]
        named = _NAMED.match(rest)
        if named and named[1].split()[0] not in _NOT_NAMES:
            found.append(
                Hint(field=field, words=f"{relation[0]} {named[1]}", why=_("This names somebody who was not asked."))
            )
        health = _health(rest, topics)
        if health:
            found.append(
                Hint(field=field, words=f"{relation[0]} … {health}", why=_("This tells of somebody else's health."))
            )
    return found


def _health(text: str, topics: Topics) -> str | None:
    """The first word of ill health in what stands behind a relation: a condition, or another word for a body or mind topic."""
    told = _CONDITION.search(text)
    if told:
        return told[0]
    said = set(stems(text))
    for topic in topics.all.values():
        if topic.group in ("body", "mind"):
            for also in topic.also:
                words = stems(also, short=True)
                if words and said.issuperset(words):
                    return also
    return None
