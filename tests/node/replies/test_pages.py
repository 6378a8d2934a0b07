# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answers by one press from a mail, on both databases: what they do, that looking does nothing, and that once is once."""

from __future__ import annotations

import pytest

from node import database
from node.village import Village
from tests.node.introductions.two import MESSAGE, NEEDS, Two, asked
from tests.node.replies.conftest import Office
from tests.node.replies.pressing import OVER, buttons, links, pressed, stranger
from tests.pages import Visitor


async def to_samuel(three: Village, office: Office) -> tuple[Two, str]:
    """Somebody has asked Samuel, and the mail has come to him: the page it leads to."""
    two = await asked(three)
    text = await office.mail_of("samuel")
    (path,) = links(text)
    return two, path


async def test_the_mail_says_how_much_waits_and_nothing_of_what(three: Village, office: Office) -> None:
    await asked(three)
    text = await office.mail_of("samuel")
    assert "1 thing waits for you." in text and "Waiting since Friday 15 January:" in text
    assert "until Friday 22 January" in text
    for private in (
        "Maureen",
        "Alder",
        "Samuel",
        "stroke",
        "introduc",
        "supporter",
        NEEDS,
        MESSAGE,
        three.people["samuel"],
    ):
        assert private not in text.replace("Birch Row Care Co-op", "")
    with three.at("birch"):
        ids = [row["id"] for row in await database.rows("SELECT id FROM introduction")]
    assert not any(id in text for id in ids)


async def test_a_scanner_that_follows_every_link_uses_nothing_up(three: Village, office: Office) -> None:
    two, path = await to_samuel(three, office)
    tables = ("reply_link", "introduction", "introduction_event", "session", "journal_entry")
    before = [await office.rows("birch", f"SELECT * FROM {table} ORDER BY 1") for table in tables]
    for _again in range(3):
        scanner = await stranger(three, "birch")
        sheet = await scanner.open(path)
        assert sheet.status == 200 and sheet.heading == "Something waits for your answer"
        for each in sheet.soup.select("a[href^='/']"):
            await scanner.open(str(each["href"]))
        assert (await scanner.client.head(path)).status_code in (200, 405)
    assert [await office.rows("birch", f"SELECT * FROM {table} ORDER BY 1") for table in tables] == before
    assert (await two.open(two.samuel)).heading.endswith("asks you")
    assert "We have noted" in (await pressed(three, "birch", path, "Not today")).text


async def test_the_page_reveals_nothing(three: Village, office: Office) -> None:
    _two, path = await to_samuel(three, office)
    sheet = await (await stranger(three, "birch")).open(path)
    assert buttons(sheet) == ["Not today", "I need more time", "Please ring me about it"]
    assert "It has waited since Friday 15 January." in sheet.words
    for private in ("Maureen", "Samuel", "Alder", "stroke", "introduc", NEEDS, three.people["samuel"]):
        assert private not in sheet.words and private not in sheet.title
    assert sheet.headers["cache-control"] == "no-store" and sheet.headers["referrer-policy"] == "no-referrer"


async def test_not_today_is_the_no_without_a_reason(three: Village, office: Office) -> None:
    two, path = await to_samuel(three, office)
    done = await pressed(three, "birch", path, "Not today")
    assert done.path == "/answered" and "Nobody asks why." in done.text
    await three.settle()
    assert "can't take this on now" in (await two.open(two.maureen)).text.replace("’", "'").replace("&#39;", "'")
    (entry,) = await office.rows("birch", "SELECT * FROM journal_entry WHERE act = 'reply.answered'")
    assert entry["actor"] == three.people["samuel"]
    (link,) = await office.rows("birch", "SELECT answer, used_at FROM reply_link WHERE what = 'ask'")
    assert link == {"answer": "not-today", "used_at": three.clock.now()}


async def test_a_double_press_does_it_once_and_says_the_same(three: Village, office: Office) -> None:
    _two, path = await to_samuel(three, office)
    visitor = await stranger(three, "birch")
    sheet, second_tab = await visitor.open(path), await visitor.open(path)
    first = await visitor.send(sheet, "Not today")
    again = await visitor.send(sheet, "Not today")
    assert first.path == again.path == "/answered" and first.words == again.words
    other = await visitor.send(second_tab, "Please ring me")
    assert other.heading == OVER
    assert await office.rows("birch", "SELECT id FROM call_request") == []
    entries = await office.rows("birch", "SELECT * FROM journal_entry WHERE act = 'reply.answered'")
    assert len(entries) == 1


async def test_used_run_out_settled_and_never_made_are_one_page(three: Village, office: Office) -> None:
    two, path = await to_samuel(three, office)
    visitor = await stranger(three, "birch")
    form = await visitor.open(path)
    turned = path[:-1] + ("A" if path[-1] != "A" else "B")
    pages = [await visitor.open(turned), await visitor.open("/answer/" + "x" * 44), await visitor.open("/answer/x")]

    await two.do(two.samuel, "", "Yes, ring me")  # settled on his own page
    pages += [await visitor.open(path), await visitor.send(form, "Not today")]
    assert await office.rows("birch", "SELECT answer FROM reply_link WHERE what = 'ask'") == [{"answer": None}]
    office.on(days=8)
    pages.append(await visitor.open(path))
    assert {page.status for page in pages} == {404}
    assert {page.words for page in pages} == {pages[0].words} and pages[0].heading == OVER
    assert await office.rows("birch", "SELECT status FROM introduction") == [{"status": "accepted"}]


async def test_it_runs_out_after_a_week(three: Village, office: Office) -> None:
    _two, path = await to_samuel(three, office)
    visitor = await stranger(three, "birch")
    office.on(days=7, seconds=-1)
    assert (await visitor.open(path)).status == 200
    form = await visitor.open(path)
    office.on(seconds=1)
    assert (await visitor.open(path)).heading == OVER
    assert (await visitor.send(form, "Not today")).heading == OVER
    assert await office.rows("birch", "SELECT status FROM introduction") == [{"status": "waiting"}]


@pytest.mark.parametrize("answer", ["home", "carry-on", "stop", "accept", "", "yes-ring-me"])
async def test_only_what_the_page_has_can_be_answered(three: Village, office: Office, answer: str) -> None:
    _two, path = await to_samuel(three, office)
    visitor = await stranger(three, "birch")
    token = str((await visitor.open(path)).soup.select_one("main form input[name=form]")["value"])  # type: ignore[index]
    assert (await visitor.post(path, {"form": token, "answer": answer})).heading == OVER
    assert await office.rows("birch", "SELECT status FROM introduction") == [{"status": "waiting"}]
    assert (await visitor.open(path)).status == 200, "and the page stands as it was"


async def test_a_form_from_elsewhere_does_nothing(three: Village, office: Office) -> None:
    _two, path = await to_samuel(three, office)
    visitor = await stranger(three, "birch")
    sheet = await visitor.open(path)
    token = str(sheet.soup.select_one("main form input[name=form]")["value"])  # type: ignore[index]
    foreign = await visitor.client.post(
        path, data={"form": token, "answer": "not-today"}, headers={"origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    other = await stranger(three, "birch")
    assert (await other.post(path, {"form": token, "answer": "not-today"})).status == 403
    assert await office.rows("birch", "SELECT status FROM introduction") == [{"status": "waiting"}]


async def test_more_time_reminds_later_and_tells_nobody(three: Village, office: Office) -> None:
    two, path = await to_samuel(three, office)
    before = (await two.open(two.maureen)).words
    assert "Nobody is told" in (await pressed(three, "birch", path, "I need more time")).text
    await three.settle()
    assert (await two.open(two.maureen)).words == before
    assert await office.leaves("birch") == []
    office.on(days=3, hours=1)
    await three.settle()
    (again,) = links(await office.mail_of("samuel"))
    assert again != path and (await (await stranger(three, "birch")).open(path)).heading == OVER


async def test_ring_me_stands_on_the_leads_list_once(three: Village, office: Office) -> None:
    _two, path = await to_samuel(three, office)
    assert "rings you" in (await pressed(three, "birch", path, "Please ring me")).text
    lead = next(
        name for name, each in three.cast.people.items() if each.co_op == "birch" and "peer_support_lead" in each.roles
    )
    calls = await (await Visitor.of(three, lead)).open("/lead/calls")
    assert "Samuel" in calls.words and three.cast.people["samuel"].phone in calls.words
    assert await office.rows("birch", "SELECT status FROM introduction") == [{"status": "waiting"}]


async def test_without_a_number_nobody_is_promised_a_ring(three: Village, office: Office) -> None:
    _two, path = await to_samuel(three, office)
    visitor = await stranger(three, "birch")
    with three.at("birch"):
        await database.execute("UPDATE person SET phone = NULL WHERE id = {}", three.people["samuel"])
    no = await visitor.send(await visitor.open(path), "Please ring me")
    assert no.status == 422 and "We have no number to ring you on" in no.words
    assert (await visitor.send(no, "I need more time")).path == "/answered", "the page was not used up by it"
    office.on(days=3, hours=1)
    await three.settle()
    (again,) = links(await office.mail_of("samuel"))
    assert buttons(await visitor.open(again)) == ["Not today", "I need more time"]
