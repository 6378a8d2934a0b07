# SPDX-License-Identifier: AGPL-3.0-or-later
"""Topics: what people call them, which of them a person's words mean, and how far an offer on each may go.

A topic with a person is health data, so its reach decides what may leave: `open`; `careful` (only with the whole patch as
its area and a tick of the supporter's own); `home` (never). A topic that nobody here knows counts as one that never leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import Any, get_args

import yaml

from node.errors import Misconfigured
from node.support.shapes import Reach
from node.support.words import stems
from node.words import _

FILE = "topics.yaml"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `also`: other words people use for it, by which the search finds it."""

    slug: str
    label: str
    group: str
    also: tuple[str, ...]
    reach: Reach


@dataclass(frozen=True)
class Topics:
    """The topics a co-op knows, in the order in which they are shown, which of them are crisis topics, and what their groups
    are called. Labels stand here in English, by which they are found; `label` and `group_label` say them."""

    all: Mapping[str, Topic]
    crisis: frozenset[str] = field(default_factory=frozenset)
    groups: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __contains__(self, slug: str) -> bool:
        return slug in self.all

    def label(self, slug: str) -> str:
        """What people call it, in the reader's language; for one that we don't know (a neighbour's own), its name made
        readable."""
        known = self.all.get(slug)
        return _(known.label) if known else slug.rpartition(":")[2].replace("-", " ").capitalize()

    def group_label(self, group: str) -> str:
        """What people call a group of topics, in the reader's language; of one without a label, its name made readable."""
        return _(self.groups[group]) if group in self.groups else group.replace("-", " ").capitalize()

    def reach(self, slug: str) -> Reach:
        known = self.all.get(slug)
        return known.reach if known else "home"

    def widest(self, slugs: Iterable[str]) -> Reach:
        """How far an offer on all of these may go: as far as the one that may go least far."""
        reaches = {self.reach(slug) for slug in slugs}
        return "home" if "home" in reaches else "careful" if "careful" in reaches else "open"

    @cached_property
    def _stems(self) -> Mapping[str, tuple[str, ...]]:
        return {
            slug: tuple(dict.fromkeys(word for part in (topic.label, *topic.also) for word in stems(part, short=True)))
            for slug, topic in self.all.items()
        }

    def stems(self, slug: str) -> tuple[str, ...]:
        """Stems of its label and of its other words, which are indexed with each offer on it."""
        return self._stems.get(slug, ())

    @cached_property
    def _phrases(self) -> dict[str, list[tuple[int, tuple[str, ...], str]]]:
        """First stem of a label or another word -> its place in the taxonomy's order, all its stems, the topic."""
        there: dict[str, list[tuple[int, tuple[str, ...], str]]] = {}
        for place, (slug, topic) in enumerate(self.all.items()):
            for text in (topic.label, *topic.also):
                if found := tuple(stems(text, short=True)):
                    there.setdefault(found[0], []).append((place, found, slug))
        return there

    def meant_by(self, words: str) -> list[str]:
        """The topics whose label or other words stand in `words` as a phrase, in the taxonomy's order."""
        said = stems(words)
        meant = {
            (place, slug)
            for first in set(said) & self._phrases.keys()
            for place, found, slug in self._phrases[first]
            if _contains(said, found)
        }
        return [slug for _place, slug in sorted(meant)]

    def with_own(self, more: Topics) -> Topics:
        """These and a co-op's own, whose ids are `node_id:slug`. Its own never replace a common one."""
        return Topics(
            MappingProxyType({**more.all, **self.all}),
            self.crisis | more.crisis,
            MappingProxyType({**more.groups, **self.groups}),
        )


def _contains(said: list[str], found: tuple[str, ...]) -> bool:
    width = len(found)
    return any(tuple(said[start : start + width]) == found for start in range(len(said) - width + 1))


def from_mapping(given: Mapping[str, Any], *, owner: str = "") -> Topics:
    """Topics from YAML's `topics: {group: {slug: [label, [other words], reach]}}`, `groups: {group: label}` and
    `crisis_topics: [slug]`.

    `owner`: the node id before a co-op's own slugs. Raises Misconfigured, naming the topic that can't be read.
    """
    prefix = f"{owner}:" if owner else ""
    found: dict[str, Topic] = {}
    for group, topics in (given.get("topics") or {}).items():
        for slug, entry in topics.items():
            try:
                label, also, reach = entry
            except (TypeError, ValueError):
                raise Misconfigured(f"Topic {slug}: give [label, [other words], open, careful or home].") from None
            if reach not in get_args(Reach) or not isinstance(also, list):
                raise Misconfigured(f"Topic {slug}: give [label, [other words], open, careful or home].")
            name = f"{prefix}{slug}"
            found[name] = Topic(name, str(label), str(group), tuple(str(each) for each in also), reach)
    crisis = frozenset(f"{prefix}{slug}" for slug in given.get("crisis_topics") or ())
    if unknown := crisis - found.keys():
        raise Misconfigured(f"crisis_topics names no topic: {', '.join(sorted(unknown))}.")
    groups = {str(group): str(label) for group, label in (given.get("groups") or {}).items()}
    return Topics(MappingProxyType(found), crisis, MappingProxyType(groups))


@cache
def common() -> Topics:
    """The topics that every co-op has, from the file beside this one."""
    text = files("node.support").joinpath(FILE).read_text(encoding="utf-8")
    return from_mapping(yaml.safe_load(text))
