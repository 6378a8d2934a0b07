# SPDX-License-Identifier: AGPL-3.0-or-later
"""How often mail leaves, and when: one for all that waits, an hour between, none at night, as chosen, and at once for safety."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from node import database, post
from node.actor import Actor
from node.dates import UK
from node.here import Here
from node.members import acts, notices, settings
from node.members.notices import Digest, Link, earliest, leave_by_mail, letter, notify
from node.members.settings import SettingsDraft
from node.members.shapes import Correction
from node.place import CoOpFacts
from tests.node.members.cast import admit, waiting
from tests.node.members.test_notices import HOUR, Letterbox, depart, letterbox, put

__all__ = ["letterbox"]
pytestmark = pytest.mark.usefixtures("engine")
Post = tuple[Letterbox, post.Mailer]


def at(hour: int, *, day: int = 15, month: int = 1) -> int:
    return int(datetime(2027, month, day, hour, tzinfo=UK).timestamp())


async def alert(person: Actor, here: Here) -> None:
    async with database.transaction():
        await notify(person=person.person, urgent=True, here=here)


async def due(kind: str = "mail") -> list[tuple[str, int]]:
    found = await database.rows("SELECT ref, due FROM outbox WHERE kind = {} AND state = 'open' ORDER BY due", kind)
    return [(row["ref"].partition(":")[2], row["due"]) for row in found]


async def test_everything_that_came_before_is_in_one_mail(letterbox: Post, here: Here) -> None:
    box, mailer = letterbox
    ada, bob = [await admit(name, here=here, email=f"{name}@example.org") for name in ("ada", "bob")]
    await put(ada, "message", "answer", "waiting", "check-in", here=here)
    await put(bob, "message", here=here)
    assert await depart(mailer, here) == 5
    assert sorted(to[0] for to, _ in box.taken) == ["ada@example.org", "bob@example.org"]
    assert await waiting("mail") == []


async def test_the_next_is_an_hour_later_and_says_it_for_all(letterbox: Post, here: Here) -> None:
    box, mailer = letterbox
    ada = await admit("Ada", here=here, email="ada@example.org")
    await put(ada, "message", here=here)
    await depart(mailer, here)
    for minutes in (1, 20, 40):
        await put(ada, "message", "answer", here=here.at(here.now + 60 * minutes))
    assert {when for _, when in await due()} == {here.now + HOUR}
    assert await depart(mailer, here.at(here.now + HOUR - 1)) == 0
    assert await depart(mailer, here.at(here.now + HOUR)) == 2
    assert len(box.taken) == 2 and await waiting("mail") == []


async def test_none_at_night_but_what_safety_needs(letterbox: Post, here: Here) -> None:
    box, mailer = letterbox
    lea = await admit("Lea", "safeguarding_lead", here=here, email="lea@example.org")
    late = here.at(at(21))
    await put(lea, "message", here=late)
    assert await due() == [("message", at(8, day=16))]
    assert await depart(mailer, late) == 0
    night = here.at(at(3, day=16))
    await alert(lea, night)
    assert await depart(mailer, night) == 1 and len(box.taken) == 1
    await alert(lea, night.at(night.now + 60))
    assert await depart(mailer, night.at(night.now + 60)) == 1, "nor does an hour stand in its way"
    assert len(box.taken) == 2


async def test_what_was_left_over_does_not_leave_at_night_either(letterbox: Post, here: Here) -> None:
    """The worker was off, or the mail server: what was due in the day leaves in the morning."""
    box, mailer = letterbox
    ada = await admit("Ada", here=here, email="ada@example.org")
    await put(ada, "message", here=here.at(at(20)))
    await depart(mailer, here.at(at(23)))
    assert box.taken == [] and await due() == [("message", at(8, day=16))]
    await depart(mailer, here.at(at(8, day=16)))
    assert len(box.taken) == 1


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        (at(20), at(20)),
        (at(21), at(8, day=16)),
        (at(23), at(8, day=16)),
        (at(0, day=16), at(8, day=16)),
        (at(7, day=16), at(8, day=16)),
        (at(8, day=16), at(8, day=16)),
        (at(22, day=27, month=3), at(8, day=28, month=3)),
        (at(22, day=30, month=10), at(8, day=31, month=10)),
        (at(7, day=1, month=7), at(8, day=1, month=7)),
    ],
)
def test_the_night_is_by_the_clock_on_the_wall(here: Here, now: int, leaves: int) -> None:
    assert earliest(now, None, here=here) == leaves
    awake = replace(here, co_op=CoOpFacts(night_mail=True))
    assert earliest(now, None, here=awake) == now
    assert earliest(now, now - 60, here=awake) == now - 60 + HOUR


async def test_once_a_day_and_never_are_kept_also_when_chosen_late(letterbox: Post, here: Here) -> None:
    box, mailer = letterbox
    ada, bob = [await admit(name, here=here, email=f"{name}@example.org") for name in ("ada", "bob")]
    await put(ada, "message", here=here)
    await put(bob, "message", here=here)
    await settings.choose(actor=ada, draft=SettingsDraft(mail="daily"), here=here)
    await settings.choose(actor=bob, draft=SettingsDraft(mail="never"), here=here)
    await depart(mailer, here)
    assert box.taken == [] and await due() == [("daily", at(9))]
    await put(ada, "waiting", "answer", here=here)
    await put(bob, "waiting", here=here)
    await depart(mailer, here.at(at(9)))
    ((to, mail),) = box.taken
    assert to == ["ada@example.org"] and str(mail["Subject"]).endswith("Something is waiting for you")
    await alert(bob, here)
    await depart(mailer, here.at(at(9)))
    assert len(box.taken) == 2, "what safety needs reaches whoever has to act, whatever they chose"


async def test_what_was_seen_meanwhile_is_not_written_about(letterbox: Post, here: Here) -> None:
    box, mailer = letterbox
    ada = await admit("Ada", here=here, email="ada@example.org")
    asked: list[str] = []

    def counting(digest: Digest) -> notices.Counting:
        async def counted(person: str, here: Here) -> Digest:
            asked.append(person)
            return digest

        return counted

    async def leaves(digest: Digest, moment: Here) -> int:
        before = len(box.taken)
        for item in await post.claim(["mail"], limit=10, lease=60, worker="test", here=moment):
            await leave_by_mail(item, mailer, moment, counting(digest))
        return len(box.taken) - before

    await put(ada, "message", here=here)
    assert await leaves(Digest(count=0, visited=here.now), here.at(here.now + 60)) == 0
    assert asked == [ada.person] and await waiting("mail") == []
    cases: Sequence[Digest] = (Digest(count=1, visited=here.now), Digest(visited=here.now - 1), Digest(visited=None))
    for number, digest in enumerate(cases, 1):
        moment = here.at(here.now + number * 2 * HOUR)
        await put(ada, "message", here=moment)
        moved = replace_visit(digest, by=number * 2 * HOUR)
        assert await leaves(moved, moment) == 1, digest


def replace_visit(digest: Digest, *, by: int) -> Digest:
    return Digest(count=digest.count, visited=None if digest.visited is None else digest.visited + by)


def test_the_letter_says_how_much_where_to_answer_and_how_to_stop(here: Here) -> None:
    here = replace(here, co_op=CoOpFacts(name="Alder", phone="01632 960 000"))
    digest = Digest(
        count=2,
        links=[Link(since=here.now, url="https://alder.example/answer/a"), Link(since=at(8, day=14), url="https://b")],
        until=here.now + 7 * 24 * HOUR,
        stop="https://alder.example/answer/s",
    )
    _subject, text = letter("waiting", digest=digest, here=here)
    assert text.splitlines()[2:] == [
        "Something is waiting for your answer. There is no hurry today.",
        "2 things wait for you.",
        "",
        "You can answer here without signing in. Each page works once, until Friday 22 January.",
        "",
        "Waiting since Friday 15 January:",
        "https://alder.example/answer/a",
        "",
        "Waiting since Thursday 14 January:",
        "https://b",
        "",
        "To read it, sign in at https://alder.example or ring us on 01632 960 000.",
        "We never put more than this in an e-mail.",
        "",
        "To get no more mails like this:",
        "https://alder.example/answer/s",
        "",
        "Alder",
    ]
    assert "1 thing waits for you." in letter("waiting", digest=Digest(count=1), here=here)[1]


async def test_a_page_that_ends_such_mails_stands_in_the_header(letterbox: Post, here: Here) -> None:
    box, mailer = letterbox
    await mailer.send("ada@example.org", "Hello", "Words", here=here, unsubscribe="https://alder.example/answer/s")
    ((_, mail),) = box.taken
    assert mail["List-Unsubscribe"] == "<https://alder.example/answer/s>"
    assert mail["List-Unsubscribe-Post"] is None, "a program presses nothing for anybody"


async def test_an_address_that_refuses_us_is_known_until_it_is_put_right(letterbox: Post, here: Here) -> None:
    box, mailer = letterbox
    ada = await admit("Ada", here=here, email="wrong@example.org")
    box.answer = "550 no such box"
    await put(ada, "message", here=here)
    await depart(mailer, here)
    assert await notices.unreached(ada.person) and await notices.unreached_count() == 1
    await acts.change_details(actor=ada, correction=Correction(email="right@example.org"), here=here)
    assert not await notices.unreached(ada.person) and await notices.unreached_count() == 0
    await acts.change_details(actor=ada, correction=Correction(email="wrong@example.org"), here=here)
    assert await notices.unreached(ada.person)
    box.answer = "250 OK"
    await put(ada, "message", here=here)
    await depart(mailer, here)
    assert len(box.taken) == 1 and not await notices.unreached(ada.person)


@pytest.mark.parametrize("answer", ["451 later", "552 full", "554 not from here"])
async def test_what_is_no_fault_of_the_address_is_not_put_on_it(letterbox: Post, here: Here, answer: str) -> None:
    box, mailer = letterbox
    ada = await admit("Ada", here=here, email="ada@example.org")
    box.answer = answer
    await put(ada, "message", here=here)
    await depart(mailer, here)
    assert not await notices.unreached(ada.person)
