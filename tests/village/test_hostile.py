# SPDX-License-Identifier: AGPL-3.0-or-later
"""A hostile neighbour against real co-ops: whatever it serves, nothing false becomes visible, and its neighbours lose nothing.

One row of docs/protocol/security.md after another, as far as it is about what a peer serves. What a peer sends stands in
`test_hostile_letters`.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from federation import wire
from federation.client import Outgoing
from federation.errors import Refused
from federation.keys import SigningKey
from node.exchange.outbound import HttpFetcher
from tests.node.exchange.coops import CoOp, coops, make_peers, settle
from tests.village import hostile as hostile_node
from tests.village import lies
from tests.village.hostile import Hostile, hostile
from tests.village.lies import DAY, Feed
from tests.village.victims import on_the_street, stands

MALLORY = "mallory.example"
Scene = tuple[CoOp, Hostile]


@pytest_asyncio.fixture
async def scene(new_database: Callable[..., str], tmp_path: Path) -> AsyncIterator[Scene]:
    """Alder, and Mallory, who is its neighbour and has said two things."""
    async with (
        coops("alder", addresses=new_database, folder=tmp_path) as (alder,),
        hostile(*on_the_street(alder)) as evil,
    ):
        await evil.befriend()
        evil.feed().say("Tea", "Chess")
        await settle(alder)
        assert await alder.seen() == ["Chess", "Tea"]
        yield alder, evil


@pytest_asyncio.fixture
async def street(new_database: Callable[..., str], tmp_path: Path) -> AsyncIterator[list[CoOp]]:
    """Alder, Birch and Cedar, every two of them neighbours."""
    async with coops("alder", "birch", "cedar", addresses=new_database, folder=tmp_path) as made:
        for one, other in ((0, 1), (0, 2), (1, 2)):
            await make_peers(made[one], made[other])
        yield made


async def alarm(coop: CoOp, topic: str = "peer-support") -> str:
    rows = await coop.rows("SELECT alarm FROM followed WHERE peer = {} AND topic = {}", MALLORY, topic)
    return str(rows[0]["alarm"])


async def follow(coop: CoOp, evil: Hostile, *lie: hostile_node.Lie) -> None:
    """One visit under these lies, by a follower that remembers no answer."""
    evil.serve(*lie)
    coop.start()
    await settle(coop)


def test_it_is_made_of_the_protocol_alone() -> None:
    for module in (hostile_node, lies):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        named = [each.module or "" for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]
        assert not [name for name in named if name.partition(".")[0] == "node"]


# Two views ------------------------------------------------------------------------------------------------------------


async def test_two_views_come_out_and_the_proof_reaches_who_saw_neither(street: list[CoOp]) -> None:
    alder, birch, cedar = street
    async with hostile(*on_the_street(*street)) as evil:
        evil.feed()
        await evil.befriend()
        evil.feed(to="alder.example").say("Tea for Alder")
        evil.feed(to="birch.example").say("Gin for Birch")
        await settle(*street, rounds=60)
        assert (await alder.seen(), await birch.seen(), await cedar.seen()) == (
            ["Tea for Alder"],
            ["Gin for Birch"],
            [],
        )
        assert not any([(await stands(each, MALLORY)).frozen for each in street])
        alder.clock.advance(seconds=3700)
        await settle(*street, rounds=60)
        assert all([(await stands(each, MALLORY)).frozen for each in street]), "Cedar saw nothing wrong by itself"
        assert [await each.seen() for each in street] == [[], [], []]
        told = await cedar.rows("SELECT node_id, source FROM evidence")
        assert [each["node_id"] for each in told] == [MALLORY] and told[0]["source"] in (
            "alder.example",
            "birch.example",
        )
        published = await alder.rows("SELECT body FROM feed_entry WHERE item IS NOT NULL")
        assert any(MALLORY.encode() in bytes(each["body"]) for each in published), "everybody can read the proof"
        assert not any([(await stands(alder, each.node_id)).frozen for each in (birch, cedar)])


async def test_two_roots_for_one_size_freeze_it(scene: Scene) -> None:
    alder, evil = scene
    evil.feed().entries[1] = evil.feed().put({"words": "Gin"})
    evil.feed().sign()
    alder.start()
    await settle(alder)
    assert (await alarm(alder), (await stands(alder, MALLORY)).frozen, await alder.seen()) == ("fork", True, [])


async def test_evidence_that_it_made_up_freezes_nobody(street: list[CoOp]) -> None:
    alder, birch, _ = street
    await birch.write("1", "Chess")
    await settle(*street)
    async with hostile(*on_the_street(alder)) as evil:
        epoch = (await birch.rows("SELECT epoch FROM feed_log"))[0]["epoch"]
        false = Feed("birch.example", "peer-support", epoch, evil.log, evil.now, evil.random)
        said = {"kind": "fork", "node_id": "birch.example", "root_m": wire.b64(bytes(32)), "path": []}
        evil.feed("trust").add(evil.feed("trust").put(said | {"note_m": false.note, "note_n": false.note}))
        await evil.befriend()
        await settle(*street)
        reasons = await alder.rows("SELECT reason FROM set_aside WHERE source = {}", MALLORY)
        assert [each["reason"] for each in reasons] == ["untrusted"]
        assert not (await stands(alder, "birch.example")).frozen
        assert await alder.seen() == ["Chess"]


# Pages ----------------------------------------------------------------------------------------------------------------

PAGES: dict[str, Callable[[list[Any]], Any]] = {
    "an entry left out": lambda page: page[1:],
    "two entries swapped": lambda page: page[::-1],
    "a body changed": lambda page: [each | {"body": each.get("body", "").replace("More", "Less")} for each in page],
    "a later expiry": lambda page: [
        each | {"expires": each["expires"] + 1} if "expires" in each else each for each in page
    ],
    "a salt changed": lambda page: [each | {"salt": wire.b64(bytes(32))} if "salt" in each else each for each in page],
    "a withdrawal hidden": lies.control_body_withheld,
    "an entry twice": lambda page: page[:1] + page,
    "nothing": lambda page: [],
    "an entry of no form": lambda page: [{"body": "x", "c": "y"}],
}


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_that_is_not_the_log_is_never_visible(scene: Scene, name: str) -> None:
    alder, evil = scene
    evil.feed().say("More tea", "More chess")
    evil.feed().withdraw(1)
    before = await alder.rows("SELECT place FROM followed_entry")
    await follow(alder, evil, lies.page(lambda page: PAGES[name](page) if PAGES[name](page) else page.clear()))
    assert await alder.seen() == ["Chess", "Tea"]
    assert await alder.rows("SELECT place FROM followed_entry WHERE visible = {}", True) == before
    assert (await stands(alder, MALLORY)).why in ("bad-answer", "malformed")
    await follow(alder, evil)
    assert await alder.seen() == ["Chess", "More chess", "More tea"]


async def test_a_withdrawal_is_taken_with_its_body_or_not_at_all(scene: Scene) -> None:
    alder, evil = scene
    evil.feed().withdraw(1, receipt=True)
    await follow(alder, evil, lies.page(lies.control_body_withheld))
    assert (await stands(alder, MALLORY)).why == "bad-answer"
    assert (await alder.rows("SELECT size FROM followed"))[0]["size"] == 3, "it has not followed that far"
    await follow(alder, evil)
    assert await alder.seen() == ["Chess"]


async def test_pages_that_are_cut_short_are_asked_for_again(scene: Scene) -> None:
    """A short page is no fault; it is read on from where it ended, and what is seen is whole."""
    alder, evil = scene
    evil.feed().say("A", "B", "C")
    await follow(alder, evil, lies.page(lambda page: page[:1]))
    assert await alder.seen() == ["A", "B", "C", "Chess", "Tea"]


# Checkpoints ----------------------------------------------------------------------------------------------------------

NOTES: dict[str, tuple[Callable[[Hostile], str], str]] = {
    "a smaller size": (lambda evil: evil.feed().copy().sign(size=2), "rollback"),
    "an older time": (lambda evil: evil.feed().copy().sign(size=3, time=evil.now() - 100), "rollback"),
    "an older epoch": (lambda evil: evil.feed(epoch=evil.now() - 1000).sign(), "rollback"),
    "an epoch far ahead": (lambda evil: evil.feed(epoch=2**31).sign(), "epoch-ahead"),
    "a time far ahead": (lambda evil: evil.feed().copy().sign(time=evil.now() + 301), "time-ahead"),
    "the log of another node": (lambda evil: Feed("alder.example", "peer-support", 9, evil.log, evil.now, evil.random).note, ""),
    "the log of another topic": (lambda evil: evil.feed("trust").note, ""),
    "another key": (lambda evil: evil.feed().copy().sign(key=SigningKey.from_seed(bytes(range(32)))), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", NOTES)
async def test_a_checkpoint_that_cannot_be_moves_nothing(scene: Scene, name: str) -> None:
    alder, evil = scene
    made, finding = NOTES[name]
    held = await alder.rows("SELECT epoch, size, note FROM followed WHERE topic = 'peer-support'")
    note = made(evil)
    await follow(alder, evil, lies.head(note))
    assert await alder.rows("SELECT epoch, size, note FROM followed WHERE topic = 'peer-support'") == held
    assert (await alarm(alder), await alder.seen()) == (finding, ["Chess", "Tea"])
    assert (await stands(alder, MALLORY)).why == ("bad-answer" if finding else "untrusted")


async def test_a_log_that_stands_still_shows(scene: Scene) -> None:
    """It answers, and says nothing new: its last sign of life is as old as it is."""
    alder, evil = scene
    note_time = (await alder.rows("SELECT note_time FROM followed"))[0]["note_time"]
    alder.clock.advance(days=2)
    await follow(alder, evil)
    assert (await alder.rows("SELECT note_time FROM followed"))[0]["note_time"] == note_time < alder.clock.now() - DAY


# Floods and poison ----------------------------------------------------------------------------------------------------


async def asked_for_entries(evil: Hostile) -> int:
    return len([each for each in evil.asked if each.path.endswith("/entries")])


async def test_fifty_thousand_entries_wait_and_another_neighbour_does_not(street: list[CoOp]) -> None:
    alder, birch, _ = street
    async with hostile(*on_the_street(alder)) as evil:
        evil.feed().say("Tea")
        await evil.befriend()
        evil.asked.clear()
        evil.serve(lies.head(lambda: evil.feed().copy().sign(size=50_000, root=bytes(32))))
        alder.start()
        await birch.write("1", "Chess")
        await settle(*street)
        assert await asked_for_entries(evil) == 0
        assert (await stands(alder, MALLORY)).why == "too-many"
        assert await alder.seen() == ["Chess", "Tea"]


async def test_an_epoch_without_end_is_not_fetched(new_database: Callable[..., str], tmp_path: Path) -> None:
    """The first snapshot of a day is free, within reason."""
    async with (
        coops("alder", addresses=new_database, folder=tmp_path) as (alder,),
        hostile(*on_the_street(alder)) as evil,
    ):
        evil.feed().sign(size=2**40, root=bytes(32))
        await evil.befriend()
        assert (await asked_for_entries(evil), (await stands(alder, MALLORY)).why) == (0, "too-many")


async def test_poison_is_set_aside_and_the_good_moves_on(scene: Scene) -> None:
    alder, evil = scene
    feed = evil.feed()
    feed.add(
        feed.put({"words": "Good before"}),
        feed.put({}, body=b"not json"),
        feed.put({}, body=b'{"id":"x","id":"y"}'),
        feed.put({}, body=b"[" * 9000 + b"]" * 5000),
        feed.put({"words": "from tomorrow"}, iat=evil.now() + DAY),
        feed.put({"words": "for ever"}, days=9000),
        feed.put({"words": "no id"}, id="short"),
        feed.put(["no object"]),
        feed.put({"words": "rude"}),
        feed.put({"words": "x" * 20_000}),
        lies.control({"type": "open", "prev_epoch": 0, "prev_size": 0, "prev_root": "", "reason": "first", "live": 0}),
        lies.control({"type": "withdraw", "at": [[feed.origin.epoch, 10**6]], "receipt": True}),
        lies.control({"type": "unheard of"}),
        feed.put({"words": "Good after"}),
    )
    await follow(alder, evil)
    assert await alder.seen() == ["Chess", "Good after", "Good before", "Tea"]
    aside = await alder.rows("SELECT idx, reason FROM set_aside ORDER BY idx")
    assert [each["idx"] - 3 for each in aside] == list(range(1, 13))
    kept = await alder.rows("SELECT body FROM followed_entry WHERE kind = 'aside'")
    assert all(each["body"] is None for each in kept), "no byte of it is kept"
    assert await alarm(alder) == "control"


async def test_an_id_that_was_withdrawn_does_not_come_back(scene: Scene) -> None:
    alder, evil = scene
    feed = evil.feed()
    feed.say("Once", id=(token := evil.token()))
    await follow(alder, evil)
    feed.withdraw(3, receipt=True)
    await follow(alder, evil)
    feed.say("Once more", id=token)
    await follow(alder, evil)
    assert await alder.seen() == ["Chess", "Tea"]


# Answers that are no answers ------------------------------------------------------------------------------------------

JUNK: dict[str, Callable[[str], hostile_node.Lie]] = {
    "a redirect": lies.redirected,
    "a coding": lies.compressed,
    "no end": lies.endless,
    "brackets": lies.nested,
    "a page of words": lambda path: lies.raw(path, b"<html>hello</html>"),
    "two megabytes": lambda path: lies.raw(path, b'{"heads":[],"entries":[' + b" " * 2**21 + b"]}"),
    "not a number": lambda path: lies.raw(
        path, b'{"heads":[],"identity_version":NaN,"manifest_version":1,"charter":0}'
    ),
    "half a letter": lambda path: lies.raw(path, b'{"entries":[{"body":"\\ud800"}]}'),
}
NAMES = {"/heads": "identity_version", "/entries": "body"}


@pytest.mark.parametrize("path", NAMES)
@pytest.mark.parametrize("name", [*JUNK, "a name twice"])
async def test_an_answer_out_of_form_ends_at_its_cap_and_moves_nothing(scene: Scene, name: str, path: str) -> None:
    alder, evil = scene
    evil.feed().say("More tea")
    asked = len(alder.network.passed)
    await follow(alder, evil, JUNK[name](path) if name in JUNK else lies.twice(path, NAMES[path]))
    assert await alder.seen() == ["Chess", "Tea"]
    assert (await stands(alder, MALLORY)).why in ("bad-answer", "malformed", "too-large")
    hosts = {each.url.host for each in alder.network.passed[asked:]}
    assert hosts == {MALLORY}, "nobody else was asked on its word"
    await follow(alder, evil)
    assert await alder.seen() == ["Chess", "More tea", "Tea"]


async def test_a_drip_ends_at_the_deadline(scene: Scene) -> None:
    _, evil = scene
    evil.serve(lies.dripping("/heads", asyncio.Event()))
    request = Outgoing(MALLORY, "GET", wire.HEADS, "", {}, None, 1000, 0.05)
    with pytest.raises(Refused) as refused:
        async with asyncio.timeout(5):
            await HttpFetcher(transport=evil).fetch(request)
    assert refused.value.code == "timeout"
