# SPDX-License-Identifier: AGPL-3.0-or-later
"""Neighbours in both directions on an operator's pages, and what a deed would do before it is done: Callum and Bethan."""

from __future__ import annotations

from node import database
from node.actor import at_the_command_line
from node.exchange import gossip
from node.peers import acts, handshake
from node.village import Village
from tests.pages import Visitor
from tests.village import stories
from tests.village.conftest import folk_of
from tests.village.folk import settling

BIRCH, ALDER = "/neighbours/birch.example", "/neighbours/alder.example"


async def asked(village: Village) -> None:
    """An hour and a half later: everybody was asked what they hold, and has signed newly."""
    for seconds in (gossip.HOUR + 1, 1500):
        village.clock.advance(seconds=seconds)
        await village.settle()


async def test_the_table_and_one_neighbour_show_both_directions(three: Village) -> None:
    await asked(three)
    callum = await Visitor.of(three, "callum")
    table = await callum.open("/neighbours")
    rows = table.soup.select("main tbody tr")
    assert {row.select_one("th a")["href"] for row in rows} == {BIRCH, "/neighbours/cedar.example"}  # type: ignore[index]
    assert all(row.select("td.number")[0].get_text().strip() == "0" for row in rows)
    one = await callum.open(BIRCH)
    assert "What we hold of theirs" in one.words
    assert "What they hold of ours" in one.words
    assert "Up to date" in one.words
    with three.at("alder"):
        kept = await database.row("SELECT size FROM feed_log WHERE topic = 'peer-support'")
        (held,) = await database.rows(
            "SELECT size FROM held_of_us WHERE peer = 'birch.example' AND topic = 'peer-support'"
        )
        assert kept is not None
        assert held["size"] == kept["size"]


async def test_silence_shows_and_a_try_now_reaches_who_follows(three: Village) -> None:
    await asked(three)
    three.stop("birch")
    three.clock.advance(seconds=26 * 3600)
    await three.settle()
    callum = await Visitor.of(three, "callum")
    one = await callum.open(BIRCH)
    assert "No sign of life for a day" in one.words
    assert "Not reached since" in one.words
    table = await callum.open("/neighbours")
    assert "Stale" in table.words
    three.start("birch")
    tried = await callum.send(one, "Try now")
    assert "We knock at their computer now" in tried.words
    with three.at("alder") as coop:
        row = await database.row("SELECT next_try, try_at FROM peer WHERE node_id = 'birch.example'")
        assert row == {"next_try": 0, "try_at": coop.here().now}
    await three.settle()
    await asked(three)
    with three.at("alder"):
        row = await database.row("SELECT try_at, failing_since FROM peer WHERE node_id = 'birch.example'")
        assert row == {"try_at": None, "failing_since": None}
    assert "Up to date" in (await (await Visitor.of(three, "callum")).open(BIRCH)).words


async def test_what_a_pause_and_an_end_would_do_is_counted_before_the_button(three: Village) -> None:
    folk, until = folk_of(three), settling(three.settle)
    await stories.ask_samuel(folk, until)
    callum = await Visitor.of(three, "callum")
    with three.at("alder") as coop:
        row = await database.row(
            "SELECT COUNT(*) AS n FROM listing WHERE node_id = 'birch.example' AND NOT hidden AND expires_at > {}",
            coop.here().now,
        )
    assert row is not None
    assert row["n"] > 0
    pause = await callum.open(f"{BIRCH}/pause")
    assert f"They are {row['n']} offers now" in pause.words
    assert "1 introduction is open" in pause.words
    end = await callum.open(f"{BIRCH}/ending")
    assert f"lose sight of {row['n']} offers" in end.words
    assert "1 introduction is open" in end.words


async def test_members_of_both_read_why_offers_are_missing_and_nothing_more(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    form = await callum.open(f"{BIRCH}/pause")
    await callum.send(form, "Pause them", reason="We fell out", why="repair", words="Back on Monday")
    await three.settle()
    for name, co_op, who in (("maureen", "Birch", "our co-op pauses it"), ("samuel", "Alder", "it pauses our co-op")):
        visitor = await Visitor.of(three, name)
        found = await visitor.open("/find/results")
        assert f"Offers of {co_op}" in found.words
        assert f"not shown for now: {who}. The computer is being repaired or moved." in found.words
        assert "“Back on Monday”" in found.words
        assert "fell out" not in found.text
    await callum.send(await callum.open(f"{BIRCH}/resumption"), "Resume")
    await three.settle()
    assert "not shown for now" not in (await (await Visitor.of(three, "samuel")).open("/find/results")).words


async def test_other_terms_by_pages_alone(three: Village) -> None:
    callum, bethan = await Visitor.of(three, "callum"), await Visitor.of(three, "bethan")
    form = await callum.open(f"{BIRCH}/terms")
    wrong = await callum.send(form, "Propose it", erasure_hours="0", days="900")
    assert (wrong.status, set(wrong.errors)) == (422, {"erasure_hours", "days"})
    sent = await callum.send(wrong, "Propose it", erasure_hours="24", days="700", gives=["trust"])
    assert "We send them what you propose" in sent.words
    await three.settle()
    assert "Waiting for you" in (await bethan.open("/neighbours")).words
    look = await bethan.open((await bethan.open(ALDER)).link("Look at the old and the new"))
    assert "72 hours" in look.words
    assert "24 hours Changed" in look.words
    yes = await bethan.send(look, "Say yes")
    assert "You said yes" in yes.words
    await three.settle()
    for visitor, path in ((callum, BIRCH), (bethan, ALDER)):
        assert "24 hours" in (await visitor.open(path)).words
    await bethan.send(await bethan.open(f"{ALDER}/terms"), "Propose it", erasure_hours="48")
    await three.settle()
    no = await callum.send(await callum.open(f"{BIRCH}/proposal"), "Say no")
    assert "they hear of it" in no.words
    await three.settle()
    assert "said no to the terms that we proposed" in (await bethan.open(ALDER)).words
    await bethan.send(await bethan.open(f"{ALDER}/terms"), "Propose it", erasure_hours="48")
    back = await bethan.send(await bethan.open(f"{ALDER}/proposal"), "Take it back")
    assert back.path == ALDER
    assert (await bethan.open(f"{ALDER}/proposal")).path == ALDER


async def test_a_frozen_neighbour_is_trusted_again_only_once_it_began_anew(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    origin = "birch.example/commoncare/peer-support/1800000000"
    with three.at("alder") as coop:
        async with database.transaction():
            await handshake.freeze("birch.example", here=coop.here())
            await database.execute(
                "INSERT INTO evidence (id, node_id, origin, fork, source, at) VALUES ({}, {}, {}, '{{}}', {}, {})",
                "a" * 22,
                "birch.example",
                origin,
                "cedar.example",
                coop.here().now,
            )
    page = await callum.open((await callum.open(BIRCH)).link("Trust them again"))
    assert "They have not begun a new log yet" in page.words
    assert "cedar.example told us" in page.words
    wrong = await callum.send(page, "Trust them again")
    assert (wrong.status, set(wrong.errors)) == (422, {"known"})
    early = await callum.send(wrong, "Trust them again", known="yes")
    assert "has not begun a new log yet" in early.errors["known"]
    with three.at("alder"):
        await database.execute("UPDATE evidence SET answered = 1800000001")
    done = await callum.send(early, "Trust them again", known="yes")
    assert "You trust them again" in done.words
    assert (await callum.open(f"{BIRCH}/thaw")).path == BIRCH


async def test_the_sheet_has_our_words_and_room_for_eight_and_not_theirs(three: Village) -> None:
    bethan, callum = await Visitor.of(three, "bethan"), await Visitor.of(three, "callum")
    sheet = await callum.open("/neighbours/sheet")
    assert len(sheet.soup.select("main section")) == 8
    assert len(sheet.soup.select("main section td")) == 8 * 12
    assert len(sheet.soup.select("ol.spoken")) == 1
    theirs = (await bethan.open("/neighbours/sheet")).soup.select_one("ol.spoken")
    assert theirs is not None
    assert theirs.get_text() not in sheet.text


async def test_none_of_it_is_for_members_and_an_end_is_told(three: Village) -> None:
    maureen = await Visitor.of(three, "maureen")
    token = str((await maureen.open("/find")).soup.select_one("input[name=form]")["value"])  # type: ignore[index]
    for path in ("/neighbours/sheet", "/neighbours/leaving", f"{BIRCH}/terms", f"{BIRCH}/proposal", f"{BIRCH}/thaw"):
        assert (await maureen.open(path)).status == 403, path
    for path in ("try", "terms", "proposal", "proposal/decline", "thaw"):
        fields = {
            "form": token,
            "gives": "trust",
            "gets": "trust",
            "erasure_hours": "1",
            "retention_days": "1",
            "days": "1",
        }
        assert (await maureen.post(f"{BIRCH}/{path}", fields)).status == 403, path
    with three.at("birch") as coop:
        await acts.end(actor=at_the_command_line(), node_id="alder.example", reason="Over", here=coop.here())
    await three.settle()
    page = await (await Visitor.of(three, "callum")).open(BIRCH)
    assert "They ended it" in page.words
    assert "They say that they deleted what we gave them" in page.words
