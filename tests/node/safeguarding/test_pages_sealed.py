# SPDX-License-Identifier: AGPL-3.0-or-later
"""A worry about an introduction that was withdrawn: what each co-op kept opens for its own reader of the concern, and for
nobody else, and a hold keeps it; the person it may be about learns nothing of it."""

from __future__ import annotations

from node import journal
from node.village import Village
from tests.node.members.cast import again
from tests.pages import Sheet, Visitor
from tests.village.conftest import folk_of
from tests.village.folk import settling
from tests.village.stories import INTRODUCTIONS, WORRYING, ask_samuel, has_message, has_status, say


async def worried(village: Village) -> tuple[str, str]:
    """Maureen is worried by what Samuel wrote, and withdraws; Peter has told Birch, with the introduction named.

    Gives both halves' ids: hers, his.
    """
    folk, until = folk_of(village), settling(village.settle)
    hers, his = await ask_samuel(folk, until)
    maureen, samuel = folk["maureen"], folk["samuel"]
    await samuel.post(f"{INTRODUCTIONS}/{his}/acceptance", {"quick": "yes-write-to-me"})
    await until(has_status(maureen, hers, "accepted"))
    await say(samuel, his, WORRYING)
    await until(has_message(maureen, hers, WORRYING))
    await maureen.post(f"{INTRODUCTIONS}/{hers}/concerns", {"words": "He asked me for money."})
    await maureen.post(f"{INTRODUCTIONS}/{hers}/withdrawal")
    await village.settle()
    return hers, his


async def read(village: Village, name: str) -> tuple[Visitor, Sheet]:
    """The one concern that this reader has, opened."""
    reader = await Visitor.of(village, name)
    listed = await reader.open("/concerns")
    card = await reader.open(str(listed.soup.select_one("main .card__title a")["href"]))
    return reader, await reader.send(card, "Open it")


async def test_each_side_opens_what_its_own_co_op_kept(three: Village) -> None:
    hers, his = await worried(three)
    peter, record = await read(three, "peter")
    closed = await peter.open(record.link("The introduction it is about"))
    assert WORRYING not in closed.text
    opened = await peter.send(closed, "Open it")
    assert opened.status == 200 and WORRYING in opened.words and "Birch" in opened.heading
    assert hers not in opened.words and "Maureen" not in opened.title
    form = await peter.send(opened, "Tell Birch")
    assert form.soup.select("[name=to][value='birch.example'][checked]")
    check = await peter.send(form, "Check what would leave", words="Please look at what he wrote.", reason="Risk")
    assert "The one both co-ops know" in check.words
    await peter.send(check, "Send it to Birch")
    await three.settle()

    hana, record = await read(three, "hana")
    hold = await hana.open(record.link("Keep something from being erased"))
    held = await hana.send(hold, "Place the hold", reason="It may be evidence")
    copy = await hana.open(held.link("The introduction it is about"))
    opened = await hana.send(copy, "Open it")
    assert opened.status == 200 and WORRYING in opened.words

    three.clock.advance(days=120)
    await three.settle()
    hana, record = await read(three, "hana")
    copy = await hana.open(record.link("The introduction it is about"))
    assert WORRYING in (await hana.send(copy, "Open it")).words, "the hold outranks the erasure"
    peter, record = await read(three, "peter")
    copy = await peter.open(record.link("The introduction it is about"))
    gone = await peter.send(copy, "Open it")
    assert gone.status == 409 and WORRYING not in gone.text, "nobody held it there"

    samuel = await Visitor.of(three, "samuel")
    for path in ("/concerns", "/", "/me", "/me/sharing", "/introductions", f"/introductions/{his}"):
        page = await samuel.open(path)
        for word in ("Hana", "evidence", "concern:", "safeguarding hold"):
            assert word not in page.words, (path, word)
    with three.at("birch") as coop:
        here = coop.here()
        hana_actor = await again(three.people["hana"], here=here)
        looks = await journal.accesses_of(three.people["samuel"])
        assert {look.kind for look in looks} <= {"sealed-copy", "offer"} and hana_actor.person in {x.who for x in looks}


async def test_it_opens_for_nobody_else(three: Village) -> None:
    await worried(three)
    peter, record = await read(three, "peter")
    path = record.path.replace("/record", "/sealed")
    for name in ("maureen", "yasmin", "callum", "tomasz"):
        other = await Visitor.of(three, name)
        token = str((await other.open("/worry")).soup.select_one("main input[name=form]")["value"])
        assert (await other.open(path)).status == 404, name
        assert (await other.post(path + "/opening", {"form": token})).status == 404, name
    # The deputy of Birch knows nothing of Alder's concern, and a concern about nothing has nothing kept.
    page = await peter.open("/worry")
    mine = await peter.send(page, "Tell the people", words="Something else")
    ines = await Visitor.of(three, "ines")
    card = await ines.open(mine.path)
    await ines.send(card, "Open it")
    assert (await ines.open(mine.path + "/sealed")).status == 404
