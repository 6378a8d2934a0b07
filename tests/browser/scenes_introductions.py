# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of private introductions, each in the moment in which it stands: written, waiting, begun, planned, met, over."""

from __future__ import annotations

from collections.abc import Mapping

from node import app, database, post
from node.actor import at_the_command_line
from node.members import standing
from node.village import Village
from tests.browser.visits import At, Scene
from tests.node.introductions.two import PLAN, Two, asked, begun, listing, written
from tests.node.signin.cast import letterbox
from tests.pages import Visitor

LONG = "Slowly. " * 400


def _ids(two: Two, **more: str) -> Mapping[str, str]:
    return {"hers": two.hers.rpartition("/")[2], "his": two.his.rpartition("/")[2], **more}


async def asking(village: Village) -> Mapping[str, str]:
    """Maureen's ask waits with Samuel for five days; Tomasz has written one that he has not sent."""
    two = await asked(village)
    offer = await listing(village, "alder", "samuel")
    village.clock.advance(days=5, minutes=5)
    await village.settle()
    await written(await Visitor.of(village, "tomasz"), offer)
    return _ids(two, offer=offer, marek=await listing(village, "alder", "marek"), reply=await _reply(village))


async def _reply(village: Village) -> str:
    """What the link in Samuel's mail ends with."""
    village.clock.advance(hours=2)
    with letterbox() as (box, mailer), village.at("birch") as coop:
        here = coop.here()
        async with database.transaction():
            await post.put_out(kind="mail", ref=f"{village.people['samuel']}:message", due=here.now, here=here)
        for item in await post.claim(["mail"], limit=50, lease=60, worker="test", here=here):
            await app.handlers(mailer)["mail"].run(item, here)
        found = [text for to, _, text in box.taken if to.startswith("samuel@")]
    return found[-1].partition("/answer/")[2].split()[0]


ASKING = Scene(
    asking,
    (
        At("/", "samuel"),
        At(
            "/listings/{offer}/ask",
            "tomasz",
            wrong={"/listings/{offer}/ask": {"topics": [], "needs": LONG, "message": ""}},
        ),
        At(
            "/listings/{offer}/ask/before",
            "tomasz",
            plain=("/listings/{offer}/ask/before", "/listings/{offer}/ask/stopping"),
        ),
        At("/listings/{offer}/ask/print", "tomasz"),
        At("/listings/{marek}/back", "tomasz", plain=("/listings/{marek}/back",)),
        At("/introductions", "samuel"),
        At("/introductions/{his}", "samuel", plain=("/introductions/{his}/answer",)),
        At("/introductions/{hers}", "maureen"),
        At(
            "/introductions/{his}/answer",
            "samuel",
            wrong={"/introductions/{his}/answer": {"words": LONG}},
            button={"/introductions/{his}/answer": "Send my yes"},
        ),
        At("/introductions/{his}/no", "samuel", plain=("/introductions/{his}/no",)),
        At("/introductions/{his}/never-again", "samuel", plain=("/introductions/{his}/never-again",)),
        At("/lead", "ruth"),
        At("/lead/replies", "ruth"),
        At("/answer/{reply}", "@birch", plain=("/answer/{reply}",)),
        At("/answered", "@birch", via=("/answer/{reply}", "/answer/{reply}", "I need more time", {})),
        At("/lead/waiting", "ruth", plain=("/lead/waiting/{his}/reminder",)),
    ),
    title_may_repeat=frozenset({"/introductions/{introduction_id:str}"}),
)


async def talking(village: Village) -> Mapping[str, str]:
    """Six conversations each, both ticked, a plan was made and its time has gone by; nobody came home yet."""
    two = await begun(village)
    maureen, samuel = two.maureen, two.samuel
    await two.do(samuel, "", "Send it to them", words="Words come slowly to me.")
    await two.do(maureen, "", "Thank you")
    for _ in range(6):
        await two.do(maureen, "", "We had a conversation")
    await two.do(samuel, "/sharing", "Share what I ticked", fields=["first_name"])
    await two.do(maureen, "/plan", "Send this plan to them", **PLAN)
    raised = await two.do(maureen, "/worry", "Tell them", words="They asked me for money.")
    return _ids(two, concern=raised.path.rpartition("/")[2])


TALKING = Scene(
    talking,
    (
        At("/", "maureen"),
        At(
            "/introductions/{hers}",
            "maureen",
            wrong={"/introductions/{hers}/messages": {"words": LONG}},
            plain=("/introductions/{hers}/conversations",),
            button={"/introductions/{hers}/messages": "Send it to them"},
        ),
        At("/introductions/{hers}/sharing", "maureen", wrong={"/introductions/{hers}/sharing": {"fields": []}}),
        At("/introductions/{his}/sharing", "samuel", plain=("/introductions/{his}/sharing/taking-back",)),
        At("/introductions/{hers}/review", "maureen", wrong={"/introductions/{hers}/review": {"words": LONG * 2}}),
        At("/introductions/{hers}/plan", "maureen"),
        At("/introductions/{his}/plan", "samuel", plain=("/introductions/{his}/plan/agreement",)),
        At(
            "/introductions/{hers}/plan/new",
            "maureen",
            wrong={
                "/introductions/{hers}/plan": {
                    "place": "x" * 201,
                    "day-day": "40",
                    "clock": "half past",
                    "who_knows": "y" * 201,
                }
            },
        ),
        At("/introductions/{hers}/plan/print", "maureen"),
        At("/introductions/{hers}/ending", "maureen", wrong={"/introductions/{hers}/ending": {"words": LONG}}),
        At("/introductions/{hers}/withdrawal", "maureen", plain=("/introductions/{hers}/withdrawal",)),
        At(
            "/introductions/{his}/worry",
            "samuel",
            wrong={"/introductions/{his}/worry": {"words": "", "tell_lead": [], "tell_deputy": []}},
        ),
        At("/introductions/{hers}/worry/{concern}", "maureen"),
    ),
    title_may_repeat=frozenset(
        {"/introductions/{introduction_id:str}/plan", "/introductions/{introduction_id:str}/sharing"}
    ),
)


async def over(village: Village) -> Mapping[str, str]:
    """They should have been home long ago; then Samuel died."""
    two = await begun(village)
    await two.do(two.maureen, "/plan", "Send this plan to them", **PLAN)
    await two.do(two.samuel, "/plan", "Yes, that suits me")
    village.clock.advance(days=5, hours=12)
    await village.settle()
    with village.at("birch") as coop:
        await standing.record_death(actor=at_the_command_line(), person_id=village.people["samuel"], here=coop.here())
    await village.settle()
    return _ids(two)


OVER = Scene(
    over,
    (
        At("/introductions/{hers}", "maureen", plain=("/introductions/{hers}/plan/check-out",)),
        At("/lead/waiting/{hers}/number", "yasmin", plain=("/lead/waiting/{hers}/home",)),
        At("/lead/waiting", "ruth"),
        At("/lead/waiting/{his}/ending", "ruth", wrong={"/lead/waiting/{his}/ending": {"words": ""}}),
    ),
)
