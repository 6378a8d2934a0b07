# SPDX-License-Identifier: AGPL-3.0-or-later
"""A hostile neighbour that tries ids: no letter tells it whether a person, an offer or a conversation is there.

Against a whole village, since the answers come from its rooms. Compared is everything that crosses: code, status and members.
"""

from __future__ import annotations

from typing import Any

from federation.client import PeerRefused
from federation.letters import Accept, Ask, Concern, Data, Decline, End, Message, Plan, Share
from node import database
from node.support import reads as support
from node.village import Village
from tests.village.conftest import folk_of
from tests.village.folk import settling
from tests.village.hostile import Hostile, hostile
from tests.village.lies import DAY
from tests.village.stories import ask_samuel
from tests.village.victims import InAVillage

MALLORY = "mallory.example"
Answered = tuple[str, int, tuple[tuple[str, object], ...]]


def an_ask(evil: Hostile, offer: str, *, group: bool = False) -> Ask:
    return Ask(
        offer=offer,
        revision=1,
        topics=(),
        needs="",
        message="Hello",
        asker_ref=evil.token(),
        answer_by=evil.now() + DAY,
        for_group=group,
    )


def every_kind(evil: Hostile) -> dict[str, Data]:
    """One letter of each kind about a thread that its writer has nothing to do with."""
    plan = {"place_kind": "public_place", "where": "The library", "at": evil.now() + DAY, "who_knows": "A friend"}
    return {
        "introduction.accept": Accept(words="Yes"),
        "introduction.decline": Decline(),
        "introduction.message": Message(no=1, words="Hello"),
        "introduction.share ready": Share(step="ready", fields=("first_name",)),
        "introduction.share values": Share(step="values", fields=("phone",), values={"phone": "1"}),
        "introduction.plan propose": Plan(step="propose", **plan),
        "introduction.plan agree": Plan(step="agree", **plan),
        "introduction.plan out": Plan(step="checked_out", **plan),
        "introduction.end": End(how="ended"),
        "introduction.end gone": End(how="left"),
    }


def answered(no: PeerRefused | Any) -> Answered:
    """Everything that crossed: code, status, members."""
    return ("taken", 202, ()) if no is None else (no.code, no.peer_status, tuple(sorted(no.public.items())))


async def test_every_letter_on_a_thread_of_others_is_answered_as_on_one_that_never_was(three: Village) -> None:
    folk, until = folk_of(three), settling(three.settle)
    hers, his = await ask_samuel(folk, until)
    async with hostile(InAVillage(three, "birch"), InAVillage(three, "alder")) as evil:
        await evil.befriend()
        threads: dict[str, list[str]] = {}
        for name, half in (("alder", hers), ("birch", his)):
            with three.at(name):
                (row,) = await database.rows("SELECT thread, thread_out FROM introduction WHERE id = {}", half)
            threads[name] = [row["thread"], row["thread_out"], half]
        for name, real in threads.items():
            node = f"{name}.example"
            for kind, data in every_kind(evil).items():
                never = answered(await evil.write(node, kind.partition(" ")[0], data))
                assert never[1] in (202, 422)
                for thread in real:
                    said = answered(await evil.write(node, kind.partition(" ")[0], data, thread=thread))
                    assert said == never, (name, kind)
            for about in ("", *real, evil.token()):
                worry = Concern(words="A worry", urgency="soon", about=about)
                assert answered(await evil.write(node, "concern", worry)) == ("taken", 202, ())
        assert (await folk["samuel"].get(f"/support/introductions/{his}"))["status"] == "waiting"
        assert (await folk["maureen"].get(f"/support/introductions/{hers}"))["status"] == "waiting"


async def test_an_ask_for_what_it_may_not_read_is_answered_as_for_what_never_was(three: Village) -> None:
    """A draft, an offer for home alone, one withheld from it, a dead member's, a group's asked for as a person's."""
    async with hostile(InAVillage(three, "birch"), InAVillage(three, "cedar")) as evil:
        await evil.befriend()
        seen: set[Answered] = set()
        kinds: set[str] = set()
        for name in ("birch", "cedar"):
            with three.at(name):
                await database.execute("UPDATE offer_audience SET not_to = {} WHERE not_to <> '[]'", f'["{MALLORY}"]')
                audience = {row["offer"]: row for row in await database.rows("SELECT * FROM offer_audience")}
                ids = [row["id"] for row in await database.rows("SELECT id FROM offer")]
                offers = [await support.own_offer(id, three[name].here()) for id in ids]
            for offer in offers:
                to = audience.get(offer.id, {"home_only": True, "not_to": ""})
                hidden = offer.state != "published" or to["home_only"] or MALLORY in to["not_to"]
                kinds.add(f"{offer.state} {bool(to['home_only'])} {MALLORY in to['not_to']}")
                for group in (False, True):
                    said = answered(
                        await evil.write(f"{name}.example", "introduction.ask", an_ask(evil, offer.id, group=group))
                    )
                    if hidden or group is not (offer.kind == "group"):
                        seen.add(said)
                    else:
                        assert said == ("taken", 202, ())
            seen.add(answered(await evil.write(f"{name}.example", "introduction.ask", an_ask(evil, evil.token()))))
        assert seen == {("untrusted", 422, (("reason", "no-such-offer"),))}
        assert {"published False False", "published True False", "published False True", "draft True False"} <= kinds
