# SPDX-License-Identifier: AGPL-3.0-or-later
"""The search: the same answers on both databases (each is held against a plain reading of the corpus in Python), the day's order,
pages, crisis help; and nothing of it kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

import pytest
import pytest_asyncio

from node import database
from node.actor import Actor
from node.crossing import Arrived
from node.errors import Invalid, NotAllowed
from node.here import Here, NodeKey
from node.place import Area, Gazetteer, distance_km
from node.support import reads
from node.support.entries import LANGUAGE_WORDS, WAY_WORDS, listing_id
from node.support.shapes import SearchPage, SearchQuery
from node.support.sharing import room
from node.support.taxonomy import common
from node.support.words import stems
from tests.node.members.cast import everything_stored
from tests.support_offers import Made, offers, places

DAY = 86_400
COUNT = 600
MAUREEN = Actor(person="maureen")
WHERE = places(1, 12)


@pytest.fixture
def here(here: Here) -> Here:
    areas = {name: Area(name, name, lat, lon) for name, lat, lon in WHERE}
    return replace(here, place=Gazetteer(areas=MappingProxyType(areas), patch=(WHERE[0][0],)))


@pytest.fixture
def corpus(here: Here) -> list[Made]:
    return list(offers(1, COUNT, now=here.now, nodes=3, areas=12))


async def take_in(made: Sequence[Made], here: Here) -> None:
    async with database.transaction():
        for source in {each.node_id for each in made}:
            put = [Arrived(m.id, m.iat, m.expires, m.data) for m in made if m.node_id == source]
            assert await room.absorb(source, put, [], here=here) == []


@pytest_asyncio.fixture
async def stocked(engine: database.Engine, here: Here, corpus: list[Made]) -> Here:
    await take_in(corpus, here)
    return here


def plainly(corpus: Sequence[Made], query: SearchQuery, here: Here) -> set[str]:
    """The listings that a query should find, by looking at every offer in turn."""
    topics = common()
    found = set()
    for made in corpus:
        said = made.statement
        area = said["area"]
        ways, languages = said["ways"], said["languages"]
        text = " ".join([said["have"], said["how"], said["limits"], said["times"], area["name"]])
        words = set(stems(text)) | {stem for slug in said["topics"] for stem in topics.stems(slug)}
        words |= {stem for way in ways for stem in stems(WAY_WORDS[way])}
        words |= {stem for tag in languages for stem in stems(LANGUAGE_WORDS[tag])}
        words |= set(stems("group")) if said["kind"] == "group" else set()
        near = here.place.find(query.near or WHERE[0][0])
        assert near is not None
        if (
            set(stems(query.words)) <= words
            and (not query.topics or set(query.topics) & set(said["topics"]))
            and (not query.ways or set(query.ways) & set(ways))
            and (not query.languages or set(query.languages) & set(languages))
            and query.kind in (None, said["kind"])
            and (
                query.within_km is None or distance_km(near.lat, near.lon, area["lat"], area["lon"]) <= query.within_km
            )
        ):
            found.add(listing_id(made.node_id, made.id))
    return found


async def whole(query: SearchQuery, here: Here, limit: int = 50) -> list[SearchPage]:
    """All pages of a search."""
    pages, after = [], None
    while True:
        given = {name: getattr(query, name) for name in query.__struct_fields__} | {"limit": limit, "after": after}
        pages.append(await reads.search(SearchQuery(**given), MAUREEN, here))
        after = pages[-1].next
        if after is None:
            return pages


def ids(pages: Sequence[SearchPage]) -> list[str]:
    return [item.id for page in pages for item in page.items]


QUERIES = [
    SearchQuery(),
    SearchQuery(words="stroke"),
    SearchQuery(words="TIA"),
    SearchQuery(words="someone who cared for a husband"),
    SearchQuery(words="caring"),
    SearchQuery(words="Urdu"),
    SearchQuery(words="ring", kind="group"),
    SearchQuery(words="nursing teachers bakery"),
    SearchQuery(topics=["parkinsons", "aphasia"]),
    SearchQuery(ways=["video"], languages=["pl", "cy"]),
    SearchQuery(words="stroke", near=WHERE[3][0], within_km=30),
    SearchQuery(near=WHERE[5][0], within_km=0.5),
    SearchQuery(near=WHERE[5][0].upper(), within_km=60, ways=["phone"]),
    SearchQuery(within_km=900),
    SearchQuery(words="me me me"),
    SearchQuery(words="it's _t:stroke \"OR\" ' \\ ) & | ! NEAR( *"),
]


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
async def test_every_offer_that_fits_and_no_other(query: SearchQuery, stocked: Here, corpus: list[Made]) -> None:
    pages = await whole(query, stocked)
    found = ids(pages)
    assert len(found) == len(set(found))
    if pages[0].matched == "all":
        assert set(found) == plainly(corpus, query, stocked)
    else:
        assert plainly(corpus, query, stocked) == set()


def test_the_queries_find_some_and_not_all(corpus: list[Made], here: Here) -> None:
    sizes = [len(plainly(corpus, query, here)) for query in QUERIES]
    assert sum(0 < size < COUNT for size in sizes) >= 10, sizes


async def test_when_nothing_has_all_the_words_some_do(stocked: Here, corpus: list[Made]) -> None:
    pages = await whole(SearchQuery(words="zeppelin welder", ways=["phone"]), stocked)
    assert {page.matched for page in pages} == {"some"}
    assert set(ids(pages)) == plainly(corpus, SearchQuery(words="welder", ways=["phone"]), stocked)
    assert (await whole(SearchQuery(words="zeppelin airship"), stocked))[0].items == []


async def test_room_first_then_the_order_of_the_day(stocked: Here) -> None:
    today = ids(await whole(SearchQuery(words="stroke"), stocked))
    assert today == ids(await whole(SearchQuery(words="stroke"), stocked, limit=7))
    assert today == ids(await whole(SearchQuery(words="stroke"), stocked.at(stocked.now + 3600)))
    items = [item for page in await whole(SearchQuery(), stocked) for item in page.items]
    askable = [item.askable for item in items]
    assert askable == sorted(askable, reverse=True)
    assert all(item.askable == (item.open > 0 and item.away_until is None) for item in items)

    days = [stocked.at(stocked.now + day * DAY) for day in range(1, 4)]
    orders = [today] + [ids(await whole(SearchQuery(words="stroke"), day)) for day in days]
    firsts = {tuple(order[:10]) for order in orders}
    assert len(firsts) == len(orders)
    pairs = [set(pairwise(order)) for order in orders]  # no one stands behind the same one each day
    assert len(pairs[0] & pairs[1]) < len(pairs[0]) / 10

    other = replace(stocked, node_key=NodeKey(bytes(range(1, 33))))
    assert ids(await whole(SearchQuery(words="stroke"), other)) != today


async def test_everybody_comes_first_some_day(stocked: Here) -> None:
    query = SearchQuery(topics=["after-caring"], limit=1)
    tops = [(await reads.search(query, MAUREEN, stocked.at(stocked.now + day * DAY))).items[0].id for day in range(50)]
    assert len(set(tops)) > 5


async def test_a_page_over_midnight_goes_on_in_its_order(stocked: Here) -> None:
    late = stocked.at(stocked.now // DAY * DAY + DAY - 1)
    first = await reads.search(SearchQuery(words="stroke", limit=40), MAUREEN, late)
    assert first.next is not None
    second = await reads.search(SearchQuery(words="stroke", limit=40, after=first.next), MAUREEN, late.at(late.now + 2))
    expected = ids(await whole(SearchQuery(words="stroke"), late, limit=40))[:80]
    assert [item.id for item in [*first.items, *second.items]] == expected
    with pytest.raises(Invalid) as old:
        await reads.search(SearchQuery(after=first.next), MAUREEN, late.at(late.now + 2 * DAY))
    assert set(old.value.fields) == {"after"}


async def test_expired_and_hidden_never_show(stocked: Here, corpus: list[Made]) -> None:
    later = stocked.at(stocked.now + 75 * DAY)
    standing = {listing_id(m.node_id, m.id) for m in corpus if m.expires > later.now}
    assert 0 < len(standing) < COUNT
    assert set(ids(await whole(SearchQuery(), later))) == standing
    await room.show("co-op-1.example", False, here=stocked)
    found = [item for page in await whole(SearchQuery(), stocked) for item in page.items]
    assert {item.node_id for item in found} == {"co-op-0.example", "co-op-2.example"}
    await room.show("co-op-1.example", True, here=stocked)
    assert len(ids(await whole(SearchQuery(), stocked))) == COUNT


async def test_what_a_member_reads(stocked: Here, corpus: list[Made]) -> None:
    made = corpus[0]
    said = made.statement
    page = await reads.search(
        SearchQuery(words=said["area"]["name"], topics=said["topics"], limit=100), MAUREEN, stocked
    )
    item = next(item for item in page.items if item.id == listing_id(made.node_id, made.id))
    assert (item.have, item.how, item.limits, item.times) == (said["have"], said["how"], said["limits"], said["times"])
    assert (item.topics, item.ways, item.languages) == (said["topics"], said["ways"], said["languages"])
    assert item.labels == [common().label(slug) for slug in said["topics"]]
    assert item.co_op == made.node_id  # a co-op whose name we do not know goes by its node id
    assert page.order == "Offers with room come first, in an order shuffled each day."
    area = said["area"]
    assert item.distance_km == round(distance_km(WHERE[0][1], WHERE[0][2], area["lat"], area["lon"]))


@pytest.mark.parametrize(
    ("query", "struck"),
    [
        (SearchQuery(words="I want to end my life"), True),
        (SearchQuery(topics=["domestic-abuse"]), True),
        (SearchQuery(words="losing someone to suicide"), True),
        (SearchQuery(words="someone who has had a stroke"), False),
    ],
)
async def test_a_crisis_brings_up_who_answers_at_once(query: SearchQuery, struck: bool, stocked: Here) -> None:
    page = await reads.search(query, MAUREEN, stocked)
    assert (page.help is not None) == struck
    if page.help:
        assert {"999", "111", "116 123"} <= {line.number for line in page.help.lines}
        assert "days" in page.help.note


async def test_a_search_leaves_no_trace(stocked: Here, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    before = await everything_stored()
    page = await reads.search(SearchQuery(words="Canaryword stroke", near=WHERE[2][0], within_km=50), MAUREEN, stocked)
    assert page.matched == "some"
    assert await everything_stored() == before
    assert "anaryword" not in caplog.text
    with pytest.raises(Invalid) as no:
        await reads.search(SearchQuery(words="canaryword", kind="canarykind"), MAUREEN, stocked)
    assert "canary" not in repr(no.value.fields) + str(no.value)


async def test_every_fault_of_a_query_at_once(stocked: Here) -> None:
    query = SearchQuery(
        words="x" * 301,
        topics=["y" * 301],
        kind="crowd",
        ways=["pigeon"],
        languages=["english please"],
        near="atlantis",
        within_km=-1,
        limit=0,
        after="e30",
    )
    with pytest.raises(Invalid) as no:
        await reads.search(query, MAUREEN, stocked)
    assert set(no.value.fields) == {
        "words", "topics", "kind", "ways", "languages", "near", "within_km", "limit", "after",
    }  # fmt: skip


async def test_only_members_with_the_right_token(stocked: Here) -> None:
    for actor in (Actor(person="x", state="left"), Actor(person="x", scopes=frozenset({"people"}))):
        with pytest.raises(NotAllowed):
            await reads.search(SearchQuery(), actor, stocked)
