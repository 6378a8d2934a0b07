# SPDX-License-Identifier: AGPL-3.0-or-later
"""Notices leave by a real mail server, say nothing but that something waits, and end with a person's leaving or death."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from node import database, post
from node.actor import Actor
from node.here import Here
from node.members import acts
from node.members.notices import TEXTS, leave_by_mail, letter, notify
from node.members.shapes import Correction
from node.place import CoOpFacts
from tests.node.members.cast import CLI, admit, waiting

HOUR = 3600

pytestmark = pytest.mark.usefixtures("engine")


class Letterbox:
    """What a real SMTP server took in, and what it answers."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], Message]] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.taken.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return self.answer


@pytest.fixture
def letterbox() -> Iterator[tuple[Letterbox, post.Mailer]]:
    box = Letterbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, post.Mailer(host="127.0.0.1", port=port, sender="node@alder.example", attempts=1)
    controller.stop()


@pytest.fixture
def here(here: Here) -> Here:
    return dataclasses.replace(here, co_op=CoOpFacts(name="Alder", phone="01632 960 000"))


async def put(person: Actor, *whats: str, here: Here) -> None:
    async with database.transaction():
        for what in whats:
            await notify(person=person.person, what=what, here=here)


async def depart(mailer: post.Mailer, here: Here) -> int:
    items = await post.claim(["mail"], limit=10, lease=60, worker="test", here=here)
    for item in items:
        await leave_by_mail(item, mailer, here)
    return len(items)


async def test_a_notice_is_neutral_and_ten_of_a_kind_are_one(
    letterbox: tuple[Letterbox, post.Mailer], here: Here
) -> None:
    box, mailer = letterbox
    ada = await admit("Ada Canary", "safeguarding_lead", here=here, email="ada@canary.example")
    for _ in range(10):
        await put(ada, "message", here=here)

    assert await depart(mailer, here) == 1
    ((to, mail),) = box.taken

    assert to == ["ada@canary.example"]
    assert mail["Subject"] == "Alder: You have a message"
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().splitlines() == [
        "Hello,",
        "",
        "You have a message.",
        "",
        "To read it, sign in at https://alder.example or ring us on 01632 960 000.",
        "We never put more than this in an e-mail.",
        "",
        "Alder",
    ]
    assert await waiting("mail") == [] and await depart(mailer, here) == 0


async def test_no_text_says_what_it_is_about(here: Here) -> None:
    for what in TEXTS:
        said = " ".join(letter(what, here=here)).casefold()
        for word in ("safeguard", "concern", "worr", "died", "abuse", "peer", "support", "introduc", "health"):
            assert word not in said, what
    with pytest.raises(ValueError):
        await notify(person="somebody", what="your concern about Ben", here=here)


async def test_the_address_is_read_at_departure(letterbox: tuple[Letterbox, post.Mailer], here: Here) -> None:
    box, mailer = letterbox
    ada = await admit("Ada", here=here, email="old@example.org")
    await put(ada, "message", here=here)
    await acts.change_details(actor=ada, correction=Correction(email="new@example.org"), here=here)
    await depart(mailer, here)
    assert [to for to, _ in box.taken] == [["new@example.org"]]


async def test_who_died_left_or_has_no_address_gets_nothing(
    letterbox: tuple[Letterbox, post.Mailer], here: Here
) -> None:
    box, mailer = letterbox
    died, left = [await admit(name, here=here, email=f"{name}@example.org") for name in ("di", "cy")]
    paper, stays = await admit("Paula", here=here), await admit("Stay", here=here, email="stay@example.org")
    for person in (died, left, paper, stays):
        await put(person, "message", "waiting", here=here)
    await acts.record_death(actor=CLI, person_id=died.person, here=here)
    await acts.leave(actor=left, here=here)
    for person in (died, left):  # an act that did not know yet
        await put(person, "message", here=here)

    await depart(mailer, here)

    assert [to for to, _ in box.taken] == [["stay@example.org"]], "one mail for both"
    assert await waiting("mail") == []


async def test_claimed_before_the_death_and_sent_after_it_is_not_sent(
    letterbox: tuple[Letterbox, post.Mailer], here: Here
) -> None:
    box, mailer = letterbox
    ada = await admit("Ada", here=here, email="ada@example.org")
    await put(ada, "message", here=here)
    (item,) = await post.claim(["mail"], limit=1, lease=60, worker="test", here=here)
    await acts.record_death(actor=CLI, person_id=ada.person, here=here)
    await leave_by_mail(item, mailer, here)
    assert box.taken == [] and await waiting("mail") == []


async def test_a_busy_server_is_tried_later_and_a_final_no_is_taken(
    letterbox: tuple[Letterbox, post.Mailer], here: Here
) -> None:
    box, mailer = letterbox
    ada = await admit("Ada", here=here, email="ada@example.org")
    await put(ada, "message", here=here)
    box.answer = "451 busy with ada@example.org"
    await depart(mailer, here)
    assert await depart(mailer, here) == 0, "not at once"
    assert await database.row("SELECT state, why FROM outbox WHERE kind = 'mail'") == {
        "state": "open",
        "why": "smtp-451",
    }

    box.answer = "250 OK"
    await depart(mailer, here.at(here.now + 60))
    assert len(box.taken) == 1

    later = here.at(here.now + 2 * HOUR)
    await put(ada, "waiting", here=later)
    box.answer = "550 no such box"
    await depart(mailer, later)
    assert await waiting("mail") == []


async def test_nothing_leaves_of_a_deed_that_was_undone(here: Here) -> None:
    ada = await admit("Ada", here=here, email="ada@example.org")

    async def undone() -> None:
        async with database.transaction():
            await notify(person=ada.person, what="message", here=here)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await undone()
    assert await waiting("mail") == []
