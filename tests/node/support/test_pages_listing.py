# SPDX-License-Identifier: AGPL-3.0-or-later
"""One offer as a member opens it: what can be done with it as it stands, on screen and on paper; never whose it is."""

from __future__ import annotations

from node import database
from node.support import reads
from node.support.shapes import ListingView, SearchQuery
from node.village import Village
from tests.node.members.cast import again
from tests.pages import Visitor


async def listings(three: Village, who: str) -> list[ListingView]:
    coop = three.coops[three.cast.people[who].co_op]
    with database.bound(coop.engine):
        here = coop.here()
        actor = await again(three.people[who], here=here)
        return (await reads.search(SearchQuery(limit=100), actor, here)).items


async def test_an_offer_says_what_can_be_done_with_it(three: Village) -> None:
    await three.settle()
    found = await listings(three, "maureen")
    maureen = await Visitor.of(three, "maureen")
    asked = next(item for item in found if item.askable and item.kind == "one_to_one")
    group = next(item for item in found if item.askable and item.kind == "group")
    full = next(item for item in found if not item.open)
    away = next(item for item in found if item.away_until)

    sheet = await maureen.open(f"/listings/{asked.id}")
    assert (sheet.status, sheet.heading) == (200, ", ".join(asked.labels))
    for said in (asked.have, asked.how, asked.limits, asked.area, asked.co_op, "read and checked this on"):
        assert said in sheet.words
    assert sheet.link("Ask this person") == f"/listings/{asked.id}/ask"
    assert (await maureen.open(f"/listings/{group.id}")).link("Ask to join this group") == f"/listings/{group.id}/ask"
    assert (await maureen.open(f"/listings/{full.id}")).link("Tell me when") == f"/listings/{full.id}/back"
    assert (await maureen.open(f"/listings/{away.id}")).link("they're back") == f"/listings/{away.id}/back"
    for item in found:
        sheet = await maureen.open(f"/listings/{item.id}")
        assert sheet.status == 200
        names = [person.name for person in three.cast.people.values()]
        assert not [name for name in names if name in sheet.soup.main.get_text()]  # type: ignore[union-attr]

    derek = await Visitor.of(three, "derek")
    own = next(item for item in found if item.topics == ["parkinsons", "loneliness"])
    sheet = await derek.open(f"/listings/{own.id}")
    assert sheet.link("Go to my offer") == f"/offers/{own.id}"
    assert "Tell me when" not in sheet.words


async def test_paper_has_no_navigation_and_a_code_that_leads_back(three: Village) -> None:
    await three.settle()
    [item] = [item for item in await listings(three, "maureen") if item.topics == ["stroke", "aphasia"]]
    maureen = await Visitor.of(three, "maureen")
    sheet = await maureen.open(f"/listings/{item.id}")
    for words, large in (("Print this on paper", False), ("Print it large", True)):
        paper = await maureen.open(sheet.link(words))
        assert (paper.status, "nav" in [tag.name for tag in paper.soup.find_all()]) == (200, False)
        assert ("large" in (paper.soup.html or {}).get("class", [])) is large
        assert len(paper.soup.select(".qr svg")) == 1
        assert item.have in paper.words
        assert not paper.soup.select("[style]")


async def test_what_is_not_there_and_what_is_hidden_look_alike(three: Village) -> None:
    await three.settle()
    coop = three.coops["alder"]
    maureen = await Visitor.of(three, "maureen")
    item = (await listings(three, "maureen"))[0]
    with database.bound(coop.engine):
        await database.execute("UPDATE listing SET hidden = {} WHERE id = {}", True, item.id)
    hidden, none = await maureen.open(f"/listings/{item.id}"), await maureen.open("/listings/AAAAAAAAAAAAAAAAAAAAAA")
    assert (hidden.status, hidden.words) == (none.status, none.words)
    assert hidden.status == 404
    assert (await maureen.open(f"/listings/{item.id}/print")).status == 404
    nobody = await Visitor.nobody(coop).client.get(f"/listings/{item.id}")
    assert nobody.status_code == 303


async def test_an_offer_on_a_crisis_topic_has_the_numbers_above_it(three: Village) -> None:
    await three.settle()
    [item] = [item for item in await listings(three, "farah") if item.topics == ["domestic-abuse"]]
    sheet = await (await Visitor.of(three, "sheila")).open(f"/listings/{item.id}")
    assert sheet.soup.select("#help-now a[href='tel:999']")
    paper = await (await Visitor.of(three, "sheila")).open(f"/listings/{item.id}/print")
    assert paper.soup.select("#help-now a[href='tel:999']")
