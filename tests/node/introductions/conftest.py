# SPDX-License-Identifier: AGPL-3.0-or-later
"""Alder and Birch with their people and one supporter's offers: the cast of every story here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest_asyncio

from node import database
from node.actor import Actor, at_the_command_line
from node.crossing import Arrived
from node.introductions import acts, duties, lists, views
from node.introductions.shapes import AskDraft, IntroductionView, No, Sharing, Words, Yes
from node.introductions.sharing import room
from node.safeguarding.setup import set_up
from node.safeguarding.shapes import SetupDraft
from node.support import acts as support
from node.support.shapes import Induction, OfferDraft
from node.support.sharing import room as offers
from tests.courier import Town
from tests.node.members.cast import admit
from tests.village.conftest import moulds, three  # noqa: F401 - fixtures of the tests of pages

PEOPLE = {
    "alder": {
        "maureen": ("Maureen Nwosu", "01632 960301", ("supported",)),
        "derek": ("Derek Ashworth", "01632 960303", ("supported", "peer_supporter")),
        "grace": ("Grace Nwosu", "01632 960302", ("family",)),
        "yasmin": ("Yasmin Rahim", "", ("peer_support_lead",)),
        "peter": ("Peter Dunmore", "", ("safeguarding_lead",)),
        "ines": ("Ines Carvalho", "", ("safeguarding_deputy",)),
    },
    "birch": {
        "samuel": ("Samuel Bankole", "01632 960311", ("supported", "peer_supporter")),
        "joan": ("Joan Pickles", "01632 960312", ("family", "peer_supporter")),
        "ruth": ("Ruth Hallam", "", ("peer_support_lead", "safeguarding_deputy")),
        "hana": ("Hana Suleiman", "", ("safeguarding_lead",)),
    },
}
STROKE = OfferDraft(
    topics=["stroke", "aphasia"],
    have="I had a stroke in 2021. Words were slow to come back.",
    how="We talk about getting out again. Silence is fine with me.",
    limits="No forms or money. Not evenings.",
    ways=["phone", "message", "public_place"],
    area="ferry-row",
    places=3,
    open=3,
    submit=True,
)
GROUP = OfferDraft(
    kind="group",
    topics=["caring-partner"],
    have="I have cared for nine years.",
    how="We ring in, kettle on, nobody has to speak.",
    limits="What is said stays here, unless someone is in danger.",
    ways=["phone_group"],
    area="ferry-row",
    times="Thursdays 19:30",
    places=8,
    open=3,
    submit=True,
)
ASK_WORDS = "It is about my stroke in March, and getting out again."


@dataclass
class Story:
    """The town with its people by name, and what they do most often, in a line each."""

    town: Town
    people: dict[str, Actor] = field(default_factory=dict)
    home: dict[str, str] = field(default_factory=dict)
    offers: dict[str, str] = field(default_factory=dict)
    listings: dict[str, str] = field(default_factory=dict)

    async def do(self, who: str, act: Callable[..., object], **given: object) -> object:
        """One act by one person, at their own co-op."""
        with self.town.at(self.home[who]):
            return await act(actor=self.people[who], here=self.town.here(self.home[who]), **given)  # type: ignore[misc]

    async def ask(self, who: str = "maureen", offer: str = "samuel", **more: object) -> str:
        """An ask, sent a second after whatever was before; its id at the asker's home."""
        self.town.now += 1
        given = {"topics": ["stroke"], "needs": "Please speak slowly.", "message": ASK_WORDS} | more
        listing = self.offers[offer] if self.home[offer] == self.home[who] else self.listings[offer]
        view = await self.do(who, acts.ask, draft=AskDraft(offer_id=listing, **given))
        return view.id

    async def of(self, who: str, number: int = 0) -> IntroductionView:
        """Somebody's introduction, the newest first, as they see it."""
        with self.town.at(self.home[who]):
            here = self.town.here(self.home[who])
            listed = await lists.listing(self.people[who], here=here)
            return await views.one(self.people[who], listed.items[number].id, here=here)

    async def count(self, who: str) -> int:
        with self.town.at(self.home[who]):
            return len((await lists.listing(self.people[who], here=self.town.here(self.home[who]))).items)

    async def begun(self, asker: str = "maureen", supporter: str = "samuel") -> tuple[str, str]:
        """An ask that was accepted: the ids of both halves."""
        mine = await self.ask(asker, supporter)
        await self.town.settle()
        theirs = (await self.of(supporter)).id
        await self.do(supporter, acts.accept, introduction_id=theirs, answer=Yes(quick="yes-ring-me"))
        await self.town.settle()
        return mine, theirs

    async def say(self, who: str, id: str, words: str) -> None:
        await self.do(who, acts.write, introduction_id=id, words=Words(words=words))

    async def confirm(self, who: str, id: str, *fields: str) -> None:
        await self.do(who, acts.share, introduction_id=id, sharing=Sharing(fields=list(fields), confirm=bool(fields)))

    async def refuse(self, who: str, id: str, quick: str = "") -> None:
        await self.do(who, acts.decline, introduction_id=id, answer=No(quick=quick))

    async def notices(self, who: str) -> list[str]:
        """What waits to leave for somebody by mail."""
        with self.town.at(self.home[who]):
            found = await database.rows(
                "SELECT ref FROM outbox WHERE kind = 'mail' AND state = 'open' AND ref LIKE {}",
                f"{self.people[who].person}:%",
            )
        return sorted(row["ref"].partition(":")[2] for row in found)


def events(view: IntroductionView) -> list[str]:
    return [moment.event for moment in view.timeline]


async def _publish(story: Story, who: str, lead: str, draft: OfferDraft) -> None:
    home = story.home[who]
    here = story.town.here(home)
    await support.induct_supporter(
        actor=story.people[lead],
        person=story.people[who].person,
        induction=Induction(
            induction_on=here.now - 86_400,
            promise_on=here.now - 86_400,
            supervisor=story.people[lead].person,
            next_check_in=here.now + 170 * 86_400,
        ),
        here=here,
    )
    offer = await support.draft_offer(actor=story.people[who], draft=draft, here=here)
    await support.approve_offer(actor=story.people[lead], offer_id=offer.id, here=here)
    story.offers[who] = offer.id


async def _open_up(story: Story) -> None:
    """Everybody arrives, and the offers stand at both co-ops."""
    town = story.town
    for home, people in PEOPLE.items():
        with town.at(home):
            here = town.here(home)
            for who, (name, phone, roles) in people.items():
                email = f"{who}@example.org" if who != "maureen" else ""
                story.people[who] = await admit(name, *roles, here=here, phone=phone, email=email)
                story.home[who] = home
            draft = SetupDraft(out_of_hours="01632 960999")
            await set_up(actor=at_the_command_line(), draft=draft, here=here)
    with town.at("birch"):
        await _publish(story, "samuel", "ruth", STROKE)
        await _publish(story, "joan", "ruth", GROUP)
        stand = {who: await offers.statement(story.offers[who], here=town.here("birch")) for who in ("samuel", "joan")}
    with town.at("alder"):
        await _publish(story, "derek", "yasmin", STROKE)
        put = [Arrived(each.id, town.now, each.expires, each.data) for each in stand.values() if each]
        async with database.transaction():
            assert await offers.absorb("birch.example", put, [], here=town.here("alder")) == []
        for row in await database.rows("SELECT id, offer_id FROM listing WHERE node_id = 'birch.example'"):
            story.listings |= {who: row["id"] for who, offer in story.offers.items() if offer == row["offer_id"]}


@pytest_asyncio.fixture
async def story(new_database: Callable[..., str]) -> AsyncIterator[Story]:
    town = Town(room=room, duty=duties.due)
    for name in PEOPLE:
        town.engines[name] = database.open_engine(new_database())
        await town.engines[name].open()
    found = Story(town)
    await _open_up(found)
    yield found
    for engine in town.engines.values():
        await engine.close()
