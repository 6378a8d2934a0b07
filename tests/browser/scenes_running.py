# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of those who look after a co-op: people and invitations, a list brought in, neighbours, what runs, the journal."""

from __future__ import annotations

from collections.abc import Mapping

from node import database, post
from node.actor import at_the_command_line
from node.members import standing
from node.peers import acts as peers
from node.peers import handshake
from node.village import Village
from tests.browser.visits import At, Scene
from tests.node.charter.agreeing import agreed
from tests.node.members.test_pages_invitations import LIST, WRONG, bring, secrets
from tests.pages import Visitor

CLI = at_the_command_line()


async def people(village: Village) -> Mapping[str, str]:
    """One invitation is made, one of a day has run out and its holder asks anew; Tomasz has left; a list is being checked."""
    callum = await Visitor.of(village, "callum")
    made = await callum.send(await callum.open("/people/invitations/new"), "Make the invitation", name="Maya Brook")
    with village.at("alder") as coop:
        await standing.leave(actor=CLI, person_id=village.people["tomasz"], here=coop.here())
    await bring(callum, WRONG)
    await bring(await Visitor.of(village, "bethan"), LIST)
    return {
        "invitation": made.path.rpartition("/")[2],
        **{name: village.people[name] for name in ("maureen", "tomasz", "yasmin")},
    }


PEOPLE = Scene(
    people,
    (
        At("/people", "callum", wrong={"/people/search": {"name": " "}}),
        At(
            "/people/new",
            "callum",
            wrong={"/people/new": {"email": "nope", "phone": "12", "known_as": "Bea", "roles": ["supported"]}},
        ),
        At("/people/{maureen}", "callum"),
        At("/people/{maureen}/roles", "callum", wrong={"/people/{maureen}/roles": {"role": []}}),
        At(
            "/people/{yasmin}/roles/peer_support_lead/ending",
            "callum",
            plain=("/people/{yasmin}/roles/peer_support_lead/ending",),
        ),
        At("/people/{maureen}/leaving", "callum", plain=("/people/{maureen}/leaving",)),
        At("/people/{maureen}/death", "callum", plain=("/people/{maureen}/death",)),
        At("/people/{tomasz}/return", "callum", plain=("/people/{tomasz}/return",)),
        At("/people/invitations", "callum"),
        At(
            "/people/invitations/new",
            "callum",
            wrong={
                "/people/invitations/new": {
                    "name": "Maya",
                    "email": "nope",
                    "phone": "1",
                    "days": "900",
                    "roles": ["volunteer"],
                }
            },
        ),
        At(
            "/people/invitations/{invitation}",
            "callum",
            shown=(("/people/invitations/{invitation}/card", "In large print", {}),),
        ),
        At(
            "/people/invitations/{invitation}/revocation",
            "callum",
            plain=("/people/invitations/{invitation}/revocation",),
        ),
        At(
            "/people/import",
            "callum",
            wrong={"/people/import": {}},
            plain=("/people/import/dropping",),
            button={"/people/import": "Read"},
        ),
        At(
            "/people/import/check",
            "callum",
            shown=(("/people/import/check", "Check again", {"1-name": "Ann Lee", "1-email": "nope"}),),
        ),
        At("/people/import/check", "bethan", wrong={"/people/import/invitations": {"days": "0"}}),
        At(
            "/people/import/cards",
            "bethan",
            via=("/people/import/check", "/people/import/invitations", "", {"days": "30"}),
            shown=(("/people/import/cards", "Show the cards", {}),),
        ),
    ),
)


async def running(village: Village) -> Mapping[str, str]:
    """Birch and Alder part; Alder has invited Dovecote; Alder pauses Cedar; Cedar proposes other terms to Birch, where its log
    counts as forked; one asks for an invitation."""
    callum, bethan = await Visitor.of(village, "callum"), await Visitor.of(village, "bethan")
    nobody = Visitor.nobody(village.coops["alder"])
    invited = await callum.send(await callum.open("/people/invitations/new"), "Make", name="Maya Brook", days="1")
    card = await callum.send(invited, "Show the card")
    (token,) = secrets(card)
    village.clock.advance(days=2)
    gone = await nobody.open(f"/invitations/{token}")
    await nobody.send(gone, "Ask for a new invitation", words="Maya, 01632 960 777")
    for name, other in (("alder", "birch.example"), ("birch", "alder.example")):
        with village.at(name) as coop:
            await peers.end(actor=CLI, node_id=other, reason="A break", here=coop.here())
    await village.settle()
    callum, bethan = await Visitor.of(village, "callum"), await Visitor.of(village, "bethan")
    paused = await callum.open("/neighbours/cedar.example/pause")
    await callum.send(paused, "Pause them", reason="A holiday", why="people", words="Back in May")
    made = await bethan.send(await bethan.open("/neighbours/invite"), "Make the inv", node_id="alder.example")
    text = made.soup.select_one("main .code")
    assert text is not None
    await callum.send(
        await callum.open("/neighbours/accept"), "Ask them", invitation=text.get_text(),
        gets=["peer-support", "trust"], gives=["peer-support", "trust"],
    )  # fmt: skip
    await village.settle()
    await callum.send(await callum.open("/neighbours/invite"), "Make the inv", node_id="dovecote.example")
    niamh = await Visitor.of(village, "niamh")
    form = await niamh.open("/neighbours/birch.example/terms")
    await niamh.send(form, "Propose it", erasure_hours="24", gives=["trust"])
    await village.settle()
    with village.at("birch") as coop:
        async with database.transaction():
            await handshake.freeze("cedar.example", here=coop.here())
    await agreed(village, "alder", "birch", "cedar")
    with village.at("alder") as coop:
        row = await database.row("SELECT id FROM invitation_wish")
        here = coop.here()
        async with database.transaction():
            await post.put_out(kind="mail", ref=f"{village.people['maureen']}:test", due=here.now, here=here)
        (item, *_) = await post.claim(["mail"], limit=9, lease=60, worker="w", here=here)
        async with database.transaction():
            await post.dead(item, why="smtp-535", here=here)
    assert row is not None
    return {"wish": row["id"]}


RUNNING = Scene(
    running,
    (
        At("/", "callum"),
        At("/running", "callum"),
        At("/running/keys", "callum", wrong={"/running/keys": {"place": "In the safe", "holder": ""}}),
        At("/running/mail", "callum", plain=("/running/mail/test", "/running/mail/again")),
        At("/running/wishes", "callum", plain=("/running/wishes/{wish}/answer",)),
        At("/journal", "callum", shown=(("/journal/verification", "", {}),)),
        At("/neighbours", "callum"),
        At("/charter", "callum"),
        At("/neighbours/invite", "callum", wrong={"/neighbours/invite": {"node_id": "Not a host"}}),
        At("/neighbours/invited", "callum", plain=("/neighbours/invited",)),
        At("/neighbours/accept", "callum", wrong={"/neighbours/accept": {"invitation": "cc1-nonsense"}}),
        At("/neighbours/birch.example", "callum"),
        At("/neighbours/cedar.example", "callum"),
        At("/neighbours/cedar.example/agreement", "callum"),
        At("/neighbours/sheet", "callum"),
        At("/neighbours/leaving", "callum"),
        At("/neighbours/cedar.example/resumption", "callum", plain=("/neighbours/cedar.example/resumption",)),
        At("/neighbours/alder.example", "niamh", plain=("/neighbours/alder.example/try",)),
        At("/neighbours/alder.example/pause", "niamh", wrong={"/neighbours/alder.example/pause": {"words": "x" * 201}}),
        At(
            "/neighbours/alder.example/ending",
            "niamh",
            wrong={"/neighbours/alder.example/ending": {"reason": "x" * 301}},
        ),
        At(
            "/neighbours/alder.example/terms",
            "niamh",
            wrong={"/neighbours/alder.example/terms": {"erasure_hours": "0", "retention_days": "", "days": "900"}},
        ),
        At(
            "/neighbours/cedar.example/proposal",
            "bethan",
            plain=("/neighbours/cedar.example/proposal", "/neighbours/cedar.example/proposal/decline"),
        ),
        At("/neighbours/cedar.example/thaw", "bethan", wrong={"/neighbours/cedar.example/thaw": {}}),
        At(
            "/neighbours/alder.example/confirmation",
            "bethan",
            wrong={"/neighbours/alder.example/confirmation": {"words": "abandon abandon"}},
        ),
    ),
)
